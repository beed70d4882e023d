"""Where targets are and where they will be: whom a box continues, and whom it cannot be."""
import numpy as np

from smartcam_bridge.domain.matching import centred, overlaps, pairs
from smartcam_bridge.domain.times import NS

OVERLAP = 0.5           # with the predicted box, at which another id is the same target
_LOOK_NS = 9 * NS // 20     # looks lie at least so far apart; velocity is taken since them
_SHORTEST_S = 0.2       # a velocity over less time counts as if it had taken this long
_TREMBLING = 0.08       # of the box's shorter side: so far it moves without going anywhere
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
        self._looks = np.zeros((2, capacity, 4), np.float32)    # boxes at the last two looks
        self._looks_ns = np.zeros((2, capacity), np.int64)

    def resize(self, width: int, height: int) -> None:
        """Learn the frame's size (px)."""
        self.scale = np.array([width, height]) / np.hypot(width, height)

    def open(self, slot: int, stamp_ns: int, corners: np.ndarray) -> None:
        """Begin to follow."""
        self.seen_ns[slot] = stamp_ns
        self.corners[slot] = self._looks[:, slot] = corners
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
        self._looks[1, slots], self._looks_ns[1, slots] = self.corners[slots], self.seen_ns[slots]

    def jumped(self, slots: np.ndarray, stamp_ns: int, corners: np.ndarray) -> np.ndarray:
        """Return bool (k,): which boxes are too far from where their tracks were and would be."""
        away_s = (stamp_ns - self.seen_ns[slots]) / NS
        far = np.clip(_AT_ONCE + _PER_S * away_s, _AT_ONCE, _AT_MOST)
        jumped = self._distance(corners, self.corners[slots]) > far
        if np.count_nonzero(jumped):
            for look in (0, 1):
                jumped &= self._distance(corners, self._predicted(slots, stamp_ns, look)) > far
        return jumped

    def continued(self, slots: np.ndarray, labels: np.ndarray, stamp_ns: int,
                  corners: np.ndarray, box_labels: np.ndarray) -> dict[int, int]:
        """Return box -> slot of boxes that continue one of these tracks, each at most once."""
        if len(slots) > _COMPARED_MAX:
            slots = slots[np.argsort(-self.seen_ns[slots], kind='stable')[:_COMPARED_MAX]]
        corners, box_labels = corners[:_COMPARED_MAX], box_labels[:_COMPARED_MAX]
        likeness = np.maximum(*(
            overlaps(centred(self._predicted(slots, stamp_ns, look)), centred(corners))
            for look in (0, 1)))
        likeness[labels[slots][:, None] != box_labels] = 0
        rows, boxes = pairs(likeness, OVERLAP)
        return {box: int(slots[row]) for row, box in zip(rows, boxes)}

    def touches_edge(self, slot: int) -> bool:
        """Return whether a track's last box touches the frame's edge."""
        corners = self.corners[slot]
        return bool(np.any(corners[:2] <= _EDGE) or np.any(corners[2:] >= 1 - _EDGE))

    def _predicted(self, slots: np.ndarray, stamp_ns: int, look: int) -> np.ndarray:
        """Return where boxes would be by their velocity since a look: 0 the older, 1 the newer."""
        corners = self.corners[slots].astype(np.float64)
        elapsed_s = (self.seen_ns[slots] - self._looks_ns[look, slots]) / NS
        step = _centres(corners) - _centres(self._looks[look, slots])
        trembling = _TREMBLING * np.min((corners[:, 2:] - corners[:, :2]) * self.scale, axis=1)
        step *= np.maximum(1 - (trembling[:, None] / np.maximum(
            np.abs(step) * self.scale, 1e-9)) ** 2, 0)
        ahead = (stamp_ns - self.seen_ns[slots]) / NS / np.maximum(elapsed_s, _SHORTEST_S)
        return corners + np.tile(step * ahead[:, None], 2)

    def _distance(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Return how far centres are apart, in diagonals of the frame."""
        return np.hypot(*((_centres(one) - _centres(other)) * self.scale).T)


def _centres(corners: np.ndarray) -> np.ndarray:
    return (corners[:, :2] + corners[:, 2:]) / 2
