"""FrameBoard: newest wins, and cameras are watched only while somebody watches."""
import asyncio
import threading

import numpy as np
import pytest

from smartcam_bridge.live.frames import Frame, FrameBoard


def frame(stamp_ns=1, camera='front', jpeg=b'\xff\xd8x', pixels=None):
    return Frame(camera, stamp_ns, stamp_ns, 64, 48, jpeg,
                 pixels or (lambda: np.zeros((48, 64, 3), np.uint8)))


def board(demands, linger_s=0.0):
    made = FrameBoard(lambda camera, on: demands.append((camera, on)), lambda: linger_s)
    made.bind(asyncio.get_running_loop())
    return made


@pytest.mark.asyncio
async def test_newest_frame_replaces_the_older():
    frames = board([])
    frames.publish(frame(1))
    frames.publish(frame(2))
    newest = await frames.next_frame('front', 0, 1)
    assert (newest.stamp_ns, newest.seq) == (2, 2)
    assert frames.latest('back') is None


@pytest.mark.asyncio
async def test_waiting_viewers_wake_when_another_thread_publishes():
    frames = board([])
    waiting = [asyncio.ensure_future(frames.next_frame('front', 0, 5)) for _ in range(3)]
    await asyncio.sleep(0)
    threading.Thread(target=frames.publish, args=(frame(7),)).start()
    assert [found.stamp_ns for found in await asyncio.gather(*waiting)] == [7, 7, 7]


@pytest.mark.asyncio
async def test_next_frame_gives_up_in_time_and_ignores_other_cameras():
    frames = board([])
    frames.publish(frame(camera='back'))
    frames.publish(frame())
    assert await frames.next_frame('front', 1, 0.02) is None


@pytest.mark.asyncio
async def test_first_viewer_demands_and_last_one_releases():
    demands = []
    frames = board(demands)
    frames.publish(frame())
    with frames.watch('front'):
        with frames.watch('front'):
            assert demands == [('front', True)]
        await asyncio.sleep(0)
        assert demands == [('front', True)]
    await turn_until(lambda: len(demands) == 2)
    assert demands[1] == ('front', False)
    assert frames.latest('front') is None, 'an old frame would be taken for the present'


@pytest.mark.asyncio
async def test_viewer_who_comes_back_within_linger_keeps_the_camera():
    demands = []
    frames = board(demands, linger_s=60)
    for _ in range(3):
        with frames.watch('front'):
            pass
    assert demands == [('front', True)]
    assert frames.counters() == {'viewers': 0, 'watched': 1}
    frames.unbind()
    assert demands == [('front', True), ('front', False)]


@pytest.mark.asyncio
async def test_unbind_releases_cameras_that_are_still_watched():
    demands = []
    frames = board(demands)
    with frames.watch('front'):
        frames.unbind()
    assert demands == [('front', True), ('front', False)]
    frames.publish(frame())     # nobody is there: it must neither fail nor wake


async def turn_until(condition):
    async def turning():
        while not condition():
            await asyncio.sleep(0.001)
    await asyncio.wait_for(turning(), 60)
