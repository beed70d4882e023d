"""The aiohttp application: routes, middlewares, and what starts and stops with it."""
import asyncio
import contextlib
import logging
from typing import AsyncIterator

from aiohttp import web

from smartcam_bridge.live.encode import JpegEncoder
from smartcam_bridge.live.wire import to_json
from smartcam_bridge.web.auth import TokenBook
from smartcam_bridge.web.call import (
    ATTEMPTS, DOCUMENT, ENCODER, let_in, RATES, read_call, READER, SERVICES, STREAMS, TOKENS,
    UPLOADS, VERSION)
from smartcam_bridge.web.guard import add_security_headers, guard
from smartcam_bridge.web.handlers.system import package_version
from smartcam_bridge.web.logins import Attempts
from smartcam_bridge.web.openapi import document
from smartcam_bridge.web.problems import Handler, problems
from smartcam_bridge.web.rates import Rates
from smartcam_bridge.web.routes import Route, ROUTES
from smartcam_bridge.web.services import Services
from smartcam_bridge.web.streams import STALL_S, Streams
from smartcam_bridge.web.uploads import Uploads

TICK_S = 1.0

_log = logging.getLogger(__name__)


def make_app(services: Services, *, stall_s: float = STALL_S) -> web.Application:
    """Return the application; nothing runs before its start-up."""
    settings = services.settings
    app = web.Application(middlewares=[problems, guard(settings)],
                          client_max_size=settings().body_max_kb * 1024)
    app[SERVICES] = services
    app[ATTEMPTS] = Attempts()
    app[STREAMS] = Streams(lambda: settings().live_clients_max, stall_s)
    app[RATES] = Rates()
    app[UPLOADS] = Uploads()
    app[DOCUMENT] = to_json(document())
    app[VERSION] = package_version()
    app.on_response_prepare.append(add_security_headers)
    app.cleanup_ctx.extend((_reader, _encoder, _live, _ticks))
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _endpoint(route))
    return app


def _endpoint(route: Route) -> Handler:
    async def serve(request: web.Request) -> web.StreamResponse:
        who = await let_in(request, route.role)
        with (contextlib.nullcontext() if route.body_max_bytes is None
              else request.app[UPLOADS].place(request)):
            return await route.handler(await read_call(
                request, who, route.query, route.body, route.body_max_bytes))
    return serve


async def _reader(app: web.Application) -> AsyncIterator[None]:
    services = app[SERVICES]
    reader = app[READER] = services.open_reader()
    app[TOKENS] = TokenBook(reader, services.now_ns)
    yield
    await reader.close()


async def _encoder(app: web.Application) -> AsyncIterator[None]:
    settings = app[SERVICES].settings
    encoder = app[ENCODER] = JpegEncoder(settings().encode_threads,
                                         lambda: settings().jpeg_quality)
    yield
    encoder.close()


async def _live(app: web.Application) -> AsyncIterator[None]:
    services, loop = app[SERVICES], asyncio.get_running_loop()
    services.hub.bind(loop)
    services.frames.bind(loop)
    yield
    services.frames.unbind()
    services.hub.unbind()


async def _ticks(app: web.Application) -> AsyncIterator[None]:
    ticking = asyncio.ensure_future(_tick(app))
    yield
    ticking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticking


async def _tick(app: web.Application) -> None:
    """Once a second: end the streams that stall or are no longer allowed."""
    tokens, streams = app[TOKENS], app[STREAMS]
    while True:
        await asyncio.sleep(TICK_S)
        try:
            if streams.any():
                await tokens.refresh()
            streams.look_after(asyncio.get_running_loop().time(), tokens.good)
        except Exception:   # The task's outermost frame: the next second may do better.
            _log.exception('the open streams could not be checked; tried again in %g s', TICK_S)
