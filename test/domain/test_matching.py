from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from smartcam_bridge.domain.matching import centred, overlaps, pairs


def boxes(*corners):
    return centred(np.array(corners, float).reshape(-1, 4))


def test_centred():
    assert boxes((1, 2, 5, 4)).T.tolist() == [[3, 3, 4, 2]]
    assert boxes().shape == (4, 0)


@pytest.mark.parametrize('a, b, rate', [
    ((0, 0, 2, 2), (0, 0, 2, 2), 1.0),
    ((0, 0, 2, 2), (1, 0, 3, 2), 1 / 3),
    ((0, 0, 2, 2), (2, 0, 4, 2), 0.0),
    ((0, 0, 2, 2), (9, 9, 10, 10), 0.0),
    ((0, 0, 4, 4), (1, 1, 3, 3), 0.25),
    ((1, 1, 1, 1), (1, 1, 1, 1), 0.0),
])
def test_overlaps(a, b, rate):
    assert overlaps(boxes(a), boxes(b)) == pytest.approx(rate)
    assert overlaps(boxes(b), boxes(a)) == pytest.approx(rate)


def test_a_margin_lets_both_grow_by_the_size_of_the_track():
    grown = overlaps(boxes((0, 0, 2, 4)), boxes((3, 0, 4, 4)), np.array([0.5]))
    assert grown == pytest.approx(overlaps(boxes((-1, -2, 3, 6)), boxes((2, -2, 5, 6))))


def test_pairs_takes_the_most_alike_first():
    assert pairs(np.array([[0.6, 0.9], [0.1, 0.8]]), 0.1) == ([0, 1], [1, 0])
    assert pairs(np.array([[0.6, 0.9], [0.1, 0.8]]), 0.2) == ([0], [1])
    assert pairs(np.empty((0, 3)), 0.2) == ([], [])


@settings(deadline=None)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 2**32), st.floats(0, 1))
def test_pairs_are_one_to_one_and_leave_nothing_that_fits(rows, columns, seed, least):
    likeness = np.random.default_rng(seed).random((rows, columns))
    mine, theirs = pairs(likeness, least)
    assert len(set(mine)) == len(mine) == len(theirs) == len(set(theirs))
    assert all(likeness[row, column] >= least for row, column in zip(mine, theirs))
    left = np.delete(np.delete(likeness, mine, 0), theirs, 1)
    assert not (left >= least).any()
