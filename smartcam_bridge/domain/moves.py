"""Where each track in sight was before and where it is now."""
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain.model import Sight

JUMP = 0.5 * 2 ** 0.5   # half the frame's diagonal, in frame units: farther is no movement
_CAPACITY = 64          # slots at first; doubled when they are full


@dataclass(frozen=True, slots=True)
class Moves:
    """What the tracks of one message did since each was last seen; row i belongs together.

    slots: intp (k,), a small number per track as long as it is there. before, now: float64
    (4, k), corners x1 y1 x2 y2; a new track was where it is. before_ns: int64 (k,), 0 for a new
    track. jumped: bool (k,), too far to have moved; None where none did. message: counts up.
    """

    message: int
    stamp_ns: int
    slots: np.ndarray
    track_ids: np.ndarray
    label_ids: np.ndarray
    before: np.ndarray
    now: np.ndarray
    before_ns: np.ndarray
    jumped: np.ndarray | None

    def moment(self, row: int, share: float) -> int:
        """Return when a track had gone this share, 0 to 1, of its way; a new one is there now."""
        before_ns = int(self.before_ns[row])
        return self.stamp_ns if not before_ns else (
            before_ns + round(share * (self.stamp_ns - before_ns)))


class Places:
    """Where every track of a camera was last seen. Ingest thread only."""

    def __init__(self) -> None:
        self.capacity = _CAPACITY
        self._slots: dict[int, int] = {}
        self._free: list[int] = []
        self._corners = np.zeros((4, _CAPACITY))
        self._last_ns = np.zeros(_CAPACITY, np.int64)   # 0: met in this very message
        self._newest_ns = 0
        self._message = 0
        self._key = b''
        self._crowd = np.empty(0, np.intp)

    def __len__(self) -> int:
        """Return how many tracks are known."""
        return len(self._slots)

    def advance(self, sight: Sight) -> Moves | None:
        """Take in a message; None where nobody is in sight who was not seen later already."""
        self._message += 1
        if sight.stamp_ns <= self._newest_ns:
            sight = self._without_late(sight)
        if not len(sight.track_ids):
            return None
        slots = self._slots_of(sight.track_ids)
        now = sight.corners.T.astype(np.float64, order='C')  # else each product copies
        before, before_ns = self._corners.take(slots, axis=1), self._last_ns.take(slots)
        if not before_ns.all():
            new = before_ns == 0
            before[:, new] = now[:, new]
        self._corners[:, slots] = now
        self._last_ns[slots] = sight.stamp_ns
        self._newest_ns = max(self._newest_ns, sight.stamp_ns)
        return Moves(self._message, sight.stamp_ns, slots, sight.track_ids, sight.label_ids,
                     before, now, before_ns, _jumped(before, now))

    def last_ns(self, slot: int) -> int:
        """Return when the track of a slot was last seen."""
        return int(self._last_ns[slot])

    def forget(self, track_id: int) -> int | None:
        """Free a track's slot and return it; None where it was never in sight."""
        slot = self._slots.pop(track_id, None)
        if slot is not None:
            self._last_ns[slot] = 0
            self._free.append(slot)
            self._key = b''
            self._newest_ns = int(self._last_ns.max())
        return slot

    def _without_late(self, sight: Sight) -> Sight:
        slots = [self._slots.get(track_id) for track_id in sight.track_ids.tolist()]
        kept = [row for row, slot in enumerate(slots)
                if slot is None or self._last_ns[slot] < sight.stamp_ns]
        return Sight(sight.stamp_ns, sight.track_ids[kept], sight.corners[kept],
                     sight.scores[kept], sight.label_ids[kept])

    def _slots_of(self, track_ids: np.ndarray) -> np.ndarray:
        """Return the slots; the same tracks as before, as in most messages, cost no look-up."""
        key = track_ids.tobytes()
        if key != self._key:
            self._crowd = np.array([self._slot(track_id) for track_id in track_ids.tolist()],
                                   np.intp)
            self._key = key
        return self._crowd

    def _slot(self, track_id: int) -> int:
        slot = self._slots.get(track_id)
        if slot is None:
            slot = self._free.pop() if self._free else len(self._slots)
            if slot == self.capacity:
                self.capacity *= 2
                self._corners = widened(self._corners, self.capacity)
                self._last_ns = widened(self._last_ns, self.capacity)
            self._slots[track_id] = slot
        return slot


def widened(table: np.ndarray, capacity: int) -> np.ndarray:
    """Return a table with zeros for the slots that are new; the last axis is the slots'."""
    wide = np.zeros((*table.shape[:-1], capacity), table.dtype)
    wide[..., :table.shape[-1]] = table
    return wide


def _jumped(before: np.ndarray, now: np.ndarray) -> np.ndarray | None:
    if np.abs(now - before).max() <= JUMP / 2 ** 0.5:   # neither way far enough
        return None
    way = (now[:2] + now[2:] - before[:2] - before[2:]) / 2
    jumped = np.hypot(way[0], way[1]) > JUMP
    return jumped if jumped.any() else None
