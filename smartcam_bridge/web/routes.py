"""Every route in one table: path, who may, what it takes and gives."""
from dataclasses import dataclass
from typing import Awaitable, Callable

from aiohttp import web

from smartcam_bridge.web.auth import Role
from smartcam_bridge.web.call import Call
from smartcam_bridge.web.fields import Field
from smartcam_bridge.web.given_faces import BODY_MAX_BYTES
from smartcam_bridge.web.handlers import (
    analytics, cameras, dossiers, events, exports, faces, history, images, list_exports, pages,
    people, pictures, places, reports, session, shapes, sightings, strangers, system, templates,
    tokens, upkeep, visits)
from smartcam_bridge.web.websocket import live

V1 = '/api/v1'
_VIEWER, _OPERATOR, _ADMIN = Role.VIEWER, Role.OPERATOR, Role.ADMIN


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    role None: open to all. answer: a schema, or a media type, or '' for none. failures: statuses
    of its own problems, besides those that follow from the rest. body_max_bytes: None: as of the
    setting body_max_kb.
    """

    method: str
    path: str
    role: Role | None
    handler: Callable[[Call], Awaitable[web.StreamResponse]]
    answer: str
    status: int = 200
    query: tuple[Field, ...] = ()
    body: tuple[Field, ...] | None = None
    failures: tuple[int, ...] = ()
    body_max_bytes: int | None = None

    @property
    def summary(self) -> str:
        """Return what it does, in one sentence."""
        return self.handler.__doc__.split('\n', 1)[0]


ROUTES: tuple[Route, ...] = (
    Route('GET', '/', None, pages.index, 'text/html'),
    Route('GET', '/login', None, pages.login, 'text/html'),
    Route('GET', '/static/{path:.+}', None, pages.static, '*/*'),
    Route('GET', '/docs', None, pages.docs, 'text/html'),
    Route('GET', '/health', None, system.health, 'Health'),
    Route('GET', '/ready', _VIEWER, system.ready, 'Health'),
    Route('GET', f'{V1}/openapi.json', _VIEWER, system.openapi, 'application/json'),
    Route('GET', f'{V1}/system/stats', _VIEWER, system.stats, 'Stats'),
    Route('POST', f'{V1}/system/reconcile', _ADMIN, upkeep.reconcile, 'Reconciliation',
          body=upkeep.RECONCILE, failures=(409,)),

    Route('POST', f'{V1}/session', None, session.log_in, 'Session', body=session.BODY,
          failures=(401, 429)),
    Route('GET', f'{V1}/session', _VIEWER, session.who_am_i, 'Session'),
    Route('DELETE', f'{V1}/session', _VIEWER, session.log_out, '', 204),
    Route('GET', f'{V1}/tokens', _ADMIN, tokens.list_tokens, 'TokenList'),
    Route('POST', f'{V1}/tokens', _ADMIN, tokens.create_token, 'NewToken', 201,
          body=tokens.CREATE, failures=(409,)),
    Route('DELETE', f'{V1}/tokens/{{id}}', _ADMIN, tokens.delete_token, '', 204),

    Route('GET', f'{V1}/cameras', _VIEWER, cameras.list_cameras, 'CameraList'),
    Route('POST', f'{V1}/cameras', _ADMIN, cameras.create_camera, 'Camera', 201,
          body=cameras.CREATE, failures=(409,)),
    Route('GET', f'{V1}/cameras/{{name}}', _VIEWER, cameras.read_camera, 'Camera'),
    Route('PATCH', f'{V1}/cameras/{{name}}', _ADMIN, cameras.change_camera, 'Camera',
          body=cameras.CHANGE),
    Route('DELETE', f'{V1}/cameras/{{name}}', _ADMIN, cameras.delete_camera, '', 204),
    Route('GET', f'{V1}/cameras/{{name}}/status', _VIEWER, cameras.camera_status,
          'CameraStatus'),
    Route('GET', f'{V1}/cameras/{{name}}/snapshot.jpg', _VIEWER, images.snapshot, 'image/jpeg',
          query=images.SNAPSHOT),
    Route('GET', f'{V1}/cameras/{{name}}/stream.mjpg', _VIEWER, images.stream,
          'multipart/x-mixed-replace', query=images.STREAM),

    *(route for shape in shapes.RESOURCES
      for every, one in [(f'{V1}/cameras/{{name}}/{shape.plural}',
                          f'{V1}/cameras/{{name}}/{shape.plural}/{{id}}')]
      for route in (
          Route('GET', every, _VIEWER, shape.list, f'{shape.schema}List'),
          Route('POST', every, _OPERATOR, shape.create, shape.schema, 201,
                body=shape.create_body, failures=(409,)),
          Route('GET', one, _VIEWER, shape.read, shape.schema),
          Route('PATCH', one, _OPERATOR, shape.change, shape.schema, body=shape.change_body,
                failures=(409,)),
          Route('DELETE', one, _OPERATOR, shape.delete, '', 204))),

    Route('GET', f'{V1}/detections', _VIEWER, history.detections, 'DetectionList',
          query=history.DETECTIONS, failures=(404,)),
    Route('GET', f'{V1}/tracks', _VIEWER, history.tracks, 'TrackList', query=history.TRACKS,
          failures=(404,)),
    Route('GET', f'{V1}/tracks/{{id}}', _VIEWER, history.track, 'TrackWithPath'),
    Route('PATCH', f'{V1}/tracks/{{id}}', _OPERATOR, upkeep.pin_track, 'TrackWithPath',
          body=upkeep.PIN),
    Route('GET', f'{V1}/tracks/{{id}}/thumbnail.jpg', _VIEWER, pictures.thumbnail, 'image/jpeg',
          query=pictures.QUERY),
    Route('GET', f'{V1}/tracks/{{id}}/frame.jpg', _VIEWER, pictures.frame, 'image/jpeg',
          query=pictures.QUERY),
    Route('GET', f'{V1}/visits', _VIEWER, visits.visits, 'VisitList', query=visits.VISITS,
          failures=(404,)),
    Route('GET', f'{V1}/suspensions', _VIEWER, visits.suspensions, 'SuspensionList',
          query=visits.SUSPENSIONS, failures=(404,)),
    Route('GET', f'{V1}/crossings', _VIEWER, visits.crossings, 'CrossingList',
          query=visits.CROSSINGS, failures=(404,)),
    *(Route('GET', f'{V1}/exports/{name}', _VIEWER, handler, media_type, query=exports.BOXES,
            failures=(404, 503))
      for name, handler, media_type in (
          ('detections.csv', exports.detections_csv, 'text/csv'),
          ('coco.json', exports.coco_json, 'application/json'),
          ('mot.txt', exports.mot_txt, 'text/plain'),
          ('mot_frames.csv', exports.mot_frames_csv, 'text/csv'))),
    *(Route('GET', f'{V1}/exports/{each.name}', _VIEWER, each.handler(), 'text/csv',
            query=each.asked, failures=(404, 503)) for each in list_exports.LISTS),
    Route('GET', f'{V1}/events', _VIEWER, events.list_events, 'EventList', query=events.QUERY,
          failures=(404,)),
    Route('POST', f'{V1}/events', _OPERATOR, events.create_event, 'Event', 201,
          body=events.CREATE, failures=(404,)),
    Route('POST', f'{V1}/events/acknowledge', _VIEWER, events.acknowledge_events, 'Acknowledged',
          body=events.ACKNOWLEDGE, failures=(404,)),
    Route('GET', f'{V1}/events/{{id}}', _VIEWER, events.read_event, 'Event'),
    Route('PATCH', f'{V1}/events/{{id}}', _VIEWER, events.change_event, 'Event',
          body=events.CHANGE),
    Route('DELETE', f'{V1}/events/{{id}}', _ADMIN, events.delete_event, '', 204),
    Route('GET', f'{V1}/analytics/counts', _VIEWER, analytics.counts, 'BucketCounts',
          query=analytics.COUNTS, failures=(404,)),
    Route('GET', f'{V1}/analytics/occupancy', _VIEWER, analytics.occupancy, 'Buckets',
          query=analytics.OCCUPANCY, failures=(404,)),
    Route('GET', f'{V1}/analytics/crossings', _VIEWER, analytics.crossing_counts, 'Buckets',
          query=analytics.CROSSINGS, failures=(404,)),
    Route('GET', f'{V1}/analytics/dwell', _VIEWER, analytics.dwell, 'DwellList',
          query=analytics.DWELL, failures=(404,)),
    Route('GET', f'{V1}/analytics/busiest', _VIEWER, analytics.busiest, 'Busiest',
          query=analytics.BUSIEST, failures=(404,)),
    Route('GET', f'{V1}/analytics/heatmap', _VIEWER, analytics.heat_map, 'HeatMap',
          query=analytics.HEATMAP, failures=(404,)),
    Route('GET', f'{V1}/analytics/heatmap.png', _VIEWER, analytics.heat_map_png, 'image/png',
          query=analytics.HEATMAP_PNG, failures=(404,)),
    Route('GET', f'{V1}/reports/day', _VIEWER, reports.day, 'text/html', query=reports.DAY,
          failures=(404,)),
    Route('GET', f'{V1}/analytics/places', _VIEWER, places.places, 'Places',
          query=places.PLACES),

    Route('GET', f'{V1}/people', _VIEWER, people.list_people, 'PersonList', query=people.QUERY),
    Route('POST', f'{V1}/people', _OPERATOR, people.create_person, 'Person', 201,
          body=people.CREATE, failures=(409,)),
    Route('GET', f'{V1}/people/{{id}}', _VIEWER, people.read_person, 'Person'),
    Route('PATCH', f'{V1}/people/{{id}}', _OPERATOR, people.change_person, 'Person',
          body=people.CHANGE, failures=(409,)),
    Route('DELETE', f'{V1}/people/{{id}}', _ADMIN, people.forget_person, 'ForgetReceipt'),
    Route('POST', f'{V1}/people/{{id}}/merge', _OPERATOR, people.merge_people, 'Person',
          body=people.MERGE, failures=(409,)),
    Route('GET', f'{V1}/people/{{id}}/export', _ADMIN, dossiers.export_person,
          'application/json', failures=(503,)),
    Route('GET', f'{V1}/people/{{id}}/picture.jpg', _VIEWER, people.person_picture, 'image/jpeg'),
    Route('GET', f'{V1}/people/{{id}}/templates', _VIEWER, templates.list_templates,
          'TemplateList', query=templates.QUERY),
    Route('POST', f'{V1}/people/{{id}}/templates', _OPERATOR, templates.enroll_face, 'Template',
          201, body=templates.ENROLL, body_max_bytes=BODY_MAX_BYTES),
    Route('DELETE', f'{V1}/templates/{{id}}', _OPERATOR, templates.delete_template, '', 204),
    Route('GET', f'{V1}/templates/{{id}}/picture.jpg', _VIEWER, templates.template_picture,
          'image/jpeg'),
    Route('POST', f'{V1}/faces/identify', _VIEWER, faces.identify_face, 'Identified',
          body=faces.IDENTIFY, failures=(404,), body_max_bytes=BODY_MAX_BYTES),
    Route('POST', f'{V1}/faces/verify', _VIEWER, faces.verify_face, 'Verified',
          body=faces.VERIFY, failures=(404, 409), body_max_bytes=BODY_MAX_BYTES),
    Route('GET', f'{V1}/faces/rates', _VIEWER, faces.face_rates, 'FaceRates', query=faces.RATES),
    Route('POST', f'{V1}/tracks/{{id}}/reject-identity', _OPERATOR, sightings.reject_identity,
          'TrackWithPath', failures=(409,)),
    Route('GET', f'{V1}/sightings', _OPERATOR, sightings.sightings, 'SightingList',
          query=sightings.SIGHTINGS, failures=(404,)),
    Route('GET', f'{V1}/strangers', _VIEWER, strangers.list_strangers, 'StrangerList',
          query=strangers.LIST),
    Route('GET', f'{V1}/strangers/{{id}}', _VIEWER, strangers.read_stranger,
          'StrangerWithFaces'),
    Route('POST', f'{V1}/strangers/{{id}}/name', _OPERATOR, strangers.name_stranger, 'Person',
          body=strangers.NAME, failures=(409,)),
    Route('POST', f'{V1}/strangers/{{id}}/merge', _OPERATOR, strangers.merge_strangers,
          'StrangerWithFaces', body=strangers.MERGE, failures=(409,)),
    Route('DELETE', f'{V1}/strangers/{{id}}', _OPERATOR, strangers.forget_stranger, '', 204),
    Route('GET', f'{V1}/audit', _ADMIN, sightings.audit, 'AuditList', query=sightings.AUDIT),
    Route('GET', f'{V1}/system/data-processing', _VIEWER, sightings.data_processing,
          'DataProcessing'),

    Route('GET', f'{V1}/live', _VIEWER, live, '', 101, failures=(426,)),
)
