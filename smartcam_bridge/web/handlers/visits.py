"""What happened in zones and on tripwires, page by page."""
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.model import Direction
from smartcam_bridge.domain.times import iso, NS
from smartcam_bridge.store.queries import (
    CrossingQuery, StoredCrossing, StoredVisit, Suspended, SuspensionQuery, VisitQuery)
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag, Number, Text
from smartcam_bridge.web.handlers.history import ID_MAX, PAGE, times

_DIRECTIONS = {direction.name.lower(): direction for direction in Direction}
_WHOSE: tuple[Field, ...] = (
    Text('camera', 'Of this camera only.', longest=64),
    Text('label', 'With this label only.', longest=256),
    Number('track', 'Of this track only.', 1, ID_MAX, whole=True))
VISITS: tuple[Field, ...] = (
    *_WHOSE,
    Number('zone', 'To the zone with this id only.', 1, ID_MAX, whole=True),
    Flag('open', 'Only visits that go on (true) or have ended (false).'),
    Flag('loitered', 'Only visits that were too long (true) or were not (false).'),
    Number('min_dwell_s', 'Only visits that have ended and lasted so long.', 0, 1e9), *PAGE)
CROSSINGS: tuple[Field, ...] = (
    *_WHOSE,
    Number('tripwire', 'Of the tripwire with this id only.', 1, ID_MAX, whole=True),
    Text('direction', 'In this direction only.', choices=tuple(_DIRECTIONS)), *PAGE)

SUSPENSIONS: tuple[Field, ...] = (
    Text('camera', 'Of this camera only.', longest=64), *PAGE)


async def visits(call: Call) -> web.Response:
    """List visits to zones that went on in the time asked for, by their entry."""
    page = await call.reader.visits(visit_query(call))
    return answer({'items': [visit_item(item) for item in page.items], 'next': page.next})


async def crossings(call: Call) -> web.Response:
    """List crossings of tripwires."""
    page = await call.reader.crossings(crossing_query(call))
    return answer({'items': [crossing_item(item) for item in page.items], 'next': page.next})


async def suspensions(call: Call) -> web.Response:
    """List when the robot moved, so that a camera did not count."""
    page = await call.reader.suspensions(SuspensionQuery(**times(call)))
    return answer({'items': [_suspended(item) for item in page.items], 'next': page.next})


def visit_query(call: Call) -> VisitQuery:
    """Return which visits are asked for."""
    values = times(call)
    dwell_s = values.pop('min_dwell_s')
    return VisitQuery(
        zone_id=values.pop('zone'), track_id=values.pop('track'),
        min_dwell_ns=None if dwell_s is None else round(dwell_s * NS), **values)


def crossing_query(call: Call) -> CrossingQuery:
    """Return which crossings are asked for."""
    values = times(call)
    direction = values.pop('direction')
    return CrossingQuery(
        tripwire_id=values.pop('tripwire'), track_id=values.pop('track'),
        direction=_DIRECTIONS[direction] if direction else None, **values)


def _suspended(item: Suspended) -> dict[str, Any]:
    return {'camera': item.camera, 'begin': iso(item.begin_ns),
            'end': None if item.end_ns is None else iso(item.end_ns), 'reason': item.reason}


def visit_item(item: StoredVisit) -> dict[str, Any]:
    """Return a visit as the API has it."""
    ended = item.exited_ns is not None
    return {'zone': item.zone_id, 'zone_name': item.zone, 'camera': item.camera,
            'track': item.track_id, 'label': item.label, 'entered': iso(item.entered_ns),
            'exited': iso(item.exited_ns) if ended else None,
            'dwell_s': round((item.exited_ns - item.entered_ns) / NS, 3) if ended else None,
            'loitered': item.loitered}


def crossing_item(item: StoredCrossing) -> dict[str, Any]:
    """Return a crossing as the API has it."""
    return {'tripwire': item.tripwire_id, 'tripwire_name': item.tripwire, 'camera': item.camera,
            'track': item.track_id, 'label': item.label, 'stamp': iso(item.stamp_ns),
            'direction': item.direction.name.lower()}
