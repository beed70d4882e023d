"""The heat map's colours are even to the eye, and its picture shows what is where."""
import cv2
import numpy as np
import pytest

from smartcam_bridge.live.heat_picture import heat_png, PLAIN_PX, scale, WIDEST_PX


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Return colours (n, 3), uint8 RGB, in Oklab."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    lms = linear @ np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                             [0.2119034982, 0.6806995451, 0.1073969566],
                             [0.0883024619, 0.2817188376, 0.6299787005]]).T
    return np.cbrt(lms) @ np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                                    [1.9779984951, -2.4285922050, 0.4505937099],
                                    [0.0259040371, 0.7827717662, -0.8086757660]]).T


def shown(png: bytes) -> np.ndarray:
    """Return a PNG's pixels, BGR."""
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)


def test_steps_of_the_scale_are_even_to_the_eye() -> None:
    colours = oklab(scale()[::8])
    lightness = np.diff(colours[:, 0])
    assert (lightness > 0).all(), 'it also works without colours'
    assert lightness.max() < 1.5 * lightness.min()
    steps = np.linalg.norm(np.diff(colours, axis=0), axis=1)
    assert steps.max() < 2 * steps.min()


def test_the_hottest_cell_is_where_it_is() -> None:
    cells = np.zeros((18, 32), np.int64)
    cells[3, 20] = 9
    picture = shown(heat_png(cells, None))
    assert picture.shape == (PLAIN_PX[1], PLAIN_PX[0], 3)
    grey = picture.astype(int).sum(axis=2)
    y, x = np.unravel_index(grey.argmax(), grey.shape)
    assert (y * 18 // PLAIN_PX[1], x * 32 // PLAIN_PX[0]) == (3, 20)
    assert (picture[-1, 0][::-1] == scale()[0]).all()


def test_a_picture_below_shows_where_nothing_was() -> None:
    cells = np.zeros((18, 32), np.int64)
    cells[:, 16:] = 5
    picture = shown(heat_png(cells, np.full((480, 640, 3), 200, np.uint8)))
    assert picture.shape == (480, 640, 3)
    assert (picture[:, :200] == 200).all()
    assert not (picture[:, 400:] == 200).all(axis=2).any()


@pytest.mark.parametrize('size, expected', [
    ((1080, 1920), (540, WIDEST_PX)), ((1, 4000), (1, WIDEST_PX)), ((10, 12), (10, 12))])
def test_a_picture_is_never_larger_than_needed(size: tuple[int, int],
                                               expected: tuple[int, int]) -> None:
    png = heat_png(np.ones((18, 32), np.int64), np.zeros((*size, 3), np.uint8))
    assert shown(png).shape[:2] == expected


def test_nothing_at_all_is_a_picture_too() -> None:
    assert (shown(heat_png(np.zeros((18, 32), np.int64), None))[..., ::-1] == scale()[0]).all()
