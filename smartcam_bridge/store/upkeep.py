"""All that the recorder does besides committing: backups, purges, a look at disk and log."""
from concurrent.futures import Future
import logging
from pathlib import Path
import shutil
import sqlite3
import time
from typing import Any, Callable

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.status import PURGED
from smartcam_bridge.errors import StoreError
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.chores import BackupChore, PurgeChore
from smartcam_bridge.store.disk import DiskWatch, Level, MB, Usage
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.reconcile import reconcile
from smartcam_bridge.store.retention import media_bytes, used_bytes
from smartcam_bridge.store.session import Session
from smartcam_bridge.store.tasks import Backup, Purge, Reconcile
from smartcam_bridge.store.write_ahead import log_bytes

_LOOK_EVERY_S = 5.0           # at the disk
_SIZES_EVERY_S = 60.0         # at the size of what is stored, and at the log
_EVICT_EVERY_S = 15.0         # the freed space must have shown
_LOG_IDLE_BYTES = 4_000_000   # SQLite empties it about there by itself, while it is written to
_PINNED_SHARE = 1.1           # of media_max_mb: so much there is only where it may not go

_log = logging.getLogger(__name__)

Chore = Backup | Purge | Reconcile
"""The commands that take minutes."""


class Upkeep:
    """Does one slice of something at a time. Recorder's thread only, but for what says else.

    tell: takes an event that is to be recorded.
    """

    def __init__(self, session: Session, settings: Callable[[], Settings],
                 tell: Callable[[Event], object], *,
                 usage: Callable[[Path], Usage] = shutil.disk_usage) -> None:
        self._session = session
        self._settings = settings
        self._tell = tell
        self._backup = BackupChore(session.path)
        self._purge = PurgeChore(session, settings)
        self._watch = WatchChore(session, self._purge, settings,
                                 DiskWatch(session.path.parent, settings, usage=usage))

    @property
    def media_allowed(self) -> bool:
        """Say whether new pictures may be kept. Any thread."""
        return self._watch.media_allowed

    def problem(self) -> str | None:
        """Return what is wrong though everything is stored. Any thread."""
        return self._session.log.problem or self._watch.disk.problem()

    def figures(self) -> dict[str, Any]:
        """Return its fields of a RecorderStatus. Any thread."""
        purged, disk = self._purge.purged, self._watch.disk
        return {'log_bytes': log_bytes(self._session.path),
                'media_bytes': self._watch.media_bytes,
                'media_allowed': self._watch.media_allowed,
                'disk': disk.level.word, 'disk_free_bytes': disk.free_bytes,
                **{f'purged_{name}': purged[name] for name in PURGED}}

    def start(self) -> None:
        """Let the time until the first purge begin."""
        self._purge.start()

    def patience_s(self) -> float:
        """Return how long the recorder may wait for something to commit before `advance`."""
        return min(self._purge.patience_s(), self._watch.patience_s())

    def advance(self) -> None:
        """Do one slice of what is due."""
        if self._watch.patience_s() <= 0:
            event = self._watch.advance(time.time_ns())
            if event is not None:
                self._tell(event)
        elif self._purge.patience_s() <= 0 or self._purge.busy:
            self._purge.advance()

    def keep_up(self) -> None:
        """Do what must have its turn, under a load that never pauses."""
        if self._watch.patience_s() <= 0 or self._purge.overdue():
            self.advance()

    def begin(self, command: Chore, future: Future) -> None:
        """Begin what a command asks for."""
        if not future.set_running_or_notify_cancel():
            return
        if isinstance(command, Backup):
            self._backup.begin(self._settings().backups_keep, future)
        elif isinstance(command, Purge):
            self._purge.begin(command.now_ns, future)
        else:
            self._purge.begin_other(lambda: reconcile(
                self._session.open(), MediaFolder(self._session.path.parent), command.now_ns,
                dry_run=command.dry_run, confirmed=command.confirmed), future)

    def purge_now(self) -> None:
        """Purge as soon as what was asked for before is done."""
        self._purge.begin(time.time_ns())

    def drop(self) -> None:
        """End a purge that runs, with what it did so far."""
        self._purge.drop()

    def cancel(self) -> None:
        """Let a backup that is being written end soon. Any thread."""
        self._backup.cancel()

    def join(self) -> None:
        """Wait for the end of a backup. Any thread."""
        self._backup.join()

    def close(self) -> None:
        """End all that runs or waits."""
        self._purge.close()


class WatchChore:
    """Look after the disk, the size limits and the log, every few seconds.

    Recorder's thread only, but what it knows may be read by any.
    """

    def __init__(self, session: Session, purge: PurgeChore, settings: Callable[[], Settings],
                 disk: DiskWatch) -> None:
        self._session = session
        self._purge = purge
        self._settings = settings
        self._next_s = self._sizes_due_s = self._evict_due_s = 0.0
        self._full = False          # of pictures, and nothing more of them may go
        self.disk = disk
        self.media_bytes = 0

    @property
    def media_allowed(self) -> bool:
        """Say whether new pictures may be kept. Any thread."""
        return self.disk.level < Level.CRITICAL and not self._full

    def patience_s(self) -> float:
        """Return how long it may wait."""
        return max(self._next_s - time.monotonic(), 0.0)

    def advance(self, now_ns: int) -> Event | None:
        """Look; return what there is to tell. Raises nothing: what fails is tried again."""
        now_s = time.monotonic()
        self._next_s = now_s + _LOOK_EVERY_S
        event = self.disk.look(now_ns)
        try:
            if now_s >= self._sizes_due_s:
                self._sizes_due_s = now_s + _SIZES_EVERY_S
                self._look_at_sizes()
            if self.disk.wanted_bytes and now_s >= self._evict_due_s and not self._purge.busy:
                self._evict_due_s = now_s + _EVICT_EVERY_S
                self._purge.begin(now_ns, wanted_bytes=self.disk.wanted_bytes)
        except (sqlite3.Error, OSError, StoreError) as error:
            _log.warning('looking after the store failed, and is tried again: %s', error)
        return event

    def _look_at_sizes(self) -> None:
        connection, settings = self._session.open(), self._settings()
        if log_bytes(self._session.path) > _LOG_IDLE_BYTES:
            self._session.log.empty(connection)
        self.media_bytes = media_bytes(connection)
        limit_bytes = settings.media_max_mb * MB
        too_much = bool(limit_bytes) and self.media_bytes > limit_bytes
        # A purge was asked for a while ago, and yet there is a tenth too much: all is pinned.
        self._full = self.media_bytes > 1.1 * limit_bytes if too_much else False
        if settings.database_max_mb:
            too_much |= used_bytes(connection) > settings.database_max_mb * MB
        if too_much and not self._purge.busy:
            self._purge.begin(time.time_ns())
