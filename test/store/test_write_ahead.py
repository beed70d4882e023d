"""The log stays small, whoever reads; where it cannot, nothing is written, and it is said why."""
import asyncio
import contextlib
import os
from pathlib import Path
import sqlite3
import subprocess
import sys
from typing import Any, Callable, Iterator

import pytest

from smartcam_bridge.errors import StoreUnavailable
from smartcam_bridge.store import lanes, write_ahead
from smartcam_bridge.store.backup import back_up
from smartcam_bridge.store.cameras import create_camera
from smartcam_bridge.store.engine import connect, open_store, transaction
from smartcam_bridge.store.faults import is_passing
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier
from smartcam_bridge.store.write_ahead import log_bytes, readers, WriteAheadLog
from store_builders import fact, START_NS, wait_until

MB = 1_000_000
READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute('BEGIN')
connection.execute('SELECT * FROM cameras').fetchall()
print('reading', flush=True)
sys.stdin.readline()
"""
SLOW = ('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) '
        'SELECT max(n.i) FROM n, cameras')


@contextlib.contextmanager
def foreign_reader(path: Path) -> Iterator[subprocess.Popen]:
    """Hold a snapshot in another process."""
    with subprocess.Popen([sys.executable, '-c', READER, str(path)], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == 'reading\n'
        try:
            yield process
        finally:
            process.stdin.close()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the log's bounds small."""
    monkeypatch.setattr(write_ahead, 'LOG_HIGH_BYTES', 1 * MB)
    monkeypatch.setattr(write_ahead, 'LOG_FULL_BYTES', 2 * MB)
    monkeypatch.setattr(write_ahead, '_TRY_EVERY_S', 0.0)
    monkeypatch.setattr('smartcam_bridge.store.recorder._RETRY_S', (0.02, 0.1))


def grow(connection: sqlite3.Connection, size_bytes: int) -> None:
    """Write so much into the log."""
    with transaction(connection):
        connection.execute("INSERT OR REPLACE INTO settings VALUES ('a', zeroblob(?))",
                           (size_bytes,))


def test_a_foreign_reader_is_named_and_the_log_ends_where_it_is_full(
        make_recorder: Callable[..., Recorder], path: Path, small: None) -> None:
    recorder = make_recorder(commit_period_s=0.02)
    recorder.start()
    offered = 0
    with foreign_reader(path) as process:
        named = None
        while recorder.status().state != 'degraded':
            recorder.record(fact(START_NS + offered, boxes=100))
            offered += 1
            named = named or recorder.status().problem
            if offered % 50 == 0 and recorder.status().state == 'running':
                with contextlib.suppress(StoreUnavailable):
                    recorder.submit(Barrier()).result(60)
        full = recorder.status()
        assert f'(process {process.pid}) has been reading for long; close it' in named
        assert 'Nothing is stored until then' in full.problem and full.log_bytes >= 2 * MB
        for _ in range(500):
            recorder.record(fact(START_NS + offered, boxes=100))
            offered += 1
        with pytest.raises(StoreUnavailable, match='is busy'):
            recorder.submit(Barrier()).result(60)
        assert recorder.status().log_bytes == full.log_bytes < 3 * MB
    wait_until(lambda: recorder.status().recorded == offered)
    status = recorder.status()
    assert (status.state, status.problem, status.dropped) == ('running', None, 0)
    assert status.log_bytes < 2 * MB


def test_a_reader_that_ends_in_time_is_no_matter(path: Path, small: None) -> None:
    connection = open_store(path)
    log = WriteAheadLog(path)
    grow(connection, 1_500_000)
    assert log_bytes(path) > 1 * MB
    log.require_room(connection)
    assert (log_bytes(path), log.problem) == (0, None)
    with foreign_reader(path):
        grow(connection, 1_500_000)
        log.require_room(connection)
        assert 'reading for long' in log.problem
        grow(connection, 1_500_000)
        with pytest.raises(StoreUnavailable) as raised:
            log.require_room(connection)
        assert is_passing(raised.value), 'the connection stays'
    log.require_room(connection)
    assert (log_bytes(path), log.problem) == (0, None)
    connection.close()


def test_nobody_reads_and_nobody_is_named(path: Path) -> None:
    connection = open_store(path)
    assert readers(path) == readers(path.with_name('none')) == 'another program'
    own = connect(path, read_only=True)
    own.execute('BEGIN')
    own.execute('SELECT * FROM cameras').fetchall()
    assert readers(path) in ('this bridge itself', 'another program')
    assert str(os.getpid()) not in readers(path)
    own.close()
    connection.close()


@pytest.mark.parametrize('kind', ['thread', 'aiosqlite'])
@pytest.mark.parametrize('ended', ['answered', 'overdue', 'wrong', 'cancelled'])
def test_no_question_of_ours_keeps_the_log_from_being_emptied(
        path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, ended: str) -> None:
    if kind == 'aiosqlite':
        pytest.importorskip('aiosqlite')
    if ended in ('overdue', 'cancelled'):
        monkeypatch.setattr(lanes, 'READ_MAX_S', 0.2)
    connection = open_store(path)
    create_camera(connection, 'c', {})

    async def ask() -> None:
        lane = lanes.ThreadLane(path) if kind == 'thread' else lanes.AiosqliteLane(path)
        if ended == 'answered':
            assert await lane.fetch('SELECT name FROM cameras', {}) == [('c',)]
        elif ended == 'cancelled':
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(lane.fetch(SLOW, {}), 0.05)
            while not WriteAheadLog(path).empty(connection):    # until the question is broken off
                await asyncio.sleep(0.02)
        else:
            with pytest.raises(StoreUnavailable, match='longer than 0.2 s' if ended == 'overdue'
                               else 'no such table'):
                await lane.fetch(SLOW if ended == 'overdue' else 'SELECT * FROM n', {})
        monkeypatch.setattr(lanes, 'READ_MAX_S', 60.0)
        grow(connection, 10_000)
        assert WriteAheadLog(path).empty(connection), 'the lane is idle, and reads no more'
        assert await lane.fetch('SELECT name FROM cameras', {}) == [('c',)], 'it can go on'
        await lane.close()

    asyncio.run(ask())
    connection.close()


def test_a_backup_is_given_up_before_the_log_grows_too_large(
        path: Path, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('smartcam_bridge.store.backup.LOG_HIGH_BYTES', 1 * MB)
    connection = open_store(path)
    for key in range(3):
        connection.execute('INSERT INTO settings VALUES (?, zeroblob(5000000))', (key,))
    WriteAheadLog(path).empty(connection)
    seen: list[int] = []

    def record_meanwhile(copied: int, total: int) -> None:
        seen.append(copied)
        grow(connection, 600_000)

    with pytest.raises(StoreUnavailable, match='no backup was made: so much is recorded'):
        back_up(path, 5, progress=record_meanwhile)
    assert seen and not list((path.parent / 'backups').iterdir())
    assert WriteAheadLog(path).empty(connection)
    assert back_up(path, 5).is_file()
    connection.close()


def test_the_log_is_emptied_now_and_then(
        make_recorder: Callable[..., Recorder], path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (('_LOOK_EVERY_S', 0.02), ('_SIZES_EVERY_S', 0.02),
                        ('_LOG_IDLE_BYTES', 1000)):
        monkeypatch.setattr(f'smartcam_bridge.store.upkeep.{name}', value)
    recorder: Any = make_recorder(commit_period_s=0.02)
    recorder.start()
    recorder.record(fact(boxes=100))
    recorder.submit(Barrier()).result(60)
    wait_until(lambda: log_bytes(path) == 0)
