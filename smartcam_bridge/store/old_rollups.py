"""Which rollups are too old: a row as long as the stretch of time that it sums up is over."""
from collections.abc import Callable
import sqlite3

from smartcam_bridge.domain.retention import Rules
from smartcam_bridge.domain.times import NS
from smartcam_bridge.store import schema
from smartcam_bridge.store.rollup_tables import camera_rollups
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, func, select

EVICTED_S = 30 * 86400      # what goes at once where the database is too large

_width, _start = camera_rollups.c.width_s, camera_rollups.c.start_s
# Whatever else is summed up, its camera saw boxes then: no table has an older row.
_OLDEST = compiled(select(func.min(_start)).where(
    _width == select(func.min(_width)).scalar_subquery(),
    _start >= bindparam('from_s'), _start < bindparam('to_s')))
_LABELS = compiled(select(schema.labels.c.id, schema.labels.c.name))


def oldest_s(connection: sqlite3.Connection, from_s: int, to_s: int) -> int | None:
    """Return when the oldest row of a stretch of time begins, None where there is none."""
    return connection.execute(_OLDEST.sql, _OLDEST.bound(from_s=from_s, to_s=to_s)).fetchone()[0]


def over_before(columns: tuple[str, ...], limit_s: int) -> Callable[[tuple], bool]:
    """Return whether a row with these columns sums up a time that was over at `limit_s`."""
    width, start = columns.index('width_s'), columns.index('start_s')
    return lambda row: row[start] + row[width] <= limit_s


def older_than_rules(connection: sqlite3.Connection, rules: Rules, from_s: int, to_s: int,
                     now_ns: int) -> Callable[[tuple[str, ...]], Callable[[tuple], bool]]:
    """Return what makes of columns whether a row is older than its rule, as of `now_ns`.

    Of the rows that begin from `from_s` on and before `to_s`.
    """
    labels = dict(connection.execute(_LABELS.sql, _LABELS.bound()))

    def of_columns(columns: tuple[str, ...]) -> Callable[[tuple], bool]:
        width, start = columns.index('width_s'), columns.index('start_s')
        camera, label = columns.index('camera_id'), columns.index('label_id')

        def goes(row: tuple) -> bool:
            keep_ns = rules.keep_ns('rollups', row[camera], labels.get(row[label], ''))
            return (keep_ns is not None and from_s <= row[start] < to_s
                    and (row[start] + row[width]) * NS < now_ns - keep_ns)
        return goes
    return of_columns
