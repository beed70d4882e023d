"""A street that never was: who is where at every instant, exactly, from a seed."""
import dataclasses
from dataclasses import dataclass
import math
from typing import Sequence

import numpy as np
from smartcam_bridge.companions.overlap import overlaps

MIN_OBSERVATIONS = 8
"""Nothing is seen less often than this: shorter visits would be noise to any tracker."""
_SEEN_FROM = 0.3
"""Share of the width that is in the frame when an object is first and last seen."""
_CLEAR_S = 2.0
"""For so long nobody enters where another left: no tracker could tell the two apart."""
_CLEAR = 0.2            # intersection over union that is still told apart
_TRIES = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """What moves. Sizes and speeds are relative to the figure's height; lanes to the frame's."""

    label: str
    often: float                  # weight among all kinds
    tall: float                   # height of one that stands at the bottom of the frame
    wide: float                   # width by height
    speed: tuple[float, float]    # heights per second
    lane: tuple[float, float]     # where the feet are, from the top of the frame
    bob: float = 0.0              # rise and fall while moving, by height
    rests: float = 0.0            # how likely it stands still for a while


KINDS = (
    Kind('person', 5, 0.36, 0.38, (0.5, 1.1), (0.56, 0.94), bob=0.012, rests=0.4),
    Kind('bicycle', 2, 0.33, 1.0, (0.8, 1.5), (0.62, 0.86), bob=0.006),
    Kind('car', 3, 0.23, 2.1, (0.8, 1.6), (0.64, 0.82)),
    Kind('truck', 1, 0.42, 1.7, (0.4, 0.7), (0.64, 0.78)),
    Kind('dog', 1, 0.14, 1.4, (1.2, 2.4), (0.58, 0.96), bob=0.03, rests=0.3),
)

NEAR_KINDS = (
    dataclasses.replace(KINDS[0], often=12, tall=0.72, speed=(0.25, 0.55), lane=(0.8, 0.98)),
    dataclasses.replace(KINDS[0], often=3), *KINDS[1:])
"""The same with many people, most of them so near that their faces can be seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one object that is in view looks like."""

    tracker_id: str
    kind: Kind
    width: int        # px, of its picture
    height: int       # px
    faces_right: bool
    tint: float       # in [0,1), what colour it wears


@dataclass(frozen=True, slots=True, eq=False)
class Figure(Look):
    """One object's whole visit, from where it enters to where it leaves.

    places: float64 (n, 2), left and top of the whole figure in pixels, also outside the frame.
    corners: float64 (n, 4), x1 y1 x2 y2 of what the frame shows of it. scores: float64 (n,).
    Row i belongs to step `first_step + i`.
    """

    first_step: int
    places: np.ndarray
    corners: np.ndarray
    scores: np.ndarray

    @property
    def end_step(self) -> int:
        """Return the first step at which it is gone."""
        return self.first_step + len(self.corners)


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Everything that a camera sees at one step; row i of each belongs together."""

    step: int
    figures: tuple[Look, ...]
    corners: np.ndarray           # float64 (n, 4), pixels: of what is in the frame
    places: np.ndarray            # float64 (n, 4), of the whole figures
    nearness: np.ndarray          # float64 (n,): who has more stands in front
    scores: np.ndarray            # float64 (n,)
    labels: tuple[str, ...]
    ids: tuple[str, ...]
    heading_px: float = 0.0       # of the panorama, what is at the left of the frame
    objects: tuple[str, ...] = ()           # who it is, whatever its id; empty: is not told
    spots: np.ndarray | None = None         # float64 (n, 2): where it is in the world, in metres


class Scene:
    """The same street for the same arguments, step by step. One thread at a time.

    `objects` figures are in view at every step, each replaced by a new one (with a new id) when
    it leaves, elsewhere; with `steps`, none enters so late that it would be seen less than
    MIN_OBSERVATIONS times.
    """

    def __init__(self, *, seed: int, objects: int, width: int, height: int, rate_hz: float,
                 steps: int | None = None, kinds: Sequence[Kind] = KINDS) -> None:
        self._kinds = kinds
        self._rng = np.random.default_rng(seed)
        self._size = width, height
        self._rate_hz = rate_hz
        self._steps = math.inf if steps is None else steps
        self._step = 0
        self._met = 0
        self._left: list[Figure] = []   # within the last _CLEAR_S
        self._figures = tuple(self._newcomer(midway=True) for _ in range(objects))

    def advance(self) -> Moment:
        """Return what is seen at the next step, the first time step 0."""
        step, self._step = self._step, self._step + 1
        if any(figure.end_step == step for figure in self._figures):
            late = self._steps - step < MIN_OBSERVATIONS
            stay = [figure for figure in self._figures if figure.end_step > step]
            missing = 0 if late else len(self._figures) - len(stay)
            self._left = [figure for figure in {*self._left, *self._figures} - {*stay}
                          if figure.end_step > step - _CLEAR_S * self._rate_hz]
            self._figures = (*stay, *(self._newcomer(step) for _ in range(missing)))
        seen = self._figures
        places = np.array([f.places[step - f.first_step] for f in seen]).reshape(-1, 2)
        sizes = np.array([(f.width, f.height) for f in seen]).reshape(-1, 2)
        return Moment(
            step, seen,
            np.array([f.corners[step - f.first_step] for f in seen]).reshape(-1, 4),
            np.concatenate([places, places + sizes], axis=1),
            np.array([f.places[0, 1] + f.height for f in seen]),
            np.array([f.scores[step - f.first_step] for f in seen]),
            tuple(f.kind.label for f in seen), tuple(f.tracker_id for f in seen))

    def _newcomer(self, step: int = 0, *, midway: bool = False) -> Figure:
        """Make the next figure, if possible one that enters where nobody has just left."""
        self._met += 1
        places = np.array([figure.corners[-1] for figure in self._left]).reshape(-1, 4)
        for _ in range(_TRIES):
            figure = self._enter(step, midway=midway)
            if (overlaps(figure.corners[:1], places) < _CLEAR).all():
                break
        return figure

    def _enter(self, step: int, *, midway: bool) -> Figure:
        """Make a figure; one that was there before the start is met on its way."""
        rng, (frame_width, frame_height) = self._rng, self._size
        often = np.array([kind.often for kind in self._kinds])
        kind = self._kinds[rng.choice(len(often), p=often / often.sum())]
        feet = rng.uniform(*kind.lane)
        height = max(8, round(kind.tall * feet * rng.uniform(0.88, 1.12) * frame_height))
        width = max(8, round(height * kind.wide))
        faces_right = bool(rng.random() < 0.5)
        way = self._way(kind, height, frame_width - (2 * _SEEN_FROM - 1) * width)
        if midway:
            way = way[rng.integers(0, len(way) - MIN_OBSERVATIONS + 1):]
        left = (_SEEN_FROM - 1) * width + way
        if not faces_right:
            left = frame_width - width - left
        bob = kind.bob * height * np.abs(np.sin(way / (0.35 * height)))
        places = np.stack([left, feet * frame_height - height - bob], axis=1)
        corners = np.concatenate([places, places + (width, height)], axis=1)
        np.clip(corners, 0, (frame_width, frame_height) * 2, out=corners)
        scores = rng.uniform(0.6, 0.93) + rng.normal(0, 0.02, len(way))
        return Figure(str(self._met), kind, width, height, faces_right, float(rng.random()), step,
                      places, corners, np.clip(scores, 0.3, 0.99))

    def _way(self, kind: Kind, height: int, distance: float) -> np.ndarray:
        """Return how far it has come at each step until it leaves, float64 (n,), in pixels."""
        rng = self._rng
        pace = rng.uniform(*kind.speed) * height / self._rate_hz
        pace = min(pace, distance / (MIN_OBSERVATIONS + 1))
        way = np.arange(0, distance, pace)
        if rng.random() < kind.rests:
            rest = round(rng.uniform(1, 4) * self._rate_hz)
            way = np.insert(way, len(way) // 2, np.full(rest, way[len(way) // 2]))
        return way
