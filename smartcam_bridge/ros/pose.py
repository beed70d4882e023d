"""The robot's pose, from whichever of the usual messages `pose_topic` carries, or from TF."""
from collections.abc import Callable
import time

from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.time import Time
from smartcam_bridge.domain.robot import Robot, yaw_of
from smartcam_bridge.domain.times import NS
from smartcam_bridge.live.status import RobotStatus
from smartcam_bridge.ros import cdr
from smartcam_bridge.ros.subscription import RawSubscription

try:
    import tf2_ros
except ImportError:     # optional: only where `pose_topic` is 'tf'
    tf2_ros = None

TF = 'tf'
TAKES = {'nav_msgs/msg/Odometry': Odometry, 'geometry_msgs/msg/PoseStamped': PoseStamped,
         'geometry_msgs/msg/PoseWithCovarianceStamped': PoseWithCovarianceStamped}
_DEPTH = 50
_SILENT_NS = 3 * NS
_TF_PERIOD_S = 0.05

Take = Callable[[int, str, float, float, float], None]
"""Gets stamp (ns), frame, x, y (m) and yaw (rad)."""


class PoseSource:
    """Subscribe the robot's pose. Executor thread only.

    topic: its type is taken from who publishes it, so nothing is subscribed before somebody does;
    'tf' looks up the transform from `frames` (world, robot) instead.
    """

    def __init__(self, node: Node, topic: str, frames: tuple[str, str], take: Take) -> None:
        self._node = node
        self._topic = topic
        self._frames = frames
        self._take = take
        self._subscription: RawSubscription | None = None
        self._transforms: _Transforms | None = None
        self._problem = ''
        self._received_ns = 0

    def look(self) -> None:
        """Subscribe as soon as the topic's type is known. Every second or so."""
        if self._topic == TF:
            self._look_up_transforms()
        elif self._subscription is None:
            topic = self._node.resolve_topic_name(self._topic)
            types = dict(self._node.get_topic_names_and_types()).get(topic, [])
            kind = next((TAKES[name] for name in types if name in TAKES), None)
            self._problem = ''
            if kind is not None:
                self._subscription = RawSubscription(
                    self._node, kind, self._topic, _DEPTH,
                    self._receive_odometry if kind is Odometry else self._receive)
                self._subscription.open()
            elif types:
                self._problem = (f'{topic} is of {types[0]}; pose_topic takes '
                                 f'{", ".join(TAKES)}.')

    def close(self) -> None:
        """Unsubscribe."""
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None
        if self._transforms is not None:
            self._transforms.close()
            self._transforms = None

    def status(self, robot: Robot, now_ns: int) -> RobotStatus:
        """Return how the robot and its pose are doing."""
        received_ns = self._received_ns
        invalid = self._subscription.invalid if self._subscription is not None else 0
        return RobotStatus(
            pose=robot.pose_at(robot.newest_ns, 0.0),
            age_s=round(max(now_ns - received_ns, 0) / NS, 3) if received_ns else None,
            moving=robot.suspension and robot.suspension.reason,
            invalid=robot.invalid + invalid, late=robot.late,
            problems=tuple(self._problems(now_ns)))

    def _problems(self, now_ns: int) -> list[str]:
        if self._problem:
            return [self._problem]
        found = self._subscription.problems() if self._subscription is not None else []
        if now_ns - self._received_ns > _SILENT_NS:
            found.append(f'No pose of the robot comes on {self._topic}: what is stored now '
                         'does not know where it happened.')
        return found

    def _receive(self, data: bytes, received_ns: int) -> None:
        reader = cdr.Reader(data)
        self._read_pose(reader, reader.stamp_ns() or received_ns, reader.text('header.frame_id'))

    def _receive_odometry(self, data: bytes, received_ns: int) -> None:
        reader = cdr.Reader(data)
        stamp_ns, frame = reader.stamp_ns() or received_ns, reader.text('header.frame_id')
        reader.text('child_frame_id')
        self._read_pose(reader, stamp_ns, frame)

    def _read_pose(self, reader: cdr.Reader, stamp_ns: int, frame: str) -> None:
        x, y, _, *rotation = reader.f64('pose', 7)
        self._hand_on(stamp_ns, frame, x, y, yaw_of(*rotation))

    def _hand_on(self, stamp_ns: int, frame: str, x: float, y: float, yaw: float) -> None:
        self._received_ns = time.time_ns()
        self._take(stamp_ns, frame, x, y, yaw)

    def _look_up_transforms(self) -> None:
        if tf2_ros is None:
            self._problem = ("pose_topic is 'tf', but tf2_ros is not installed: install "
                             'ros-<distribution>-tf2-ros-py, or name a topic.')
        elif self._transforms is None:
            self._transforms = _Transforms(self._node, self._frames, self._hand_on)


class _Transforms:
    """Ask TF for the newest transform, twenty times a second."""

    def __init__(self, node: Node, frames: tuple[str, str], take: Take) -> None:
        self._node = node
        self._frames = frames
        self._take = take
        self._newest_ns = 0
        self._buffer = tf2_ros.Buffer(node=node)
        self._listener = tf2_ros.TransformListener(self._buffer, node, spin_thread=False)
        self._timer = node.create_timer(_TF_PERIOD_S, self._look)

    def close(self) -> None:
        self._node.destroy_timer(self._timer)
        self._listener.unregister()

    def _look(self) -> None:
        world, robot = self._frames
        if not self._buffer.can_transform(world, robot, Time()):
            return
        found = self._buffer.lookup_transform(world, robot, Time())
        stamp = found.header.stamp
        stamp_ns = stamp.sec * 1_000_000_000 + stamp.nanosec
        if stamp_ns > self._newest_ns:
            self._newest_ns = stamp_ns
            place, turn = found.transform.translation, found.transform.rotation
            self._take(stamp_ns, world, place.x, place.y,
                       yaw_of(turn.x, turn.y, turn.z, turn.w))
