"""Opening a file: for this user only, and never one that is not ours or is beyond us."""
from pathlib import Path
import sqlite3
import stat
from typing import Any, Callable

import pytest

from smartcam_bridge.errors import SchemaTooNew, StoreError, StoreUnavailable
from smartcam_bridge.store.engine import connect, open_current, open_store
from smartcam_bridge.store.faults import is_corrupt
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier, SaveToken
from store_builders import fact

Make = Callable[..., Recorder]


def mode(path: Path) -> int:
    """Return the permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_files_are_for_their_owner_only(recorder: Recorder, path: Path) -> None:
    recorder.record(fact())
    recorder.submit(Barrier()).result(60)
    assert mode(path.parent) == 0o700
    names = {p.name: mode(p) for p in path.parent.iterdir()}
    assert names == {'lock': 0o600, path.name: 0o600, path.name + '-wal': 0o600,
                     path.name + '-shm': 0o600}


def test_rights_that_others_have_on_the_file_are_taken_back(
        path: Path, caplog: pytest.LogCaptureFixture) -> None:
    open_store(path).close()
    path.chmod(0o644)
    open_store(path).close()
    assert mode(path) == 0o600
    assert 'could be read by others' in caplog.text


def test_the_pragmas(path: Path) -> None:
    connection = open_store(path)
    values = {name: connection.execute(f'PRAGMA {name}').fetchone()[0] for name in (
        'journal_mode', 'synchronous', 'auto_vacuum', 'foreign_keys', 'journal_size_limit')}
    connection.close()
    assert values == {'journal_mode': 'wal', 'synchronous': 1, 'auto_vacuum': 2,
                      'foreign_keys': 1, 'journal_size_limit': 16_000_000}


def test_a_newer_schema_is_left_alone(path: Path, make_recorder: Make) -> None:
    connection = open_store(path)
    connection.execute("UPDATE alembic_version SET version_num = '0099'")
    connection.close()
    before = path.read_bytes()
    for attempt in (lambda: open_store(path), lambda: open_current(path),
                    lambda: make_recorder().start()):
        with pytest.raises(SchemaTooNew, match='schema 0099.*install the newer version'):
            attempt()
    assert path.read_bytes() == before


def test_a_database_of_something_else_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    foreign = sqlite3.connect(path)
    foreign.execute('CREATE TABLE recipes (name TEXT)')
    foreign.close()
    with pytest.raises(StoreError, match='not one of smartcam_bridge'):
        open_store(path)
    again = sqlite3.connect(path)
    assert again.execute('SELECT name FROM sqlite_master').fetchall() == [('recipes',)]
    again.close()


@pytest.mark.parametrize('damage', [
    lambda data: b'this is no database' * 1000, lambda data: data[:5000],
    lambda data: data[:4096] + b'\xff' * (len(data) - 4096),
    lambda data: b'\x00' * 100 + data[100:]])
def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(
        path: Path, make_recorder: Make, caplog: pytest.LogCaptureFixture,
        damage: Callable[[bytes], bytes]) -> None:
    open_store(path).close()
    broken = damage(path.read_bytes())
    path.write_bytes(broken)
    recorder = make_recorder()
    assert [c.name for c in recorder.start().cameras] == ['camera']
    recorder.record(fact())
    recorder.submit(Barrier()).result(60)
    aside, = path.parent.glob('*.damaged-*Z')
    assert aside.read_bytes() == broken
    assert recorder.status().state == 'running'
    assert aside.name in recorder.status().problem
    assert aside.name in caplog.text


def test_tokens_outlive_damage_elsewhere_in_the_file(path: Path, make_recorder: Make) -> None:
    first = make_recorder()
    first.start()
    first.submit(SaveToken('token', 'ci', 'viewer', b'd' * 32, 1, 0)).result(60)
    for k in range(2000):
        first.record(fact(k))
    first.close()
    connection = connect(path)
    page, = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'observations'"
                               ).fetchone()
    connection.close()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096:page * 4096] = b'\xee' * 4096
    path.write_bytes(data)
    make_recorder().start()
    connection = connect(path)
    assert connection.execute('SELECT name, digest FROM tokens').fetchall() == [
        ('ci', b'd' * 32)]
    connection.close()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.raises(StoreUnavailable, match='cannot be'):
        open_store(tmp_path / 'file' / 'data' / 'smartcam.sqlite3')


def test_a_locked_file_at_the_start_is_reported(path: Path, make_recorder: Make) -> None:
    open_store(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute('BEGIN EXCLUSIVE')
    try:
        with pytest.raises(StoreUnavailable, match='locked by another program'):
            make_recorder().start()
    finally:
        other.close()
    make_recorder().start()


@pytest.mark.parametrize('error, corrupt', [
    (sqlite3.DatabaseError('database disk image is malformed'), True),
    (sqlite3.DatabaseError('file is not a database'), True),
    (sqlite3.OperationalError('database or disk is full'), False), (OSError('malformed'), False)])
def test_what_counts_as_damage(error: Exception, corrupt: Any) -> None:
    assert is_corrupt(error) is corrupt
