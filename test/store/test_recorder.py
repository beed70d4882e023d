"""The recorder stores what it is given, once, and answers after the commit."""
from concurrent.futures import Future
from pathlib import Path
import threading
import time
from typing import Any, Callable

import pytest

from smartcam_bridge.domain.model import Camera, EndReason, Source
from smartcam_bridge.errors import Conflict, NotFound, StoreError, StoreUnavailable
from smartcam_bridge.store import packing
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import (
    Backup, Barrier, ChangeCamera, CreateCamera, DeleteCamera, DeleteToken, Purge, RecordLabel,
    SaveToken)
from store_builders import fact, SECOND, START_NS, track_fact, wait_until

Rows = Callable[..., list[tuple]]
Make = Callable[..., Recorder]


def settle(recorder: Recorder) -> None:
    """Wait until everything handed over is committed."""
    recorder.submit(Barrier()).result(60)


def test_an_observation_is_stored_as_it_came(recorder: Recorder, rows: Rows) -> None:
    assert recorder.record(fact(START_NS, tracks=[7, 8], scores=[0.5, 1.0],
                                received_ns=START_NS + 5, source=Source.DETECTIONS))
    settle(recorder)
    (camera, source, stamp, received, count, blob), = rows(
        'SELECT camera_id, source, stamp_ns, received_ns, count, boxes FROM observations')
    assert (camera, source, stamp, received, count) == (1, 0, START_NS, START_NS + 5, 2)
    assert packing.unpack(blob)['track'].tolist() == [7, 8]


def test_of_a_track_the_last_state_counts(recorder: Recorder, rows: Rows) -> None:
    recorder.record(track_fact(5, observations=2))
    recorder.record(track_fact(5, observations=3))
    settle(recorder)
    assert rows('SELECT id, observations, end_reason FROM tracks') == [(5, 3, None)]
    recorder.record(track_fact(5, observations=4, end_reason=EndReason.LOST))
    settle(recorder)
    assert rows('SELECT id, observations, end_reason FROM tracks') == [(5, 4, 'lost')]


def test_labels_are_known_after_a_restart(make_recorder: Make) -> None:
    first = make_recorder()
    first.start()
    first.record(RecordLabel(1, 'person'))
    first.record(RecordLabel(2, 'dog'))
    first.close()
    assert make_recorder().start().labels == {'person': 1, 'dog': 2}


def test_facts_are_committed_within_the_period_without_a_command(make_recorder: Make) -> None:
    recorder = make_recorder(commit_period_s=0.05)
    recorder.start()
    recorder.record(fact())
    wait_until(lambda: recorder.status().recorded == 1)


def test_a_batch_is_committed_early_when_it_is_large(make_recorder: Make) -> None:
    recorder = make_recorder(commit_period_s=60.0, commit_rows=10)
    recorder.start()
    for index in range(10):
        recorder.record(fact(START_NS + index))
    wait_until(lambda: recorder.status().recorded == 10)
    assert recorder.status().commits == 1


def test_facts_wait_for_the_period_to_share_a_commit(make_recorder: Make) -> None:
    recorder = make_recorder(commit_period_s=60.0)
    recorder.start()
    for index in range(50):
        recorder.record(fact(START_NS + index))
    assert (recorder.status().backlog, recorder.status().commits) == (50, 0)
    settle(recorder)
    assert (recorder.status().recorded, recorder.status().commits) == (50, 1)


@pytest.mark.skipif(not Path('/proc/self/task').exists(), reason='needs /proc')
def test_an_idle_recorder_never_wakes(recorder: Recorder) -> None:
    settle(recorder)
    status = Path(f'/proc/self/task/{recorder._thread.native_id}/status')

    def switches() -> str:
        return next(line for line in status.read_text().splitlines()
                    if line.startswith('voluntary_ctxt_switches'))

    def quiet() -> bool:
        before = switches()
        threading.Event().wait(1.2)   # more than two commit periods
        return switches() == before

    wait_until(quiet)   # at first it may be on its way back to waiting


def test_the_cameras_of_the_settings_are_there_from_the_start(make_recorder: Make) -> None:
    first = make_recorder(cameras=('front', 'rear', ''))
    assert [c.name for c in first.start().cameras] == ['front', 'rear']
    first.close()
    second = make_recorder(cameras=('rear', 'top'))
    assert [(c.id, c.name) for c in second.start().cameras] == [
        (1, 'front'), (2, 'rear'), (3, 'top')]


def test_cameras_are_created_changed_and_deleted(make_recorder: Make) -> None:
    told: list[tuple[Camera, ...]] = []
    recorder = make_recorder(on_cameras=told.append)
    recorder.start()
    created = recorder.submit(CreateCamera('side', {'width': 640})).result(60)
    assert (created.name, created.width, created.enabled) == ('side', 640, True)
    changed = recorder.submit(ChangeCamera('side', {'enabled': False})).result(60)
    assert (changed.id, changed.width, changed.enabled) == (created.id, 640, False)
    assert recorder.submit(DeleteCamera('side')).result(60) is None
    assert [[c.name for c in cameras] for cameras in told] == [
        ['camera', 'side'], ['camera', 'side'], ['camera']]


@pytest.mark.parametrize('command, error', [
    (CreateCamera('camera', {}), Conflict), (ChangeCamera('none', {}), NotFound),
    (DeleteCamera('none'), NotFound), (CreateCamera('a b', {}), StoreError),
    (CreateCamera('x', {'colour': 'red'}), StoreError),
    (ChangeCamera('camera', {'name': 'other'}), StoreError)])
def test_a_command_that_cannot_be_done_says_why(
        recorder: Recorder, rows: Rows, command: Any, error: type[Exception]) -> None:
    recorder.record(fact())
    with pytest.raises(error):
        recorder.submit(command).result(60)
    assert rows('SELECT count(*) FROM observations') == [(1,)], 'what waited before it is stored'
    assert rows('SELECT name FROM cameras') == [('camera',)]


def test_the_id_of_a_deleted_camera_is_not_used_again(recorder: Recorder) -> None:
    first = recorder.submit(CreateCamera('side', {})).result(60)
    recorder.submit(DeleteCamera('side')).result(60)
    assert recorder.submit(CreateCamera('side', {})).result(60).id > first.id


def test_deleting_a_camera_removes_what_it_saw(recorder: Recorder, rows: Rows) -> None:
    side = recorder.submit(CreateCamera('side', {})).result(60)
    for index in range(1500):
        recorder.record(fact(START_NS + index, camera=side))
    recorder.record(fact(START_NS))
    recorder.record(track_fact(3, camera_id=side.id))
    settle(recorder)
    recorder.submit(DeleteCamera('side')).result(60)
    wait_until(lambda: rows('SELECT count(*) FROM observations') == [(1,)])
    wait_until(lambda: rows('SELECT count(*) FROM tracks') == [(0,)])


def test_facts_of_a_camera_that_is_gone_are_refused_alone(recorder: Recorder, rows: Rows) -> None:
    recorder.record(fact(camera=Camera(99, 'ghost')))
    recorder.record(track_fact(4, camera_id=99))
    recorder.record(fact())
    settle(recorder)
    assert rows('SELECT camera_id FROM observations') == [(1,)]
    assert rows('SELECT count(*) FROM tracks') == [(0,)]
    assert (recorder.status().recorded, recorder.status().refused) == (1, 2)


def test_one_bad_row_does_not_take_others_with_it(recorder: Recorder, rows: Rows) -> None:
    for stamp_ns in (START_NS, 2 ** 70, START_NS + SECOND):  # the second does not fit into a row
        recorder.record(fact(stamp_ns))
    recorder.record(track_fact(1))
    recorder.record(track_fact(2, label_id=None))
    settle(recorder)
    assert rows('SELECT stamp_ns FROM observations') == [(START_NS,), (START_NS + SECOND,)]
    assert rows('SELECT id FROM tracks') == [(1,)]
    assert (recorder.status().state, recorder.status().refused) == ('running', 2)


def test_a_login_code_works_once(recorder: Recorder) -> None:
    token = recorder.submit(SaveToken('login', '', 'admin', b'd' * 32, 1, 2)).result(60)
    futures = [recorder.submit(DeleteToken(token)) for _ in range(5)]
    assert [future.result(60) for future in futures] == [True, False, False, False, False]


def test_a_cancelled_command_is_not_run(make_recorder: Make, rows: Rows) -> None:
    recorder = make_recorder()
    future = recorder.submit(CreateCamera('side', {}))  # before the start: it waits
    assert future.cancel()
    recorder.start()
    settle(recorder)
    assert rows('SELECT name FROM cameras') == [('camera',)]


def test_closing_commits_what_waits_and_leaves_one_file(make_recorder: Make, rows: Rows) -> None:
    recorder = make_recorder(commit_period_s=60.0)
    recorder.start()
    futures: list[Future] = []
    for index in range(3000):
        recorder.record(fact(START_NS + index))
    futures += [recorder.submit(CreateCamera('side', {})), recorder.submit(Purge(START_NS)),
                recorder.submit(Backup())]
    begun_s = time.monotonic()
    recorder.close()
    assert time.monotonic() - begun_s < 30, 'it waits for no period'
    assert all(future.done() for future in futures)
    files = sorted(p.name for p in recorder._session.path.parent.iterdir() if p.is_file())
    assert files == ['lock', 'smartcam.sqlite3']
    assert rows('SELECT count(*) FROM observations') == [(3000,)]


def test_after_closing_nothing_is_taken(recorder: Recorder) -> None:
    recorder.close()
    recorder.close()
    assert recorder.record(fact()) is False
    with pytest.raises(StoreError, match='closed'):
        recorder.submit(Barrier())
    assert recorder.status().state == 'closed'


def test_closing_without_a_start_is_fine(make_recorder: Make) -> None:
    make_recorder().close()


def test_two_bridges_never_write_one_store(recorder: Recorder, make_recorder: Make) -> None:
    with pytest.raises(StoreUnavailable, match='in use by another smartcam_bridge'):
        make_recorder().start()
    settle(recorder)
    recorder.close()
    make_recorder().start()


def test_threads_may_record_at_once(make_recorder: Make, rows: Rows) -> None:
    recorder = make_recorder(commit_rows=50)
    recorder.start()

    def run(offset: int) -> None:
        for index in range(500):
            recorder.record(fact(START_NS + offset + index))

    threads = [threading.Thread(target=run, args=(k * 1000,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(recorder)
    assert rows('SELECT count(*), count(DISTINCT stamp_ns) FROM observations') == [(2000, 2000)]


def test_a_listener_that_fails_harms_nobody(recorder: Recorder, rows: Rows) -> None:
    def explode(cameras: tuple[Camera, ...]) -> None:
        raise RuntimeError('a bug elsewhere')

    recorder._on_cameras = explode
    recorder.record(fact())
    assert recorder.submit(CreateCamera('side', {})).result(60).name == 'side'
    recorder.record(fact(START_NS + 1))
    settle(recorder)
    assert rows('SELECT stamp_ns FROM observations') == [(START_NS,), (START_NS + 1,)]
