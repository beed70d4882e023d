"""JpegEncoder: untouched where nothing is asked, else one encode for all viewers."""
import asyncio
import contextlib
import json
import struct

import numpy as np
import pytest

from smartcam_bridge.errors import FrameError
from smartcam_bridge.live.encode import JpegEncoder, Pace, pictures
from smartcam_bridge.live.frames import Frame, FrameBoard

cv2 = pytest.importorskip('cv2')
PIXELS = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
JPEG = cv2.imencode('.jpg', PIXELS)[1].tobytes()


def frame(seq=1, jpeg=None, pixels=lambda: PIXELS, camera='front'):
    return Frame(camera, seq, seq, 64, 48, jpeg, pixels, seq)


@pytest.fixture
def encoder():
    made = JpegEncoder(1, lambda: 80)
    yield made
    made.close()


def size(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape[1::-1]


@pytest.mark.asyncio
async def test_jpeg_is_passed_through_untouched(encoder):
    picture = await encoder.picture(frame(jpeg=JPEG))
    assert picture.jpeg is JPEG
    assert encoder.counters() == {'encoded': 0, 'passed_through': 1, 'errors': 0}


@pytest.mark.asyncio
@pytest.mark.parametrize('width, expected', [
    (32, (32, 24)), (20, (20, 15)), (64, (64, 48)), (4000, (64, 48)), (None, (64, 48))])
async def test_picture_has_the_width_asked_for_and_is_never_enlarged(encoder, width, expected):
    picture = await encoder.picture(frame(), width)
    assert (picture.width, picture.height) == size(picture.jpeg) == expected


@pytest.mark.asyncio
async def test_jpeg_asked_wider_than_it_is_passes_through(encoder):
    assert (await encoder.picture(frame(jpeg=JPEG), 640)).jpeg is JPEG


@pytest.mark.asyncio
async def test_quality_asked_for_makes_a_smaller_picture(encoder):
    fine, coarse = [len((await encoder.picture(frame(jpeg=JPEG), None, quality)).jpeg)
                    for quality in (95, 20)]
    assert coarse < fine / 2


@pytest.mark.asyncio
async def test_viewers_of_one_frame_and_size_share_one_encode(encoder):
    made = await asyncio.gather(*(encoder.picture(frame(), 32) for _ in range(20)))
    assert len({id(picture) for picture in made}) == 1
    assert made[0].message is made[19].message and made[0].part is made[19].part
    await encoder.picture(frame(), 16)
    await encoder.picture(frame(2), 32)
    assert encoder.encoded == 3


@pytest.mark.asyncio
async def test_viewer_that_leaves_does_not_spoil_the_encode_for_others(encoder):
    leaving = asyncio.ensure_future(encoder.picture(frame(), 32))
    staying = asyncio.ensure_future(encoder.picture(frame(), 32))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).width == 32
    assert encoder.encoded == 1


def fails_as_told():
    raise FrameError('step is wrong')


@pytest.mark.asyncio
@pytest.mark.parametrize('pixels', [
    fails_as_told, lambda: np.zeros((4, 4, 9), np.uint8), lambda: 1 / 0])
async def test_bad_frame_is_one_counted_error_for_all_viewers(encoder, pixels):
    bad = frame(pixels=pixels)
    results = await asyncio.gather(*(encoder.picture(bad, width) for width in (None, 32, 32)),
                                   return_exceptions=True)
    assert [type(result) for result in results] == [FrameError] * 3
    assert encoder.errors == 1


@pytest.mark.asyncio
async def test_viewer_goes_on_with_the_next_frame_after_a_bad_one(encoder):
    board = FrameBoard(lambda camera, on: None, lambda: 0.0)
    board.bind(asyncio.get_running_loop())
    shown = pictures(board, encoder, 'front', fps=None, width=None, quality=None)
    async with contextlib.aclosing(shown):
        board.publish(frame(pixels=fails_as_told))
        following = asyncio.ensure_future(shown.__anext__())
        while not encoder.errors:
            await asyncio.sleep(0.001)
        board.publish(frame())
        assert (await asyncio.wait_for(following, 60)).seq == 2


@pytest.mark.asyncio
async def test_few_pictures_are_kept_whatever_sizes_are_asked(encoder):
    for width in range(1, 60):
        await encoder.picture(frame(), width)
    assert len(encoder._made) <= 32


@pytest.mark.asyncio
async def test_live_message_is_length_header_jpeg(encoder):
    message = (await encoder.picture(frame(3, jpeg=memoryview(JPEG)))).message
    length, = struct.unpack_from('<I', message)
    assert json.loads(message[4:4 + length]) == {
        'camera': 'front', 'stamp': '1970-01-01T00:00:00.000000003Z', 'width': 64, 'height': 48,
        'seq': 3}
    assert message[4 + length:] == JPEG


@pytest.mark.parametrize('fps, passed', [(15, 15), (20, 20), (30, 30), (7, 7), (None, 30)])
def test_pace_lets_so_many_frames_of_a_jittering_camera_through(fps, passed):
    pace = Pace(fps)
    jitter = np.random.default_rng(2).uniform(-0.002, 0.002, 300)
    let = sum(pace.lets(1000 + i / 30 + jitter[i]) for i in range(300)) / 10
    assert let == pytest.approx(passed, rel=0.1)
