"""Boxes: from a detector's centre and size in pixels to corners in [0,1] of the frame."""
import numpy as np

# Columns of model.DETECTION viewed as float64 (n, 6).
CX, CY, THETA, W, H, SCORE = range(6)


def corners(boxes: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return float32 (n, 4) x1 y1 x2 y2 in [0,1], clipped to the frame.

    boxes: float64 (n, 6), columns as above, pixels. A rotated box gives its upright hull. What
    lies outside the frame, or is not finite, comes out without area: see `has_area`.
    """
    half = boxes[:, W:H + 1] * 0.5
    theta = boxes[:, THETA]
    if theta.any():
        cos, sin = np.abs(np.cos(theta)), np.abs(np.sin(theta))
        half = np.column_stack([half[:, 0] * cos + half[:, 1] * sin,
                                half[:, 0] * sin + half[:, 1] * cos])
    scale = (1.0 / width, 1.0 / height)
    out = np.empty((len(boxes), 4), np.float32)
    np.multiply(boxes[:, :2] - half, scale, out=out[:, :2], casting='same_kind')
    np.multiply(boxes[:, :2] + half, scale, out=out[:, 2:], casting='same_kind')
    return np.clip(out, 0.0, 1.0, out=out)


def has_area(corners: np.ndarray) -> np.ndarray:
    """Return bool (n,): which boxes cover some of the frame. NaN does not."""
    return (corners[:, 2] > corners[:, 0]) & (corners[:, 3] > corners[:, 1])


def feet(corners: np.ndarray) -> np.ndarray:
    """Return float (n, 2): the bottom centres, where a target touches the ground."""
    points = corners[:, 2:].copy()
    points[:, 0] += corners[:, 0]
    points[:, 0] *= 0.5
    return points
