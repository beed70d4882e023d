"""The database as one recorder has it open."""
from concurrent.futures import Future
import logging
import os
from pathlib import Path
import sqlite3
import time
from typing import Any, Callable, Iterable, Iterator

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Correction, Stranger
from smartcam_bridge.domain.model import Camera
from smartcam_bridge.domain.people import People
from smartcam_bridge.domain.shapes import Shape
from smartcam_bridge.errors import SmartcamError
from smartcam_bridge.settings import Settings
from smartcam_bridge.store import heat, schema, tasks, track_ids
from smartcam_bridge.store.backup import remove_unfinished
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.cameras import (
    change_camera, create_camera, delete_camera, list_cameras, restore_camera)
from smartcam_bridge.store.engine import SIDE_FILES, transaction
from smartcam_bridge.store.event_changes import (
    acknowledge_events, change_event, create_event, delete_event)
from smartcam_bridge.store.event_rows import newest_seq, raise_seq
from smartcam_bridge.store.faces.book import Book, Turn
from smartcam_bridge.store.faces.commands import ANSWERS as PEOPLE_ANSWERS
from smartcam_bridge.store.faces.strangers import newest_strangers, next_stranger_id
from smartcam_bridge.store.media import MediaFolder, remove_doomed
from smartcam_bridge.store.pins import pin_track
from smartcam_bridge.store.quarantine import move_aside, open_or_replace
from smartcam_bridge.store.rebuild import what_is_missing
from smartcam_bridge.store.recovery import recover, Recovered
from smartcam_bridge.store.retention import purge, PurgeReport
from smartcam_bridge.store.rollups import rolled_up
from smartcam_bridge.store.shapes import (
    change_shape, create_shape, delete_shape, list_shapes, restore_shape)
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.tokens import delete_token, list_tokens, restore_token, save_token
from smartcam_bridge.store.write_ahead import WriteAheadLog
from smartcam_bridge.store.writer import INSERT_LABEL, newest_track_id, write_facts, Written
from sqlalchemy import select

Reply = tuple[Future, Any, BaseException | None]
"""A command's Future, and what `resolve` tells it after the commit."""

_LABELS = compiled(select(schema.labels.c.id, schema.labels.c.name))
_ANSWERS: dict[type, Callable[[sqlite3.Connection, Any], Any]] = {
    tasks.CreateCamera: lambda connection, c: create_camera(connection, c.name, c.fields),
    tasks.ChangeCamera: lambda connection, c: change_camera(connection, c.name, c.fields),
    tasks.DeleteCamera: lambda connection, c: delete_camera(connection, c.name),
    tasks.CreateShape: create_shape,
    tasks.ChangeShape: change_shape,
    tasks.DeleteShape: delete_shape,
    tasks.SaveToken: save_token,
    tasks.DeleteToken: lambda connection, c: delete_token(connection, c.id),
    tasks.CreateEvent: lambda connection, c: create_event(connection, c.event),
    tasks.ChangeEvent: change_event,
    tasks.AcknowledgeEvents: acknowledge_events,
    tasks.DeleteEvent: delete_event,
    tasks.PinTrack: pin_track,
    tasks.Barrier: lambda connection, c: None,
}
_log = logging.getLogger(__name__)


class Session:
    """The one write connection, and what is known of the store in memory.

    One thread at a time. What is in memory outlives a file that is lost while running: cameras,
    shapes and labels keep their ids in the new one, because observations that wait speak of them.
    People are gone with their file: what is known of them must not be where they are not.
    """

    def __init__(self, path: Path, settings: Callable[[], Settings] = Settings) -> None:
        self.path = path
        self.cameras: tuple[Camera, ...] = ()
        self.shapes: tuple[Shape, ...] = ()
        self.labels: dict[str, int] = {}
        self.next_track_id = 1
        self._strangers: tuple[Stranger, ...] = ()
        self.next_stranger_id = 1
        self.notice: str | None = None
        self._book = Book(path, settings)
        self._mark = 1
        self._seq = 0       # of the last event
        self._heat_due_s = 0.0      # monotonic
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self.log = WriteAheadLog(path)

    def begin(self, camera_names: Iterable[str], ranked: Callable[[Event], Event]) -> Recovered:
        """Open, add the cameras that are missing, end what a kill left open."""
        remove_unfinished(self.path)
        connection = self.open()
        with transaction(connection):
            known = {camera.name for camera in self.cameras}
            for name in dict.fromkeys(camera_names):
                if name and name not in known:
                    create_camera(connection, name, {})
            recovered = recover(connection, ranked)
            self._seq = newest_seq(connection)
            self.next_track_id = self._mark
            self._mark += track_ids.BLOCK
            track_ids.write_mark(connection, self._mark)
            self.cameras = list_cameras(connection)
            self._strangers = newest_strangers(connection)
            self.next_stranger_id = next_stranger_id(connection)
        return recovered

    def open(self) -> sqlite3.Connection:
        """Return the connection; open it (again) where there is none or the file was swapped."""
        if self._connection is not None and self._file == _identity(self.path):
            return self._connection
        tokens = self._leave_lost_file() if self._connection is not None else []
        connection, notice = open_or_replace(self.path)
        missing = what_is_missing(connection)
        if missing is not None:
            _log.warning('%s: %s', self.path, missing)
        self.notice = notice or self.notice or missing
        with transaction(connection):
            for camera in self.cameras:
                restore_camera(connection, camera)
            for shape in self.shapes:
                restore_shape(connection, shape)
            connection.executemany(
                INSERT_LABEL, [(id_, name) for name, id_ in self.labels.items()])
            for row in tokens:
                restore_token(connection, row)
            self._mark = max(self._mark, track_ids.read_mark(connection))
            track_ids.write_mark(connection, self._mark)
            raise_seq(connection, self._seq)
            self.cameras = list_cameras(connection)
            self.shapes = list_shapes(connection)
            self.labels = {name: id_ for id_, name in connection.execute(_LABELS.sql)}
            self._book.load(connection)
        self._connection, self._file = connection, _identity(self.path)
        return connection

    def commit(self, batch: Batch) -> tuple[Written, list[Reply]]:
        """Write facts, then run commands, in one transaction; the replies are for after it.

        Raises sqlite3.Error, OSError or StoreError where the file is to blame: nothing is written.
        """
        connection = self.open()
        self.log.require_room(connection)
        cameras, shapes = self.cameras, self.shapes
        with self._book.turn(connection) as turn, transaction(connection):
            with rolled_up(connection, batch):
                written = write_facts(connection, batch, {camera.id for camera in cameras},
                                      self._book.hindsight)
            heat_due_s = self._advance_heat(connection)
            mark = track_ids.mark_after(self._mark, newest_track_id(batch))
            if mark != self._mark:
                track_ids.write_mark(connection, mark)
            replies = [_answer(connection, turn, command, future)
                       for command, future in batch.commands
                       if future.set_running_or_notify_cancel()]
            if replies:
                cameras, shapes = list_cameras(connection), list_shapes(connection)
                written.events += [made for _, made, _ in replies if isinstance(made, Event)]
                written.events = turn.end(written.events)
            seq = newest_seq(connection)
        self._mark, self._seq = mark, seq
        self.cameras, self.shapes = cameras, shapes
        self._heat_due_s = heat_due_s
        self.labels |= {name: id_ for id_, name in batch.labels.items()}
        written.events = [self._book.named(event) for event in written.events]
        return written, replies

    @property
    def people(self) -> People:
        """Return everybody who has a name, as committed. Any thread."""
        return self._book.people

    @property
    def problem(self) -> str | None:
        """Return what is wrong though everything is stored. Any thread."""
        return self._book.problem or self.notice

    def take_corrections(self) -> tuple[Correction, ...]:
        """Return what commands said of open tracks since the last time."""
        return self._book.take_corrections()

    def take_strangers(self) -> tuple[Stranger, ...]:
        """Return the strangers of the beginning, once: who is forgotten must not stay here."""
        taken, self._strangers = self._strangers, ()
        return taken

    def _advance_heat(self, connection: sqlite3.Connection) -> float:
        """Add to the heat maps where that is due; return when it is due again."""
        now_s = time.monotonic()
        if now_s < self._heat_due_s:
            return self._heat_due_s
        return now_s if heat.advance(connection) else now_s + heat.PERIOD_S

    def purge(self, now_ns: int, settings: Settings, *,
              wanted_bytes: int = 0) -> Iterator[PurgeReport]:
        """Purge slice by slice; see `store.retention.purge`."""
        return purge(self.open(), now_ns, settings, MediaFolder(self.path.parent),
                     wanted_bytes=wanted_bytes)

    def remove_doomed(self) -> None:
        """Remove some of the pictures that a commit forgot."""
        next(remove_doomed(self.open(), MediaFolder(self.path.parent)), 0)

    def require_room(self) -> None:
        """Raise StoreUnavailable while the log must not grow; see `store.write_ahead`."""
        self.log.require_room(self.open())

    def size_bytes(self) -> int:
        """Return the size of the file and its log. Any thread."""
        total = 0
        for end in ('', *SIDE_FILES):
            try:
                total += os.stat(f'{self.path}{end}').st_size
            except OSError:
                pass  # not there at present
        return total

    def close(self, *, checkpoint: bool = False) -> None:
        """Close; with `checkpoint` the file alone holds everything, safe to copy. Idempotent."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if checkpoint:
                connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        except sqlite3.Error as error:
            _log.warning('%s: its log stays beside it: %s', self.path, error)
        finally:
            connection.close()

    def _leave_lost_file(self) -> list[Any]:
        """Let go of a file that was removed or replaced; return its tokens, still readable."""
        connection, self._connection = self._connection, None
        aside = None
        if self.path.exists():
            aside = self.path.with_name(self.path.name + '.keep')
            self.path.rename(aside)  # else SQLite would apply the lost file's log to this one
        try:
            tokens = list_tokens(connection)
        except sqlite3.Error:
            tokens = []
        connection.close()
        for end in SIDE_FILES:
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        kept = ''
        if aside is not None:
            aside.rename(self.path)
            kept = f'; what was put there is now {move_aside(self.path, "replaced").name}'
        self.notice = ('the database was removed or replaced while it was in use; a new one was '
                       f'begun{kept}. Stop the bridge first, or use smartcam db restore')
        _log.error('%s: %s', self.path, self.notice)
        return tokens


def resolve(future: Future | None, result: Any, failure: BaseException | None) -> None:
    """Tell a Future what came of its command; nothing where nobody asks (any more)."""
    if future is None or future.done():
        return
    if not future.running() and not future.set_running_or_notify_cancel():
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino


def _answer(connection: sqlite3.Connection, turn: Turn, command: Any, future: Future) -> Reply:
    """Run one command; where it fails for a reason of its own, undo it and only it."""
    connection.execute('SAVEPOINT command')
    result, failure = None, None
    try:
        result = (turn.answer(command) if type(command) in PEOPLE_ANSWERS
                  else _ANSWERS[type(command)](connection, command))
    except (SmartcamError, sqlite3.IntegrityError, TypeError, ValueError, OverflowError,
            KeyError) as error:
        connection.execute('ROLLBACK TO command')
        failure = error
    connection.execute('RELEASE command')
    return future, result, failure
