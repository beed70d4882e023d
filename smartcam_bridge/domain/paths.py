"""Where targets went, as few points as will do: what is left out lies within TOLERANCE."""
import numpy as np

from smartcam_bridge.domain.model import PATH_POINT
from smartcam_bridge.domain.times import NS

TOLERANCE = 0.0099
"""How far a point that is left out may lie beside the path, along each axis, at its own instant.

In frame units: along both axes it is at most as large a share of the frame's diagonal. A little
below 1 %, since places are kept as float32.
"""
PATH_MAX = 1024     # points kept of a path; of the older half of a full one every second one goes

Point = tuple[int, float, float]


class Paths:
    """The paths of all open tracks by slot, thinned as they come.

    From the last point that was kept, every point since allows a range of velocities that pass
    it within TOLERANCE. As long as a new point lies in what all of them allow, the line to it
    passes them all, and they may go. Else the point before it is kept, and it begins anew.
    """

    def __init__(self, capacity: int) -> None:
        self._points: dict[int, list[Point]] = {}
        self._kept = np.zeros((2, capacity))        # x, y of the last point that was kept
        self._kept_ns = np.zeros(capacity, np.int64)
        self._last = np.zeros((2, capacity))        # of the last point
        self._last_ns = np.zeros(capacity, np.int64)
        self._bounds = np.zeros((4, capacity))      # velocities: least x, y, most x, y negated

    def open(self, slot: int, stamp_ns: int, x: float, y: float) -> None:
        """Begin a path."""
        self._points[slot] = []
        self._last[:, slot] = x, y
        self._last_ns[slot] = stamp_ns
        self._keep(slot)

    def close(self, slot: int) -> None:
        """Forget a path."""
        del self._points[slot]

    def extend(self, slots: np.ndarray, stamps: np.ndarray, places: np.ndarray) -> None:
        """Go on with points, in the order of their stamps.

        stamps: int64 (m,). places: float64 (2, m, k), NaN where there is none that is newer than
        all before.
        """
        rows = np.arange(len(stamps))[:, None]
        while len(slots):
            turns = self._pass(slots, stamps, places, rows)
            turned = np.flatnonzero(turns < len(stamps))
            if not len(turned):
                return
            slots, turns = slots[turned], turns[turned]
            for slot in slots.tolist():
                self._keep(slot)
            places = np.where(rows < turns, np.nan, places[:, :, turned])

    def news(self, slots: np.ndarray, stamps: np.ndarray) -> np.ndarray:
        """Return bool (m, k): which stamps are newer than the last points of these paths."""
        return stamps[:, None] > self._last_ns[slots]

    def points(self, slot: int) -> np.ndarray:
        """Return a path up to its last point: (n,) of PATH_POINT."""
        points = self._points[slot]
        if self._last_ns[slot] > points[-1][0]:
            x, y = self._last[:, slot].tolist()
            points = [*points, (int(self._last_ns[slot]), x, y)]
        return np.array(points, PATH_POINT)

    def _pass(self, slots: np.ndarray, stamps: np.ndarray, places: np.ndarray,
              rows: np.ndarray) -> np.ndarray:
        """Take in points up to the first that no line passes; return its row: intp (k,)."""
        with np.errstate(divide='ignore', invalid='ignore'):    # where there is none
            rate = NS / (stamps[:, None] - self._kept_ns[slots])
            speed = (places - self._kept[:, None, slots]) * rate
            speed = np.concatenate([speed, -speed])
            bounds = speed - TOLERANCE * rate
            before = self._bounds[:, slots]
            after = np.fmax(before, np.fmax.reduce(bounds, axis=1))
            self._bounds[:, slots] = after      # begun anew where a turn is found
            # Who is never slower than all bounds together allow is not off anywhere.
            doubtful = np.flatnonzero((np.fmin.reduce(speed, axis=1) < after).any(axis=0))
        seen = places[0] == places[0]
        turns = np.full(len(slots), len(stamps))
        if len(doubtful):
            turns[doubtful] = _first_off(speed[:, :, doubtful], bounds[:, :, doubtful],
                                         before[:, doubtful])
            seen &= rows < turns
        columns = np.arange(len(slots))
        last = len(stamps) - 1 - seen[::-1].argmax(axis=0)
        some = seen[last, columns]
        if np.count_nonzero(some) < len(some):
            columns, last, slots = columns[some], last[some], slots[some]
        self._last[:, slots] = places[:, last, columns]
        self._last_ns[slots] = stamps[last]
        return turns

    def _keep(self, slot: int) -> None:
        """Keep the last point; the next line begins there."""
        path = self._points[slot]
        x, y = self._last[:, slot].tolist()
        path.append((int(self._last_ns[slot]), x, y))
        self._kept[:, slot] = x, y
        self._kept_ns[slot] = self._last_ns[slot]
        self._bounds[:, slot] = -np.inf
        if len(path) >= PATH_MAX:
            del path[1:PATH_MAX // 2:2]


def _first_off(speed: np.ndarray, bounds: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return the first rows that the bounds of earlier ones forbid, else how many: intp (k,)."""
    earlier = np.concatenate([before[:, None], bounds[:, :-1]], axis=1)
    np.fmax.accumulate(earlier, axis=1, out=earlier)    # 25 ns an item, where reduce takes one
    off = (speed < earlier).any(axis=0)
    return np.where(off.any(axis=0), off.argmax(axis=0), len(off))
