"""The few best faces of a track: best, and not four times the same."""
from itertools import combinations

from face_builders import probe
from hypothesis import given, strategies as st
import numpy as np

from smartcam_bridge.domain.best_faces import BestFaces, FACES_MAX


def face(angle, quality=0.5):
    return probe(1, [np.cos(angle), np.sin(angle)], quality=quality)


def test_faces_fill_the_slots_and_better_ones_replace_the_worst():
    best = BestFaces()
    assert [best.offer(face(i, 0.3 + i / 10), {}) for i in range(FACES_MAX)] == [0, 1, 2, 3]
    assert best.offer(face(5, 0.34), {}) is None        # no clear gain
    assert best.offer(face(5, 0.36), {}) == 0


def test_of_copies_the_clearly_better_one_is_kept():
    best = BestFaces()
    assert best.offer(face(0, 0.5), {}) == 0
    assert best.offer(face(0.1, 0.5), {}) is None
    assert best.offer(face(0.1, 0.56), {}) == 0
    assert len(best.kept) == 1


@given(st.lists(st.tuples(st.floats(0, 6.3), st.floats(0, 1)), max_size=60))
def test_no_two_are_copies_and_a_slot_only_gets_better(faces):
    best, qualities = BestFaces(), {}
    for angle, quality in faces:
        slot = best.offer(face(angle, quality), {})
        if slot is not None:
            assert quality >= qualities.get(slot, -1) + 0.049
            qualities[slot] = quality
    vectors = [kept.vector for kept, _ in best.kept]
    assert len(vectors) <= FACES_MAX
    assert all(one @ two < 0.9 for one, two in combinations(vectors, 2))
