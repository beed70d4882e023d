import numpy as np
import pytest

pytest.importorskip('cv2', reason='needs OpenCV')
from smartcam_bridge.companions.motion import MotionDetector  # noqa: E402
from smartcam_bridge.companions.overlap import overlaps  # noqa: E402

STREET = np.random.default_rng(1).integers(60, 90, (360, 640, 3), np.uint8)


def with_block(x: int, y: int = 100, size: int = 80) -> np.ndarray:
    picture = STREET.copy()
    picture[y:y + size, x:x + size] = (30, 60, 220)
    return picture


def learned() -> MotionDetector:
    detector = MotionDetector()
    for _ in range(20):
        detector.find(STREET)
    return detector


def test_a_still_picture_has_no_boxes():
    corners, scores = learned().find(STREET)
    assert corners.shape == (0, 4) and scores.shape == (0,)


@pytest.mark.parametrize('x', range(0, 560, 80))
def test_what_moves_is_boxed_in_pixels_of_the_frame(x):
    corners, scores = learned().find(with_block(x))
    assert corners.shape == (1, 4) and corners.dtype == np.float64
    assert overlaps(corners, np.array([[x, 100, x + 80, 180.0]]))[0, 0] > 0.8
    assert 0.8 < scores[0] <= 1


def test_a_hollow_figure_scores_lower_than_a_solid_one():
    detector = learned()
    hollow = with_block(200)
    hollow[125:155, 225:255] = STREET[125:155, 225:255]
    _, (score,) = detector.find(hollow)
    assert 0.5 < score < 0.95


def test_what_fills_a_quarter_of_its_box_scores_a_half():
    picture = with_block(200)
    picture[110:180, 210:280] = STREET[110:180, 210:280]    # an L, of 0.23 of its box
    _, (score,) = learned().find(picture)
    assert 0.4 < score < 0.65


def test_two_things_have_two_boxes():
    picture = with_block(100)
    picture[200:300, 400:500] = 250
    assert len(learned().find(picture)[0]) == 2


def test_specks_are_left_out():
    assert len(learned().find(with_block(300, size=8))[0]) == 0


def test_the_background_is_learned_before_anything_is_said():
    detector = MotionDetector()
    for x in range(0, 90, 10):
        assert len(detector.find(with_block(x))[0]) == 0


def test_a_cut_is_no_motion_and_the_new_background_is_learned():
    detector, other = learned(), np.full_like(STREET, 200)
    for _ in range(15):
        assert len(detector.find(other)[0]) == 0
    other[50:150, 50:150] = 20
    assert len(detector.find(other)[0]) == 1
