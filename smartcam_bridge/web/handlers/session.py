"""Log in, say who is logged in, log out."""
import asyncio
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.times import iso
from smartcam_bridge.store.tasks import DeleteToken
from smartcam_bridge.web.auth import COOKIE, Identity, new_token
from smartcam_bridge.web.call import answer, ATTEMPTS, Call
from smartcam_bridge.web.fields import Text
from smartcam_bridge.web.problems import Problem

FAILURE_S = 0.3     # every refusal takes so long, whatever the reason
BODY = (Text('code', 'The code of a one-time login link.', longest=256, shortest=1),
        Text('token', 'An API token.', longest=256, shortest=1))


async def log_in(call: Call) -> web.Response:
    """Exchange a one-time code or a token for the session cookie."""
    if len(call.body) != 1:
        raise Problem(422, 'invalid_body', 'Give either code or token.')
    address = call.request.remote or ''
    attempts = call.request.app[ATTEMPTS]
    attempts.begin(address)
    refusal_due = asyncio.get_running_loop().time() + FAILURE_S
    who = await (_spend_code(call) if 'code' in call.body
                 else call.tokens.find(call.body['token'], 'token'))
    if who is None:
        await asyncio.sleep(refusal_due - asyncio.get_running_loop().time())
        raise Problem(401, 'bad_login', 'This code or token is not valid (any more).')
    attempts.clear(address)
    return await _open_session(call, who)


async def who_am_i(call: Call) -> web.Response:
    """Say who is logged in."""
    return answer(_described(call.who))


async def log_out(call: Call) -> web.Response:
    """End this session; a token that asks stays good."""
    if call.who.kind == 'session':
        await call.submit(DeleteToken(call.who.id))
        call.tokens.forget(call.who.id)
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path='/')
    return response


async def _spend_code(call: Call) -> Identity | None:
    """Return whose code it is, and make sure that it never works again."""
    who = await call.tokens.find(call.body['code'], 'login')
    if who is None or not await call.submit(DeleteToken(who.id)):
        return None
    call.tokens.forget(who.id)
    return who


async def _open_session(call: Call, who: Identity) -> web.Response:
    lasts_s = call.services.settings().session_h * 3600
    secret, command = new_token('session', who.name, who.role,
                                now_ns=call.services.now_ns(), lasts_s=lasts_s)
    await call.submit(command)
    session = await call.tokens.find(secret, 'session')
    if session is None:
        raise Problem(401, 'bad_login', 'The session was ended before it began.')
    response = answer(_described(session))
    # A proxy may speak TLS with the browser and plain HTTP with us.
    secure = call.request.secure or call.request.headers.get('Origin', '').startswith('https:')
    response.set_cookie(COOKIE, secret, max_age=round(lasts_s), path='/', httponly=True,
                        samesite='Strict', secure=secure)
    return response


def _described(who: Identity) -> dict[str, Any]:
    return {'role': who.role.word, 'name': who.name,
            'expires': iso(who.expires_ns) if who.expires_ns else None}
