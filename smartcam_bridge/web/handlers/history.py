"""What was seen: detections and tracks, page by page."""
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.faces import Verdict
from smartcam_bridge.domain.model import Source
from smartcam_bridge.domain.shot import Shot
from smartcam_bridge.domain.times import iso, NS
from smartcam_bridge.store.places import circle_around, POINTS_MAX
from smartcam_bridge.store.queries import (
    Detection, DetectionQuery, Page, StoredIdentity, Track, TrackDetail, TrackQuery)
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag, Moment, Number, Text

PAGE_MAX = 1000
ID_MAX = 2 ** 63 - 1
SOURCES = {source.name.lower(): source for source in Source}
CAMERA = Text('camera', 'Of this camera only.', longest=64)
LABEL = Text('label', 'With this label only.', longest=256)
PERSON = Number('person', 'Of this person only.', 1, ID_MAX, whole=True)
STRANGER = Number('stranger', 'Of this stranger only.', 1, ID_MAX, whole=True)
PAGE: tuple[Field, ...] = (
    Moment('from', 'From this time on.'),
    Moment('to', 'Before this time.'),
    Text('order', 'By time.', choices=('newest', 'oldest'), default='newest'),
    Number('limit', 'Items on a page.', 1, PAGE_MAX, whole=True, default=100),
    Text('cursor', 'The `next` of the page before; everything else as there.', longest=256,
         shortest=1))
_DECIMAL = r'-?\d{1,9}(?:\.\d{1,9})?'
PLACE: tuple[Field, ...] = (
    Text('frame', 'Where the robot was known in this frame.', longest=256, shortest=1),
    Text('near', 'Where the robot was within a radius of a place: x,y,radius in metres.',
         longest=64, pattern=f'{_DECIMAL},{_DECIMAL},{_DECIMAL}'),
    Text('within', f'Where the robot was within a polygon of 3 to {POINTS_MAX} corners: '
         'x,y,x,y,... in metres.', longest=2048,
         pattern=f'{_DECIMAL},{_DECIMAL}(?:,{_DECIMAL},{_DECIMAL}){{2,{POINTS_MAX - 1}}}'))
DETECTIONS: tuple[Field, ...] = (
    CAMERA, LABEL,
    Text('source', 'From this topic only.', choices=tuple(SOURCES)),
    Number('track', 'Of this track only.', 1, ID_MAX, whole=True),
    Number('min_score', 'Of at least this score.', 0, 1, default=0.0), *PAGE)
TRACKS: tuple[Field, ...] = (
    CAMERA, LABEL,
    Text('tracker_id', "With this id of the tracker's only.", longest=1024),
    Flag('open', 'Only tracks that go on (true) or have ended (false).'),
    Number('min_score', 'With a best score of at least this.', 0, 1),
    Number('zone', 'That visited this zone.', 1, ID_MAX, whole=True),
    PERSON, STRANGER,
    Text('verdict', 'Of which this is known of who it is.',
         choices=tuple(verdict.value for verdict in Verdict)), *PLACE, *PAGE)


async def detections(call: Call) -> web.Response:
    """List detections."""
    values = times(call)
    source = values.pop('source')
    page = await call.reader.detections(
        DetectionQuery(source=SOURCES[source] if source else None, **values))
    return _answer(page, _detection)


async def tracks(call: Call) -> web.Response:
    """List tracks that were there in the time asked for, by their begin."""
    return _answer(await call.reader.tracks(track_query(call)), track_item)


async def track(call: Call) -> web.Response:
    """Return one track with its path."""
    return answer(whole_track_item(await call.reader.track(call.id('track'))))


def track_query(call: Call) -> TrackQuery:
    """Return which tracks are asked for."""
    return TrackQuery(**times(call))


def times(call: Call) -> dict[str, Any]:
    """Return the query with `from` and `to` by the names that the store has for them."""
    values = dict(call.query)
    if 'within' in values:
        values |= _place(values['near'], values['within'])
    return values | {'from_ns': values.pop('from'), 'to_ns': values.pop('to')}


def _place(near: str | None, within: str | None) -> dict[str, Any]:
    """Return the numbers of a circle and a polygon; a polygon alone has a circle around it."""
    circle = tuple(map(float, near.split(','))) if near else None
    numbers = list(map(float, within.split(','))) if within else []
    polygon = tuple(zip(numbers[::2], numbers[1::2]))
    if polygon and circle is None:
        circle = circle_around(polygon)
    return {'near': circle, 'within': polygon}


def _answer(page: Page, convert: Any) -> web.Response:
    return answer({'items': [convert(item) for item in page.items], 'next': page.next})


def _detection(item: Detection) -> dict[str, Any]:
    return {'camera': item.camera, 'stamp': iso(item.stamp_ns),
            'received': iso(item.received_ns), 'source': item.source.name.lower(),
            'label': item.label, 'score': item.score, 'box': item.box, 'track': item.track}


def track_item(item: Track) -> dict[str, Any]:
    """Return a track as the API has it."""
    return {'id': item.id, 'camera': item.camera, 'tracker_id': item.tracker_id,
            'label': item.label, 'first': iso(item.first_ns), 'last': iso(item.last_ns),
            'duration_s': round((item.last_ns - item.first_ns) / NS, 6),
            'observations': item.observations,
            'score': {'top': item.score_top, 'mean': item.score_mean, 'last': item.score_last,
                      'median': item.score_median},
            'open': item.open, 'end_reason': item.end_reason, 'pinned': item.pinned,
            'thumbnail': f'/api/v1/tracks/{item.id}/thumbnail.jpg' if item.has_shot else None,
            'identity': item.identity and _identity(item.identity)}


def whole_track_item(item: Track) -> dict[str, Any]:
    """Return one track with its path, as the API has it."""
    return track_item(item) | _detail(item.detail)


def named(person_id: int | None, name: str | None) -> dict[str, Any] | None:
    """Return who somebody is as the API has it; a name of None: forgotten."""
    return {'id': person_id, 'name': name} if person_id else None


def _identity(item: StoredIdentity) -> dict[str, Any]:
    return {'verdict': item.verdict, 'person': named(item.person_id, item.person),
            'stranger': item.stranger_id, 'similarity': item.similarity}


def _detail(item: TrackDetail) -> dict[str, Any]:
    return {
        'path': [{'stamp': iso(stamp_ns), 'x': x, 'y': y} for stamp_ns, x, y in item.path],
        'label_changes': [{'stamp': iso(stamp_ns), 'label': label}
                          for stamp_ns, label in item.label_changes],
        'stationary': iso(item.stationary_ns) if item.stationary_ns else None,
        'shot': item.shot and _shot(item.shot), 'poses': item.poses or None}


def _shot(shot: Shot) -> dict[str, Any]:
    x, y, width, height = shot.crop
    return {'stamp': iso(shot.stamp_ns), 'box': shot.box, 'score': shot.score,
            'width': shot.width, 'height': shot.height, 'sharpness': shot.sharpness,
            'crop': {'x': x, 'y': y, 'width': width, 'height': height},
            'crop_box': [round(edge, 6) for edge in shot.box_in_crop()]}
