"""Run one companion node from start to a clean end."""
import signal
import sys
import threading
from typing import Callable, Protocol, Sequence

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from smartcam_bridge.errors import SmartcamError
from smartcam_bridge.ros.memory import keep_large_blocks

WAKE_S = 0.2
"""How long a request to stop may go unnoticed while no timer fires."""


class Companion(Protocol):
    """A node that ends by itself, or when it is told to."""

    def start(self) -> None:
        """Begin to publish."""

    def finished(self) -> bool:
        """Say whether there is nothing more to do; raise SmartcamError when it went wrong."""

    def close(self) -> None:
        """See that what was published arrived, as far as it can, and let go of everything."""


def run(name: str, make: Callable[[Node], Companion], args: Sequence[str] | None) -> int:
    """Spin what `make` returns until it has finished; return the process's exit code.

    SIGINT and SIGTERM are noted, never raised, so that whatever is under way is completed and
    the middleware still works while the companion closes.
    """
    stop = threading.Event()
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, lambda *_: stop.set())
    keep_large_blocks()
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    node = Node(name)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        companion = make(node)
        try:
            companion.start()
            while not stop.is_set() and not companion.finished():
                executor.spin_once(timeout_sec=WAKE_S)
        finally:
            companion.close()
    except SmartcamError as error:
        node.get_logger().fatal(str(error))
        return 1
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.shutdown()
        sys.stdout.flush()
    return 0
