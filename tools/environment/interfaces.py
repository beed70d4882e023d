"""vision_msgs for the wheels' ROS 2, which has none: generated from tools/vision_msgs."""

from __future__ import annotations

import json
import os
from pathlib import Path
import re
import shutil
import subprocess
import sysconfig

from environment import place, wheels
from environment.report import run_logged, SetupError, step
from environment.stamp import digest_of, Stamp

SOURCE = place.ROOT / 'tools' / 'vision_msgs'
BUILD = place.VENV / 'build' / 'vision_msgs'
# Upstream's: a peer on a robot refuses to talk to any other definition.
TYPE = 'vision_msgs/msg/Detection2DArray'
TYPE_HASH = 'RIHS01_214274120007f4a683866481336b70310268cfa107aebe9d594a6acf75bda968'
BUILD_HOST_PATH = re.compile(
    r'/opt/python/cp\d+-cp\d+/(?P<numpy>lib/python[\d.]+/site-packages/numpy/_core/include)?'
    r'(?(numpy)|include/python[\d.]+)')
SMOKE = (
    'from rclpy.serialization import serialize_message;'
    'from vision_msgs.msg import Detection2D, Detection2DArray;'
    'serialize_message(Detection2DArray(detections=[Detection2D(id="1")]))')


def stamp() -> Stamp:
    """Return the mark of the generated package: definitions and what it is compiled against."""
    inputs = [*SOURCE.glob('msg/*.msg'), SOURCE / 'CMakeLists.txt', SOURCE / 'package.xml',
              Path(__file__), *wheels.LOCKS]
    return Stamp(place.STAMPS / 'vision_msgs', digest_of(inputs, place.VERSION, str(place.VENV)))


def install() -> None:
    """Generate, compile and install the package, and check that it is upstream's on the wire."""
    with stamp().earning(), step('Generating vision_msgs (half a minute)'):
        _point_at_this_python()
        shutil.rmtree(BUILD, ignore_errors=True)
        cmake = place.VENV / 'bin' / 'cmake'
        _run(cmake, '-S', SOURCE, '-B', BUILD, *_definitions())
        _run(cmake, '--build', BUILD, '--target', 'install', '-j', str(os.cpu_count() or 1))
        _check()
        shutil.rmtree(BUILD)


def _definitions() -> list[str]:
    return [
        '-DCMAKE_BUILD_TYPE=Release',
        '-DBUILD_TESTING=OFF',
        f'-DCMAKE_INSTALL_PREFIX={place.VENV}',
        f'-DPython3_EXECUTABLE={place.PYTHON}',
        f'-DPython3_INCLUDE_DIR={sysconfig.get_path("include")}',
        f'-DPYTHON_INSTALL_DIR=lib/python{place.VERSION}/site-packages',
    ]


def _point_at_this_python() -> None:
    """Replace the build host's Python in the wheels' exported cmake files by this one."""
    numpy = place.SITE_PACKAGES / 'numpy' / '_core' / 'include'
    if not numpy.is_dir():
        raise SetupError(f'numpy has no {numpy.relative_to(place.VENV)}')

    def ours(found: re.Match[str]) -> str:
        return str(numpy) if found['numpy'] else sysconfig.get_path('include')

    for file in place.VENV.glob('share/*/cmake/*Export.cmake'):
        text = file.read_text(encoding='utf-8')
        changed = BUILD_HOST_PATH.sub(ours, text)
        if changed != text:
            file.write_text(changed, encoding='utf-8')


def _run(*command: str | Path) -> None:
    try:
        run_logged(command, place.LOG, noteworthy=_progress, env=place.wheels_environ())
    except subprocess.CalledProcessError as error:
        wrong = [line for line in error.output.splitlines() if 'rror' in line][:8]
        tail = '\n'.join(wrong or error.output.splitlines()[-12:])
        raise SetupError(f'vision_msgs could not be built; the whole output is in '
                         f'{place.LOG.relative_to(place.ROOT)}:\n{tail}') from error


def _progress(line: str) -> str | None:
    found = re.match(r'\[ *(\d+%)\]', line)
    return f'{found.group(1)} compiled' if found else None


def _check() -> None:
    file = place.VENV / 'share' / f'{TYPE}.json'
    hashes = json.loads(file.read_text(encoding='utf-8'))['type_hashes']
    found = next(entry['hash_string'] for entry in hashes if entry['type_name'] == TYPE)
    if found != TYPE_HASH:
        raise SetupError(f'{TYPE} has type hash {found}, upstream has {TYPE_HASH}: '
                         f'the definitions in tools/vision_msgs are wrong')
    result = subprocess.run([place.PYTHON, '-c', SMOKE], env=place.wheels_environ(),
                            capture_output=True, text=True)
    if result.returncode:
        raise SetupError(f'vision_msgs was built but does not load:\n{result.stderr}')
