"""Delete what is older than the settings keep, in slices between which recording goes on."""
from dataclasses import dataclass
import sqlite3
import time
from typing import Iterator

from smartcam_bridge.domain.times import NS
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.engine import transaction
from smartcam_bridge.store.schema import cameras, observations, tokens, tracks
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, delete, func, select

SLICE_S = 0.05  # no slice should hold the write lock for longer

SIMULATED_BEFORE_NS = 946_684_800 * NS
"""Stamps before the year 2000 are a simulation's: it knows no wall clock."""

_ROWS = (50, 5000)         # fewest and most rows of one slice
_FREE_SHARE = 0.25         # of the file; below it the free pages serve the next hour's rows
_VACUUM_PAGES = 500        # 2 MB a slice

# Observations are stored in the order of their receipt, so the oldest have the lowest ids: no
# index on received_ns is needed.
_WINDOW = compiled(select(observations.c.id, observations.c.received_ns)
                   .where(observations.c.id > bindparam('after'))
                   .order_by(observations.c.id).limit(bindparam('rows')))
_DELETE_OLD = compiled(delete(observations).where(
    observations.c.id > bindparam('after'), observations.c.id <= bindparam('last'),
    observations.c.received_ns < bindparam('before_ns')))
_NEWEST_SIMULATED = compiled(
    select(func.max(tracks.c.last_ns)).where(tracks.c.last_ns < SIMULATED_BEFORE_NS))
_OLD_TRACKS = compiled(delete(tracks).where(tracks.c.id.in_(
    select(tracks.c.id).where(tracks.c.end_reason.is_not(None),
                              tracks.c.last_ns >= bindparam('from_ns'),
                              tracks.c.last_ns < bindparam('before_ns'))
    .limit(bindparam('rows')))))
_CAMERA = compiled(select(cameras.c.id).where(cameras.c.id == bindparam('camera_id')))
_EXPIRED = compiled(delete(tokens).where(tokens.c.expires_ns > 0,
                                         tokens.c.expires_ns < bindparam('now_ns')))


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge removed; `complete` is False where it was cut short (a stop)."""

    observations: int = 0
    tracks: int = 0
    tokens: int = 0
    complete: bool = False


def purge(connection: sqlite3.Connection, now_ns: int, settings: Settings,
          ) -> Iterator[PurgeReport]:
    """Purge; yield what was removed so far after every slice, at last with `complete`.

    Recorder thread only. Age counts from the receipt: stamps may be those of a simulation.
    """
    removed = {'observations': 0, 'tracks': 0, 'tokens': 0}
    with transaction(connection):
        removed['tokens'] += connection.execute(
            _EXPIRED.sql, _EXPIRED.bound(now_ns=now_ns)).rowcount
    yield PurgeReport(**removed)
    for name, slices in (
            ('observations', _orphans(connection, observations)),
            ('tracks', _orphans(connection, tracks)),
            ('observations', _old_observations(connection, now_ns, settings)),
            ('tracks', _old_tracks(connection, now_ns, settings))):
        for count in slices:
            removed[name] += count
            yield PurgeReport(**removed)
    for _ in _shrink(connection):
        yield PurgeReport(**removed)
    yield PurgeReport(**removed, complete=True)


class _Slice:
    """Find out how many rows fit into a slice, on this disk, by measuring each."""

    def __init__(self) -> None:
        self.rows = 500

    def run(self, connection: sqlite3.Connection, statement: Statement, **values: int) -> int:
        begun_s = time.monotonic()
        with transaction(connection):
            count = connection.execute(statement.sql, statement.bound(**values)).rowcount
        spent_s = max(time.monotonic() - begun_s, 1e-6)
        self.rows = int(min(max(self.rows * SLICE_S / 2 / spent_s, _ROWS[0], self.rows / 4),
                            _ROWS[1], self.rows * 2))
        return count


def _old_observations(connection: sqlite3.Connection, now_ns: int,
                      settings: Settings) -> Iterator[int]:
    before_ns = now_ns - int(settings.observations_keep_h * 3600 * NS)
    if not settings.observations_keep_h or before_ns <= 0:
        return
    pace, after = _Slice(), 0
    while True:
        window = connection.execute(
            _WINDOW.sql, _WINDOW.bound(after=after, rows=pace.rows)).fetchall()
        # Rows from the future (a clock was wrong) say nothing about those behind them.
        if not any(received_ns < before_ns or received_ns > now_ns for _, received_ns in window):
            return
        last = window[-1][0]
        yield pace.run(connection, _DELETE_OLD, after=after, last=last, before_ns=before_ns)
        after = last


def _old_tracks(connection: sqlite3.Connection, now_ns: int,
                settings: Settings) -> Iterator[int]:
    """Delete the tracks that ended too long ago; simulated ones as seen from the newest one."""
    keep_ns = int(settings.tracks_keep_days * 86400 * NS)
    newest_simulated_ns, = connection.execute(
        _NEWEST_SIMULATED.sql, _NEWEST_SIMULATED.bound()).fetchone()
    for from_ns, to_ns, newest_ns in ((0, SIMULATED_BEFORE_NS, newest_simulated_ns or 0),
                                      (SIMULATED_BEFORE_NS, now_ns, now_ns)):
        before_ns = min(newest_ns - keep_ns, to_ns)
        if keep_ns and before_ns > from_ns:
            yield from _until_none(connection, _OLD_TRACKS, from_ns=from_ns, before_ns=before_ns)


def _orphans(connection: sqlite3.Connection, table: object) -> Iterator[int]:
    """Delete the rows of cameras that are gone."""
    following = compiled(select(func.min(table.c.camera_id))
                         .where(table.c.camera_id > bindparam('after')))
    some = select(table.c.id).where(table.c.camera_id == bindparam('camera_id'))
    remove = compiled(delete(table).where(table.c.id.in_(some.limit(bindparam('rows')))))
    camera_id = 0
    while True:
        camera_id = connection.execute(following.sql, {'after': camera_id}).fetchone()[0]
        if camera_id is None:
            return
        if connection.execute(_CAMERA.sql, {'camera_id': camera_id}).fetchone() is None:
            yield from _until_none(connection, remove, camera_id=camera_id)


def _until_none(connection: sqlite3.Connection, statement: Statement,
                **values: int) -> Iterator[int]:
    pace = _Slice()
    while count := pace.run(connection, statement, rows=pace.rows, **values):
        yield count


def _shrink(connection: sqlite3.Connection) -> Iterator[None]:
    """Give free pages back to the disk while they are a large share of the file."""
    while True:
        free, = connection.execute('PRAGMA freelist_count').fetchone()
        total, = connection.execute('PRAGMA page_count').fetchone()
        if free <= max(total * _FREE_SHARE, _VACUUM_PAGES):
            return
        connection.execute(f'PRAGMA incremental_vacuum({_VACUUM_PAGES})').fetchall()
        yield
