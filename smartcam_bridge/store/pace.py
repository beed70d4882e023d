"""Slices of long work: as many rows as hold the write lock for a moment, on this very disk."""
import contextlib
import sqlite3
import time
from typing import Iterator

from smartcam_bridge.store.engine import transaction

SLICE_S = 0.05  # no slice should hold the write lock for longer

_ROWS = (50, 5000)   # fewest and most of one slice


class Pace:
    """Find out how many rows fit into a slice by measuring each; it aims at a third of SLICE_S."""

    def __init__(self, *, most: int = _ROWS[1]) -> None:
        self.rows = min(500, most)
        self._most = most

    @contextlib.contextmanager
    def slice(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Hold the write lock for one slice."""
        with self.measured(), transaction(connection):
            yield

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Learn from how long a slice of `rows` takes."""
        begun_s = time.monotonic()
        yield
        self.learn(time.monotonic() - begun_s)

    def learn(self, spent_s: float) -> None:
        """Bring the rows of the next slice towards what fits; they grow at most twofold."""
        fitting = self.rows * SLICE_S / 3 / max(spent_s, 1e-6)
        self.rows = int(min(max(fitting, _ROWS[0], self.rows / 4), self._most, self.rows * 2))
