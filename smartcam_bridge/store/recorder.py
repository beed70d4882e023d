"""The one writer: a thread that owns the database and commits what others hand it."""
from concurrent.futures import Future
import contextlib
from dataclasses import dataclass, replace
import logging
from pathlib import Path
import shutil
import sqlite3
import threading
import time
from typing import Any, Callable

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Stranger
from smartcam_bridge.domain.model import Camera
from smartcam_bridge.domain.people import People
from smartcam_bridge.domain.severity import SeverityRules
from smartcam_bridge.domain.shapes import Shape
from smartcam_bridge.domain.status import RecorderStatus
from smartcam_bridge.errors import StoreError, StoreUnavailable
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.backlog import Backlog
from smartcam_bridge.store.batch import Batch, Fact
from smartcam_bridge.store.disk import Usage
from smartcam_bridge.store.faults import explain, is_passing
from smartcam_bridge.store.lock import StoreLock
from smartcam_bridge.store.news import News, OnCameras, OnEvents, OnPeople, OnShapes
from smartcam_bridge.store.people_tasks import ForgetPerson, ForgetStranger
from smartcam_bridge.store.session import Reply, resolve, Session
from smartcam_bridge.store.tasks import DeleteCamera, RecordEvent
from smartcam_bridge.store.upkeep import Chore, Upkeep
from smartcam_bridge.store.writer import Written

_RETRY_S = (0.25, 5.0)        # first and longest pause after a failure
_UNEXPECTED_MAX = 3           # tries of a batch that fails for no known reason
_CLOSE_S = 1.0                # how long a stop insists on a disk that fails
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoreState:
    """What the store knew when it was opened."""

    cameras: tuple[Camera, ...]
    labels: dict[str, int]    # name -> id
    next_track_id: int        # this and later ids were never used
    recovered_tracks: int     # were open after a kill, and are ended now
    shapes: tuple[Shape, ...] = ()
    people: People = People()
    strangers: tuple[Stranger, ...] = ()
    next_stranger_id: int = 1   # this and later ids were never used


class Recorder:
    """Record facts and run commands, in batches, on a thread of its own.

    `record`, `submit` and `status` may be called from any thread. `on_cameras` is called on the
    recorder's thread after each commit that changed the cameras, `on_shapes` after each that
    changed zones, tripwires or masks, `on_people` after each that changed people, templates,
    rejections or strangers (with what it says of open tracks), `on_events` after each that
    stored events, with their numbers and in their order, before the commands of that commit are
    answered (and by `start`, with those of a recovery). `settings` is asked again for every
    batch, so live changes count.
    """

    def __init__(self, path: Path, settings: Callable[[], Settings], *,
                 on_cameras: OnCameras | None = None, on_shapes: OnShapes | None = None,
                 on_events: OnEvents | None = None, on_people: OnPeople | None = None,
                 usage: Callable[[Path], Usage] = shutil.disk_usage) -> None:
        self._settings = settings
        self._backlog = Backlog(settings)
        self._session = Session(path, settings)
        self._news = News(self._session, on_cameras=on_cameras, on_shapes=on_shapes,
                          on_events=on_events, on_people=on_people)
        self._lock = StoreLock(path.parent)
        self._upkeep = Upkeep(self._session, settings, lambda event: self._backlog.put(
            RecordEvent(event)), usage=usage)
        self._thread: threading.Thread | None = None
        self._closing = threading.Lock()
        # Written by the recorder's thread only:
        self._problem: str | None = None
        self._rules = SeverityRules(())
        self._failures = 0
        self._unexpected = 0
        self._recorded = self._events = self._refused = self._commits = 0
        self._lost = self._events_lost = 0
        self._committed_s: float | None = None
        self._give_up_s: float | None = None

    def start(self) -> StoreState:
        """Open the store and start the thread.

        Raises StoreUnavailable (in use by another bridge, locked, read-only), SchemaTooNew, and
        StoreError where the file is not ours or a migration failed.
        """
        session = self._session
        with contextlib.ExitStack() as undo:
            try:
                session.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._lock.acquire()
                undo.callback(self._lock.release)
                undo.callback(session.close)
                recovered = session.begin(self._settings().cameras, self._rules_now().ranked)
            except (sqlite3.Error, OSError) as error:
                raise StoreUnavailable(explain(error, session.path)) from error
            undo.pop_all()
        self._events = len(recovered.events)
        self._news.begin()
        self._news.tell(recovered.events)
        self._upkeep.start()
        self._thread = threading.Thread(target=self._run, name='recorder', daemon=True)
        self._thread.start()
        return StoreState(session.cameras, dict(session.labels), session.next_track_id,
                          recovered.tracks, session.shapes, session.people,
                          session.take_strangers(), session.next_stranger_id)

    def record(self, *facts: Fact) -> bool:
        """Hand over facts that one commit stores; return whether all were taken. Never waits.

        What was not taken is counted.
        """
        return self._backlog.put(*facts)

    def submit(self, command: Any) -> Future:
        """Hand over a command of `store.tasks`; the Future resolves after its commit.

        Raises QueueFull, and StoreError once closed. The Future fails with StoreUnavailable where
        the disk does: whoever asks is told at once instead of waiting for its return.
        """
        return self._backlog.submit(command)

    def status(self) -> RecorderStatus:
        """Say how it is."""
        thread, committed_s = self._thread, self._committed_s
        running = thread is not None and thread.is_alive()
        return RecorderStatus(
            state='closed' if not running else 'degraded' if self._problem else 'running',
            problem=self._problem or self._upkeep.problem() or self._session.problem,
            backlog=len(self._backlog),
            capacity=self._backlog.capacity,
            thinned=self._backlog.thinned,
            dropped=self._backlog.dropped + self._lost,
            refused=self._refused,
            recorded=self._recorded,
            events=self._events,
            events_lost=self._backlog.events_lost + self._events_lost,
            commits=self._commits,
            commit_age_s=None if committed_s is None else time.monotonic() - committed_s,
            database_bytes=self._session.size_bytes(),
            **self._upkeep.figures())

    @property
    def media_allowed(self) -> bool:
        """Say whether there is room for new pictures. Any thread."""
        return self._upkeep.media_allowed

    def close(self) -> None:
        """Commit what waits, and leave a file that is whole by itself. Idempotent."""
        with self._closing:
            self._backlog.close()
            self._upkeep.cancel()
            if self._thread is not None:
                self._thread.join()
                self._upkeep.join()
            self._lock.release()

    # What follows runs on the recorder's thread.

    def _run(self) -> None:
        finished = False
        while not finished:
            try:
                finished = self._turn()
            except Exception:  # the outermost loop: whatever it was, recording goes on
                _log.exception('the recorder failed for no known reason; the store is reopened')
                self._upkeep.drop()
                self._session.close()
        self._upkeep.close()
        self._session.close(checkpoint=True)

    def _turn(self) -> bool:
        """Do one thing: a batch, or a slice of the upkeep. Return whether all is done."""
        batch = self._backlog.take(self._upkeep.patience_s())
        if batch is None:
            self._upkeep.advance()
            return False
        if not batch:
            return self._backlog.closed
        try:
            written, replies = self._commit(batch)
        except (sqlite3.Error, OSError, StoreError) as error:
            self._postpone(batch, error)
        except Exception:
            self._postpone_unexpected(batch)
            raise
        else:
            self._tell(written.events, replies)
            self._begin_chores(batch)
            if batch.shots:
                self._remove_doomed()
        self._upkeep.keep_up()
        return False

    def _commit(self, batch: Batch) -> tuple[Written, list[Reply]]:
        now = [(c, f) for c, f in batch.commands if not isinstance(c, Chore)]
        written, replies = self._session.commit(
            replace(batch, commands=now, events=self._ranked(batch.events)))
        self._backlog.done()
        self._recorded += written.observations
        self._events += len(written.events)
        self._refused += written.refused
        self._commits += 1
        self._committed_s = time.monotonic()
        self._failures = self._unexpected = 0
        if self._problem is not None:
            _log.info('the recorder works again')
            self._problem = None
        return written, replies

    def _ranked(self, events: list[Event]) -> list[Event]:
        rules = self._rules_now()
        return [rules.ranked(event) for event in events]

    def _rules_now(self) -> SeverityRules:
        texts = self._settings().severities
        if self._rules.texts != texts:
            self._rules = SeverityRules(texts)
        return self._rules

    def _tell(self, events: list[Event], replies: list[Reply]) -> None:
        """Tell what was committed; the facts are safe whatever goes wrong here."""
        try:
            self._news.tell(events)
        finally:
            for future, result, failure in replies:
                resolve(future, result, failure)

    def _remove_doomed(self) -> None:
        """Remove the pictures that were replaced; what fails is left to the next purge."""
        try:
            self._session.remove_doomed()
        except (sqlite3.Error, OSError, StoreError) as error:
            _log.warning('replaced pictures stay for now: %s', error)

    def _begin_chores(self, batch: Batch) -> None:
        for command, future in batch.commands:
            if isinstance(command, Chore):
                self._upkeep.begin(command, future)
            elif isinstance(command, (DeleteCamera, ForgetPerson, ForgetStranger)):
                self._upkeep.purge_now()

    def _postpone(self, batch: Batch, error: Exception) -> None:
        """Keep the facts for another try, tell the commands."""
        path = self._session.path
        problem = str(error) if isinstance(error, StoreError) else explain(error, path)
        if problem != self._problem:
            _log.error('the recorder cannot write: %s', problem)
        self._problem = problem
        if not is_passing(error):
            self._upkeep.drop()
            self._session.close()
        pause_s = min(_RETRY_S[0] * 2 ** min(self._failures, 10), _RETRY_S[1])
        self._failures += 1
        for _, future in batch.commands:
            resolve(future, None, StoreUnavailable(problem))
        if self._insists():
            self._backlog.give_back(batch, 0.05 if self._backlog.closed else pause_s)
        else:
            self._lose(batch, problem)

    def _postpone_unexpected(self, batch: Batch) -> None:
        self._unexpected += 1
        reason = 'the recorder failed unexpectedly; its log says how'
        for _, future in batch.commands:
            resolve(future, None, StoreError(reason))
        if self._unexpected < _UNEXPECTED_MAX:
            self._backlog.give_back(batch, _RETRY_S[0])
        else:
            self._unexpected = 0
            self._lose(batch, reason)

    def _insists(self) -> bool:
        """Say whether another try makes sense: always, but for a while only when stopping."""
        if not self._backlog.closed:
            return True
        if self._give_up_s is None:
            self._give_up_s = time.monotonic() + _CLOSE_S
        return time.monotonic() < self._give_up_s

    def _lose(self, batch: Batch, reason: str) -> None:
        self._lost += batch.rows
        self._events_lost += len(batch.events)
        self._backlog.done()
        _log.error('%d observations, %d tracks and %d events are lost: %s',
                   len(batch.observations), len(batch.tracks), len(batch.events), reason)
