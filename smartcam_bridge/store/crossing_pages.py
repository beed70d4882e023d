"""Pages of crossings of tripwires."""
from dataclasses import dataclass
import functools
from typing import Any, Mapping, NamedTuple

from smartcam_bridge.domain.model import Direction
from smartcam_bridge.store.cursors import paged, PageQuery, Position
from smartcam_bridge.store.schema import cameras, crossings, labels, shapes
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, func, select

_FILTERS = ('camera', 'label', 'tripwire_id', 'track_id', 'direction', 'from_ns', 'to_ns')
_CROSSINGS = select(
    crossings.c.stamp_ns, crossings.c.id, crossings.c.tripwire_id,
    select(shapes.c.name).where(shapes.c.id == crossings.c.tripwire_id).scalar_subquery(),
    cameras.c.name, crossings.c.track_id,
    func.coalesce(
        select(labels.c.name).where(labels.c.id == crossings.c.label_id).scalar_subquery(), ''),
    crossings.c.direction).select_from(
        crossings.join(cameras, cameras.c.id == crossings.c.camera_id))


class StoredCrossing(NamedTuple):
    """A crossing as stored. tripwire: None where that is deleted."""

    stamp_ns: int
    id: int     # of the row
    tripwire_id: int
    tripwire: str | None
    camera: str
    track_id: int
    label: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class CrossingQuery(PageQuery):
    """Which crossings, and which page of them. None: any. Ordered by stamp."""

    tripwire_id: int | None = None
    track_id: int | None = None
    direction: Direction | None = None

    def statement(self, position: Position | None) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the page from `position` on, and one row more."""
        given = self.given(*_FILTERS)
        built = _built(self.order == 'newest', position is not None, tuple(given))
        place = dict(zip(('stamp_ns', 'id'), position or ()))
        return built.sql, built.bound(rows=self.limit + 1, **given, **place)


def crossing_of(row: tuple) -> StoredCrossing:
    """Make a StoredCrossing of a row."""
    *rest, direction = row
    return StoredCrossing(*rest, Direction(direction))


@functools.lru_cache(maxsize=512)
def _built(newest: bool, continued: bool, given: tuple[str, ...]) -> Statement:
    table = crossings.c
    conditions = {
        'camera': table.camera_id == select(cameras.c.id).where(
            cameras.c.name == bindparam('camera')).scalar_subquery(),
        'label': table.label_id == select(labels.c.id).where(
            labels.c.name == bindparam('label')).scalar_subquery(),
        'tripwire_id': table.tripwire_id == bindparam('tripwire_id'),
        'track_id': table.track_id == bindparam('track_id'),
        'direction': table.direction == bindparam('direction'),
        'from_ns': table.stamp_ns >= bindparam('from_ns'),
        'to_ns': table.stamp_ns < bindparam('to_ns')}
    return compiled(paged(_CROSSINGS.where(*(conditions[name] for name in given)),
                          (table.stamp_ns, table.id), newest, '<=' if continued else ''))
