"""Questions to the store, for an asyncio loop: pages of history, and what is small as a whole."""
import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, AsyncIterator, Callable, Mapping, Sequence

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Camera
from smartcam_bridge.errors import NotFound, StoreError
from smartcam_bridge.store import (
    cameras as camera_rows, cursors, frame_sizes, schema, tokens as token_rows)
from smartcam_bridge.store.analytics import Analytics
from smartcam_bridge.store.box_chunks import box_chunks, BoxChunk, last_chunk, NEWEST
from smartcam_bridge.store.cameras import require_camera
from smartcam_bridge.store.crossing_pages import crossing_of, CrossingQuery, StoredCrossing
from smartcam_bridge.store.cursors import Page
from smartcam_bridge.store.detections import (
    CHUNK, Detection, DetectionQuery, Scan, SCANNED_MAX)
from smartcam_bridge.store.event_pages import (
    EventQuery, read_events, stored_of, StoredEvent)
from smartcam_bridge.store.event_rows import event_of
from smartcam_bridge.store.event_sql import (
    AFTER as EVENTS_AFTER, NEWEST as NEWEST_EVENT, ONE as ONE_EVENT)
from smartcam_bridge.store.lanes import Lane, make_lane
from smartcam_bridge.store.people_queries import PeopleReader
from smartcam_bridge.store.shots import PICTURE
from smartcam_bridge.store.sql import compiled, Statement
from smartcam_bridge.store.suspension_pages import Suspended, suspended_of, SuspensionQuery
from smartcam_bridge.store.tokens import TokenRow
from smartcam_bridge.store.track_pages import (
    LABEL_ID, ONE as ONE_TRACK, StoredIdentity, Track, track_of, TrackDetail, TrackQuery)
from smartcam_bridge.store.visit_pages import StoredVisit, visit_of, VisitQuery
from sqlalchemy import func, select

__all__ = ['BoxChunk', 'Counts', 'CrossingQuery', 'Detection', 'DetectionQuery', 'EventQuery',
           'Page', 'Reader', 'StoredCrossing', 'StoredEvent', 'StoredIdentity', 'StoredVisit',
           'Suspended', 'SuspensionQuery', 'TokenRow', 'Track', 'TrackDetail', 'TrackQuery',
           'VisitQuery']

_LABELS = compiled(select(schema.labels.c.id, schema.labels.c.name))
# Ids are given in a row and purged from the low end: their span counts without a scan.
_COUNTS = compiled(select(
    select(func.max(schema.observations.c.id)).scalar_subquery(),
    select(func.min(schema.observations.c.id)).scalar_subquery(),
    select(func.count(schema.tracks.c.id)).scalar_subquery(),
    select(func.count(schema.cameras.c.id)).scalar_subquery(),
    select(func.count(schema.labels.c.id)).scalar_subquery()))


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is. Observations are an upper bound: gaps are counted too."""

    observations: int
    tracks: int
    cameras: int
    labels: int


class Reader:
    """Answers questions over a few read-only connections, opened at the first question.

    One event loop. Every method raises StoreUnavailable where the file cannot be read.
    """

    def __init__(self, path: Path, *, lanes: int = 2) -> None:
        self._lanes = [make_lane(path) for _ in range(lanes)]
        self._idle: 'asyncio.LifoQueue[Lane]' = asyncio.LifoQueue()
        for lane in self._lanes:
            self._idle.put_nowait(lane)
        self._labels: dict[int, str] = {}
        self._closed = False

    async def detections(self, query: DetectionQuery) -> Page:
        """Return a page; raise BadCursor, and NotFound where there is no such camera."""
        position = cursors.decode(query.cursor, query.filters) if query.cursor else None
        async with self._lane() as lane:
            label_id = await self._label_id(lane, query.label)
            if query.label is not None and label_id is None:
                return Page([], None)
            scan = Scan(query, label_id, position)
            more = await _fill(scan, lane)
            if not scan.found and not position:
                await require_camera(lane.fetch, query.camera)
            if not scan.label_ids() <= self._labels.keys():
                await self._read_labels(lane)
        return Page(scan.items(self._labels),
                    cursors.encode(scan.position, query.filters) if more else None)

    async def newest_observation(self) -> int:
        """Return the highest id of an observation, 0 where there is none."""
        (newest,), = await self._fetch(NEWEST)
        return newest or 0

    async def box_chunks(self, query: DetectionQuery, newest_id: int) -> AsyncIterator[BoxChunk]:
        """Yield all that matches, oldest first, up to the observation `newest_id`.

        `query` must ask for the oldest first; its limit and cursor do not count. Raises NotFound
        where there is no such camera.
        """
        known, label_id = await self._labelled(query)
        if known:
            async for chunk in box_chunks(self._rows, query, label_id, newest_id):
                yield chunk

    async def last_chunk(self, query: DetectionQuery, newest_id: int) -> BoxChunk | None:
        """Return the newest observations that `box_chunks` would yield, None without any."""
        known, label_id = await self._labelled(query)
        return await last_chunk(self._rows, query, label_id, newest_id) if known else None

    async def tracks(self, query: TrackQuery) -> Page:
        """Return a page; raise BadCursor, and NotFound where there is no such camera."""
        position = cursors.decode(query.cursor, query.filters) if query.cursor else None
        async with self._lane() as lane:
            rows = await lane.fetch(*query.statement(position))
            if not rows and not position:
                await require_camera(lane.fetch, query.camera)
            tracks = await self._tracks_of(lane, rows)
        following = None
        if len(tracks) > query.limit:
            first = tracks[query.limit]
            following = cursors.encode((first.first_ns, first.id, 0), query.filters)
        return Page(tracks[:query.limit], following)

    async def track(self, track_id: int) -> Track:
        """Return one track with its path; raise NotFound."""
        async with self._lane() as lane:
            rows = await lane.fetch(ONE_TRACK.sql, ONE_TRACK.bound(id=track_id))
            if not rows:
                raise NotFound(f'there is no track {track_id}')
            return (await self._tracks_of(lane, rows))[0]

    async def visits(self, query: VisitQuery) -> Page:
        """Return a page; raise BadCursor, and NotFound where there is no such camera."""
        return await self._paged(query, visit_of)

    async def crossings(self, query: CrossingQuery) -> Page:
        """Return a page; raise BadCursor, and NotFound where there is no such camera."""
        return await self._paged(query, crossing_of)

    async def events(self, query: EventQuery) -> Page:
        """Return a page; raise BadCursor, and NotFound where there is no such camera."""
        position = cursors.decode(query.cursor, query.filters) if query.cursor else None
        async with self._lane() as lane:
            found, following = await read_events(lane.fetch, query, position)
            if not found and not position:
                await require_camera(lane.fetch, query.camera)
        return Page(found, following and cursors.encode(following, query.filters))

    async def event(self, seq: int) -> StoredEvent:
        """Return one event; raise NotFound."""
        rows = await self._fetch(ONE_EVENT, seq=seq)
        if not rows:
            raise NotFound(f'there is no event {seq}')
        return stored_of(rows[0])

    async def events_after(self, seq: int, limit: int) -> list[Event]:
        """Return the events that were stored after the one with this number, in that order."""
        return [event_of(row) for row in await self._fetch(EVENTS_AFTER, after=seq, rows=limit)]

    async def picture(self, track_id: int, kind: str) -> tuple[str, int]:
        """Return path and stamp of the picture of this kind of a track; raise NotFound."""
        rows = await self._fetch(PICTURE, track=track_id, kind=kind)
        if not rows:
            raise NotFound(f'there is no {kind} of track {track_id}')
        return rows[0]

    async def newest_seq(self) -> int:
        """Return the number of the newest event, 0 where there is none."""
        return (await self._fetch(NEWEST_EVENT))[0][0]

    async def suspensions(self, query: SuspensionQuery) -> Page:
        """Return a page; raise BadCursor, and NotFound where there is no such camera."""
        return await self._paged(query, suspended_of)

    async def labels(self) -> dict[int, str]:
        """Return the labels by id."""
        async with self._lane() as lane:
            await self._read_labels(lane)
        return dict(self._labels)

    async def cameras(self) -> tuple[Camera, ...]:
        """Return all cameras by name."""
        rows = await self._fetch(camera_rows.SELECT)
        return tuple(camera_rows.camera_of(row) for row in rows)

    async def frame_sizes(self) -> Mapping[str, Sequence[tuple[int, int, int]]]:
        """Return (since_ns, width, height) of each camera's frames, oldest first."""
        return frame_sizes.by_camera(await self._fetch(frame_sizes.SELECT))

    async def tokens(self) -> list[TokenRow]:
        """Return all tokens, sessions and login codes, the expired ones too."""
        return [TokenRow(*row) for row in await self._fetch(token_rows.SELECT)]

    async def token_by_digest(self, digest: bytes) -> TokenRow | None:
        """Return the token with this digest, whether it has expired or not."""
        rows = await self._fetch(token_rows.SELECT_BY_DIGEST, digest=digest)
        return TokenRow(*rows[0]) if rows else None

    async def counts(self) -> Counts:
        """Return how much there is."""
        (last, first, *others), = await self._fetch(_COUNTS)
        return Counts(0 if last is None else last - first + 1, *others)

    @property
    def analytics(self) -> Analytics:
        """Return what answers how much there was."""
        return Analytics(self._rows)

    @property
    def people(self) -> PeopleReader:
        """Return what answers who was there."""
        return PeopleReader(self._rows)

    async def close(self) -> None:
        """Answer the questions under way, then close the connections. Idempotent."""
        self._closed = True
        while self._lanes:
            lane = await self._idle.get()
            self._lanes.remove(lane)
            await lane.close()

    @contextlib.asynccontextmanager
    async def _lane(self) -> AsyncIterator[Lane]:
        if self._closed:
            raise StoreError('the reader is closed')
        lane = await self._idle.get()
        try:
            yield lane
        finally:
            self._idle.put_nowait(lane)

    async def _fetch(self, statement: Statement, **values: Any) -> list[tuple]:
        async with self._lane() as lane:
            return await lane.fetch(statement.sql, statement.bound(**values))

    async def _rows(self, sql: str, values: Mapping[str, Any]) -> list[tuple]:
        async with self._lane() as lane:
            return await lane.fetch(sql, values)

    async def _labelled(self, query: DetectionQuery) -> tuple[bool, int | None]:
        """Return whether its label can match at all, and the label's id; raise NotFound."""
        async with self._lane() as lane:
            await require_camera(lane.fetch, query.camera)
            label_id = await self._label_id(lane, query.label)
        return query.label is None or label_id is not None, label_id

    async def _paged(self, query: VisitQuery | CrossingQuery | SuspensionQuery,
                     make: Callable[[tuple], Any]) -> Page:
        """Return a page of rows that begin with their stamp and id."""
        async with self._lane() as lane:
            page = await cursors.read_page(lane.fetch, query, make)
            if not page.items and not query.cursor:
                await require_camera(lane.fetch, query.camera)
        return page

    async def _read_labels(self, lane: Lane) -> None:
        self._labels = dict(await lane.fetch(_LABELS.sql, _LABELS.params))

    async def _label_id(self, lane: Lane, name: str | None) -> int | None:
        if name is not None and name not in self._labels.values():
            await self._read_labels(lane)
        return next((id_ for id_, known in self._labels.items() if known == name), None)

    async def _tracks_of(self, lane: Lane, rows: list[tuple]) -> list[Track]:
        if not {row[LABEL_ID] for row in rows} <= self._labels.keys():
            await self._read_labels(lane)
        return [track_of(row, self._labels) for row in rows]


async def _fill(scan: Scan, lane: Lane) -> bool:
    """Read until the page is full or enough was looked at; return whether more may follow."""
    wanted = CHUNK[0]
    while scan.scanned < SCANNED_MAX:
        rows = await lane.fetch(*scan.query.statement(scan.position, wanted))
        scan.take(rows)
        if scan.full:
            return True
        if len(rows) < wanted:
            return False
        wanted = min(wanted * 4, CHUNK[1])
    return True
