"""Exports: all that matches a query, streamed as a file for other programs."""
import contextlib
import logging
from typing import AsyncIterator

from aiohttp import web

from smartcam_bridge.errors import SmartcamError, UnknownFrameSize
from smartcam_bridge.exports import FORMATS, ONE_CAMERA
from smartcam_bridge.exports.estimate import estimate
from smartcam_bridge.exports.sizes import FrameSizes
from smartcam_bridge.exports.walk import Walk
from smartcam_bridge.store.queries import DetectionQuery
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag, Number
from smartcam_bridge.web.handlers import history
from smartcam_bridge.web.problems import busy, Problem
from smartcam_bridge.web.streams import Stream

EXPORTS_MAX = 2     # at once; each keeps a core and the reader busy
_KIND = 'export'
BOXES: tuple[Field, ...] = (
    *(field for field in history.DETECTIONS if field.name not in ('order', 'limit', 'cursor')),
    Number('width', 'Width of the frames in px, where the bridge does not know it.', 1, 65535,
           whole=True),
    Number('height', 'Height of the frames in px, likewise.', 1, 65535, whole=True),
    Flag('estimate', 'Answer only how much it would be: observations, boxes, bytes, exact.'))
_log = logging.getLogger(__name__)


async def detections_csv(call: Call) -> web.StreamResponse:
    """Stream the boxes that match as CSV."""
    return await _boxes(call, 'detections.csv')


async def coco_json(call: Call) -> web.StreamResponse:
    """Stream the boxes that match as COCO JSON."""
    return await _boxes(call, 'coco.json')


async def mot_txt(call: Call) -> web.StreamResponse:
    """Stream the boxes of one camera that match as MOTChallenge text."""
    return await _boxes(call, 'mot.txt')


async def mot_frames_csv(call: Call) -> web.StreamResponse:
    """Stream which stamp each frame number of mot.txt has."""
    return await _boxes(call, 'mot_frames.csv')


async def _boxes(call: Call, name: str) -> web.StreamResponse:
    write, media_type = FORMATS[name]
    values = history.times(call)
    asks_how_much, size = values.pop('estimate'), (values.pop('width'), values.pop('height'))
    if (size[0] is None) != (size[1] is None):
        raise Problem(422, 'invalid_query', 'Give both width and height, or neither.')
    if name in ONE_CAMERA and values['camera'] is None:
        raise Problem(422, 'invalid_query', f'{name} is of one camera: say which.',
                      errors=(('camera', 'is missing'),))
    source = values.pop('source')
    query = DetectionQuery(source=history.SOURCES[source] if source else None, order='oldest',
                           **values)
    sizes = FrameSizes(await call.reader.frame_sizes(), size if all(size) else None)
    walk = await Walk.begin(call.reader, query, sizes)
    try:
        expected = await estimate(walk, write)
        if asks_how_much:
            return answer({'observations': expected.observations, 'boxes': expected.boxes,
                           'bytes': expected.size_bytes, 'exact': expected.exact})
        return await send(call, write(walk), name, media_type,
                          {'X-Estimated-Bytes': str(expected.size_bytes)})
    except UnknownFrameSize as error:
        raise Problem(422, 'unknown_frame_size', str(error)) from error


async def send(call: Call, parts: AsyncIterator[bytes], name: str, media_type: str,
               headers: dict[str, str] | None = None) -> web.StreamResponse:
    """Stream `parts` as a file called `name`; what goes wrong on the way cuts the connection.

    So nobody takes half an export for a whole one.
    """
    if call.streams.count(_KIND) >= EXPORTS_MAX:
        raise busy('too_many_exports', f'{EXPORTS_MAX} exports are under way, which is the '
                   'limit; try again when one is done.')
    async with contextlib.aclosing(parts):
        with call.streams.opened(_KIND, call.who) as stream:
            first = await anext(parts, b'')
            response = web.StreamResponse(headers={
                'Content-Disposition': f'attachment; filename="{name}"',
                'Content-Type': f'{media_type}; charset=utf-8', 'Cache-Control': 'no-store',
                'X-Accel-Buffering': 'no', **(headers or {})})
            await response.prepare(call.request)
            try:
                reason = await stream.run(call.request, _write(stream, response, first, parts))
            except SmartcamError as error:
                _log.error('the export %s ends unfinished: %s', name, error)
                reason = str(error)
            if reason and call.request.transport is not None:
                call.request.transport.abort()
    return response


async def _write(stream: Stream, response: web.StreamResponse, first: bytes,
                 parts: AsyncIterator[bytes]) -> None:
    with stream.writing():
        await response.write(first)
    async for part in parts:
        with stream.writing():
            await response.write(part)
    await response.write_eof()
