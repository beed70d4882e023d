"""A backup, or any other copy of the store, brings nobody back who was forgotten."""
import gzip
import json
from pathlib import Path
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from typing import Callable

from people_builders import (
    add_person, ask, enroll, face, identity_fact, like, sighting_fact, stranger_fact)
import pytest

from smartcam_bridge.errors import StoreUnavailable
from smartcam_bridge.store import people_tasks as tasks
from smartcam_bridge.store.backup import back_up, restore, verify
from smartcam_bridge.store.engine import transaction
from smartcam_bridge.store.faces.erasures import (
    Erasure, journal_of, PERSON, read_erasures, STRANGER, write_erasures)
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.session import Session
from smartcam_bridge.store.tasks import Barrier, CreateEvent, JoinStrangers, Purge
from store_builders import event, event_fact, fact, SECOND, START_NS, track_fact

ROOT = Path(__file__).resolve().parents[2]
Make = Callable[..., Recorder]
Rows = Callable[..., list[tuple]]
WHO = {'who': 'me', 'at_ns': START_NS}
LATER_NS = START_NS + 1000 * SECOND
NAME, OTHER_NAME, NOTES = 'Zacharias Quibble', 'Ebenezer Quark', 'limps a little on the left'
VECTORS = [like(face(1), 0.7, number) for number in range(6)]


def create(recorder: Recorder, name: str, at_ns: int) -> int:
    """Add a person at a time of their own; return the id."""
    return ask(recorder, tasks.CreatePerson(name, NOTES, 'given', 'me', at_ns)).id


def known_in_backup(recorder: Recorder, path: Path) -> Path:
    """Let somebody be known as two people and a stranger, beside Bob; return a backup of that."""
    create(recorder, NAME, START_NS + 1)
    create(recorder, OTHER_NAME, START_NS + 2)
    create(recorder, 'Bob', START_NS + 3)
    ask(recorder, enroll(1, VECTORS[0], jpeg=b'JPEG of the face' * 50))
    ask(recorder, enroll(2, VECTORS[1], override=True))
    ask(recorder, enroll(3, face(2)))
    recorder.record(
        *(track_fact(id_) for id_ in (1, 2, 3)), identity_fact(1, 1), sighting_fact(1, VECTORS[2]),
        stranger_fact(7, VECTORS[3], last_ns=START_NS + 5), identity_fact(2, stranger=7),
        sighting_fact(2, VECTORS[4]), identity_fact(3, 3), sighting_fact(3, face(2)),
        event_fact(kind='person_identified', person_id=1),
        event_fact(kind='person_identified', person_id=3, track_id=3))
    ask(recorder, CreateEvent(event(kind='manual_event', track_id=0, detail={
        'title': f'Saw {NAME}', 'note': '', 'by': 'me'})))
    return back_up(path, 5)


def forget_all(recorder: Recorder) -> None:
    """Say that the stranger and the two people are one, and forget that one."""
    ask(recorder, tasks.NameStranger(7, 2, '', **WHO))
    ask(recorder, tasks.MergePeople(1, 2, **WHO))
    ask(recorder, tasks.ForgetPerson(2, **WHO))
    ask(recorder, Purge(START_NS))


@pytest.fixture
def forgotten(make_recorder: Make, path: Path) -> Path:
    """Return a backup of before somebody was forgotten; the bridge has stopped."""
    recorder = make_recorder()
    recorder.start()
    backup = known_in_backup(recorder, path)
    forget_all(recorder)
    recorder.close()
    return backup


def traces(*files: Path) -> list[str]:
    """Return what of the person is found in the bytes of files."""
    held = b''.join(file.read_bytes() for file in files)
    texts = {text.encode() for text in (NAME, OTHER_NAME, 'JPEG of the face')}
    return [text.decode() for text in sorted(texts) if text in held] + [
        f'vector {number}' for number, vector in enumerate(VECTORS)
        if any(vector[k:k + 6].tobytes() in held for k in range(0, 512, 64))]


def live_files(path: Path) -> list[Path]:
    """Return what lies beside the database, and itself."""
    return [file for file in path.parent.iterdir() if file.is_file()]


def assert_only_bob(path: Path, rows: Rows) -> None:
    """See that Bob is there with all that is his, and nobody else."""
    assert rows('SELECT id, name FROM people') == [(3, 'Bob')]
    assert rows('SELECT id FROM strangers') == []
    for table in 'templates', 'sightings':
        assert rows(f'SELECT DISTINCT person_id FROM {table}') == [(3,)], table
    assert rows("SELECT person_id FROM events WHERE type = 'person_identified'") == [(None,), (3,)]
    assert traces(*live_files(path)) == []


@pytest.mark.parametrize('store', ['there', 'damaged', 'missing'])
def test_a_restored_backup_is_without_the_forgotten(
        forgotten: Path, path: Path, rows: Rows, make_recorder: Make, store: str) -> None:
    assert len(traces(forgotten)) == 8, 'the search finds what is there'
    if store == 'damaged':
        path.write_bytes(b'no database' * 1000)
    elif store == 'missing':
        path.unlink()
    assert restore(path, forgotten, LATER_NS).forgotten == 3
    assert_only_bob(path, rows)
    assert verify(path) == []
    assert sorted(rows("SELECT who, at_ns, person_id FROM audit WHERE action = 'forgotten'"))[
        :2] == [('smartcam', LATER_NS, 1), ('smartcam', LATER_NS, 2)]
    recorder = make_recorder()
    state = recorder.start()
    assert dict(state.people.names) == {3: 'Bob'}
    assert state.next_stranger_id > 7
    assert add_person(recorder, 'Eve') > 3
    recorder.close()
    assert restore(path, forgotten, LATER_NS).forgotten == 3, 'again and again'


@pytest.mark.parametrize('journal', ['lost', 'there'])
def test_a_copy_that_is_put_there_by_hand_is_without_them_once_it_is_opened(
        forgotten: Path, path: Path, rows: Rows, make_recorder: Make, journal: str) -> None:
    shutil.copyfile(forgotten, path)
    if journal == 'lost':
        journal_of(path).unlink()
    recorder = make_recorder()
    recorder.start()
    ask(recorder, Purge(START_NS))
    recorder.close()
    if journal == 'there':
        assert_only_bob(path, rows)
    else:
        assert len(rows('SELECT id FROM people')) == 3, 'nobody knows of it'


def test_a_number_that_came_again_is_somebody_else(make_recorder: Make, path: Path,
                                                   forgotten: Path, rows: Rows) -> None:
    path.unlink()       # all is lost, and numbers begin anew
    recorder = make_recorder()
    recorder.start()
    write_erasures(path, [Erasure(PERSON, 5, START_NS, START_NS),
                          Erasure(STRANGER, 8, START_NS, START_NS)])
    with sqlite3.connect(path) as connection:
        connection.execute('DELETE FROM sqlite_sequence')
    assert [create(recorder, name, START_NS + 9 + id_) for id_, name in enumerate(
        ['Ann', 'Kim', 'Eve', 'Tim', 'Tom'])] == [1, 2, 3, 4, 5]
    recorder.record(stranger_fact(7, face(9), first_ns=START_NS + 4, last_ns=START_NS + 6),
                    stranger_fact(8, face(8), first_ns=START_NS - 1))
    ask(recorder, Barrier())
    backup = back_up(path, 5)
    recorder.close()
    assert restore(path, backup, LATER_NS).forgotten == 0
    assert len(rows('SELECT id FROM people')) == 5
    assert rows('SELECT id FROM strangers ORDER BY id') == [(7,), (8,)]


def test_the_journal_holds_numbers_only_and_is_private(forgotten: Path, path: Path) -> None:
    journal = journal_of(path)
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert read_erasures(path) == [
        Erasure(PERSON, 2, START_NS + 2, START_NS + 2),
        Erasure(PERSON, 1, START_NS + 1, START_NS + 1),
        Erasure(STRANGER, 7, START_NS, START_NS + 5)]
    for line in filter(None, journal.read_text().splitlines()):
        kind, *numbers = json.loads(line)
        assert kind in (PERSON, STRANGER) and all(isinstance(n, int) for n in numbers)


def test_a_stranger_who_was_forgotten_stays_so(make_recorder: Make, path: Path,
                                               rows: Rows) -> None:
    recorder = make_recorder()
    recorder.start()
    backup = known_in_backup(recorder, path)
    recorder.record(stranger_fact(7, VECTORS[3], last_ns=START_NS + 90))    # seen again
    ask(recorder, Barrier())
    ask(recorder, tasks.ForgetStranger(7, **WHO))
    recorder.close()
    assert restore(path, backup, LATER_NS).forgotten == 1
    assert rows('SELECT id FROM strangers') == []
    assert rows('SELECT track_id FROM sightings ORDER BY 1') == [(1,), (3,)]


@pytest.mark.parametrize('end', ['forgotten', 'named'])
@pytest.mark.parametrize('by', ['people', 'recognition'])
def test_strangers_who_were_merged_go_with_the_one_they_became(
        make_recorder: Make, path: Path, rows: Rows, by: str, end: str) -> None:
    recorder = make_recorder()
    recorder.start()
    known_in_backup(recorder, path)
    recorder.record(stranger_fact(4, face(4)), stranger_fact(5, VECTORS[5]),
                    stranger_fact(6, face(6)))
    ask(recorder, Barrier())
    backup = back_up(path, 5)
    for gone, heir in (5, 4), (4, 7):
        recorder.record(stranger_fact(gone, VECTORS[5], last_ns=START_NS + 90))
        if by == 'recognition':
            recorder.record(JoinStrangers(gone, heir))
        else:
            ask(recorder, tasks.MergeStrangers(gone, heir, **WHO))
        ask(recorder, Barrier())
    if end == 'named':
        ask(recorder, tasks.NameStranger(7, 2, '', **WHO))
        ask(recorder, tasks.ForgetPerson(2, **WHO))
    else:
        ask(recorder, tasks.ForgetStranger(7, **WHO))
    assert {one.id for one in read_erasures(path) if one.kind == STRANGER} == {4, 5, 7}
    recorder.close()
    restore(path, backup, LATER_NS)
    assert rows('SELECT id FROM strangers') == [(6,)]


def test_a_damaged_line_costs_that_line_only(
        forgotten: Path, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole = read_erasures(path)
    journal = journal_of(path)
    journal.write_bytes(journal.read_bytes() + b'["person", 9, 1\n["ghost", 1, 2, 3]\n[1')
    write_erasures(path, [Erasure(PERSON, 8, 1, 1)])
    assert read_erasures(path) == [*whole, Erasure(PERSON, 8, 1, 1)]
    assert caplog.text.count('is damaged') == 3


def test_nothing_is_restored_while_nobody_can_tell_who_was_forgotten(
        forgotten: Path, path: Path) -> None:
    journal = journal_of(path)
    journal.unlink()
    journal.mkdir()
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match='nobody can tell who was forgotten'):
        restore(path, forgotten, LATER_NS)
    assert path.read_bytes() == before


def test_nobody_is_forgotten_where_that_cannot_be_written_down(make_recorder: Make, path: Path,
                                                               rows: Rows) -> None:
    recorder = make_recorder()
    recorder.start()
    known_in_backup(recorder, path)
    journal_of(path).mkdir()
    with pytest.raises(StoreUnavailable, match='nobody was forgotten'):
        ask(recorder, tasks.ForgetPerson(1, **WHO))
    assert rows('SELECT name FROM people WHERE id = 1') == [(NAME,)]
    journal_of(path).rmdir()
    recorder.record(fact())
    ask(recorder, tasks.ForgetPerson(1, **WHO))
    assert rows('SELECT name FROM people WHERE id = 1') == []


def test_a_commit_that_fails_forgets_nobody_later(make_recorder: Make, path: Path) -> None:
    recorder = make_recorder()
    recorder.start()
    known_in_backup(recorder, path)
    recorder.close()
    session = Session(path)
    connection = session.open()
    with pytest.raises(sqlite3.OperationalError), session._book.turn(
            connection) as turn, transaction(connection):
        turn.answer(tasks.ForgetPerson(1, **WHO))
        turn.end([])
        assert len(read_erasures(path)) == 1
        raise sqlite3.OperationalError('disk I/O error')
    assert read_erasures(path) == []
    session.close()


def test_a_backup_of_the_first_release_is_restored_and_migrated(
        forgotten: Path, path: Path, rows: Rows, make_recorder: Make, tmp_path: Path) -> None:
    older = tmp_path / 'older.sqlite3'
    older.write_bytes(gzip.decompress(
        Path(__file__).with_name('first_release.sqlite3.gz').read_bytes()))
    assert restore(path, older, LATER_NS).forgotten == 0
    recorder = make_recorder()
    assert recorder.start().next_stranger_id == 8
    assert add_person(recorder, 'Eve') == 4


def test_who_refused_after_the_backup_was_made_still_does(make_recorder: Make, path: Path,
                                                          rows: Rows) -> None:
    recorder = make_recorder()
    recorder.start()
    ids = [create(recorder, name, START_NS + id_) for id_, name in enumerate('AB')]
    ask(recorder, tasks.ChangePerson(ids[1], None, None, 'withdrawn', 'me', START_NS + 50))
    backup = back_up(path, 5)
    ask(recorder, tasks.ChangePerson(ids[0], None, None, 'refused', 'me', START_NS + 60))
    recorder.close()
    restore(path, backup, LATER_NS)
    assert rows('SELECT consent, consent_ns FROM people ORDER BY id') == [
        ('refused', START_NS + 60), ('withdrawn', START_NS + 50)]


def test_a_kill_at_any_sync_of_a_restore_leaves_nobody_for_long(
        forgotten: Path, path: Path, rows: Rows, make_recorder: Make) -> None:
    ended, kills = signal.SIGKILL, 0
    while ended == signal.SIGKILL:
        kills += 1
        ended = -subprocess.run(
            [sys.executable, '-c', _KILLED_RESTORE, str(ROOT), str(path), str(forgotten),
             str(kills)], timeout=200).returncode
        assert verify(path) == []
        assert traces(path) == [], kills
        recorder = make_recorder()
        recorder.start()
        recorder.close()
        assert traces(*live_files(path)) == [], 'nor in what the restore had begun'
    assert ended == 0 and kills >= 4
    assert_only_bob(path, rows)


_KILLED_RESTORE = """
import os, signal, sys
from pathlib import Path
root, path, backup, left = sys.argv[1:]
sys.path.insert(0, root)
from smartcam_bridge.store.backup import restore
steps, sync = [], os.fsync
def fsync(handle):
    steps.append(handle)
    if len(steps) == int(left):
        os.kill(os.getpid(), signal.SIGKILL)
    sync(handle)
os.fsync = fsync
restore(Path(path), Path(backup), 1)
"""
