"""Strangers who were not seen for long are let go of."""
from collections import Counter
from collections.abc import Iterator
import sqlite3

from smartcam_bridge.store.face_tables import sightings, strangers
from smartcam_bridge.store.pace import Pace
from smartcam_bridge.store.schema import events, tracks
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, delete, null, select, update

_OLD = compiled(select(strangers.c.id).where(
    strangers.c.last_ns >= bindparam('from_ns'), strangers.c.last_ns < bindparam('before_ns'))
    .order_by(strangers.c.last_ns).limit(bindparam('rows')))
_LET_GO = tuple(compiled(update(table).where(table.c.stranger_id == bindparam('key')).values(
    stranger_id=null())) for table in (tracks, sightings, events))
_DELETE = compiled(delete(strangers).where(strangers.c.id == bindparam('key')))


def remove_old_strangers(connection: sqlite3.Connection, from_ns: int, before_ns: int,
                         removed: Counter) -> Iterator[None]:
    """Remove those who were seen last between two stamps, in slices; add them to `removed`.

    What they did stays, and is nobody's. One who is still in memory comes back when seen again.
    """
    pace = Pace()
    while True:
        with pace.slice(connection):
            gone = connection.execute(_OLD.sql, _OLD.bound(
                from_ns=from_ns, before_ns=before_ns, rows=pace.rows)).fetchall()
            for statement in (*_LET_GO, _DELETE):
                connection.executemany(statement.sql, [{'key': id_} for id_, in gone])
            removed['strangers'] += len(gone)
        if not gone:
            return
        yield
