"""All that is held about a person, as one JSON object that is written while it is read."""
import asyncio
import base64
import json
from pathlib import Path
from typing import Any, AsyncIterator, Awaitable, Callable, Mapping

import numpy as np

from smartcam_bridge.domain.times import iso
from smartcam_bridge.errors import NotFound
from smartcam_bridge.store.people_queries import AuditQuery
from smartcam_bridge.store.queries import EventQuery, Page, Reader, TrackQuery

NAME = 'person-{}.json'
MEDIA_TYPE = 'application/json'
_ROWS = 200

Form = Callable[[Any], dict[str, Any]]
"""Returns an item as the API has it."""


class Dossier:
    """Writes what is held about one person.

    forms: of person, template, sighting, track, event and audit. find_picture: the file of a path
    in the store; raises NotFound. One event loop.
    """

    def __init__(self, reader: Reader, person_id: int, *, forms: Mapping[str, Form],
                 find_picture: Callable[[str], Path], now_ns: int) -> None:
        self._reader = reader
        self._id = person_id
        self._forms = forms
        self._find_picture = find_picture
        self._now_ns = now_ns

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the JSON text; raise NotFound at once where there is no such person."""
        people = self._reader.people
        person = self._forms['person'](await people.person(self._id))
        person['former_names'] = await people.former_names(self._id)
        head = json.dumps({'exported': iso(self._now_ns), 'person': person}, ensure_ascii=False)
        yield head[:-1].encode()
        for name, items in (
                ('templates', self._templates()), ('rejections', self._rejections()),
                ('sightings', self._sightings()), ('tracks', self._tracks()),
                ('events', self._events()), ('audit', self._audit())):
            yield f',\n"{name}":['.encode()
            comma = b'\n'
            async for item in items:
                yield comma + json.dumps(item, ensure_ascii=False).encode()
                comma = b',\n'
            yield b']'
        yield b'}\n'

    async def _templates(self) -> AsyncIterator[dict[str, Any]]:
        async for held in self._reader.people.held_templates(self._id):
            yield self._forms['template'](held.template) | {
                'vector': _numbers(held.vector), 'jpeg': _base64(held.jpeg)}

    async def _rejections(self) -> AsyncIterator[dict[str, Any]]:
        async for (created_ns, id_, track_id, model, by), vector in (
                self._reader.people.held_rejections(self._id)):
            yield {'id': id_, 'created': iso(created_ns), 'by': by, 'track': track_id,
                   'model': model, 'vector': _numbers(vector)}

    async def _sightings(self) -> AsyncIterator[dict[str, Any]]:
        async for held in self._reader.people.held_sightings(self._id):
            yield self._forms['sighting'](held.sighting) | {'vector': _numbers(held.vector)}

    async def _tracks(self) -> AsyncIterator[dict[str, Any]]:
        async for track in _all(lambda cursor: self._reader.tracks(TrackQuery(
                person=self._id, order='oldest', limit=_ROWS, cursor=cursor))):
            try:
                whole = await self._reader.track(track.id)
            except NotFound:
                continue    # purged meanwhile
            yield self._forms['track'](whole) | {'jpeg': _base64(await self._picture(track.id))}

    async def _picture(self, track_id: int) -> bytes | None:
        """Return the thumbnail; the whole frame shows others too."""
        try:
            path, _ = await self._reader.picture(track_id, 'crop')
            return await asyncio.to_thread(self._find_picture(path).read_bytes)
        except (NotFound, OSError):
            return None

    async def _events(self) -> AsyncIterator[dict[str, Any]]:
        """Yield those that say it is the person, those that say it was, then those corrected."""
        for role in ('person_id', 'was_person_id'):
            async for item in _all(lambda cursor, role=role: self._reader.events(EventQuery(
                    **{role: self._id}, order='oldest', limit=_ROWS, cursor=cursor))):
                if role == 'person_id' or item.event.person_id != self._id:
                    yield self._forms['event'](item)
        async for seq in self._reader.people.corrected_events(self._id):
            try:
                item = await self._reader.event(seq)
            except NotFound:
                continue    # purged meanwhile
            if self._id not in (item.event.person_id, item.event.was_person_id):
                yield self._forms['event'](item)

    async def _audit(self) -> AsyncIterator[dict[str, Any]]:
        async for entry in _all(lambda cursor: self._reader.people.audit(AuditQuery(
                person_id=self._id, order='oldest', limit=_ROWS, cursor=cursor))):
            yield self._forms['audit'](entry)


async def _all(page_after: Callable[[str | None], Awaitable[Page]]) -> AsyncIterator[Any]:
    cursor = None
    while True:
        page = await page_after(cursor)
        for item in page.items:
            yield item
        cursor = page.next
        if cursor is None:
            return


def _numbers(vector: np.ndarray) -> list[float]:
    """Return the shortest numbers that are the same float32 again."""
    return [float(str(number)) for number in vector]


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode('ascii')
