"""What makes embeddings of faces by networks in ONNX files."""
from dataclasses import dataclass
from typing import Callable, Sequence

import cv2
import numpy as np

from smartcam_bridge.companions.embedder.crops import aligned, plain, TEMPLATE_PX
from smartcam_bridge.companions.embedder.model_file import ModelError, ModelFile, reason
from smartcam_bridge.companions.embedder.seam import FaceRecognizer, Found

_DIMENSION_MAX = 4096
_ALIGN_MIN = 2      # landmarks that a similarity needs

Run = Callable[[np.ndarray], np.ndarray]
"""Runs a network: float32 (1, 3, height, width) in, its first output back."""


@dataclass(frozen=True, slots=True)
class FaceInput:
    """What a network wants to see: (pixel - mean) / divisor, its colours in that order.

    align: by landmarks to ArcFace's template, else the box as it is.
    """

    width: int = TEMPLATE_PX
    height: int = TEMPLATE_PX
    colours: str = 'rgb'
    mean: float = 0.0
    divisor: float = 1.0
    align: bool = True

    def cut(self, pixels: np.ndarray, faces: Found) -> list[np.ndarray]:
        """Return BGR uint8 (height, width, 3) of each face; unaligned without landmarks."""
        return [aligned(pixels, landmarks, self.width, self.height)
                if self.align and np.isfinite(landmarks).all(axis=1).sum() >= _ALIGN_MIN
                else plain(pixels, corners, self.width, self.height)
                for corners, landmarks in zip(faces.corners, faces.landmarks)]

    def blob(self, crop: np.ndarray) -> np.ndarray:
        """Return a crop as the network wants it, float32 (1, 3, height, width)."""
        values = crop[:, :, ::-1] if self.colours == 'rgb' else crop
        values = (values.astype(np.float32) - self.mean) / self.divisor
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)


class SfaceRecognizer:
    """OpenCV's FaceRecognizerSF. One thread at a time."""

    def __init__(self, network: cv2.FaceRecognizerSF) -> None:
        self._network = network
        self._input = FaceInput()

    def cut(self, pixels: np.ndarray, faces: Found) -> list[np.ndarray]:
        """Return each face aligned, 112 x 112."""
        return self._input.cut(pixels, faces)

    def features(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """Return float32 (n, dimension)."""
        # The network writes into the same memory again.
        return _matrix([self._network.feature(crop).copy() for crop in crops])


class OnnxRecognizer:
    """Any network that makes one row of numbers of one face. One thread at a time."""

    def __init__(self, run: Run, face: FaceInput) -> None:
        self._run = run
        self._input = face

    def cut(self, pixels: np.ndarray, faces: Found) -> list[np.ndarray]:
        """Return each face as it was declared."""
        return self._input.cut(pixels, faces)

    def features(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """Return float32 (n, dimension)."""
        return _matrix([self._run(self._input.blob(crop)).copy() for crop in crops])


def load_sface(file: ModelFile) -> SfaceRecognizer:
    """Load the network and try it once; raises ModelError."""
    try:
        recognizer = SfaceRecognizer(cv2.FaceRecognizerSF.create(file.path, ''))
        dimension_of(recognizer, TEMPLATE_PX, TEMPLATE_PX)
    except AttributeError as cause:
        raise ModelError(f'OpenCV {cv2.__version__} has no FaceRecognizerSF: 4.5.4 or later is '
                         'needed, with its dnn module') from cause
    except (cv2.error, ValueError) as cause:
        raise ModelError(f'recognizer_path: {file} is no face recognizer that OpenCV '
                         f'{cv2.__version__} can run ({reason(cause)})') from cause
    return recognizer


def load_onnx(file: ModelFile, face: FaceInput, runtime: str, threads: int) -> OnnxRecognizer:
    """Load a network with the input that it is said to have and try it once; raises ModelError.

    runtime: opencv, onnxruntime, or auto for the latter where it is installed.
    """
    run = None if runtime == 'opencv' else _onnxruntime(file, threads, asked=runtime != 'auto')
    try:
        recognizer = OnnxRecognizer(run or _opencv(file), face)
        dimension_of(recognizer, face.width, face.height)
    except Exception as cause:  # each runtime has its own errors, and none is our fault
        raise ModelError(
            f'recognizer_path: {file} makes no embedding of a face of {face.width} x '
            f'{face.height} pixels ({reason(cause)}): is it another network, or '
            'another input size?') from cause
    return recognizer


def dimension_of(recognizer: FaceRecognizer, width: int, height: int) -> int:
    """Return how long its embeddings are, by making one; ValueError where it makes none."""
    grey = np.full((height, width, 3), 128, np.uint8)
    dimension = recognizer.features([grey]).shape[1]
    if not 1 < dimension <= _DIMENSION_MAX:
        raise ValueError(f'a row of {dimension} numbers is no embedding')
    return dimension


def _matrix(rows: list[np.ndarray]) -> np.ndarray:
    if not rows:
        return np.empty((0, 0), np.float32)
    shape, size = rows[0].shape, rows[0].size
    if shape not in ((size,), (1, size), (1, size, 1, 1), (1, 1, 1, size)):
        raise ValueError(f'an output of {shape} is not one row of numbers')
    return np.stack([np.asarray(row, np.float32).ravel() for row in rows])


def _opencv(file: ModelFile) -> Run:
    network = cv2.dnn.readNetFromONNX(file.path)
    output = network.getUnconnectedOutLayersNames()[0]

    def run(blob: np.ndarray) -> np.ndarray:
        network.setInput(blob)
        return network.forward(output)

    return run


def _onnxruntime(file: ModelFile, threads: int, *, asked: bool) -> Run | None:
    """Return None where it is not installed and not asked for."""
    try:
        import onnxruntime
    except ImportError as cause:
        if not asked:
            return None
        raise ModelError('runtime: onnxruntime is not installed (pip install onnxruntime); '
                         'opencv needs nothing more') from cause
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3      # what goes wrong is raised, and said once
    try:
        session = onnxruntime.InferenceSession(
            file.path, options, providers=['CPUExecutionProvider'])
    except Exception as cause:  # it has its own exceptions, one for each of its codes
        raise ModelError(f'recognizer_path: {file} is no network that onnxruntime '
                         f'{onnxruntime.__version__} can load ({reason(cause)})') from cause
    name, output = session.get_inputs()[0].name, session.get_outputs()[0].name
    return lambda blob: session.run([output], {name: blob})[0]
