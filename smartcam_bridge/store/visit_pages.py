"""Pages of visits to zones."""
from dataclasses import dataclass
import functools
from typing import Any, Mapping, NamedTuple

from smartcam_bridge.store.cursors import paged, PageQuery, Position
from smartcam_bridge.store.schema import cameras, labels, shapes, visits
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, func, or_, select

_FILTERS = ('camera', 'label', 'zone_id', 'track_id', 'loitered', 'min_dwell_ns', 'from_ns',
            'to_ns')
_VISITS = select(
    visits.c.entered_ns, visits.c.id, visits.c.zone_id,
    select(shapes.c.name).where(shapes.c.id == visits.c.zone_id).scalar_subquery(),
    cameras.c.name, visits.c.track_id,
    func.coalesce(
        select(labels.c.name).where(labels.c.id == visits.c.label_id).scalar_subquery(), ''),
    visits.c.exited_ns, visits.c.loitered).select_from(
        visits.join(cameras, cameras.c.id == visits.c.camera_id))


class StoredVisit(NamedTuple):
    """A visit as stored. zone: None where that is deleted. exited_ns: None while it goes on."""

    entered_ns: int
    id: int     # of the row
    zone_id: int
    zone: str | None
    camera: str
    track_id: int
    label: str
    exited_ns: int | None
    loitered: bool


@dataclass(frozen=True, slots=True)
class VisitQuery(PageQuery):
    """Which visits, and which page of them. None: any.

    A visit matches from_ns and to_ns when it went on at some time between them; min_dwell_ns when
    it has ended and lasted so long. Ordered by the entry.
    """

    zone_id: int | None = None
    track_id: int | None = None
    open: bool | None = None  # noqa: A003
    loitered: bool | None = None
    min_dwell_ns: int | None = None

    def statement(self, position: Position | None) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the page from `position` on, and one row more."""
        given = self.given(*_FILTERS)
        built = _built(self.order == 'newest', position is not None, self.open, tuple(given))
        place = dict(zip(('stamp_ns', 'id'), position or ()))
        return built.sql, built.bound(rows=self.limit + 1, **given, **place)


def visit_of(row: tuple) -> StoredVisit:
    """Make a StoredVisit of a row."""
    *rest, loitered = row
    return StoredVisit(*rest, bool(loitered))


@functools.lru_cache(maxsize=512)
def _built(newest: bool, continued: bool, is_open: bool | None,
           given: tuple[str, ...]) -> Statement:
    table = visits.c
    conditions = {
        'camera': table.camera_id == select(cameras.c.id).where(
            cameras.c.name == bindparam('camera')).scalar_subquery(),
        'label': table.label_id == select(labels.c.id).where(
            labels.c.name == bindparam('label')).scalar_subquery(),
        'zone_id': table.zone_id == bindparam('zone_id'),
        'track_id': table.track_id == bindparam('track_id'),
        'loitered': table.loitered == bindparam('loitered'),
        'min_dwell_ns': table.exited_ns - table.entered_ns >= bindparam('min_dwell_ns'),
        'from_ns': or_(table.exited_ns >= bindparam('from_ns'), table.exited_ns.is_(None)),
        'to_ns': table.entered_ns < bindparam('to_ns')}
    statement = _VISITS.where(*(conditions[name] for name in given))
    if is_open is not None:
        statement = statement.where(
            table.exited_ns.is_(None) if is_open else table.exited_ns.is_not(None))
    return compiled(paged(statement, (table.entered_ns, table.id), newest,
                          '<=' if continued else ''))
