"""Reports that people print or send."""
import asyncio
import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from smartcam_bridge.domain.buckets import Buckets, buckets_of, zone_named
from smartcam_bridge.domain.events import Severity
from smartcam_bridge.domain.times import NS
from smartcam_bridge.live.heat_picture import heat_png
from smartcam_bridge.store.analytics import Scope
from smartcam_bridge.store.queries import EventQuery, SuspensionQuery
from smartcam_bridge.web.call import Call
from smartcam_bridge.web.day_report import Day, day_report, POLICY
from smartcam_bridge.web.fields import Field, Text
from smartcam_bridge.web.handlers.events import event_item
from smartcam_bridge.web.problems import Problem

DAY: tuple[Field, ...] = (
    Text('date', 'Which day, like 2026-01-31; left out: today.', longest=10,
         pattern=r'\d{4}-\d\d-\d\d'),
    Text('timezone', 'IANA time zone of the day.', longest=64, default='UTC'),
    Text('camera', 'Of this camera only.', longest=64))
EVENTS_MAX = 100
MAPS_MAX = 16


async def day(call: Call) -> web.Response:
    """Return a day as one HTML file for paper: how much, when, where, for how long, who."""
    zone, date = _asked(call)
    hours = _hours(date, zone)
    before = _hours(date - datetime.timedelta(days=1), zone)
    page = day_report(await _day(call, date, hours, before))
    return web.Response(text=page, content_type='text/html', headers={
        'Content-Security-Policy': POLICY,
        'Content-Disposition': f'inline; filename="smartcam-{date}.html"'})


async def _day(call: Call, date: datetime.date, hours: Buckets, before: Buckets) -> Day:
    analytics, now_ns = call.reader.analytics, call.services.now_ns()
    camera = call.query['camera']
    scope = Scope(camera=camera)
    counts, total = await analytics.counts(hours, scope, 'label', now_ns)
    _, total_before = await analytics.counts(before, scope, 'none', now_ns)
    names = [camera] if camera else [each.name for each in call.services.cameras()][:MAPS_MAX]
    events, more = await _events(call, hours)
    return Day(
        title=f'{camera or "All cameras"}, {date:%A} {date.day} {date:%B %Y}',
        timezone=hours.zone.key, hours=[f'{start:%H}' for start in hours.starts()],
        counts=counts, total=total, before=total_before,
        occupancy=await analytics.occupancy(hours, scope, 'camera', now_ns),
        crossings=await analytics.crossings(hours, scope),
        dwell=await analytics.dwell(_whole(hours), scope),
        people=await call.reader.people.seen(
            hours.edges[0] * NS, hours.edges[-1] * NS, camera),
        clock=lambda stamp_ns: _clock(stamp_ns, hours),
        maps={name: png for name in names if (png := await _map(call, hours, name))},
        events=events, events_more=more, suspensions=await _suspensions(call, hours))


async def _map(call: Call, hours: Buckets, camera: str) -> bytes | None:
    """Return the heat map of a camera's day, None where it saw nothing."""
    found = await call.reader.analytics.heat_map(hours.edges[0], hours.edges[-1],
                                                 Scope(camera=camera))
    if not found.cells.any():
        return None
    return await asyncio.get_running_loop().run_in_executor(None, heat_png, found.cells, None)


async def _events(call: Call, hours: Buckets) -> tuple[list[dict[str, Any]], bool]:
    page = await call.reader.events(EventQuery(
        camera=call.query['camera'], severity=Severity.NOTICE, from_ns=hours.edges[0] * NS,
        to_ns=hours.edges[-1] * NS, limit=EVENTS_MAX))
    items = [event_item(item) | {'clock': _clock(item.event.stamp_ns, hours)}
             for item in page.items]
    return items, page.next is not None


async def _suspensions(call: Call, hours: Buckets) -> list[dict[str, Any]]:
    page = await call.reader.suspensions(SuspensionQuery(
        camera=call.query['camera'], from_ns=hours.edges[0] * NS, to_ns=hours.edges[-1] * NS,
        order='oldest', limit=EVENTS_MAX))
    return [{'camera': item.camera, 'begin': _clock(item.begin_ns, hours),
             'end': 'now' if item.end_ns is None else _clock(item.end_ns, hours),
             'reason': item.reason} for item in page.items]


def _clock(stamp_ns: int, hours: Buckets) -> str:
    return f'{hours.local(stamp_ns // NS):%H:%M:%S}'


def _whole(hours: Buckets) -> Buckets:
    return Buckets(hours.unit, hours.zone, (hours.edges[0], hours.edges[-1]))


def _asked(call: Call) -> tuple[ZoneInfo, datetime.date]:
    try:
        zone = zone_named(call.query['timezone'])
        text = call.query['date']
        if text is None:
            return zone, datetime.datetime.fromtimestamp(call.services.now_ns() // NS, zone).date()
        return zone, datetime.date.fromisoformat(text)
    except ValueError as error:
        raise Problem(422, 'invalid_query', f'query: {error}') from error


def _hours(date: datetime.date, zone: ZoneInfo) -> Buckets:
    """Return the hours of a local day, 23 to 25 of them."""
    noon = datetime.datetime.combine(date, datetime.time(12), zone)
    try:
        days = buckets_of(int(noon.timestamp()), int(noon.timestamp()) + 60, 'day', zone, 2)
        return buckets_of(days.edges[0], days.edges[-1], 'hour', zone, 50)
    except ValueError as error:
        raise Problem(422, 'invalid_query', f'query: {error}') from error
