"""Rows of best shots: what they point at is there, and what they no longer need goes."""
from pathlib import Path
import sqlite3
from typing import Any, Callable

import pytest

from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.shot import MediaFile, SavedShot, Shot
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier, DeleteCamera, RecordShot
from store_builders import START_NS, track_fact, wait_until

ALL = 'SELECT track_id, kind, stamp_ns, doomed FROM media ORDER BY id'


@pytest.fixture
def folder(path: Path) -> MediaFolder:
    """Return the store's media folder."""
    return MediaFolder(path.parent)


def shot_fact(folder: MediaFolder, stamp_ns: int, *, track: int = 1) -> RecordShot:
    """Write both pictures and return the task that stores them."""
    files = tuple(MediaFile(kind, 1, track, stamp_ns, f'day/{track}-{stamp_ns}-{kind}.jpg', 3,
                            START_NS) for kind in ('crop', 'frame'))
    for file in files:
        folder.write(file.path, b'jpg')
    return RecordShot(SavedShot(1, track, Shot(
        stamp_ns, (0.25, 0.25, 0.5, 0.5), 0.75, 640, 480, 9.0, (150, 110, 180, 140)), files))


def names(folder: MediaFolder) -> set[str]:
    """Return the names of all files."""
    return {file.name for file in folder.root.rglob('*') if file.is_file()}


def settle(recorder: Recorder) -> None:
    """Wait for what was recorded."""
    recorder.submit(Barrier()).result(10)


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
    recorder.submit(DeleteCamera('camera')).result(10)
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
