"""A signal ends the bridge quickly and cleanly, and nothing that was accepted is missing."""
import signal
import sqlite3
import time

import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from running import Recorded, side_files, until  # noqa: E402
from talking import FakeCamera  # noqa: E402

STOPPED_WITHIN_S = 2.0
CAMERAS = ['front', 'rear']


def clean(bridge) -> bool:
    """Say whether the log tells of no trouble."""
    return not any(word in bridge.log for word in ('Traceback', 'ERROR', 'FATAL', 'exception'))


@pytest.mark.timeout(240)
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_full_swing_loses_nothing(start, start_bridge, watch, tmp_path, number):
    # Nothing is due before the end, so everything accepted is in the queue when the signal comes.
    bridge = start_bridge(cameras=CAMERAS, commit_period_s=60.0, event_period_s=60.0,
                          commit_rows=100000, queue_max=100000)
    start('demo_scene', cameras=CAMERAS)
    until(bridge.ready)
    viewers = watch(bridge)
    stream = viewers.mjpeg('front')
    lives = [viewers.websocket(topics=['boxes', 'tracks', 'status', 'frames']) for _ in range(2)]
    deaf = viewers.deaf_websocket(topics=['boxes', 'tracks', 'status', 'frames'])
    accepted = until(lambda: (n := sum(bridge.camera(c)['received'] for c in CAMERAS)) > 400 and n)
    recorder = bridge.get('/api/v1/system/stats')['recorder']
    assert recorder['recorded'] == 0 and recorder['backlog'] > 400

    bridge.stop_within(STOPPED_WITHIN_S, number)
    assert clean(bridge), bridge.log
    until(lambda: stream.ended and all(live.close_code for live in lives))
    assert [live.close_code for live in lives] == [1001, 1001]
    assert deaf is not None
    assert side_files(bridge) == []
    assert not (bridge.data_dir / 'run' / 'bridge.json').exists()
    recorded = Recorded(bridge, tmp_path)
    assert recorded.count('observations') >= accepted > 400
    assert recorded.rows('SELECT count(*) FROM tracks WHERE end_reason IS NULL') == [(0,)]
    assert recorded.rows("SELECT count(*) > 5 FROM tracks WHERE end_reason = 'restart'") == [(1,)]


@pytest.mark.timeout(240)
def test_a_queue_that_is_full_is_written_to_the_last_row(start_bridge, talker, tmp_path):
    bridge = start_bridge(commit_period_s=60.0, commit_rows=100, queue_max=100,
                          boxes_depth=1000)
    until(bridge.ready)
    camera = FakeCamera(talker, bridge).connect()
    holder = sqlite3.connect(bridge.database, isolation_level=None)
    holder.execute('BEGIN IMMEDIATE')   # so that nothing can be written
    camera.see(300)
    talker.until(lambda: bridge.camera('camera')['received'] == 300)
    recorder = bridge.get('/api/v1/system/stats')['recorder']
    assert recorder['thinned'] > 0 and recorder['dropped'] > 0
    holder.execute('ROLLBACK')
    holder.close()
    bridge.stop_within(STOPPED_WITHIN_S, signal.SIGTERM)
    kept = 300 - recorder['thinned'] - recorder['dropped']
    assert Recorded(bridge, tmp_path).count('observations') == kept >= 80


@pytest.mark.timeout(240)
def test_a_disk_that_is_out_at_the_end_is_told_and_does_not_hold_it_up(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    camera = FakeCamera(talker, bridge).connect()
    camera.see(5)
    talker.until(lambda: bridge.get('/api/v1/system/stats')['recorder']['recorded'] == 5)
    holder = sqlite3.connect(bridge.database, isolation_level=None)
    holder.execute('BEGIN IMMEDIATE')
    camera.see(5)
    talker.until(lambda: bridge.get('/api/v1/system/stats')['recorder']['state'] == 'degraded')
    assert bridge.request('GET', '/ready')[0] == 503
    bridge.stop_within(5)
    holder.close()
    assert 'are lost: the database' in bridge.log and 'is locked' in bridge.log
    assert 'Traceback' not in bridge.log


@pytest.mark.timeout(240)
@pytest.mark.parametrize('executor', ['events', 'single'])
def test_either_executor_records_and_stops(start_bridge, talker, tmp_path, executor):
    bridge = start_bridge(executor=executor)
    until(bridge.ready)
    camera = FakeCamera(talker, bridge).connect()
    camera.see(100)
    talker.until(lambda: bridge.get('/api/v1/system/stats')['recorder']['recorded'] == 100)
    bridge.stop_within(STOPPED_WITHIN_S)
    assert clean(bridge), bridge.log
    recorded = Recorded(bridge, tmp_path)
    assert recorded.count('observations') == 100
    assert recorded.rows('SELECT tracker_id, observations, first_ns, last_ns FROM tracks') == [
        ('7', 100, camera.sent[0], camera.sent[-1])]


@pytest.mark.timeout(240)
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_starts_ends_it_without_a_traceback(start_bridge, number):
    begin = time.monotonic()
    bridge = start_bridge()
    until(lambda: (bridge.data_dir / 'lock').exists())
    so_far_s = time.monotonic() - begin     # more than usual where the machine is busy
    took_s = bridge.stop(number)
    assert bridge.process.returncode == 0
    assert took_s < max(STOPPED_WITHIN_S, so_far_s)
    assert clean(bridge), bridge.log


@pytest.mark.timeout(240)
def test_a_second_start_goes_on_where_the_first_ended(start_bridge, talker):
    first = start_bridge()
    until(first.ready)
    camera = FakeCamera(talker, first).connect()
    camera.see(10)
    talker.until(lambda: first.get('/api/v1/system/stats')['recorder']['recorded'] == 10)
    first.stop()
    talker.matched(camera.boxes, 0)
    second = start_bridge()
    until(second.ready)
    camera = FakeCamera(talker, second).connect()
    camera.see(10)
    talker.until(lambda: second.get('/api/v1/system/stats')['recorder']['recorded'] == 10)
    tracks = second.all('/api/v1/tracks', order='oldest')
    assert [(t['tracker_id'], t['end_reason']) for t in tracks] == [('7', 'restart'), ('7', None)]
    assert tracks[0]['id'] < tracks[1]['id']
    assert len(second.all('/api/v1/detections')) == 20
