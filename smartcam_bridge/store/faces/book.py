"""Everybody who has a name, as everybody else may see them: what is committed, and only that."""
import contextlib
from dataclasses import replace
import logging
from pathlib import Path
import sqlite3
import time
from types import MappingProxyType
from typing import Any, Callable, Iterator

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Correction
from smartcam_bridge.domain.people import People
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.event_rows import event_of, newest_seq, raise_seq
from smartcam_bridge.store.event_sql import ONE as ONE_EVENT
from smartcam_bridge.store.faces.commands import ANSWERS
from smartcam_bridge.store.faces.erasures import read_erasures, take_back, write_erasures
from smartcam_bridge.store.faces.forget import forget_again
from smartcam_bridge.store.faces.galleries import Galleries, MB
from smartcam_bridge.store.faces.hindsight import Hindsight
from smartcam_bridge.store.faces.people_rows import names_of, refused_ids
from smartcam_bridge.store.faces.work import Work

_log = logging.getLogger(__name__)


class Book:
    """Owns the galleries. Recorder's thread only, but `people` and `problem` any may read.

    people: replaced as a whole after each commit that changed anything about people.
    """

    def __init__(self, path: Path, settings: Callable[[], Settings]) -> None:
        self._path = path
        self._settings = settings
        self._galleries = Galleries(lambda: settings().gallery_max_mb * MB)
        self._corrections: list[Correction] = []
        self._newest_id = 0     # of a person, in this file or one that was lost
        self.people = People()
        self.hindsight = Hindsight()

    @property
    def problem(self) -> str | None:
        """Return why nobody can be recognised; None: all is well."""
        return self._galleries.problem

    def load(self, connection: sqlite3.Connection) -> None:
        """Read a file that was just opened. Inside the caller's transaction.

        Whoever was forgotten is not in it then, even if it is an older copy.
        """
        raise_seq(connection, self._newest_id, 'people')
        again = forget_again(connection, read_erasures(self._path), time.time_ns())
        if again:
            _log.warning('%s held %d who were forgotten: they are forgotten again', self._path,
                         again)
        self._galleries.load(connection)
        names, refused = names_of(connection), refused_ids(connection)
        self._newest_id = newest_seq(connection, 'people')
        self._publish(names, refused)

    @contextlib.contextmanager
    def turn(self, connection: sqlite3.Connection) -> Iterator['Turn']:
        """Let commands be run; what they did shows when this ends, and not where it raises.

        The caller's transaction begins and ends within.
        """
        if self._galleries.adopt_plan():
            self._publish(dict(self.people.names), self.people.refused)
        turn = Turn(connection, self._path, self._settings(), self._galleries)
        changes = self._galleries.changes
        try:
            yield turn
        except BaseException:
            self._galleries.stale |= self._galleries.changes != changes
            turn.take_back()
            raise
        if not turn.works:
            return
        for work in turn.works:
            self.hindsight.learn(work.corrections, work.heirs, work.gone_strangers)
            self._corrections += work.corrections
            self._corrections += (Correction(0, 0, gone_stranger_id=gone)
                                  for gone in sorted(work.gone_strangers))
        self._newest_id = turn.newest_id
        self._publish(turn.names, turn.refused)

    def take_corrections(self) -> tuple[Correction, ...]:
        """Return what was said of open tracks since the last time, by what is committed."""
        taken, self._corrections = tuple(self._corrections), []
        return taken

    def named(self, event: Event) -> Event:
        """Return an event with the names of its people."""
        names = self.people.names
        ids = [id_ for id_ in (event.person_id, event.was_person_id) if id_ in names]
        return replace(event, names=tuple((id_, names[id_]) for id_ in ids)) if ids else event

    def _publish(self, names: dict[int, str], refused: frozenset[int]) -> None:
        self.people = People(MappingProxyType(names), self._galleries.snapshots(),
                             self._galleries.snapshots(withheld=True), refused)


class Turn:
    """The commands about people of one commit, one after the other."""

    def __init__(self, connection: sqlite3.Connection, path: Path, settings: Settings,
                 galleries: Galleries) -> None:
        self._connection = connection
        self._path = path
        self._settings = settings
        self._galleries = galleries
        self.works: list[Work] = []
        self.names: dict[int, str] = {}
        self.refused: frozenset[int] = frozenset()
        self.newest_id = 0
        self._erasures_bytes: int | None = None     # before this turn wrote any

    def answer(self, command: Any) -> Any:
        """Run a command; where it raises, the caller rolls back to before it."""
        if self._galleries.stale:
            self._galleries.load(self._connection)
        work = Work(self._connection, self._settings, self._galleries)
        changes = self._galleries.changes
        try:
            result = ANSWERS[type(command)](work, command)
        except BaseException:
            self._galleries.stale |= self._galleries.changes != changes
            raise
        self.works.append(work)
        return result

    def end(self, events: list[Event]) -> list[Event]:
        """See to all that may fail, before the commit; return the events that are to be told.

        events: those of this commit. What was corrected meanwhile is told as it is now.
        """
        if not self.works:
            return events
        if self._galleries.stale:
            self._galleries.load(self._connection)
        self.names = names_of(self._connection)
        self.refused = refused_ids(self._connection)
        self.newest_id = newest_seq(self._connection, 'people')
        if erasures := [erasure for work in self.works for erasure in work.erasures]:
            self._erasures_bytes = write_erasures(self._path, erasures)
        told = [*events, *(event for work in self.works for event in work.events)]
        return [self._as_it_is(event) if event.person_id or event.stranger_id else event
                for event in sorted(told, key=lambda event: event.seq)]

    def take_back(self) -> None:
        """Undo what is not undone with the transaction."""
        if self._erasures_bytes is not None:
            take_back(self._path, self._erasures_bytes)

    def _as_it_is(self, event: Event) -> Event:
        row = self._connection.execute(ONE_EVENT.sql, ONE_EVENT.bound(seq=event.seq)).fetchone()
        return event_of(row) if row is not None else event      # deleted in this very commit
