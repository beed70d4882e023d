"""Pages of the times in which the robot moved, so that a camera did not count."""
from dataclasses import dataclass
import functools
from typing import Any, Mapping, NamedTuple

from smartcam_bridge.store.cursors import paged, PageQuery, Position
from smartcam_bridge.store.schema import cameras, suspensions
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, or_, select

_FILTERS = ('camera', 'from_ns', 'to_ns')
_CAMERA = select(cameras.c.name).where(cameras.c.id == suspensions.c.camera_id).scalar_subquery()
_SUSPENSIONS = select(
    suspensions.c.begin_ns, suspensions.c.id, _CAMERA.label('camera'), suspensions.c.end_ns,
    suspensions.c.reason).where(
    select(cameras.c.id).where(cameras.c.id == suspensions.c.camera_id).exists())


class Suspended(NamedTuple):
    """A time in which a camera did not count. end_ns None: it goes on."""

    begin_ns: int
    id: int
    camera: str
    end_ns: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class SuspensionQuery(PageQuery):
    """Which of them, and which page. One matches when it went on between from_ns and to_ns."""

    def statement(self, position: Position | None) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the page from `position` on, and one row more."""
        given = self.given(*_FILTERS)
        built = _built(self.order == 'newest', position is not None, tuple(given))
        place = dict(zip(('stamp_ns', 'id'), position or ()))
        return built.sql, built.bound(rows=self.limit + 1, **given, **place)


def suspended_of(row: tuple) -> Suspended:
    """Make a Suspended of a row."""
    return Suspended(*row)


@functools.lru_cache(maxsize=64)
def _built(newest: bool, continued: bool, given: tuple[str, ...]) -> Statement:
    table = suspensions.c
    conditions = {
        'camera': table.camera_id == select(cameras.c.id).where(
            cameras.c.name == bindparam('camera')).scalar_subquery(),
        'from_ns': or_(table.end_ns.is_(None), table.end_ns >= bindparam('from_ns')),
        'to_ns': table.begin_ns < bindparam('to_ns')}
    statement = _SUSPENSIONS.where(*(conditions[name] for name in given))
    return compiled(paged(statement, (table.begin_ns, table.id), newest,
                          '<=' if continued else ''))
