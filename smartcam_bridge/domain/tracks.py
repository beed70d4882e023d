"""The open tracks of one camera, as a table of numpy columns: 100 targets cost little over 10."""
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from smartcam_bridge.domain.model import EndReason, PATH_POINT, TrackState

OPEN_MAX = 4096         # open tracks per camera; a tracker that has more is broken
PATH_MAX = 512          # points of a path; a full one is halved and its step doubled
PATH_STEP = 0.01        # a path gets a point when the target moved this far, in frame units
_RIVALS_MAX = 16        # labels besides the leading one that a track keeps votes for
_NO_TRACK = -1
_CAPACITY = 64          # slots at first; doubled when they are full

# Rows of the table of numbers, float64, a column per slot.
_COUNT, _SUM, _TOP, _LAST, _VOTES, _X, _Y, _STEP, _HEIGHT = range(9)


@dataclass(slots=True, eq=False)
class _Trail:
    """What a track has besides its row of numbers."""

    tracker_id: str
    path: list[tuple[int, float, float]]
    rivals: dict[int, float] = field(default_factory=dict)  # label id -> votes


@dataclass(slots=True, eq=False)
class _Crowd:
    """Who is in consecutive messages of the same ids and labels, and what came of these so far.

    Most messages speak of the same targets as the one before. Then a few steps on these small
    arrays do, and the table itself is brought up to date when the crowd changes or is asked for.
    """

    ids: tuple[str, ...]
    label_ids: np.ndarray
    slots: np.ndarray               # intp (k,): of the boxes that have a track
    whose: np.ndarray | None        # which boxes those are; None: all
    track_ids: np.ndarray           # uint32 (n,), 0 without a track
    numbers: np.ndarray             # (_HEIGHT, k): the table's columns of these slots
    places: np.ndarray              # view of numbers: where the paths have their last points
    steps: np.ndarray               # view of numbers
    tops: np.ndarray                # view of numbers
    totals: np.ndarray              # (k,): scores added up since the table was brought up to date
    last: np.ndarray                # (k,): scores
    messages: int = 0               # since the table was brought up to date
    last_ns: int = 0


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
        self._tentative: dict[int, int] = {}    # slot -> messages that had come before it
        self._oldest = 0        # the least of these
        self._messages = 0
        self._crowd: _Crowd | None = None
        self._numbers = np.zeros((_HEIGHT, _CAPACITY))
        self._track_ids = np.zeros(_CAPACITY, np.uint32)
        self._labels = np.zeros(_CAPACITY, np.uint16)
        self._first_ns = np.zeros(_CAPACITY, np.int64)
        self._last_ns = np.zeros(_CAPACITY, np.int64)
        self._saved_ns = np.zeros(_CAPACITY, np.int64)

    def __len__(self) -> int:
        """Return how many confirmed tracks are open."""
        return len(self._slots) - len(self._tentative)

    def observe(self, stamp_ns: int, ids: tuple[str, ...], feet: np.ndarray, scores: np.ndarray,
                label_ids: np.ndarray) -> np.ndarray:
        """Take in one message; return the track id per box: uint32 (n,), 0 without a track.

        feet: float (2, n), x then y. scores: float (n,). label_ids: uint16 (n,). The array is
        shared with later calls, so it must not be written.
        """
        crowd = self._crowd
        if crowd is None or ids is not crowd.ids or label_ids is not crowd.label_ids:
            self._settle()
            crowd = self._crowd = self._gather(stamp_ns, ids, feet, label_ids)
        if crowd.whose is not None:
            feet, scores = feet[:, crowd.whose], scores[crowd.whose]
        crowd.messages += 1
        self._messages += 1
        crowd.totals += scores
        np.maximum(crowd.tops, scores, out=crowd.tops)
        crowd.last = scores
        crowd.last_ns = max(crowd.last_ns, stamp_ns)
        moved = np.abs(feet - crowd.places) > crowd.steps
        if np.count_nonzero(moved):
            self._extend_paths(stamp_ns, crowd, feet, np.flatnonzero(moved[0] | moved[1]))
        return crowd.track_ids

    def confirm(self, hits: int) -> list[TrackState]:
        """Return the tracks that have just reached `hits` observations."""
        if not self._tentative or self._messages < self._oldest + hits:
            return []
        self._settle()
        counts = self._numbers[_COUNT]
        ready = [slot for slot in self._tentative if counts[slot] >= hits]
        for slot in ready:
            del self._tentative[slot]
        for slot in self._tentative:    # seen this often it is as if it had begun just before
            self._tentative[slot] = self._messages - int(counts[slot])
        self._oldest = min(self._tentative.values(), default=0)
        return self._save(sorted(ready))

    def unsaved(self) -> list[TrackState]:
        """Return the confirmed tracks that were seen since they were last returned."""
        self._settle()
        changed = self._last_ns > self._saved_ns
        return self._save(slot for slot in self._slots.values()
                          if changed[slot] and slot not in self._tentative)

    def end(self, reason: EndReason, unseen_since_ns: int | None = None) -> list[TrackState]:
        """End the tracks not seen since then (all: None); return the confirmed ones of them."""
        self._settle()
        slots = np.fromiter(self._slots.values(), np.intp, len(self._slots))
        if unseen_since_ns is not None:
            slots = slots[self._last_ns[slots] < unseen_since_ns]
        gone = slots.tolist()
        ended = [self._state(slot, reason) for slot in gone if slot not in self._tentative]
        for slot in gone:
            del self._slots[self._trails[slot].tracker_id]
            self._trails[slot] = None
        if gone:
            for slot in gone:
                self._tentative.pop(slot, None)
            self._free += gone
            self._crowd = None
        return ended

    def _gather(self, stamp_ns: int, ids: tuple[str, ...], feet: np.ndarray,
                label_ids: np.ndarray) -> _Crowd:
        """Find or open the track of every box."""
        found = list(map(self._slots.get, ids))
        if None in found or len(set(found)) < len(found):
            found = self._open_missing(stamp_ns, ids, feet, label_ids)
        slots = np.array(found, np.intp)
        tracked = slots != _NO_TRACK
        whose = None
        track_ids = self._track_ids[slots]
        if np.count_nonzero(tracked) < len(tracked):
            whose = np.flatnonzero(tracked)
            track_ids[~tracked] = 0
            slots = slots[whose]
        numbers = self._numbers.take(slots, axis=1)
        return _Crowd(ids, label_ids, slots, whose, track_ids, numbers,
                      places=numbers[_X:_Y + 1], steps=numbers[_STEP], tops=numbers[_TOP],
                      totals=np.zeros(len(slots)), last=numbers[_LAST])

    def _settle(self) -> None:
        """Bring the table up to date with the crowd."""
        crowd = self._crowd
        if crowd is None or not crowd.messages:
            return
        slots, numbers, totals = crowd.slots, crowd.numbers, crowd.totals
        labels = crowd.label_ids if crowd.whose is None else crowd.label_ids[crowd.whose]
        agree = self._labels[slots] == labels
        numbers[_COUNT] += crowd.messages
        numbers[_SUM] += totals
        numbers[_VOTES] += totals * agree
        numbers[_LAST] = crowd.last
        self._numbers[:, slots] = numbers
        self._last_ns[slots] = np.maximum(self._last_ns[slots], crowd.last_ns)
        if np.count_nonzero(agree) < len(agree):
            for row in np.flatnonzero(~agree).tolist():
                self._vote(int(slots[row]), int(labels[row]), float(totals[row]))
            numbers[_VOTES] = self._numbers[_VOTES, slots]
        crowd.messages, crowd.totals = 0, np.zeros(len(slots))

    def _open_missing(self, stamp_ns: int, ids: tuple[str, ...], feet: np.ndarray,
                      label_ids: np.ndarray) -> list[int]:
        """Return the slot per box; no track for a box without id, or with one already taken."""
        slots, taken = [], set()
        for box, tracker_id in enumerate(ids):
            slot = _NO_TRACK
            if tracker_id in taken:
                self.duplicates += 1
            elif tracker_id:
                taken.add(tracker_id)
                slot = self._slots.get(tracker_id, _NO_TRACK)
                if slot == _NO_TRACK:
                    slot = self._open(tracker_id, stamp_ns, feet[:, box], int(label_ids[box]))
            slots.append(slot)
        return slots

    def _open(self, tracker_id: str, stamp_ns: int, foot: np.ndarray, label_id: int) -> int:
        if len(self._slots) >= OPEN_MAX:
            self.refused += 1
            return _NO_TRACK
        slot = self._free.pop() if self._free else len(self._trails)
        if slot == len(self._trails):
            self._trails.append(None)
            if slot == len(self._labels):
                self._double()
        x, y = foot.tolist()
        self._numbers[:, slot] = (0, 0, 0, 0, 0, x, y, PATH_STEP)
        self._track_ids[slot], self._labels[slot] = self._next_id(), label_id
        self._first_ns[slot] = self._last_ns[slot] = stamp_ns
        self._saved_ns[slot] = 0
        self._trails[slot] = _Trail(tracker_id, [(stamp_ns, x, y)])
        self._slots[tracker_id] = slot
        if not self._tentative:
            self._oldest = self._messages
        self._tentative[slot] = self._messages
        return slot

    def _double(self) -> None:
        for name in ('_numbers', '_track_ids', '_labels', '_first_ns', '_last_ns', '_saved_ns'):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.zeros_like(column)], axis=-1))

    def _extend_paths(self, stamp_ns: int, crowd: _Crowd, feet: np.ndarray,
                      moved: np.ndarray) -> None:
        here = feet[:, moved]
        crowd.places[:, moved] = here
        for row, slot, x, y in zip(moved.tolist(), crowd.slots[moved].tolist(), *here.tolist()):
            path = self._trails[slot].path
            path.append((stamp_ns, x, y))
            if len(path) >= PATH_MAX:
                del path[1::2]
                crowd.steps[row] *= 2

    def _vote(self, slot: int, label_id: int, votes: float) -> None:
        """Count votes for another label than the leading one; the one with most votes leads."""
        rivals = self._trails[slot].rivals
        if label_id not in rivals and len(rivals) >= _RIVALS_MAX:
            return
        rivals[label_id] = votes = rivals.get(label_id, 0.0) + votes
        if votes > self._numbers[_VOTES, slot]:
            rivals[int(self._labels[slot])] = float(self._numbers[_VOTES, slot])
            del rivals[label_id]
            self._labels[slot] = label_id
            self._numbers[_VOTES, slot] = votes

    def _save(self, slots: Iterable[int]) -> list[TrackState]:
        states = []
        for slot in slots:
            self._saved_ns[slot] = self._last_ns[slot]
            states.append(self._state(slot, None))
        return states

    def _state(self, slot: int, reason: EndReason | None) -> TrackState:
        observations, total, top, last = self._numbers[:_VOTES, slot].tolist()
        trail = self._trails[slot]
        return TrackState(
            id=int(self._track_ids[slot]), camera_id=self._camera_id,
            tracker_id=trail.tracker_id, label_id=int(self._labels[slot]),
            first_ns=int(self._first_ns[slot]), last_ns=int(self._last_ns[slot]),
            observations=int(observations), score_top=top, score_mean=total / observations,
            score_last=last, path=np.array(trail.path, PATH_POINT), end_reason=reason)
