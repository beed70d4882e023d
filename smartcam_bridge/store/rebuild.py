"""Make the rollups again from raw rows, as far back as those are whole; older ones stay."""
import sqlite3
from typing import Callable, Iterator

from smartcam_bridge.domain.times import NS
from smartcam_bridge.store import heat
from smartcam_bridge.store.engine import transaction
from smartcam_bridge.store.rollup_tables import (
    camera_rollups, dwell_rollups, heat_rollups, raw_marks, tripwire_rollups, zone_rollups)
from smartcam_bridge.store.rollups import count_crossings, count_rows, count_tracks
from smartcam_bridge.store.schema import cameras, observations, settings, tracks, visits
from smartcam_bridge.store.sql import compiled, Statement
from smartcam_bridge.store.sums import Marks
from smartcam_bridge.store.zone_rollups import follow_visits
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.sql import Select

ROWS = 5000     # observations that are read at once

Progress = Callable[[int, int], None]   # done, of so many

_KEY = 'rollups_missing'     # put by the migration that begins rollups, where there are older rows
_MISSING = compiled(select(settings.c.key).where(settings.c.key == _KEY))
_COMPLETE = compiled(delete(settings).where(settings.c.key == _KEY))
_MARKS = compiled(select(raw_marks.c.camera_id, raw_marks.c.newest_ns)
                  .where(raw_marks.c.kind == bindparam('kind')))
_CAMERAS = compiled(select(cameras.c.id))
_HERE = select(cameras.c.id)     # a deleted camera's rows are on their way out
_ALL = compiled(
    select(observations.c.id, observations.c.camera_id, observations.c.stamp_ns,
           observations.c.boxes, observations.c.moving)
    .where(observations.c.camera_id.in_(_HERE)).order_by(observations.c.id))
_TRACKS = compiled(
    select(tracks.c.camera_id, tracks.c.label_id, tracks.c.first_ns, 1)
    .where(tracks.c.camera_id.in_(_HERE)))
_ZONES = compiled(select(visits.c.zone_id).where(visits.c.camera_id.in_(_HERE)).distinct())
_VISITS = compiled(
    select(visits.c.zone_id, visits.c.track_id, visits.c.entered_ns, visits.c.camera_id,
           visits.c.label_id, visits.c.exited_ns)
    .where(visits.c.zone_id == bindparam('zone'), visits.c.camera_id.in_(_HERE)))
_NEWEST = compiled(select(func.max(observations.c.id)))


def _of_camera(statement: Select, table: object) -> Statement:
    """Return a statement for the rollups of a camera that begin after its mark."""
    return compiled(statement.where(table.c.camera_id == bindparam('camera_id'),
                                    table.c.start_s * NS > bindparam('newest_ns')))


_CLEAR_BOXES = _of_camera(
    update(camera_rollups).values(messages=0, boxes=0, peak=0), camera_rollups)
_CLEAR_TRACKS = _of_camera(update(camera_rollups).values(tracks=0), camera_rollups)
_SWEEP = compiled(delete(camera_rollups).where(
    camera_rollups.c.messages == 0, camera_rollups.c.boxes == 0, camera_rollups.c.tracks == 0))
_CLEAR = {table: _of_camera(delete(table), table) for table in (
    zone_rollups, dwell_rollups, tripwire_rollups, heat_rollups)}


def what_is_missing(connection: sqlite3.Connection) -> str | None:
    """Return a sentence where rows are from before there were rollups; what to do is in it."""
    if connection.execute(_MISSING.sql, _MISSING.params).fetchone() is None:
        return None
    return ('analytics know nothing of what was stored before the upgrade: stop the bridge and '
            'run smartcam db rebuild-rollups, before retention removes those rows')


def rebuild(connection: sqlite3.Connection, progress: Progress | None = None) -> None:
    """Make all rollups again, in one transaction; raises sqlite3.Error, and nothing is changed.

    A rollup is made again where no row that belonged to it was ever deleted, so none is lost to
    retention. Takes about a minute for a million observations.
    """
    with transaction(connection):
        marks = {kind: _marks(connection, kind)
                 for kind in ('observations', 'tracks', 'visits', 'crossings')}
        _clear(connection, _CLEAR_BOXES, marks['observations'])
        _clear(connection, _CLEAR_TRACKS, marks['tracks'])
        for table, kind in ((heat_rollups, 'observations'), (zone_rollups, 'visits'),
                            (dwell_rollups, 'visits'), (tripwire_rollups, 'crossings')):
            _clear(connection, _CLEAR[table], marks[kind])
        connection.execute(_SWEEP.sql, _SWEEP.params)
        _count_observations(connection, marks['observations'], progress)
        count_tracks(connection, connection.execute(_TRACKS.sql, _TRACKS.params), marks['tracks'])
        count_crossings(connection, 0, marks['crossings'])
        for zone_id, in connection.execute(_ZONES.sql).fetchall():
            stays = {tuple(row[:3]): (row[3], row[4], row[2], row[5])
                     for row in connection.execute(_VISITS.sql, _VISITS.bound(zone=zone_id))}
            follow_visits(connection, {}, stays, marks['visits'])
        connection.execute(_COMPLETE.sql, _COMPLETE.params)


def _marks(connection: sqlite3.Connection, kind: str) -> Marks:
    """Return, by camera, the stamp up to which rows of a kind were deleted; -1: none was."""
    found = dict(connection.execute(_MARKS.sql, _MARKS.bound(kind=kind)))
    return {camera_id: found.get(camera_id, -1) for camera_id, in connection.execute(_CAMERAS.sql)}


def _clear(connection: sqlite3.Connection, statement: Statement, marks: Marks) -> None:
    connection.executemany(statement.sql, [
        statement.bound(camera_id=camera_id, newest_ns=newest_ns)
        for camera_id, newest_ns in marks.items()])


def _count_observations(connection: sqlite3.Connection, marks: Marks,
                        progress: Progress | None) -> None:
    newest = connection.execute(_NEWEST.sql).fetchone()[0] or 0
    for rows in _chunks(connection):
        count_rows(connection, [row[1:4] for row in rows], marks)
        heat.add_grids(connection, heat.grids_of([row[1:] for row in rows]), marks)
        if progress is not None:
            progress(rows[-1][0], newest)
    heat.set_mark(connection, newest)


def _chunks(connection: sqlite3.Connection) -> Iterator[list[tuple]]:
    rows = connection.execute(_ALL.sql, _ALL.params)
    while chunk := rows.fetchmany(ROWS):
        yield chunk
