"""The write-ahead log: how large it is, who keeps it from being emptied, and emptying it.

SQLite can empty the log only while nobody reads from it. Readers of ours end within seconds
(`store.lanes`, `store.backup`); of another program nothing is known, and nothing makes it end. So
from LOG_FULL_BYTES on nothing is written until it has ended: what comes waits as it does
for a disk that is out, and the status names the program.
"""
import contextlib
import os
from pathlib import Path
import sqlite3
import time
from typing import Iterator

from smartcam_bridge.errors import StoreUnavailable
from smartcam_bridge.store.engine import BUSY_TIMEOUT_S

LOG_HIGH_BYTES = 24_000_000     # emptied by force from here on, and it is a problem where it fails
LOG_FULL_BYTES = 40_000_000     # with the largest commit still below 64 MB
_TRY_EVERY_S = 1.0
_END, _INDEX_END = '-wal', '-shm'
_READ_LOCKS = range(123, 128)   # bytes of the -shm file that readers lock: sqlite.org/walformat


def sync_log(connection: sqlite3.Connection) -> None:
    """Let what was committed outlive a power cut; costs a sync, and takes no lock.

    SQLite holds no lock on this file, so opening and closing it here gives up none.
    """
    for _, name, path in connection.execute('PRAGMA database_list'):
        if name == 'main' and path:
            try:
                file = os.open(path + _END, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return
            try:
                os.fdatasync(file)
            finally:
                os.close(file)


def log_bytes(path: Path) -> int:
    """Return the size of the log of a database, 0 where there is none."""
    try:
        return os.stat(f'{path}{_END}').st_size
    except OSError:
        return 0


class WriteAheadLog:
    """The log of the recorder's database. Recorder's thread only, but for `problem`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next_s = 0.0
        self.problem: str | None = None

    def require_room(self, connection: sqlite3.Connection) -> None:
        """Raise StoreUnavailable while the log is full and somebody reads from it.

        Outside any transaction. What it says has the word `busy`: the same connection goes on.
        """
        size_bytes = log_bytes(self._path)
        if size_bytes >= LOG_HIGH_BYTES and time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + _TRY_EVERY_S
            if self.empty(connection):
                size_bytes = 0
            else:
                self.problem = (f'the log of {self._path} is busy, and holds '
                                f'{size_bytes // 1_000_000} MB: {readers(self._path)} has been '
                                'reading for long; close it')
        if size_bytes < LOG_HIGH_BYTES:
            self.problem = None
        elif size_bytes >= LOG_FULL_BYTES and self.problem is not None:
            raise StoreUnavailable(f'{self.problem}. Nothing is stored until then')

    def empty(self, connection: sqlite3.Connection) -> bool:
        """Write the log into the file and give its space back; return whether that was possible.

        Does not wait for readers. Outside any transaction; raises sqlite3.Error.
        """
        with _without_patience(connection):
            busy, _, _ = connection.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone()
        return not busy


def readers(path: Path) -> str:
    """Name who reads from a database at this moment, as far as the system tells (Linux)."""
    found = set()
    with contextlib.suppress(OSError, ValueError, IndexError):
        inode = os.stat(f'{path}{_INDEX_END}').st_ino
        for line in Path('/proc/locks').read_text(encoding='ascii').splitlines():
            words = [word for word in line.split() if word != '->']
            if int(words[5].rsplit(':', 1)[1]) == inode and int(words[6]) in _READ_LOCKS:
                found.add(int(words[4]))
    names = []
    for process in sorted(found):
        with contextlib.suppress(OSError):
            name = Path(f'/proc/{process}/comm').read_text(encoding='utf-8').strip()
            names.append(f'{name} (process {process})' if process != os.getpid() else
                         'this bridge itself')
    return ' and '.join(names) or 'another program'


@contextlib.contextmanager
def _without_patience(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute('PRAGMA busy_timeout = 0')
    try:
        yield
    finally:
        connection.execute(f'PRAGMA busy_timeout = {round(BUSY_TIMEOUT_S * 1000)}')
