"""Live clients: what they ask for, what they get, and what slow or hostile ones cannot do."""
import asyncio
import contextlib
import json
import socket
import struct
import threading
import time

import aiohttp
import numpy as np
import pytest
from serving import frame, observation, serve

from smartcam_bridge.domain.events import Event
from smartcam_bridge.live.lanes import BOXES_MAX, EVENTS_MAX
from smartcam_bridge.live.status import CameraStatus

cv2 = pytest.importorskip('cv2')
JPEG = cv2.imencode('.jpg', np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
LIVE = '/api/v1/live'


async def until(condition):
    async def waiting():
        while not condition():
            await asyncio.sleep(0.005)
    await asyncio.wait_for(waiting(), 60)


async def say(live, **message):
    await live.send_str(json.dumps(message))


async def heard(live, *, but=('status', 'missed')):
    """Return the next message: JSON, or header and JPEG of a frame."""
    while True:
        message = await live.receive(60)
        if message.type is aiohttp.WSMsgType.BINARY:
            length, = struct.unpack_from('<I', message.data)
            return json.loads(message.data[4:4 + length]), message.data[4 + length:]
        assert message.type is aiohttp.WSMsgType.TEXT, message
        read = json.loads(message.data)
        if read.get('type') not in but:
            return read


async def subscribe(live, *topics, **more):
    await say(live, op='subscribe', id=1, topics=topics, **more)
    reply = await heard(live)
    assert reply['op'] == 'subscribed', reply
    return reply


async def test_boxes_events_status_and_frames_arrive(served, api):
    front = next(camera for camera in served.cameras if camera.name == 'front')
    async with api.ws_connect(LIVE) as live:
        reply = await subscribe(live, 'frames', 'boxes', 'tracks', 'status')
        assert reply == {'op': 'subscribed', 'id': 1, 'cameras': None,
                         'topics': ['boxes', 'tracks', 'status', 'frames']}
        served.hub.publish_boxes(observation(front, 7))
        boxes = await heard(live)
        assert (boxes['type'], boxes['camera'], boxes['labels'], boxes['tracks']) == (
            'boxes', 'front', ['car', 'car'], [1, 2])
        assert boxes['boxes'][0] == pytest.approx([0.1, 0.1, 0.2, 0.3])
        served.hub.publish_event(Event('track_started', 'front', 8, {'track': 1}))
        event = await heard(live)
        assert event['event']['type'] == 'track_started' and event['seq'] > boxes['seq']
        served.camera_status['front'] = CameraStatus('live')
        served.hub.publish_status(served.status())
        status = await heard(live, but=())
        assert status['cameras']['front']['state'] == 'live' and 'recorder' in status
        await until(lambda: ('front', True) in served.demands)
        served.frames.publish(frame('front', 9, jpeg=JPEG))
        header, jpeg = await heard(live)
        assert jpeg == JPEG and header == {
            'camera': 'front', 'stamp': '1970-01-01T00:00:00.000000009Z', 'width': 64,
            'height': 48, 'seq': 1}


async def test_subscription_is_replaced(served, api):
    front, back = (next(c for c in served.cameras if c.name == name)
                   for name in ('front', 'back'))
    async with api.ws_connect(LIVE) as live:
        await subscribe(live, 'boxes', 'frames', cameras=['front'], width=32)
        await until(lambda: served.demands == [('front', True)])
        served.frames.publish(frame('front'))
        header, jpeg = await heard(live)
        assert header['width'] == 32
        await subscribe(live, 'boxes', 'frames', cameras=['back'])
        await until(lambda: ('front', False) in served.demands)
        assert ('back', True) in served.demands
        served.hub.publish_boxes(observation(front, 1))
        served.hub.publish_boxes(observation(back, 2))
        assert (await heard(live))['camera'] == 'back'
        await subscribe(live)
        await until(lambda: served.demands.count(('back', False)) == 1)
    await until(lambda: served.hub.clients == [])


async def test_frames_keep_to_the_rate_asked_for_and_skips_are_told(served, api):
    async with api.ws_connect(LIVE) as live:
        await subscribe(live, 'frames', cameras=['front'], fps=5)
        await until(lambda: 'front' in served.frames._waiting)
        stop = threading.Event()

        def film():
            while not stop.wait(0.01):
                served.frames.publish(frame('front', jpeg=JPEG))

        filming = threading.Thread(target=film)
        filming.start()
        began, frames, missed = time.monotonic(), 0, 0
        while frames < 10 or missed <= 50:      # ends soon: the film is twenty times as fast
            item = await heard(live, but=())
            if isinstance(item, tuple):
                frames += 1
            else:
                missed += item['frames']
        took_s = time.monotonic() - began
        stop.set()
        filming.join()
        assert frames <= 5 * took_s + 2


async def test_camera_made_later_is_fed_to_those_who_want_all(served, api):
    async with api.ws_connect(LIVE) as live:
        await subscribe(live, 'frames')
        await api.post('/api/v1/cameras', json={'name': 'side'})
        await until(lambda: ('side', True) in served.demands)
        await api.delete('/api/v1/cameras/side')
        await until(lambda: ('side', False) in served.demands)


@pytest.mark.parametrize('text, code', [
    ('', 'bad_json'), ('{', 'bad_json'), ('7', 'bad_json'), ('[]', 'bad_json'),
    ('NaN', 'bad_json'), ('[' * 60000, 'bad_json'), ('{"id": "\\ud800"}', 'bad_json'),
    ('{}', 'unknown_op'), ('{"op": "fly"}', 'unknown_op'), ('{"op": ["ping"]}', 'unknown_op'),
    ('{"op": "ping", "more": 1}', 'unknown_op'), ('{"op": "subscribe"}', 'invalid'),
    ('{"op": "subscribe", "topics": "boxes"}', 'invalid'),
    ('{"op": "subscribe", "topics": ["what"]}', 'invalid'),
    ('{"op": "subscribe", "topics": [[]]}', 'invalid'),
    ('{"op": "subscribe", "topics": [], "what": 1}', 'invalid'),
    ('{"op": "subscribe", "topics": [], "fps": 0}', 'invalid'),
    ('{"op": "subscribe", "topics": [], "fps": 1e999}', 'invalid'),
    ('{"op": "subscribe", "topics": [], "width": true}', 'invalid'),
    ('{"op": "subscribe", "topics": [], "cameras": "front"}', 'invalid'),
    ('{"op": "subscribe", "topics": [], "cameras": [7]}', 'invalid'),
    (json.dumps({'op': 'subscribe', 'topics': [], 'cameras': ['x' * 1000]}), 'invalid'),
    (json.dumps({'op': 'subscribe', 'topics': [], 'cameras': ['x'] * 1000}), 'invalid'),
    (json.dumps({'op': 'ping', 'id': 'x' * 1000}), 'invalid'),
    (json.dumps({'op': 'ping', 'id': {}}), 'invalid'),
    ('{"op": "ping", "id": 1' + '0' * 100 + '}', 'invalid')])
async def test_what_is_not_understood_is_said_and_nothing_else_happens(api, text, code):
    async with api.ws_connect(LIVE) as live:
        await live.send_str(text)
        reply = await heard(live)
        assert (reply['op'], reply['code']) == ('error', code) and reply['detail']
        await say(live, op='ping', id='still here')
        assert await heard(live) == {'op': 'pong', 'id': 'still here'}


async def test_binary_is_refused_and_a_huge_message_closes(api):
    async with api.ws_connect(LIVE) as live:
        await live.send_bytes(b'\x00\xff')
        assert (await heard(live))['code'] == 'invalid'
        await live.send_str('x' * 100_000)
        assert (await live.receive(60)).type is aiohttp.WSMsgType.CLOSE
        assert live.close_code == 1009


async def test_long_and_foreign_ids_of_a_tracker_pass(served, api):
    ids = ('x' * 1000, 'Füße 猫 "\\\n')
    async with api.ws_connect(LIVE) as live:
        await subscribe(live, 'boxes')
        served.hub.publish_boxes(observation(served.cameras[0], 1, ids=ids))
        assert (await heard(live))['ids'] == list(ids)


async def test_slow_client_is_bounded_and_told_and_others_do_not_notice(served, api):
    front = next(camera for camera in served.cameras if camera.name == 'front')
    async with api.ws_connect(LIVE) as slow, api.ws_connect(LIVE) as quick:
        await subscribe(slow, 'boxes', 'tracks', 'frames', cameras=['front'])
        await subscribe(quick, 'boxes')
        lanes = next(one for one in served.hub.clients if 'frames' in one.subscription.topics)
        slow._response.connection.transport.pause_reading()
        big, count = JPEG + bytes(500_000), 0
        while lanes.missed.boxes < 50 or lanes.missed.events < 50:
            count += 1
            served.hub.publish_boxes(observation(front, count))
            for _ in range(20):
                served.hub.publish_event(Event('track_ended', 'front', count, {}))
            served.frames.publish(frame('front', jpeg=big))
            assert (await heard(quick))['stamp'].endswith(f'{count:09d}Z')
            assert lanes.waiting() <= BOXES_MAX + EVENTS_MAX + 1
        told = lanes.missed.boxes
        slow._response.connection.transport.resume_reading()
        while True:
            item = await heard(slow, but=())
            if isinstance(item, dict) and item['type'] == 'missed' and item['boxes'] >= told:
                assert item['frames'] > 0 and item['events'] >= 50
                break


def masked(text):
    """Write a client's text frame of 126 to 65535 bytes; a mask of zeros leaves it as it is."""
    data = text.encode()
    return b'\x81' + struct.pack('>BH', 0x80 | 126, len(data)) + bytes(4) + data


def deaf_client(served, receive_buffer):
    """Open a WebSocket that nobody reads."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.connect(('127.0.0.1', int(served.url.rpartition(':')[2])))
    plain.sendall(
        f'GET {LIVE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {served.token}\r\n'
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
        f'Sec-WebSocket-Key: {"A" * 22}==\r\n\r\n'.encode())
    return plain


async def test_client_who_does_not_read_its_replies_is_closed(served):
    ask = masked(json.dumps({'op': 'ping', 'id': 'x' * 64, 'pad': 'y' * 64}))
    with deaf_client(served, 4096) as plain:
        await until(lambda: served.hub.clients)
        plain.setblocking(False)

        def asks_until_closed():
            with contextlib.suppress(BlockingIOError, ConnectionError):
                plain.send(ask * 100)
            return served.hub.clients == []
        await until(asks_until_closed)


async def test_hundred_quick_reconnects_leave_nothing_behind(served, api):
    threads = threading.active_count()
    for _ in range(100):
        async with api.ws_connect(LIVE) as live:
            await say(live, op='subscribe', topics=['boxes', 'frames', 'status', 'tracks'])
    await until(lambda: served.hub.clients == [])
    await until(lambda: served.frames.counters() == {'viewers': 0, 'watched': 0})
    assert served.demands.count(('front', True)) == served.demands.count(('front', False))
    stats = await (await api.get('/api/v1/system/stats')).json()
    assert stats['live']['websockets'] == 0 and threading.active_count() <= threads + 2


async def test_client_cut_off_without_a_word_is_forgotten(served, api):
    live = await api.ws_connect(LIVE)
    await subscribe(live, 'frames', 'boxes')
    live._response.connection.transport.abort()
    await until(lambda: served.hub.clients == [] and served.frames.counters()['watched'] == 0)


async def test_revoked_token_closes_its_live_client(served, api, nobody):
    made = await (await api.post('/api/v1/tokens', json={'name': 'robot'})).json()
    headers = {'Authorization': f'Bearer {made["secret"]}'}
    async with nobody.ws_connect(LIVE, headers=headers) as live:
        await subscribe(live, 'status')
        await api.delete(f'/api/v1/tokens/{made["id"]}')
        message = await live.receive(60)
        assert (message.type, live.close_code, message.extra) == (
            aiohttp.WSMsgType.CLOSE, 1008, 'no longer allowed')


async def test_too_many_clients_are_refused(served, api):
    served.settings = served.settings.changed({'live_clients_max': 1})
    async with api.ws_connect(LIVE):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await api.ws_connect(LIVE)
        assert refused.value.status == 503


async def test_nothing_is_deflated(served, api):
    async with api.ws_connect(LIVE, compress=15) as live:
        assert live.compress == 0


@pytest.fixture
def ticking(tmp_path):
    with serve(tmp_path / 'data', status_period_s=0.05) as started:
        yield started


async def test_status_comes_by_itself(ticking):
    headers = {'Authorization': f'Bearer {ticking.token}'}
    async with aiohttp.ClientSession(ticking.url, headers=headers) as client:
        async with client.ws_connect(LIVE) as live:
            await subscribe(live, 'status', cameras=['front'])
            first, second = [await heard(live, but=()) for _ in range(2)]
            assert first['cameras'].keys() == {'front'} and second['seq'] > first['seq']
