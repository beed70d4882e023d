"""One bridge per data folder."""
import fcntl
import os
from pathlib import Path
import time

from smartcam_bridge.errors import StoreUnavailable


class StoreLock:
    """The right to write one data folder's store; gone with the process, however it ends."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / 'lock'
        self._file: int | None = None

    def acquire(self) -> None:
        """Take it; raise StoreUnavailable where another process has it."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _locked(file):
            owner = os.pread(file, 32, 0).decode('ascii', 'replace')
            os.close(file)
            raise StoreUnavailable(
                f'{self._path.parent} is in use by another smartcam_bridge (process {owner}): '
                'stop it, or give this one a data_dir of its own')
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        self._file = file

    def release(self) -> None:
        """Give it back. The file stays: removing it would race with the next to take it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> 'StoreLock':
        self.acquire()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()


def is_held(data_dir: Path) -> bool:
    """Say whether a bridge runs on this data folder."""
    try:
        file = os.open(data_dir / 'lock', os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def _locked(file: int) -> bool:
    """Lock it. A second try, since `is_held` in another process holds it for an instant."""
    for pause_s in (0.05, 0.0):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(pause_s)
        else:
            return True
    return False
