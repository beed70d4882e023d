"""What is refused before anybody looks at it, and what every answer carries."""
from typing import Callable
from urllib.parse import SplitResult, urlsplit

from aiohttp import web

from smartcam_bridge.settings import Settings
from smartcam_bridge.web.auth import COOKIE
from smartcam_bridge.web.problems import Handler, Problem

LOOPBACK = frozenset({'localhost', '127.0.0.1', '::1'})
SAFE = frozenset({'GET', 'HEAD', 'OPTIONS'})
_PORTS = {'http': 80, 'https': 443, 'ws': 80, 'wss': 443}
SECURITY_HEADERS = {
    'Content-Security-Policy': "default-src 'self'; img-src 'self' blob: data:; "
                               "object-src 'none'; base-uri 'none'; form-action 'self'; "
                               "frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
}


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Complete every answer, streams and errors included."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith('/api/'):
        response.headers.setdefault('Cache-Control', 'no-store')


def guard(settings: Callable[[], Settings]) -> Callable:
    """Return the middleware that checks Host and Origin."""
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        _check_host(request, settings())
        _check_origin(request, settings())
        return await handler(request)
    return check


def _check_host(request: web.Request, settings: Settings) -> None:
    """Refuse a name that was bent to loopback (DNS rebinding).

    Elsewhere the cookie's host does the same: a foreign name never gets it.
    """
    if settings.http_host not in LOOPBACK:
        return
    given = request.headers.get('Host', '')     # request.host would ask the resolver
    host = _split(f'//{given}')
    known = LOOPBACK | {_split(origin).hostname for origin in settings.allowed_origins if origin}
    if host.hostname not in known:
        raise Problem(403, 'foreign_host', f'This bridge is not called {given!r}; '
                      'add its origin to allowed_origins if it should be.')


def _check_origin(request: web.Request, settings: Settings) -> None:
    """Refuse changes and live streams that another site's page asks for."""
    upgrade = request.headers.get('Upgrade', '').lower() == 'websocket'
    if request.method in SAFE and not upgrade:
        return
    origin = request.headers.get('Origin')
    if origin is None:
        if COOKIE in request.cookies and 'Authorization' not in request.headers:
            raise Problem(403, 'foreign_origin', "A browser's session needs an Origin header.")
        return
    own = _place(_split(f'{_split(origin).scheme}://{request.headers.get("Host", "")}'))
    allowed = {_place(_split(text)) for text in settings.allowed_origins if text}
    place = _place(_split(origin))
    if place[1] is None or (place != own and place not in allowed):
        raise Problem(403, 'foreign_origin',
                      f'Pages of {origin!r} may not use this bridge (allowed_origins).')


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port, parts.hostname
        return parts
    except ValueError:
        raise Problem(400, 'bad_request', f'{url!r} is not an address') from None


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
