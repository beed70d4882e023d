"""Follow boxes from one picture to the next by how much they overlap."""
import numpy as np

_LEAST = 0.2
"""Intersection over union from which two boxes can be the same thing."""
_PATIENCE = 12
"""Pictures for which a track that is not seen keeps its last box (half a second at 25 Hz)."""


def shared_areas(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the area that each of (n, 4) shares with each of (m, 4), as (n, m)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.prod(np.clip(high - low, 0, None), axis=2)


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return intersection over union of each of (n, 4) with each of (m, 4), as (n, m)."""
    shared = shared_areas(a, b)
    whole = np.prod(a[:, 2:] - a[:, :2], axis=1)[:, None] + np.prod(b[:, 2:] - b[:, :2], axis=1)
    return shared / np.maximum(whole - shared, 1e-9)


class OverlapTracker:
    """Greedy matching, best overlap first. One thread at a time."""

    def __init__(self) -> None:
        self._numbers = np.empty(0, np.int64)   # one row per open track in each of these
        self._corners = np.empty((0, 4))
        self._unseen = np.empty(0, np.int64)
        self._met = 0

    def advance(self, corners: np.ndarray) -> tuple[str, ...]:
        """Return an id for each box, float64 (n, 4): a known one where it overlaps a track."""
        numbers = np.zeros(len(corners), np.int64)
        rates = overlaps(self._corners, corners)
        while rates.size and rates.max() >= _LEAST:
            track, box = np.unravel_index(rates.argmax(), rates.shape)
            numbers[box] = self._numbers[track]
            rates[track] = rates[:, box] = 0
        new = np.flatnonzero(numbers == 0)
        numbers[new] = self._met + 1 + np.arange(len(new))
        self._met += len(new)
        unseen = ~np.isin(self._numbers, numbers) & (self._unseen < _PATIENCE)
        self._corners = np.concatenate([self._corners[unseen], corners])
        self._unseen = np.concatenate([self._unseen[unseen] + 1, np.zeros_like(numbers)])
        self._numbers = np.concatenate([self._numbers[unseen], numbers])
        return tuple(map(str, numbers.tolist()))
