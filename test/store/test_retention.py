"""A purge removes what is too old, and only that, in slices."""
from concurrent.futures import Future
from pathlib import Path
import threading
import time
from typing import Any, Callable

import pytest

from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.engine import open_store
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.retention import purge, PurgeReport
from smartcam_bridge.store.tasks import Barrier, Purge, RecordLabel, SaveToken
from store_builders import fact, SECOND, START_NS, track_fact

HOUR = 3600 * SECOND
Rows = Callable[..., list[tuple]]


@pytest.fixture
def purged(make_recorder: Callable[..., Recorder]) -> Callable[..., PurgeReport]:
    """Return what stores facts, purges as of `hours` after the start, and reports."""
    def run(*facts: Any, hours: float, **values: Any) -> PurgeReport:
        recorder = make_recorder(**values)
        recorder.start()
        for one in facts:
            recorder.record(one)
        return recorder.submit(Purge(START_NS + round(hours * HOUR))).result(30)
    return run


def test_observations_go_by_the_age_of_their_receipt(
        purged: Callable[..., PurgeReport], rows: Rows) -> None:
    facts = [fact(stamp_ns=k, received_ns=START_NS + k * HOUR) for k in range(6)]
    report = purged(*facts, hours=7.5, observations_keep_h=4)
    assert report == PurgeReport(observations=4, complete=True)
    assert rows('SELECT stamp_ns FROM observations') == [(4,), (5,)]


def test_observations_from_the_future_hide_no_old_ones(
        purged: Callable[..., PurgeReport], rows: Rows) -> None:
    facts = [fact(k, received_ns=START_NS + 9000 * HOUR) for k in range(1200)]
    facts += [fact(5000 + k, received_ns=START_NS) for k in range(700)]
    facts += [fact(9000, received_ns=START_NS + 9 * HOUR)]
    assert purged(*facts, hours=10, observations_keep_h=4).observations == 700
    assert rows('SELECT count(*) FROM observations') == [(1201,)]


def test_a_clock_that_was_never_set_purges_nothing(
        purged: Callable[..., PurgeReport], rows: Rows) -> None:
    assert purged(fact(), track_fact(1, end_reason=EndReason.LOST),
                  hours=-START_NS / HOUR + 1).observations == 0
    assert rows('SELECT count(*) FROM tracks') == [(1,)]


def test_zero_keeps_everything(purged: Callable[..., PurgeReport]) -> None:
    report = purged(fact(), track_fact(1, end_reason=EndReason.LOST), hours=100_000,
                    observations_keep_h=0, tracks_keep_days=0, rollups_keep_days=0)
    assert report == PurgeReport(complete=True)


def test_tracks_go_by_their_end_and_open_ones_stay(
        purged: Callable[..., PurgeReport], rows: Rows) -> None:
    report = purged(track_fact(1, end_reason=EndReason.LOST), track_fact(2),
                    track_fact(3, end_reason=EndReason.LOST, last_ns=START_NS + 40 * HOUR),
                    hours=48, tracks_keep_days=1)
    assert report.tracks == 1
    assert rows('SELECT id FROM tracks') == [(2,), (3,)]


def test_tracks_of_a_simulation_go_by_its_own_time(
        purged: Callable[..., PurgeReport], rows: Rows) -> None:
    facts = [track_fact(k, end_reason=EndReason.LOST, first_ns=k, last_ns=k * HOUR)
             for k in (1, 30, 50)]
    assert purged(*facts, hours=48, tracks_keep_days=1).tracks == 1
    assert rows('SELECT id FROM tracks') == [(30,), (50,)]


@pytest.mark.parametrize('kind', ['token', 'session', 'login'])
def test_what_has_expired_of_any_kind_goes(kind: str, recorder: Recorder, rows: Rows) -> None:
    for digest, expires_ns in ((b'a', START_NS - 1), (b'b', START_NS + 1), (b'c', 0)):
        recorder.submit(SaveToken(kind, '', 'viewer', digest, 1, expires_ns)).result(60)
    assert recorder.submit(Purge(START_NS)).result(60).tokens == 1
    assert rows('SELECT digest FROM tokens') == [(b'b',), (b'c',)]


def test_recording_goes_on_between_the_slices(recorder: Recorder, rows: Rows) -> None:
    for k in range(15_000):
        recorder.record(fact(k, received_ns=START_NS))
    recorder.submit(Barrier()).result(60)
    commits = 0
    ended = threading.Event()

    def record_more(_: object) -> None:     # on the recorder's thread: nothing can be too late
        nonlocal commits
        if purging.done():
            ended.set()
            return
        commits += 1
        recorder.record(fact(START_NS, received_ns=START_NS + 1000 * HOUR))
        recorder.submit(Barrier()).add_done_callback(record_more)

    def begin(_: object) -> None:
        nonlocal purging
        purging = recorder.submit(Purge(START_NS + 1000 * HOUR))
        record_more(_)

    purging: Future = Future()
    recorder.submit(Barrier()).add_done_callback(begin)
    assert ended.wait(60)
    assert purging.result(0).observations == 15_000
    assert commits > 1
    assert rows('SELECT count(*) FROM observations') == [(commits,)]


def test_slices_are_many_and_small_and_the_file_shrinks(
        path: Path, recorder: Recorder, record_property: Callable[[str, object], None]) -> None:
    for k in range(15_000):
        recorder.record(fact(k, received_ns=START_NS, boxes=20))
    recorder.close()
    connection = open_store(path)
    before, = connection.execute('PRAGMA page_count').fetchone()
    held: list[float] = []
    report = PurgeReport()
    slices = purge(connection, START_NS + 1000 * HOUR, Settings(), MediaFolder(path.parent))
    while True:
        begun_s, before_rows = time.monotonic(), report.observations
        report = next(slices)
        held.append(time.monotonic() - begun_s)
        assert report.observations - before_rows <= 5000
        if report.complete:
            break
    assert report.observations == 15_000 and 5 < len(held) < 200, 'not a page at a time'
    # How long the lock was held is told, not judged: this machine may be busy with other things.
    record_property('slice_s_95th', sorted(held)[int(0.95 * len(held))])
    record_property('slice_s_longest', max(held))
    assert connection.execute('PRAGMA page_count').fetchone()[0] < before / 2
    connection.close()


def test_two_purges_are_both_answered(recorder: Recorder) -> None:
    recorder.record(fact(1, received_ns=START_NS))
    recorder.record(RecordLabel(1, 'person'))
    first, second = (recorder.submit(Purge(START_NS + 1000 * HOUR)) for _ in range(2))
    assert first.result(60).observations == 1
    assert second.result(60) == PurgeReport(complete=True)


def test_a_purge_is_run_by_itself_now_and_then(
        make_recorder: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch,
        rows: Rows) -> None:
    monkeypatch.setattr('smartcam_bridge.store.chores._FIRST_PURGE_S', 0.05)
    recorder = make_recorder()
    recorder.start()
    recorder.record(fact(1, received_ns=SECOND))
    recorder.submit(Barrier()).result(60)
    gone = threading.Event()
    for _ in range(200):
        if rows('SELECT count(*) FROM observations') == [(0,)]:
            break
        gone.wait(0.02)
    assert rows('SELECT count(*) FROM observations') == [(0,)]
