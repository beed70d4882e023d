"""Boxes: from a detector's centre and size in pixels to corners in [0,1] of the frame."""
import numpy as np

# Columns of model.DETECTION viewed as float64 (n, 6).
CX, CY, THETA, W, H, SCORE = range(6)
# Columns of boxes once projected.
X1, Y1, X2, Y2, PROJECTED_SCORE, X = range(6)
FOOT = slice(X, Y1, -2)     # of a transposed projection: x and y of the bottom centre


def projection(width: int, height: int) -> np.ndarray:
    """Return float64 (6, 6): boxes @ projection gives x1 y1 x2 y2 score x, in frame units.

    One product instead of a dozen small steps. It also marks what is not finite: NaN and
    infinity times zero are NaN, so such a box becomes NaN as a whole. Theta must be 0.
    """
    matrix = np.zeros((6, 6))
    matrix[CX, [X1, X2, X]] = 1 / width
    matrix[CY, [Y1, Y2]] = 1 / height
    matrix[W, [X1, X2]] = -0.5 / width, 0.5 / width
    matrix[H, [Y1, Y2]] = -0.5 / height, 0.5 / height
    matrix[SCORE, PROJECTED_SCORE] = 1
    return matrix


def upright(boxes: np.ndarray) -> np.ndarray:
    """Return rotated boxes' upright hulls: float64 (n, 6), theta 0 (NaN where it was)."""
    cos, sin = np.abs(np.cos(boxes[:, THETA])), np.abs(np.sin(boxes[:, THETA]))
    hulls = boxes.copy()
    hulls[:, W] = boxes[:, W] * cos + boxes[:, H] * sin
    hulls[:, H] = boxes[:, W] * sin + boxes[:, H] * cos
    hulls[:, THETA] = 0
    return hulls


def has_area(projected: np.ndarray) -> np.ndarray:
    """Return bool (n, 2): which boxes have width and height; NaN has none."""
    return projected[:, X2:Y2 + 1] > projected[:, X1:Y1 + 1]
