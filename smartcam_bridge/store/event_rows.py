"""Rows of events: numbered without a gap in the commit that stores them."""
from dataclasses import replace
import json
import logging
import sqlite3
from typing import Any, Sequence

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.domain.model import Pose
from smartcam_bridge.store.schema import events
from smartcam_bridge.store.sql import positional
from sqlalchemy.dialects.sqlite import insert

_BEFORE = ('id', 'type', 'camera_id', 'camera', 'stamp_ns', 'severity', 'track_id', 'label',
           'shape_id', 'pose_frame', 'pose_x', 'pose_y', 'pose_yaw', 'pose_age_s', 'detail')
_AFTER = ('person_id', 'was_person_id', 'stranger_id', 'corrections')
STORED = (*_BEFORE, *_AFTER)
COLUMNS = (*STORED, 'person', 'was')
"""What an event is read from: the columns of its row, and what the two people are called now."""
ROW_ERRORS = (  # what is wrong with a row rather than with the file
    sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError,
    OverflowError, TypeError, ValueError, AttributeError)

_INSERT = positional(insert(events), (*_BEFORE, 'pinned', *_AFTER))
# AUTOINCREMENT keeps the highest id that was ever there, deleted or not.
_NEWEST = 'SELECT seq FROM sqlite_sequence WHERE name = ?'
_as_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode    # made once
_log = logging.getLogger(__name__)


def newest_seq(connection: sqlite3.Connection, table: str = 'events') -> int:
    """Return the number of the last event that was ever stored, 0 before the first."""
    row = connection.execute(_NEWEST, (table,)).fetchone()
    return row[0] if row else 0


def raise_seq(connection: sqlite3.Connection, seq: int, table: str = 'events') -> None:
    """Let no event have a number up to `seq` any more. Inside a transaction of the caller's."""
    if newest_seq(connection, table) < seq:
        connection.execute('DELETE FROM sqlite_sequence WHERE name = ?', (table,))
        connection.execute('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', (table, seq))


def store_events(connection: sqlite3.Connection, given: Sequence[Event]) -> list[Event]:
    """Insert events inside the caller's transaction; return those that went in, numbered."""
    if not given:
        return []
    seq = newest_seq(connection)
    stored = [replace(event, seq=seq + place) for place, event in enumerate(given, 1)]
    connection.execute('SAVEPOINT events')
    try:
        connection.executemany(_INSERT, map(_row, stored))
    except ROW_ERRORS:
        connection.execute('ROLLBACK TO events')
        stored = _store_one_by_one(connection, given, seq)
    connection.execute('RELEASE events')
    return stored


def event_of(row: Sequence[Any]) -> Event:
    """Make an Event of a row that begins with COLUMNS."""
    (seq, kind, camera_id, camera, stamp_ns, severity, track_id, label, shape_id, frame, x, y,
     yaw, age_s, detail, person_id, was_id, stranger_id, corrections, person, was
     ) = row[:len(COLUMNS)]
    pose = None if frame is None else Pose(frame, x, y, yaw, age_s)
    names = tuple((id_, name) for id_, name in ((person_id, person), (was_id, was))
                  if name is not None)
    return Event(kind, camera, stamp_ns, json.loads(detail), camera_id, track_id or 0,
                 label or '', shape_id or 0, Severity(severity), pose, seq, person_id or 0,
                 was_id or 0, stranger_id or 0, names,
                 tuple(json.loads(corrections)) if corrections else ())


def _store_one_by_one(connection: sqlite3.Connection, given: Sequence[Event],
                      seq: int) -> list[Event]:
    stored: list[Event] = []
    for event in given:
        numbered = replace(event, seq=seq + len(stored) + 1)
        try:
            connection.execute(_INSERT, _row(numbered))
        except ROW_ERRORS as error:
            _log.error('one event cannot be stored and is left out: %s: %.500r', error, event)
        else:
            stored.append(numbered)
    return stored


def _row(event: Event) -> tuple[Any, ...]:
    pose = event.pose
    place = (None,) * 5 if pose is None else (pose.frame, pose.x, pose.y, pose.yaw, pose.age_s)
    return (event.seq, event.type, event.camera_id, event.camera, event.stamp_ns,
            int(event.severity), event.track_id or None, event.label or None,
            event.shape_id or None, *place,
            _as_json(event.detail), False,
            event.person_id or None, event.was_person_id or None, event.stranger_id or None,
            _as_json(event.corrections) if event.corrections else None)
