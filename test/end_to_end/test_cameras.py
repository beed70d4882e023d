"""Cameras that come, change and go over REST while messages flow."""
import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from running import until  # noqa: E402
from talking import FakeCamera  # noqa: E402

pytestmark = pytest.mark.timeout(240)
PATH = '/api/v1/cameras'


def test_a_camera_lives_from_its_creation_to_its_end(start, start_bridge, talker):
    bridge = start_bridge(cameras=['front', 'rear'])
    until(bridge.ready)
    start('demo_scene', cameras=['front', 'rear'])      # goes on all the while
    status, made = bridge.request('POST', PATH, {
        'name': 'gate', 'tracks_topic': '/yard/found', 'info_topic': 'yard/info'})
    assert (status, made['tracks_topic']) == (201, '/yard/found')
    first = FakeCamera(talker, bridge, 'gate', tracks='/yard/found', info='/yard/info').connect()
    first.see(5)
    talker.until(lambda: len(bridge.all('/api/v1/detections', camera='gate')) == 5)

    assert bridge.request('PATCH', f'{PATH}/gate', {'tracks_topic': '/street/found'})[0] == 200
    talker.matched(first.boxes, 0)
    second = FakeCamera(talker, bridge, 'gate', tracks='/street/found',
                        info='/yard/info').connect(320, 240)
    first.see(5)
    second.see(5)
    talker.until(lambda: len(bridge.all('/api/v1/detections', camera='gate')) == 10)

    assert bridge.request('PATCH', f'{PATH}/gate', {'enabled': False})[0] == 200
    talker.matched(second.boxes, 0)
    talker.until(lambda: bridge.camera('gate')['state'] == 'disabled')
    talker.until(lambda: [t['end_reason'] for t in bridge.all('/api/v1/tracks', camera='gate')]
                 == ['paused'])
    assert bridge.request('PATCH', f'{PATH}/gate', {'enabled': True})[0] == 200
    second.connect()
    second.see(5)
    talker.until(lambda: len(bridge.all('/api/v1/detections', camera='gate')) == 15)

    assert bridge.request('DELETE', f'{PATH}/gate')[0] == 204
    talker.matched(second.boxes, 0)
    assert bridge.request('GET', f'{PATH}/gate')[0] == 404
    assert 'gate' not in {t['camera'] for t in bridge.all('/api/v1/tracks')}
    assert bridge.request('GET', '/api/v1/detections?camera=gate')[0] == 404

    assert bridge.request('DELETE', f'{PATH}/front')[0] == 204     # in full flow
    before = bridge.camera('rear')['received']
    talker.until(lambda: bridge.camera('rear')['received'] > before + 50)
    assert bridge.request('POST', PATH, {'name': 'front'})[0] == 201
    talker.until(lambda: bridge.all('/api/v1/tracks', camera='front'))
    bridge.stop_within(2)
    assert 'Traceback' not in bridge.log


def test_a_camera_with_a_topic_that_cannot_be_does_not_end_the_bridge(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    for topic in '~x', 'a//b', 'a b', '1a':
        assert bridge.request('POST', PATH, {'name': 'odd', 'tracks_topic': topic})[0] == 422
    long = 'a' * 255    # fits REST, and is too long for the middleware
    assert bridge.request('POST', PATH, {'name': 'odd', 'tracks_topic': long})[0] == 201
    problems = talker.until(lambda: bridge.camera('odd')['problems'])
    assert 'cannot be subscribed' in problems[0]
    FakeCamera(talker, bridge).connect().see(5)
    talker.until(lambda: len(bridge.all('/api/v1/detections', camera='camera')) == 5)
    bridge.stop_within(2)
    again = start_bridge()
    until(again.ready)
    again.stop_within(2)
