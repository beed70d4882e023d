"""Every message that may carry the robot's pose is read as rclpy reads it."""
import importlib.util
import math
import time

import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped, Twist  # noqa: E402, I100
from nav_msgs.msg import Odometry  # noqa: E402
from smartcam_bridge.domain.robot import Robot  # noqa: E402
from smartcam_bridge.ros.pose import PoseSource, TF  # noqa: E402

FRAMES = ('map', 'base_link')
STAMP_NS = 1_800_000_000_123_456_789


def message(kind):
    """Return one at (1.5, -2.25), turned by 0.75 rad, in the frame `map`."""
    made = kind()
    made.header.frame_id = 'map'
    made.header.stamp.sec, made.header.stamp.nanosec = divmod(STAMP_NS, 1_000_000_000)
    pose = made.pose if kind is PoseStamped else made.pose.pose
    pose.position.x, pose.position.y = 1.5, -2.25
    pose.orientation.z, pose.orientation.w = math.sin(0.375), math.cos(0.375)
    if kind is Odometry:
        made.child_frame_id = 'a/base'
    return made


@pytest.mark.parametrize('kind', [Odometry, PoseStamped, PoseWithCovarianceStamped])
def test_a_pose_is_read_from_whatever_is_published(talker, kind):
    taken = []
    source = PoseSource(talker.node, 'where', FRAMES, lambda *pose: taken.append(pose))
    source.look()
    assert source.status(Robot(), time.time_ns()).problems  # nobody publishes it yet
    publisher = talker.publisher(kind, 'where')

    def told():
        source.look()
        publisher.publish(message(kind))
        return taken

    stamp_ns, frame, x, y, yaw = talker.until(told)[0]
    source.close()
    assert (stamp_ns, frame, x, y) == (STAMP_NS, 'map', 1.5, -2.25)
    assert yaw == pytest.approx(0.75)
    status = source.status(Robot(), time.time_ns())
    assert status.problems == () and status.age_s < 10


def test_another_type_is_a_problem_in_words(talker):
    source = PoseSource(talker.node, 'speed', FRAMES, print)
    talker.publisher(Twist, 'speed')

    def problem():
        source.look()
        return next((text for text in source.status(Robot(), time.time_ns()).problems
                     if 'Twist' in text), None)

    told = talker.until(problem)
    assert 'geometry_msgs/msg/Twist' in told and 'nav_msgs/msg/Odometry' in told


@pytest.mark.skipif(importlib.util.find_spec('tf2_ros') is not None, reason='it is there')
def test_without_tf_there_is_a_problem_and_no_failure(talker):
    source = PoseSource(talker.node, TF, FRAMES, print)
    source.look()
    assert 'tf2_ros is not installed' in source.status(Robot(), time.time_ns()).problems[0]
    source.close()
