"""The lifecycle, driven from outside as a lifecycle manager drives it."""
import json

import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from lifecycle_msgs.msg import Transition  # noqa: E402, I100
from lifecycle_msgs.srv import ChangeState, GetState  # noqa: E402
from running import Recorded, until  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from talking import FakeCamera, NODE  # noqa: E402

pytestmark = pytest.mark.timeout(240)


class Lifecycle:
    """The bridge's lifecycle services."""

    def __init__(self, talker) -> None:
        self._talker = talker

    def change(self, transition: int) -> bool:
        """Ask for a transition; return whether it worked."""
        request = ChangeState.Request(transition=Transition(id=transition))
        return self._talker.call(ChangeState, 'change_state', request).success

    @property
    def state(self) -> str:
        """Return the state's name."""
        return self._talker.call(GetState, 'get_state', GetState.Request()).current_state.label


@pytest.fixture
def lifecycle(talker) -> Lifecycle:
    return Lifecycle(talker)


def test_each_state_does_what_it_says(start_bridge, talker, lifecycle, tmp_path):
    bridge = start_bridge(autostart=False)
    assert lifecycle.state == 'unconfigured'
    assert not (bridge.data_dir / 'run').exists()

    assert lifecycle.change(Transition.TRANSITION_CONFIGURE)
    assert lifecycle.state == 'inactive'
    assert bridge.get('/api/v1/tracks')['items'] == []
    status, problem = talker.until(lambda: (got := bridge.request('GET', '/ready'))[0] == 503
                                   and 'inactive' in got[1]['detail'] and got)
    assert problem['code'] == 'not_ready'

    assert lifecycle.change(Transition.TRANSITION_ACTIVATE)
    talker.until(bridge.ready)
    camera = FakeCamera(talker, bridge).connect()
    camera.see(10)
    talker.until(lambda: len(bridge.all('/api/v1/detections')) == 10)

    assert lifecycle.change(Transition.TRANSITION_DEACTIVATE)
    talker.matched(camera.boxes, 0)
    track, = bridge.all('/api/v1/tracks')   # committed already, and ended
    assert (track['observations'], track['end_reason']) == (10, 'paused')
    camera.see(10)
    status, problem = talker.until(lambda: (got := bridge.request('GET', '/ready'))[0] == 503
                                   and got)
    assert problem['detail'] == 'the node is inactive, not active'
    assert bridge.get('/health') == {'status': 'ok'}
    talker.until(lambda: bridge.camera('camera')['state'] == 'paused')

    assert lifecycle.change(Transition.TRANSITION_ACTIVATE)
    camera.connect()
    camera.see(10)
    talker.until(lambda: len(bridge.all('/api/v1/detections')) == 20)

    assert lifecycle.change(Transition.TRANSITION_DEACTIVATE)
    assert lifecycle.change(Transition.TRANSITION_CLEANUP)
    assert lifecycle.state == 'unconfigured'
    assert not (bridge.data_dir / 'run' / 'bridge.json').exists()
    assert talker.parameter('actual_port') == 0
    recorded = Recorded(bridge, tmp_path)
    assert recorded.count('observations') == 20
    assert recorded.rows('SELECT end_reason FROM tracks') == [('paused',)] * 2

    assert lifecycle.change(Transition.TRANSITION_CONFIGURE)
    assert lifecycle.change(Transition.TRANSITION_ACTIVATE)
    bridge.forget_url()
    talker.until(bridge.ready)
    camera.connect()
    camera.see(10)
    talker.until(lambda: len(bridge.all('/api/v1/detections')) == 30)

    assert lifecycle.change(Transition.TRANSITION_ACTIVE_SHUTDOWN)
    assert lifecycle.state == 'finalized'
    bridge.stop_within(2)
    assert 'Traceback' not in bridge.log


def test_a_configuration_that_fails_is_told_and_can_be_tried_again(
        start_bridge, talker, lifecycle, tmp_path):
    bridge = start_bridge(autostart=False)
    bridge.data_dir.write_text('in the way')
    assert not lifecycle.change(Transition.TRANSITION_CONFIGURE)
    assert lifecycle.state == 'unconfigured'
    assert 'Not a directory' in bridge.log or 'File exists' in bridge.log
    assert 'Traceback' not in bridge.log
    bridge.data_dir.unlink()
    assert lifecycle.change(Transition.TRANSITION_CONFIGURE)
    assert bridge.get('/api/v1/cameras')['items'][0]['name'] == 'camera'


def test_events_are_the_same_on_the_topic_and_live(start_bridge, talker, watch):
    bridge = start_bridge(offline_after_s=0.5)
    until(bridge.ready)
    live = watch(bridge).websocket(topics=['tracks'])
    topic = talker.collect(String, f'{NODE}/events')
    camera = FakeCamera(talker, bridge).connect()
    camera.see(5, ids=('a',))
    talker.until(lambda: all(any(kind in message.data for message in topic)
                             for kind in ('track_ended', 'camera_online')))
    talker.until(lambda: len(live.of('event')) == len(topic))
    said = [json.loads(message.data) for message in topic]
    assert said == [message['event'] for message in live.of('event')]
    started, = [event for event in said if event['type'] == 'track_started']
    ended, = [event for event in said if event['type'] == 'track_ended']
    track, = talker.until(lambda: bridge.all('/api/v1/tracks', open='false'))
    assert [event['seq'] for event in said] == list(range(1, len(said) + 1))
    assert started == {'seq': started['seq'], 'type': 'track_started', 'camera': 'camera',
                       'stamp': track['first'],
                       'track': track['id'], 'tracker_id': 'a', 'label': 'cup',
                       'severity': 'info'}
    assert ended == started | {'seq': ended['seq'], 'type': 'track_ended', 'stamp': track['last'],
                               'end_reason': 'camera_offline', 'duration_s': 0.16}
    assert [e['type'] for e in said if e['type'].startswith('camera')][0] == 'camera_online'


def test_in_a_namespace_everything_moves_along(start_bridge, talker):
    bridge = start_bridge('-r', '__ns:=/robot1', '-r', 'camera/tracks:=found')
    until(bridge.ready)
    topic = talker.collect(String, f'/robot1{NODE}/events')
    FakeCamera(talker, bridge, tracks='/robot1/found', info='/robot1/camera/camera_info'
               ).connect().see(5)
    talker.until(lambda: any('track_started' in message.data for message in topic))
    assert len(talker.until(lambda: bridge.all('/api/v1/detections'))) == 5
