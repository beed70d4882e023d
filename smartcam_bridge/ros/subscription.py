"""One raw subscription: its bytes go on, what goes wrong is counted and said once per cause."""
from collections.abc import Callable
import time
from typing import Any

from rclpy.exceptions import NameValidationException, ParameterException
from rclpy.node import Node
from rclpy.qos import InvalidQoSProfileException, QoSProfile
from rclpy.qos_overriding_options import InvalidQosOverridesError
from smartcam_bridge.errors import DecodeError, FrameError
from smartcam_bridge.ros import qos

try:
    from rclpy.event_handler import SubscriptionEventCallbacks, UnsupportedEventTypeError
except ImportError:     # Humble
    from rclpy.qos_event import SubscriptionEventCallbacks, UnsupportedEventTypeError

_REFUSALS = (RuntimeError, ValueError, NameValidationException, ParameterException,
             InvalidQoSProfileException, InvalidQosOverridesError)     # rclpy's, for one topic
_CAUSES_MAX = 100   # different complaints remembered per subscription


class RawSubscription:
    """Subscribe a topic without building messages. Executor thread only.

    take: gets (bytes, receipt in ns); a DecodeError or FrameError of it counts the message as
    invalid and drops it. Counters go on when the subscription is closed and opened again. A topic
    that cannot be subscribed (its name or a QoS override is wrong) is logged and among the
    problems; another try takes a new object. reliable: ask for every message, else for what
    comes (sensor data).
    """

    def __init__(self, node: Node, message_type: type, topic: str, depth: int,
                 take: Callable[[bytes, int], None], *, reliable: bool = False) -> None:
        self.topic = topic
        self.received = 0
        self.invalid = 0
        self.lost = 0
        self.last_ns = 0
        self._node = node
        self._type = message_type
        self._depth = depth
        self._take = take
        self._reliable = reliable
        self._handle: Any = None
        self._causes: set[str] = set()
        self._refusal: str | None = None
        try:
            self.topic = node.resolve_topic_name(topic)
        except _REFUSALS as error:
            self._refuse(error)

    @property
    def is_open(self) -> bool:
        """Say whether messages can come."""
        return self._handle is not None

    def open(self) -> None:
        """Subscribe, unless it is already or cannot be."""
        if self._handle is None and self._refusal is None:
            try:
                self._handle = self._subscribe()
            except _REFUSALS as error:
                self._refuse(error)

    def close(self) -> None:
        """Unsubscribe."""
        if self._handle is not None:
            self._node.destroy_subscription(self._handle)
            self._handle = None

    def publishers(self) -> int:
        """Return how many publishers the topic has."""
        return self._node.count_publishers(self.topic) if self._refusal is None else 0

    def problems(self) -> list[str]:
        """Return why messages cannot arrive, in sentences."""
        if self._refusal is not None:
            return [self._refusal]
        if self._handle is None:
            return []
        return qos.problems(self._node, self.topic, _type_name(self._type),
                            self._handle.qos_profile)

    def complain(self, error: Exception) -> None:
        """Count an invalid message; log it the first time that its cause is met."""
        self.invalid += 1
        cause = error.what.split(':')[0] if isinstance(error, DecodeError) else str(error)
        cause = ''.join('#' if c.isdigit() else c for c in cause)
        if cause not in self._causes and len(self._causes) < _CAUSES_MAX:
            self._causes.add(cause)
            self._node.get_logger().warning(
                f'{self.topic}: a message was dropped: {error}. Further ones of this kind are '
                'counted (invalid), not logged.')

    def _refuse(self, error: Exception) -> None:
        self._refusal = f'{self.topic} cannot be subscribed: {error}'
        self._node.get_logger().error(self._refusal)

    def _subscribe(self) -> Any:
        try:
            return self._create(message_lost=self._count_lost)
        except UnsupportedEventTypeError:   # this middleware does not know what it lost
            return self._create()

    def _create(self, **events: Callable[[Any], None]) -> Any:
        return self._node.create_subscription(
            self._type, self.topic, self._receive, self._qos(), raw=True,
            event_callbacks=SubscriptionEventCallbacks(
                incompatible_qos=self._note_mismatch, **events),
            qos_overriding_options=qos.OVERRIDES)

    def _qos(self) -> QoSProfile:
        return QoSProfile(depth=self._depth) if self._reliable else qos.sensor_data(self._depth)

    def _receive(self, data: bytes) -> None:
        if self._handle is None:
            return      # the executor had it already when the topic was closed
        received_ns = time.time_ns()
        self.received += 1
        self.last_ns = received_ns
        try:
            self._take(data, received_ns)
        except (DecodeError, FrameError) as error:
            self.complain(error)

    def _count_lost(self, event: Any) -> None:
        self.lost += event.total_count_change

    def _note_mismatch(self, event: Any) -> None:
        for sentence in self.problems():
            self._node.get_logger().warning(sentence, once=False)


def _type_name(message_type: type) -> str:
    package, kind, _ = message_type.__module__.split('.', 2)
    return f'{package}/{kind}/{message_type.__name__}'
