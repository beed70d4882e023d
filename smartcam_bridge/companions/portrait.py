"""Heads that tell people apart: skin, hair, glasses, beards and hats, from a number."""
from typing import Sequence

import numpy as np

HEAD = (0.26, 0.0, 0.48, 0.24)
"""Left, top, width and height of a head in the unit square of a figure, whichever way it goes."""

Points = list[tuple[float, float]]
Colour = tuple[int, int, int]
"""Blue, green, red."""
_ROUND = [(0.5 + 0.5 * np.cos(a), 0.5 + 0.5 * np.sin(a))
          for a in np.linspace(0, 2 * np.pi, 20, endpoint=False)]
_SKINS = ((190, 214, 241), (160, 192, 228), (124, 164, 208), (88, 128, 178), (60, 92, 140),
          (44, 62, 98))
_HAIRS = ((28, 26, 30), (30, 48, 78), (36, 78, 134), (80, 160, 214), (46, 66, 168),
          (188, 188, 192), (230, 232, 236))
_HATS = ((60, 60, 200), (170, 90, 40), (70, 140, 60), (40, 170, 220), (130, 60, 130))
_INK = (34, 30, 28)
_WHITE = (244, 244, 244)
_LIP = (92, 84, 176)


def portrait(player: int) -> list[tuple[Colour, Points]]:
    """Return the shapes of a head in the unit square of a figure, the hindmost first."""
    rng = np.random.default_rng([player, 3])
    skin, hair = _one(rng, _SKINS), _one(rng, _HAIRS)
    shapes = [(hair, disc(0.0, 0.0, 1.0, rng.choice([0.55, 0.7, 0.95, 1.0]))),
              (skin, disc(0.09, 0.1, 0.82, 0.9))]
    fringe = rng.uniform(0.2, 0.36)
    shapes.append((hair, [(0.12, fringe + 0.1), (0.2, 0.12), (0.5, 0.03), (0.8, 0.12),
                          (0.88, fringe + 0.1), (rng.uniform(0.3, 0.7), fringe)]))
    if rng.random() < 0.25:
        shapes.append((_one(rng, _HATS), [(0.02, 0.3), (0.12, 0.0), (0.88, 0.0), (1.0, 0.3)]))
    if rng.random() < 0.3:
        shapes += [(hair, [(0.14, 0.62), (0.5, 0.7), (0.86, 0.62), (0.72, 0.92), (0.5, 1.0),
                           (0.28, 0.92)])]
    gap, high = rng.uniform(0.19, 0.25), rng.uniform(0.42, 0.5)
    glasses = rng.random() < 0.3
    for middle in (0.56 - gap, 0.56 + gap):     # a little ahead: it looks where it goes
        if glasses:
            shapes.append((_INK, disc(middle - 0.14, high - 0.1, 0.28, 0.2)))
        shapes += [(_WHITE, disc(middle - 0.09, high - 0.06, 0.18, 0.12)),
                   (_INK, disc(middle - 0.03, high - 0.05, 0.1, 0.1))]
    wide = rng.uniform(0.14, 0.26)
    shapes.append((_LIP, disc(0.55 - wide / 2, 0.76, wide, rng.uniform(0.05, 0.1))))
    left, top, width, height = HEAD
    return [(colour, [(left + width * x, top + height * y) for x, y in points])
            for colour, points in shapes]


def disc(x: float, y: float, wide: float, tall: float) -> Points:
    """Return an ellipse in a box, from its left upper corner."""
    return [(x + wide * u, y + tall * v) for u, v in _ROUND]


def _one(rng: np.random.Generator, of: Sequence[Colour]) -> Colour:
    return of[rng.integers(len(of))]
