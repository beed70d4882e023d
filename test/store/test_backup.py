"""Copies are whole and of one moment; a restore never leaves less than one whole database."""
from concurrent.futures import Future
from pathlib import Path
import sqlite3
import stat
from typing import Any, Callable

import pytest

from smartcam_bridge.errors import (
    Conflict, NotFound, SchemaTooNew, StoreError, StoreUnavailable)
from smartcam_bridge.store import backup as module
from smartcam_bridge.store.backup import back_up, list_backups, restore, verify
from smartcam_bridge.store.engine import connect, open_store
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Backup, Barrier
from store_builders import fact, START_NS


def count(path: Path) -> int:
    """Count the observations of a file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute('SELECT count(*) FROM observations').fetchone()[0]
    finally:
        connection.close()


def test_a_backup_is_made_while_recording_goes_on(
        recorder: Recorder, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, '_PAGES', 1)
    for k in range(3000):
        recorder.record(fact(START_NS + k))
    recorder.submit(Barrier()).result(60)
    before = count(path)
    steps: list[int] = []

    def write_meanwhile(copied: int, total: int) -> None:
        if len(steps) < 20:   # each would make a naive copy begin anew
            recorder.record(fact(START_NS + 10_000 + len(steps)))
            recorder.submit(Barrier()).result(60)
        assert not steps or copied > steps[-1], 'it began anew'
        steps.append(copied)

    copy = back_up(path, 5, progress=write_meanwhile)
    assert len(steps) > 20
    assert count(copy) == before and count(path) == before + 20
    assert verify(copy) == []
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert [p.name for p in copy.parent.iterdir()] == [copy.name], 'one file, no log beside it'


def test_the_recorder_makes_one_at_a_time_and_answers_its_path(
        recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder.record(fact())
    futures: list[Future] = [recorder.submit(Backup()) for _ in range(3)]
    results = []
    for future in futures:
        try:
            results.append(future.result(60))
        except Conflict:
            results.append(None)
    assert results[0].is_file() and None in results
    assert count(results[0]) == 1


def test_only_the_newest_are_kept(path: Path) -> None:
    open_store(path).close()
    made = [back_up(path, 2) for _ in range(4)]
    assert list_backups(path) == made[:1:-1]


def test_a_backup_that_fails_leaves_no_part_of_one(path: Path) -> None:
    open_store(path).close()

    def fail(copied: int, total: int) -> None:
        raise StoreError('enough')

    with pytest.raises(StoreError, match='enough'):
        back_up(path, 5, progress=fail)
    assert list((path.parent / 'backups').iterdir()) == []


def test_without_a_database_there_is_no_backup(path: Path) -> None:
    path.parent.mkdir()
    with pytest.raises(StoreUnavailable, match='no backup was made'):
        back_up(path, 5)


def test_a_damaged_database_is_not_passed_off_as_a_backup(path: Path) -> None:
    connection = open_store(path)
    connection.executemany('INSERT INTO settings VALUES (?, ?)',
                           [(f'k{k}', 'v' * 500) for k in range(200)])
    page, = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'settings'"
                               ).fetchone()
    connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    connection.close()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096:page * 4096] = b'\xee' * 4096
    path.write_bytes(data)
    assert verify(path) != []
    with pytest.raises(StoreUnavailable, match='damaged'):
        back_up(path, 5)
    assert list_backups(path) == []


def test_restore_puts_the_backup_in_place_and_keeps_what_was_there(
        make_recorder: Callable[..., Recorder], path: Path) -> None:
    recorder = make_recorder()
    recorder.start()
    recorder.record(fact())
    copy = recorder.submit(Backup()).result(60)
    recorder.record(fact(START_NS + 1))
    with pytest.raises(StoreUnavailable, match='in use by another'):
        restore(path, copy, START_NS)
    recorder.close()
    replaced = restore(path, copy, START_NS).replaced
    assert (count(path), count(replaced), count(copy)) == (1, 2, 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert verify(path) == []
    make_recorder().start()


def test_restore_keeps_what_an_unclean_stop_left_in_the_log(path: Path, tmp_path: Path) -> None:
    connection = open_store(path)
    connection.execute("INSERT INTO settings VALUES ('a', 'b')")
    copy = back_up(path, 5)
    connection.execute("INSERT INTO settings VALUES ('c', 'd')")
    for end in ('', '-wal'):   # as a kill leaves them
        (tmp_path / f'kept{end}').write_bytes(path.with_name(path.name + end).read_bytes())
    connection.close()
    for end in ('', '-wal'):
        path.with_name(path.name + end).write_bytes((tmp_path / f'kept{end}').read_bytes())
    replaced = restore(path, copy, START_NS).replaced
    for file, rows in ((path, 1), (replaced, 2)):
        opened = sqlite3.connect(file)
        assert opened.execute('SELECT count(*) FROM settings').fetchone() == (rows,)
        opened.close()


def test_restore_into_an_empty_folder(path: Path, tmp_path: Path) -> None:
    open_store(path).close()
    other = tmp_path / 'other' / 'smartcam.sqlite3'
    assert restore(other, back_up(path, 5), START_NS).replaced is None
    assert verify(other) == []


@pytest.mark.parametrize('content, error, words', [
    (b'no database at all' * 300, StoreError, 'no usable backup'),
    (b'', StoreError, 'no usable backup'), (None, NotFound, 'there is no backup')])
def test_restore_refuses_what_is_no_backup(
        path: Path, tmp_path: Path, content: Any, error: type[Exception], words: str) -> None:
    open_store(path).close()
    before = path.read_bytes()
    bad = tmp_path / 'bad.sqlite3'
    if content is not None:
        bad.write_bytes(content)
    with pytest.raises(error, match=words):
        restore(path, bad, START_NS)
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) in (
        ['lock', path.name], [path.name])


def test_restore_refuses_a_newer_backup(path: Path) -> None:
    open_store(path).close()
    copy = back_up(path, 5)
    connection = connect(copy)
    connection.execute("UPDATE alembic_version SET version_num = '0099'")
    connection.close()
    with pytest.raises(SchemaTooNew):
        restore(path, copy, START_NS)
    open_store(path).close()
