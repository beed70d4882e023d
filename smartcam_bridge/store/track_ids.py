"""Track ids are handed out once, even when the process is killed.

Ids are taken upwards in memory. The store keeps a mark that no stored id has reached, and moves
it ahead in the same commit as the ids that come near it; a restart begins at the mark.
"""
import sqlite3

from smartcam_bridge.store.schema import settings, tracks
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.sqlite import insert

BLOCK = 10_000

_KEY = 'track_ids_below'
_READ = compiled(select(settings.c.value).where(settings.c.key == _KEY))
_LAST = compiled(select(func.max(tracks.c.id)))
_PUT = insert(settings).values(key=_KEY, value=bindparam('mark'))
_WRITE = compiled(_PUT.on_conflict_do_update(
    index_elements=['key'], set_={'value': _PUT.excluded.value}))


def read_mark(connection: sqlite3.Connection) -> int:
    """Return an id that neither this nor a later one was ever stored."""
    row = connection.execute(_READ.sql, _READ.params).fetchone()
    last = connection.execute(_LAST.sql).fetchone()[0] or 0
    return max(int(row[0]) if row else 1, last + 1)


def write_mark(connection: sqlite3.Connection, mark: int) -> None:
    """Store the mark. Inside a transaction of the caller's."""
    connection.execute(_WRITE.sql, _WRITE.bound(mark=str(mark)))


def mark_after(mark: int, newest_id: int) -> int:
    """Return the mark that leaves at least half a block above the newest id."""
    return mark if newest_id < mark - BLOCK // 2 else newest_id + BLOCK
