"""Rows of best shots: what they point at is there, and what they no longer need goes."""
import os
from pathlib import Path
import sqlite3
import subprocess
import sys
from typing import Any, Callable

import pytest

from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier, DeleteCamera
from store_builders import shot_fact, track_fact, wait_until

ALL = 'SELECT track_id, kind, stamp_ns, doomed FROM media ORDER BY id'


@pytest.fixture
def folder(path: Path) -> MediaFolder:
    """Return the store's media folder."""
    return MediaFolder(path.parent)


def names(folder: MediaFolder) -> set[str]:
    """Return the names of all files."""
    return {file.name for file in folder.root.rglob('*') if file.is_file()}


def settle(recorder: Recorder) -> None:
    """Wait for what was recorded."""
    recorder.submit(Barrier()).result(60)


def test_a_track_points_at_its_shot_and_later_states_leave_that_alone(
        recorder: Recorder, folder: MediaFolder, rows: Callable[..., Any]) -> None:
    recorder.record(track_fact(1))
    recorder.record(shot_fact(folder, 5))
    settle(recorder)
    recorder.record(track_fact(1, end_reason=EndReason.LOST))
    settle(recorder)
    ((shot, end),) = rows('SELECT shot, end_reason FROM tracks')
    assert '"stamp_ns": 5' in shot
    assert end == 'lost'
    assert rows(ALL) == [(1, 'crop', 5, 0), (1, 'frame', 5, 0)]


def test_a_better_shot_takes_the_place_of_the_one_before_with_its_files(
        recorder: Recorder, folder: MediaFolder, rows: Callable[..., Any]) -> None:
    recorder.record(track_fact(1), track_fact(2), shot_fact(folder, 5, track=2))
    recorder.record(shot_fact(folder, 5))
    settle(recorder)
    recorder.record(shot_fact(folder, 6))
    settle(recorder)
    wait_until(lambda: not rows('SELECT 1 FROM media WHERE doomed'))
    assert names(folder) == {f'{name}-{kind}.jpg' for name in ('1-6', '2-5')
                             for kind in ('crop', 'frame')}
    assert {row[:3] for row in rows(ALL)} == {
        (track, kind, stamp) for track, stamp in ((1, 6), (2, 5)) for kind in ('crop', 'frame')}


def test_two_shots_in_one_commit_leave_the_later(
        recorder: Recorder, folder: MediaFolder, rows: Callable[..., Any]) -> None:
    recorder.record(track_fact(1), shot_fact(folder, 5), shot_fact(folder, 6))
    settle(recorder)
    wait_until(lambda: not rows('SELECT 1 FROM media WHERE doomed'))
    assert names(folder) == {'1-6-crop.jpg', '1-6-frame.jpg'}


def test_a_shot_of_no_track_is_refused_with_its_files(
        recorder: Recorder, folder: MediaFolder, rows: Callable[..., Any]) -> None:
    recorder.record(shot_fact(folder, 5, track=99))
    settle(recorder)
    wait_until(lambda: not rows(ALL))
    assert names(folder) == set()
    assert recorder.status().refused == 1


def test_a_shot_of_a_deleted_camera_goes_with_the_next_purge(
        recorder: Recorder, folder: MediaFolder, rows: Callable[..., Any]) -> None:
    recorder.record(track_fact(1), shot_fact(folder, 5))
    settle(recorder)
    recorder.submit(DeleteCamera('camera')).result(60)
    wait_until(lambda: not rows(ALL))
    wait_until(lambda: names(folder) == set())


def test_a_failed_commit_keeps_the_shot_for_the_next(
        recorder: Recorder, folder: MediaFolder, path: Path, rows: Callable[..., Any]) -> None:
    recorder.record(track_fact(1))
    settle(recorder)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute('BEGIN IMMEDIATE')
    recorder.record(shot_fact(folder, 5))
    wait_until(lambda: recorder.status().state == 'degraded')
    blocker.execute('ROLLBACK')
    blocker.close()
    settle(recorder)
    wait_until(lambda: rows(ALL) == [(1, 'crop', 5, 0), (1, 'frame', 5, 0)])
    assert len(names(folder)) == 2


@pytest.mark.parametrize('step, stamp, rubbish', [
    ('second file', 5, {'crop'}),
    ('before the rows', 5, {'crop', 'frame'}),
    ('after the rows', 5, {'crop', 'frame'}),
    ('after the commit', 6, set()),
    ('first file gone', 6, set()),
    ('all files gone', 6, set()),
])
def test_a_kill_at_any_step_leaves_no_row_without_its_file(
        make_recorder: Callable[..., Recorder], folder: MediaFolder, path: Path,
        rows: Callable[..., Any], step: str, stamp: int, rubbish: set[str]) -> None:
    """Rubbish: files of the shot that was never committed; the reconciler finds them."""
    child = subprocess.run(
        [sys.executable, str(Path(__file__).with_name('shots_child.py')), str(path), step],
        stdout=subprocess.PIPE, text=True, timeout=200, env=dict(os.environ))
    assert child.returncode == 9
    number = int(child.stdout)
    kept = rows('SELECT path FROM media WHERE NOT doomed')
    assert {name for name, in kept} == {
        f'day/{number}-{stamp}-{kind}.jpg' for kind in ('crop', 'frame')}
    assert all(folder.locate(name).read_bytes() == b'jpg' for name, in kept)
    recorder = make_recorder()
    recorder.start()
    recorder.record(shot_fact(folder, 7, track=number))
    settle(recorder)
    wait_until(lambda: not rows('SELECT 1 FROM media WHERE doomed'))
    assert names(folder) == {f'{number}-7-{kind}.jpg' for kind in ('crop', 'frame')} | {
        f'{number}-6-{kind}.jpg' for kind in rubbish}
