from hypothesis import given, strategies as st
import numpy as np
import pytest

from smartcam_bridge.companions.overlap import overlaps, OverlapTracker


def boxes(*rows):
    return np.array(rows, float).reshape(-1, 4)


@pytest.mark.parametrize('a, b, rate', [
    ((0, 0, 2, 2), (0, 0, 2, 2), 1.0),
    ((0, 0, 2, 2), (1, 0, 3, 2), 1 / 3),
    ((0, 0, 2, 2), (2, 0, 4, 2), 0.0),
    ((0, 0, 4, 4), (1, 1, 3, 3), 0.25),
    ((1, 1, 1, 1), (1, 1, 1, 1), 0.0),
])
def test_overlaps(a, b, rate):
    assert overlaps(boxes(a), boxes(b)) == pytest.approx(rate)
    assert overlaps(boxes(b), boxes(a)) == pytest.approx(rate)


def test_a_box_keeps_its_id_while_it_moves():
    tracker = OverlapTracker()
    ids = {tracker.advance(boxes((x, 0, x + 10, 10), (100 - x, 50, 110 - x, 60)))
           for x in range(0, 60, 3)}
    assert ids == {('1', '2')}


def test_the_best_overlap_wins():
    tracker = OverlapTracker()
    assert tracker.advance(boxes((0, 0, 10, 10))) == ('1',)
    assert tracker.advance(boxes((4, 0, 14, 10), (1, 0, 11, 10))) == ('2', '1')


def test_a_short_absence_is_forgiven_and_a_long_one_is_not():
    tracker = OverlapTracker()
    tracker.advance(boxes((0, 0, 10, 10)))
    for _ in range(12):
        assert tracker.advance(boxes()) == ()
    assert tracker.advance(boxes((1, 0, 11, 10))) == ('1',)
    for _ in range(13):
        tracker.advance(boxes())
    assert tracker.advance(boxes((1, 0, 11, 10))) == ('2',)


BOX = st.tuples(*[st.integers(0, 50)] * 2, *[st.integers(1, 20)] * 2).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3]))


@given(st.lists(st.lists(BOX, max_size=8), max_size=12))
def test_ids_are_unique_in_a_picture_and_grow(pictures):
    tracker, highest = OverlapTracker(), 0
    for picture in pictures:
        numbers = [int(number) for number in tracker.advance(boxes(*picture))]
        assert len(set(numbers)) == len(picture)
        new = [number for number in numbers if number > highest]
        assert sorted(new) == list(range(highest + 1, highest + 1 + len(new)))
        highest += len(new)
