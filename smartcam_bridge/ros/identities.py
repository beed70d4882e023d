"""Who was seen, on a ROS topic."""
from collections.abc import Sequence

from builtin_interfaces.msg import Time
from rclpy.node import Node
from rclpy.qos import QoSProfile
from smartcam_bridge.domain.faces import TrackIdentity
from smartcam_bridge.domain.model import Observation
from smartcam_bridge.domain.times import NS
from std_msgs.msg import Header
from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose

_DEPTH = 100


class Identities:
    """`~/<camera>/identities` of one camera: its tracks that have a name. Executor thread only.

    The class id is the person's number, the score the similarity (a cosine), the id the track's
    number in the store.
    """

    def __init__(self, node: Node, camera: str) -> None:
        self._node = node
        self._publisher = node.create_publisher(
            Detection2DArray, f'~/{camera}/identities', QoSProfile(depth=_DEPTH))

    @property
    def wanted(self) -> bool:
        """Say whether somebody listens."""
        return self._publisher.get_subscription_count() > 0

    def publish(self, frame_id: str, size: tuple[int, int], observation: Observation,
                named: Sequence[tuple[int, TrackIdentity]]) -> None:
        """Publish the named tracks of a message: (row, identity). size: of the frame, px."""
        seconds, nanoseconds = divmod(observation.stamp_ns, NS)
        header = Header(stamp=Time(sec=seconds, nanosec=nanoseconds), frame_id=frame_id)
        corners = observation.corners * (size + size)
        message = Detection2DArray(header=header)
        for row, identity in named:
            message.detections.append(_detection(header, corners[row].tolist(), identity))
        self._publisher.publish(message)

    def close(self) -> None:
        """Publish no more."""
        self._node.destroy_publisher(self._publisher)


def _detection(header: Header, box: list[float], identity: TrackIdentity) -> Detection2D:
    result = ObjectHypothesisWithPose()
    result.hypothesis.class_id = str(identity.person_id)
    result.hypothesis.score = float(identity.similarity)
    detection = Detection2D(header=header, results=[result], id=str(identity.track_id))
    x1, y1, x2, y2 = box
    detection.bbox.center.position.x = (x1 + x2) / 2
    detection.bbox.center.position.y = (y1 + y2) / 2
    detection.bbox.size_x, detection.bbox.size_y = x2 - x1, y2 - y1
    return detection
