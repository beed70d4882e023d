"""Which targets stand still, so that they need not be written down again and again."""
import numpy as np

from smartcam_bridge.domain.times import NS

STILL = 0.04        # of the diagonal: a target that stays within so much does not move
STILL_NS = 10 * NS  # for so long, and it is stationary


class Rest:
    """The room that each open track took up since it came to rest, by slot."""

    def __init__(self, capacity: int) -> None:
        self.since_ns = np.zeros(capacity, np.int64)    # stationary since then; 0: it moves
        self._rested_ns = np.zeros(capacity, np.int64)
        self._low = np.zeros((2, capacity))
        self._high = np.zeros((2, capacity))
        self._here = np.zeros((2, capacity))
        self._saved = np.zeros((2, capacity))

    def open(self, slot: int, stamp_ns: int, x: float, y: float) -> None:
        """Begin with a track that moves."""
        self.since_ns[slot], self._rested_ns[slot] = 0, stamp_ns
        for column in (self._low, self._high, self._here, self._saved):
            column[:, slot] = x, y

    def take_in(self, slots: np.ndarray, places: np.ndarray, whole: bool) -> None:
        """Take in where tracks were: float64 (2, m, k), NaN where that is not known, not whole."""
        here = places[:, -1]
        if not whole:
            last = places.shape[1] - 1 - (places[0] == places[0])[::-1].argmax(axis=0)
            here = places[:, last, np.arange(len(slots))]
            here = np.where(here == here, here, self._here[:, slots])
        self._low[:, slots] = np.fmin(self._low[:, slots], np.fmin.reduce(places, axis=1))
        self._high[:, slots] = np.fmax(self._high[:, slots], np.fmax.reduce(places, axis=1))
        self._here[:, slots] = here

    def look(self, slots: np.ndarray, seen_ns: np.ndarray,
             scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the slots that have come to rest, and those that have begun to move.

        seen_ns: by slot, when each was last seen. scale: (2,), of x and y to the diagonal.
        """
        room = np.hypot(*((self._high[:, slots] - self._low[:, slots]) * scale[:, None]))
        moving = slots[room > STILL]
        self._low[:, moving] = self._high[:, moving] = self._here[:, moving]
        self._rested_ns[moving] = seen_ns[moving]
        woken = moving[self.since_ns[moving] > 0]
        self.since_ns[woken] = 0
        still = slots[(room <= STILL) & (self.since_ns[slots] == 0)]
        rested = still[seen_ns[still] - self._rested_ns[still] >= STILL_NS]
        self.since_ns[rested] = np.maximum(self._rested_ns[rested], 1)
        return rested, woken

    def stirred(self, slots: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Return bool (k,): which are elsewhere than when they were last saved."""
        away = (self._here[:, slots] - self._saved[:, slots]) * scale[:, None]
        return np.hypot(*away) > STILL

    def save(self, slots: np.ndarray) -> None:
        """Remember where these are saved."""
        self._saved[:, slots] = self._here[:, slots]
