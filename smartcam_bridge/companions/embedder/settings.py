"""The parameters of `face_embedder`."""
from dataclasses import dataclass
from typing import Mapping

from smartcam_bridge.setting_rules import camera_name_problem
from smartcam_bridge.specs import setting, Value


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """Parameters of `face_embedder`."""

    cameras: tuple[str, ...] = setting(
        ('camera',), 'Cameras to look at; a name is also the prefix of the topics.')
    images: str = setting(
        'auto', 'Which pictures are taken: <camera>/image/compressed, <camera>/image; auto takes '
        'the second where only that is published.', choices=('auto', 'compressed', 'raw'))
    rate_hz: float = setting(
        5.0, 'Pictures per second and camera that are looked at, at most; always the newest.',
        'Hz', between=(0.01, 1000))
    enroll_topic: str = setting(
        'smartcam_bridge/enroll', 'Prefix of the topics on which the bridge asks for the faces of '
        'a picture that a person uploaded; empty: not answered.')
    threads: int = setting(
        1, 'Threads that one picture may use.', 'threads', between=(1, 64))

    # Where faces are
    detector: str = setting(
        'yunet', 'What finds faces: FaceDetectorYN of OpenCV; dlib (only with recognizer dlib); '
        'none takes every picture for one face.', choices=('yunet', 'dlib', 'none'))
    detector_path: str = setting(
        '', 'Model of yunet: face_detection_yunet_2023mar.onnx, up to OpenCV 4.7 ..._2022mar.onnx.'
        ' $NAME stands for an environment variable here and in the other paths.')
    detector_sha256: str = setting(
        '', 'SHA-256 that this file must have, as hex digits; empty: any.')
    detector_score: float = setting(
        0.7, 'Faces with a lower score are left out.', '', between=(0, 1))
    detector_px: int = setting(
        640, 'Longer side of what the detector sees; larger pictures are scaled down for it '
        '(faces are cut out of the whole picture).', 'px', between=(32, 8192))
    min_face_px: int = setting(
        24, 'Faces whose shorter side is less are left out.', 'px', between=(1, 4096))
    max_faces: int = setting(
        20, 'Of a picture with more faces the largest so many are embedded.', 'faces',
        between=(1, 1000))

    # Whose
    recognizer: str = setting(
        'sface', 'What makes embeddings: FaceRecognizerSF of OpenCV; onnx, any network that makes '
        'one of a face; dlib. Tell the bridge which model it is (face_model).',
        choices=('sface', 'onnx', 'dlib'))
    recognizer_path: str = setting(
        '', 'Its model: face_recognition_sface_2021dec.onnx, another ONNX file, or '
        'dlib_face_recognition_resnet_model_v1.dat (empty: where face_recognition_models has it).')
    recognizer_sha256: str = setting(
        '', 'SHA-256 that this file must have, as hex digits; empty: any.')
    landmarks_path: str = setting(
        '', 'For dlib: shape_predictor_5_face_landmarks.dat; empty: where face_recognition_models '
        'has it.')

    # What an onnx network wants to see
    runtime: str = setting(
        'auto', 'What runs it; auto takes onnxruntime where it is installed, else OpenCV.',
        choices=('auto', 'onnxruntime', 'opencv'))
    input_width: int = setting(112, 'Width of its input.', 'px', between=(8, 1024))
    input_height: int = setting(112, 'Height of its input.', 'px', between=(8, 1024))
    input_colours: str = setting('rgb', 'Order of its three colours.', choices=('rgb', 'bgr'))
    input_mean: float = setting(
        127.5, 'It is given (pixel - input_mean) / input_divisor, pixels being 0 to 255.', '',
        between=(0, 255))
    input_divisor: float = setting(127.5, 'See input_mean.', '', between=(0.001, 1000))
    input_align: bool = setting(
        True, 'Faces are turned and scaled so that their landmarks lie where ArcFace wants them; '
        'else the box is scaled to the input.')


def problems_of(values: Mapping[str, Value]) -> list[str]:
    """Return what is wrong between values that are right by themselves; some may lack."""
    names = [name for name in values.get('cameras', ()) if name]
    problems = [f'cameras: {text}' for name in names if (text := camera_name_problem(name))]
    if len(set(names)) != len(names):
        problems.append(f'cameras: a name stands twice in {names}')
    if not names and not values.get('enroll_topic', 'some'):
        problems.append('cameras: none, and no enroll_topic: there is nothing to do')
    if values.get('detector') == 'dlib' and values.get('recognizer', 'dlib') != 'dlib':
        problems.append('detector: dlib goes with recognizer dlib only: it does not tell where '
                        'the mouth is, which others are aligned by')
    return problems
