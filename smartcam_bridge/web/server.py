"""The web side as a whole: a thread, a loop, a listening socket."""
import asyncio
from concurrent.futures import Future
import inspect
import logging
import os
import socket
import threading

from aiohttp import web

from smartcam_bridge.errors import SmartcamError
from smartcam_bridge.web.app import make_app
from smartcam_bridge.web.call import STREAMS
from smartcam_bridge.web.services import Services
from smartcam_bridge.web.streams import STALL_S

EVENTS_END_S = 0.2      # the last events may take so long to be sent
STREAMS_END_S = 0.5     # live streams are told why and may take so long
REQUESTS_END_S = 0.3    # requests under way may take so long

_log = logging.getLogger(__name__)


class WebServer:
    """Serve the API and the page in a thread of its own. `start` and `close`: any thread, once."""

    def __init__(self, services: Services, *, host: str, port: int,
                 stall_s: float = STALL_S) -> None:
        self._services = services
        self._host = host
        self._port = port
        self._stall_s = stall_s
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def start(self) -> int:
        """Listen; return the port. Raise SmartcamError where that is not possible."""
        listening: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(listening,), name='web')
        self._thread.start()
        try:
            return listening.result()
        except OSError as error:
            raise SmartcamError(f'cannot listen on {self._host}:{self._port}: {_reason(error)}; '
                                'choose another http_host or http_port') from error

    def close(self) -> None:
        """Stop accepting, end live streams with a reason, finish requests, end the thread."""
        if self._thread is None:
            return
        if self._loop is not None and self._thread.is_alive():
            try:
                self._loop.call_soon_threadsafe(self._stop.set)
            except RuntimeError:    # The loop is closed already: the thread is at its end.
                pass
        self._thread.join()

    def _run(self, listening: 'Future[int]') -> None:
        try:
            asyncio.run(self._serve(listening))
        except Exception as error:  # The thread's outermost frame.
            if listening.done():
                _log.exception('the web side has ended')
            else:
                listening.set_exception(error)

    async def _serve(self, listening: 'Future[int]') -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = make_app(self._services, stall_s=self._stall_s)
        runner = web.AppRunner(app, access_log=None, **_runner_options())
        try:
            await runner.setup()
            site = web.TCPSite(runner, self._host, self._port)
            await site.start()
            listening.set_result(runner.addresses[0][1])
            await self._stop.wait()
            await site.stop()
            await self._services.hub.finish(EVENTS_END_S)
            await app[STREAMS].close(STREAMS_END_S)
        finally:
            await runner.cleanup()


def _reason(error: OSError) -> str:
    """Say in the system's words what is wrong; asyncio's repeat the address."""
    resolver = isinstance(error, socket.gaierror)   # has numbers of its own
    return error.strerror if resolver or not error.errno else os.strerror(error.errno)


def _runner_options() -> dict[str, float | bool]:
    """Return the options that this aiohttp knows (3.8 cancels handlers anyway)."""
    known = inspect.signature(web.BaseRunner.__init__).parameters
    kwargs: dict[str, float | bool] = {'handler_cancellation': True}
    if 'shutdown_timeout' in known:
        kwargs['shutdown_timeout'] = REQUESTS_END_S
    return kwargs
