"""How many tracks began where the robot was: counts by square of the floor."""
from dataclasses import dataclass
import functools
from typing import Any, Mapping, NamedTuple

from smartcam_bridge.store.schema import cameras, labels, tracks
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, cast, func, Integer, select

CELLS_MAX = 5000        # of an answer; the fullest ones
_OFFSET = 1_000_000     # cells: CAST cuts towards zero, so all are moved above it
FRAMES = compiled(select(tracks.c.pose_frame, func.count()).where(tracks.c.pose_x.is_not(None))
                  .group_by(tracks.c.pose_frame).order_by(func.count().desc()).limit(100))


class Cell(NamedTuple):
    """The square [x, x + cell_m) x [y, y + cell_m), and the tracks that began in it."""

    x: float
    y: float
    tracks: int


@dataclass(frozen=True, slots=True)
class PlaceQuery:
    """Which tracks, by squares of cell_m metres of `frame`. None: any."""

    frame: str
    cell_m: float
    camera: str | None = None
    label: str | None = None
    from_ns: int | None = None
    to_ns: int | None = None

    def statement(self) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values; rows are column, row and count."""
        given = {name: value for name in ('camera', 'label', 'from_ns', 'to_ns')
                 if (value := getattr(self, name)) is not None}
        return _built(tuple(given)).sql, _built(tuple(given)).bound(
            frame=self.frame, cell_m=self.cell_m, **given)

    def cell(self, row: tuple) -> Cell:
        """Make a Cell of a row."""
        column, line, count = row
        return Cell(round(column * self.cell_m, 6), round(line * self.cell_m, 6), count)


@functools.lru_cache(maxsize=32)
def _built(given: tuple[str, ...]) -> Statement:
    table = tracks.c
    conditions = {
        'camera': table.camera_id == select(cameras.c.id).where(
            cameras.c.name == bindparam('camera')).scalar_subquery(),
        'label': table.label_id == select(labels.c.id).where(
            labels.c.name == bindparam('label')).scalar_subquery(),
        'from_ns': table.first_ns >= bindparam('from_ns'),
        'to_ns': table.first_ns < bindparam('to_ns')}
    column, line = (cast(axis / bindparam('cell_m') + _OFFSET, Integer) - _OFFSET
                    for axis in (table.pose_x, table.pose_y))
    statement = select(column, line, func.count().label('count')).where(
        table.pose_frame == bindparam('frame'), table.pose_x.is_not(None),
        *(conditions[name] for name in given))
    # By position: PostgreSQL would not see that two expressions with parameters are the same.
    return compiled(statement.group_by(column, line).order_by(func.count().desc())
                    .limit(CELLS_MAX))
