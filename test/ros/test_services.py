"""The bridge's own services: they answer at once, and the end is an event."""
import json
from pathlib import Path
import sqlite3
import time

import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from running import until  # noqa: E402
from smartcam_bridge.domain.times import NS  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from std_srvs.srv import SetBool, Trigger  # noqa: E402
from talking import FakeCamera, NODE  # noqa: E402

pytestmark = pytest.mark.timeout(240)


def event(talker, topic: list, kind: str) -> dict:
    """Wait for an event of a kind on the topic; return it."""
    return talker.until(lambda: next((said for message in topic if (
        said := json.loads(message.data))['type'] == kind), None), lambda: topic)


def test_pause_and_resume_and_each_twice(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    camera = FakeCamera(talker, bridge).connect()
    camera.see(5)
    talker.until(lambda: bridge.camera('camera')['received'] == 5)
    for _ in range(2):
        answer = talker.call(SetBool, 'pause', SetBool.Request(data=True))
        assert (answer.success, answer.message) == (True, 'paused')
        talker.matched(camera.boxes, 0)
    assert [t['end_reason'] for t in bridge.all('/api/v1/tracks')] == ['paused']
    for _ in range(2):
        answer = talker.call(SetBool, 'pause', SetBool.Request(data=False))
        assert (answer.success, answer.message) == (True, 'recording')
        talker.matched(camera.boxes, 1)
    camera.connect()
    camera.see(5)
    talker.until(lambda: len(bridge.all('/api/v1/detections')) == 10)


def test_without_a_configuration_each_is_refused_with_the_reason(start_bridge, talker):
    start_bridge(autostart=False)
    for name in 'backup', 'purge':
        answer = talker.call(Trigger, name, Trigger.Request())
        assert (answer.success, answer.message) == (False, 'the node is not configured')
    assert not talker.call(SetBool, 'pause', SetBool.Request(data=False)).success


def test_a_backup_holds_what_was_recorded(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    topic = talker.collect(String, f'{NODE}/events')
    FakeCamera(talker, bridge).connect().see(20)
    talker.until(lambda: len(bridge.all('/api/v1/detections')) == 20)
    answer = talker.call(Trigger, 'backup', Trigger.Request())
    assert answer.success and 'backup_written' in answer.message
    path = Path(event(talker, topic, 'backup_written')['path'])
    assert path.parent == bridge.data_dir / 'backups'
    with sqlite3.connect(path) as copy:
        assert copy.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
        assert copy.execute('SELECT count(*) FROM observations').fetchall() == [(20,)]


def test_a_backup_that_fails_is_told(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    topic = talker.collect(String, f'{NODE}/events')
    (bridge.data_dir / 'backups').write_text('in the way')
    assert talker.call(Trigger, 'backup', Trigger.Request()).success
    assert 'no backup was made' in event(talker, topic, 'backup_failed')['error']
    assert bridge.ready()


def test_a_purge_removes_what_is_too_old(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    topic = talker.collect(String, f'{NODE}/events')
    camera = FakeCamera(talker, bridge).connect()
    camera.see(5, from_ns=time.time_ns() - 40 * 24 * 3600 * NS)
    camera.see(5, ids=('8',))
    talker.until(lambda: len(bridge.all('/api/v1/detections')) == 10)
    newest, _ = talker.until(lambda: len(got := bridge.all('/api/v1/tracks')) == 2 and got)
    assert talker.call(Trigger, 'purge', Trigger.Request()).success
    done = event(talker, topic, 'purge_finished')
    assert (done['observations'], done['tracks'], done['complete']) == (0, 1, True)
    assert [t['id'] for t in bridge.all('/api/v1/tracks')] == [newest['id']]
