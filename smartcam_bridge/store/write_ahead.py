"""The write-ahead log: how large it is, who keeps it from being emptied, and emptying it."""
import os
from pathlib import Path
import sqlite3

_END = '-wal'


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
