"""Which tracks are believed: enough observations, and a median of scores that reaches a mark."""
from collections.abc import Callable

import numpy as np

SCORES = 10     # that the median is taken of; a message without the track counts 0


class Trial:
    """The tracks that are not believed yet, by slot. Costs nothing while there are none."""

    def __init__(self, capacity: int) -> None:
        self.tentative: set[int] = set()
        self.believed = np.ones(capacity, bool)     # the contrary
        self._slots = np.zeros(0, np.intp)
        self._hits = np.zeros(capacity, np.int64)
        self._scores = np.zeros((SCORES, capacity), np.float32)     # NaN: before its first
        self._messages = 0
        self._stamp_ns = 0

    def open(self, slot: int) -> None:
        """Put a new track on trial."""
        self.tentative.add(slot)
        self.believed[slot] = False
        self._hits[slot] = 0
        self._scores[:, slot] = np.nan
        self._slots = np.append(self._slots, slot)

    def close(self, slot: int) -> None:
        """Let go of a track, if it was on trial."""
        if slot in self.tentative:
            self.tentative.remove(slot)
            self.believed[slot] = True
            self._slots = self._slots[self._slots != slot]

    def take_in(self, stamp_ns: int, slots: np.ndarray, scores: np.ndarray) -> None:
        """Take in one message; parts of the same moment count as one."""
        if not self.tentative:
            return
        if stamp_ns != self._stamp_ns:
            self._stamp_ns = stamp_ns
            self._messages += 1
            self._scores[self._messages % SCORES, self._slots] = 0
        self._scores[self._messages % SCORES, slots] = scores
        self._hits[slots] += 1

    def passed(self, hits: int, least: float, mark_of: Callable[[int], float]) -> list[int]:
        """Return the slots that are believed from now on; they are on trial no more.

        least: the lowest mark there is; mark_of: a slot's own.
        """
        if not self.tentative:
            return []
        able = self._slots[self._hits[self._slots] >= hits]
        if len(able) and least > 0:
            medians = self._medians(able)
            good = medians >= least
            able, medians = able[good], medians[good]
            able = [slot for slot, median in zip(able.tolist(), medians.tolist())
                    if median >= mark_of(slot)]
        else:
            able = able.tolist()
        for slot in able:
            self.close(slot)
        return sorted(able)

    def _medians(self, slots: np.ndarray) -> np.ndarray:
        scores = np.sort(self._scores[:, slots], axis=0)    # NaN last
        counts = np.count_nonzero(scores == scores, axis=0)
        columns = np.arange(len(slots))
        low, high = scores[(counts - 1) // 2, columns], scores[counts // 2, columns]
        return np.round((low.astype(np.float64) + high) / 2, 6)
