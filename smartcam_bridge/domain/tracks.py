"""The open tracks of one camera, as a table of numpy columns: 100 targets cost little over 10."""
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from smartcam_bridge.domain.model import PATH_POINT, EndReason, TrackState

OPEN_MAX = 4096         # open tracks per camera; a tracker that has more is broken
PATH_MAX = 512          # points of a path; a full one is halved and its step doubled
PATH_STEP = 0.01        # a path gets a point when the target moved this far, in frame units
_RIVALS_MAX = 16        # labels besides the leading one that a track keeps votes for
_NO_TRACK = -1

# Columns of the table of numbers (float64).
_COUNT, _SUM, _TOP, _LAST, _VOTES, _X, _Y, _STEP, _WIDTH = range(9)
_FACTS = np.dtype([('id', 'u4'), ('label', 'u2'), ('first_ns', 'i8'), ('last_ns', 'i8'),
                   ('saved_ns', 'i8')])


@dataclass(slots=True, eq=False)
class _Trail:
    """What a track has besides its row of numbers."""

    tracker_id: str
    path: list[tuple[int, float, float]]
    rivals: dict[int, float] = field(default_factory=dict)  # label id -> votes


class TrackTable:
    """Tracks by the tracker's id. Ingest thread only.

    A track is tentative until it has enough observations; it has its id from the first one on,
    so that boxes stored before already point to it. Counters: `duplicates` (an id that stood
    twice in a message; the second is kept without a track), `refused` (no room for a track).
    """

    def __init__(self, camera_id: int, next_id: Callable[[], int]) -> None:
        self.duplicates = 0
        self.refused = 0
        self._camera_id = camera_id
        self._next_id = next_id
        self._slots: dict[str, int] = {}
        self._trails: list[_Trail | None] = []
        self._free: list[int] = []
        self._tentative: set[int] = set()
        self._numbers = np.zeros((64, _WIDTH))
        self._facts = np.zeros(64, _FACTS)
        self._key: tuple[str, ...] | None = None    # the ids that the next three belong to
        self._here = np.empty(0, np.intp)           # slots of the boxes that have a track
        self._whose: np.ndarray | None = None       # which boxes those are; None: all
        self._ids = np.empty(0, np.uint32)          # track id per box

    def __len__(self) -> int:
        """Return how many confirmed tracks are open."""
        return len(self._slots) - len(self._tentative)

    def observe(self, stamp_ns: int, ids: tuple[str, ...], feet: np.ndarray, scores: np.ndarray,
                label_ids: np.ndarray) -> np.ndarray:
        """Take in one message; return the track id per box: uint32 (n,), 0 without a track.

        feet: float (n, 2). scores: float (n,). label_ids: uint16 (n,). The array is shared with
        later calls, so it must not be written.
        """
        if ids is not self._key:
            self._look_up(stamp_ns, ids, feet, label_ids)
        if self._whose is not None:
            feet, scores, label_ids = feet[self._whose], scores[self._whose], label_ids[self._whose]
        slots = self._here
        rows = self._numbers.take(slots, axis=0)
        rows[:, _COUNT] += 1
        rows[:, _SUM] += scores
        np.maximum(rows[:, _TOP], scores, out=rows[:, _TOP])
        rows[:, _LAST] = scores
        step = feet - rows[:, _X:_Y + 1]
        moved = (np.abs(step, out=step) > rows[:, _STEP:]).any(axis=1)
        if moved.any():
            self._extend_paths(stamp_ns, slots, rows, feet, np.flatnonzero(moved))
        agree = self._facts['label'][slots] == label_ids
        rows[:, _VOTES] += scores * agree
        self._numbers[slots] = rows
        last = self._facts['last_ns']
        last[slots] = np.maximum(last[slots], stamp_ns)
        if not agree.all():
            self._vote(slots, label_ids, scores, np.flatnonzero(~agree))
        return self._ids

    def confirm(self, hits: int) -> list[TrackState]:
        """Return the tracks that have just reached `hits` observations."""
        ready = [slot for slot in self._tentative if self._numbers[slot, _COUNT] >= hits]
        self._tentative.difference_update(ready)
        return self._save(sorted(ready))

    def unsaved(self) -> list[TrackState]:
        """Return the confirmed tracks that were seen since they were last returned."""
        facts = self._facts
        changed = facts['last_ns'] > facts['saved_ns']
        return self._save(slot for slot in self._slots.values()
                          if changed[slot] and slot not in self._tentative)

    def end(self, reason: EndReason, unseen_since_ns: int | None = None) -> list[TrackState]:
        """End the tracks not seen since then (all: None); return the confirmed ones of them."""
        last = self._facts['last_ns']
        gone = [slot for slot in self._slots.values()
                if unseen_since_ns is None or last[slot] < unseen_since_ns]
        ended = [self._state(slot, reason) for slot in gone if slot not in self._tentative]
        for slot in gone:
            del self._slots[self._trails[slot].tracker_id]
            self._trails[slot] = None
        if gone:
            self._tentative.difference_update(gone)
            self._free += gone
            self._key = None
        return ended

    def _look_up(self, stamp_ns: int, ids: tuple[str, ...], feet: np.ndarray,
                 label_ids: np.ndarray) -> None:
        """Find or open the track of every box; remember the answer for the same `ids`."""
        slots = np.full(len(ids), _NO_TRACK, np.intp)
        taken: set[str] = set()
        for box, tracker_id in enumerate(ids):
            if tracker_id in taken:
                self.duplicates += 1
            elif tracker_id:
                taken.add(tracker_id)
                slot = self._slots.get(tracker_id)
                slots[box] = (slot if slot is not None else
                              self._open(tracker_id, stamp_ns, feet[box], int(label_ids[box])))
        tracked = slots != _NO_TRACK
        self._whose = None if tracked.all() else np.flatnonzero(tracked)
        self._here = slots if self._whose is None else slots[self._whose]
        self._ids = np.where(tracked, self._facts['id'][slots], 0).astype(np.uint32)
        self._key = ids

    def _open(self, tracker_id: str, stamp_ns: int, foot: np.ndarray, label_id: int) -> int:
        if len(self._slots) >= OPEN_MAX:
            self.refused += 1
            return _NO_TRACK
        slot = self._free.pop() if self._free else len(self._trails)
        if slot == len(self._trails):
            self._trails.append(None)
            if slot == len(self._facts):
                self._numbers = np.concatenate([self._numbers, np.zeros_like(self._numbers)])
                self._facts = np.concatenate([self._facts, np.zeros_like(self._facts)])
        x, y = foot.tolist()
        self._numbers[slot] = (0, 0, 0, 0, 0, x, y, PATH_STEP)
        self._facts[slot] = (self._next_id(), label_id, stamp_ns, stamp_ns, 0)
        self._trails[slot] = _Trail(tracker_id, [(stamp_ns, x, y)])
        self._slots[tracker_id] = slot
        self._tentative.add(slot)
        return slot

    def _extend_paths(self, stamp_ns: int, slots: np.ndarray, rows: np.ndarray, feet: np.ndarray,
                      moved: np.ndarray) -> None:
        rows[moved, _X:_Y + 1] = feet[moved]
        for row, slot, (x, y) in zip(moved.tolist(), slots[moved].tolist(), feet[moved].tolist()):
            path = self._trails[slot].path
            path.append((stamp_ns, x, y))
            if len(path) >= PATH_MAX:
                del path[1::2]
                rows[row, _STEP] *= 2

    def _vote(self, slots: np.ndarray, label_ids: np.ndarray, scores: np.ndarray,
              dissenters: np.ndarray) -> None:
        """Count votes for other labels than the leading one; the one with most votes leads."""
        for row in dissenters.tolist():
            slot, label = int(slots[row]), int(label_ids[row])
            rivals = self._trails[slot].rivals
            if label not in rivals and len(rivals) >= _RIVALS_MAX:
                continue
            votes = rivals.get(label, 0.0) + float(scores[row])
            rivals[label] = votes
            if votes > self._numbers[slot, _VOTES]:
                rivals[int(self._facts['label'][slot])] = float(self._numbers[slot, _VOTES])
                del rivals[label]
                self._facts['label'][slot] = label
                self._numbers[slot, _VOTES] = votes

    def _save(self, slots: Iterable[int]) -> list[TrackState]:
        states = []
        for slot in slots:
            self._facts['saved_ns'][slot] = self._facts['last_ns'][slot]
            states.append(self._state(slot, None))
        return states

    def _state(self, slot: int, reason: EndReason | None) -> TrackState:
        track_id, label_id, first_ns, last_ns, _ = self._facts[slot].tolist()
        observations, total, top, last = self._numbers[slot, :_VOTES].tolist()
        trail = self._trails[slot]
        return TrackState(
            id=track_id, camera_id=self._camera_id, tracker_id=trail.tracker_id,
            label_id=label_id, first_ns=first_ns, last_ns=last_ns,
            observations=int(observations), score_top=top, score_mean=total / observations,
            score_last=last, path=np.array(trail.path, PATH_POINT), end_reason=reason)
