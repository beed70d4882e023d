"""Live streams that are open: how many, whose, and how to end them."""
import asyncio
import contextlib
import socket
import sys
from typing import Callable, Coroutine, Iterator

from aiohttp import web

from smartcam_bridge.web.auth import Identity
from smartcam_bridge.web.problems import busy

SHUTTING_DOWN = 'shutting down'
REVOKED = 'no longer allowed'
STALLED = 'not reading'
STALL_S = 10.0      # a viewer that takes nothing for so long is let go
HANGING_S = 0.25    # a write that takes so long will not let a farewell through
UNSENT_MAX = 128 * 1024     # bytes the kernel keeps unsent, so that a weak link lags no further
_UNSENT = getattr(socket, 'TCP_NOTSENT_LOWAT', 25)  # Python names it from 3.12 on; Linux: 25


class Stream:
    """One open stream of `who`. Owner: the web thread."""

    def __init__(self, kind: str, who: Identity) -> None:
        self.kind = kind
        self.who = who
        self.writing_since: float | None = None     # loop time; None: not in a write
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def end(self, reason: str) -> None:
        """Ask it to finish."""
        if not self._ended.done():
            self._ended.set_result(reason)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Mark a write, so that one that never ends is noticed."""
        self.writing_since = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            self.writing_since = None

    async def run(self, request: web.Request, *parts: Coroutine[None, None, None]) -> str:
        """Run `parts` until one of them or the stream ends; return the reason, or ''.

        A viewer that is gone is a normal end. Where a write hangs the connection is cut.
        """
        _keep_little_unsent(request)
        tasks = [asyncio.ensure_future(part) for part in parts]
        try:
            await asyncio.wait({*tasks, self._ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._hangs() and request.transport is not None:
                request.transport.abort()
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, ConnectionError):
                raise result
        return self._ended.result() if self._ended.done() else ''

    def _hangs(self) -> bool:
        now_s = asyncio.get_running_loop().time()
        return self.writing_since is not None and now_s - self.writing_since > HANGING_S


class Streams:
    """All open streams. Owner: the web thread."""

    def __init__(self, limit: Callable[[], int], stall_s: float = STALL_S) -> None:
        self._limit = limit
        self._stall_s = stall_s
        self._open: set[Stream] = set()
        self._closing = False
        self._emptied = asyncio.Event()
        self.stalled = 0    # streams that were ended because nobody read them

    @contextlib.contextmanager
    def opened(self, kind: str, who: Identity) -> Iterator[Stream]:
        """Keep a stream for the length of the block; raise Problem 503 when there are too many."""
        if self._closing:
            raise busy('shutting_down', 'The bridge is shutting down.')
        if self.count(kind) >= self._limit():
            raise busy('too_many_viewers', f'{self._limit()} streams of this kind are open, '
                       'which is the limit (live_clients_max).')
        stream = Stream(kind, who)
        self._open.add(stream)
        try:
            yield stream
        finally:
            self._open.discard(stream)
            if not self._open:
                self._emptied.set()

    def any(self) -> bool:
        """Say whether a stream is open."""
        return bool(self._open)

    def count(self, kind: str) -> int:
        """Return how many streams of `kind` are open."""
        return sum(stream.kind == kind for stream in self._open)

    def look_after(self, now_s: float, good: Callable[[Identity], bool]) -> None:
        """End what stalls and what is no longer allowed. `now_s` is the loop's time."""
        for stream in self._open:
            since = stream.writing_since
            if not good(stream.who):
                stream.end(REVOKED)
            elif since is not None and now_s - since > self._stall_s:
                self.stalled += 1
                stream.end(STALLED)

    async def close(self, within_s: float) -> None:
        """End all streams with the reason and wait for them; open no more."""
        self._closing = True
        self._emptied.clear()
        for stream in self._open:
            stream.end(SHUTTING_DOWN)
        if self._open:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), within_s)


def _keep_little_unsent(request: web.Request) -> None:
    """Let a slow link wait here, where old frames are dropped, and not in the kernel."""
    transport = request.transport
    plain = transport and transport.get_extra_info('socket')
    if plain is not None and sys.platform == 'linux':
        plain.setsockopt(socket.IPPROTO_TCP, _UNSENT, UNSENT_MAX)
