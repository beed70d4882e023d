"""What a detector makes of the scene: not all of it, not exactly, and not only that."""
from dataclasses import dataclass
from typing import Sequence

import numpy as np

from smartcam_bridge.companions.scene import KINDS, Moment

PILLAR = 0.05           # width of a pillar, by the frame's
_GRID = 10              # points per side at which a figure is asked whether it is seen
_HIDDEN = 0.15          # share of a figure below which nobody sees it
_TOLD_FROM = 0.2        # least score of a box that is told
_HARDLY = 0.4           # highest score of a box that is missed
_FALSE_SCORES = (0.2, 0.7)
_FALSE_STAYS = 0.5      # how likely a false box is there in the next message too


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with a detector; see DemoSettings for each."""

    occlusion: bool = False
    pillars: int = 0
    miss_rate: float = 0.0
    false_rate: float = 0.0
    mislabel_rate: float = 0.0
    jitter: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Detected:
    """What a detector says of one moment; row i of each belongs together."""

    corners: np.ndarray     # float64 (n, 4), pixels
    scores: np.ndarray      # float64 (n,)
    labels: tuple[str, ...]
    ids: tuple[str, ...]    # of the figure that it is, '' for a false box


class Detector:
    """Detects with faults, the same ones for the same seed. One thread at a time."""

    def __init__(self, *, seed: int, width: int, height: int, faults: Faults) -> None:
        self._rng = np.random.default_rng([seed, 1])
        self._size = np.array([width, height, width, height], float)
        self._faults = faults
        self._pillars = np.array([(left, -np.inf, right, np.inf)
                                  for left, right in pillars(faults.pillars, width)]
                                 ).reshape(-1, 4)
        self._false = np.empty((0, 4))
        self._false_labels: list[str] = []

    def detect(self, moment: Moment) -> Detected:
        """Return what is detected of a moment, in an order of its own."""
        rng, faults = self._rng, self._faults
        corners, shares = moment.corners, np.ones(len(moment.ids))
        if faults.occlusion or faults.pillars:
            corners, shares = self._visible(moment)
        scores = moment.scores * (0.3 + 0.7 * shares)
        missed = rng.random(len(scores)) < faults.miss_rate
        scores = np.where(missed, rng.uniform(0, _HARDLY, len(scores)), scores)
        scores = scores + rng.normal(0, faults.jitter, len(scores))
        sizes = np.tile(corners[:, 2:] - corners[:, :2], 2)
        corners = corners + rng.normal(0, 1, corners.shape) * faults.jitter * sizes
        seen = np.flatnonzero((shares >= _HIDDEN) & (scores >= _TOLD_FROM))
        false_scores = self._see_things()
        corners = np.clip(np.concatenate([corners[seen], self._false]), 0, self._size)
        scores = np.clip(np.concatenate([scores[seen], false_scores]), 0, 0.99)
        labels = [self._read(moment.labels[i]) for i in seen] + self._false_labels
        ids = [moment.ids[i] for i in seen] + [''] * len(self._false)
        order = rng.permutation(np.flatnonzero((corners[:, 2:] > corners[:, :2]).all(axis=1)))
        return Detected(corners[order], scores[order], tuple(labels[i] for i in order),
                        tuple(ids[i] for i in order))

    def _read(self, label: str) -> str:
        """Return the label, or any other one by mistake."""
        if self._rng.random() >= self._faults.mislabel_rate:
            return label
        others = [kind.label for kind in KINDS if kind.label != label]
        return others[self._rng.integers(len(others))]

    def _see_things(self) -> np.ndarray:
        """Let false boxes come and go; return their scores."""
        rng = self._rng
        stay = np.flatnonzero(rng.random(len(self._false)) < _FALSE_STAYS)
        new = rng.poisson(self._faults.false_rate * (1 - _FALSE_STAYS))
        low = rng.random((new, 2))
        boxes = np.concatenate([low, low + rng.uniform(0.03, 0.3, (new, 2))], axis=1)
        self._false = np.concatenate([self._false[stay], boxes * self._size])
        self._false_labels = [self._false_labels[i] for i in stay]
        self._false_labels += [KINDS[k].label for k in rng.integers(0, len(KINDS), new)]
        return rng.uniform(*_FALSE_SCORES, len(self._false))

    def _visible(self, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
        """Return the hulls of what is seen of the figures, and which share of each that is."""
        hulls, shares = moment.corners.copy(), np.ones(len(moment.corners))
        for i, (x1, y1, x2, y2) in enumerate(moment.corners.tolist()):
            walls = self._pillars
            if self._faults.occlusion:
                nearer = moment.nearness > moment.nearness[i]
                walls = np.concatenate([walls, moment.corners[nearer]])
            open_ = open_points((x1, y1, x2, y2), walls)
            shares[i] = open_.mean()
            across, down = np.flatnonzero(open_.any(axis=0)), np.flatnonzero(open_.any(axis=1))
            if len(across):
                hulls[i] = np.array([x1, y1, x1, y1]) + np.array(
                    [across[0], down[0], across[-1] + 1, down[-1] + 1]) / _GRID * np.array(
                        [x2 - x1, y2 - y1] * 2)
        return hulls, shares


def open_points(box: Sequence[float], walls: np.ndarray) -> np.ndarray:
    """Return which points of a grid in a box no wall hides, bool, by rows from the top.

    box: x1 y1 x2 y2. walls: (n, 4), the same of each.
    """
    steps = (np.arange(_GRID) + 0.5) / _GRID
    x, y = np.meshgrid(box[0] + steps * (box[2] - box[0]), box[1] + steps * (box[3] - box[1]))
    inside = [(x >= a) & (x <= c) & (y >= b) & (y <= d) for a, b, c, d in walls]
    return ~np.any(inside, axis=0) if inside else np.ones_like(x, bool)


def pillars(count: int, width: int) -> list[tuple[int, int]]:
    """Return left and right of pillars that stand in front of everything, in pixels."""
    half = PILLAR / 2 * width
    middles = [(i + 1) / (count + 1) * width for i in range(count)]
    return [(round(middle - half), round(middle + half)) for middle in middles]
