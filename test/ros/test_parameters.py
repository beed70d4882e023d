"""Settings as ROS parameters: all problems at once at start, live changes, refusals."""
import json
import os
import socket

import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from running import until  # noqa: E402
from talking import BOX, FakeCamera  # noqa: E402

pytestmark = pytest.mark.timeout(240)
ENDED_WITHIN_S = 60     # the interpreter's own start on a busy machine included


def test_every_problem_is_told_at_once_and_the_exit_code_is_2(start_bridge):
    bridge = start_bridge(http_port=99999, confirm_hits=0, rejoin_s='soon',
                          executor='fast', cameras=['front', '2nd', 'front'])
    assert bridge.process.wait(ENDED_WITHIN_S) == 2
    assert bridge.log.count('invalid settings:') == 1
    for told in ('http_port', '0 to 65535', 'confirm_hits', '1 to 1000 observations',
                 "rejoin_s: 'soon' is not a number (0.1 to 3600 s)",
                 "executor: 'fast' is not one of auto, events, single",
                 "cameras: '2nd' is not a camera name", 'a name stands twice'):
        assert told in bridge.log
    assert 'Traceback' not in bridge.log


def test_settings_that_contradict_each_other_are_told(start_bridge):
    bridge = start_bridge(frame_width=640, commit_rows=500, queue_max=200)
    assert bridge.process.wait(ENDED_WITHIN_S) == 2
    assert 'set both or neither (now 640 x 0)' in bridge.log
    assert 'commit_rows: 500 is more than queue_max (200)' in bridge.log


def test_a_live_change_takes_effect(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    camera = FakeCamera(talker, bridge).connect()
    assert [r.successful for r in talker.set_parameters(confirm_hits=6)] == [True]
    assert talker.parameter('confirm_hits') == 6
    camera.see(5, ids=('few',))
    camera.see(6, ids=('many',), corners=BOX + 100)     # else it would be the same target
    talker.until(lambda: len(bridge.all('/api/v1/detections')) == 11)
    assert [t['tracker_id'] for t in bridge.all('/api/v1/tracks')] == ['many']


REFUSED = [
    ('confirm_hits', 1001, 'Min: 1, Max: 1000'),
    ('rejoin_s', 0.0, 'Min: 0.1, Max: 3600'),
    ('jpeg_quality', 5, 'Min: 10, Max: 100'),
    ('queue_max', 5000, 'read-only'),
    ('cameras', ['other'], 'read-only'),
    ('actual_port', 81, 'read-only'),
]


def test_what_cannot_be_set_is_refused_with_the_reason(start_bridge, talker):
    start_bridge()
    for name, value, told in REFUSED:
        before = talker.parameter(name)
        refused, = talker.set_parameters(**{name: value})
        assert not refused.successful
        assert told in refused.reason and name in refused.reason
        assert talker.parameter(name) == before


def test_the_port_is_told(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    told = json.loads((bridge.data_dir / 'run' / 'bridge.json').read_text())
    assert talker.parameter('actual_port') == told['port'] > 0
    assert told['pid'] == bridge.process.pid
    assert f'serving on {told["url"]}' in bridge.log


def test_a_port_that_is_taken_ends_it(start_bridge):
    with socket.create_server(('127.0.0.1', 0)) as other:
        port = other.getsockname()[1]
        bridge = start_bridge(http_port=port)
        assert bridge.process.wait(ENDED_WITHIN_S) == 1
    assert f'cannot listen on 127.0.0.1:{port}' in bridge.log
    assert 'choose another http_host or http_port' in bridge.log
    assert 'Traceback' not in bridge.log


def test_an_address_that_is_not_ours_ends_it(start_bridge):
    bridge = start_bridge(http_host='192.0.2.1')
    assert bridge.process.wait(ENDED_WITHIN_S) == 1
    assert 'cannot listen on 192.0.2.1' in bridge.log and 'Traceback' not in bridge.log


def test_a_data_folder_in_use_ends_it_and_spares_the_user(start_bridge):
    first = start_bridge()
    until(first.ready)
    second = start_bridge()
    assert second.process.wait(ENDED_WITHIN_S) == 1
    assert f'in use by another smartcam_bridge (process {first.process.pid})' in second.log
    assert 'Traceback' not in second.log
    assert first.ready()


def test_a_data_folder_that_cannot_be_made_ends_it(start_bridge, tmp_path):
    (tmp_path / 'file').write_text('')
    bridge = start_bridge(data_dir=tmp_path / 'file' / 'data')
    assert bridge.process.wait(ENDED_WITHIN_S) == 1
    assert str(tmp_path / 'file' / 'data') in bridge.log and 'Traceback' not in bridge.log


@pytest.mark.skipif(os.getuid() == 0, reason='nothing is unwritable for root')
def test_a_data_folder_that_cannot_be_written_ends_it(start_bridge, tmp_path):
    (tmp_path / 'data').mkdir(mode=0o500)
    bridge = start_bridge()
    assert bridge.process.wait(ENDED_WITHIN_S) == 1
    assert 'belongs to this user' in bridge.log and 'Traceback' not in bridge.log


def test_a_database_of_something_else_ends_it_and_is_left_alone(start_bridge, tmp_path):
    import sqlite3
    (tmp_path / 'data').mkdir()
    with sqlite3.connect(tmp_path / 'data' / 'smartcam.sqlite3') as other:
        other.execute('CREATE TABLE recipes (name TEXT)')
    bridge = start_bridge()
    assert bridge.process.wait(ENDED_WITHIN_S) == 1
    assert 'not one of smartcam_bridge' in bridge.log and 'Traceback' not in bridge.log
    with sqlite3.connect(tmp_path / 'data' / 'smartcam.sqlite3') as other:
        assert other.execute('SELECT name FROM sqlite_master').fetchall() == [('recipes',)]


def test_a_policy_that_does_not_exist_is_a_problem_of_its_topic_only(start_bridge, talker):
    bridge = start_bridge(**{'qos_overrides./camera/tracks.subscription.reliability': 'certain'})
    problem, = until(lambda: bridge.camera('camera')['problems'])
    assert problem.startswith('/camera/tracks cannot be subscribed') and 'certain' in problem
    FakeCamera(talker, bridge, topic='detections').connect().see(5)
    talker.until(lambda: len(bridge.all('/api/v1/detections')) == 5)
    assert 'Traceback' not in bridge.log
