"""Pages of people: by name, or who was seen last first."""
from dataclasses import dataclass, replace
import functools
from typing import Any, Mapping, NamedTuple

from smartcam_bridge.domain.people import Consent, Person
from smartcam_bridge.store import cursors
from smartcam_bridge.store.cursors import Fetch, Page, paged
from smartcam_bridge.store.face_tables import people, template_pictures, templates
from smartcam_bridge.store.schema import tracks
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, func, select
from sqlalchemy.sql import ColumnElement, Select

_TEMPLATES = select(func.count(templates.c.id)).where(
    templates.c.person_id == people.c.id).scalar_subquery()
_SEEN = select(tracks.c.last_ns).where(tracks.c.person_id == people.c.id).order_by(
    tracks.c.first_ns.desc()).limit(1).scalar_subquery()
_PICTURED = select(templates.c.id).select_from(templates.join(
    template_pictures, template_pictures.c.template_id == templates.c.id))
_BEST = (func.coalesce(templates.c.quality, 0).desc(), templates.c.id)
_PICTURE = _PICTURED.where(templates.c.person_id == people.c.id).order_by(
    *_BEST).limit(1).scalar_subquery()
_COLUMNS = (people.c.id, people.c.name, people.c.notes, people.c.consent, people.c.consent_ns,
            people.c.created_ns, _TEMPLATES, _SEEN, _PICTURE)
ONE = compiled(select(*_COLUMNS).where(people.c.id == bindparam('id')))
FORMER_NAMES = compiled(select(people.c.former_names).where(people.c.id == bindparam('id')))
PICTURE = compiled(select(template_pictures.c.jpeg).where(
    template_pictures.c.template_id == _PICTURED.where(
        templates.c.person_id == bindparam('id')).order_by(*_BEST).limit(1).scalar_subquery()))


class StoredPerson(NamedTuple):
    """A person as stored. seen_ns: None where nobody saw them; picture: id of a template."""

    person: Person
    templates: int
    seen_ns: int | None
    picture: int | None


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """Which people, and which page of them. None: any.

    text: is part of the name, ASCII letters in either case. order: `name`, or `seen` for those
    whose last track began last first, and who was never seen at the end.
    """

    text: str | None = None
    consent: str | None = None
    order: str = 'name'     # or 'seen'
    limit: int = 100
    cursor: str | None = None

    @property
    def filters(self) -> 'PersonQuery':
        """Return what a cursor belongs to."""
        return replace(self, limit=1, cursor=None)

    def statement(self, place: tuple[str | int, int] | None) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the page from a place on, and one row more."""
        built = _built(self.order == 'seen', place is not None, self.text is not None,
                       self.consent is not None)
        values: dict[str, Any] = dict(zip(('stamp_ns', 'id'), place or ()))
        if self.text is not None:
            values['pattern'] = _pattern(self.text)
        if self.consent is not None:
            values['consent'] = self.consent
        return built.sql, built.bound(rows=self.limit + 1, **values)


async def read_people(fetch: Fetch, query: PersonQuery) -> Page:
    """Return a page; raise BadCursor."""
    by_name, place = query.order == 'name', None
    if query.cursor:
        place = (cursors.decode_text(query.cursor, query.filters) if by_name
                 else cursors.decode(query.cursor, query.filters)[:2])
    rows = await fetch(*query.statement(place))
    following = None
    if len(rows) > query.limit:
        key, row_id = rows[query.limit][:2]
        following = (cursors.encode_text(key, row_id, query.filters) if by_name
                     else cursors.encode((key, row_id, 0), query.filters))
    return Page([person_of(row[1:]) for row in rows[:query.limit]], following)


def person_of(row: tuple) -> StoredPerson:
    """Make a StoredPerson of a row of `ONE`."""
    id_, name, notes, consent, consent_ns, created_ns, *more = row
    return StoredPerson(Person(id_, name, notes, Consent(consent), consent_ns, created_ns), *more)


def _pattern(text: str) -> str:
    for sign in '\\%_':
        text = text.replace(sign, f'\\{sign}')
    return f'%{text}%'


@functools.lru_cache(maxsize=32)
def _built(seen: bool, continued: bool, text: bool, consent: bool) -> Statement:
    """First who is on the page, by the key of the order; then all about these only."""
    key: ColumnElement = func.coalesce(_SEEN, 0) if seen else func.lower(people.c.name)
    keyed = select(key.label('key'), people.c.id).where(*_conditions(text, consent)).subquery()
    chosen = paged(select(keyed), (keyed.c.key, keyed.c.id), seen,
                   '<=' if continued else '').subquery()
    found: Select = select(chosen.c.key, *_COLUMNS).select_from(
        chosen.join(people, people.c.id == chosen.c.id))
    place = (chosen.c.key, chosen.c.id)
    return compiled(found.order_by(*(one.desc() if seen else one for one in place)))


def _conditions(text: bool, consent: bool) -> list[ColumnElement]:
    conditions = []
    if text:
        conditions.append(people.c.name.ilike(bindparam('pattern'), escape='\\'))
    if consent:
        conditions.append(people.c.consent == bindparam('consent'))
    return conditions
