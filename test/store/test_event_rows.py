"""Events are numbered without gaps, never twice, and come back as they went in."""
from pathlib import Path
import sqlite3
import threading
from typing import Any, Callable

import pytest

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.domain.model import (
    Crossing, Direction, EndReason, Pose, TrackState, Visit)
from smartcam_bridge.store.backup import back_up, restore
from smartcam_bridge.store.engine import open_store, transaction
from smartcam_bridge.store.event_rows import event_of, newest_seq, store_events
from smartcam_bridge.store.event_sql import AFTER
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import (
    Barrier, RecordCrossing, RecordLabel, RecordTrack, RecordVisit)
from store_builders import event, event_fact, fact, SECOND, START_NS, track, track_fact, wait_until

Rows = Callable[..., list[tuple]]
Make = Callable[..., Recorder]


def settle(recorder: Recorder) -> None:
    """Wait until everything handed over is committed."""
    recorder.submit(Barrier()).result(60)


def numbers(told: list[Event]) -> list[int]:
    """Return the numbers of events."""
    return [one.seq for one in told]


def test_an_event_comes_back_as_it_went_in(path: Path) -> None:
    given = [
        event(detail={'a': 1.1, 'text': 'Füße', 'list': [1, None, {'b': True}]},
              pose=Pose('map', 1.25, -2.5, 0.1, 0.01), severity=Severity.ALERT, shape_id=3),
        event(kind='person_changed', person_id=7, was_person_id=8,
              corrections=({'at': 1, 'by': 'me', 'action': 'merged', 'was': 6},)),
        event(kind='stranger_seen', stranger_id=4),
        Event('purge_finished', '', START_NS, {})]
    connection = open_store(path)
    with transaction(connection):
        stored = store_events(connection, given)
    rows = connection.execute(AFTER.sql, AFTER.bound(after=0, rows=10)).fetchall()
    connection.close()
    assert [event_of(row) for row in rows] == stored
    assert [one.as_json() for one in stored] == [
        {'seq': seq} | one.as_json() for seq, one in enumerate(given, 1)]


def test_events_are_told_after_their_commit_with_their_numbers(
        make_recorder: Make, rows: Rows) -> None:
    told: list[tuple[int, int]] = []

    def on_events(events: list[Event]) -> None:
        assert threading.current_thread().name == 'recorder'
        stored = {seq for seq, in rows('SELECT id FROM events')}
        told.extend((one.seq, one.stamp_ns) for one in events if one.seq in stored)

    recorder = make_recorder(on_events=on_events, event_period_s=0.02)
    recorder.start()
    for k in range(5):
        recorder.record(event_fact(START_NS + k))
    wait_until(lambda: len(told) == 5)
    assert told == [(k + 1, START_NS + k) for k in range(5)]
    assert (recorder.status().events, recorder.status().events_lost) == (5, 0)


def test_events_are_told_before_a_command_of_their_commit_is_answered(make_recorder: Make) -> None:
    told: list[Event] = []
    recorder = make_recorder(on_events=told.extend)
    recorder.start()
    for _ in range(50):
        recorder.record(event_fact())
        settle(recorder)
        assert told.pop()


def test_one_bad_event_takes_no_number_and_no_other_with_it(make_recorder: Make, rows: Rows,
                                                            ) -> None:
    told: list[Event] = []
    recorder = make_recorder(on_events=told.extend, event_period_s=60.0)
    recorder.start()
    for detail in ({}, {'bad': float('nan')}, {'bad': object()}, {'n': 2}):
        recorder.record(event_fact(detail=detail))
    recorder.record(event_fact(2 ** 70))
    recorder.record(event_fact(label='\ud800'))
    recorder.record(event_fact(START_NS + 1))
    settle(recorder)
    assert numbers(told) == [1, 2, 3]
    assert rows('SELECT id, detail FROM events WHERE id < 3') == [(1, '{}'), (2, '{"n": 2}')]
    assert recorder.status().refused == 4


def test_numbers_go_on_after_deletes_and_restarts(make_recorder: Make, path: Path) -> None:
    told: list[Event] = []
    for _ in range(3):
        recorder = make_recorder(on_events=told.extend)
        recorder.start()
        recorder.record(event_fact(), event_fact())
        recorder.close()
        with sqlite3.connect(path) as connection:
            connection.execute('DELETE FROM events')
        connection.close()
    assert numbers(told) == [1, 2, 3, 4, 5, 6]


def test_numbers_go_on_in_a_new_file_when_the_old_one_is_lost(make_recorder: Make, path: Path,
                                                              rows: Rows) -> None:
    told: list[Event] = []
    recorder = make_recorder(on_events=told.extend)
    recorder.start()
    recorder.record(event_fact(), event_fact())
    settle(recorder)
    path.unlink()
    recorder.record(event_fact())
    settle(recorder)
    assert numbers(told) == [1, 2, 3]
    assert rows('SELECT id FROM events') == [(3,)]


def test_numbers_go_on_after_an_older_backup_was_restored(
        make_recorder: Make, path: Path) -> None:
    told: list[Event] = []
    ids = []
    backup = None
    for _ in range(3):
        recorder = make_recorder(on_events=told.extend)
        ids.append(recorder.start().next_track_id)
        recorder.record(event_fact(), event_fact())
        recorder.close()
        backup = backup or back_up(path, 5)
        restore(path, backup, START_NS)
    assert numbers(told) == [1, 2, 3, 4, 5, 6]
    assert ids == sorted(set(ids)), 'nor is an id of a track given twice'


def test_a_commit_that_fails_uses_no_numbers(make_recorder: Make, path: Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('smartcam_bridge.store.engine.BUSY_TIMEOUT_S', 0.05)
    monkeypatch.setattr('smartcam_bridge.store.recorder._RETRY_S', (0.02, 0.1))
    told: list[Event] = []
    recorder = make_recorder(on_events=told.extend, event_period_s=0.02)
    recorder.start()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute('BEGIN IMMEDIATE')
    recorder.record(event_fact())
    wait_until(lambda: recorder.status().state == 'degraded')
    recorder.record(event_fact(START_NS + 1))
    assert told == [], 'nothing is told that is not stored'
    other.execute('ROLLBACK')
    other.close()
    wait_until(lambda: len(told) == 2)
    assert [(one.seq, one.stamp_ns) for one in told] == [(1, START_NS), (2, START_NS + 1)]


def test_that_tracks_of_a_removed_camera_ended_is_still_told(make_recorder: Make) -> None:
    told: list[Event] = []
    recorder = make_recorder(on_events=told.extend)
    recorder.start()
    recorder.record(track_fact(9, camera_id=77), event_fact(camera_id=77))
    settle(recorder)
    assert numbers(told) == [1]
    assert recorder.status().refused == 1


def test_every_column_of_a_track_is_written_and_what_others_wrote_stays(
        recorder: Recorder, rows: Rows) -> None:
    pose = Pose('map', 1.0, 2.0, 0.5, 0.0)
    recorder.record(track_fact(
        7, score_median=0.625, label_changes=((START_NS, 1), (START_NS + 5, 2)),
        stationary_ns=START_NS + 3, poses=(('start', pose),)))
    settle(recorder)
    assert rows('SELECT score_median, label_changes, stationary_ns, poses, pose_frame, pose_x, '
                'pose_y, shot, pinned FROM tracks') == [(
                    0.625, f'[[{START_NS}, 1], [{START_NS + 5}, 2]]', START_NS + 3,
                    '{"start": {"frame": "map", "x": 1.0, "y": 2.0, "yaw": 0.5, "age_s": 0.0}}',
                    'map', 1.0, 2.0, None, 0)]


def test_a_later_state_of_a_track_leaves_its_shot_and_pin(recorder: Recorder, path: Path,
                                                          rows: Rows) -> None:
    recorder.record(track_fact(7))
    settle(recorder)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE tracks SET shot = '{}', pinned = 1")
    connection.close()
    recorder.record(track_fact(7, observations=9, end_reason=EndReason.LEFT))
    settle(recorder)
    assert rows('SELECT observations, end_reason, shot, pinned FROM tracks') == [
        (9, 'left', '{}', 1)]


def test_of_a_visit_the_last_state_counts_and_each_is_one_row(
        recorder: Recorder, rows: Rows) -> None:
    open_visit = Visit(3, 1, 7, 1, START_NS)
    for visit in (open_visit, Visit(3, 1, 7, 1, START_NS + SECOND)):
        recorder.record(RecordVisit(visit))
    settle(recorder)
    recorder.record(RecordVisit(Visit(3, 1, 7, 1, START_NS, loitered=True)))
    recorder.record(RecordVisit(Visit(3, 1, 7, 2, START_NS, START_NS + 5, True)))
    recorder.record(RecordVisit(Visit(3, 99, 8, 2, START_NS)))
    settle(recorder)
    assert rows('SELECT zone_id, track_id, label_id, entered_ns, exited_ns, loitered FROM visits '
                'ORDER BY entered_ns') == [
        (3, 7, 2, START_NS, START_NS + 5, 1), (3, 7, 1, START_NS + SECOND, None, 0)]
    assert recorder.status().refused == 1


def test_a_crossing_is_stored_once(recorder: Recorder, rows: Rows) -> None:
    for direction in (Direction.IN, Direction.OUT, Direction.IN):
        recorder.record(RecordCrossing(Crossing(4, 1, 7, 2, START_NS, direction)))
    recorder.record(RecordCrossing(Crossing(4, 99, 7, 2, START_NS, Direction.IN)))
    settle(recorder)
    assert rows('SELECT tripwire_id, camera_id, track_id, label_id, stamp_ns, direction '
                'FROM crossings ORDER BY direction') == [
        (4, 1, 7, 2, START_NS, -1), (4, 1, 7, 2, START_NS, 1)]
    assert recorder.status().refused == 1


def test_what_belongs_together_is_committed_together(make_recorder: Make, rows: Rows) -> None:
    recorder = make_recorder(commit_rows=1, event_period_s=0.02)
    recorder.start()
    uneven: list[Any] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            counts, = rows('SELECT (SELECT count(*) FROM tracks), (SELECT count(*) FROM events)')
            if counts[0] != counts[1]:
                uneven.append(counts)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for k in range(1, 400):
            state: TrackState = track(k)
            recorder.record(RecordLabel(k, f'l{k}'), fact(), RecordTrack(state),
                            event_fact(track_id=k))
        settle(recorder)
    finally:
        stop.set()
        looking.join()
    assert uneven == []
    assert rows('SELECT count(*) FROM events') == [(399,)]


def test_the_newest_number_of_a_new_store_is_zero(path: Path) -> None:
    connection = open_store(path)
    assert newest_seq(connection) == 0
    connection.close()


def test_the_severity_follows_the_rules_of_the_settings(make_recorder: Make, rows: Rows) -> None:
    recorder = make_recorder(severities=('track_started@camera=alert',))
    recorder.start()
    recorder.record(event_fact(), event_fact(kind='track_ended'))
    settle(recorder)
    assert rows('SELECT type, severity FROM events ORDER BY id') == [
        ('track_started', 40), ('track_ended', 10)]
