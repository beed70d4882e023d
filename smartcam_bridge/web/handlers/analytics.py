"""How much there was: counts, occupancy, dwell, crossings, busiest hours, heat maps."""
import asyncio
from typing import Any, Awaitable, Callable, TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web
import numpy as np

from smartcam_bridge.domain.buckets import Buckets, buckets_of, span_of, UNITS, zone_named
from smartcam_bridge.domain.schedules import DAYS
from smartcam_bridge.domain.times import iso, NS
from smartcam_bridge.errors import FrameError
from smartcam_bridge.live.heat_picture import heat_png
from smartcam_bridge.store.analytics import Dwell, HeatMap, Scope, Series
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag, Moment, Number, Text
from smartcam_bridge.web.problems import Problem

BUCKETS_MAX = 3000
HOURS_MAX = 24 * 367        # of which the busiest are asked for
SPAN_MAX_S = 10 * 366 * 86400
DEFAULT_S = 86400
_FRAME_WAIT_S = 2.0

T = TypeVar('T')
Period = Callable[[Buckets], Awaitable[dict[str, Any]]]

_ID_MAX = 2 ** 63 - 1
_CAMERA = Text('camera', 'Of this camera only.', longest=64)
_LABEL = Text('label', 'With this label only.', longest=256)
_ZONE = Number('zone', 'Of this zone only.', 1, _ID_MAX, whole=True)
_TRIPWIRE = Number('tripwire', 'Of this tripwire only.', 1, _ID_MAX, whole=True)
_RANGE: tuple[Field, ...] = (
    Moment('from', 'From this time on; a day before `to` where it is left out.'),
    Moment('to', 'Before this time; now where it is left out.'),
    Text('timezone', 'IANA time zone of days and hours.', longest=64, default='UTC'))
_BUCKETS: tuple[Field, ...] = (
    *_RANGE, Text('bucket', 'How long each is; the first and the last are whole.', choices=UNITS,
                  default='hour'),
    Flag('compare', 'Also the period before, as long by the calendar.', default=False))
COUNTS: tuple[Field, ...] = (
    *_BUCKETS, _CAMERA, _LABEL, _ZONE,
    Text('by', 'A series for each of these.', choices=('label', 'camera', 'zone', 'none'),
         default='none'))
OCCUPANCY: tuple[Field, ...] = (*_BUCKETS, _CAMERA, _LABEL, _ZONE, Text(
    'by', 'A series for each of these.', choices=('camera', 'zone'), default='camera'))
DWELL: tuple[Field, ...] = (
    *_RANGE, Flag('compare', 'Also the period before, as long by the calendar.', default=False),
    _CAMERA, _LABEL, _ZONE)
CROSSINGS: tuple[Field, ...] = (*_BUCKETS, _CAMERA, _LABEL, _TRIPWIRE)
BUSIEST: tuple[Field, ...] = (
    *_RANGE, _CAMERA, _LABEL, _ZONE, _TRIPWIRE,
    Text('of', 'What is counted.', choices=('tracks', 'boxes', 'visits', 'crossings'),
         default='tracks'))
HEATMAP: tuple[Field, ...] = (
    *_RANGE[:2], Text('camera', 'Of this camera.', longest=64, required=True), _LABEL)
HEATMAP_PNG: tuple[Field, ...] = (*HEATMAP, Flag(
    'background', "Over the camera's newest picture, where it has one.", default=True))


async def counts(call: Call) -> web.Response:
    """Count tracks and boxes in buckets of local time."""
    by = call.query['by']
    if by == 'camera' and call.query['zone'] is not None:
        raise Problem(422, 'invalid_query', 'query: by=camera cannot be told of one zone')

    async def period(buckets: Buckets) -> dict[str, Any]:
        series, total = await call.reader.analytics.counts(
            buckets, _scope(call), by, call.services.now_ns())
        return _in_buckets(buckets, series) | {'total': total.numbers}
    return await _compared(call, period, _buckets(call), _before)


async def occupancy(call: Call) -> web.Response:
    """Tell how many were there at once, on average and at most, over time."""
    by = 'zone' if call.query['zone'] is not None else call.query['by']

    async def period(buckets: Buckets) -> dict[str, Any]:
        return _in_buckets(buckets, await call.reader.analytics.occupancy(
            buckets, _scope(call), by, call.services.now_ns()))
    return await _compared(call, period, _buckets(call), _before)


async def crossing_counts(call: Call) -> web.Response:
    """Count crossings of tripwires in and out in buckets of local time."""
    async def period(buckets: Buckets) -> dict[str, Any]:
        return _in_buckets(buckets, await call.reader.analytics.crossings(buckets, _scope(call)))
    return await _compared(call, period, _buckets(call), _before)


async def dwell(call: Call) -> web.Response:
    """Tell how long visits to zones lasted that ended within a time."""
    async def period(buckets: Buckets) -> dict[str, Any]:
        found = await call.reader.analytics.dwell(buckets, _scope(call))
        return _limits(buckets) | {'series': [_dwell(each) for each in found]}
    return await _compared(call, period, _span(call),
                           lambda span: span_of(span.begin_before(), span.edges[0], span.zone))


async def busiest(call: Call) -> web.Response:
    """Tell how much happens in each hour of the week, on average."""
    hours = _buckets(call, 'hour', HOURS_MAX)
    mean = (await call.reader.analytics.busiest(
        hours, _scope(call), call.query['of'], call.services.now_ns())).mean
    hottest = max(((value, day, hour) for day, row in enumerate(mean)
                   for hour, value in enumerate(row) if value), default=None, key=lambda it: it[0])
    return answer(_limits(hours) | {
        'days': DAYS, 'hours': 24, 'mean': mean, 'busiest': None if hottest is None else {
            'day': DAYS[hottest[1]], 'hour': hottest[2], 'mean': hottest[0]}})


async def heat_map(call: Call) -> web.Response:
    """Tell where boxes stood in a camera's frame, as a grid of counts."""
    found = await _heat_map(call)
    height, width = found.cells.shape
    return answer({
        'camera': found.camera, 'from': iso(found.from_s * NS), 'to': iso(found.to_s * NS),
        'width': width, 'height': height, 'cells': found.cells.tolist(),
        'total': int(found.cells.sum()), 'unit': 'boxes'})


async def heat_map_png(call: Call) -> web.Response:
    """Show where boxes stood, as a picture."""
    found = await _heat_map(call)
    below = await _newest_pixels(call, found.camera) if call.query['background'] else None
    png = await asyncio.get_running_loop().run_in_executor(None, heat_png, found.cells, below)
    return web.Response(body=png, content_type='image/png', headers={
        'X-From': iso(found.from_s * NS), 'X-To': iso(found.to_s * NS)})


async def _heat_map(call: Call) -> HeatMap:
    from_ns, to_ns = _range_ns(call)
    return await call.reader.analytics.heat_map(from_ns // NS, -(-to_ns // NS), _scope(call))


async def _newest_pixels(call: Call, camera: str) -> np.ndarray | None:
    frames = call.services.frames
    with frames.watch(camera):
        frame = frames.latest(camera) or await frames.next_frame(camera, 0, _FRAME_WAIT_S)
    if frame is None:
        return None
    try:
        return await asyncio.get_running_loop().run_in_executor(None, frame.pixels)
    except FrameError:
        return None     # the map alone says what was asked for


async def _compared(call: Call, period: Period, asked: Buckets,
                    before: Callable[[Buckets], Buckets]) -> web.Response:
    """Answer for the time asked for and, where wanted, for the one before."""
    found = await period(asked)
    if call.query['compare']:
        found['before'] = await period(_refused(before, asked))
    return answer(found)


def _before(buckets: Buckets) -> Buckets:
    return buckets.before(2 * BUCKETS_MAX)      # a day may have some more hours than another


def _buckets(call: Call, unit: str | None = None, most: int = BUCKETS_MAX) -> Buckets:
    from_ns, to_ns = _range_ns(call)
    return _refused(buckets_of, from_ns // NS, -(-to_ns // NS), unit or call.query['bucket'],
                    _zone(call), most)


def _span(call: Call) -> Buckets:
    from_ns, to_ns = _range_ns(call)
    return _refused(span_of, from_ns // NS, -(-to_ns // NS), _zone(call))


def _zone(call: Call) -> ZoneInfo:
    return _refused(zone_named, call.query['timezone'])


def _refused(make: Callable[..., T], *given: Any) -> T:
    """Return what `make` makes; a ValueError of its is the query's fault."""
    try:
        return make(*given)
    except ValueError as error:
        raise Problem(422, 'invalid_query', f'query: {error}') from error


def _range_ns(call: Call) -> tuple[int, int]:
    to_ns = call.query['to'] if call.query['to'] is not None else call.services.now_ns()
    from_ns = call.query['from']
    from_ns = max(to_ns - DEFAULT_S * NS, 0) if from_ns is None else from_ns
    if not 0 < to_ns - from_ns <= SPAN_MAX_S * NS:
        raise Problem(422, 'invalid_query', 'query: `to` must be after `from`, and by ten years '
                      'at most')
    return from_ns, to_ns


def _scope(call: Call) -> Scope:
    return Scope(**{name: call.query.get(name)
                    for name in ('camera', 'label', 'zone', 'tripwire')})


def _limits(buckets: Buckets) -> dict[str, str]:
    first, last = (buckets.local(edge).isoformat() for edge in (buckets.edges[0],
                                                                buckets.edges[-1]))
    return {'timezone': buckets.zone.key, 'begin': first, 'end': last}


def _in_buckets(buckets: Buckets, series: list[Series]) -> dict[str, Any]:
    return {'timezone': buckets.zone.key, 'bucket': buckets.unit,
            'buckets': [start.isoformat() for start in buckets.starts()],
            'end': buckets.local(buckets.edges[-1]).isoformat(),
            'series': [each.names | each.numbers for each in series]}


def _dwell(found: Dwell) -> dict[str, Any]:
    return found.names | {
        'edges_s': found.edges_s, 'counts': found.counts, 'visits': found.visits,
        'mean_s': found.mean_s, 'median_s': found.median_s, 'p90_s': found.p90_s,
        'longest_s': found.longest_s}
