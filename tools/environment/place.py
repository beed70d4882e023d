"""Where things are, and in which environment a command of the wheels' ROS 2 runs."""

from __future__ import annotations

import os
from pathlib import Path
import sys

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / '.venv'
STAMPS = VENV / 'stamps'
LOG = VENV / 'setup.log'
PYTHON = VENV / 'bin' / 'python'
INSTALLED = ROOT / 'install' / 'smartcam_bridge'
PROGRAMS = INSTALLED / 'lib' / 'smartcam_bridge'
VERSION = f'{sys.version_info[0]}.{sys.version_info[1]}'
SITE_PACKAGES = VENV / 'lib' / f'python{VERSION}' / 'site-packages'

FOREIGN = ('PYTHONPATH', 'PYTHONHOME', 'AMENT_PREFIX_PATH', 'CMAKE_PREFIX_PATH',
           'COLCON_PREFIX_PATH', 'LD_LIBRARY_PATH', 'COLCON_CURRENT_PREFIX')


def wheels_environ() -> dict[str, str]:
    """Return os.environ turned to the environment under .venv, and to no other ROS 2.

    The guard variable spares every Python process the re-execution by which the wheels set
    LD_LIBRARY_PATH (0.1 s each).
    """
    environ = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    libraries = [VENV / 'lib', *sorted(SITE_PACKAGES.glob('ros_*.libs'))]
    environ.update({
        'VIRTUAL_ENV': str(VENV),
        'PATH': os.pathsep.join([str(VENV / 'bin'), os.environ.get('PATH', os.defpath)]),
        'LD_LIBRARY_PATH': os.pathsep.join(map(str, libraries)),
        '_ROS_WHEELS_BOOTSTRAP_COMPLETE': '1',
        'AMENT_PREFIX_PATH': str(VENV),
        'CMAKE_PREFIX_PATH': str(VENV),
        'ROS_DISTRO': 'jazzy',
        'ROS_VERSION': '2',
        'ROS_PYTHON_VERSION': '3',
    })
    return environ
