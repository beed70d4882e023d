"""What belongs to a camera: every row with its `camera_id`; and which cameras are gone."""
from collections import Counter
import sqlite3
from typing import Any, Callable, Iterable, Iterator, Sequence

from smartcam_bridge.store import schema
from smartcam_bridge.store.engine import transaction
from smartcam_bridge.store.kinds import remove_events, remove_tracks, Row
from smartcam_bridge.store.pace import Pace
from smartcam_bridge.store.sql import compiled
from sqlalchemy import (
    and_, bindparam, delete, func, insert, not_, select, Table, tuple_, update)

BELONGINGS: tuple[Table, ...] = tuple(sorted(
    (table for table in schema.metadata.sorted_tables if 'camera_id' in table.c),
    key=lambda table: (table.name == 'raw_marks', table.name != 'tracks')))
"""The tables whose rows belong to a camera, and go when it is deleted, in this order: tracks
first, with all that points at them; at last the marks, which deleting writes."""

ROLLUPS: tuple[Table, ...] = tuple(sorted(
    (table for table in BELONGINGS if 'width_s' in table.c),
    key=lambda table: table.name == 'camera_rollups'))  # last: its oldest row says what is left

_NOTE = 'deleted_camera:'
_media, _settings = schema.media, schema.settings
_NOTED = compiled(select(_settings.c.key).where(_settings.c.key.like(_NOTE + '%')))
_PUT_NOTE = compiled(insert(_settings).values(key=bindparam('key'), value=''))
_DROP_NOTE = compiled(delete(_settings).where(_settings.c.key == bindparam('key')))
_CAMERA_IDS = compiled(select(schema.cameras.c.id))
_DOOM = compiled(update(_media).where(_media.c.id == bindparam('key')).values(doomed=True))


def note_deleted(connection: sqlite3.Connection, camera_id: int) -> None:
    """Note that what a camera saw is to be removed. Inside the transaction that deletes it."""
    connection.execute(_PUT_NOTE.sql, _PUT_NOTE.bound(key=f'{_NOTE}{camera_id}'))


def gone_cameras(connection: sqlite3.Connection) -> list[int]:
    """Return the ids of cameras that are gone and of which something may be left."""
    found = {int(key[len(_NOTE):]) for key, in connection.execute(_NOTED.sql, _NOTED.bound())}
    known = {id_ for id_, in connection.execute(_CAMERA_IDS.sql)}
    for table in filter(_by_camera, BELONGINGS):
        following = compiled(select(func.min(table.c.camera_id))
                             .where(table.c.camera_id > bindparam('after')))
        camera_id = 0
        while camera_id is not None:
            found.add(camera_id)
            camera_id, = connection.execute(following.sql, {'after': camera_id}).fetchone()
    return sorted(found - known - {0})


class KeyedRows:
    """Rows of a table in the order of its primary key, with what decides whether they go."""

    def __init__(self, table: Table, *, where: Any = None) -> None:
        key = tuple(table.primary_key)
        more = [table.c[name] for name in ('camera_id', 'label_id', 'width_s', 'start_s')
                if name in table.c and name not in table.primary_key.columns]
        self.columns = tuple(column.name for column in (*key, *more))
        self._name = table.name
        self._size = len(key)
        rows = select(*key, *more).order_by(*key).limit(bindparam('rows'))
        rows = rows if where is None else rows.where(where)
        after = tuple_(*(bindparam(f'after_{column.name}', type_=column.type) for column in key))
        self._first = compiled(rows)
        self._next = compiled(rows.where(tuple_(*key) > after))
        self._remove = compiled(delete(table).where(
            *(column == bindparam(f'key_{column.name}') for column in key)))
        self._whole = {'tracks': remove_tracks, 'events': remove_events,
                       'media': _doom_rows}.get(table.name)

    def window(self, connection: sqlite3.Connection, after: Sequence[Any] | None, rows: int,
               **values: Any) -> list[tuple]:
        """Return the next rows after one of them."""
        statement = self._first if after is None else self._next
        place = {f'after_{name}': value for name, value in zip(self.columns, after or ())}
        return connection.execute(
            statement.sql, statement.bound(rows=rows, **place, **values)).fetchall()

    def remove(self, connection: sqlite3.Connection, rows: Sequence[tuple]) -> Counter:
        """Remove rows with what belongs to them; files are doomed."""
        if self._whole is not None:
            return self._whole(connection, [Row(0, row[0], 0, '', False) for row in rows])
        keys = [{f'key_{name}': value for name, value in zip(self.columns, row[:self._size])}
                for row in rows]
        return Counter({self._name: max(connection.executemany(self._remove.sql, keys).rowcount,
                                        0)})


def remove_gone(connection: sqlite3.Connection, removed: Counter) -> Iterator[None]:
    """Remove what cameras saw that are gone, pinned or not: who deletes one means that."""
    for camera_id in gone_cameras(connection):
        for table in BELONGINGS:
            rows, is_its = _rows_of_camera(table, camera_id)
            yield from remove_rows(connection, rows, is_its, removed, camera_id=camera_id)
        with transaction(connection):
            connection.execute(_DROP_NOTE.sql, _DROP_NOTE.bound(key=f'{_NOTE}{camera_id}'))


def remove_rows(connection: sqlite3.Connection, rows: KeyedRows, goes: Callable[[tuple], bool],
                removed: Counter, **values: int) -> Iterator[None]:
    """Go through a table by its key, in slices, and remove what `goes`; add it to `removed`."""
    pace, last = Pace(), None
    while window := rows.window(connection, last, pace.rows, **values):
        if going := [row for row in window if goes(row)]:
            with pace.slice(connection):
                removed += rows.remove(connection, going)
        last = window[-1]
        yield


def _rows_of_camera(table: Table, camera_id: int) -> tuple[KeyedRows, Callable[[tuple], bool]]:
    """Return what reads the rows of a camera, and which of these are really its.

    Where no index finds them, all rows are read.
    """
    if _by_camera(table):
        mine = table.c.camera_id == bindparam('camera_id')
        mine = and_(mine, not_(table.c.doomed)) if table is _media else mine
        return KeyedRows(table, where=mine), lambda row: True
    rows = KeyedRows(table)
    place = rows.columns.index('camera_id')
    return rows, lambda row: row[place] == camera_id


def _by_camera(table: Table) -> bool:
    """Say whether an index finds the rows of a camera."""
    return any(next(iter(index.columns)).name == 'camera_id'
               for index in (table.primary_key, *table.indexes, *table.constraints)
               if len(index.columns))


def _doom_rows(connection: sqlite3.Connection, rows: Iterable[Row]) -> Counter:
    done = connection.executemany(_DOOM.sql, [_DOOM.bound(key=row.id) for row in rows])
    return Counter(media=max(done.rowcount, 0))
