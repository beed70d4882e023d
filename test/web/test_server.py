"""The server as a whole: it starts, says why it cannot, and stops in time whoever looks on."""
import asyncio
import contextlib
import socket
import threading
import time

import aiohttp
import pytest
from serving import frame, observation, serve

from smartcam_bridge.errors import SmartcamError
from smartcam_bridge.web import server
from smartcam_bridge.web.server import WebServer

FRONT = '/api/v1/cameras/front'
QUICK_S = 1.0
BUSY_S = 10.0   # on a machine that does much else, and still no wait for those who look on


async def close(served):
    began = time.monotonic()
    await asyncio.get_running_loop().run_in_executor(None, served.server.close)
    return time.monotonic() - began


async def test_stop_with_viewers_is_quick_and_says_why(served, api):
    async with contextlib.AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(api.get(f'{FRONT}/stream.mjpg'))
                   for _ in range(2)]
        lives = [await stack.enter_async_context(api.ws_connect('/api/v1/live'))
                 for _ in range(3)]
        for live in lives:
            await live.send_str('{"op": "subscribe", "topics": ["frames"], "cameras": ["front"]}')
            await live.receive(60)
        served.frames.publish(frame('front'))
        waiting = asyncio.ensure_future(api.get('/api/v1/cameras/back/snapshot.jpg?wait=30'))
        while ('back', True) not in served.demands:
            await asyncio.sleep(0.005)
        closing = asyncio.ensure_future(close(served))
        codes = []
        for live in lives:
            while (message := await live.receive(60)).type is not aiohttp.WSMsgType.CLOSE:
                pass
            codes.append((live.close_code, message.extra))
        assert codes == [(1001, 'shutting down')] * 3
        assert await closing < BUSY_S
        for stream in streams:
            with contextlib.suppress(aiohttp.ClientError):
                await asyncio.wait_for(stream.content.read(), 60)
        with contextlib.suppress(aiohttp.ClientError):
            await waiting
    assert served.demands[-1][1] is False
    assert 'web' not in {thread.name for thread in threading.enumerate()}


def test_all_that_a_stop_waits_for_is_quick():
    assert server.EVENTS_END_S + server.STREAMS_END_S + server.REQUESTS_END_S <= QUICK_S


async def test_stop_does_not_wait_for_viewers_who_never_read(served):
    port = int(served.url.rpartition(':')[2])
    plain = [socket.create_connection(('127.0.0.1', port)) for _ in range(2)]
    ask = f'Host: localhost\r\nAuthorization: Bearer {served.token}\r\n'
    plain[0].sendall(f'GET {FRONT}/stream.mjpg HTTP/1.1\r\n{ask}\r\n'.encode())
    plain[1].sendall(
        f'GET /api/v1/live HTTP/1.1\r\n{ask}Connection: Upgrade\r\nUpgrade: websocket\r\n'
        f'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {"A" * 22}==\r\n\r\n'.encode())
    while served.demands != [('front', True)] or not served.hub.clients:
        await asyncio.sleep(0.005)
    for _ in range(50):
        served.frames.publish(frame('front', jpeg=bytes(1_000_000)))
        await asyncio.sleep(0.002)
    assert await close(served) < BUSY_S
    for connection in plain:
        connection.close()


async def test_request_under_way_is_answered(served, api):
    served.settings = served.settings.changed({'commit_period_s': 0.1})
    creating = asyncio.ensure_future(api.post('/api/v1/cameras', json={'name': 'side'}))
    while not served.recorder.status().backlog and not creating.done():
        await asyncio.sleep(0.001)
    await close(served)
    assert (await creating).status == 201


async def test_close_is_idempotent_and_publishing_goes_on(served, api):
    await close(served)
    assert await close(served) < QUICK_S
    served.hub.publish_boxes(observation(served.cameras[0], 1))
    served.frames.publish(frame('front'))
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.get('/health')


def test_close_before_start_is_harmless(served):
    WebServer(served.server._services, host='127.0.0.1', port=0).close()


@pytest.mark.parametrize('host, port, reason', [
    ('127.0.0.1', None, 'Address already in use'), ('256.0.0.1', 0, '.* not known'),
    ('203.0.113.9', 0, 'Cannot assign requested address')])
def test_address_that_cannot_be_had_is_a_clear_error(served, host, port, reason):
    taken = int(served.url.rpartition(':')[2])
    one = WebServer(served.server._services, host=host, port=taken if port is None else port)
    expected = rf'cannot listen on {host}:\d+: {reason}; .* http_port'
    with pytest.raises(SmartcamError, match=expected):
        one.start()
    one.close()


def test_threads_are_named(served):
    names = {thread.name for thread in threading.enumerate()}
    assert 'web' in names


def test_start_and_stop_again_and_again_leave_nothing(tmp_path):
    before = threading.active_count()
    for number in range(3):
        with serve(tmp_path / str(number)):
            pass
    deadline = time.monotonic() + 30    # aiosqlite 0.17 does not join its threads
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
