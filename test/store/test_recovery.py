"""What was open at a kill ends at the last observation that was stored of it, and is told once."""
from pathlib import Path
from typing import Callable

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.domain.model import Camera, EndReason, Visit
from smartcam_bridge.domain.robot import Suspension
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.cameras import create_camera
from smartcam_bridge.store.engine import open_store, transaction
from smartcam_bridge.store.faces.hindsight import Hindsight
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.recovery import recover
from smartcam_bridge.store.tasks import RecordSuspension
from smartcam_bridge.store.writer import write_facts
from store_builders import event, observation, SECOND, START_NS, track

Rows = Callable[..., list[tuple]]


def as_it_is(one: Event) -> Event:
    """Return an event with the severity that it has."""
    return one


def test_each_track_ends_where_it_was_last_seen(path: Path, rows: Rows) -> None:
    rear = Camera(2, 'rear')
    batch = Batch(
        tracks={t.id: t for t in (
            track(1, last_ns=START_NS, observations=1),
            track(2, last_ns=START_NS + 2, observations=9),
            track(3, last_ns=START_NS, observations=1, camera_id=2),
            track(4, last_ns=START_NS, observations=1, end_reason=EndReason.LOST),
            track(5, last_ns=START_NS + 50, observations=3))},
        observations=[
            observation(START_NS, tracks=[1]), observation(START_NS + 1, tracks=[1, 2, 4]),
            observation(START_NS + 3, tracks=[2, 0]), observation(START_NS + 2, tracks=[1]),
            observation(START_NS + 9, tracks=[3], camera=rear),
            observation(START_NS + 10, tracks=[1], camera=rear)])   # not its camera
    connection = open_store(path)
    with transaction(connection):
        write_facts(connection, batch, {1, 2}, Hindsight())
        connection.execute("UPDATE observations SET boxes = x'99' WHERE stamp_ns = ?",
                           (START_NS,))   # damage to one row stops nothing
    with transaction(connection):
        assert recover(connection, as_it_is).tracks == 4
        assert recover(connection, as_it_is).tracks == 0
    connection.close()
    assert rows('SELECT id, last_ns - ?, observations, end_reason FROM tracks ORDER BY id',
                START_NS) == [
        (1, 2, 3, 'restart'), (2, 3, 10, 'restart'), (3, 9, 2, 'restart'), (4, 0, 1, 'lost'),
        (5, 50, 3, 'restart')]


def left_open(path: Path) -> None:
    """Leave what a killed bridge does: a track in two zones, one of them another's too."""
    batch = Batch(
        labels={1: 'person'},
        tracks={t.id: t for t in (
            track(1, first_ns=START_NS, last_ns=START_NS + SECOND),
            track(2, first_ns=START_NS, last_ns=START_NS + 2 * SECOND))},
        visits={(v.zone_id, v.track_id, v.entered_ns): v for v in (
            Visit(7, 1, 1, 1, START_NS), Visit(8, 1, 1, 1, START_NS + SECOND),
            Visit(8, 1, 2, 1, START_NS, START_NS + SECOND),
            Visit(8, 1, 2, 1, START_NS + 2 * SECOND, loitered=True),
            Visit(8, 1, 99, 1, START_NS + 5))},      # its track's row never came
        events=[event(START_NS, 'camera_online', track_id=0, label=''),
                event(START_NS), event(START_NS, track_id=2)],
        observations=[observation(START_NS + 3 * SECOND, tracks=[1], received_ns=START_NS + 7)])
    connection = open_store(path)
    with transaction(connection):
        create_camera(connection, 'camera', {})
        connection.execute("INSERT INTO shapes VALUES (7, 1, 'zone', 'yard', 1, '{}'), "
                           "(8, 1, 'zone', 'door', 1, '{}')")
        write_facts(connection, batch, {1}, Hindsight())
    connection.close()


def test_what_ends_is_stored_and_told_once_with_numbers_that_go_on(
        path: Path, make_recorder: Callable[..., Recorder], rows: Rows) -> None:
    left_open(path)
    told: list[Event] = []
    first = make_recorder(on_events=told.extend, severities=('track_ended=notice',))
    assert first.start().recovered_tracks == 2
    first.close()
    make_recorder(on_events=told.extend).start()
    assert [one.seq for one in told] == list(range(4, 13))
    assert rows('SELECT id, type FROM events WHERE id > 3 ORDER BY id') == [
        (one.seq, one.type) for one in told]
    ends = [(one.track_id, one.stamp_ns - START_NS, one.severity, one.detail) for one in told
            if one.type == 'track_ended']
    assert ends == [
        (2, 2 * SECOND, Severity.NOTICE,
         {'tracker_id': 't2', 'end_reason': 'restart', 'duration_s': 2.0}),
        (1, 3 * SECOND, Severity.NOTICE,
         {'tracker_id': 't1', 'end_reason': 'restart', 'duration_s': 3.0})]
    exits = {(one.detail['zone'], one.track_id): (
        one.stamp_ns - START_NS, one.detail['dwell_s'], one.detail['zone_name'], one.label)
        for one in told if one.type == 'zone_exited'}
    assert exits == {
        (7, 1): (3 * SECOND, 3.0, 'yard', 'person'), (8, 1): (3 * SECOND, 2.0, 'door', 'person'),
        (8, 2): (2 * SECOND, 0.0, 'door', 'person'), (8, 99): (5, 0.0, 'door', 'person')}
    assert {one.shape_id: (one.stamp_ns - START_NS, one.detail['occupancy']) for one in told
            if one.type == 'occupancy_changed'} == {7: (3 * SECOND, 0), 8: (3 * SECOND, 0)}
    offline, = [one for one in told if one.type == 'camera_offline']
    assert (offline.camera, offline.stamp_ns, offline.detail) == (
        'camera', START_NS + 7, {'state': 'restart'})
    assert rows('SELECT count(*) FROM visits WHERE exited_ns IS NULL') == [(0,)]
    assert rows('SELECT count(*) FROM visits WHERE exited_ns < entered_ns') == [(0,)]


def test_after_a_stop_in_order_there_is_nothing_to_tell(
        make_recorder: Callable[..., Recorder]) -> None:
    told: list[Event] = []
    for _ in range(2):
        recorder = make_recorder(on_events=told.extend)
        assert recorder.start().recovered_tracks == 0
        recorder.close()
    assert told == []


def test_what_was_open_of_a_camera_that_is_gone_ends_in_silence(
        path: Path, make_recorder: Callable[..., Recorder], rows: Rows) -> None:
    left_open(path)
    connection = open_store(path)
    with transaction(connection):
        connection.execute('DELETE FROM cameras')
    connection.close()
    told: list[Event] = []
    make_recorder(on_events=told.extend, cameras=('other',)).start()
    assert told == []
    assert rows('SELECT count(*) FROM tracks WHERE end_reason IS NULL') == [(0,)]


def test_a_robot_that_drove_at_the_kill_ended_with_the_last_message_of_each_camera(
        path: Path, make_recorder: Callable[..., Recorder], rows: Rows) -> None:
    rear = Camera(2, 'rear')
    over = Suspension(START_NS - 9, 'driving', START_NS - 5)
    driving = Suspension(START_NS + 10, 'driving')
    connection = open_store(path)
    with transaction(connection):
        for name in ('camera', 'rear', 'top'):
            create_camera(connection, name, {})
        facts = Batch(
            suspensions=[RecordSuspension(1, over),
                         *(RecordSuspension(id_, driving) for id_ in (1, 2, 3, 4))],
            observations=[observation(START_NS + 20), observation(START_NS + 15),
                          observation(START_NS + 30, camera=rear),
                          observation(START_NS + 5, camera=Camera(3, 'top'))])
        write_facts(connection, facts, {1, 2, 3, 4}, Hindsight())
    connection.close()
    told: list[Event] = []
    for _ in range(2):
        recorder = make_recorder(on_events=told.extend)
        recorder.start()
        recorder.close()
    assert rows('SELECT camera_id, begin_ns - ?, end_ns - ? FROM suspensions ORDER BY id',
                START_NS, START_NS) == [
        (1, -9, -5), (1, 10, 20), (2, 10, 30), (3, 10, 10), (4, 10, 10)]
    assert [(e.type, e.camera, e.stamp_ns - START_NS, e.detail) for e in told] == [
        ('counting_resumed', '', 30, {'reason': 'restart', 'cameras': ['camera', 'rear', 'top']})]
