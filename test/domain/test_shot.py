"""Crops around boxes: inside the frame, around the box, and exact to map back."""
from hypothesis import given, strategies as st
import pytest

from smartcam_bridge.domain.shot import crop_around, picture_path, Shot

DAY_NS = 86400 * 10**9
edges = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted).filter(lambda e: e[0] < e[1])


@given(edges, edges, st.integers(1, 4000), st.integers(1, 4000), st.floats(0, 2))
def test_a_crop_lies_in_the_frame_and_holds_its_box_exactly(
        across: list[float], down: list[float], width: int, height: int, margin: float) -> None:
    box = (across[0], down[0], across[1], down[1])
    crop = crop_around(box, width, height, margin)
    x, y, wide, tall = crop
    assert 0 <= x < x + wide <= width
    assert 0 <= y < y + tall <= height
    shot = Shot(1, box, 0.5, width, height, 1.0, crop)
    inner = shot.box_in_crop()
    assert min(inner) > -1e-6 / min(wide, tall)
    assert max(inner) < 1 + 1e-6
    back = ((x + inner[0] * wide) / width, (y + inner[1] * tall) / height,
            (x + inner[2] * wide) / width, (y + inner[3] * tall) / height)
    assert back == pytest.approx(box, abs=1e-12)


def test_a_margin_is_a_share_of_the_longer_side() -> None:
    assert crop_around((0.4, 0.4, 0.5, 0.6), 1000, 1000, 0.25) == (350, 350, 200, 300)


def test_a_small_box_still_makes_a_thumbnail() -> None:
    x, y, width, height = crop_around((0.5, 0.5, 0.502, 0.502), 640, 480, 0.0)
    assert (width >= 32, height >= 32) == (True, True)
    assert crop_around((0, 0, 1, 1), 1, 1, 0.5) == (0, 0, 1, 1)


def test_the_stored_form_reads_back() -> None:
    shot = Shot(5, (0.25, 0.5, 0.75, 1.0), 0.875, 640, 480, 12.5, (1, 2, 3, 4))
    assert Shot.from_json(shot.as_json()) == shot


@pytest.mark.parametrize('form', [{}, {'crop': None}, {'crop': {}, 'box': []}])
def test_a_form_that_is_none_is_refused(form: dict) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Shot.from_json(form)


def test_pictures_lie_in_folders_by_day() -> None:
    assert picture_path('crop', 7, 123, 20_000 * DAY_NS) == '2024-10-04/7-123-crop.jpg'
