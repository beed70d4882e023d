"""Write facts: many rows a statement."""
from dataclasses import dataclass, field
import json
import sqlite3
from typing import Iterable, Sequence

import numpy as np
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Crossing, Observation, TrackState, Visit
from smartcam_bridge.store import frame_sizes, packing, schema
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.event_rows import store_events
from smartcam_bridge.store.faces.facts import Recognised
from smartcam_bridge.store.faces.hindsight import Hindsight
from smartcam_bridge.store.row_inserts import insert_all
from smartcam_bridge.store.shots import store_shots
from smartcam_bridge.store.sql import positional
from smartcam_bridge.store.tasks import RecordFrameSize, RecordSuspension
from sqlalchemy.dialects.sqlite import insert

CHUNK = 1000  # observations that are packed and inserted at once: bounds the memory it takes

_OBSERVATION = ('camera_id', 'source', 'stamp_ns', 'received_ns', 'count', 'boxes', 'moving')
_TRACK = ('id', 'camera_id', 'tracker_id', 'label_id', 'first_ns', 'last_ns', 'observations',
          'score_top', 'score_mean', 'score_last', 'path', 'end_reason', 'score_median',
          'label_changes', 'stationary_ns', 'poses', 'pose_frame', 'pose_x', 'pose_y')
_VISIT = ('zone_id', 'camera_id', 'track_id', 'label_id', 'entered_ns', 'exited_ns', 'loitered')
_CROSSING = ('tripwire_id', 'camera_id', 'track_id', 'label_id', 'stamp_ns', 'direction')
_PUT_TRACK = insert(schema.tracks)
_INSERT_OBSERVATION = positional(insert(schema.observations), _OBSERVATION)
_UPSERT_TRACK = positional(_PUT_TRACK.on_conflict_do_update(
    index_elements=['id'], set_={name: _PUT_TRACK.excluded[name] for name in _TRACK[1:]}), _TRACK)
_PUT_VISIT = insert(schema.visits)
_UPSERT_VISIT = positional(_PUT_VISIT.on_conflict_do_update(
    index_elements=['zone_id', 'track_id', 'entered_ns'],
    set_={name: _PUT_VISIT.excluded[name] for name in ('label_id', 'exited_ns', 'loitered')}),
    _VISIT)
_INSERT_CROSSING = positional(insert(schema.crossings).on_conflict_do_nothing(), _CROSSING)
_PUT_SUSPENSION = insert(schema.suspensions)
_UPSERT_SUSPENSION = positional(_PUT_SUSPENSION.on_conflict_do_update(
    index_elements=['camera_id', 'begin_ns'],
    set_={'end_ns': _PUT_SUSPENSION.excluded.end_ns}),
    ('camera_id', 'begin_ns', 'end_ns', 'reason'))
INSERT_LABEL = positional(insert(schema.labels).on_conflict_do_nothing(), ('id', 'name'))


@dataclass(slots=True)
class Written:
    """How many rows went in, and how many could not for a reason of their own."""

    observations: int = 0
    refused: int = 0
    events: list[Event] = field(default_factory=list)   # with their numbers


def write_facts(connection: sqlite3.Connection, batch: Batch, camera_ids: set[int],
                hindsight: Hindsight) -> Written:
    """Write a batch's facts inside the caller's transaction.

    What belongs to a camera that is gone is refused like any other bad row, but for events: that
    its tracks ended is still told, and the next purge removes it.
    """
    written = Written()
    known = [o for o in batch.observations if o.camera.id in camera_ids]
    written.refused = len(batch.observations) - len(known)
    written.refused += insert_all(connection, INSERT_LABEL, list, list(batch.labels.items()))
    for sql, rows_of, facts in ((_UPSERT_TRACK, _track_rows, batch.tracks.values()),
                                (_UPSERT_VISIT, _visit_rows, batch.visits.values()),
                                (_INSERT_CROSSING, _crossing_rows, batch.crossings),
                                (frame_sizes.INSERT, _size_rows, batch.sizes),
                                (_UPSERT_SUSPENSION, _suspension_rows, batch.suspensions)):
        items = [fact for fact in facts if fact.camera_id in camera_ids]
        written.refused += len(facts) - len(items) + insert_all(connection, sql, rows_of, items)
    written.refused += store_shots(connection, batch.shots)
    recognised = Recognised(connection, batch, hindsight)
    written.refused += recognised.write(camera_ids)
    written.events = store_events(connection, recognised.events())
    written.refused += len(batch.events) - len(written.events)
    for start in range(0, len(known), CHUNK):
        chunk = known[start:start + CHUNK]
        refused = insert_all(connection, _INSERT_OBSERVATION, _observation_rows, chunk)
        written.observations += len(chunk) - refused
        written.refused += refused
    return written


def newest_track_id(batch: Batch) -> int:
    """Return the highest track id that a batch speaks of, 0 where it speaks of none."""
    seen = [o.track_ids for o in batch.observations if len(o.track_ids)]
    return max([0, *batch.tracks, *([int(np.concatenate(seen).max())] if seen else [])])


def _observation_rows(observations: Sequence[Observation]) -> Iterable[tuple]:
    return [(o.camera.id, int(o.source), o.stamp_ns, o.received_ns, len(o.corners), blob, o.moving)
            for o, blob in zip(observations, packing.pack(observations))]


def _track_rows(tracks: Sequence[TrackState]) -> Iterable[tuple]:
    rows = []
    for t in tracks:
        poses = dict(t.poses)
        start = poses.get('start')
        rows.append((
            t.id, t.camera_id, t.tracker_id, t.label_id, t.first_ns, t.last_ns, t.observations,
            t.score_top, t.score_mean, t.score_last, packing.pack_path(t.path),
            t.end_reason and t.end_reason.value, t.score_median, json.dumps(t.label_changes),
            t.stationary_ns,
            json.dumps({moment: pose.as_json() for moment, pose in poses.items()}) if poses
            else None,
            start and start.frame, start and start.x, start and start.y))
    return rows


def _visit_rows(visits: Sequence[Visit]) -> Iterable[tuple]:
    return [(v.zone_id, v.camera_id, v.track_id, v.label_id, v.entered_ns, v.exited_ns,
             v.loitered) for v in visits]


def _crossing_rows(crossings: Sequence[Crossing]) -> Iterable[tuple]:
    return [(c.tripwire_id, c.camera_id, c.track_id, c.label_id, c.stamp_ns, int(c.direction))
            for c in crossings]


def _size_rows(sizes: Sequence[RecordFrameSize]) -> Iterable[tuple]:
    return [(s.camera_id, s.since_ns, s.width, s.height) for s in sizes]


def _suspension_rows(suspensions: Sequence[RecordSuspension]) -> Iterable[tuple]:
    return [(s.camera_id, s.suspension.begin_ns, s.suspension.end_ns, s.suspension.reason)
            for s in suspensions]
