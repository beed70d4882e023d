"""What has to be there before anything is downloaded, each with the way to get it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
import platform
import shutil
import sys
import sysconfig

from environment import place
from environment.report import SetupError

OLDEST = (3, 10)
NEWEST = (3, 13)
NEEDED_BYTES = 2 * 1000**3  # 0.7 GB installed, as much again while downloading and building


def check_place(root: Path) -> None:
    """Refuse a path that colcon and cmake cannot work in."""
    if any(character.isspace() for character in str(root)):
        raise SetupError(f'The path "{root}" has a space in it, which colcon does not take. '
                         f'Move or clone the project to a path without one.')


def check_machine() -> None:
    """Refuse, naming everything that is missing at once, a machine the wheels cannot serve."""
    if sys.platform != 'linux' or platform.machine() != 'x86_64':
        raise SetupError(
            f'The ROS 2 wheels exist for Linux on x86-64 only, this is {platform.system()} on '
            f'{platform.machine()}. Install ROS 2 and source it; then this uses it.')
    packages = missing_packages()
    if packages:
        raise SetupError('Missing on this machine: ' + '; '.join(packages.values()) + '.\n'
                         'Get it with:\n  sudo apt install ' + ' '.join(packages))
    free = shutil.disk_usage(place.ROOT).free
    if free < NEEDED_BYTES:
        raise SetupError(f'The set-up needs {NEEDED_BYTES / 1e9:.0f} GB of disk, '
                         f'{free / 1e9:.1f} GB are free under {place.ROOT}.')


def missing_packages() -> dict[str, str]:
    """Return apt's name and the reason for everything that the set-up needs and is not there."""
    missing = {}
    if not shutil.which('gcc') or not shutil.which('g++') or not shutil.which('make'):
        tools = [name for name in ('gcc', 'g++', 'make') if not shutil.which(name)]
        missing['build-essential'] = f'{", ".join(tools)} (to compile message packages)'
    if not all(map(importlib.util.find_spec, ('venv', 'ensurepip'))):
        missing[f'python{place.VERSION}-venv'] = "Python's venv and ensurepip"
    if not Path(sysconfig.get_path('include'), 'Python.h').is_file():
        missing[f'python{place.VERSION}-dev'] = "Python's headers (to compile message packages)"
    return missing
