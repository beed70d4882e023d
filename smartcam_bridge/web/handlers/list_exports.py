"""Exports of what the API lists: tracks, events, visits and crossings as CSV."""
from dataclasses import dataclass, replace
from typing import Any, Awaitable, Callable

from aiohttp import web

from smartcam_bridge.domain.times import parse_iso
from smartcam_bridge.exports.csv_text import MEDIA_TYPE
from smartcam_bridge.exports.lists import list_csv, page_lines
from smartcam_bridge.store.queries import Page, Reader
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag
from smartcam_bridge.web.handlers import events, history, visits
from smartcam_bridge.web.handlers.exports import send

_PAGING = ('order', 'limit', 'cursor')
_POSE = ('pose_frame', 'pose_x', 'pose_y', 'pose_yaw', 'pose_age_s')


@dataclass(frozen=True, slots=True)
class ListExport:
    """A list of the API as a file. `stamp`: the column that it is ordered by."""

    name: str
    fields: tuple[Field, ...]
    query: Callable[[Call], Any]
    read: Callable[[Reader, Any], Awaitable[Page]]
    form: Callable[[Any], dict[str, Any]]
    stamp: str
    columns: tuple[str, ...]

    @property
    def asked(self) -> tuple[Field, ...]:
        """Return what may be asked: as of the list, without paging."""
        return (*(field for field in self.fields if field.name not in _PAGING),
                Flag('estimate', 'Answer only how much it would be: rows, bytes, exact.'))

    def handler(self) -> Callable[[Call], Awaitable[web.StreamResponse]]:
        """Return the handler of its route, which bears its name in the OpenAPI document."""
        async def handle(call: Call) -> web.StreamResponse:
            return await self.send(call)

        handle.__name__ = self.name.replace('.', '_')
        handle.__doc__ = f'Stream the {self.read.__name__} that match, oldest first, as CSV.'
        return handle

    async def send(self, call: Call) -> web.StreamResponse:
        """Stream all that matches."""
        asked = dict(call.query)
        asks_how_much = asked.pop('estimate')
        query = replace(self.query(replace(call, query=asked)), order='oldest',
                        limit=history.PAGE_MAX)

        async def page_after(cursor: str | None) -> Page:
            return await self.read(call.reader, replace(query, cursor=cursor))

        first = await page_after(None)      # who asks for nonsense is told so, not sent a file
        rows = len(first.items)
        if first.next is not None:
            rows = self._rows(first, await self.read(
                call.reader, replace(query, order='newest')))
        size_bytes = len(page_lines(first, self.columns, self.form))
        size_bytes = round(size_bytes * rows / max(len(first.items), 1)) + len(
            ','.join(self.columns))
        if asks_how_much:
            return answer({'rows': rows, 'bytes': size_bytes, 'exact': first.next is None})
        return await send(call, list_csv(page_after, self.columns, self.form), self.name,
                          MEDIA_TYPE, {'X-Estimated-Bytes': str(size_bytes)})

    def _rows(self, oldest: Page, newest: Page) -> int:
        """Return about how many rows there are, from how densely those at both ends lie."""
        if not (oldest.items and newest.items):     # rare ones: each request looks at some only
            return max(len(oldest.items), len(newest.items))
        begin, until = self._ends(oldest)
        since, end = self._ends(newest)
        seen = len(oldest.items) + len(newest.items)
        span = (until - begin) + (end - since)
        return max(len(oldest.items), round(seen * (end - begin) / span) if span else seen)

    def _ends(self, page: Page) -> tuple[int, int]:
        stamps = [parse_iso(self.form(page.items[place])[self.stamp]) for place in (0, -1)]
        return min(stamps), max(stamps)


LISTS: tuple[ListExport, ...] = (
    ListExport(
        'tracks.csv', history.TRACKS, history.track_query, Reader.tracks, history.track_item,
        'first',
        ('id', 'camera', 'tracker_id', 'label', 'first', 'last', 'duration_s', 'observations',
         'score_top', 'score_mean', 'score_median', 'score_last', 'open', 'end_reason', 'pinned',
         'identity_verdict', 'identity_person_id', 'identity_person_name', 'identity_stranger',
         'identity_similarity')),
    ListExport(
        'events.csv', events.QUERY, events.event_query, Reader.events, events.event_item, 'stamp',
        ('seq', 'type', 'camera', 'stamp', 'severity', 'track', 'label', 'zone', 'zone_name',
         'tripwire', 'tripwire_name', 'direction', 'dwell_s', 'occupancy', 'duration_s',
         'end_reason', 'change', 'title', 'note', 'by', 'pinned', 'acknowledged', *_POSE,
         'person_id', 'person_name', 'was_id', 'was_name', 'stranger', 'similarity')),
    ListExport(
        'visits.csv', visits.VISITS, visits.visit_query, Reader.visits, visits.visit_item,
        'entered',
        ('zone', 'zone_name', 'camera', 'track', 'label', 'entered', 'exited', 'dwell_s',
         'loitered')),
    ListExport(
        'crossings.csv', visits.CROSSINGS, visits.crossing_query, Reader.crossings,
        visits.crossing_item, 'stamp',
        ('tripwire', 'tripwire_name', 'camera', 'track', 'label', 'stamp', 'direction')))
