"""The `bridge` executable."""
from collections.abc import Callable, Sequence
import logging
import os
import signal
import sys
import threading
import traceback

import rclpy
from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from smartcam_bridge.errors import SettingsError
from smartcam_bridge.ros.logs import log_through
from smartcam_bridge.ros.memory import keep_large_blocks
from smartcam_bridge.ros.node import BridgeNode

_SPIN_S = 1.0   # an unbounded spin of the events executor delivers nothing in some builds


def main(args: Sequence[str] | None = None) -> int:
    """Run the bridge until SIGINT or SIGTERM; return the process's exit code."""
    keep_large_blocks()
    # rclpy's own handlers would close the middleware first; so it still works while the node
    # stops, and the last events are published.
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    try:
        return _run()
    except Exception:   # the outermost frame
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)     # threads of what failed must not keep the process, and a respawn, waiting
    finally:
        rclpy.try_shutdown()
        sys.stdout.flush()


class Stop:
    """Take note of SIGINT and SIGTERM; a second one ends the process at once.

    A Python signal handler runs only when the main thread gets back from the executor's wait.
    The interpreter's wake-up file descriptor is written at once, so a thread waits for that and
    calls `wake`.
    """

    def __init__(self) -> None:
        self.asked = False
        self.wake: Callable[[], None] = lambda: None
        self._signals, told = os.pipe()
        os.set_blocking(told, False)
        signal.set_wakeup_fd(told)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        threading.Thread(target=self._wait, name='signals', daemon=True).start()

    def _wait(self) -> None:
        os.read(self._signals, 1)
        self.asked = True
        self.wake()
        os._exit(128 + os.read(self._signals, 1)[0])


def make_executor(kind: str) -> Executor:
    """Return the executor of that kind: auto, events, single.

    Measured: one raw message costs 20-160 us with events, 100-560 us with single. The
    multi-threaded one livelocks on two cores.
    """
    if kind in ('auto', 'events'):
        try:
            from rclpy.experimental import EventsExecutor
            return EventsExecutor()
        except ImportError:     # Humble
            if kind == 'events':
                raise SettingsError(['executor: this rclpy has no events executor; use auto']
                                    ) from None
    return SingleThreadedExecutor()


def _run() -> int:
    stop = Stop()
    try:
        node = BridgeNode()
        executor = make_executor(node.settings.executor)
    except SettingsError as error:
        rclpy.logging.get_logger('smartcam_bridge').fatal(str(error))
        return 2
    executor.add_node(node)
    handler = log_through(node)
    stop.wake = lambda: node.post(lambda: None)
    try:
        if node.settings.autostart and not node.autostart():
            return 1
        while not stop.asked:
            executor.spin_once(timeout_sec=_SPIN_S)
    finally:
        node.close()
        logging.getLogger('smartcam_bridge').removeHandler(handler)
        executor.shutdown()
        node.destroy_node()
    return 0


if __name__ == '__main__':
    sys.exit(main())
