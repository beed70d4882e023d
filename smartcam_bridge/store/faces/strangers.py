"""Rows of strangers. Their numbers are given upwards in memory, and never twice."""
import logging
import sqlite3
from typing import Iterable

from smartcam_bridge.domain.faces import Stranger
from smartcam_bridge.domain.strangers import STRANGERS_MAX
from smartcam_bridge.errors import StoreError
from smartcam_bridge.store.face_tables import strangers
from smartcam_bridge.store.faces.vectors import packed, unpacked
from smartcam_bridge.store.row_inserts import insert_all
from smartcam_bridge.store.schema import settings
from smartcam_bridge.store.sql import compiled, positional
from sqlalchemy import BigInteger, bindparam, cast, func, select
from sqlalchemy.dialects.sqlite import insert

_COLUMNS = ('id', 'model', 'dimension', 'centre', 'first_ns', 'last_ns', 'alerted_ns',
            'sightings', 'tracks')
_PUT = insert(strangers)
_UPSERT = positional(_PUT.on_conflict_do_update(
    index_elements=['id'], set_={name: _PUT.excluded[name] for name in _COLUMNS[1:]}), _COLUMNS)
_NEWEST = compiled(select(*(strangers.c[name] for name in _COLUMNS)).order_by(
    strangers.c.last_ns.desc(), strangers.c.id.desc()).limit(bindparam('rows')))
_ONE = compiled(select(*(strangers.c[name] for name in _COLUMNS)).where(
    strangers.c.id == bindparam('key')))
_KEY = 'stranger_ids_below'
_READ_MARK = compiled(select(settings.c.value).where(settings.c.key == _KEY))
_LAST = compiled(select(func.max(strangers.c.id)))
_PUT_MARK = insert(settings).values(key=_KEY, value=bindparam('mark'))
_RAISE_MARK = compiled(_PUT_MARK.on_conflict_do_update(
    index_elements=['key'], set_={'value': _PUT_MARK.excluded.value},
    where=cast(settings.c.value, BigInteger) < cast(_PUT_MARK.excluded.value, BigInteger)))
_log = logging.getLogger(__name__)


def store_strangers(connection: sqlite3.Connection, given: Iterable[Stranger]) -> int:
    """Insert or update inside the caller's transaction; return how many could not be."""
    items = list(given)
    if not items:
        return 0
    raise_mark(connection, max(stranger.id for stranger in items) + 1)
    return insert_all(connection, _UPSERT, _rows_of, items)


def raise_mark(connection: sqlite3.Connection, mark: int) -> None:
    """Let no stranger have a number below `mark` any more. Inside the caller's transaction."""
    connection.execute(_RAISE_MARK.sql, _RAISE_MARK.bound(mark=str(mark)))


def read_stranger(connection: sqlite3.Connection, id_: int) -> Stranger | None:
    """Return one; None: there is no such. Raises StoreError where its numbers are damaged."""
    row = connection.execute(_ONE.sql, {'key': id_}).fetchone()
    return None if row is None else _stranger_of(row)


def newest_strangers(connection: sqlite3.Connection) -> tuple[Stranger, ...]:
    """Return as many as can be known at once; one whose numbers are damaged is left out."""
    found = []
    for row in connection.execute(_NEWEST.sql, _NEWEST.bound(rows=STRANGERS_MAX)):
        try:
            found.append(_stranger_of(row))
        except StoreError as error:
            _log.error('stranger %d is left out: %s', row[0], error)
    return tuple(found)


def next_stranger_id(connection: sqlite3.Connection) -> int:
    """Return a number that neither this nor a later one ever was a stranger's."""
    row = connection.execute(_READ_MARK.sql, _READ_MARK.params).fetchone()
    last = connection.execute(_LAST.sql, _LAST.params).fetchone()[0] or 0
    return max(int(row[0]) if row else 1, last + 1)


def _stranger_of(row: tuple) -> Stranger:
    id_, model, dimension, centre, first, last, alerted, count, tracks = row
    return Stranger(id_, model, first, last, alerted, count, tracks, unpacked(centre, dimension))


def _rows_of(items: Iterable[Stranger]) -> list[tuple]:
    return [(one.id, one.model, len(one.centre), packed(one.centre), one.first_ns, one.last_ns,
             one.alerted_ns, one.sightings, one.tracks) for one in items]
