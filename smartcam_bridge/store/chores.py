"""Work that takes minutes, done so that recording goes on meanwhile."""
from collections import Counter, deque
from concurrent.futures import Future
import dataclasses
from dataclasses import dataclass
import logging
from pathlib import Path
import sqlite3
import threading
import time
from typing import Any, Callable, Iterator

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

    Other work in slices takes its turn between purges. Recorder's thread only.
    """

    def __init__(self, session: Session, settings: Callable[[], Settings]) -> None:
        self._session = session
        self._settings = settings
        self._asked: deque[_Job] = deque()  # the first is the one that runs
        self._slices: Iterator[Any] | None = None
        self._result: Any = None
        self._next_s = self._slice_due_s = 0.0
        self.purged = Counter()     # since the start, by the names of a PurgeReport

    def start(self) -> None:
        """Let the time until the first purge begin."""
        self._next_s = time.monotonic() + _FIRST_PURGE_S

    def begin(self, now_ns: int, future: Future | None = None, *, wanted_bytes: int = 0) -> None:
        """Purge as of `now_ns` as soon as those asked for before are done."""
        self._asked.append(_Job(lambda: self._session.purge(
            now_ns, self._settings(), wanted_bytes=wanted_bytes), PurgeReport(), future))

    def begin_other(self, slices: Callable[[], Iterator[Any]], future: Future) -> None:
        """Do other work in slices; the future answers what the last of them yields."""
        self._asked.append(_Job(slices, None, future))

    @property
    def busy(self) -> bool:
        """Say whether something runs or waits."""
        return bool(self._asked)

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
                self._result = self._asked[0].nothing
                self._slices = self._asked[0].slices()
            self._session.require_room()
            self._result = next(self._slices)
        except StopIteration:
            self._end()
        except (sqlite3.Error, OSError) as error:
            self._end(StoreUnavailable(explain(error, self._session.path)))
            if is_corrupt(error):
                self._session.close()
        except SmartcamError as error:
            self._end(error)

    def drop(self) -> None:
        """End what runs, with what it did so far."""
        if self._slices is not None:
            self._end()

    def close(self) -> None:
        """End them all."""
        self.drop()
        while self._asked:
            self._result = self._asked[0].nothing
            self._end()

    def _end(self, failure: SmartcamError | None = None) -> None:
        self._slices = None
        if isinstance(self._result, PurgeReport):
            self.purged += Counter(dataclasses.asdict(self._result))
        resolve(self._asked.popleft().future, self._result, failure)


@dataclass(frozen=True, slots=True)
class _Job:
    """slices: begins it. nothing: what it answers where it never began."""

    slices: Callable[[], Iterator[Any]]
    nothing: Any
    future: Future | None
