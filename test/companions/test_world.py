import math

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from smartcam_bridge.companions.route import Drive, drive
from smartcam_bridge.companions.world import focal_px, mount_rad, View, World

WIDTH, HEIGHT = 640, 480


def view(*, objects=30, seed=1, mount=0.0):
    return View(World(seed=seed, objects=objects), mount, WIDTH, HEIGHT,
                np.random.default_rng(seed))


def test_objects_move_evenly_and_stay_in_the_world():
    world = World(seed=3, objects=50)
    times = np.arange(0, 200, 0.1)
    places = np.array([world.at(t)[0] for t in times])
    speeds = np.linalg.norm(world.at(0)[1], axis=1)
    assert np.abs(places).max() <= 12
    steps = np.linalg.norm(np.diff(places, axis=0), axis=2) / 0.1
    assert (steps <= speeds + 1e-9).all() and (speeds > 0.2).all()
    for t in times[::50]:
        here, velocities = world.at(t)
        after, again = world.at(t + 1e-4)
        same = (velocities == again).all(axis=1)
        assert (after - here)[same] == pytest.approx((velocities * 1e-4)[same], abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(['front', 'left', 'rear', 'right']))
def test_what_is_seen_lies_where_the_pinhole_camera_has_it(seed, camera):
    seeing = view(seed=seed, mount=mount_rad(camera, 0))
    for step in range(0, 60, 5):
        robot = drive(step)
        moment = seeing.look(step, step, robot)
        turns = {'front': 0, 'left': 1, 'rear': 2, 'right': -1}[camera]
        yaw = robot.yaw + turns * math.pi / 2
        for spot, whole, corners in zip(moment.spots, moment.places, moment.corners):
            # The other way round: from the middle of the feet back to the ground.
            depth = focal_px(WIDTH) * 1.2 / (whole[3] - HEIGHT / 2)
            left = (WIDTH / 2 - (whole[0] + whole[2]) / 2) * depth / focal_px(WIDTH)
            assert spot == pytest.approx(
                (robot.x + depth * math.cos(yaw) - left * math.sin(yaw),
                 robot.y + depth * math.sin(yaw) + left * math.cos(yaw)))
            assert 1.5 < depth < 14
            assert corners == pytest.approx(np.clip(whole, 0, (WIDTH, HEIGHT) * 2))
            assert (corners[2:] - corners[:2] >= 8).all()


def test_an_object_keeps_its_id_in_view_and_gets_a_new_one_when_it_comes_back():
    seeing, last, seen = view(objects=40), {}, {}
    for step in range(2000):
        moment = seeing.look(step, step / 10, drive(step / 10))
        assert len(set(moment.ids)) == len(moment.ids) == len(set(moment.objects))
        for name, one in zip(moment.objects, moment.ids):
            if last.get(name, (step, ''))[0] == step - 1:
                assert last[name][1] == one
            else:
                assert one not in seen
            seen[one] = name
            last[name] = step, one
    assert len(seen) > 2 * len(set(seen.values()))
    assert len(seeing._in_view) == len(moment.ids)


def test_the_picture_shifts_when_the_robot_turns_left():
    seeing = view()
    before = seeing.look(0, 0.0, Drive(0, 0, 0))
    after = seeing.look(1, 0.0, Drive(0, 0, 0.05))
    both = set(before.ids) & set(after.ids)
    assert both
    for one in both:
        shift = (after.places[after.ids.index(one)] - before.places[before.ids.index(one)])[[0, 2]]
        assert (shift > 10).all()
    assert after.heading_px - before.heading_px == pytest.approx(-0.05 * focal_px(WIDTH))


def test_cameras_look_all_around():
    assert [mount_rad(name, 9) for name in ('front', 'left', 'rear', 'right')] == pytest.approx(
        [0, math.pi / 2, math.pi, 3 * math.pi / 2])
    assert mount_rad('porch', 1) == pytest.approx(math.pi / 2)


def test_nobody_is_seen_in_an_empty_world():
    moment = view(objects=0).look(0, 0.0, drive(0))
    assert moment.ids == () and moment.corners.shape == (0, 4) and moment.spots.shape == (0, 2)
