"""Pages of what was done to people's data."""
from dataclasses import dataclass
import functools
import json
from typing import Any, Mapping, NamedTuple

from smartcam_bridge.store.cursors import paged, PageQuery, Position
from smartcam_bridge.store.face_tables import audit, people
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import BigInteger, bindparam, func, select

_FILTERS = ('person_id', 'action', 'from_ns', 'to_ns')
_NAME = select(people.c.name).where(people.c.id == audit.c.person_id).scalar_subquery()
_AUDIT = select(audit.c.at_ns, audit.c.id, audit.c.who, audit.c.action, audit.c.person_id, _NAME,
                audit.c.detail)

_SELF = select(bindparam('person_id', type_=BigInteger).label('id')).cte('selves', recursive=True)
_MERGED = audit.alias('merged')
_SELVES = select(_SELF.union(select(func.json_extract(_MERGED.c.detail, '$.person')).where(
    _MERGED.c.action == 'merged', _MERGED.c.person_id == _SELF.c.id)).c.id)
SELVES = compiled(_SELVES)
"""The numbers that a person had: their own, and those of whoever was merged into them."""


class AuditEntry(NamedTuple):
    """One thing that somebody did. person: the name, None where there is none any more."""

    at_ns: int
    id: int     # noqa: A003
    who: str
    action: str
    person_id: int | None
    person: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditQuery(PageQuery):
    """Which entries, and which page of them. None: any.

    person_id: also what was done to people before they were merged into this one.
    """

    person_id: int | None = None
    action: str | None = None

    def statement(self, position: Position | None) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the page from `position` on, and one row more."""
        given = self.given(*_FILTERS)
        built = _built(self.order == 'newest', position is not None, tuple(given))
        place = dict(zip(('stamp_ns', 'id'), position or ()))
        return built.sql, built.bound(rows=self.limit + 1, **given, **place)


def entry_of(row: tuple) -> AuditEntry:
    """Make an AuditEntry of a row."""
    *rest, detail = row
    return AuditEntry(*rest, json.loads(detail))


@functools.lru_cache(maxsize=64)
def _built(newest: bool, continued: bool, given: tuple[str, ...]) -> Statement:
    table = audit.c
    conditions = {'person_id': table.person_id.in_(_SELVES),
                  'action': table.action == bindparam('action'),
                  'from_ns': table.at_ns >= bindparam('from_ns'),
                  'to_ns': table.at_ns < bindparam('to_ns')}
    return compiled(paged(_AUDIT.where(*(conditions[name] for name in given)),
                          (table.at_ns, table.id), newest, '<=' if continued else ''))
