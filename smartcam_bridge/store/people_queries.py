"""Questions to the store about people: who they are, what is held of them, who was seen."""
import json
from typing import Any, AsyncIterator

from smartcam_bridge.errors import NotFound
from smartcam_bridge.store import (
    people_pages, sighting_pages, stranger_pages, template_pages)
from smartcam_bridge.store.audit_pages import AuditEntry, AuditQuery, entry_of, SELVES
from smartcam_bridge.store.cameras import require_camera
from smartcam_bridge.store.cursors import Fetch, Page, read_page
from smartcam_bridge.store.held_events import corrected_events
from smartcam_bridge.store.held_faces import (
    held_rejections, held_sightings, held_templates, HeldRejection, HeldSighting, HeldTemplate,
    vector_of)
from smartcam_bridge.store.people_pages import person_of, PersonQuery, read_people, StoredPerson
from smartcam_bridge.store.seen_people import seen_people, SeenPerson
from smartcam_bridge.store.sighting_pages import sighting_of, SightingQuery, StoredSighting
from smartcam_bridge.store.sql import Statement
from smartcam_bridge.store.stranger_pages import (
    StoredStranger, stranger_of, StrangerCamera, StrangerQuery)
from smartcam_bridge.store.template_pages import StoredTemplate, template_of, TemplateQuery

__all__ = ['AuditEntry', 'AuditQuery', 'HeldRejection', 'HeldSighting', 'HeldTemplate',
           'PeopleReader', 'PersonQuery', 'SeenPerson', 'SightingQuery', 'StoredPerson',
           'StoredSighting', 'StoredStranger', 'StoredTemplate', 'StrangerCamera',
           'StrangerQuery', 'TemplateQuery']


class PeopleReader:
    """Answers about people. Every method raises StoreUnavailable, those with a page BadCursor."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def people(self, query: PersonQuery) -> Page:
        """Return a page of StoredPerson."""
        return await read_people(self._fetch, query)

    async def person(self, person_id: int) -> StoredPerson:
        """Return one person; raise NotFound."""
        return person_of(await self._one(people_pages.ONE, f'there is no person {person_id}',
                                         id=person_id))

    async def person_picture(self, person_id: int) -> bytes:
        """Return the JPEG of the best template of a person; raise NotFound."""
        row = await self._one(people_pages.PICTURE, f'there is no picture of person {person_id}',
                              id=person_id)
        return row[0]

    async def former_names(self, person_id: int) -> list[str]:
        """Return what a person was called before; raise NotFound."""
        row = await self._one(people_pages.FORMER_NAMES, f'there is no person {person_id}',
                              id=person_id)
        return json.loads(row[0])

    async def seen(self, from_ns: int, to_ns: int,
                   camera: str | None = None) -> list[SeenPerson]:
        """Return who was seen in a span, by name, 500 at most; whoever refused is left out."""
        return await seen_people(self._fetch, from_ns, to_ns, camera)

    async def templates(self, query: TemplateQuery) -> Page:
        """Return a page of StoredTemplate; raise NotFound where there is no such person."""
        page = await read_page(self._fetch, query, template_of)
        if not page.items and not query.cursor:
            await self.person(query.person_id)
        return page

    async def template(self, template_id: int) -> StoredTemplate:
        """Return one template; raise NotFound."""
        return template_of(await self._one(
            template_pages.ONE, f'there is no template {template_id}', id=template_id))

    async def template_picture(self, template_id: int) -> bytes:
        """Return the JPEG of a template; raise NotFound."""
        row = await self._one(template_pages.PICTURE,
                              f'there is no picture of template {template_id}', id=template_id)
        return row[0]

    async def sightings(self, query: SightingQuery) -> Page:
        """Return a page of StoredSighting; raise NotFound where there is no such camera."""
        page = await read_page(self._fetch, query, sighting_of)
        if not page.items and not query.cursor:
            await require_camera(self._fetch, query.camera)
        return page

    async def best_face(self, track_id: int, model: str | None = None) -> HeldSighting:
        """Return the best face of a track, of this model or of any; raise NotFound."""
        values = {} if model is None else {'model': model}
        row = await self._one(sighting_pages.BEST[model is not None],
                              f'no face of track {track_id} is held', track=track_id, **values)
        return HeldSighting(sighting_of(row), vector_of(row[-1]))

    async def strangers(self, query: StrangerQuery) -> Page:
        """Return a page of StoredStranger."""
        return await read_page(self._fetch, query, stranger_of)

    async def stranger(self, stranger_id: int) -> StoredStranger:
        """Return one stranger; raise NotFound."""
        return stranger_of(await self._one(
            stranger_pages.ONE, f'there is no stranger {stranger_id}', id=stranger_id))

    async def stranger_cameras(self, stranger_id: int) -> list[StrangerCamera]:
        """Return the cameras that saw a stranger, who saw them last first."""
        asked = stranger_pages.CAMERAS
        return [StrangerCamera(*row) for row in await self._fetch(
            asked.sql, asked.bound(id=stranger_id, rows=stranger_pages.CAMERAS_MAX))]

    async def audit(self, query: AuditQuery) -> Page:
        """Return a page of AuditEntry."""
        return await read_page(self._fetch, query, entry_of)

    async def corrected_events(self, person_id: int) -> AsyncIterator[int]:
        """Yield the numbers of the events that a correction says were this person."""
        rows = await self._fetch(SELVES.sql, SELVES.bound(person_id=person_id))
        async for seq in corrected_events(self._fetch, {id_ for id_, in rows}):
            yield seq

    def held_templates(self, person_id: int) -> AsyncIterator[HeldTemplate]:
        """Return all templates of a person, with vectors and pictures."""
        return held_templates(self._fetch, person_id)

    def held_sightings(self, person_id: int) -> AsyncIterator[HeldSighting]:
        """Return all sightings of a person, with vectors."""
        return held_sightings(self._fetch, person_id)

    def held_rejections(self, person_id: int) -> AsyncIterator[HeldRejection]:
        """Return all faces that somebody said are not this person's, with vectors."""
        return held_rejections(self._fetch, person_id)

    async def _one(self, statement: Statement, missing: str, **values: Any) -> tuple:
        rows = await self._fetch(statement.sql, statement.bound(**values))
        if not rows:
            raise NotFound(missing)
        return rows[0]
