"""A disk that fails: recording keeps what it can, says so, and recovers by itself."""
import os
from pathlib import Path
import sqlite3
import subprocess
import sys
from typing import Any, Callable

import pytest

from smartcam_bridge.errors import StoreUnavailable
from smartcam_bridge.store.backup import verify
from smartcam_bridge.store.engine import connect, open_store
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier, CreateCamera, RecordLabel, SaveToken
from store_builders import fact, START_NS, track_fact, wait_until

Rows = Callable[..., list[tuple]]
Make = Callable[..., Recorder]


LIMITED_CHILD = """
import pathlib, resource, signal, sys
sys.path[:0] = {paths!r}
from smartcam_bridge.settings import Settings
from smartcam_bridge.store import recorder as module
from store_builders import fact, START_NS, wait_until
module._RETRY_S = (0.02, 0.1)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
settings = Settings.from_values({{'commit_period_s': 0.02}})
recorder = module.Recorder(pathlib.Path({path!r}), lambda: settings)
recorder.start()
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
for k in range(500):
    recorder.record(fact(START_NS + k, boxes=100))
wait_until(lambda: recorder.status().state == 'degraded')
print(recorder.status().problem)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
wait_until(lambda: recorder.status().state == 'running' and not recorder.status().backlog)
recorder.close()
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for locks and between tries a tenth of what is usual."""
    monkeypatch.setattr('smartcam_bridge.store.engine.BUSY_TIMEOUT_S', 0.1)
    monkeypatch.setattr('smartcam_bridge.store.recorder._RETRY_S', (0.02, 0.2))


def start(make_recorder: Make, **values: Any) -> Recorder:
    """Return a recorder that commits often."""
    recorder = make_recorder(commit_period_s=0.02, **values)
    recorder.start()
    recorder.submit(Barrier()).result(60)
    return recorder


def degraded(recorder: Recorder, words: str) -> None:
    """Wait until the recorder says that it cannot write, and why."""
    wait_until(lambda: recorder.status().state == 'degraded')
    assert words in recorder.status().problem


def settle(recorder: Recorder) -> None:
    """Wait until it works again and everything is committed."""
    wait_until(lambda: recorder.status().state == 'running' and not recorder.status().backlog)


def test_a_locked_file(make_recorder: Make, path: Path, rows: Rows) -> None:
    recorder = start(make_recorder)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute('BEGIN IMMEDIATE')
    for k in range(10):
        recorder.record(fact(START_NS + k))
    degraded(recorder, 'locked by another program; close')
    with pytest.raises(StoreUnavailable, match='locked'):
        recorder.submit(CreateCamera('side', {})).result(60)
    assert recorder.status().recorded == 0
    other.execute('ROLLBACK')
    other.close()
    settle(recorder)
    assert rows('SELECT count(*) FROM observations') == [(10,)]
    assert recorder.status().problem is None


def test_a_full_disk(make_recorder: Make, rows: Rows) -> None:
    recorder = start(make_recorder, queue_max=1000)
    connection = recorder._session.open()
    pages, = connection.execute('PRAGMA page_count').fetchone()
    connection.execute(f'PRAGMA max_page_count = {pages + 2}')
    offered = 0
    while recorder.status().dropped == 0:
        recorder.record(fact(START_NS + offered, boxes=50))
        offered += 1
    degraded(recorder, 'the disk is full; free space, or keep less')
    assert recorder.status().thinned > 0
    assert recorder.record(track_fact(7)), 'tracks still find room'
    connection.execute('PRAGMA max_page_count = 1000000')
    settle(recorder)
    status = recorder.status()
    assert status.recorded + status.thinned + status.dropped == offered
    assert rows('SELECT count(*) FROM observations') == [(status.recorded,)]
    assert rows('SELECT id FROM tracks') == [(7,)]


def test_a_real_limit_on_the_file_size(path: Path, tmp_path: Path, rows: Rows) -> None:
    child = tmp_path / 'child.py'
    child.write_text(LIMITED_CHILD.format(
        paths=[str(Path(__file__).parents[2]), str(Path(__file__).parent)], path=str(path)))
    done = subprocess.run([sys.executable, str(child)], capture_output=True, text=True,
                          timeout=200)
    assert done.returncode == 0, done.stderr
    assert 'full' in done.stdout
    assert verify(path) == []
    assert rows('SELECT count(*) FROM observations') == [(500,)]


def test_a_file_that_cannot_be_written(make_recorder: Make, rows: Rows) -> None:
    # What a read-only disk answers (SQLITE_READONLY), brought about by a pragma: chmod would not
    # stop root, as whom tests often run.
    recorder = start(make_recorder)
    recorder._session.open().execute('PRAGMA query_only = ON')
    recorder.record(fact())
    degraded(recorder, 'read-only')
    settle(recorder)   # it opened the file again, and now it can be written
    assert rows('SELECT count(*) FROM observations') == [(1,)]


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write whatever chmod says')
def test_a_folder_without_write_permission(path: Path, make_recorder: Make) -> None:
    open_store(path).close()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        with pytest.raises(StoreUnavailable, match='writable|belongs'):
            make_recorder().start()
    finally:
        path.parent.chmod(0o700)


def test_damage_while_running(make_recorder: Make, path: Path, rows: Rows) -> None:
    recorder = start(make_recorder, cameras=('front', 'rear'))
    recorder.record(RecordLabel(1, 'person'))
    recorder.submit(SaveToken('token', 'ci', 'viewer', b'd' * 32, 1, 0)).result(60)
    recorder._session.open().execute('PRAGMA wal_checkpoint(TRUNCATE)')
    connection = connect(path)
    page, = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'observations'"
                               ).fetchone()
    connection.close()
    with open(path, 'r+b') as file:
        file.seek((page - 1) * 4096)
        file.write(b'\xee' * 4096)
    connection = connect(path)   # another writer's commit makes the recorder read pages afresh
    connection.execute("INSERT INTO settings VALUES ('a', 'b')")
    connection.close()
    recorder.record(fact())
    wait_until(lambda: recorder.status().recorded == 1)
    settle(recorder)
    assert 'damaged' in recorder.status().problem
    assert len(list(path.parent.glob('*.damaged-*Z'))) == 1
    assert rows('SELECT name FROM cameras ORDER BY id') == [('front',), ('rear',)]
    assert rows('SELECT id, name FROM labels') == [(1, 'person')]
    assert rows('SELECT name FROM tokens') == [('ci',)]
    assert verify(path) == []


@pytest.mark.parametrize('replaced', [False, True])
def test_a_file_removed_or_replaced_while_running(
        make_recorder: Make, path: Path, tmp_path: Path, rows: Rows, replaced: bool) -> None:
    other = tmp_path / 'other.sqlite3'
    connection = open_store(other)
    connection.execute("INSERT INTO settings VALUES ('a', 'mine')")
    connection.close()
    recorder = start(make_recorder)
    recorder.record(RecordLabel(1, 'person'))
    recorder.submit(SaveToken('token', 'ci', 'viewer', b'd' * 32, 1, 0)).result(60)
    camera = recorder.submit(CreateCamera('side', {'width': 7})).result(60)
    if replaced:
        other.replace(path)
    else:
        path.unlink()
    recorder.record(fact(START_NS + 1, camera=camera))
    wait_until(lambda: recorder.status().recorded == 1)
    settle(recorder)
    assert 'removed or replaced' in recorder.status().problem
    assert verify(path) == []
    assert rows('SELECT name, width FROM cameras WHERE id = ?', camera.id) == [('side', 7)]
    assert rows('SELECT id, name FROM labels') == [(1, 'person')]
    assert rows('SELECT name FROM tokens') == [('ci',)]
    assert rows('SELECT stamp_ns FROM observations') == [(START_NS + 1,)]
    kept = list(path.parent.glob('*.replaced-*Z'))
    assert len(kept) == replaced
    for file in kept:
        opened = sqlite3.connect(file)
        assert opened.execute("SELECT value FROM settings WHERE key = 'a'").fetchall() == [
            ('mine',)]
        opened.close()


def test_track_ids_are_not_used_again_after_the_file_is_lost(
        make_recorder: Make, path: Path) -> None:
    recorder = make_recorder(commit_period_s=0.02)
    first = recorder.start().next_track_id
    path.unlink()
    recorder.record(track_fact(first))
    recorder.submit(Barrier()).result(60)
    recorder.close()
    assert make_recorder().start().next_track_id > first


def test_the_mark_runs_ahead_of_the_ids_that_are_stored(make_recorder: Make) -> None:
    recorder = make_recorder()
    recorder.start()
    recorder.record(fact(tracks=[123_456]))
    recorder.close()
    assert make_recorder().start().next_track_id > 123_456


def test_closing_while_the_disk_fails_ends_in_time_and_says_what_is_lost(
        make_recorder: Make, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = start(make_recorder)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute('BEGIN IMMEDIATE')
    recorder.record(fact())
    recorder.close()
    other.close()
    assert recorder.status().dropped == 1
    assert '1 observations, 0 tracks and 0 events are lost' in caplog.text


def test_an_unknown_failure_is_logged_and_survived(
        make_recorder: Make, rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    recorder = start(make_recorder)
    recorder.record(fact(camera=None))   # a bug elsewhere, for which nothing is prepared
    recorder.record(fact())
    wait_until(lambda: recorder.status().dropped == 2)
    assert 'Traceback' in caplog.text
    recorder.record(fact(START_NS + 1))
    settle(recorder)
    assert rows('SELECT stamp_ns FROM observations') == [(START_NS + 1,)]
