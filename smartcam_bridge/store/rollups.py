"""Rollups follow what is written: each is at all times what its raw rows add up to.

They are changed in the transaction that writes the rows, by the difference the rows make. So late
rows, tracks whose label changes and visits that end long ago count where they belong, and a kill
at any moment leaves both or neither.
"""
import contextlib
import json
import sqlite3
from typing import Iterable, Iterator, Sequence

import numpy as np
from smartcam_bridge.domain.model import Direction, Observation
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.heat import boxes_of, keep_mark
from smartcam_bridge.store.schema import crossings, observations, tracks
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.sums import (
    CAMERA, Marks, MINUTE_NS, minute_of, Minutes, TRIPWIRE)
from smartcam_bridge.store.zone_rollups import follow_visits, visits_of
from sqlalchemy import bindparam, func, select

CHUNK = 1000    # observations whose boxes are counted at once: bounds the memory it takes

_NEWEST = compiled(select(
    select(func.max(observations.c.id)).scalar_subquery(),
    select(func.max(crossings.c.id)).scalar_subquery()))
_WRITTEN = compiled(
    select(observations.c.camera_id, observations.c.stamp_ns, observations.c.boxes)
    .where(observations.c.id > bindparam('after')).order_by(observations.c.id))
_CROSSED = compiled(
    select(crossings.c.stamp_ns, crossings.c.tripwire_id, crossings.c.label_id,
           crossings.c.camera_id, crossings.c.direction)
    .where(crossings.c.id > bindparam('after')))
_TRACKS = compiled(
    select(tracks.c.id, tracks.c.camera_id, tracks.c.label_id, tracks.c.first_ns)
    .where(tracks.c.id.in_(select(
        func.json_each(bindparam('ids')).table_valued('value').c.value))))


@contextlib.contextmanager
def rolled_up(connection: sqlite3.Connection, batch: Batch) -> Iterator[None]:
    """Let the rollups follow what the body writes of `batch`, in the caller's transaction."""
    observation_id, crossing_id = (
        newest or 0 for newest in connection.execute(_NEWEST.sql).fetchone())
    keep_mark(connection, observation_id)
    visited = {track_id for _, track_id, _ in batch.visits}
    tracks_before, visits_before = (
        _tracks(connection, batch.tracks), visits_of(connection, visited))
    yield
    if batch.observations:
        count_boxes(connection, observation_id, batch.observations)
    _follow_tracks(connection, tracks_before, _tracks(connection, batch.tracks))
    if batch.crossings:
        count_crossings(connection, crossing_id)
    if visited:
        follow_visits(connection, visits_before, visits_of(connection, visited))


@contextlib.contextmanager
def visits_rolled_up(connection: sqlite3.Connection, track_ids: Iterable[int]) -> Iterator[None]:
    """Let the rollups follow what the body does to the visits of some tracks."""
    ids = set(track_ids)
    before = visits_of(connection, ids)
    yield
    follow_visits(connection, before, visits_of(connection, ids))


def count_boxes(connection: sqlite3.Connection, after_id: int,
                written: Sequence[Observation] = ()) -> None:
    """Count the observations with ids above `after_id`.

    `written`: what should be there; where it is, nothing is read back.
    """
    newest, _ = connection.execute(_NEWEST.sql).fetchone()
    if written and (newest or 0) - after_id == len(written):
        for start in range(0, len(written), CHUNK):
            some = written[start:start + CHUNK]
            CAMERA.add(connection, _boxes_per_minute(
                [o.camera.id for o in some], [o.stamp_ns for o in some],
                [len(o.label_ids) for o in some], np.concatenate([o.label_ids for o in some])))
        return
    rows = connection.execute(_WRITTEN.sql, _WRITTEN.bound(after=after_id))
    while some := rows.fetchmany(CHUNK):
        count_rows(connection, some)


def count_rows(connection: sqlite3.Connection, rows: Sequence[tuple[int, int, bytes]],
               marks: Marks = {}) -> None:
    """Count observations as stored: camera, stamp, packed boxes."""
    cameras, stamps_ns, blobs = zip(*rows)
    boxes, row_of = boxes_of(blobs)
    CAMERA.add(connection, _boxes_per_minute(
        cameras, stamps_ns, np.bincount(row_of, minlength=len(rows)), boxes['label']), marks)


def count_tracks(connection: sqlite3.Connection,
                 begun: Iterable[tuple[int, int, int, int]], marks: Marks = {}) -> None:
    """Count that tracks began: camera, label, first stamp, and how many (perhaps negative)."""
    minutes: Minutes = {}
    for camera_id, label_id, first_ns, count in begun:
        for label in (0, label_id):
            CAMERA.merge(minutes, (minute_of(first_ns), camera_id, label), (0, 0, count, 0))
    CAMERA.add(connection, minutes, marks)


def count_crossings(connection: sqlite3.Connection, after_id: int, marks: Marks = {}) -> None:
    """Count the crossings with ids above `after_id`."""
    minutes: Minutes = {}
    for stamp_ns, *rest, direction in connection.execute(
            _CROSSED.sql, _CROSSED.bound(after=after_id)):
        inward = direction == Direction.IN
        TRIPWIRE.merge(minutes, (minute_of(stamp_ns), *rest), (int(inward), int(not inward)))
    TRIPWIRE.add(connection, minutes, marks)


def _tracks(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, tuple[int, int, int]]:
    if not ids:
        return {}
    return {id_: rest for id_, *rest in connection.execute(
        _TRACKS.sql, _TRACKS.bound(ids=json.dumps(list(ids))))}


def _follow_tracks(connection: sqlite3.Connection, before: dict[int, tuple[int, int, int]],
                   after: dict[int, tuple[int, int, int]]) -> None:
    changes = []
    for id_, now in after.items():
        was = before.get(id_)
        if was != now:
            changes.append((*now, 1))
            if was is not None:
                changes.append((*was, -1))
    if changes:
        count_tracks(connection, changes)


def _boxes_per_minute(cameras: Sequence[int], stamps_ns: Sequence[int], counts: Sequence[int],
                      labels: np.ndarray) -> Minutes:
    """Return the counts of observations; `labels`: of all boxes, `counts` of each observation."""
    count = np.asarray(counts)
    known = np.flatnonzero(np.bincount(labels)[1:]) + 1
    column = np.zeros(known[-1] + 1 if len(known) else 1, np.intp)
    column[known] = np.arange(1, len(known) + 1)
    width = len(known) + 1
    cells = np.repeat(np.arange(len(count)) * width, count) + column[labels]
    table = np.bincount(cells, minlength=len(count) * width).reshape(len(count), width)
    table[:, 0] = count
    stamps = np.asarray(stamps_ns, np.int64) // MINUTE_NS
    groups, group_of = np.unique(np.stack([stamps, np.asarray(cameras, np.int64)]), axis=1,
                                 return_inverse=True)
    order = np.argsort(group_of.ravel(), kind='stable')
    messages = np.bincount(group_of.ravel(), minlength=groups.shape[1])
    begins = np.concatenate([[0], np.cumsum(messages)[:-1]])
    boxes = np.add.reduceat(table[order], begins, axis=0)
    peaks = np.maximum.reduceat(table[order], begins, axis=0)
    names = [0, *known.tolist()]
    return {(minute * 60, camera, names[j]): [seen if j == 0 else 0, total, 0, peak]
            for minute, camera, seen, totals, highest in zip(
                groups[0].tolist(), groups[1].tolist(), messages.tolist(), boxes.tolist(),
                peaks.tolist())
            for j, (total, peak) in enumerate(zip(totals, highest)) if total or j == 0}
