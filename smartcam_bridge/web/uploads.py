"""Long bodies: few at once, and each within a time, so that they cannot fill the memory."""
import asyncio
import contextlib
from typing import Iterator

from aiohttp import web

from smartcam_bridge.web.problems import busy, Problem

UPLOADS_MAX = 4         # from the first byte to the answer; each takes some 40 MB meanwhile
LONG_BYTES = 256 * 1024     # what is shorter is no upload
BODY_WAIT_S = 60.0      # 11 MB at 1.5 Mbit/s


class Uploads:
    """Counts the uploads under way. Web thread only."""

    def __init__(self) -> None:
        self._taken = 0

    @contextlib.contextmanager
    def place(self, request: web.Request) -> Iterator[None]:
        """Take a place while an upload is answered; raise Problem 503 where there is none."""
        if (request.content_length or LONG_BYTES) < LONG_BYTES:
            yield
            return
        if self._taken >= UPLOADS_MAX:
            raise busy('too_many_uploads', f'{UPLOADS_MAX} uploads are under way, which is the '
                       'limit; try again when one is done.')
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


async def read_long(request: web.Request, most: int) -> bytes:
    """Return a body that may be longer than those of the application otherwise.

    Raises HTTPRequestEntityTooLarge, and Problem 408 where it does not come in time.
    """
    try:
        return await asyncio.wait_for(_read(request, most), BODY_WAIT_S)
    except asyncio.TimeoutError as error:
        raise Problem(408, 'body_too_slow', 'The body did not come within '
                      f'{BODY_WAIT_S:g} s.', headers={'Connection': 'close'}) from error


async def _read(request: web.Request, most: int) -> bytes:
    body = bytearray()
    while part := await request.content.readany():
        body += part
        if len(body) > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(body))
    return bytes(body)
