"""Snapshots and MJPEG: fresh or honest about it, encoded once, nothing left behind."""
import asyncio
import socket
import time

import numpy as np
import pytest
from serving import frame, serve

from smartcam_bridge.domain.times import iso
from smartcam_bridge.errors import FrameError

cv2 = pytest.importorskip('cv2')
JPEG = cv2.imencode('.jpg', np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
FRONT = '/api/v1/cameras/front'


def size(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape[1::-1]


async def until(condition):
    async def waiting():
        while not condition():
            await asyncio.sleep(0.005)
    await asyncio.wait_for(waiting(), 60)


async def begin(api, query=''):
    """Open a stream and read up to its first part."""
    response = await api.get(f'{FRONT}/stream.mjpg{query}')
    assert response.content_type == 'multipart/x-mixed-replace'
    await response.content.readuntil(boundary(response))
    return response


def boundary(response):
    return b'--' + response.headers['Content-Type'].partition('boundary=')[2].encode() + b'\r\n'


async def part(response):
    """Read one part: headers and JPEG."""
    async def reading():
        head = await response.content.readuntil(b'\r\n\r\n')
        headers = dict(line.split(': ', 1) for line in head.decode().strip().split('\r\n'))
        jpeg = await response.content.readexactly(int(headers['Content-Length']))
        await response.content.readuntil(boundary(response))
        return headers, jpeg
    return await asyncio.wait_for(reading(), 60)


async def test_snapshot_passes_a_jpeg_through_and_says_how_old_it_is(served, api):
    served.frames.publish(frame('front', 5, jpeg=JPEG))
    answer = await api.get(f'{FRONT}/snapshot.jpg')
    assert (answer.status, answer.content_type) == (200, 'image/jpeg')
    assert await answer.read() == JPEG
    assert answer.headers['X-Frame-Stamp'] == iso(5)
    assert 0 <= float(answer.headers['X-Frame-Age']) < 2
    assert answer.headers['X-Frame-Stale'] == 'false'


async def test_snapshot_is_resized_and_never_enlarged(served, api):
    for width, expected in ((32, (32, 24)), (640, (64, 48))):
        served.frames.publish(frame('front', jpeg=JPEG))
        answer = await api.get(f'{FRONT}/snapshot.jpg?width={width}&quality=50&max_age=60')
        assert size(await answer.read()) == expected


async def test_snapshot_waits_for_the_next_frame_and_makes_the_camera_send(served, api):
    served.frames.publish(frame('front', 1, jpeg=JPEG))
    asking = asyncio.ensure_future(api.get(f'{FRONT}/snapshot.jpg?wait=10'))
    await until(lambda: ('front', True) in served.demands)
    await until(lambda: 'front' in served.frames._waiting)
    served.frames.publish(frame('front', 2, jpeg=JPEG))
    assert (await asking).headers['X-Frame-Stamp'] == iso(2)
    await until(lambda: served.demands[-1] == ('front', False))


async def test_snapshot_of_a_silent_camera_is_marked_stale_or_refused(served, api):
    old = frame('front', jpeg=JPEG)
    object.__setattr__(old, 'received_ns', time.time_ns() - 60 * 10 ** 9)
    served.settings = served.settings.changed({'frame_linger_s': 60})
    served.frames.publish(old)
    stale = await api.get(f'{FRONT}/snapshot.jpg?wait=0')
    assert (stale.status, stale.headers['X-Frame-Stale']) == (200, 'true')
    assert float(stale.headers['X-Frame-Age']) >= 60
    for query, status in (('wait=0&max_age=10', 503), ('wait=0&max_age=100', 200)):
        answer = await api.get(f'{FRONT}/snapshot.jpg?{query}')
        assert answer.status == status
    missing = await api.get('/api/v1/cameras/back/snapshot.jpg?wait=0.01')
    assert (missing.status, (await missing.json())['code']) == (503, 'no_frame')


async def test_bad_frame_is_a_problem_of_that_frame_only(served, api):
    def fails():
        raise FrameError('step is wrong')
    served.frames.publish(frame('front', pixels=fails))
    answer = await api.get(f'{FRONT}/snapshot.jpg')
    assert (answer.status, (await answer.json())['code']) == (503, 'bad_frame')


@pytest.mark.parametrize('query', [
    'width=15', 'width=99999', 'quality=9', 'quality=101', 'width=1.5', 'wait=31', 'wait=-1',
    'max_age=-1', 'fps=1', 'what=1'])
async def test_bad_snapshot_query_is_refused(api, query):
    assert (await api.get(f'{FRONT}/snapshot.jpg?{query}')).status == 422


async def test_stream_passes_frames_through_as_they_are(served, api):
    response = await begin(api)
    for stamp_ns in (1, 2, 3):
        served.frames.publish(frame('front', stamp_ns, jpeg=JPEG))
        headers, jpeg = await part(response)
        assert jpeg == JPEG and headers['X-Frame-Stamp'] == iso(stamp_ns)
    response.close()


async def test_viewers_share_one_encode_and_one_demand(served, api):
    responses = [await begin(api, '?width=32') for _ in range(5)]
    for stamp_ns in (1, 2, 3):
        served.frames.publish(frame('front', stamp_ns))
        shown = await asyncio.gather(*(part(response) for response in responses))
        assert {headers['X-Frame-Stamp'] for headers, _ in shown} == {iso(stamp_ns)}
        assert len({jpeg for _, jpeg in shown}) == 1 and size(shown[0][1]) == (32, 24)
    stats = await (await api.get('/api/v1/system/stats')).json()
    assert stats['frames'] == {'viewers': 5, 'watched': 1, 'encoded': 3, 'passed_through': 0,
                               'errors': 0}
    assert stats['live']['mjpeg_viewers'] == 5 and served.demands == [('front', True)]
    for response in responses:
        response.close()
    await until(lambda: served.demands == [('front', True), ('front', False)])


async def test_bad_frame_does_not_end_the_stream(served, api):
    def fails():
        raise FrameError('step is wrong')
    response = await begin(api)
    served.frames.publish(frame('front', 1, pixels=fails))
    while (await (await api.get('/api/v1/system/stats')).json())['frames']['errors'] != 1:
        await asyncio.sleep(0.005)
    served.frames.publish(frame('front', 2, jpeg=JPEG))
    assert (await part(response))[0]['X-Frame-Stamp'] == iso(2)
    response.close()


async def test_viewer_of_a_silent_camera_who_leaves_lets_it_go(served, api):
    response = await api.get(f'{FRONT}/stream.mjpg')
    await until(lambda: served.demands == [('front', True)])
    response.close()
    await until(lambda: served.demands == [('front', True), ('front', False)])


async def test_too_many_viewers_are_refused(served, api):
    served.settings = served.settings.changed({'live_clients_max': 2})
    kept = [await api.get(f'{FRONT}/stream.mjpg') for _ in range(2)]
    answer = await api.get(f'{FRONT}/stream.mjpg')
    assert (answer.status, (await answer.json())['code']) == (503, 'too_many_viewers')
    kept[0].close()
    while (again := await api.get(f'{FRONT}/stream.mjpg')).status == 503:
        await asyncio.sleep(0.01)
    assert again.status == 200


@pytest.fixture
def impatient(tmp_path):
    with serve(tmp_path / 'data', stall_s=0.5) as started:
        yield started


async def test_viewer_who_never_reads_is_let_go_with_the_camera(impatient):
    big = JPEG + bytes(1_000_000)
    plain = socket.create_connection(('127.0.0.1', int(impatient.url.rpartition(':')[2])))
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.sendall(f'GET {FRONT}/stream.mjpg HTTP/1.1\r\nHost: localhost\r\n'
                  f'Authorization: Bearer {impatient.token}\r\n\r\n'.encode())
    await until(lambda: ('front', True) in impatient.demands)

    def published_until_let_go():
        impatient.frames.publish(frame('front', jpeg=big))
        return ('front', False) in impatient.demands
    await until(published_until_let_go)
    plain.close()
