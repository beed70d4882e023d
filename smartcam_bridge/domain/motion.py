"""Where targets are and where they will be: whom a box continues, and whom it cannot be."""
import numpy as np

from smartcam_bridge.domain.matching import centred, overlaps, pairs
from smartcam_bridge.domain.times import NS

OVERLAP = 0.5           # with the predicted box, at which another id is the same target
_LOOK_NS = 2 * NS // 5  # looks lie so far apart; velocity is taken since the last but one
_SHORTEST_NS = NS // 5  # a velocity over less time counts as if it had taken this long
_TREMBLING = 0.03       # of the box's shorter side: so far it moves without going anywhere
_AT_ONCE, _PER_S, _AT_MOST = 0.25, 1.0, 0.5
"""How far a target may be off, in diagonals: at once, more per second, and at most."""
HOP = 2 * _AT_ONCE ** 2
"""Corners whose steps' squares add up to less belong to nobody who jumped."""
_EDGE = 0.005           # so near to the frame's edge a box touches it
_COMPARED_MAX = 256     # boxes, and tracks, that are compared with each other in one message


class Motion:
    """The last boxes of all open tracks by slot, and how fast they move."""

    def __init__(self, capacity: int) -> None:
        self.scale = np.ones(2)     # of x and y: from the frame's sides to its diagonal
        self.seen_ns = np.zeros(capacity, np.int64)
        self.corners = np.zeros((capacity, 4), np.float32)
        self._looks = np.zeros((2, capacity, 2))    # centres at the last two looks
        self._looks_ns = np.zeros((2, capacity), np.int64)

    def resize(self, width: int, height: int) -> None:
        """Learn the frame's size (px)."""
        self.scale = np.array([width, height]) / np.hypot(width, height)

    def open(self, slot: int, stamp_ns: int, corners: np.ndarray) -> None:
        """Begin to follow."""
        self.seen_ns[slot] = stamp_ns
        self.corners[slot] = corners
        self._looks[:, slot] = (corners[:2] + corners[2:]) / 2
        self._looks_ns[:, slot] = stamp_ns

    def see(self, slots: np.ndarray, stamp_ns: int, corners: np.ndarray) -> None:
        """Take in where tracks were, unless they were seen since."""
        newer = self.seen_ns[slots] < stamp_ns
        if np.count_nonzero(newer) < len(newer):
            slots, corners = slots[newer], corners[newer]
        self.seen_ns[slots] = stamp_ns
        self.corners[slots] = corners

    def look(self, slots: np.ndarray) -> None:
        """Remember where tracks are, to know how fast they move."""
        slots = slots[self.seen_ns[slots] - self._looks_ns[1, slots] >= _LOOK_NS]
        self._looks[0, slots], self._looks_ns[0, slots] = (
            self._looks[1, slots], self._looks_ns[1, slots])
        self._looks[1, slots], self._looks_ns[1, slots] = (
            _centres(self.corners[slots]), self.seen_ns[slots])

    def jumped(self, slots: np.ndarray, stamp_ns: int, corners: np.ndarray) -> np.ndarray:
        """Return the rows of boxes too far from where their tracks were and would be."""
        steps = corners - self.corners[slots]
        if np.vdot(steps, steps) <= HOP:
            return np.zeros(0, np.intp)
        away_s = (stamp_ns - self.seen_ns[slots]) / NS
        far = np.clip(_AT_ONCE + _PER_S * away_s, _AT_ONCE, _AT_MOST)
        rows = np.flatnonzero(np.hypot(*(_centres(steps) * self.scale).T) > far)
        if not len(rows):
            return rows
        off = _centres(corners[rows] - self._predicted(
            slots[rows], stamp_ns, self._steps(slots[rows]))) * self.scale
        return rows[np.hypot(*off.T) > far[rows]]

    def continued(self, slots: np.ndarray, labels: np.ndarray, stamp_ns: int,
                  corners: np.ndarray, box_labels: np.ndarray) -> dict[int, int]:
        """Return box -> slot of boxes that continue one of these tracks, each at most once."""
        if len(slots) > _COMPARED_MAX:
            slots = slots[np.argsort(-self.seen_ns[slots], kind='stable')[:_COMPARED_MAX]]
        corners, box_labels = corners[:_COMPARED_MAX], box_labels[:_COMPARED_MAX]
        steps = self._steps(slots)
        likeness = overlaps(centred(self._predicted(slots, stamp_ns, steps)), centred(corners))
        likeness[labels[slots][:, None] != box_labels] = 0
        likeness[self._leaving(slots, steps)] = 0   # who comes in there is somebody else
        rows, boxes = pairs(likeness, OVERLAP)
        return {box: int(slots[row]) for row, box in zip(rows, boxes)}

    def touches_edge(self, slot: int) -> bool:
        """Return whether a track's last box touches the frame's edge."""
        corners = self.corners[slot]
        return bool(np.any(corners[:2] <= _EDGE) or np.any(corners[2:] >= 1 - _EDGE))

    def _predicted(self, slots: np.ndarray, stamp_ns: int, steps: np.ndarray) -> np.ndarray:
        """Return where boxes would be at constant velocity: float64 (k, 4)."""
        seen_ns = self.seen_ns[slots]
        elapsed_ns = np.maximum(seen_ns - self._looks_ns[0, slots], _SHORTEST_NS)
        step = steps * ((stamp_ns - seen_ns) / elapsed_ns)[:, None]
        return self.corners[slots] + step[:, [0, 1, 0, 1]]

    def _steps(self, slots: np.ndarray) -> np.ndarray:
        """Return how far centres went since the last look but one, less what may be trembling."""
        corners = self.corners[slots].astype(np.float64)
        steps = _centres(corners) - self._looks[0, slots]
        sides = (corners[:, 2:] - corners[:, :2]) * self.scale
        trembling = _TREMBLING * np.minimum(sides[:, :1], sides[:, 1:]) / self.scale
        return steps * np.maximum(1 - (trembling / np.maximum(np.abs(steps), 1e-9)) ** 2, 0)

    def _leaving(self, slots: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return bool (k,): which touch an edge of the frame that they move towards."""
        corners = self.corners[slots]
        out = (corners[:, :2] <= _EDGE) & (steps < 0) | (corners[:, 2:] >= 1 - _EDGE) & (steps > 0)
        return out.any(axis=1)


def _centres(corners: np.ndarray) -> np.ndarray:
    return (corners[:, :2] + corners[:, 2:]) / 2
