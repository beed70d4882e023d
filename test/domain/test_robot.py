"""Poses are interpolated to the stamp; moving and standing still are told apart."""
import math

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from smartcam_bridge.domain.robot import (
    KEPT_MAX, KEPT_NS, MotionRules, Robot, Suspension, wrapped, yaw_of)
from smartcam_bridge.domain.times import NS

RULES = MotionRules(speed_m_s=0.05, turn_rad_s=0.05, settle_s=1.0, pose_age_max_s=1.0)
START_NS = 1_800_000_000 * NS


def drive(robot: Robot, *legs: tuple[float, float, float], rate_hz: float = 50.0,
          start_ns: int = START_NS) -> list[Suspension]:
    """Drive legs of (seconds, m/s, rad/s); return what began and ended."""
    told, x, y, yaw, stamp_ns = [], 0.0, 0.0, 0.0, start_ns
    for seconds, speed, turn in legs:
        for _ in range(round(seconds * rate_hz)):
            yaw += turn / rate_hz
            x, y = x + speed / rate_hz * math.cos(yaw), y + speed / rate_hz * math.sin(yaw)
            stamp_ns += round(NS / rate_hz)
            suspension = robot.observe(stamp_ns, 'map', x, y, wrapped(yaw), RULES)
            told += [suspension] if suspension else []
    return told


@pytest.mark.parametrize('rate_hz', [2.0, 10.0, 50.0])
def test_a_drive_is_one_suspension(rate_hz: float) -> None:
    robot = Robot()
    told = drive(robot, (3, 0, 0), (4, 0.5, 0), (3, 0, 0), rate_hz=rate_hz)
    begun, ended = told
    assert begun.reason == 'driving' and begun.end_ns is None
    assert begun.begin_ns / NS == pytest.approx(START_NS / NS + 3, abs=0.6)
    assert ended.begin_ns == begun.begin_ns
    assert ended.end_ns / NS == pytest.approx(START_NS / NS + 8, abs=1.1)
    assert not robot.moves


def test_a_stop_shorter_than_the_settling_does_not_end_it() -> None:
    told = drive(Robot(), (1, 0, 0), (2, 0.5, 0), (0.5, 0, 0), (2, 0.5, 0), (3, 0, 0))
    assert len(told) == 2


def test_turning_on_the_spot_is_moving() -> None:
    begun, _ = drive(Robot(), (1, 0, 0), (2, 0, 0.6), (3, 0, 0))
    assert begun.reason == 'turning'


def test_slower_than_the_limits_is_standing_still() -> None:
    assert drive(Robot(), (5, 0.03, 0.03)) == []


def test_turning_through_half_a_circle_is_no_leap() -> None:
    robot = Robot()
    robot.observe(START_NS, 'map', 0, 0, math.pi - 0.01, RULES)
    robot.observe(START_NS + NS, 'map', 0, 0, -math.pi + 0.01, RULES)
    assert abs(robot.pose_at(START_NS + NS // 2, 1.0).yaw) == pytest.approx(math.pi)
    assert not robot.moves


@given(st.integers(0, 2 * NS), st.floats(-3, 3), st.floats(-3, 3), st.floats(-1.5, 1.5))
def test_a_pose_lies_on_the_line_between_its_neighbours(at_ns: int, x: float, y: float,
                                                        yaw: float) -> None:
    robot = Robot()
    for step in range(3):
        robot.observe(START_NS + step * NS, 'odom', step * x, step * y, wrapped(step * yaw), RULES)
    pose = robot.pose_at(START_NS + at_ns, 1.0)
    share = at_ns / NS
    assert (pose.frame, pose.x, pose.y) == ('odom', pytest.approx(share * x, abs=1e-9),
                                            pytest.approx(share * y, abs=1e-9))
    assert abs(wrapped(pose.yaw - share * yaw)) < 1e-9
    assert pose.age_s == pytest.approx(min(share % 1, 1 - share % 1), abs=1e-9)


def test_a_pose_too_far_in_time_is_none() -> None:
    robot = Robot()
    assert robot.pose_at(START_NS, 1.0) is None
    robot.observe(START_NS, 'map', 1, 2, 0, RULES)
    assert robot.pose_at(START_NS + NS, 1.0).age_s == 1.0
    assert robot.pose_at(START_NS + NS + 1000, 1.0) is None
    assert robot.pose_at(START_NS - 2 * NS, 1.0) is None


def test_what_is_no_pose_is_counted_and_left_out() -> None:
    robot = Robot()
    robot.observe(START_NS, 'map', 1, 2, 0, RULES)
    for x, yaw, stamp_ns in ((math.nan, 0, START_NS + 1), (0, math.inf, START_NS + 1),
                             (0, yaw_of(0, 0, 0, 0), START_NS + 1), (0, 0, 0)):
        assert robot.observe(stamp_ns, 'map', x, 0, yaw, RULES) is None
    robot.observe(START_NS - NS, 'map', 5, 5, 0, RULES)
    robot.observe(START_NS, 'map', 5, 5, 0, RULES)
    assert (robot.invalid, robot.late) == (4, 2)
    assert robot.pose_at(START_NS, 1.0).x == 1


def test_another_frame_or_a_looped_bag_begins_anew() -> None:
    robot = Robot()
    drive(robot, (2, 0.5, 0))
    assert robot.moves
    ended = robot.observe(START_NS + 3 * NS, 'odom', 0, 0, 0, RULES)
    assert ended.end_ns == START_NS + 2 * NS and not robot.moves
    assert robot.pose_at(START_NS + NS, 10.0).frame == 'odom'
    drive(robot, (2, 0.5, 0), start_ns=START_NS + 5 * NS)
    assert robot.observe(START_NS - 60 * NS, 'map', 9, 9, 0, RULES).end_ns is not None
    assert robot.newest_ns == START_NS - 60 * NS


def test_memory_is_bounded() -> None:
    robot = Robot()
    for step in range(5 * KEPT_MAX):
        robot.observe(START_NS + step * NS // 1000, 'map', 0, 0, 0, RULES)
    assert len(robot._route.stamps) <= 2 * KEPT_MAX
    robot = Robot()
    for step in range(1000):
        robot.observe(START_NS + step * NS, 'map', step, 0, 0, RULES)
    assert robot.newest_ns - robot._route.stamps[0] <= 2 * KEPT_NS


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(-5 * NS, 5 * NS), st.floats(), st.floats(), st.floats(),
                          st.sampled_from(['map', 'odom'])), max_size=60))
def test_whatever_comes_suspensions_end_once_and_after_they_began(
        poses: list[tuple[int, float, float, float, str]]) -> None:
    robot, running, stamp_ns = Robot(), None, START_NS
    for step_ns, x, y, yaw, frame in poses:
        stamp_ns += step_ns
        told = robot.observe(stamp_ns, frame, x, y, yaw, RULES)
        if told is not None and told.end_ns is None:
            assert running is None
            running = told
        elif told is not None:
            assert told.begin_ns == running.begin_ns and told.end_ns >= told.begin_ns
            running = None
        assert robot.moves == (running is not None)
    ended = robot.close()
    assert (ended is not None) == (running is not None)


@pytest.mark.parametrize('yaw', [-3.1, -1.0, 0.0, 0.5, 3.0])
@pytest.mark.parametrize('scale', [1.0, 0.99, 1.5])
def test_a_quaternion_turns_about_the_vertical(yaw: float, scale: float) -> None:
    z, w = scale * math.sin(yaw / 2), scale * math.cos(yaw / 2)
    assert yaw_of(0, 0, z, w) == pytest.approx(yaw)
