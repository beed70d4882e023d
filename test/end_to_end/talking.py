"""A ROS node of the tests' own: publishes, listens and calls services."""
from concurrent.futures import Future, ThreadPoolExecutor
import time
from typing import Any, Callable

import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile, ReliabilityPolicy
from running import Bridge, DEADLINE_S, until
from sensor_msgs.msg import CameraInfo
from smartcam_bridge.companions import wire
from std_srvs.srv import SetBool
from vision_msgs.msg import Detection2DArray

NODE = '/smartcam_bridge'
MS = 1_000_000
SETTLE_S = 0.7
BOX = np.array([[32.0, 24.0, 96.0, 120.0]])


class Talker:
    """One node in a context of its own; it is spun by whoever waits."""

    def __init__(self) -> None:
        self._context = rclpy.Context()
        self._context.init()
        self.node = rclpy.create_node('talker', context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._aside = ThreadPoolExecutor(1)

    def until(self, condition: Callable[[], Any], what: Callable[[], Any] = lambda: '',
              deadline_s: float = DEADLINE_S) -> Any:
        """Spin until `condition()` is true; return what it returned."""
        return until(condition, what, deadline_s,
                     lambda: self._executor.spin_once(timeout_sec=0.03))

    def publisher(self, kind: type, topic: str, **policies: Any) -> Publisher:
        """Publish, reliable unless said otherwise."""
        policies = {'depth': 1000, 'reliability': ReliabilityPolicy.RELIABLE} | policies
        return self.node.create_publisher(kind, topic, QoSProfile(**policies))

    def matched(self, publisher: Publisher, count: int = 1) -> None:
        """Wait until a publisher has so many subscribers."""
        self.until(lambda: publisher.get_subscription_count() == count,
                   lambda: f'{publisher.topic}: {publisher.get_subscription_count()}')

    def settle(self, publisher: Publisher) -> None:
        """Wait until messages arrive, where nothing tells that the subscriber is matched too."""
        self.matched(publisher)
        settled_s = time.monotonic() + SETTLE_S
        self.until(lambda: time.monotonic() > settled_s)

    def aside(self, task: Callable[[], Any]) -> Future:
        """Run something that blocks in a thread of its own."""
        return self._aside.submit(task)

    def collect(self, kind: type, topic: str) -> list[Any]:
        """Return a list that every message of a topic is added to."""
        got: list[Any] = []
        self.node.create_subscription(kind, topic, got.append, QoSProfile(depth=1000))
        self.until(lambda: self.node.count_publishers(topic))
        return got

    def call(self, kind: type, name: str, request: Any) -> Any:
        """Call a service of the bridge's; return the response."""
        client = self.node.create_client(kind, f'{NODE}/{name}')
        try:
            self.until(client.service_is_ready)
            future = client.call_async(request)
            self.until(future.done)
            return future.result()
        finally:
            self.node.destroy_client(client)

    def pause(self, paused: bool) -> bool:
        """Pause or resume the bridge; return whether that worked."""
        return self.call(SetBool, 'pause', SetBool.Request(data=paused)).success

    def set_parameters(self, **values: Any) -> list[Any]:
        """Set parameters of the bridge, each for itself; return the results."""
        from rcl_interfaces.srv import SetParameters
        request = SetParameters.Request(parameters=[
            Parameter(name, value=value).to_parameter_msg() for name, value in values.items()])
        return self.call(SetParameters, 'set_parameters', request).results

    def parameter(self, name: str) -> Any:
        """Return a parameter of the bridge."""
        from rcl_interfaces.srv import GetParameters
        message = self.call(GetParameters, 'get_parameters',
                            GetParameters.Request(names=[name])).values[0]
        return rclpy.parameter.parameter_value_to_python(message)

    def close(self) -> None:
        """Leave the domain."""
        self._aside.shutdown()
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.shutdown()


class FakeCamera:
    """One camera of a talker's: says its size, and one box in every message."""

    def __init__(self, talker: Talker, bridge: Bridge, name: str = 'camera',
                 topic: str = 'tracks', *, tracks: str = '', info: str = '') -> None:
        self.name = name
        self.sent: list[int] = []
        self._talker = talker
        self._bridge = bridge
        self.boxes = talker.publisher(Detection2DArray, tracks or f'{name}/{topic}')
        self._info = talker.publisher(CameraInfo, info or f'{name}/camera_info')

    def connect(self, width: int = 640, height: int = 480) -> 'FakeCamera':
        """Tell the frame size until the bridge knows it; no box that is sent then is lost.

        The middleware tells the bridge of publishers in the order in which they were made: when
        it has heard the size, it has met the publisher of boxes too.
        """
        self._talker.matched(self.boxes)

        def known() -> bool:
            self._info.publish(CameraInfo(width=width, height=height))
            return self._bridge.camera(self.name)['width'] == width

        self._talker.until(known)
        return self

    def see(self, count: int = 1, *, ids: tuple[str, ...] | None = ('7',),
            corners: np.ndarray = BOX, from_ns: int = 0) -> None:
        """Publish `count` messages, 40 ms apart by their stamps, from now (or from_ns) on."""
        n = len(corners)
        begin_ns = from_ns or self._talker.node.get_clock().now().nanoseconds
        if self.sent and not from_ns:
            begin_ns = max(begin_ns, self.sent[-1] + 40 * MS)
        for stamp_ns in range(begin_ns, begin_ns + 40 * MS * count, 40 * MS):
            self.boxes.publish(wire.detection_array(
                stamp_ns, 'lens', corners, np.full(n, 0.75), ('cup',) * n, ids))
            self.sent.append(stamp_ns)
