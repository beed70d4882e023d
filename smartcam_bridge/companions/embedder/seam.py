"""What a picture's faces are here, and what finds and embeds them."""
from dataclasses import dataclass
from typing import Protocol, Sequence

import numpy as np

LANDMARKS = 5
"""Centre of the eye at the left of the picture and of the other one, tip of the nose, corners of
the mouth, left one first: the order of YuNet, and of ArcFace's template."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The faces of one picture, in its pixels.

    corners: float32 (n, 4), x1 y1 x2 y2, perhaps beyond the picture. scores: float32 (n,) in
    [0,1]. landmarks: float32 (n, 5, 2), NaN for what is not known.
    """

    corners: np.ndarray
    scores: np.ndarray
    landmarks: np.ndarray

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.scores)

    def picked(self, rows: np.ndarray) -> 'Found':
        """Return some of them, in the order of `rows`."""
        return Found(self.corners[rows], self.scores[rows], self.landmarks[rows])


class FaceDetector(Protocol):
    """Finds faces. One thread at a time."""

    def detect(self, pixels: np.ndarray) -> Found:
        """Return the faces of BGR uint8 (height, width, 3)."""


class FaceRecognizer(Protocol):
    """Makes an embedding of each face. One thread at a time."""

    def cut(self, pixels: np.ndarray, faces: Found) -> list[np.ndarray]:
        """Return each face as this model wants to see it: BGR uint8, all of one size."""

    def features(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """Return float32 (n, dimension), as the model gives it, whatever its length."""
