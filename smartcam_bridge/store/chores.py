"""Work that takes minutes, done so that recording goes on meanwhile."""
from collections import deque
from concurrent.futures import Future
import logging
from pathlib import Path
import sqlite3
import threading
import time
from typing import Callable, Iterator

from smartcam_bridge.errors import Conflict, SmartcamError, StoreError, StoreUnavailable
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.backup import back_up
from smartcam_bridge.store.faults import explain, is_corrupt
from smartcam_bridge.store.retention import PurgeReport
from smartcam_bridge.store.session import resolve, Session

_FIRST_PURGE_S = 300.0        # after the start, which has enough to do
_PURGE_EVERY_S = 3600.0
_BETWEEN_SLICES_S = 0.01      # lets other processes at the write lock
_SLICE_EVERY_S = 0.2          # while a purge runs, also when there is always something to commit

_log = logging.getLogger(__name__)


class BackupChore:
    """Write one backup at a time: it only reads, so it has a short-lived thread of its own.

    The recorder's thread begins, any thread cancels.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, keep: int, future: Future) -> None:
        """Start; the future answers the backup's path, or Conflict while another is written."""
        if self._thread is not None and self._thread.is_alive():
            future.set_exception(Conflict('a backup is being written already'))
            return
        self._thread = threading.Thread(
            target=self._run, args=(keep, future), name='backup', daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Let a backup that is being written end soon, without a result."""
        self._cancelled.set()

    def join(self) -> None:
        """Wait for its end."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, keep: int, future: Future) -> None:
        try:
            future.set_result(back_up(self._path, keep, progress=self._go_on))
        except SmartcamError as error:
            future.set_exception(error)
        except Exception as error:  # the outermost handler of this thread: whoever asked is told
            _log.exception('the backup failed for no known reason')
            future.set_exception(error)

    def _go_on(self, copied: int, total: int) -> None:
        if self._cancelled.is_set():
            raise StoreError('the backup was given up: the bridge stops')


class PurgeChore:
    """Purge now and then and when asked to, slice by slice between the commits.

    Recorder's thread only.
    """

    def __init__(self, session: Session, settings: Callable[[], Settings]) -> None:
        self._session = session
        self._settings = settings
        self._asked: deque[tuple[int, Future | None]] = deque()  # the first is the one that runs
        self._slices: Iterator[PurgeReport] | None = None
        self._report = PurgeReport()
        self._next_s = self._slice_due_s = 0.0

    def start(self) -> None:
        """Let the time until the first purge begin."""
        self._next_s = time.monotonic() + _FIRST_PURGE_S

    def begin(self, now_ns: int, future: Future | None = None) -> None:
        """Purge as of `now_ns` as soon as those asked for before are done."""
        self._asked.append((now_ns, future))

    def patience_s(self) -> float:
        """Return how long the recorder may wait for something to commit before `advance`."""
        if self._slices is not None:
            return _BETWEEN_SLICES_S
        return 0.0 if self._asked else max(self._next_s - time.monotonic(), 0.0)

    def overdue(self) -> bool:
        """Say whether a slice must have its turn, under a load that never pauses."""
        return (self.patience_s() <= _BETWEEN_SLICES_S
                and time.monotonic() >= self._slice_due_s)

    def advance(self) -> None:
        """Do one slice."""
        if not self._asked:
            self.begin(time.time_ns())
        self._slice_due_s = time.monotonic() + _SLICE_EVERY_S
        try:
            if self._slices is None:
                self._next_s = time.monotonic() + _PURGE_EVERY_S
                self._report = PurgeReport()
                self._slices = self._session.purge(self._asked[0][0], self._settings())
            self._report = next(self._slices)
        except (sqlite3.Error, OSError, StoreError) as error:
            self._end(StoreUnavailable(explain(error, self._session.path)))
            if is_corrupt(error):
                self._session.close()
            return
        if self._report.complete:
            self._end()

    def drop(self) -> None:
        """End a purge that runs, with what it did so far."""
        if self._slices is not None:
            self._end()

    def close(self) -> None:
        """End them all."""
        self.drop()
        while self._asked:
            self._report = PurgeReport()
            self._end()

    def _end(self, failure: StoreError | None = None) -> None:
        self._slices = None
        _, future = self._asked.popleft()
        resolve(future, self._report, failure)
