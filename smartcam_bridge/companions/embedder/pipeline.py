"""From a picture to the faces in it, each with what it is worth and its embedding."""
from dataclasses import dataclass
import time

import cv2
import numpy as np

from smartcam_bridge.companions.embedder import crops
from smartcam_bridge.companions.embedder.model_file import reason
from smartcam_bridge.companions.embedder.seam import FaceDetector, FaceRecognizer, Found
from smartcam_bridge.errors import FrameError

_ADAPT = 0.1    # how much the last picture counts in the mean times


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedFaces:
    """Faces of one picture, the largest first, in its pixels.

    corners: float32 (n, 4), x1 y1 x2 y2 within the picture. scores: float32 (n,), the
    detector's. quality: float32 (n, 3), size, sharpness, pose, NaN where not known. vectors:
    float32 (n, dimension).
    """

    corners: np.ndarray
    scores: np.ndarray
    quality: np.ndarray
    vectors: np.ndarray


class FacePipeline:
    """Detects, cuts, weighs and embeds. One thread at a time; its counters any may read.

    min_px: faces whose shorter side is less are left out (`small`). faces_max: only the largest
    of a picture are embedded (others: `surplus`). Embeddings that are no numbers: `unusable`.
    """

    def __init__(self, detector: FaceDetector, recognizer: FaceRecognizer, *, min_px: int,
                 faces_max: int) -> None:
        self.small = self.surplus = self.unusable = 0
        self.detect_ms = self.embed_ms = 0.0    # means: of a picture, of a face
        self._detector = detector
        self._recognizer = recognizer
        self._min_px = min_px
        self._faces_max = faces_max

    def process(self, pixels: np.ndarray) -> EmbeddedFaces:
        """Return the faces of BGR uint8 (height, width, 3); raises FrameError."""
        pixels = np.ascontiguousarray(pixels)   # a row may have come with bytes behind it
        start_s = time.perf_counter()
        try:
            found = self._detector.detect(pixels)
            detected_s = time.perf_counter()
            faces = self._chosen(found, pixels.shape)
            vectors = self._recognizer.features(self._recognizer.cut(pixels, faces))
        except (cv2.error, RuntimeError, ValueError) as cause:
            raise FrameError(f'a picture of {pixels.shape[1]} x {pixels.shape[0]} cannot be '
                             f'looked at for faces: {reason(cause)}') from cause
        self.detect_ms = running_mean(self.detect_ms, detected_s - start_s)
        if len(faces):
            took_s = time.perf_counter() - detected_s
            self.embed_ms = running_mean(self.embed_ms, took_s / len(faces))
        usable = np.isfinite(vectors).all(axis=1)
        self.unusable += int((~usable).sum())
        faces = faces.picked(usable)
        return EmbeddedFaces(faces.corners, faces.scores, _quality(pixels, faces),
                             vectors[usable])

    def _chosen(self, found: Found, shape: tuple[int, ...]) -> Found:
        """Return what is worth to be embedded, the largest first, cut to the picture."""
        corners = found.corners.reshape(-1, 2, 2).clip(0, shape[1::-1]).reshape(-1, 4)
        found = Found(corners.astype(np.float32), found.scores, found.landmarks)
        sides = corners[:, 2:] - corners[:, :2]
        order = np.argsort(-sides.prod(axis=1), kind='stable')
        large = order[sides[order].min(axis=1) >= self._min_px]
        self.small += len(order) - len(large)
        self.surplus += max(0, len(large) - self._faces_max)
        return found.picked(large[:self._faces_max])


def _quality(pixels: np.ndarray, faces: Found) -> np.ndarray:
    rows = [(crops.size_worth(corners), crops.sharpness(pixels, corners), crops.pose(landmarks))
            for corners, landmarks in zip(faces.corners, faces.landmarks)]
    return np.float32(rows).reshape(-1, 3)


def running_mean(before_ms: float, took_s: float) -> float:
    """Return a mean in ms that follows the last ten or so; 0 before: the first."""
    return before_ms + (took_s * 1e3 - before_ms) * (_ADAPT if before_ms else 1.0)
