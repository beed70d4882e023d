"""What the bridge says on ROS topics: events as JSON, and diagnostics (REP-107)."""
from collections.abc import Iterable
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.status import RecognitionStatus, RecorderStatus
from smartcam_bridge.live.status import BridgeStatus, CameraStatus, RobotStatus
from smartcam_bridge.live.wire import to_json
from std_msgs.msg import String

_EVENTS_DEPTH = 1000
_CAMERA_LEVELS = {'live': DiagnosticStatus.OK, 'disabled': DiagnosticStatus.OK,
                  'paused': DiagnosticStatus.WARN, 'silent': DiagnosticStatus.STALE}
_LEFT_OUT = frozenset({'state', 'problems', 'problem'})  # these are the message


class Publishers:
    """`~/events`, `~/data_processing` and `/diagnostics` of one node. Executor thread only."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._events = node.create_publisher(String, '~/events', QoSProfile(depth=_EVENTS_DEPTH))
        self._processing = node.create_publisher(String, '~/data_processing', QoSProfile(
            depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))
        self._processing_told: bytes | None = None
        self._diagnostics = node.create_publisher(
            DiagnosticArray, '/diagnostics', QoSProfile(depth=10))

    def publish_event(self, event: Event) -> None:
        """Publish one event as a JSON object; nothing is built while nobody listens."""
        if self._events.get_subscription_count():
            self._events.publish(String(data=to_json(event.as_json()).decode()))

    def publish_data_processing(self, form: dict[str, Any]) -> None:
        """Publish, where it is not as it was told last, what is kept of people; latched."""
        told = to_json(form)
        if told != self._processing_told:
            self._processing_told = told
            self._processing.publish(String(data=told.decode()))

    def publish_diagnostics(self, status: BridgeStatus, port: int) -> None:
        """Publish one status each for the node, the recorder and every camera."""
        message = DiagnosticArray(status=[
            self._status('node', *_node_level(status), [('state', status.state), ('port', port)]),
            self._status('recorder', *_recorder_level(status.recorder), _values(status.recorder)),
            self._status('recognition', DiagnosticStatus.OK, _recognition_text(status.recognition),
                         _recognition_values(status.recognition)),
            *(self._status(f'camera {name}', *_camera_level(camera),
                           _camera_values(camera))
              for name, camera in status.cameras.items()),
            *([self._status('robot', *_robot_level(status.robot), _values(status.robot))]
              if status.robot is not None else [])])
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._diagnostics.publish(message)

    def _status(self, part: str, level: bytes, text: str,
                values: Iterable[tuple[str, object]]) -> DiagnosticStatus:
        name = self._node.get_fully_qualified_name().lstrip('/')
        return DiagnosticStatus(
            level=level, name=f'{name}: {part}', message=text, hardware_id=part,
            values=[KeyValue(key=key, value=str(value)) for key, value in values])


def _node_level(status: BridgeStatus) -> tuple[bytes, str]:
    reasons = status.unready()
    return (DiagnosticStatus.WARN, '; '.join(reasons)) if reasons else (
        DiagnosticStatus.OK, 'recording')


def _recorder_level(recorder: RecorderStatus) -> tuple[bytes, str]:
    if recorder.state != 'running':
        return DiagnosticStatus.ERROR, recorder.problem or recorder.state
    if recorder.problem:    # a disk that fills, say
        return DiagnosticStatus.WARN, recorder.problem
    if recorder.backlog > 0.8 * recorder.capacity:
        return DiagnosticStatus.WARN, 'observations are thinned: the disk is slower than they come'
    return DiagnosticStatus.OK, 'running'


def _camera_level(camera: CameraStatus) -> tuple[bytes, str]:
    if camera.problems:
        return DiagnosticStatus.WARN, ' '.join(camera.problems)
    return _CAMERA_LEVELS[camera.state], camera.state


def _recognition_text(recognition: RecognitionStatus) -> str:
    templates = sum(gallery.templates for gallery in recognition.galleries.values())
    return f'{templates} faces of {recognition.people} people are known'


def _recognition_values(recognition: RecognitionStatus) -> list[tuple[str, object]]:
    """Return what is counted, flat; galleries by the names of their models."""
    values = [(name, getattr(recognition, name)) for name in recognition.__slots__
              if name not in ('galleries', 'counters')]
    for model, gallery in recognition.galleries.items():
        values += [(f'{model}.{name}', getattr(gallery, name)) for name in gallery.__slots__]
    return [*values, *recognition.counters.items()]


def _robot_level(robot: RobotStatus) -> tuple[bytes, str]:
    if robot.problems:
        return DiagnosticStatus.WARN, ' '.join(robot.problems)
    return DiagnosticStatus.OK, robot.moving or 'standing still'


def _values(status: RecorderStatus | CameraStatus | RobotStatus) -> list[tuple[str, object]]:
    return [(name, getattr(status, name)) for name in status.__slots__ if name not in _LEFT_OUT]


def _camera_values(camera: CameraStatus) -> list[tuple[str, object]]:
    values = [(name, value) for name, value in _values(camera) if name != 'faces']
    if camera.faces is not None:
        values += [(f'faces.{name}', getattr(camera.faces, name))
                   for name in camera.faces.__slots__]
    return values
