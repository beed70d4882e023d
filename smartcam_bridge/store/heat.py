"""Heat maps: where boxes stood, per camera, label and hour, rolled forward behind a mark.

The bottom centre of every box falls into a cell of the frame. Once a minute the observations since
the mark are added to the hour's and the day's grid, and the mark moves with them, in one
transaction; a query adds those that came after the mark. So a grid is written once a minute
instead of at every commit, and a kill loses nothing.
"""
from collections import defaultdict
import logging
import sqlite3
from typing import Sequence
import zlib

import numpy as np
from smartcam_bridge.errors import StoreError
from smartcam_bridge.store import packing
from smartcam_bridge.store.rollup_tables import heat_rollups
from smartcam_bridge.store.schema import observations, settings
from smartcam_bridge.store.sql import compiled, positional
from smartcam_bridge.store.sums import is_after, Marks
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert

WIDTH, HEIGHT = 32, 18
WIDTHS_S = (86400, 3600)
PERIOD_S = 60.0             # a grid is written no more often
ROWS = 2000                 # observations that are added at once: some 10 ms

Grids = dict[tuple[int, int, int], np.ndarray]
"""int64 (HEIGHT * WIDTH,) by camera, label and start of the hour in seconds (in Unix time)."""

_HOUR_NS = 3600 * 10**9
_VERSION = b'\x01'
MARK_KEY = 'heat_mark'
_MARK = compiled(select(settings.c.value).where(settings.c.key == MARK_KEY))
_PUT_MARK = insert(settings).values(key=MARK_KEY, value=bindparam('mark'))
_SET_MARK = compiled(_PUT_MARK.on_conflict_do_update(
    index_elements=['key'], set_={'value': _PUT_MARK.excluded.value}))
AFTER = compiled(
    select(observations.c.id, observations.c.camera_id, observations.c.stamp_ns,
           observations.c.boxes, observations.c.moving)
    .where(observations.c.id > bindparam('after')).order_by(observations.c.id)
    .limit(bindparam('rows')))
_KEY = [column.name for column in heat_rollups.primary_key]
_READ = compiled(select(heat_rollups.c.cells).where(
    *(heat_rollups.c[name] == bindparam(name) for name in _KEY)))
_PUT_CELLS = insert(heat_rollups)
_PUT = positional(_PUT_CELLS.on_conflict_do_update(
    index_elements=_KEY, set_={'cells': _PUT_CELLS.excluded.cells}), (*_KEY, 'cells'))
_log = logging.getLogger(__name__)


def read_mark(connection: sqlite3.Connection) -> int:
    """Return the id of the last observation that is in the grids."""
    row = connection.execute(_MARK.sql, _MARK.params).fetchone()
    return int(row[0]) if row else 0


def set_mark(connection: sqlite3.Connection, mark: int) -> None:
    """Move the mark. Inside a transaction of the caller's."""
    connection.execute(_SET_MARK.sql, _SET_MARK.bound(mark=str(mark)))


def keep_mark(connection: sqlite3.Connection, newest_id: int) -> None:
    """Lower the mark where all observations above an id were purged: ids will be used again."""
    if newest_id < read_mark(connection):
        set_mark(connection, newest_id)


def advance(connection: sqlite3.Connection, rows: int = ROWS) -> bool:
    """Add the next observations to the grids; return whether more may follow.

    Inside a transaction of the caller's.
    """
    found = connection.execute(
        AFTER.sql, AFTER.bound(after=read_mark(connection), rows=rows)).fetchall()
    if not found:
        return False
    add_grids(connection, grids_of([row[1:] for row in found]))
    set_mark(connection, found[-1][0])
    return len(found) == rows


def add_grids(connection: sqlite3.Connection, grids: Grids, marks: Marks = {}) -> None:
    """Add hours to what is stored of hours and days."""
    wide: Grids = defaultdict(lambda: np.zeros(HEIGHT * WIDTH, np.int64))
    for (camera_id, label_id, hour_s), cells in grids.items():
        for width_s in WIDTHS_S:
            start_s = hour_s - hour_s % width_s
            if is_after(start_s, marks, camera_id):
                wide[camera_id, label_id, width_s, start_s] += cells
    for key, cells in wide.items():
        row = connection.execute(_READ.sql, dict(zip(_KEY, key))).fetchone()
        connection.execute(_PUT, (*key, pack(cells if row is None else cells + unpack(row[0]))))


def grids_of(rows: Sequence[tuple[int, int, bytes, bool]]) -> Grids:
    """Count the boxes of observations (camera, stamp, packed boxes, moving) by camera and hour.

    While a camera moves a place in its picture is no place: what it saw then does not count.
    """
    rows = [row for row in rows if not row[3]]
    boxes, row_of = boxes_of([row[2] for row in rows])
    if not len(boxes):
        return {}
    cameras = np.array([row[0] for row in rows], np.int64)
    hours = np.array([row[1] for row in rows], np.int64) // _HOUR_NS
    keys = np.stack([cameras[row_of], boxes['label'].astype(np.int64), hours[row_of]])
    names, name_of = np.unique(keys, axis=1, return_inverse=True)
    counts = np.bincount(name_of.ravel() * (HEIGHT * WIDTH) + cells_of(boxes['corners']),
                         minlength=names.shape[1] * HEIGHT * WIDTH).reshape(-1, HEIGHT * WIDTH)
    return {(camera_id, label_id, hour * 3600): cells
            for (camera_id, label_id, hour), cells in zip(names.T.tolist(), counts)}


def cells_of(corners: np.ndarray) -> np.ndarray:
    """Return the number of the cell of each box's bottom centre; corners: (n, 4) of 65535ths."""
    wide = corners.astype(np.int64)
    across = np.minimum((wide[:, 0] + wide[:, 2]) * WIDTH // (2 * packing.STEPS), WIDTH - 1)
    down = np.minimum(wide[:, 3] * HEIGHT // packing.STEPS, HEIGHT - 1)
    return down * WIDTH + across


def boxes_of(blobs: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Return all boxes, and for each the place of its blob; damaged blobs count as empty."""
    try:
        return packing.unpack_many(blobs)
    except StoreError as error:
        _log.warning('some boxes are left out of the sums: %s', error)
        return packing.unpack_many([_readable(blob) for blob in blobs])


def _readable(blob: bytes) -> bytes:
    try:
        packing.unpack(blob)
    except StoreError:
        return packing.EMPTY
    return blob


def pack(cells: np.ndarray) -> bytes:
    """Pack a grid; most of it is empty."""
    return _VERSION + zlib.compress(np.minimum(cells, 2**32 - 1).astype('<u4').tobytes(), 1)


def unpack(blob: bytes) -> np.ndarray:
    """Return a grid as int64 (HEIGHT * WIDTH,); raise StoreError where it is damaged."""
    try:
        cells = np.frombuffer(zlib.decompress(blob[1:]), '<u4')
    except zlib.error as error:
        raise StoreError(f'a heat map is damaged: {error}') from error
    if blob[:1] != _VERSION or len(cells) != HEIGHT * WIDTH:
        raise StoreError('a heat map is damaged, or was written by a newer smartcam_bridge')
    return cells.astype(np.int64)
