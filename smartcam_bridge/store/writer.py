"""Write facts: many rows a statement, and one bad row never takes others with it."""
from dataclasses import dataclass
import logging
import sqlite3
from typing import Any, Callable, Iterable, Sequence

import numpy as np
from smartcam_bridge.domain.model import Observation, TrackState
from smartcam_bridge.store import packing, schema
from smartcam_bridge.store.backlog import Batch
from smartcam_bridge.store.sql import positional
from sqlalchemy.dialects.sqlite import insert

CHUNK = 1000  # observations that are packed and inserted at once: bounds the memory it takes

_OBSERVATION = ('camera_id', 'source', 'stamp_ns', 'received_ns', 'count', 'boxes')
_TRACK = ('id', 'camera_id', 'tracker_id', 'label_id', 'first_ns', 'last_ns', 'observations',
          'score_top', 'score_mean', 'score_last', 'path', 'end_reason')
_PUT_TRACK = insert(schema.tracks)
_INSERT_OBSERVATION = positional(insert(schema.observations), _OBSERVATION)
_UPSERT_TRACK = positional(_PUT_TRACK.on_conflict_do_update(
    index_elements=['id'], set_={name: _PUT_TRACK.excluded[name] for name in _TRACK[1:]}), _TRACK)
INSERT_LABEL = positional(insert(schema.labels).on_conflict_do_nothing(), ('id', 'name'))

_ROW_ERRORS = (  # what is wrong with a row rather than with the file
    sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError,
    OverflowError, TypeError, ValueError, AttributeError)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Written:
    """How many rows went in, and how many could not for a reason of their own."""

    observations: int = 0
    refused: int = 0


def write_facts(connection: sqlite3.Connection, batch: Batch, camera_ids: set[int]) -> Written:
    """Write a batch's facts inside the caller's transaction.

    What belongs to a camera that is gone is refused like any other bad row.
    """
    written = Written()
    known = [o for o in batch.observations if o.camera.id in camera_ids]
    tracks = [track for track in batch.tracks.values() if track.camera_id in camera_ids]
    written.refused = len(batch.observations) - len(known) + len(batch.tracks) - len(tracks)
    written.refused += _insert(connection, INSERT_LABEL, list, list(batch.labels.items()))
    written.refused += _insert(connection, _UPSERT_TRACK, _track_rows, tracks)
    for start in range(0, len(known), CHUNK):
        chunk = known[start:start + CHUNK]
        refused = _insert(connection, _INSERT_OBSERVATION, _observation_rows, chunk)
        written.observations += len(chunk) - refused
        written.refused += refused
    return written


def newest_track_id(batch: Batch) -> int:
    """Return the highest track id that a batch speaks of, 0 where it speaks of none."""
    seen = [o.track_ids for o in batch.observations if len(o.track_ids)]
    return max([0, *batch.tracks, *([int(np.concatenate(seen).max())] if seen else [])])


def _insert(connection: sqlite3.Connection, sql: str,
            rows_of: Callable[[Sequence[Any]], Iterable[tuple]], items: Sequence[Any]) -> int:
    """Insert all items at once, else one by one; return how many were refused."""
    if not items:
        return 0
    connection.execute('SAVEPOINT rows')
    try:
        connection.executemany(sql, rows_of(items))
        refused = 0
    except _ROW_ERRORS:
        connection.execute('ROLLBACK TO rows')
        refused = sum(not _insert_one(connection, sql, rows_of, item) for item in items)
    connection.execute('RELEASE rows')
    return refused


def _insert_one(connection: sqlite3.Connection, sql: str,
                rows_of: Callable[[Sequence[Any]], Iterable[tuple]], item: Any) -> bool:
    try:
        connection.executemany(sql, rows_of([item]))
    except _ROW_ERRORS as error:
        _log.error('one row cannot be stored and is left out: %s: %.500r', error, item)
        return False
    return True


def _observation_rows(observations: Sequence[Observation]) -> Iterable[tuple]:
    return [(o.camera.id, int(o.source), o.stamp_ns, o.received_ns, len(o.corners), blob)
            for o, blob in zip(observations, packing.pack(observations))]


def _track_rows(tracks: Sequence[TrackState]) -> Iterable[tuple]:
    return [(t.id, t.camera_id, t.tracker_id, t.label_id, t.first_ns, t.last_ns, t.observations,
             t.score_top, t.score_mean, t.score_last, packing.pack_path(t.path),
             t.end_reason and t.end_reason.value) for t in tracks]
