"""All faces that are held about a person, with their embeddings: templates, sightings, no's."""
from typing import Any, AsyncIterator, NamedTuple

import numpy as np

from smartcam_bridge.store.cursors import Fetch
from smartcam_bridge.store.face_tables import rejections, sightings, template_pictures, templates
from smartcam_bridge.store.sighting_pages import sighting_of, SIGHTINGS, StoredSighting
from smartcam_bridge.store.sql import compiled, Statement
from smartcam_bridge.store.template_pages import StoredTemplate, template_of, TEMPLATES
from sqlalchemy import bindparam, select, Table
from sqlalchemy.sql import Select

_ROWS = 200     # at once: 400 kB of embeddings


class Rejection(NamedTuple):
    """A face of which somebody said that it is not a person's."""

    created_ns: int
    id: int     # noqa: A003
    track_id: int
    model: str
    created_by: str


class HeldTemplate(NamedTuple):
    """A template with its vector, float32 (d,), and its JPEG; None: it has none."""

    template: StoredTemplate
    vector: np.ndarray
    jpeg: bytes | None


class HeldSighting(NamedTuple):
    """A sighting with its vector, float32 (d,)."""

    sighting: StoredSighting
    vector: np.ndarray


class HeldRejection(NamedTuple):
    """A rejection with its vector, float32 (d,)."""

    rejection: Rejection
    vector: np.ndarray


def _by_id(statement: Select, table: Table) -> Statement:
    """Return the rows of a person after an id."""
    return compiled(statement.where(
        table.c.person_id == bindparam('person'), table.c.id > bindparam('after')).order_by(
            table.c.id).limit(bindparam('rows')))


_JPEG = select(template_pictures.c.jpeg).where(
    template_pictures.c.template_id == templates.c.id).scalar_subquery()
_TEMPLATES = _by_id(TEMPLATES.add_columns(templates.c.vector, _JPEG), templates)
_SIGHTINGS = _by_id(SIGHTINGS.add_columns(sightings.c.vector), sightings)
_REJECTIONS = _by_id(select(*(rejections.c[name] for name in (
    'created_ns', 'id', 'track_id', 'model', 'created_by', 'vector'))), rejections)


async def held_templates(fetch: Fetch, person_id: int) -> AsyncIterator[HeldTemplate]:
    """Yield all templates of a person."""
    async for row in _all(fetch, _TEMPLATES, person_id):
        yield HeldTemplate(template_of(row[:-2]), vector_of(row[-2]), row[-1])


async def held_sightings(fetch: Fetch, person_id: int) -> AsyncIterator[HeldSighting]:
    """Yield all sightings of a person."""
    async for row in _all(fetch, _SIGHTINGS, person_id):
        yield HeldSighting(sighting_of(row), vector_of(row[-1]))


async def held_rejections(fetch: Fetch, person_id: int) -> AsyncIterator[HeldRejection]:
    """Yield all faces that somebody said are not this person's."""
    async for row in _all(fetch, _REJECTIONS, person_id):
        yield HeldRejection(Rejection(*row[:-1]), vector_of(row[-1]))


def vector_of(data: bytes) -> np.ndarray:
    """Return a stored vector, float32 (d,)."""
    return np.frombuffer(data, '<f4').astype(np.float32)


async def _all(fetch: Fetch, statement: Statement, person_id: int,
               ) -> AsyncIterator[tuple[Any, ...]]:
    """Yield all rows; the second of each is its id."""
    after, rows = 0, [()] * _ROWS
    while len(rows) == _ROWS:
        rows = await fetch(statement.sql, statement.bound(
            person=person_id, after=after, rows=_ROWS))
        for row in rows:
            yield row
        after = rows[-1][1] if rows else after
