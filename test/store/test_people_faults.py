"""Whatever ends a command about people, at whatever statement: all of it is done, or nothing."""
from concurrent.futures import Future
import contextlib
from pathlib import Path
import shutil
import sqlite3
from typing import Any, Callable

from people_builders import (
    add_person, ask, enroll, face, identity_fact, like, sighting_fact, stranger_fact)
from people_truth import assert_gallery_is_as_the_rows, nobody_named, rows_of
import pytest

from smartcam_bridge.settings import Settings
from smartcam_bridge.store import people_tasks as tasks
from smartcam_bridge.store.backup import verify
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.engine import connect
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.session import Session
from smartcam_bridge.store.tasks import Barrier, CreateEvent
from store_builders import event, event_fact, shot_fact, START_NS, track_fact

WHO = {'who': 'me', 'at_ns': START_NS}
ANN, BOB, STRANGER, OTHER = 1, 2, 4, 5
COMMANDS = {
    'enroll': enroll(BOB, like(face(2), 0.6, 3), source='track', track_id=1, jpeg=b'jpeg',
                     override=True),
    'merge': tasks.MergePeople(ANN, BOB, **WHO),
    'forget': tasks.ForgetPerson(ANN, **WHO),
    'name stranger': tasks.NameStranger(STRANGER, 0, 'Eve', **WHO),
    'forget stranger': tasks.ForgetStranger(STRANGER, **WHO),
    'merge strangers': tasks.MergeStrangers(STRANGER, OTHER, **WHO),
    'reject': tasks.RejectIdentity(1, **WHO),
    'withdraw consent': tasks.ChangePerson(ANN, None, None, 'withdrawn', **WHO),
    'give consent': tasks.ChangePerson(3, None, None, 'given', **WHO),
    'delete template': tasks.DeleteTemplate(1, **WHO)}


class Killed(BaseException):
    """The process ends here."""


class FailingConnection(sqlite3.Connection):
    """A connection of which one statement fails, counted from when it is armed; once only."""

    left = 0
    failure: BaseException = Killed()

    def _step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.failure

    def execute(self, *args: Any) -> sqlite3.Cursor:
        """Run it, unless it is the one that fails."""
        self._step()
        return super().execute(*args)

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        """Run it, unless it is the one that fails."""
        self._step()
        return super().executemany(*args)


@pytest.fixture(scope='module')
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a store in which each of the commands has much to do."""
    path = tmp_path_factory.mktemp('people') / 'smartcam.sqlite3'
    recorder = Recorder(path, Settings)
    recorder.start()
    for name, number in (('Ann', 1), ('Bob', 2), ('Kim', 3)):
        add_person(recorder, name, face(number), like(face(number), 0.7), notes='Ann and Bob')
    ask(recorder, tasks.ChangePerson(3, None, None, 'refused', **WHO))
    folder = MediaFolder(path.parent)
    recorder.record(
        *(track_fact(id_) for id_ in (1, 2, 3, 4)), stranger_fact(STRANGER, face(5)),
        stranger_fact(OTHER, like(face(5), 0.5)),
        identity_fact(1, ANN), identity_fact(2, BOB), identity_fact(3, stranger=STRANGER),
        identity_fact(4, ANN), sighting_fact(1, like(face(1), 0.5)), sighting_fact(2, face(2)),
        sighting_fact(3, like(face(5), 0.8)), sighting_fact(3, like(face(5), 0.8, 7), 1),
        sighting_fact(4, like(face(2), 0.5, 2)), shot_fact(folder, START_NS),
        event_fact(kind='person_identified', person_id=ANN),
        event_fact(kind='person_changed', person_id=ANN, was_person_id=BOB, track_id=4),
        event_fact(kind='stranger_seen', stranger_id=STRANGER, track_id=3))
    ask(recorder, Barrier())
    ask(recorder, tasks.RejectIdentity(4, **WHO))
    ask(recorder, CreateEvent(event(kind='manual_event', detail={'title': 'Ann', 'by': 'me'})))
    recorder.close()
    return path.parent


@pytest.fixture
def opened(template: Path, tmp_path: Path) -> Callable[[], Session]:
    """Return what opens a fresh copy of the store on a connection that can be made to fail."""
    def run() -> Session:
        folder = tmp_path / 'copy'
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template, folder)
        return failing(Session(folder / template_name))
    template_name = 'smartcam.sqlite3'
    return run


def failing(session: Session) -> Session:
    """Give a session a connection that fails when it is told to."""
    session.open().close()
    session._connection = connect(session.path, kind=FailingConnection)
    return session


def run(session: Session, command: Any) -> Any:
    """Let a commit run the command; return its answer, or raise what it was told."""
    future: Future = Future()
    _, replies = session.commit(Batch(commands=[(command, future)]))
    (_, result, failure), = replies
    if failure is not None:
        raise failure
    return result


def arm(session: Session, steps: int, failure: BaseException) -> None:
    """Let a statement fail, the first after this being 1."""
    session._connection.left, session._connection.failure = steps, failure


def sound(path: Path, people: Any) -> None:
    """See that all is well."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert nobody_named(connection) == []
        assert_gallery_is_as_the_rows(people, connection)


@pytest.mark.parametrize('name', COMMANDS)
def test_a_command_ends_at_any_statement(opened: Callable[[], Session], name: str) -> None:
    command = COMMANDS[name]
    whole = opened()
    before = rows_of(whole.path)
    sound(whole.path, whole.people)
    run(whole, command)
    sound(whole.path, whole.people)
    after = rows_of(whole.path)
    whole.close()
    assert after != before
    steps, outcomes, ended = 0, [], True
    while ended:
        steps += 1
        session = opened()
        arm(session, steps, Killed())
        ended = False
        try:
            run(session, command)
        except Killed:
            ended = True
        session.close()
        outcomes.append(rows_of(session.path) == after)
        assert outcomes[-1] or rows_of(session.path) == before, f'after {steps} steps'
        again = Session(session.path)
        again.open()
        sound(again.path, again.people)
        again.close()
        assert verify(again.path) == []
    assert steps > 10 and not outcomes[-3] and outcomes[-1]


@pytest.mark.parametrize('name', COMMANDS)
def test_a_disk_that_fails_at_any_statement_leaves_memory_as_the_disk(
        opened: Callable[[], Session], name: str) -> None:
    command = COMMANDS[name]
    whole = opened()
    before = rows_of(whole.path)
    run(whole, command)
    after = rows_of(whole.path)
    whole.close()
    steps, failed = 0, True
    while failed:
        steps += 1
        session = opened()
        arm(session, steps, sqlite3.OperationalError('disk I/O error'))
        failed = False
        try:
            run(session, command)
        except sqlite3.OperationalError:
            failed = True
            assert rows_of(session.path) == before, f'after {steps} steps'
            sound(session.path, session.people)
            assert session.take_corrections() == ()
            run(session, command)       # the disk works again
        assert rows_of(session.path) == after, f'after {steps} steps, and once more'
        sound(session.path, session.people)
        session.close()
    assert steps > 10


@pytest.mark.parametrize('name', COMMANDS)
def test_a_row_that_is_refused_undoes_its_command_and_no_other(
        opened: Callable[[], Session], name: str) -> None:
    command, steps, failed = COMMANDS[name], 0, True
    other = tasks.CreatePerson('Other', '', 'given', **WHO)
    seen = 0
    while failed:
        steps += 1
        session = opened()
        before = rows_of(session.path)
        futures = [(command, Future()), (other, Future())]
        arm(session, steps, sqlite3.IntegrityError('no'))
        try:
            _, replies = session.commit(Batch(commands=futures))
        except sqlite3.IntegrityError:      # outside the command: nothing was written
            failed = True
            assert rows_of(session.path) == before
        else:
            failed = replies[0][2] is not None or replies[1][2] is not None
            if replies[0][2] is not None and replies[1][2] is None:
                seen += 1
                assert {row[1] for row in rows_of(session.path)['people']} == {
                    'Ann', 'Bob', 'Kim', 'Other'}
                assert rows_of(session.path)['templates'] == before['templates']
        sound(session.path, session.people)
        session.close()
    assert seen > 3


def test_what_was_forgotten_is_erased_wherever_the_purge_ended(
        opened: Callable[[], Session]) -> None:
    steps, ended = 0, True
    while ended:
        steps += 1
        session = opened()
        run(session, COMMANDS['forget'])
        arm(session, steps, Killed())
        ended = False
        try:
            list(session.purge(START_NS, Settings(observations_keep_h=0.0)))
        except Killed:
            ended = True
        session.close()
        again = Session(session.path)
        list(again.purge(START_NS, Settings()))
        assert not list((session.path.parent / 'media').rglob('*.jpg'))
        held = b''.join(session.path.with_name(session.path.name + end).read_bytes()
                        for end in ('', '-wal'))
        assert face(1)[:8].tobytes() not in held, f'after {steps} steps'
        again.close()
    assert steps > 20
