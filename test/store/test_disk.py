"""A disk that fills: told first, no new pictures next, the oldest at last, and back again."""
from collections import namedtuple
import os
from pathlib import Path
import subprocess
from typing import Any, Callable

from kept_things import add_labels, add_track, folder_of, ids
import pytest
from smartcam_bridge.domain.events import Severity
from smartcam_bridge.settings import Settings
from smartcam_bridge.store import upkeep
from smartcam_bridge.store.cameras import create_camera
from smartcam_bridge.store.disk import DiskWatch, Level, level_of, MB, thresholds
from smartcam_bridge.store.engine import open_store
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier
from store_builders import fact, wait_until

Space = namedtuple('Space', 'total free')
FOR_EVER = {'observations_keep_h': 0, 'tracks_keep_days': 0, 'events_keep_days': 0,
            'media_keep_days': 0, 'rollups_keep_days': 0}


@pytest.mark.parametrize('total_gb, low_mb, critical_mb', [
    (1000, 1000, 300), (10, 1000, 300), (8, 800, 240), (1, 100, 30)])
def test_thresholds_are_those_of_the_settings_but_for_small_disks(
        total_gb: int, low_mb: int, critical_mb: int) -> None:
    assert [round(limit / MB, 6) for limit in thresholds(Settings(), total_gb * 1000 * MB)] == [
        low_mb, critical_mb, critical_mb / 2]


@pytest.mark.parametrize('free, before, level', [
    (1000, Level.OK, Level.OK), (999, Level.OK, Level.LOW), (1050, Level.LOW, Level.LOW),
    (1101, Level.LOW, Level.OK), (299, Level.OK, Level.CRITICAL), (310, Level.LOW, Level.LOW),
    (310, Level.CRITICAL, Level.CRITICAL), (331, Level.CRITICAL, Level.LOW),
    (149, Level.CRITICAL, Level.FULL), (160, Level.FULL, Level.FULL),
    (170, Level.FULL, Level.CRITICAL), (5000, Level.FULL, Level.OK), (0, Level.OK, Level.FULL)])
def test_a_level_is_left_a_little_later_than_it_is_reached(
        free: int, before: Level, level: Level) -> None:
    assert level_of(free, (1000, 300, 150), before) is level


def test_each_level_is_told_once_and_its_end_too(tmp_path: Path) -> None:
    free = iter([2000, 900, 950, 880, 200, 140, 310, 900, 1050, 1200, 1200])
    watch = DiskWatch(tmp_path, Settings, usage=lambda path: Space(10 ** 12, next(free) * MB))
    told = [watch.look(7) for _ in range(11)]
    assert [event and (event.type, event.detail['level'], event.severity) for event in told] == [
        None, ('disk_low', 'low', Severity.WARNING), None, None,
        ('disk_low', 'critical', Severity.ALERT), ('disk_low', 'full', Severity.ALERT),
        None, None, None, ('disk_recovered', 'ok', Severity.INFO), None]
    assert told[1].stamp_ns == 7 and told[1].detail['free_mb'] == 900


def test_only_a_full_disk_wants_room_and_a_little_more_than_it_lacks(tmp_path: Path) -> None:
    free = [140]
    watch = DiskWatch(tmp_path, Settings, usage=lambda path: Space(10 ** 12, free[0] * MB))
    assert watch.look(1) and watch.wanted_bytes == 25 * MB
    free[0] = 166
    assert watch.look(1) is None and (watch.level, watch.wanted_bytes) == (Level.CRITICAL, 0)
    assert 'no new pictures are kept. Free space' in watch.problem()


def test_zero_watches_nothing_and_a_disk_that_does_not_answer_is_no_alarm(tmp_path: Path) -> None:
    never = Settings.from_values({'disk_low_mb': 0, 'disk_critical_mb': 0})
    watch = DiskWatch(tmp_path, lambda: never, usage=lambda path: Space(10 ** 12, 0))
    assert watch.look(1) is None and watch.problem() is None
    silent = DiskWatch(tmp_path / 'gone', Settings)
    assert silent.look(1) is None and (silent.free_bytes, silent.wanted_bytes) == (None, 0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often."""
    for name in '_LOOK_EVERY_S', '_SIZES_EVERY_S', '_EVICT_EVERY_S':
        monkeypatch.setattr(upkeep, name, 0.02)


def filled(path: Path, tracks: int) -> None:
    """Make a store with tracks of 1 MB of pictures each, a day apart, the first one pinned."""
    connection = open_store(path)
    create_camera(connection, 'camera', {})
    add_labels(connection)
    for number in range(1, tracks + 1):
        add_track(connection, folder_of(path), number, age_days=tracks - number,
                  pinned=number == 1, picture_bytes=(MB,))
    connection.close()


def test_the_bridge_tells_stops_pictures_evicts_and_recovers(
        path: Path, quick: None, rows: Callable[..., list[tuple]]) -> None:
    filled(path, 6)
    folder, other = folder_of(path), [0]     # what other programs have taken
    events: list[Any] = []

    def usage(given: Path) -> Space:
        assert given == path.parent
        pictures = sum(1 for file in folder.root.rglob('*.jpg'))
        return Space(10 ** 12, (400 - pictures - other[0]) * MB)

    settings = Settings.from_values(FOR_EVER | {
        'disk_low_mb': 350, 'disk_critical_mb': 300, 'commit_period_s': 0.02})
    recorder = Recorder(path, lambda: settings, on_events=events.extend, usage=usage)
    recorder.start()
    wait_until(lambda: recorder.status().disk_free_bytes == 394 * MB)
    assert recorder.media_allowed and recorder.status().disk == 'ok'
    other[0] = 60
    wait_until(lambda: recorder.status().disk == 'low')
    assert recorder.media_allowed and 'nearly full, 334 MB' in recorder.status().problem
    assert recorder.status().state == 'running'
    other[0] = 160
    wait_until(lambda: recorder.status().disk == 'critical')
    assert not recorder.media_allowed and recorder.status().purged_media == 0
    other[0] = 248
    wait_until(lambda: recorder.status().purged_media == 5)
    wait_until(lambda: recorder.status().disk_free_bytes == 151 * MB)
    assert rows('SELECT DISTINCT track_id FROM media') == [(1,)]
    recorder.record(fact())
    recorder.submit(Barrier()).result(60)
    other[0] = 0
    wait_until(lambda: recorder.media_allowed and recorder.status().problem is None)
    wait_until(lambda: len(events) == 4)
    recorder.close()
    assert [(event.type, event.detail['level']) for event in events] == [
        ('disk_low', 'low'), ('disk_low', 'critical'), ('disk_low', 'full'),
        ('disk_recovered', 'ok')]
    assert all(event.seq for event in events), 'they are stored, too'


def test_more_pictures_than_there_may_be_go_and_pinned_ones_stop_new_ones(
        make_recorder: Callable[..., Recorder], path: Path, quick: None,
        rows: Callable[..., list[tuple]]) -> None:
    filled(path, 6)
    recorder = make_recorder(**FOR_EVER, media_max_mb=4)
    recorder.start()
    wait_until(lambda: recorder.status().media_bytes == 4 * MB)
    wait_until(lambda: recorder.status().purged_evicted == 2)
    assert recorder.media_allowed
    assert rows('SELECT track_id FROM media') == [(1,), (4,), (5,), (6,)]
    recorder.close()
    connection = open_store(path)
    connection.execute('UPDATE tracks SET pinned = 1')
    connection.close()
    pinned = make_recorder(**FOR_EVER, media_max_mb=3)
    pinned.start()
    wait_until(lambda: pinned.status().media_bytes == 4 * MB)
    wait_until(lambda: not pinned.media_allowed)
    assert rows('SELECT count(*) FROM media') == [(4,)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """Return a file system of 16 MB, where one may be mounted."""
    folder = tmp_path / 'disk'
    folder.mkdir()
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip('no file system may be mounted here')
    yield folder
    subprocess.run(['umount', '-l', str(folder)], check=True)


def test_a_real_small_disk_gets_room_again(small_disk: Path, quick: None) -> None:
    path = small_disk / 'data' / 'smartcam.sqlite3'
    connection = open_store(path)
    create_camera(connection, 'camera', {})
    add_labels(connection)
    folder = folder_of(path)
    for number in range(1, 31):
        add_track(connection, folder, number, age_days=31 - number, pinned=number < 3,
                  picture_bytes=(300_000,))
        path_of, = connection.execute('SELECT path FROM media WHERE track_id = ?',
                                      (number,)).fetchone()
        folder.write(path_of, bytes(300_000))
    connection.close()
    ballast = small_disk / 'ballast'
    stat = os.statvfs(small_disk)
    ballast.write_bytes(bytes(stat.f_bavail * stat.f_frsize - 150_000))
    settings = Settings.from_values(FOR_EVER | {'commit_period_s': 0.02})
    recorder = Recorder(path, lambda: settings)
    recorder.start()
    wait_until(lambda: recorder.status().purged_media > 0)
    wait_until(lambda: recorder.status().disk == 'critical' and not recorder.status().backlog)
    assert not recorder.media_allowed
    ballast.unlink()
    wait_until(lambda: recorder.status().disk == 'ok' and recorder.media_allowed)
    recorder.record(fact())
    recorder.submit(Barrier()).result(60)
    recorder.close()
    connection = open_store(path)
    left = ids(connection, 'media', 'track_id')
    assert {1, 2} < left and left - {1, 2} == set(range(33 - len(left), 31)), 'the oldest went'
    assert ids(connection, 'tracks') == set(range(1, 31)), 'pictures were enough'
    connection.close()
