"""JSON schemas of what the API answers."""
import dataclasses
from typing import Any

from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.status import GalleryStatus
from smartcam_bridge.live.status import CameraStatus, RecorderStatus
from smartcam_bridge.web.analytics_schemas import ANALYTICS
from smartcam_bridge.web.people_schemas import CORRECTIONS, IDENTITY, NAMED, PEOPLE

Schema = dict[str, Any]

_TEXT: Schema = {'type': 'string'}
_TIME: Schema = {'type': 'string', 'format': 'date-time'}
_WHOLE: Schema = {'type': 'integer'}
_NUMBER: Schema = {'type': 'number'}
_FLAG: Schema = {'type': 'boolean'}
_SHARE: Schema = {'type': 'number', 'minimum': 0, 'maximum': 1}
_SOURCE: Schema = {'enum': ['tracks', 'detections']}
_ROLE: Schema = {'enum': ['viewer', 'operator', 'admin']}
_KINDS = {'str': _TEXT, 'int': _WHOLE, 'float': _NUMBER, 'bool': _FLAG,
          'tuple[str, ...]': {'type': 'array', 'items': _TEXT},
          'dict[str, int]': {'type': 'object', 'additionalProperties': _WHOLE}}
_JSON_TYPES = {str: 'str', int: 'int', float: 'float', bool: 'bool', tuple[str, ...]:
               'tuple[str, ...]', dict[str, int]: 'dict[str, int]'}


def _object(**properties: Schema) -> Schema:
    return {'type': 'object', 'properties': properties, 'required': list(properties)}


def _list(name: str) -> Schema:
    return _object(items={'type': 'array', 'items': ref(name)}, next=_or_null(_TEXT))


def _or_null(schema: Schema) -> Schema:
    return {'anyOf': [schema, {'type': 'null'}]}


def _record(kind: type) -> Schema:
    """Return the schema of a status dataclass; its fields are plain, or such again."""
    properties = {}
    for field in dataclasses.fields(kind):
        options = getattr(field.type, '__args__', None) if field.type not in _JSON_TYPES else None
        first = (options or (field.type,))[0]
        schema = (_record(first) if dataclasses.is_dataclass(first)
                  else _KINDS[_JSON_TYPES[first]])
        properties[field.name] = _or_null(schema) if options else schema
    return _object(**properties)


def ref(name: str) -> Schema:
    """Return a reference to a named schema."""
    return {'$ref': f'#/components/schemas/{name}'}


_CAMERA = _object(
    name=_TEXT, enabled=_FLAG, width=_WHOLE, height=_WHOLE, image_topic=_TEXT, info_topic=_TEXT,
    detections_topic=_TEXT, tracks_topic=_TEXT,
    retention={'type': 'object'}, label_rules={'type': 'object'}, faces_topic=_TEXT,
    embeddings_topic=_TEXT, face_model=_TEXT, recognition={'type': 'object'},
    count_while_moving=_FLAG, status=ref('CameraStatus'))
_DETECTION = _object(
    camera=_TEXT, stamp=_TIME, received=_TIME, source=_SOURCE, label=_TEXT, score=_SHARE,
    box={'type': 'array', 'items': _SHARE, 'minItems': 4, 'maxItems': 4,
         'description': 'x1, y1, x2, y2'},
    track=_or_null(_WHOLE))
_TRACK = _object(
    id=_WHOLE, camera=_TEXT, tracker_id=_TEXT, label=_TEXT, first=_TIME, last=_TIME,
    duration_s=_NUMBER, observations=_WHOLE,
    score=_object(top=_SHARE, mean=_SHARE, last=_SHARE, median=_SHARE), open=_FLAG,
    end_reason={'enum': [None, *(reason.value for reason in EndReason)]}, pinned=_FLAG,
    thumbnail=_or_null(_TEXT), identity=IDENTITY)
_PATH: Schema = {'type': 'array', 'items': _object(stamp=_TIME, x=_SHARE, y=_SHARE),
                 'description': 'Bottom centre of the box, thinned, oldest first.'}
_POSE = _object(frame=_TEXT, x=_NUMBER, y=_NUMBER, yaw=_NUMBER, age_s=_NUMBER)
_BOX: Schema = {'type': 'array', 'items': _NUMBER, 'minItems': 4, 'maxItems': 4,
                'description': 'x1, y1, x2, y2'}
_SHOT = _object(
    stamp=_TIME, box=_BOX, score=_SHARE, width=_WHOLE, height=_WHOLE, sharpness=_NUMBER,
    crop=_object(x=_WHOLE, y=_WHOLE, width=_WHOLE, height=_WHOLE), crop_box=_BOX)
_EVENT = _object(
    seq=_WHOLE, type=_TEXT, camera=_TEXT, stamp=_TIME,
    severity={'enum': ['info', 'notice', 'warning', 'alert']}, pinned=_FLAG,
    acknowledged={'type': 'array', 'items': _TEXT}, thumbnail=_or_null(_TEXT))
_EVENT['properties'] |= {
    'track': _WHOLE, 'label': _TEXT, 'pose': _POSE, 'person': NAMED, 'was': NAMED,
    'stranger': _WHOLE, 'corrections': CORRECTIONS}
_EVENT['description'] = 'And what belongs to its type.'
_POINT: Schema = {'type': 'array', 'items': _SHARE, 'minItems': 2, 'maxItems': 2}
_TEXTS: Schema = {'type': 'array', 'items': _TEXT}
_SCHEDULE: Schema = {'type': 'array', 'items': _object(days=_TEXTS, **{'from': _TEXT}, to=_TEXT)}
_SHAPE = {'id': _WHOLE, 'camera': _TEXT, 'name': _TEXT, 'enabled': _FLAG, 'labels': _TEXTS}
_COUNTING = _SHAPE | {'anchor': _TEXT, 'schedule': _SCHEDULE, 'timezone': _TEXT, 'color': _TEXT}
_POLYGON: Schema = {'type': 'array', 'items': _POINT}
_TOKEN = _object(id=_WHOLE, kind={'enum': ['token', 'session']}, name=_TEXT, role=_ROLE,
                 created=_TIME, expires=_or_null(_TIME))
_PROBLEM = _object(type=_TEXT, title=_TEXT, status=_WHOLE, detail=_TEXT, code=_TEXT)

SCHEMAS: dict[str, Schema] = {
    'Problem': _PROBLEM | {'properties': _PROBLEM['properties'] | {
        'errors': {'type': 'array', 'items': _object(where=_TEXT, detail=_TEXT)}}},
    'Health': _object(status=_TEXT),
    'Session': _object(role=_ROLE, name=_TEXT, expires=_or_null(_TIME)),
    'Token': _TOKEN,
    'NewToken': _object(**_TOKEN['properties'], secret=_TEXT),
    'TokenList': _list('Token'),
    'CameraStatus': _record(CameraStatus),
    'Camera': _CAMERA,
    'CameraList': _list('Camera'),
    'Zone': _object(**_COUNTING, points=_POLYGON, inertia=_WHOLE, inertia_s=_NUMBER,
                    loiter_s=_NUMBER, occupancy=_or_null(_WHOLE)),
    'ZoneList': _list('Zone'),
    'Tripwire': _object(**_COUNTING, start=_POINT, end=_POINT, hysteresis=_NUMBER),
    'TripwireList': _list('Tripwire'),
    'Mask': _object(**_SHAPE, points=_POLYGON),
    'MaskList': _list('Mask'),
    'Detection': _DETECTION,
    'DetectionList': _list('Detection'),
    'Track': _TRACK,
    'TrackWithPath': _object(
        **_TRACK['properties'], path=_PATH,
        label_changes={'type': 'array', 'items': _object(stamp=_TIME, label=_TEXT)},
        stationary=_or_null(_TIME), shot=_or_null(_SHOT),
        poses=_or_null({'type': 'object', 'additionalProperties': _POSE})),
    'TrackList': _list('Track'),
    'Visit': _object(
        zone=_WHOLE, zone_name=_or_null(_TEXT), camera=_TEXT, track=_WHOLE, label=_TEXT,
        entered=_TIME, exited=_or_null(_TIME), dwell_s=_or_null(_NUMBER), loitered=_FLAG),
    'VisitList': _list('Visit'),
    'Suspension': _object(camera=_TEXT, begin=_TIME, end=_or_null(_TIME),
                          reason={'enum': ['driving', 'turning']}),
    'Places': _object(
        frame=_or_null(_TEXT), frames={'type': 'array', 'items': _TEXT}, cell_m=_NUMBER,
        total=_WHOLE, cells={'type': 'array', 'items': _object(
            x=_NUMBER, y=_NUMBER, tracks=_WHOLE)}),
    'SuspensionList': _list('Suspension'),
    'Crossing': _object(
        tripwire=_WHOLE, tripwire_name=_or_null(_TEXT), camera=_TEXT, track=_WHOLE, label=_TEXT,
        stamp=_TIME, direction={'enum': ['in', 'out']}),
    'CrossingList': _list('Crossing'),
    'Event': _EVENT,
    'EventList': _list('Event'),
    'Acknowledged': _object(acknowledged=_WHOLE, next=_or_null(_WHOLE)),
    **ANALYTICS,
    **PEOPLE,
    'RecorderStatus': _record(RecorderStatus),
    'RecognitionStatus': _object(
        people=_WHOLE,
        galleries={'type': 'object', 'additionalProperties': _record(GalleryStatus)},
        counters={'type': 'object', 'additionalProperties': _WHOLE},
        match_p50_ms=_or_null(_NUMBER), match_p95_ms=_or_null(_NUMBER)),
    'Reconciliation': _object(
        found={'type': 'object', 'additionalProperties': _WHOLE},
        more_than_half={'type': 'array', 'items': _TEXT}, mended=_FLAG),
    'Stats': _object(
        version=_TEXT, state=_TEXT, started=_TIME, uptime_s=_NUMBER,
        recorder=ref('RecorderStatus'), robot=_or_null({'type': 'object'}),
        recognition=ref('RecognitionStatus'),
        cameras={'type': 'object', 'additionalProperties': ref('CameraStatus')},
        live={'type': 'object', 'additionalProperties': _WHOLE},
        frames={'type': 'object', 'additionalProperties': _WHOLE},
        shots={'type': 'object', 'additionalProperties': _WHOLE},
        process={'type': 'object'}),
}
