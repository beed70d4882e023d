"""LiveHub and Lanes: nobody listening costs nothing, slow clients stay bounded and are told."""
import asyncio
import json

import numpy as np
import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Camera, Observation, Source
from smartcam_bridge.live import hub as hub_module
from smartcam_bridge.live.hub import LiveHub
from smartcam_bridge.live.lanes import BOXES_MAX, EVENTS_MAX, Lanes, REPLIES_MAX, Subscription
from smartcam_bridge.live.status import BridgeStatus, CameraStatus

NOW_S = 1000.0


def observation(stamp_ns=1, camera='front', n=2):
    return Observation(
        Camera(1, camera), Source.TRACKS, stamp_ns, stamp_ns,
        np.full((n, 4), 0.1, np.float32), np.full(n, 0.9, np.float32), np.ones(n, np.uint16),
        np.arange(n, dtype=np.uint32), ('car',) * n, tuple(map(str, range(n))))


def event(stamp_ns=1, camera='front'):
    return Event('track_started', camera, stamp_ns, {'track': 5})


class Loop:
    """Counts how often it was woken."""

    def __init__(self):
        self.wakes = 0

    def call_soon_threadsafe(self, *call):
        self.wakes += 1


def client(hub, *topics, cameras=None):
    lanes = Lanes(Subscription(frozenset(topics), cameras))
    hub.join(lanes)
    return lanes


def taken(lanes):
    messages = []
    while (item := lanes.take(NOW_S)) is not None:
        messages.append(json.loads(item))
    return messages


async def settled(hub):
    async def settling():
        while hub._waking:
            await asyncio.sleep(0.001)
    await asyncio.wait_for(settling(), 60)


def bound():
    hub = LiveHub()
    hub.bind(asyncio.get_running_loop())
    return hub


def test_nothing_is_kept_and_nobody_woken_while_nobody_listens():
    hub, loop = LiveHub(), Loop()
    hub.bind(loop)
    hub.publish_boxes(observation())
    hub.publish_event(event())
    hub.publish_status(BridgeStatus('active', 0))
    lanes = client(hub, 'frames')
    hub.publish_boxes(observation())
    assert loop.wakes == 0 and lanes.take(NOW_S) is None


def test_many_updates_wake_the_loop_once():
    hub, loop = LiveHub(), Loop()
    hub.bind(loop)
    client(hub, 'boxes')
    for stamp_ns in range(100):
        hub.publish_boxes(observation(stamp_ns))
    assert loop.wakes == 1


@pytest.mark.asyncio
async def test_loop_comes_round_at_most_once_a_period(monkeypatch):
    hub = bound()
    client(hub, 'boxes')
    rounds = []
    loop = asyncio.get_running_loop()
    drain = hub._drain
    monkeypatch.setattr(hub, '_drain', lambda: (rounds.append(loop.time()), drain()))
    for stamp_ns in range(60):
        hub.publish_boxes(observation(stamp_ns))
        await asyncio.sleep(0.003)
    await settled(hub)
    gaps = np.diff(rounds)
    assert len(rounds) > 2 and gaps.min() > hub_module.WAKE_PERIOD_S * 0.95


@pytest.mark.asyncio
async def test_update_reaches_those_who_asked_and_is_written_once(monkeypatch):
    written = []
    write = hub_module.boxes_message
    monkeypatch.setattr(hub_module, 'boxes_message',
                        lambda *what: (written.append(what), write(*what))[1])
    hub = bound()
    asking = [client(hub, 'boxes') for _ in range(5)]
    other = client(hub, 'boxes', cameras=frozenset({'back'}))
    hub.publish_boxes(observation())
    await settled(hub)
    assert written == [], 'nothing is written before it is sent'
    first, *others = [lanes.take(NOW_S) for lanes in asking]
    assert all(text is first for text in others) and len(written) == 1
    assert other.take(NOW_S) is None
    assert json.loads(first) == {
        'type': 'boxes', 'seq': 1, 'camera': 'front', 'stamp': '1970-01-01T00:00:00.000000001Z',
        'source': 'tracks', 'boxes': [[0.1] * 4] * 2, 'labels': ['car', 'car'],
        'scores': [0.9, 0.9], 'ids': ['0', '1'], 'tracks': [0, 1]}


@pytest.mark.asyncio
async def test_slow_client_keeps_the_newest_boxes_of_each_camera_and_is_told():
    hub = bound()
    slow, quick = client(hub, 'boxes'), client(hub, 'boxes')
    received = []
    for stamp_ns in range(30):
        for camera in ('front', 'back'):
            hub.publish_boxes(observation(stamp_ns, camera))
        await settled(hub)
        received += taken(quick)
    kept = taken(slow)
    assert kept[0] == {'type': 'missed', 'boxes': 2 * (30 - BOXES_MAX), 'events': 0, 'frames': 0}
    assert [(m['camera'], int(m['stamp'][20:29])) for m in kept[1:]] == [
        (camera, stamp) for stamp in range(26, 30) for camera in ('front', 'back')]
    assert [m['seq'] for m in received] == list(range(1, 61))


@pytest.mark.asyncio
async def test_oldest_events_go_first():
    hub = bound()
    lanes = client(hub, 'tracks')
    for stamp_ns in range(EVENTS_MAX + 3):
        hub.publish_event(event(stamp_ns))
    await settled(hub)
    told, *events = taken(lanes)
    assert told['events'] == 3 and len(events) == EVENTS_MAX
    assert events[0]['event'] == {'type': 'track_started', 'camera': 'front', 'track': 5,
                                  'severity': 'info', 'stamp': '1970-01-01T00:00:00.000000003Z'}


def numbered(seq, kind='zone_entered', camera='front'):
    return Event(kind, camera, seq, {}, seq=seq)


@pytest.mark.asyncio
async def test_who_misses_events_is_told_which():
    hub = bound()
    lanes = client(hub, 'events')
    for seq in range(1, EVENTS_MAX + 4):
        hub.publish_event(numbered(seq))
    await settled(hub)
    told, *events = taken(lanes)
    assert told == {'type': 'missed', 'boxes': 0, 'events': 3, 'frames': 0, 'first': 1, 'last': 3}
    assert [m['event']['seq'] for m in events] == list(range(4, EVENTS_MAX + 4))


@pytest.mark.asyncio
async def test_events_that_never_reached_the_loop_are_told_by_number_too():
    hub = bound()
    lanes = client(hub, 'events')
    hub.publish_event(numbered(1))
    await settled(hub)
    assert [m['event']['seq'] for m in taken(lanes)] == [1]
    for seq in range(2, hub_module.PENDING_MAX + 9):
        hub.publish_event(numbered(seq))
    await settled(hub)
    told = taken(lanes)[0]
    assert (told['events'], told['first'], told['last']) == (
        7 + hub_module.PENDING_MAX - EVENTS_MAX, 2, 8 + hub_module.PENDING_MAX - EVENTS_MAX)


@pytest.mark.asyncio
async def test_topic_tracks_has_the_events_of_tracks_and_cameras_and_topic_events_has_all():
    hub = bound()
    tracks, every = client(hub, 'tracks'), client(hub, 'events', 'tracks')
    front = client(hub, 'events', cameras=frozenset({'front'}))
    kinds = [('track_ended', 'front'), ('zone_entered', 'back'), ('camera_offline', 'back'),
             ('purge_finished', '')]
    for seq, (kind, camera) in enumerate(kinds, 1):
        hub.publish_event(numbered(seq, kind, camera))
    await settled(hub)
    assert [[m['event']['seq'] for m in taken(lanes)] for lanes in (tracks, every, front)] == [
        [1, 3], [1, 2, 3, 4], [1]]


@pytest.mark.asyncio
async def test_what_comes_live_during_a_replay_is_held_back_and_comes_once():
    hub = bound()
    lanes = client(hub, 'events')
    lanes.change(Subscription(frozenset({'events'}), resume_from=0))
    hub.publish_event(numbered(3))
    await settled(hub)
    assert taken(lanes) == []
    await lanes.put_replayed(hub.event_update(numbered(1)))
    assert not lanes.end_replay(1), '3 was held back: the store has it'
    for seq in (2, 3, 4):
        await lanes.put_replayed(hub.event_update(numbered(seq)))
    assert lanes.end_replay(4)
    for seq in (4, 5):      # 4 was read from the store before it came live
        hub.publish_event(numbered(seq))
    await settled(hub)
    assert [m['event']['seq'] for m in taken(lanes)] == [1, 2, 3, 4, 5]


@pytest.mark.asyncio
async def test_a_replay_waits_for_a_client_that_reads_slowly():
    hub = bound()
    lanes = client(hub, 'events')
    lanes.change(Subscription(frozenset({'events'}), resume_from=0))

    async def replay():
        for seq in range(1, 3 * EVENTS_MAX):
            await lanes.put_replayed(hub.event_update(numbered(seq)))

    task = asyncio.ensure_future(replay())
    got = []
    while not task.done() or lanes.waiting():
        await asyncio.sleep(0)
        assert lanes.waiting() <= EVENTS_MAX // 2
        item = lanes.take(NOW_S)
        got += [] if item is None else [json.loads(item)['event']['seq']]
    assert got == list(range(1, 3 * EVENTS_MAX)) and not lanes.missed


@pytest.mark.asyncio
async def test_what_overflows_before_the_loop_comes_round_is_told_too():
    hub = bound()
    lanes = client(hub, 'boxes')
    for stamp_ns in range(hub_module.PENDING_MAX + 7):
        hub.publish_boxes(observation(stamp_ns))
    await settled(hub)
    assert hub.overflowed == 7
    assert taken(lanes)[0]['boxes'] == 7 + hub_module.PENDING_MAX - BOXES_MAX


def test_replies_are_refused_and_never_dropped():
    lanes = Lanes()
    assert all(lanes.put_reply(str(i)) for i in range(REPLIES_MAX))
    assert not lanes.put_reply('one too many')
    assert taken(lanes) == list(range(REPLIES_MAX))


@pytest.mark.asyncio
async def test_replies_overtake_everything():
    hub = bound()
    lanes = client(hub, 'status')
    hub.publish_status(BridgeStatus('active', 0))
    await settled(hub)
    lanes.put_reply('"reply"')
    assert taken(lanes)[0] == 'reply'


def test_missed_is_told_at_most_once_a_second():
    lanes = Lanes()
    lanes.miss(frames=1)
    assert json.loads(lanes.take(NOW_S))['frames'] == 1
    lanes.miss(frames=2)
    assert lanes.take(NOW_S + 0.9) is None
    assert json.loads(lanes.take(NOW_S + 1.1))['frames'] == 2


@pytest.mark.asyncio
async def test_status_is_filtered_by_camera_and_only_the_newest_waits():
    hub = bound()
    every, front = client(hub, 'status'), client(hub, 'status', cameras=frozenset({'front'}))
    for state in ('silent', 'live'):
        hub.publish_status(BridgeStatus('active', 0, {
            'front': CameraStatus(state), 'back': CameraStatus('paused')}))
        await settled(hub)
    message, = taken(front)
    assert message['cameras'].keys() == {'front'}
    assert message['cameras']['front']['state'] == 'live'
    assert taken(every)[0]['cameras'].keys() == {'front', 'back'}


@pytest.mark.asyncio
async def test_changed_subscription_forgets_what_only_the_former_wanted():
    hub = bound()
    lanes = client(hub, 'boxes', 'tracks')
    hub.publish_boxes(observation(camera='front'))
    hub.publish_boxes(observation(camera='back'))
    hub.publish_event(event())
    await settled(hub)
    lanes.change(Subscription(frozenset({'boxes'}), frozenset({'back'})))
    assert [m['camera'] for m in taken(lanes)] == ['back']


def test_publishing_to_a_closed_loop_is_harmless():
    loop = asyncio.new_event_loop()
    hub = LiveHub()
    hub.bind(loop)
    client(hub, 'boxes')
    loop.close()
    hub.publish_boxes(observation())
    hub.unbind()
    hub.publish_boxes(observation())
