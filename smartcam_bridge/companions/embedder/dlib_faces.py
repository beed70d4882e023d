"""dlib's face detector and 128-d descriptor, behind the same seam; dlib is optional."""
import importlib.util
import math
from pathlib import Path
from typing import Any, Sequence

import cv2
import numpy as np

from smartcam_bridge.companions.embedder.model_file import ModelError, read_model_file, reason
from smartcam_bridge.companions.embedder.seam import Found, LANDMARKS

DESCRIPTOR = 'dlib_face_recognition_resnet_model_v1.dat'
POINTS = 'shape_predictor_5_face_landmarks.dat'
CHIP_PX = 150
_PADDING = 0.25     # around the chip, as the descriptor was trained
_SCORE_SLOPE = 5.0  # the detector tells a distance to its border: 0.17 is a score of 0.7
_ENLARGED_MAX = 4.0


class DlibDetector:
    """dlib's frontal face detector, which sees faces from about 80 px on; knows no mouth.

    longest_px: the picture is scaled to that for the detector, also up (at most fourfold).
    """

    def __init__(self, detector: Any, points: Any, min_score: float, longest_px: int) -> None:
        self._detector = detector
        self._points = points
        self._min_score = min_score
        self._longest_px = longest_px

    def detect(self, pixels: np.ndarray) -> Found:
        """Return the faces of BGR uint8 (height, width, 3)."""
        scale = min(self._longest_px / max(pixels.shape[:2]), _ENLARGED_MAX)
        scaled = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=(
            cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))
        boxes, margins, _ = self._detector.run(cv2.cvtColor(scaled, cv2.COLOR_BGR2GRAY), 0, 0.0)
        scores = [1 / (1 + math.exp(-_SCORE_SLOPE * margin)) for margin in margins]
        rgb = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
        faces = [(_corners(box) / scale, score) for box, score in zip(boxes, scores)
                 if score >= self._min_score]
        landmarks = [_landmarks(self._points(rgb, _rectangle(corners))) for corners, _ in faces]
        return Found(np.float32([corners for corners, _ in faces]).reshape(-1, 4),
                     np.float32([score for _, score in faces]),
                     np.float32(landmarks).reshape(-1, LANDMARKS, 2))


class DlibRecognizer:
    """dlib's descriptor of 128 numbers, of faces turned upright by its own five points."""

    def __init__(self, descriptor: Any, points: Any) -> None:
        self._descriptor = descriptor
        self._points = points

    def cut(self, pixels: np.ndarray, faces: Found) -> list[np.ndarray]:
        """Return each face as dlib's chip, 150 x 150."""
        import dlib
        rgb = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
        chips = [dlib.get_face_chip(rgb, self._points(rgb, _rectangle(corners)), CHIP_PX, _PADDING)
                 for corners in faces.corners]
        return [cv2.cvtColor(chip, cv2.COLOR_RGB2BGR) for chip in chips]

    def features(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """Return float32 (n, 128)."""
        rows = [self._descriptor.compute_face_descriptor(cv2.cvtColor(crop, cv2.COLOR_BGR2RGB))
                for crop in crops]
        return np.float32([np.array(row) for row in rows]).reshape(-1, 128)


def load_dlib_detector(points_path: str, min_score: float, longest_px: int) -> DlibDetector:
    """Load dlib's detector and landmarks; raises ModelError."""
    dlib = _dlib()
    return DlibDetector(dlib.get_frontal_face_detector(), _load_points(points_path), min_score,
                        longest_px)


def load_dlib_recognizer(path: str, sha256: str, points_path: str) -> DlibRecognizer:
    """Load dlib's descriptor and landmarks; raises ModelError."""
    dlib = _dlib()
    file = read_model_file('recognizer_path', path or _installed(DESCRIPTOR), sha256)
    try:
        descriptor = dlib.face_recognition_model_v1(file.path)
    except RuntimeError as cause:
        raise ModelError(f'recognizer_path: {file} is not {DESCRIPTOR} '
                         f'({reason(cause)})') from cause
    return DlibRecognizer(descriptor, _load_points(points_path))


def _load_points(path: str) -> Any:
    file = read_model_file('landmarks_path', path or _installed(POINTS))
    try:
        points = _dlib().shape_predictor(file.path)
        grey = np.full((CHIP_PX, CHIP_PX, 3), 128, np.uint8)
        parts = points(grey, _rectangle(np.array([0, 0, CHIP_PX, CHIP_PX]))).num_parts
    except RuntimeError as cause:
        raise ModelError(f'landmarks_path: {file} is not {POINTS} ({reason(cause)})') from cause
    if parts != LANDMARKS:
        raise ModelError(f'landmarks_path: {file} has {parts} points, not the {LANDMARKS} of '
                         f'{POINTS}')
    return points


def _dlib() -> Any:
    try:
        import dlib
    except ImportError as cause:
        raise ModelError('dlib is not installed (pip install dlib-bin), which detector and '
                         'recognizer dlib need') from cause
    return dlib


def _installed(name: str) -> str:
    """Return where the package face_recognition_models has a file; empty: it is not installed."""
    # Found, not imported: its import needs pkg_resources, which setuptools no longer has.
    spec = importlib.util.find_spec('face_recognition_models')
    if spec is None or not spec.submodule_search_locations:
        return ''
    return str(Path(spec.submodule_search_locations[0]) / 'models' / name)


def _corners(box: Any) -> np.ndarray:
    return np.array([box.left(), box.top(), box.right() + 1, box.bottom() + 1], np.float64)


def _rectangle(corners: np.ndarray) -> Any:
    import dlib
    left, top, right, bottom = (round(float(at)) for at in corners)
    return dlib.rectangle(left, top, right - 1, bottom - 1)


def _landmarks(shape: Any) -> list[tuple[float, float]]:
    """Return the seam's landmarks: dlib has both corners of each eye, and under the nose."""
    points = [(shape.part(i).x, shape.part(i).y) for i in range(shape.num_parts)]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3), nose = points
    unknown = (math.nan, math.nan)
    return [((x2 + x3) / 2, (y2 + y3) / 2), ((x0 + x1) / 2, (y0 + y1) / 2), nose, unknown, unknown]
