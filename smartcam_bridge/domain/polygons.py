"""Points in polygons, many at once: which boxes have their anchor inside which polygon."""
from collections.abc import Sequence

import numpy as np

from smartcam_bridge.domain.shapes import ANCHORS, Point

_BEYOND = 1e-3      # a polygon drawn up to the frame's edge goes on so far: the edge is inside


def anchor_weights(anchor: str) -> np.ndarray:
    """Return float64 (2, 4): weights @ corners (4, k) gives x and y of the anchor."""
    x, y = ANCHORS[anchor]
    return np.array([[1 - x, 0, x, 0], [0, 1 - y, 0, y]])


class Polygons:
    """Some polygons in [0,1], each with an anchor of its own. Immutable.

    Every side is two linear functions of a box's corners, so that all sides are asked about all
    boxes by two matrix products; an odd number of sides to the right of a point means inside.
    """

    def __init__(self, polygons: Sequence[tuple[Point, ...]], anchors: Sequence[str]) -> None:
        self._points = [_widened(points) for points in polygons]
        self._weights = [anchor_weights(anchor) for anchor in anchors]
        sides = [_sides(points, weights)
                 for points, weights in zip(self._points, self._weights)]
        counts = [len(points) for points in polygons]
        self._firsts = np.cumsum([0, *counts[:-1]], dtype=np.intp)
        if sides:
            self._heights, self._tops, self._ends, self._across, self._offsets = (
                np.ascontiguousarray(np.concatenate(part)) for part in zip(*sides))

    def __len__(self) -> int:
        """Return how many polygons there are."""
        return len(self._points)

    def contain(self, corners: np.ndarray) -> np.ndarray:
        """Return bool (polygons, k); corners: float64 (4, k), rows x1 y1 x2 y2."""
        if not self._points:
            return np.zeros((0, corners.shape[1]), bool)
        y = self._heights @ corners
        passed = ((self._tops > y) != (self._ends > y)) & (self._across @ corners < self._offsets)
        return np.logical_xor.reduceat(passed, self._firsts, axis=0)

    def border(self, number: int, before: np.ndarray, now: np.ndarray) -> list[float]:
        """Return where on its way, in [0,1], a box's anchor met a polygon's border, in order.

        before, now: float64 (4,), the box's corners. In plain numbers: sides are few, and numpy
        takes its time over each small array.
        """
        weights = self._weights[number]
        (x, y), (to_x, to_y) = (weights @ before).tolist(), (weights @ now).tolist()
        way_x, way_y = to_x - x, to_y - y
        corners = self._points[number].tolist()
        shares = []
        for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1]):
            spread = way_x * (y2 - y1) - way_y * (x2 - x1)
            if spread:
                share = ((x1 - x) * (y2 - y1) - (y1 - y) * (x2 - x1)) / spread
                place = ((x1 - x) * way_y - (y1 - y) * way_x) / spread
                if 0 <= share <= 1 and 0 <= place <= 1:
                    shares.append(share)
        return sorted(shares)


def _widened(polygon: tuple[Point, ...]) -> np.ndarray:
    points = np.array(polygon, np.float64)
    points[points <= 0] = -_BEYOND
    points[points >= 1] = 1 + _BEYOND
    return points


def _sides(points: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return per side: weights of y, both ends' y, weights and limit of the distance across.

    A point is left of a side where x < x1 + slope (y - y1), so x - slope y < x1 - slope y1.
    """
    ends = np.roll(points, -1, axis=0)
    rise = ends[:, 1] - points[:, 1]
    flat = rise == 0    # met by no point: both ends are above it, or none is
    slope = np.where(flat, 0, (ends[:, 0] - points[:, 0]) / np.where(flat, 1, rise))[:, None]
    heights = np.repeat(weights[1:], len(points), axis=0)
    return (heights, points[:, 1:], ends[:, 1:], weights[0] - slope * weights[1],
            points[:, :1] - slope * points[:, 1:])
