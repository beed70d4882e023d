"""One number says what a face is worth."""
from hypothesis import given, strategies as st
import numpy as np
import pytest

from smartcam_bridge.domain.face_quality import face_quality

NAN = float('nan')


def quality(px=112.0, size=NAN, sharpness=NAN, pose=NAN, score=NAN):
    return float(face_quality(np.array([px]), np.array([[size, sharpness, pose]]),
                              np.array([score]))[0])


@pytest.mark.parametrize('given_, expected', [
    ({}, 1), ({'px': 28}, 0.5), ({'px': 500}, 1), ({'size': 0.25}, 0.5),
    ({'px': 28, 'size': 1}, 0.5), ({'px': 56, 'size': 0.25}, 0.5), ({'sharpness': 0.25}, 0.5),
    ({'pose': 0.25}, 0.5), ({'score': 0.25}, 0.5), ({'pose': 0.5, 'score': 0.5}, 0.5),
    ({'pose': 0}, 0), ({'px': 0}, 0), ({'score': 7}, 1), ({'score': -7}, 0)])
def test_formula(given_, expected):
    assert quality(**given_) == pytest.approx(expected)


part = st.one_of(st.just(NAN), st.floats(0, 1))


@given(st.floats(1, 1000), part, part, part, part)
def test_it_is_a_share_and_what_is_not_told_counts_as_perfect(px, size, sharpness, pose, score):
    found = quality(px, size, sharpness, pose, score)
    assert 0 <= found <= 1
    assert found <= quality(px) + 1e-12
    assert found == quality(px, *[1.0 if value != value else value
                                  for value in (size, sharpness, pose, score)])


@given(st.floats(1, 1000), part, part, part, part, st.floats(0, 1))
def test_a_face_that_is_worse_in_one_is_not_better(px, size, sharpness, pose, score, less):
    best = quality(px, size, sharpness, pose, score)
    for name, value in (('sharpness', sharpness), ('pose', pose), ('score', score),
                        ('size', size)):
        worse = {'size': size, 'sharpness': sharpness, 'pose': pose, 'score': score,
                 name: less if value != value else less * value}
        assert quality(px, **worse) <= best + 1e-12
    assert quality(px * less, size, sharpness, pose, score) <= best + 1e-12
