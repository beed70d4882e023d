"""What a face is worth as evidence of who it is: one number."""
import numpy as np

_WHOLE_PX = 112     # what SFace and ArcFace look at; a smaller face is enlarged to it


def face_quality(px: np.ndarray, told: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return float64 (n,) in [0,1]: sqrt(size * sharpness * pose * score).

    px: (n,), the shorter side. told: (n, 3), size, sharpness and pose as the embedder judges
    them; score: (n,), of its detector. What is NaN counts as 1; of the two sizes, px by 112 and
    the told one, the lesser counts. A product, because what one lacks no other heals; its root,
    because two halves are not a quarter of a face.
    """
    size = np.fmin(np.minimum(px / _WHOLE_PX, 1), told[:, 0])
    factors = np.column_stack([size, told[:, 1], told[:, 2], score])
    return np.sqrt(or_one(factors).prod(axis=1))


def or_one(values: np.ndarray) -> np.ndarray:
    """Return values within [0,1], 1 where they are NaN."""
    return np.where(np.isnan(values), 1.0, np.clip(values, 0.0, 1.0))
