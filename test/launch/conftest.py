"""Launch the installed package's launch files, each recording to a folder of its own."""
import json
from pathlib import Path
import time
import urllib.request

import pytest

DEADLINE_S = 200


@pytest.fixture
def data_dir(tmp_path, monkeypatch) -> Path:
    """Return a folder to record to; the middleware's profile is left to the launch file."""
    for name in 'FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE':
        monkeypatch.delenv(name, raising=False)
    return tmp_path / 'data'


@pytest.fixture
def described(data_dir):
    """Return a function that describes one of our launch files with arguments.

    The exit codes of what it starts come to stand in `described.exits`, by executable.
    """
    from ament_index_python.packages import get_package_share_path
    from launch import LaunchDescription
    from launch.actions import IncludeLaunchDescription, RegisterEventHandler
    from launch.event_handlers import OnProcessExit
    from launch.launch_description_sources import PythonLaunchDescriptionSource

    def describe(name: str, **arguments: str) -> LaunchDescription:
        path = get_package_share_path('smartcam_bridge') / 'launch' / name
        arguments = {'data_dir': str(data_dir), 'http_port': '0'} | arguments
        return LaunchDescription([
            RegisterEventHandler(OnProcessExit(on_exit=note)),
            IncludeLaunchDescription(PythonLaunchDescriptionSource(str(path)),
                                     launch_arguments=arguments.items())])

    def note(event, _) -> None:
        describe.exits[Path(event.cmd[0]).name] = event.returncode

    describe.exits = {}
    return describe


class LaunchedBridge:
    """A bridge, seen from outside."""

    def __init__(self, data_dir: Path) -> None:
        file = data_dir / 'run' / 'bridge.json'
        self._told = wait_for(lambda: file.exists() and json.loads(file.read_text()))

    def environ(self) -> dict[str, str]:
        """Return the environment of its process."""
        words = Path(f'/proc/{self._told["pid"]}/environ').read_bytes().split(b'\0')
        return dict(word.decode().split('=', 1) for word in words if word)

    def healthy(self) -> bool:
        """Say whether it answers."""
        with urllib.request.urlopen(f'{self._told["url"]}/health', timeout=10) as answer:
            return answer.status == 200


@pytest.fixture
def bridge(data_dir):
    """Return a function that waits for the launched bridge."""
    return lambda: LaunchedBridge(data_dir)


@pytest.fixture
def until():
    """Return a function that waits for a condition."""
    return wait_for


def wait_for(condition):
    """Return what `condition()` returns once it is true; fail after DEADLINE_S."""
    end = time.monotonic() + DEADLINE_S
    while not (got := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return got
