"""Tracks and events know where the robot was."""
import numpy as np
import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import EndReason, PATH_POINT, TrackState
from smartcam_bridge.domain.pipeline import Outcome
from smartcam_bridge.domain.robot import MotionRules
from smartcam_bridge.domain.times import NS
from smartcam_bridge.domain.whereabouts import Whereabouts

START_NS = 1_800_000_000 * NS


@pytest.fixture
def robot() -> Whereabouts:
    """Return a robot that drove 1 m/s along x for ten seconds."""
    made = Whereabouts(lambda: MotionRules(0.05, 0.05, 1.0, 1.0))
    for step in range(11):
        made.observe(START_NS + step * NS, 'map', float(step), 0.0, 0.0)
    return made


def track(id_: int, last_s: float, end: EndReason | None = None) -> TrackState:
    """Return a track that began at 2.5 s."""
    return TrackState(id_, 1, str(id_), 1, START_NS + int(2.5 * NS), START_NS + int(last_s * NS),
                      5, 0.9, 0.8, 0.7, np.zeros(1, PATH_POINT), end)


def test_a_track_knows_where_it_began_and_ended(robot: Whereabouts) -> None:
    outcome = Outcome(tracks=[track(1, 3)])
    robot.place(outcome)
    assert [(moment, pose.x) for moment, pose in outcome.tracks[0].poses] == [('start', 2.5)]
    outcome = Outcome(tracks=[track(1, 7.25, EndReason.LEFT)])
    robot.place(outcome)
    assert [(moment, pose.x) for moment, pose in outcome.tracks[0].poses] == [
        ('start', 2.5), ('end', 7.25)]


def test_the_start_is_kept_longer_than_poses_are(robot: Whereabouts) -> None:
    robot.place(Outcome(tracks=[track(1, 3)]))
    for step in range(11, 400):
        robot.observe(START_NS + step * NS, 'map', float(step), 0.0, 0.0)
    outcome = Outcome(tracks=[track(1, 350, EndReason.LEFT)])
    robot.place(outcome)
    assert [pose.x for _, pose in outcome.tracks[0].poses] == [2.5, 350]
    assert not robot._starts


def test_events_know_the_place(robot: Whereabouts) -> None:
    outcome = Outcome(events=[Event('zone_entered', 'front', START_NS + 4 * NS, {}),
                              Event('zone_exited', 'front', START_NS + 40 * NS, {})])
    robot.place(outcome)
    assert [event.pose and event.pose.x for event in outcome.events] == [4.0, None]
    assert outcome.events[0].as_json()['pose'] == {
        'frame': 'map', 'x': 4.0, 'y': 0.0, 'yaw': 0.0, 'age_s': 0.0}


def test_without_a_pose_nothing_is_touched() -> None:
    robot = Whereabouts(lambda: MotionRules(0.05, 0.05, 1.0, 1.0))
    tracks, events = [track(1, 3)], [Event('zone_entered', 'front', START_NS, {})]
    outcome = Outcome(tracks=tracks, events=events)
    robot.place(outcome)
    assert outcome.tracks is tracks and outcome.events is events
