import cv2
import numpy as np
import pytest
from smartcam_bridge.companions.embedder import crops

RNG = np.random.default_rng(4)
PICTURE = cv2.GaussianBlur(RNG.integers(0, 255, (240, 320, 3), np.uint8), (0, 0), 2)
WHOLE = np.float32([0, 0, 320, 240])
NAN = [np.nan, np.nan]


def moved(points: np.ndarray, scale: float, degrees: float, shift: tuple[float, float]
          ) -> np.ndarray:
    turn = scale * np.exp(1j * np.radians(degrees))
    at = (points @ [1, 1j]) * turn + complex(*shift)
    return np.float32(np.stack([at.real, at.imag], axis=1))


@pytest.mark.parametrize('scale, degrees, shift', [
    (1, 0, (0, 0)), (0.6, 0, (100, 60)), (1.2, 25, (90, 10)), (0.8, -90, (30, 180))])
def test_landmarks_come_to_lie_as_in_the_template(scale, degrees, shift):
    landmarks = moved(crops.TEMPLATE, scale, degrees, shift)
    dots = np.zeros((240, 320), np.uint8)
    for x, y in landmarks:
        cv2.circle(dots, (round(float(x)), round(float(y))), 2, 255, -1)
    crop = crops.aligned(dots, landmarks, 112, 112)
    for x, y in crops.TEMPLATE:
        around = crop[int(y) - 5:int(y) + 7, int(x) - 5:int(x) + 7]
        yy, xx = np.nonzero(around > 100)
        assert abs(xx.mean() + int(x) - 5 - x) < 1 and abs(yy.mean() + int(y) - 5 - y) < 1


def test_a_crop_is_what_face_recognizer_sf_cuts(networks):
    rng = np.random.default_rng(0)
    network = cv2.FaceRecognizerSF.create(networks['recognizer_path'], '')
    for _ in range(20):
        landmarks = moved(crops.TEMPLATE, rng.uniform(.5, 1.5), rng.uniform(-40, 40),
                          rng.uniform(0, 80, 2)) + rng.normal(0, 2, (5, 2)).astype(np.float32)
        row = np.float32([[0, 0, 1, 1, *landmarks.ravel(), 1]])
        theirs = network.alignCrop(PICTURE, row).astype(int)
        ours = crops.aligned(PICTURE, landmarks, 112, 112).astype(int)
        assert np.abs(ours - theirs).max() <= 3     # sums in another order


def test_unknown_landmarks_are_left_out():
    whole = moved(crops.TEMPLATE, 0.9, 10, (60, 30))
    part = whole.copy()
    part[3:] = np.nan
    assert np.abs(crops.aligned(PICTURE, whole, 112, 112).astype(int)
                  - crops.aligned(PICTURE, part, 112, 112)).max() <= 3


def test_landmarks_that_are_one_point_make_a_crop_all_the_same():
    crop = crops.aligned(PICTURE, np.full((5, 2), 30, np.float32), 112, 112)
    assert crop.shape == (112, 112, 3)


@pytest.mark.parametrize('corners', [
    (10, 10, 60, 70), (-30, -20, 40, 30), (300, 220, 400, 300), (5.2, 5.3, 5.4, 5.5),
    (900, 900, 950, 950), (-9, -9, -3, -3)])
def test_a_plain_crop_is_of_the_part_within_the_picture(corners):
    corners = np.float32(corners)
    assert crops.plain(PICTURE, corners, 96, 64).shape == (64, 96, 3)
    assert 0 <= crops.sharpness(PICTURE, corners) < 1


def test_a_plain_crop_of_its_own_size_is_the_picture():
    assert (crops.plain(PICTURE, np.float32([8, 16, 72, 64]), 64, 48)
            == PICTURE[16:64, 8:72]).all()


@pytest.mark.parametrize('corners, worth', [
    ((0, 0, 56, 90), 0.5), ((0, 0, 112, 112), 1.0), ((0, 0, 500, 300), 1.0), ((0, 0, 0, 9), 0.0)])
def test_size_is_of_the_shorter_side(corners, worth):
    assert crops.size_worth(np.float32(corners)) == pytest.approx(worth)


def pattern() -> np.ndarray:
    blocks = np.random.default_rng(1).integers(40, 220, (8, 8, 3))
    return np.kron(blocks, np.ones((32, 32, 1))).astype(np.uint8)


def test_blur_makes_a_face_less_sharp():
    values = [crops.sharpness(cv2.GaussianBlur(pattern(), (0, 0), sigma), np.float32(
        [0, 0, 256, 256])) for sigma in (0.1, 4, 8, 16, 32)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.6 and values[2] < 0.4 and values[-1] < 0.1


@pytest.mark.parametrize('alter', [
    lambda face: face // 3, lambda face: face // 4 + 150,
    lambda face: cv2.imdecode(cv2.imencode('.jpg', face, [1, 60])[1], 1)])
def test_light_contrast_and_compression_change_sharpness_little(alter):
    whole = np.float32([0, 0, 256, 256])
    assert crops.sharpness(alter(pattern()), whole) == pytest.approx(
        crops.sharpness(pattern(), whole), abs=0.05)


def test_noise_does_not_make_a_blurred_face_sharp():
    blurred = cv2.GaussianBlur(pattern(), (0, 0), 16)
    noisy = np.clip(blurred + RNG.normal(0, 8, blurred.shape), 0, 255).astype(np.uint8)
    assert crops.sharpness(noisy, np.float32([0, 0, 256, 256])) < 0.3


def test_a_wall_is_not_sharp():
    assert crops.sharpness(np.full((50, 50, 3), 99, np.uint8), np.float32([0, 0, 50, 50])) < 1e-6


def head(yaw: float, pitch: float = 0.0, roll: float = 0.0, mouth: bool = True) -> np.ndarray:
    """Return the landmarks of a head that is turned, in degrees, as a far camera sees it."""
    points = np.array([[-1, -.6, .2], [1, -.6, .2], [0, .5, 1.2], [-.8, 1.6, .3], [.8, 1.6, .3]])
    a, b, c = np.radians([yaw, pitch, roll])
    points = points @ np.array(
        [[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    points = points @ np.array(
        [[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    points = points @ np.array(
        [[np.cos(c), np.sin(c), 0], [-np.sin(c), np.cos(c), 0], [0, 0, 1]])
    landmarks = np.float32(points[:, :2] * 30 + 100)
    if not mouth:
        landmarks[3:] = np.nan
    return landmarks


def test_a_frontal_face_has_pose_1_whichever_way_it_leans():
    for roll in (-80, -30, 0, 45, 170):
        assert crops.pose(head(0, roll=roll)) == pytest.approx(1, abs=0.05)
        assert crops.pose(head(0, roll=roll, mouth=False)) == pytest.approx(1, abs=0.05)
    assert crops.pose(crops.TEMPLATE) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize('turned', [
    lambda angle: head(angle), lambda angle: head(-angle), lambda angle: head(angle, roll=40),
    lambda angle: head(angle, mouth=False)])
def test_a_face_that_turns_away_is_worth_less_and_less(turned):
    values = [crops.pose(turned(angle)) for angle in (0, 10, 20, 30, 60)]
    assert values == sorted(values, reverse=True)
    assert values[2] < 0.8 and values[4] == 0


def test_a_face_that_nods_is_worth_less():
    assert crops.pose(head(0, 30)) < 0.8 and crops.pose(head(0, -30)) < 0.8


@pytest.mark.parametrize('landmarks', [
    [NAN] * 5, [[1, 1], [1, 1], [1, 1], [1, 1], [1, 1]], [[1, 1], [9, 1], NAN, [2, 8], [8, 8]],
    [NAN, [9, 1], [5, 5], [2, 8], [8, 8]]])
def test_pose_is_unknown_without_eyes_and_nose(landmarks):
    assert np.isnan(crops.pose(np.float32(landmarks)))
