"""Load what the settings name."""
import cv2

from smartcam_bridge.companions.embedder.detectors import load_yunet, WholePicture
from smartcam_bridge.companions.embedder.dlib_faces import (
    load_dlib_detector, load_dlib_recognizer)
from smartcam_bridge.companions.embedder.model_file import read_model_file
from smartcam_bridge.companions.embedder.pipeline import FacePipeline
from smartcam_bridge.companions.embedder.recognizers import FaceInput, load_onnx, load_sface
from smartcam_bridge.companions.embedder.seam import FaceDetector, FaceRecognizer
from smartcam_bridge.companions.embedder.settings import EmbedderSettings


def load_pipeline(settings: EmbedderSettings) -> FacePipeline:
    """Return the detector and recognizer of `settings`, tried once; raises ModelError.

    Bounds OpenCV's threads in this process.
    """
    cv2.setNumThreads(settings.threads)
    return FacePipeline(_detector(settings), _recognizer(settings),
                        min_px=settings.min_face_px, faces_max=settings.max_faces)


def _detector(settings: EmbedderSettings) -> FaceDetector:
    if settings.detector == 'none':
        return WholePicture()
    if settings.detector == 'dlib':
        return load_dlib_detector(settings.landmarks_path, settings.detector_score,
                                  settings.detector_px)
    file = read_model_file('detector_path', settings.detector_path, settings.detector_sha256)
    return load_yunet(file, settings.detector_score, settings.detector_px)


def _recognizer(settings: EmbedderSettings) -> FaceRecognizer:
    path, sha256 = settings.recognizer_path, settings.recognizer_sha256
    if settings.recognizer == 'dlib':
        return load_dlib_recognizer(path, sha256, settings.landmarks_path)
    file = read_model_file('recognizer_path', path, sha256)
    if settings.recognizer == 'sface':
        return load_sface(file)
    face = FaceInput(settings.input_width, settings.input_height, settings.input_colours,
                     settings.input_mean, settings.input_divisor, settings.input_align)
    return load_onnx(file, face, settings.runtime, settings.threads)
