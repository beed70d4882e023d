"""Work that takes minutes and only reads: on a short-lived thread of its own."""
from concurrent.futures import Future
import logging
from pathlib import Path
import threading

from smartcam_bridge.errors import Conflict, SmartcamError, StoreError
from smartcam_bridge.store.backup import back_up

_log = logging.getLogger(__name__)


class BackupChore:
    """Write one backup at a time. The recorder's thread begins, any thread cancels."""

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
