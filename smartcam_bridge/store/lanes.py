"""Read-only connections for an asyncio loop: aiosqlite's, or a thread's where that is missing."""
import asyncio
from concurrent.futures import ThreadPoolExecutor
import os
from pathlib import Path
import sqlite3
import time
from typing import Any, Mapping, Protocol

from smartcam_bridge.errors import StoreUnavailable
from smartcam_bridge.store.engine import BUSY_TIMEOUT_S, connect
from smartcam_bridge.store.faults import explain

try:
    import aiosqlite
except ImportError:  # it has no rosdep key, so a robot may lack it
    aiosqlite = None


READ_MAX_S = 10.0
"""A question that takes longer is given up: while it lasts the log cannot be emptied."""

_OPERATIONS = 20_000    # of SQLite's machine between two looks at the clock: some 0.2 ms


class BoundedConnection(sqlite3.Connection):
    """A connection whose every question ends within READ_MAX_S, in an OperationalError.

    It begins no transaction, so a question's snapshot ends with its last row.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._until_s = 0.0
        self.set_progress_handler(self._is_overdue, _OPERATIONS)

    def execute(self, *args: Any) -> sqlite3.Cursor:
        """Begin a question."""
        self._until_s = time.monotonic() + READ_MAX_S
        return super().execute(*args)

    def _is_overdue(self) -> bool:
        return time.monotonic() > self._until_s


class Lane(Protocol):
    """One connection; one query at a time."""

    async def fetch(self, sql: str, values: Mapping[str, Any]) -> list[tuple]:
        """Return all rows; raise StoreUnavailable."""

    async def close(self) -> None:
        """Close it."""


def make_lane(path: Path) -> Lane:
    """Return a lane of the better kind; it opens at its first query."""
    return ThreadLane(path) if aiosqlite is None else AiosqliteLane(path)


class ThreadLane:
    """A connection on a thread of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix='reader')
        self._file: object = None
        self._connection: sqlite3.Connection | None = None

    async def fetch(self, sql: str, values: Mapping[str, Any]) -> list[tuple]:
        """Return all rows; raise StoreUnavailable."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._fetch, sql, values)

    async def close(self) -> None:
        """Close it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _fetch(self, sql: str, values: Mapping[str, Any]) -> list[tuple]:
        try:
            file = _identity(self._path)
            if self._connection is None or self._file != file:
                self._close()
                self._connection, self._file = self._open(), file
            return self._connection.execute(sql, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise _unavailable(error, self._path) from error

    def _open(self) -> sqlite3.Connection:
        return connect(self._path, read_only=True, kind=BoundedConnection)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class AiosqliteLane:
    """A connection of aiosqlite's. It must be closed, else its thread keeps the process alive."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: object = None
        self._opening: 'asyncio.Task[aiosqlite.Connection] | None' = None

    async def fetch(self, sql: str, values: Mapping[str, Any]) -> list[tuple]:
        """Return all rows; raise StoreUnavailable."""
        try:
            file = _identity(self._path)
            if self._opening is None or self._file != file:
                await self.close()
                self._opening, self._file = asyncio.ensure_future(self._open()), file
            # Shielded: who cancels a query would else leave a half-open connection behind.
            connection = await asyncio.shield(self._opening)
            return list(await connection.execute_fetchall(sql, values))
        except (sqlite3.Error, OSError) as error:
            raise _unavailable(error, self._path) from error

    async def close(self) -> None:
        """Close it."""
        opening, self._opening = self._opening, None
        if opening is not None:
            try:
                connection = await opening
            except (sqlite3.Error, OSError):
                return  # it never opened
            await connection.close()

    async def _open(self) -> 'aiosqlite.Connection':
        connection = await aiosqlite.connect(
            f'{self._path.absolute().as_uri()}?mode=ro', uri=True, timeout=BUSY_TIMEOUT_S,
            isolation_level=None, factory=BoundedConnection)
        await connection.execute_fetchall('PRAGMA query_only = ON')
        return connection


def _unavailable(error: Exception, path: Path) -> StoreUnavailable:
    if 'interrupted' in str(error):
        return StoreUnavailable(f'the question took longer than {READ_MAX_S:g} s and was given '
                                'up; ask for less')
    return StoreUnavailable(explain(error, path))


def _identity(path: Path) -> tuple[int, int]:
    """Return what changes when another file is put in a file's place; raise OSError."""
    stat = os.stat(path)
    return stat.st_dev, stat.st_ino
