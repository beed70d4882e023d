"""The bridge without ROS: what is told was stored before, and a stop still tells its end."""
import json
from pathlib import Path
import sqlite3
import threading
from typing import Any, Callable, Iterator

from ingesting import Ingest, START_NS, STEP_NS
import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.store.tasks import ChangeCamera, ChangeShape, CreateShape, DeleteShape

LIFE = ['camera_online', 'track_started', 'track_ended', 'camera_offline']


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    """Return a bridge that is open, with one camera."""
    made = Ingest(tmp_path / 'data')
    yield made
    made.bridge.close()


def test_an_event_is_told_on_the_ingest_thread_after_its_commit(ingest: Ingest) -> None:
    ingest.see()
    assert ingest.told == []
    while 'track_started' not in ingest.types():
        ingest.run_posted()
    assert ingest.types() == ['camera_online', 'track_started']
    assert [event.seq for event in ingest.told] == [1, 2]
    assert ingest.rows('SELECT track_id FROM events WHERE id = 2') == ingest.rows(
        'SELECT id FROM tracks')


def test_events_of_the_bridge_itself_go_the_same_way(ingest: Ingest) -> None:
    ingest.bridge.publish(Event('purge_finished', '', START_NS, {'tracks': 1}))
    ingest.run_posted()
    assert [event.as_json() for event in ingest.told] == [{
        'seq': 1, 'type': 'purge_finished', 'camera': '', 'severity': 'info',
        'stamp': '2027-01-15T08:00:00.000000000Z', 'tracks': 1}]


def test_a_pause_tells_the_ends_before_it_returns(ingest: Ingest) -> None:
    ingest.see()
    ingest.bridge.end_tracks(EndReason.PAUSED)
    ingest.bridge.settle()
    assert ingest.types() == LIFE
    ingest.run_posted()     # what was posted meanwhile finds nothing left
    assert [event.seq for event in ingest.told] == [1, 2, 3, 4]


def test_a_stop_tells_the_ends(ingest: Ingest) -> None:
    ingest.see()
    ingest.bridge.close()
    assert ingest.types() == LIFE
    ended, = [event for event in ingest.told if event.type == 'track_ended']
    assert ended.detail['end_reason'] == 'restart'
    ingest.bridge.close()
    assert ingest.types() == LIFE


def test_a_stop_tells_what_the_disk_took_late(ingest: Ingest) -> None:
    ingest.see()
    ingest.run_posted()
    holder = sqlite3.connect(ingest.bridge.data_dir / 'smartcam.sqlite3', isolation_level=None,
                             check_same_thread=False)
    holder.execute('BEGIN IMMEDIATE')
    release = threading.Timer(0.6, holder.execute, ('ROLLBACK',))
    release.start()
    ingest.bridge.close()
    release.join()
    holder.close()
    assert ingest.types() == LIFE


def test_the_size_of_frames_is_stored_when_it_is_news(ingest: Ingest) -> None:
    ingest.see()
    ingest.bridge.resize('camera', 1280, 720)
    ingest.see(2)
    ingest.bridge.settle()
    assert ingest.rows('SELECT since_ns, width, height FROM frame_sizes') == [
        (START_NS + STEP_NS, 640, 480), (START_NS + 4 * STEP_NS, 1280, 720)]


def draw(ingest: Ingest, kind: str, **definition: Any) -> int:
    """Draw a shape and let the ingest thread take it; return its id."""
    shape = ingest.bridge.submit(CreateShape('camera', kind, kind, True, definition)).result(60)
    ingest.run_posted()
    return shape.id


WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]]


def test_visits_of_a_zone_are_stored_told_and_shown(ingest: Ingest) -> None:
    zone = draw(ingest, 'zone', points=WHOLE)
    ingest.see(8)
    ingest.bridge.settle()
    assert [event.type for event in ingest.told[-3:]] == [
        'track_started', 'zone_entered', 'occupancy_changed']
    assert ingest.bridge._outflow.occupancy.now() == {zone: 1}
    assert ingest.rows('SELECT zone_id, track_id, exited_ns FROM visits') == [(zone, 1, None)]
    ingest.bridge.end_tracks(EndReason.PAUSED)
    ingest.bridge.settle()
    assert ingest.bridge._outflow.occupancy.now() == {}
    assert ingest.rows('SELECT exited_ns = (SELECT last_ns FROM tracks) FROM visits') == [(1,)]
    assert [event.type for event in ingest.told if event.track_id] == [
        'track_started', 'zone_entered', 'zone_exited', 'track_ended']


@pytest.mark.parametrize('change', [
    lambda zone: DeleteShape(zone), lambda zone: ChangeShape(zone, None, False, {}),
    lambda zone: ChangeShape(zone, None, None, {'points': [[0, 0], [0.1, 0], [0, 0.1]]})])
def test_visits_end_once_when_their_zone_is_redrawn_or_gone(
        ingest: Ingest, change: Callable[[int], object]) -> None:
    zone = draw(ingest, 'zone', points=WHOLE)
    ingest.see(8)
    ingest.bridge.settle()
    ingest.bridge.submit(change(zone)).result(60)
    ingest.bridge._apply_shapes()
    ingest.see(8)
    ingest.bridge.end_tracks(EndReason.PAUSED)
    ingest.bridge.settle()
    assert [event.type for event in ingest.told].count('zone_exited') == 1
    assert ingest.bridge._outflow.occupancy.now() == {}
    last_ns = START_NS + 8 * STEP_NS
    assert ingest.rows('SELECT zone_id, exited_ns FROM visits') == [(zone, last_ns)]


def test_crossings_are_stored_and_told(ingest: Ingest) -> None:
    line = draw(ingest, 'tripwire', start=[0.1, 0.4], end=[0.9, 0.4])
    ingest.see(5)
    ingest.see(5, y=60)
    ingest.bridge.settle()
    assert ingest.rows('SELECT tripwire_id, direction FROM crossings') == [(line, -1)]
    assert ingest.told[-1].detail['direction'] == 'out'


def test_what_is_masked_is_not_tracked(ingest: Ingest) -> None:
    draw(ingest, 'mask', points=WHOLE)
    ingest.see(8)
    ingest.bridge.settle()
    assert ingest.rows('SELECT id FROM tracks') == []


def test_shapes_count_after_a_restart(ingest: Ingest) -> None:
    zone = draw(ingest, 'zone', points=WHOLE)
    ingest.bridge.close()
    again = Ingest(ingest.bridge.data_dir)
    again.see(8)
    again.bridge.settle()
    assert again.rows('SELECT zone_id FROM visits') == [(zone,)]
    again.bridge.close()


def drive(ingest: Ingest, begin_s: float, seconds: float, speed_m_s: float) -> None:
    """Tell the robot's pose ten times a second."""
    for step in range(round(seconds * 10) + 1):
        ingest.bridge.locate(START_NS + round((begin_s + step / 10) * 1e9), 'map',
                             speed_m_s * step / 10, 0.0, 0.0)


def test_what_happens_knows_where_the_robot_was(ingest: Ingest) -> None:
    drive(ingest, 0, 1, 0.0)
    ingest.see()
    ingest.bridge.close()
    started, = [event for event in ingest.told if event.type == 'track_started']
    assert (started.pose.frame, started.pose.x) == ('map', 0.0)
    (frame, x, poses), = ingest.rows('SELECT pose_frame, pose_x, poses FROM tracks')
    assert (frame, x, sorted(json.loads(poses))) == ('map', 0.0, ['end', 'start'])


def test_while_the_robot_moves_zones_do_not_count(ingest: Ingest) -> None:
    draw(ingest, 'zone', points=WHOLE, inertia=1)
    ingest.see(6)
    assert set(ingest.bridge._outflow.occupancy.now().values()) == {1}
    drive(ingest, 0, 1, 0.5)
    assert not any(ingest.bridge._outflow.occupancy.now().values())
    ingest.see(6)
    ingest.bridge.settle()
    assert ingest.rows('SELECT count(*) FROM visits WHERE exited_ns IS NULL') == [(0,)]
    assert ingest.rows('SELECT count(*) FROM observations WHERE moving') == [(6,)]
    drive(ingest, 1.1, 3, 0.0)
    ingest.see(6)
    ingest.bridge.settle()
    assert ingest.rows('SELECT count(*) FROM visits') == [(2,)]
    (begin_ns, end_ns, reason), = ingest.rows('SELECT begin_ns, end_ns, reason FROM suspensions')
    assert reason == 'driving' and START_NS < begin_ns < end_ns
    told = [event for event in ingest.told if event.type.startswith('counting')]
    assert [(event.type, event.detail['cameras']) for event in told] == [
        ('counting_suspended', ['camera']), ('counting_resumed', ['camera'])]


def test_a_camera_that_does_not_move_with_it_counts_on(ingest: Ingest) -> None:
    ingest.bridge.submit(ChangeCamera('camera', {'count_while_moving': True})).result(60)
    ingest.bridge.reconcile()
    draw(ingest, 'zone', points=WHOLE, inertia=1)
    drive(ingest, 0, 1, 0.5)
    ingest.see(6)
    ingest.bridge.settle()
    assert ingest.rows('SELECT count(*) FROM visits WHERE exited_ns IS NULL') == [(1,)]
    assert ingest.rows('SELECT count(*) FROM suspensions') == [(0,)]


def test_a_pause_ends_a_suspension(ingest: Ingest) -> None:
    drive(ingest, 0, 1, 0.5)
    ingest.bridge.end_tracks(EndReason.PAUSED)
    ingest.bridge.settle()
    assert ingest.rows('SELECT count(*) FROM suspensions WHERE end_ns IS NULL') == [(0,)]


@pytest.mark.parametrize('change', [{'count_while_moving': True}, {'enabled': False}])
def test_a_camera_that_is_changed_meanwhile_is_not_suspended_for_ever(
        ingest: Ingest, change: dict[str, bool]) -> None:
    drive(ingest, 0, 1, 0.5)
    ingest.bridge.submit(ChangeCamera('camera', change)).result(60)
    ingest.bridge.reconcile()
    drive(ingest, 1.1, 3, 0.0)
    ingest.bridge.settle()
    (begin_ns, end_ns), = ingest.rows('SELECT begin_ns, end_ns FROM suspensions')
    assert begin_ns < end_ns <= START_NS + 1_000_000_000
