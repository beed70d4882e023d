"""What finds faces in a picture, without foreign libraries but OpenCV."""
import cv2
import numpy as np

from smartcam_bridge.companions.embedder.model_file import ModelError, ModelFile, reason
from smartcam_bridge.companions.embedder.seam import Found, LANDMARKS

_OVERLAP_MAX = 0.3      # of two boxes that are one face
_CANDIDATES_MAX = 5000
_TRIAL_PX = (320, 256)
_SPLIT = (4, 8)
"""Up to OpenCV 4.7 FaceDetectorYN runs the network of 2022, since 4.8 that of 2023."""


class YunetDetector:
    """OpenCV's FaceDetectorYN; larger pictures are looked at scaled down. One thread at a time.

    longest_px: of what the network sees.
    """

    def __init__(self, network: cv2.FaceDetectorYN, longest_px: int) -> None:
        self._network = network
        self._longest_px = longest_px
        self._size = (0, 0)

    def detect(self, pixels: np.ndarray) -> Found:
        """Return the faces of BGR uint8 (height, width, 3)."""
        height, width = pixels.shape[:2]
        scale = min(1.0, self._longest_px / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        if scale < 1:
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        if size != self._size:
            self._network.setInputSize(size)
            self._size = size
        rows = self._network.detect(pixels)[1]
        rows = np.empty((0, 15), np.float32) if rows is None else rows.reshape(-1, 15)
        points = rows[:, :14].reshape(-1, 7, 2) * np.float32([width / size[0], height / size[1]])
        corners = np.concatenate([points[:, 0], points[:, 0] + points[:, 1]], axis=1)
        return Found(corners, rows[:, 14].clip(0, 1), points[:, 2:])


class WholePicture:
    """Takes every picture for one face, and its landmarks for unknown."""

    def detect(self, pixels: np.ndarray) -> Found:
        """Return one face as large as the picture."""
        height, width = pixels.shape[:2]
        return Found(np.float32([[0, 0, width, height]]), np.ones(1, np.float32),
                     np.full((1, LANDMARKS, 2), np.nan, np.float32))


def load_yunet(file: ModelFile, min_score: float, longest_px: int) -> YunetDetector:
    """Load the network and look at a picture with it once; raises ModelError."""
    try:
        network = cv2.FaceDetectorYN.create(
            file.path, '', _TRIAL_PX, min_score, _OVERLAP_MAX, _CANDIDATES_MAX)
        detector = YunetDetector(network, longest_px)
        detector.detect(np.zeros((*_TRIAL_PX[::-1], 3), np.uint8))
    except AttributeError as cause:
        raise ModelError(f'OpenCV {cv2.__version__} has no FaceDetectorYN: 4.5.4 or later is '
                         'needed, with its dnn module') from cause
    except (cv2.error, ValueError) as cause:
        year = '2022mar' if _version() < _SPLIT else '2023mar'
        raise ModelError(
            f'detector_path: {file} is no face detector that OpenCV {cv2.__version__} can run '
            f'({reason(cause)}); this version takes face_detection_yunet_{year}.onnx') from cause
    return detector


def _version() -> tuple[int, ...]:
    return tuple(int(part) for part in cv2.__version__.split('.')[:2])
