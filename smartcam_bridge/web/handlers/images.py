"""A camera's pictures: one at a time, or as a stream."""
import contextlib
import math

from aiohttp import web

from smartcam_bridge.domain.times import iso, NS
from smartcam_bridge.errors import FrameError
from smartcam_bridge.live.encode import BOUNDARY, pictures
from smartcam_bridge.live.frames import Frame
from smartcam_bridge.web.call import Call
from smartcam_bridge.web.fields import Field, Number
from smartcam_bridge.web.problems import busy
from smartcam_bridge.web.streams import Stream

STALE_AFTER_S = 2.0
WAIT_S = 2.0        # how long a snapshot waits for a camera that nobody watched before
_SIZE: tuple[Field, ...] = (
    Number('width', 'Widest picture in px; never enlarged. Left out: as it comes.', 16, 7680,
           whole=True),
    Number('quality', 'JPEG quality; left out: as it comes, or jpeg_quality.', 10, 100,
           whole=True))
SNAPSHOT: tuple[Field, ...] = (
    *_SIZE,
    Number('wait', 'Wait up to so many seconds for the next frame.', 0, 30),
    Number('max_age', 'A frame at most so many seconds old will do at once, and an older one '
           'never.', 0, 86400))
STREAM: tuple[Field, ...] = (
    Number('fps', 'At most so many frames a second; left out: all.', 0.1, 120), *_SIZE)


async def snapshot(call: Call) -> web.Response:
    """Return the newest frame, or the next one where that was asked for or it is stale."""
    camera = call.camera().name
    with call.services.frames.watch(camera):
        frame = await _frame(call, camera)
    age_s = _age_s(call, frame)
    if frame is None or age_s > (call.query['max_age'] or math.inf):
        raise busy('no_frame', f'{camera} has sent no frame of late.')
    try:
        picture = await call.encoder.picture(frame, call.query['width'], call.query['quality'])
    except FrameError as error:
        raise busy('bad_frame', str(error)) from error
    stale_after_s = STALE_AFTER_S if call.query['max_age'] is None else call.query['max_age']
    return web.Response(body=bytes(picture.jpeg), content_type='image/jpeg', headers={
        'X-Frame-Stamp': iso(frame.stamp_ns), 'X-Frame-Age': f'{age_s:.3f}',
        'X-Frame-Stale': str(age_s > stale_after_s).lower()})


async def _frame(call: Call, camera: str) -> Frame | None:
    """Return the frame that answers the query, or the newest there is, or None."""
    frames, wait_s, max_age_s = call.services.frames, call.query['wait'], call.query['max_age']
    newest = frames.latest(camera)
    asks_for_next = wait_s is not None and max_age_s is None
    good_for_s = STALE_AFTER_S if max_age_s is None else max_age_s
    if newest is not None and not asks_for_next and _age_s(call, newest) <= good_for_s:
        return newest
    after = newest.seq if newest else 0
    following = await frames.next_frame(camera, after, WAIT_S if wait_s is None else wait_s)
    return following or newest


def _age_s(call: Call, frame: Frame | None) -> float:
    return max(0.0, (call.services.now_ns() - frame.received_ns) / NS) if frame else 0.0


async def stream(call: Call) -> web.StreamResponse:
    """Send frames as multipart/x-mixed-replace until the viewer leaves or is let go."""
    camera = call.camera().name
    response = web.StreamResponse(headers={
        'Content-Type': f'multipart/x-mixed-replace; boundary={BOUNDARY.decode()}',
        'X-Accel-Buffering': 'no'})     # a proxy must not collect frames
    with call.streams.opened('mjpeg', call.who) as viewer:
        await response.prepare(call.request)
        await viewer.run(call.request, _send(call, camera, viewer, response))
    return response


async def _send(call: Call, camera: str, viewer: Stream, response: web.StreamResponse) -> None:
    shown = pictures(call.services.frames, call.encoder, camera, fps=call.query['fps'],
                     width=call.query['width'], quality=call.query['quality'])
    await response.write(b'--' + BOUNDARY + b'\r\n')
    async with contextlib.aclosing(shown):
        async for picture in shown:
            with viewer.writing():
                await response.write(picture.part)
