import dataclasses

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from smartcam_bridge.companions.detector import Detector, Faults, pillars
from smartcam_bridge.companions.scene import Figure, KINDS, Moment, Scene

SIZE = {'width': 1000, 'height': 500}
EVERYTHING = Faults(occlusion=True, pillars=2, miss_rate=0.2, false_rate=2.0, mislabel_rate=0.1,
                    jitter=0.05)


def moment_of(*corners):
    """Return a moment with people in these boxes, the last one in front."""
    boxes = np.array(corners, float)
    count = len(boxes)
    figures = tuple(Figure(str(i), KINDS[0], 1, 1, True, 0.5, 0, boxes, boxes, np.ones(1))
                    for i in range(count))
    return Moment(0, figures, boxes, boxes, np.arange(count), np.full(count, 0.8),
                  ('person',) * count, tuple(map(str, range(count))))


def detected(faults, *corners):
    """Return (box, score) by id of what is detected."""
    seen = Detector(seed=1, faults=faults, **SIZE).detect(moment_of(*corners))
    return {name: (box, score) for name, box, score in zip(
        seen.ids, seen.corners.tolist(), seen.scores.tolist())}


def moments(count):
    scene = Scene(seed=1, objects=10, rate_hz=10.0, **SIZE)
    return [scene.advance() for _ in range(count)]


def test_without_faults_everything_is_detected_exactly():
    detector = Detector(seed=1, faults=Faults(), **SIZE)
    for moment in moments(50):
        seen = detector.detect(moment)
        order = [moment.ids.index(name) for name in seen.ids]
        assert sorted(order) == list(range(10))
        assert (seen.corners == moment.corners[order]).all()
        assert seen.scores == pytest.approx(moment.scores[order])
        assert seen.labels == tuple(moment.labels[i] for i in order)


def test_who_stands_behind_another_is_cut_and_fainter():
    seen = detected(Faults(occlusion=True), (100, 100, 200, 300), (150, 50, 300, 350))
    assert seen['1'] == ([150, 50, 300, 350], pytest.approx(0.8))
    box, score = seen['0']
    assert box == [100, 100, 150, 300]
    assert 0.4 < score < 0.6
    assert detected(Faults(), (100, 100, 200, 300), (150, 50, 300, 350))['0'][1] == 0.8


def test_who_is_hidden_is_not_detected():
    assert set(detected(Faults(occlusion=True), (100, 100, 200, 300), (50, 50, 300, 350))) == {'1'}
    assert set(detected(Faults(occlusion=True), (50, 50, 300, 350), (100, 100, 200, 300))) == {
        '0', '1'}


def test_a_pillar_hides_what_is_behind_it():
    (left, right), = pillars(1, SIZE['width'])
    assert (left, right) == (475, 525)
    assert detected(Faults(pillars=1), (480, 100, 520, 300)) == {}
    box, _ = detected(Faults(pillars=1), (425, 100, 525, 300))['0']
    assert box == [425, 100, 475, 300]


def test_no_fault_is_more_or_less_often_than_asked_for():
    seen = moments(400)
    total = sum(len(moment.ids) for moment in seen)

    def detect(**faults):
        detector = Detector(seed=2, faults=Faults(**faults), **SIZE)
        return [detector.detect(moment) for moment in seen]

    missed = detect(miss_rate=0.2)
    gone = total - sum(len(one.ids) for one in missed)
    faint = sum((one.scores < 0.4).sum() for one in missed)
    assert 0.08 < gone / total < 0.12 and 0.08 < faint / total < 0.12
    false = sum(one.ids.count('') for one in detect(false_rate=2.0))
    assert 1.7 < false / len(seen) < 2.3
    wrong = sum(label != moment.labels[moment.ids.index(name)]
                for moment, one in zip(seen, detect(mislabel_rate=0.1))
                for name, label in zip(one.ids, one.labels))
    assert 0.08 < wrong / total < 0.12


def test_jitter_is_in_sizes_of_the_box():
    detector = Detector(seed=3, faults=Faults(jitter=0.05), **SIZE)
    one = moment_of((400, 200, 500, 400))
    off = np.array([detector.detect(one).corners[0] for _ in range(500)]) - one.corners
    assert off.mean(axis=0) == pytest.approx(0, abs=2)
    assert off.std(axis=0) == pytest.approx([5, 10, 5, 10], rel=0.15)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 12))
def test_what_is_detected_lies_in_the_frame_and_depends_on_the_seed_alone(seed, objects):
    scene = Scene(seed=seed, objects=objects, rate_hz=5.0, **SIZE)
    one, again, other = (Detector(seed=s, faults=EVERYTHING, **SIZE)
                         for s in (seed, seed, seed + 1))
    same = []
    for _ in range(30):
        moment = scene.advance()
        seen, repeated = one.detect(moment), again.detect(moment)
        assert (seen.corners == repeated.corners).all() and seen.labels == repeated.labels
        same.append(np.array_equal(seen.corners, other.detect(moment).corners))
        assert (seen.corners[:, 2:] > seen.corners[:, :2]).all()
        assert (seen.corners >= 0).all() and (seen.corners <= [1000, 500] * 2).all()
        assert ((seen.scores >= 0) & (seen.scores <= 0.99)).all()
        told = [name for name in seen.ids if name]
        assert len(set(told)) == len(told) and set(told) <= set(moment.ids)
    assert not all(same)


def test_the_moment_itself_is_left_as_it_is():
    moment = moments(1)[0]
    before = dataclasses.replace(moment, corners=moment.corners.copy())
    Detector(seed=1, faults=EVERYTHING, **SIZE).detect(moment)
    assert (moment.corners == before.corners).all()
