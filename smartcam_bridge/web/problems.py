"""One form for every error: RFC 9457 problem details with a stable code."""
import asyncio
import http
import logging
from typing import Any, Awaitable, Callable, Mapping

from aiohttp import web

from smartcam_bridge import errors
from smartcam_bridge.live.wire import to_json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
RETRY_AFTER_S = 1

_log = logging.getLogger(__name__)
_CODES = {400: 'bad_request', 404: 'not_found', 405: 'method_not_allowed',
          413: 'body_too_large', 417: 'expectation_failed'}


class Problem(Exception):
    """An answer that says what is wrong.

    errors: pairs of where and what. extra: what else belongs to the code.
    """

    def __init__(self, status: int, code: str, detail: str, *,
                 errors: tuple[tuple[str, str], ...] = (),
                 headers: dict[str, str] | None = None,
                 extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.extra = extra or {}

    def response(self) -> web.Response:
        """Return the answer."""
        value: dict[str, Any] = {
            'type': 'about:blank', 'title': http.HTTPStatus(self.status).phrase,
            'status': self.status, 'detail': self.detail, 'code': self.code}
        if self.errors:
            value['errors'] = [{'where': where, 'detail': detail}
                               for where, detail in self.errors]
        value |= self.extra
        return web.Response(status=self.status, body=to_json(value), headers=self.headers,
                            content_type='application/problem+json')


def busy(code: str, detail: str) -> Problem:
    """Return a 503 that asks to come again."""
    return Problem(503, code, detail, headers={'Retry-After': str(RETRY_AFTER_S)})


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem."""
    try:
        return await handler(request)
    except web.HTTPException as raised:
        if raised.status < 400:
            raise
        return _of_http(raised).response()
    except asyncio.CancelledError:
        raise
    except Exception as raised:  # A handler's outermost frame: the client gets an answer.
        return problem_of(raised, f'{request.method} {request.path!r}').response()


def problem_of(raised: Exception, what: str) -> Problem:
    """Return the problem that `raised` amounts to; what nobody expected is logged."""
    if isinstance(raised, Problem):
        return raised
    if isinstance(raised, errors.NotFound):
        return Problem(404, 'not_found', str(raised))
    if isinstance(raised, errors.ShapeError):
        return Problem(422, 'invalid_body', str(raised), errors=((raised.where, raised.reason),))
    if isinstance(raised, errors.EnrollRefused):
        return Problem(422, raised.code, str(raised), extra={
            'person': raised.person_id or None, 'similarity': raised.similarity or None})
    if isinstance(raised, errors.GalleryError):
        return Problem(422, raised.code, str(raised))
    if isinstance(raised, errors.EmbedderUnavailable):
        return busy('no_embedder', str(raised))
    if isinstance(raised, errors.BadCursor):
        return Problem(422, 'bad_cursor', str(raised))
    if isinstance(raised, errors.Conflict):
        return Problem(409, 'conflict', str(raised))
    if isinstance(raised, errors.QueueFull):
        return busy('busy', str(raised))
    if isinstance(raised, errors.StoreError):
        _log.warning('%s: %s', what, raised)
        return busy('store_unavailable', str(raised))
    _log.error('%s failed; the client is told 500', what, exc_info=raised)
    return Problem(500, 'internal', 'This failed here; the log of the bridge says why.')


def _of_http(raised: web.HTTPException) -> Problem:
    code = _CODES.get(raised.status, 'http_error')
    headers = {'Allow': raised.headers['Allow']} if 'Allow' in raised.headers else {}
    return Problem(raised.status, code, raised.reason, headers=headers)
