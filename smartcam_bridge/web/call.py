"""One request as its handler sees it: who asks, with checked values."""
import asyncio
from dataclasses import dataclass
import json
from typing import Any, Mapping

from aiohttp import web

from smartcam_bridge.domain.model import Camera
from smartcam_bridge.live.encode import JpegEncoder
from smartcam_bridge.live.wire import to_json
from smartcam_bridge.store.queries import Reader
from smartcam_bridge.web.auth import COOKIE, Identity, Role, TokenBook
from smartcam_bridge.web.fields import check_body, Field, read_query
from smartcam_bridge.web.logins import Attempts
from smartcam_bridge.web.problems import busy, Problem
from smartcam_bridge.web.rates import Rates
from smartcam_bridge.web.services import app_key, Command, Services
from smartcam_bridge.web.streams import Streams
from smartcam_bridge.web.uploads import LONG_BYTES, read_long, Uploads

SERVICES = app_key('services', Services)
READER = app_key('reader', Reader)
TOKENS = app_key('tokens', TokenBook)
ATTEMPTS = app_key('attempts', Attempts)
ENCODER = app_key('encoder', JpegEncoder)
STREAMS = app_key('streams', Streams)
RATES = app_key('rates', Rates)
UPLOADS = app_key('uploads', Uploads)
DOCUMENT = app_key('document', bytes)
VERSION = app_key('version', str)

COMMAND_TIMEOUT_S = 10.0
_UNKNOWN = 'Log in first: this needs a token (Authorization: Bearer ...) or a session.'


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in. `who` is None only on routes open to all."""

    request: web.Request
    who: Identity | None
    query: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def services(self) -> Services:
        """Return what the bridge offers."""
        return self.request.app[SERVICES]

    @property
    def reader(self) -> Reader:
        """Return the store's reader."""
        return self.request.app[READER]

    @property
    def tokens(self) -> TokenBook:
        """Return the tokens that are good now."""
        return self.request.app[TOKENS]

    @property
    def encoder(self) -> JpegEncoder:
        """Return what makes JPEGs."""
        return self.request.app[ENCODER]

    @property
    def streams(self) -> Streams:
        """Return the open live streams."""
        return self.request.app[STREAMS]

    @property
    def rates(self) -> Rates:
        """Return how often recognition would go wrong."""
        return self.request.app[RATES]

    def camera(self) -> Camera:
        """Return the camera that the path names; raise Problem 404."""
        name = self.request.match_info['name']
        for camera in self.services.cameras():
            if camera.name == name:
                return camera
        raise Problem(404, 'not_found', f'There is no camera {name!r}.')

    def id(self, what: str) -> int:     # noqa: A003
        """Return the id that the path names; raise Problem 404 where it can be nothing's."""
        number = self.request.match_info['id']
        # int() takes more than an id is written with: signs, blanks, underscores, foreign digits.
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            raise Problem(404, 'not_found', f'There is no {what} {number!r}.')
        return int(number)

    async def submit(self, command: Command) -> Any:
        """Return the recorder's answer to `command`, which is carried out even if nobody waits."""
        answer = asyncio.wrap_future(self.services.submit(command))
        done, _ = await asyncio.wait([answer], timeout=COMMAND_TIMEOUT_S)
        if not done:
            raise busy('busy', 'The store has not answered yet; the change may still happen.')
        return answer.result()


def answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None,
           ) -> web.Response:
    """Return `value` as JSON."""
    return web.Response(body=to_json(value), status=status, headers=headers,
                        content_type='application/json')


async def identify(request: web.Request) -> Identity | None:
    """Return who asks, by token or by cookie; None where the secret is missing or no good."""
    tokens = request.app[TOKENS]
    header = request.headers.get('Authorization')
    if header is not None:
        scheme, _, secret = header.partition(' ')
        return await tokens.find(secret.strip(), 'token') if scheme.lower() == 'bearer' else None
    secret = request.cookies.get(COOKIE)
    return await tokens.find(secret, 'session') if secret else None


async def let_in(request: web.Request, role: Role | None) -> Identity | None:
    """Return who asks where `role` is needed; raise Problem 401 or 403."""
    if role is None:
        return None
    who = await identify(request)
    if who is None:
        raise Problem(401, 'unauthenticated', _UNKNOWN,
                      headers={'WWW-Authenticate': 'Bearer realm="smartcam_bridge"'})
    if who.role < role:
        raise Problem(403, 'forbidden', f'This needs the role {role.word}; '
                      f'{who.name!r} is {who.role.word}.')
    return who


async def read_call(request: web.Request, who: Identity | None, query: tuple[Field, ...],
                    body: tuple[Field, ...] | None, body_max_bytes: int | None = None) -> Call:
    """Check what somebody who was let in asks for, the query first, then the body.

    body_max_bytes: None: as of the setting body_max_kb.
    """
    values = read_query(query, request.query.items())
    given = {}
    if body is not None:
        given = check_body(body, await _json_object(request, body_max_bytes))
    return Call(request, who, values, given)


async def _json_object(request: web.Request, most: int | None) -> dict[str, Any]:
    if request.content_type != 'application/json':
        raise Problem(415, 'not_json', 'The body must be application/json, '
                      f'not {request.content_type!r}.')
    data = await (request.read() if most is None else read_long(request, most))
    try:
        value = (parse_json(data) if len(data) < LONG_BYTES
                 else await asyncio.to_thread(parse_json, data))    # 10 MB take 100 ms
    except ValueError as error:
        raise Problem(400, 'bad_json', f'The body is not JSON: {error}') from error
    if not isinstance(value, dict):
        raise Problem(422, 'invalid_body', 'The body must be a JSON object.')
    return value


def parse_json(data: bytes | str) -> Any:
    """Read JSON strictly: no NaN, no lone surrogates, no endless nesting; raise ValueError."""
    try:
        value = json.loads(data, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError('it is nested too deeply') from None
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f'{constant} is not JSON')
