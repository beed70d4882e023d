"""The pictures of a track: its thumbnail and the whole frame."""
import asyncio

from aiohttp import hdrs, web

from smartcam_bridge.domain.times import iso
from smartcam_bridge.errors import NotFound
from smartcam_bridge.web.call import Call
from smartcam_bridge.web.fields import Field, Text
from smartcam_bridge.web.problems import Problem

QUERY: tuple[Field, ...] = (
    Text('v', 'The stamp of the picture that is meant, in ns (X-Picture-Version): where it is '
         'that one, browsers need never ask again.', longest=20),)
_KEPT = 'private, max-age=31536000, immutable'


async def thumbnail(call: Call) -> web.Response:
    """Return what the best shot of a track shows of it, as a JPEG."""
    return await _picture(call, 'crop')


async def frame(call: Call) -> web.Response:
    """Return the whole frame of the best shot of a track, as a JPEG."""
    return await _picture(call, 'frame')


async def _picture(call: Call, kind: str) -> web.Response:
    number = call.id('track')
    try:
        path, stamp_ns = await call.reader.picture(number, kind)
        file = call.services.find_picture(path)
        # In turn with no other: a picture is some 50 kB, a disk may take a while to wake up.
        data = await asyncio.to_thread(file.read_bytes)
    except (NotFound, FileNotFoundError) as error:
        raise Problem(404, 'no_picture', f'There is no picture of track {number}.') from error
    version = str(stamp_ns)
    headers = {hdrs.ETAG: f'"{version}"', 'X-Frame-Stamp': iso(stamp_ns),
               'X-Picture-Version': version,
               hdrs.CACHE_CONTROL: _KEPT if call.query['v'] == version else 'private, no-cache'}
    if any(tag.value == version for tag in call.request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=data, content_type='image/jpeg', headers=headers)
