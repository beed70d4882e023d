from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from smartcam_bridge.companions.overlap import overlaps
from smartcam_bridge.companions.scene import KINDS, MIN_OBSERVATIONS, Scene

ARGUMENTS = st.fixed_dictionaries({
    'seed': st.integers(0, 2**32), 'objects': st.integers(0, 30),
    'width': st.integers(64, 4000), 'height': st.integers(64, 3000),
    'rate_hz': st.sampled_from([0.5, 1.0, 5.0, 29.97, 100.0])})


def moments(count: int, **arguments):
    scene = Scene(**arguments)
    return [scene.advance() for _ in range(count)]


def seen_steps(seen):
    steps = {}
    for moment in seen:
        for track_id in moment.ids:
            steps.setdefault(track_id, []).append(moment.step)
    return steps


@settings(max_examples=40, deadline=None)
@given(ARGUMENTS)
def test_every_step_shows_all_objects_inside_the_frame(arguments):
    for step, moment in enumerate(moments(40, **arguments)):
        assert moment.step == step
        assert moment.corners.shape == (arguments['objects'], 4)
        assert len(set(moment.ids)) == arguments['objects']
        x1, y1, x2, y2 = moment.corners.T
        assert (x1 >= 0).all() and (x2 <= arguments['width']).all() and (x1 < x2).all()
        assert (y1 >= 0).all() and (y2 <= arguments['height']).all() and (y1 < y2).all()
        assert ((moment.scores >= 0.3) & (moment.scores <= 0.99)).all()
        assert set(moment.labels) <= {kind.label for kind in KINDS}


@settings(max_examples=30, deadline=None)
@given(ARGUMENTS, st.integers(MIN_OBSERVATIONS, 150))
def test_every_track_is_unbroken_and_seen_often_enough(arguments, count):
    seen = moments(count, **arguments, steps=count)
    for steps in seen_steps(seen).values():
        assert steps == list(range(steps[0], steps[-1] + 1))
        assert len(steps) >= MIN_OBSERVATIONS


def test_the_same_seed_gives_the_same_scene_and_another_one_another():
    arguments = {'objects': 5, 'width': 640, 'height': 480, 'rate_hz': 30.0}
    first, again, other = (moments(50, seed=seed, **arguments) for seed in (7, 7, 8))
    assert all((a.corners == b.corners).all() and a.ids == b.ids and (a.scores == b.scores).all()
               for a, b in zip(first, again))
    assert not all((a.corners == b.corners).all() for a, b in zip(first, other))


def test_objects_leave_at_the_edge_and_are_replaced_by_new_ids_within_a_minute():
    seen = moments(1800, seed=1, objects=10, width=960, height=540, rate_hz=30.0, steps=1800)
    steps = seen_steps(seen)
    gone = [track for track, when in steps.items() if when[-1] < 1799 - MIN_OBSERVATIONS]
    assert len(gone) > 20
    for track in gone:
        moment = seen[steps[track][-1]]
        x1, _, x2, _ = moment.corners[moment.ids.index(track)]
        assert x1 == 0 or x2 == 960


def test_nobody_enters_where_another_has_just_left():
    seen = moments(3000, seed=2, objects=10, width=960, height=540, rate_hz=30.0)
    left = []
    for before, after in zip(seen, seen[1:]):
        boxes = dict(zip(before.ids, before.corners))
        left += [(after.step, boxes[one]) for one in set(before.ids) - set(after.ids)]
        left = [(step, box) for step, box in left if after.step - step < 60]
        for one, box in zip(after.ids, after.corners):
            if one not in boxes:
                assert (overlaps(box[None], np.array([box for _, box in left])) < 0.2).all()


def test_objects_move_smoothly():
    seen = moments(600, seed=3, objects=10, width=1280, height=720, rate_hz=30.0)
    for before, after in zip(seen, seen[1:]):
        for i, track in enumerate(before.ids):
            if track in after.ids:
                step = np.abs(after.corners[after.ids.index(track)] - before.corners[i])
                assert step.max() < 30


@pytest.mark.parametrize('left', range(MIN_OBSERVATIONS))
def test_nobody_enters_just_before_the_end(left):
    arguments = {'seed': 5, 'objects': 12, 'width': 320, 'height': 240, 'rate_hz': 30.0}
    endless = moments(400, **arguments)
    change = next(m.step for m in endless if m.step > 100 and m.ids[-1] not in
                  endless[m.step - 1].ids)
    ended = moments(change + left, **arguments, steps=change + left)
    last = ended[-1]
    assert set(last.ids) <= set(endless[change - 1].ids)
