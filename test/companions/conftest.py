"""Run a companion as its own process, and listen to it over real DDS."""
import os
from pathlib import Path
import subprocess
import sys
import time

import pytest
import smartcam_bridge

sys.path.insert(0, str(Path(__file__).parent))  # for reading

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 150


@pytest.fixture
def ros_environment(monkeypatch):
    """Give this process and its children room for pictures, and the same package."""
    for name in 'FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE':
        monkeypatch.setenv(name, str(ROOT / 'config' / 'fastdds_shm.xml'))
    package = Path(smartcam_bridge.__file__).resolve().parents[1]
    monkeypatch.setenv('PYTHONPATH', str(package), prepend=os.pathsep)


@pytest.fixture
def start_companion(ros_environment, tmp_path):
    """Return a function that starts a companion with parameters; ends all of them afterwards."""
    started = []

    def start(name: str, **parameters) -> subprocess.Popen:
        words = [word for key, value in parameters.items() for word in ('-p', f'{key}:={value}')]
        log = open(tmp_path / f'{name}.log', 'w')
        started.append((subprocess.Popen(
            [sys.executable, '-m', f'smartcam_bridge.companions.{name}', '--ros-args', *words],
            stdout=log, stderr=subprocess.STDOUT), log))
        return started[-1][0]

    yield start
    for process, log in started:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        log.close()


class Listener:
    """Keeps every message of some topics, reliably; of others sizes, of what arrives by itself."""

    def __init__(self, topics: dict[str, type], sizes: dict[str, type]) -> None:
        import rclpy
        from rclpy.executors import SingleThreadedExecutor
        from rclpy.qos import QoSProfile, ReliabilityPolicy
        self._context = rclpy.Context()
        self._context.init()
        self._node = rclpy.create_node('listener', context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self.got = {topic: [] for topic in [*topics, *sizes]}
        every = QoSProfile(depth=500, reliability=ReliabilityPolicy.RELIABLE)
        some = QoSProfile(depth=500, reliability=ReliabilityPolicy.BEST_EFFORT)
        for topic, kind in topics.items():
            self._node.create_subscription(kind, topic, self.got[topic].append, every)
        for topic, kind in sizes.items():
            self._node.create_subscription(
                kind, topic, lambda message, got=self.got[topic]: got.append(len(message)), some,
                raw=True)

    def spin_until(self, condition) -> None:
        """Listen until `condition()` holds; fail after DEADLINE_S."""
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < end, self._counts()
            self._executor.spin_once(timeout_sec=0.05)

    def hear_out(self, process: subprocess.Popen) -> None:
        """Listen until a companion has ended, and take what has come by then."""
        self.spin_until(lambda: process.poll() is not None)
        before = None
        while before != (before := self._counts()):
            self._executor.spin_once(timeout_sec=0.2)

    def _counts(self) -> dict[str, int]:
        return {topic: len(messages) for topic, messages in self.got.items()}

    def close(self) -> None:
        """Leave the domain."""
        self._executor.shutdown()
        self._node.destroy_node()
        self._context.shutdown()


@pytest.fixture
def listen(ros_environment):
    """Return a function that makes a Listener."""
    listeners = []

    def make(topics: dict[str, type], sizes: dict[str, type] | None = None) -> Listener:
        listeners.append(Listener(topics, sizes or {}))
        return listeners[-1]

    yield make
    for listener in listeners:
        listener.close()
