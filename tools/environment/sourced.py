"""A ROS 2 that is already sourced: whether there is one, and whether it has what we need."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import subprocess
import sys

from environment import place
from environment.report import say, SetupError

NEEDED = ('rclpy', 'vision_msgs', 'numpy', 'cv2', 'yaml', 'sqlalchemy', 'alembic', 'aiohttp')
OPTIONAL = ('aiosqlite', 'orjson', 'cv_bridge')
PROBE = ('import importlib.util as u, sys;'
         'print(*[n for n in sys.argv[1:] if u.find_spec(n) is None])')


def is_sourced() -> bool:
    """Tell whether a ROS 2 other than this tree's own is sourced and its rclpy loads."""
    own = (place.VENV, place.ROOT / 'install')
    prefixes = [Path(entry) for entry in os.environ.get('AMENT_PREFIX_PATH', '').split(':')
                if entry and not any(_is_under(Path(entry), tree) for tree in own)]
    if not prefixes or 'ROS_DISTRO' not in os.environ:
        return False
    if subprocess.run(['python3', '-c', 'import rclpy'], stderr=subprocess.DEVNULL).returncode:
        say(f'{prefixes[0]} is sourced, but python3 cannot import rclpy (is a virtual '
            f'environment active?); making a ROS 2 of its own instead')
        return False
    return True


def check_libraries() -> None:
    """Refuse to go on without the libraries, naming rosdep; mention the optional ones."""
    missing = _missing(NEEDED)
    if missing:
        raise SetupError(
            f'ROS 2 {os.environ["ROS_DISTRO"]} is sourced, but Python cannot find: '
            f'{", ".join(missing)}.\nGet them with:\n'
            f'  rosdep install --from-paths . --ignore-src -y')
    if not shutil.which('colcon'):
        raise SetupError('colcon is missing. Get it with:\n'
                         '  sudo apt install python3-colcon-common-extensions')
    absent = _missing(OPTIONAL)
    if absent:
        say(f'optional and not installed: {", ".join(absent)}')


def _missing(names: tuple[str, ...]) -> list[str]:
    command = ['python3', '-c', PROBE, *names]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return result.stdout.split()


def _is_under(path: Path, tree: Path) -> bool:
    return path == tree or tree in path.parents


if __name__ == '__main__':
    sys.exit(0 if is_sourced() else 1)
