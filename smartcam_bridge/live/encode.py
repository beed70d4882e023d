"""Frames as JPEGs: untouched where they are, else encoded once however many watch."""
import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
import logging
from typing import Any, AsyncIterator, Callable, TypeVar

import numpy as np

from smartcam_bridge.domain.times import iso
from smartcam_bridge.errors import FrameError
from smartcam_bridge.live.frames import Frame, FrameBoard
from smartcam_bridge.live.wire import frame_message

KEPT_MAX = 32           # pictures kept: the newest of so many (camera, width, quality)
POLL_S = 5.0            # how often a viewer of a silent camera looks round
BOUNDARY = b'smartcam'

_T = TypeVar('_T')
_log = logging.getLogger(__name__)


class Picture:
    """A frame as it is sent, with the messages that all its viewers share."""

    def __init__(self, frame: Frame, jpeg: bytes | memoryview, width: int, height: int) -> None:
        self.camera = frame.camera
        self.stamp_ns = frame.stamp_ns
        self.received_ns = frame.received_ns
        self.seq = frame.seq
        self.jpeg = jpeg
        self.width = width
        self.height = height

    @cached_property
    def message(self) -> bytes:
        """Return the binary message of the live WebSocket."""
        return frame_message({'camera': self.camera, 'stamp': iso(self.stamp_ns),
                              'width': self.width, 'height': self.height, 'seq': self.seq},
                             self.jpeg)

    @cached_property
    def part(self) -> bytes:
        """Return the multipart body part; the boundary at its end lets browsers show it now."""
        head = (f'Content-Type: image/jpeg\r\nContent-Length: {len(self.jpeg)}\r\n'
                f'X-Frame-Stamp: {iso(self.stamp_ns)}\r\n\r\n')
        return b''.join((head.encode(), self.jpeg, b'\r\n--', BOUNDARY, b'\r\n'))


class JpegEncoder:
    """Make pictures of frames in a pool of threads. Owner: the web thread."""

    def __init__(self, threads: int, quality: Callable[[], int]) -> None:
        self._quality = quality
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix='encode')
        self._made: OrderedDict[tuple[str, int | None, int | None],
                                tuple[int, asyncio.Future[Picture]]] = OrderedDict()
        self._bad: dict[str, int] = {}
        self.encoded = 0
        self.passed_through = 0
        self.errors = 0         # frames that could not be shown

    async def picture(self, frame: Frame, width: int | None = None,
                      quality: int | None = None) -> Picture:
        """Return `frame` as a JPEG at most `width` wide; raise FrameError.

        A JPEG that needs no change is passed through. Pictures are shared: one encode for each
        frame, width and quality.
        """
        if width is not None and width >= frame.width:
            width = None
        key = (frame.camera, width, quality)
        seq, made = self._made.get(key, (-1, None))
        if seq != frame.seq or made is None:
            made = self._begin(frame, width, quality)
            self._keep(key, frame.seq, made)
        return await asyncio.shield(made)

    async def run(self, make: Callable[..., _T], *values: Any) -> _T:
        """Return what a function of pixels makes, on a thread of the pool."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, make, *values)

    def close(self) -> None:
        """Stop the threads; what is being encoded is finished, what waits is not."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def counters(self) -> dict[str, int]:
        """Return the counters for the statistics."""
        return {'encoded': self.encoded, 'passed_through': self.passed_through,
                'errors': self.errors}

    def _begin(self, frame: Frame, width: int | None,
               quality: int | None) -> asyncio.Future[Picture]:
        loop = asyncio.get_running_loop()
        if frame.jpeg is not None and width is None and quality is None:
            self.passed_through += 1
            done = loop.create_future()
            done.set_result(Picture(frame, frame.jpeg, frame.width, frame.height))
            return done
        self.encoded += 1
        job = loop.run_in_executor(self._pool, _encode, frame, width, quality or self._quality())
        job.add_done_callback(lambda ended: self._look_at(frame, ended))
        return job

    def _look_at(self, frame: Frame, ended: asyncio.Future[Picture]) -> None:
        failed = not ended.cancelled() and ended.exception() is not None
        if failed and self._bad.get(frame.camera) != frame.seq:
            self._bad[frame.camera] = frame.seq
            self.errors += 1

    def _keep(self, key: tuple[str, int | None, int | None], seq: int,
              made: asyncio.Future[Picture]) -> None:
        self._made[key] = (seq, made)
        self._made.move_to_end(key)
        if len(self._made) > KEPT_MAX:
            self._made.popitem(last=False)


class Pace:
    """Let through at most `fps` frames a second, evenly. None: all."""

    def __init__(self, fps: float | None) -> None:
        self._period_s = 1 / fps if fps else 0.0
        self._due_s = 0.0

    def lets(self, now_s: float) -> bool:
        """Say whether a frame that is here at `now_s` (monotonic) may go."""
        if now_s < self._due_s - 0.1 * self._period_s:  # cameras jitter; a tenth is no excess
            return False
        # Keeps to the grid, so that 20 of 30 come through and not 15; never makes up for a gap.
        self._due_s = max(self._due_s, now_s - self._period_s / 2) + self._period_s
        return True


async def pictures(board: FrameBoard, encoder: JpegEncoder, camera: str, *, fps: float | None,
                   width: int | None, quality: int | None) -> AsyncIterator[Picture]:
    """Yield the newest picture of `camera` whenever one is asked for, until closed.

    A frame that cannot be shown is skipped (the encoder counts it); the next one follows.
    """
    pace = Pace(fps)
    seq = 0
    with board.watch(camera):
        while True:
            frame = await board.next_frame(camera, seq, POLL_S)
            if frame is None:
                continue
            seq = frame.seq
            if not pace.lets(asyncio.get_running_loop().time()):
                continue
            try:
                picture = await encoder.picture(frame, width, quality)
            except FrameError:
                continue
            yield picture


def _encode(frame: Frame, width: int | None, quality: int) -> Picture:
    """Resize and encode. Encode threads only; holds the GIL for next to nothing."""
    import cv2  # 40 MB that a bridge without viewers does not need
    try:
        pixels = frame.pixels()
        small = pixels if width is None else _resized(pixels, width)
        ok, jpeg = cv2.imencode('.jpg', small, [cv2.IMWRITE_JPEG_QUALITY, quality])
    except FrameError:
        raise
    except Exception as error:  # The thread's outermost frame: whatever it is, one frame is lost.
        _log.exception('%s: frame %d cannot be shown, the next one follows',
                       frame.camera, frame.seq)
        raise FrameError(f'{frame.camera}: {error}') from error
    if not ok:
        raise FrameError(f'{frame.camera}: a {pixels.shape} picture cannot be encoded')
    return Picture(frame, jpeg.tobytes(), small.shape[1], small.shape[0])


def _resized(pixels: np.ndarray, width: int) -> np.ndarray:
    """Shrink to `width`: by area where it divides evenly, else linear (up to 22 times faster)."""
    import cv2
    full_height, full_width = pixels.shape[:2]
    height = max(1, round(full_height * width / full_width))
    even = full_width % width == 0 and full_height % height == 0
    return cv2.resize(pixels, (width, height),
                      interpolation=cv2.INTER_AREA if even else cv2.INTER_LINEAR)
