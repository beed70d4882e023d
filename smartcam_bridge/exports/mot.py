"""MOTChallenge text: https://motchallenge.net/instructions; pixels and frames count from 1."""
import asyncio
from typing import AsyncIterator

import numpy as np
from smartcam_bridge.domain.times import iso
from smartcam_bridge.exports.sizes import FrameSizes
from smartcam_bridge.exports.walk import pixel_boxes, Walk
from smartcam_bridge.store.queries import BoxChunk

MEDIA_TYPE = 'text/plain'


async def mot(walk: Walk) -> AsyncIterator[bytes]:
    """Write `frame,id,left,top,width,height,score,-1,-1,-1` a box. Raises UnknownFrameSize.

    Of one camera. A frame is an observation, one without boxes too; the id is the track's, -1
    where it has none.
    """
    frame = 1
    async for chunk in walk.chunks():
        text = await asyncio.to_thread(_lines, chunk, walk.sizes, frame)
        frame += len(chunk.ids)
        if text:
            yield text.encode()


async def mot_frames(walk: Walk) -> AsyncIterator[bytes]:
    """Write which stamp each frame number of `mot` has, as CSV."""
    yield b'frame,stamp\r\n'
    frame = 1
    async for chunk in walk.chunks():
        yield ''.join([f'{number},{iso(stamp_ns)}\r\n'
                       for number, stamp_ns in enumerate(chunk.stamps_ns, frame)]).encode()
        frame += len(chunk.ids)


def _lines(chunk: BoxChunk, sizes: FrameSizes, first_frame: int) -> str:
    boxes = pixel_boxes(chunk, sizes.required(chunk.cameras, chunk.stamps_ns))
    boxes[:, :2] += 1
    tracks = chunk.boxes['track'].astype(np.int64)
    tracks[tracks == 0] = -1
    frames = (chunk.row_of + first_frame).tolist()
    return ''.join([
        '%d,%d,%.3f,%.3f,%.3f,%.3f,%.4f,-1,-1,-1\n' % (frame, track, *box, score)
        for frame, track, box, score in zip(
            frames, tracks.tolist(), boxes.tolist(), chunk.scores.tolist())])
