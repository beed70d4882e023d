"""The scores of all open tracks: top, mean, median, last."""
import numpy as np

_BINS = 101     # one per hundredth
_AT_FIRST = 64  # slots that have bins; low ones are used first, so few cameras need many


class Scores:
    """What became of each track's scores, by slot."""

    def __init__(self, capacity: int) -> None:
        self.counts = np.zeros(capacity, np.int64)
        self._totals = np.zeros(capacity)
        self._tops = np.zeros(capacity)
        self._lasts = np.zeros(capacity)
        self._bins = np.zeros((_AT_FIRST, _BINS), np.int64)  # as `1` is: add.at is quick then

    def open(self, slot: int) -> None:
        """Begin anew."""
        while slot >= len(self._bins):
            self._bins = np.concatenate([self._bins, np.zeros_like(self._bins)])
        for column in (self.counts, self._totals, self._tops, self._lasts, self._bins):
            column[slot] = 0

    def take_in(self, slots: np.ndarray, scores: np.ndarray, whole: bool) -> np.ndarray:
        """Take in scores (m, k), NaN where there is none, if not whole; return their sums (k,)."""
        counts, totals, lasts = len(scores), scores.sum(axis=0), scores[-1]
        if not whole:
            seen = scores == scores
            counts, totals = np.count_nonzero(seen, axis=0), np.where(seen, scores, 0).sum(axis=0)
            last = len(scores) - 1 - seen[::-1].argmax(axis=0)
            lasts = scores[last, np.arange(len(slots))]
        self.counts[slots] += counts
        self._totals[slots] += totals
        self._tops[slots] = np.maximum(self._tops[slots], np.fmax.reduce(scores, axis=0))
        self._lasts[slots] = lasts
        scores = scores if whole else np.where(seen, scores, 0)
        places = (scores * 100 + 0.5).astype(np.intp)
        places += slots * _BINS
        np.add.at(self._bins.reshape(-1), (places if whole else places[seen]).ravel(), 1)
        return totals

    def summary(self, slot: int) -> tuple[int, float, float, float, float]:
        """Return how many there were, and their top, mean, last and median (to a hundredth)."""
        count = int(self.counts[slot])
        upto = np.cumsum(self._bins[slot])
        middle = np.searchsorted(upto, ((count - 1) // 2, count // 2), side='right')
        return (count, float(self._tops[slot]), float(self._totals[slot]) / count,
                float(self._lasts[slot]), float(middle.sum()) / 200)
