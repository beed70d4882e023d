"""What may be compared, and why the rest may not."""
from dataclasses import replace
import json

from face_builders import embeddings, faces, no_faces, seen, SIZE
from hypothesis import given, strategies as st
import numpy as np
import pytest

from smartcam_bridge.domain.containment import TrackBoxes
from smartcam_bridge.domain.face_check import checked, Source
from smartcam_bridge.domain.face_models import FaceModel
from smartcam_bridge.domain.face_rules import FaceRules
from smartcam_bridge.domain.face_tally import FaceTally
from smartcam_bridge.domain.times import NS

MODEL = FaceModel('own', 0.4)
SOURCE = Source(1, SIZE, MODEL, 8)
NAN, INF = float('nan'), float('inf')
EVERYBODY = [(10 + i, str(i), i / 8, 0.0, (i + 1) / 8, 1.0) for i in range(8)]


def check(faces_, embeddings_, source=SOURCE, rules=FaceRules(), tracks=EVERYBODY):
    tally = FaceTally()
    boxes = TrackBoxes(tally)
    boxes.see(seen(NS, *tracks))
    return checked(faces_, embeddings_, source, rules, boxes, tally), tally


def face_at(column, side=70, cy=50):
    """Place a face in the middle of the box of a column."""
    return 40 + 80 * column, cy, side


def test_a_probe_is_what_the_messages_said():
    probes, tally = check(faces(NS, face_at(2), quality=[0.9, 0.8, 0.5], score=0.7),
                          embeddings(vectors=[[3, 0, 0, 0, 0, 0, 4, 0]]))
    probe, = probes
    assert (probe.camera_id, probe.track_id, probe.stamp_ns, probe.model) == (1, 12, NS, 'own')
    assert probe.vector == pytest.approx([0.6, 0, 0, 0, 0, 0, 0.8, 0])
    assert probe.vector.dtype == np.float32
    assert probe.box == pytest.approx((165 / 640, 15 / 480, 235 / 640, 85 / 480))
    assert (probe.face_px, probe.score) == pytest.approx((70, 0.7))
    assert (probe.sharpness, probe.pose) == pytest.approx((0.8, 0.5))
    assert probe.quality == pytest.approx((70 / 112 * 0.8 * 0.5 * 0.7) ** 0.5)
    assert tally.compared == 1


def test_what_was_not_told_counts_as_perfect():
    probe, = check(faces(NS, face_at(2), score=NAN), embeddings())[0]
    assert (probe.score, probe.sharpness, probe.pose) == (1, 1, 1)


@pytest.mark.parametrize('vector, reason', [
    ([NAN] * 8, 'not_finite'), ([1, INF, 0, 0, 0, 0, 0, 0], 'not_finite'),
    ([0] * 8, 'no_length'), ([1e-12] * 8, 'no_length')])
def test_one_bad_row_takes_no_other_with_it(vector, reason):
    rows = np.ones((3, 8))
    rows[1] = vector
    probes, tally = check(faces(NS, *map(face_at, range(3))), embeddings(vectors=rows))
    assert [probe.track_id for probe in probes] == [10, 12]
    assert (getattr(tally, reason), tally.compared) == (1, 2)


def test_values_at_the_end_of_float32_have_a_length():
    rows = np.full((2, 8), 3e38, np.float32)
    rows[1] = 1e-8
    probes, _ = check(faces(NS, face_at(0), face_at(1)), embeddings(vectors=rows))
    for probe in probes:
        assert np.linalg.norm(probe.vector) == pytest.approx(1)
    assert len(probes) == 2


@pytest.mark.parametrize('face, reason', [
    (face_at(1, side=31), 'too_small'), ((400, -100, 70), 'no_box'), ((120, 50, 0), 'no_box'),
    ((120, 50, NAN), 'no_box'), ((120, 50, INF), 'no_box'), ((120, 300, 70), 'trackless'),
    ((118, 1, 70), 'compared')])    # the frame's edge cuts it
def test_a_face_is_refused_with_its_reason(face, reason):
    probes, tally = check(faces(NS, face_at(4), face), embeddings(count=2))
    assert probes[0].track_id == 14
    assert getattr(tally, reason) == 1 + (reason == 'compared')


def test_poor_faces_are_refused():
    told = [[1, 1, 1], [1, 0.1, 0.1]]
    probes, tally = check(faces(NS, face_at(0), face_at(1), quality=told), embeddings(count=2))
    assert [probe.track_id for probe in probes] == [10]
    assert tally.too_poor == 1
    assert len(check(faces(NS, face_at(0), face_at(1), quality=told), embeddings(count=2),
                     rules=FaceRules(min_quality=0.01))[0]) == 2


@pytest.mark.parametrize('source, reason', [
    (replace(SOURCE, model=None), 'unknown_model'), (replace(SOURCE, dimension=9),
                                                     'wrong_dimension'),
    (replace(SOURCE, size=(0, 0)), 'no_box')])
def test_a_whole_message_may_be_refused(source, reason):
    probes, tally = check(faces(NS, *map(face_at, range(3))), embeddings(count=3), source)
    assert probes == []
    assert getattr(tally, reason) == 3
    assert len(tally.problems()) == 1


def test_a_model_whose_dimension_is_not_known_takes_any():
    assert len(check(faces(NS, face_at(0)), embeddings(dimension=77),
                     replace(SOURCE, dimension=0))[0]) == 1


def test_rows_without_numbers_are_refused():
    probes, tally = check(faces(NS, face_at(0)), embeddings(dimension=0),
                          replace(SOURCE, dimension=0))
    assert (probes, tally.wrong_dimension) == ([], 1)


def test_no_faces_are_no_problem():
    probes, tally = check(no_faces(NS), embeddings(count=0))
    assert (probes, tally) == ([], FaceTally())


def test_a_face_that_is_too_poor_still_owns_its_box():
    anna = [(7, 'a', 0.1, 0.1, 0.4, 1.0)]
    told = [[1, 0, 1], [1, 1, 1]]       # hers is blurred; somebody looks over her shoulder
    probes, tally = check(faces(NS, (160, 90, 60), (90, 85, 40), quality=told),
                          embeddings(count=2), tracks=anna)
    assert probes == []
    assert (tally.too_poor, tally.torn) == (1, 1)


value = st.one_of(st.floats(-50, 700), st.sampled_from([NAN, INF, -INF]))
number = st.sampled_from([0.0, 1.0, -2.0, 1e-30, 3e38, NAN, INF])


@given(st.lists(st.tuples(value, value, value), min_size=1, max_size=6), st.data())
def test_every_row_is_compared_or_counted_once_and_what_is_compared_is_sound(boxes, data):
    rows = data.draw(st.lists(st.lists(number, min_size=8, max_size=8), min_size=len(boxes),
                              max_size=len(boxes)))
    told = data.draw(st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0, NAN]), min_size=3,
                                       max_size=3), min_size=len(boxes), max_size=len(boxes)))
    probes, tally = check(faces(NS, *boxes, quality=told), embeddings(vectors=rows))
    assert sum(tally.as_json().values()) == len(boxes)
    json.dumps(tally.as_json())
    assert tally.compared == len(probes)
    for probe in probes:
        assert np.linalg.norm(probe.vector) == pytest.approx(1, abs=1e-5)
        assert probe.face_px >= 32 and 0.2 <= probe.quality <= 1
        assert 0 <= min(probe.box) and max(probe.box) <= 1
