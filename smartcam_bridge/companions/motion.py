"""Find what moves before a still background."""
import cv2
import numpy as np

from smartcam_bridge.companions.overlap import shared_areas

_WIDTH_PX = 320
"""Frames are looked at in this width: enough for a person at 4 % of it."""
_WARM_UP = 10
"""Pictures until the background is known well enough."""
_SMALLEST = 0.002
"""Share of the picture that anything worth a box covers."""
_UPHEAVAL = 0.6
"""When more than this changes at once, it is a cut, the camera or the light: learn anew."""
_NESTED = 0.8
"""A box that lies in a larger one by this share is a part of the same thing."""
_GAP_PX = 9
"""Parts of one thing that are closer than this, at the reduced size, are joined."""
_HISTORY = 300
_CONTRAST = 25      # squared distance, in variances of a background pixel
_MOVING = 255       # what the subtractor calls foreground; it calls a shadow 127


class MotionDetector:
    """Background subtraction (a mixture of Gaussians per pixel) and connected areas.

    It says that something moved, not what: the score of a box is the root of the share of its
    pixels that move, so a compact figure scores high and twinkling leaves score low; a quarter,
    as of somebody who walks, makes 0.5, from which tracks are believed. One thread at a time;
    frames in order.
    """

    def __init__(self) -> None:
        self._join = np.ones((_GAP_PX, _GAP_PX), np.uint8)
        self._forget()

    def find(self, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return boxes, float64 (n, 4) as x1 y1 x2 y2 in pixels of `frame`, and scores (n,).

        frame: uint8 (height, width, 3), BGR, always of the same size. The first pictures have
        no boxes: the background is learned from them.
        """
        height, width = frame.shape[:2]
        scale = min(1.0, _WIDTH_PX / width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        moving = self._background.apply(cv2.resize(frame, size)) == _MOVING
        self._seen += 1
        upheaval = np.count_nonzero(moving) > _UPHEAVAL * moving.size
        if upheaval and self._seen > _WARM_UP:
            self._forget()
        if upheaval or self._seen <= _WARM_UP:
            return np.empty((0, 4)), np.empty(0)
        solid = cv2.medianBlur(moving.astype(np.uint8), 5)
        solid = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, self._join)
        corners, scores = _areas(solid)
        return corners * ((width / size[0], height / size[1]) * 2), scores

    def _forget(self) -> None:
        self._background = cv2.createBackgroundSubtractorMOG2(_HISTORY, _CONTRAST, True)
        self._seen = 0


def _areas(solid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return boxes and scores of the connected areas of a picture of zeros and ones."""
    areas = cv2.connectedComponentsWithStats(solid)[2][1:].astype(np.float64)   # 0: the rest
    areas = areas[areas[:, 4] >= _SMALLEST * solid.size]
    areas = areas[np.argsort(-areas[:, 2] * areas[:, 3], kind='stable')]
    x, y, w, h, moved = areas.T
    corners, scores = np.stack([x, y, x + w, y + h], axis=1), np.sqrt(moved / (w * h))
    within = np.tril(shared_areas(corners, corners), -1) >= _NESTED * (w * h)[:, None]
    whole = ~within.any(axis=1)
    return corners[whole], scores[whole]
