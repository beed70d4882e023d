"""Who comes back to the live WebSocket gets what he missed, once and in order."""
import asyncio
import threading

import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.store.tasks import Barrier, RecordEvent

LIVE = '/api/v1/live'


@pytest.fixture
def telling(served):
    """Return the web side with a recorder that tells its events live, as the bridge does."""
    served.on_events = lambda events: [served.hub.publish_event(event) for event in events]
    return served


def stored(served, count, *, begin=0, camera='front'):
    """Record events and show them as the bridge does; return when they are committed."""
    ids = {camera.name: camera.id for camera in served.cameras}
    served.recorder.record(*(RecordEvent(Event(
        'zone_entered', camera, begin + k, {'n': begin + k}, camera_id=ids[camera]))
        for k in range(count)))
    served.submit(Barrier())


async def numbers_until(socket, last, tell=lambda seq: None):
    """Return the numbers of the events that come, up to `last`, and tell each as it comes."""
    got = []
    while not got or got[-1] < last:
        message = await socket.receive_json(timeout=60)
        if message.get('type') == 'event':
            got.append(message['event']['seq'])
            tell(got[-1])
    return got


@pytest.mark.parametrize('resume_from, first', [(0, 1), (7, 8), (20, 21), (10 ** 9, 21)])
async def test_resuming_replays_what_is_stored_and_goes_on(telling, api, resume_from, first):
    stored(telling, 20)
    async with api.ws_connect(LIVE) as socket:
        await socket.send_json({'op': 'subscribe', 'topics': ['events'],
                                'resume_from': resume_from})
        assert (await socket.receive_json(timeout=60))['op'] == 'subscribed'
        if resume_from < 20:
            replayed = await numbers_until(socket, 20)
        else:
            replayed = []
            await asyncio.sleep(0.2)    # the replay finds nothing
        stored(telling, 5, begin=20)
        assert replayed + await numbers_until(socket, 25) == list(range(first, 26))


async def test_resuming_in_a_storm_of_events_has_no_gap_and_no_doublet(telling, api):
    stored(telling, 700)
    room = threading.Semaphore(90)      # who does not keep up misses events, and is told of it

    def blow():
        for k in range(600):
            assert room.acquire(timeout=60)
            if k % 3 == 2:
                stored(telling, 3, begin=698 + k)

    storm = threading.Thread(target=blow)
    storm.start()
    try:
        async with api.ws_connect(LIVE) as socket:
            await socket.send_json({'op': 'subscribe', 'topics': ['events'], 'resume_from': 300})
            got = await numbers_until(socket, 1300, lambda seq: seq > 700 and room.release())
            assert got == list(range(301, 1301))
    finally:
        storm.join()


async def test_what_is_too_far_back_is_told_as_missed(served, api, monkeypatch):
    monkeypatch.setattr('smartcam_bridge.web.websocket.REPLAY_MAX', 5)
    stored(served, 20)
    async with api.ws_connect(LIVE) as socket:
        await socket.send_json({'op': 'subscribe', 'topics': ['events'], 'resume_from': 3})
        messages = [await socket.receive_json(timeout=60) for _ in range(7)]
    assert messages[1] == {'type': 'missed', 'boxes': 0, 'events': 12, 'frames': 0,
                           'first': 4, 'last': 15}
    assert [m['event']['seq'] for m in messages[2:]] == [16, 17, 18, 19, 20]


async def test_a_replay_keeps_to_the_cameras_asked_for_and_ends_with_its_subscription(
        served, api):
    for k in range(10):
        stored(served, 1, camera='front' if k % 2 else 'back')
    async with api.ws_connect(LIVE) as socket:
        ask = {'op': 'subscribe', 'topics': ['events'], 'resume_from': 0}
        await socket.send_json(ask)
        await socket.send_json(ask | {'cameras': ['front'], 'id': 2})
        while (await socket.receive_json(timeout=60)).get('id') != 2:
            pass
        assert await numbers_until(socket, 10) == [2, 4, 6, 8, 10]


@pytest.mark.parametrize('ask', [
    {'topics': ['boxes'], 'resume_from': 1}, {'topics': ['events'], 'resume_from': -1},
    {'topics': ['events'], 'resume_from': 'x'}])
async def test_what_cannot_be_resumed_is_refused(api, ask):
    async with api.ws_connect(LIVE) as socket:
        await socket.send_json({'op': 'subscribe', **ask})
        answer = await socket.receive_json(timeout=60)
        assert (answer['op'], answer['code']) == ('error', 'invalid')
