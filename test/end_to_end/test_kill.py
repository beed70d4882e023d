"""kill -9 in mid-recording costs at most one commit period, and the file is whole."""
import json
import signal
import sqlite3
import time

import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from running import Recorded, reliable, until  # noqa: E402
from smartcam_bridge.domain.times import parse_iso  # noqa: E402

COMMIT_PERIOD_S = 0.5   # the default
CONFIRM_HITS = 3        # the default
COMMIT_S = 0.3          # how long a commit may take, where nothing else keeps the machine busy
CAMERAS = ['front', 'rear']
KEPT = """
    SELECT cameras.name, count(*) FROM observations
    JOIN cameras ON cameras.id = observations.camera_id GROUP BY 1
"""


@pytest.mark.timeout(240)
def test_a_kill_costs_one_commit_period_at_most(start, start_bridge, tmp_path):
    killed = start_bridge(cameras=CAMERAS, **reliable(CAMERAS))
    until(killed.ready)
    scene = start('demo_scene', cameras=CAMERAS, wait_for_subscribers=30.0,
                  truth_path=tmp_path / 'truth.json')
    until(lambda: killed.camera('rear')['received'] > 150)
    received = {camera: killed.camera(camera)['received'] for camera in CAMERAS}
    kill_s = time.monotonic() + COMMIT_PERIOD_S + COMMIT_S * killed.slower
    until(lambda: time.monotonic() > kill_s)
    killed.process.kill()
    killed.process.wait(60)
    scene.stop()
    truth = json.loads((tmp_path / 'truth.json').read_text())['cameras']

    again = start_bridge(cameras=CAMERAS)
    until(again.ready)
    with sqlite3.connect(again.database) as connection:
        assert connection.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
        kept = dict(connection.execute(KEPT))
    assert all(kept[camera] >= received[camera] for camera in CAMERAS), (kept, received)
    assert again.get('/api/v1/tracks', open='true')['items'] == []
    for camera in CAMERAS:
        sent = sorted({when for t in truth[camera]['tracks'] for when in t['stamps_ns']})
        detections = again.all('/api/v1/detections', camera=camera)
        stored = {parse_iso(d['stamp']) for d in detections}
        last_ns = max(stored)
        assert stored == {when for when in sent if when <= last_ns}     # no hole before the end
        told = again.all('/api/v1/tracks', camera=camera)
        expected = {}
        for track in truth[camera]['tracks']:
            seen = [when for when in track['stamps_ns'] if when <= last_ns]
            if len(seen) >= CONFIRM_HITS:
                expected[track['id']] = (seen[0], seen[-1], len(seen))
        assert {t['tracker_id']: (parse_iso(t['first']), parse_iso(t['last']), t['observations'])
                for t in told} == expected
        ended_by_it = {t['tracker_id'] for t in told if t['end_reason'] == 'restart'}
        assert ended_by_it >= {name for name, seen in expected.items() if seen[1] == last_ns}


@pytest.mark.timeout(240)
def test_after_a_kill_ids_go_on(start, start_bridge, tmp_path):
    killed = start_bridge(cameras=CAMERAS)
    scene = start('demo_scene', cameras=CAMERAS)
    until(lambda: killed.get('/api/v1/tracks')['items'])
    killed.stop(signal.SIGKILL)
    again = start_bridge(cameras=CAMERAS)
    old = max(t['id'] for t in again.all('/api/v1/tracks'))
    until(lambda: again.get('/api/v1/tracks', open='true')['items'])
    new = again.all('/api/v1/tracks', open='true')
    assert min(t['id'] for t in new) > old
    scene.stop()
    again.stop()
    recorded = Recorded(again, tmp_path)
    highest, = recorded.rows('SELECT max(id) FROM tracks')[0]
    assert recorded.rows('SELECT count(DISTINCT id) = count(*) FROM tracks') == [(1,)]
    assert highest >= max(t['id'] for t in new)
