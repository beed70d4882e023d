"""Tokens and sessions: who may come in."""
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.times import iso
from smartcam_bridge.store.tasks import DeleteToken
from smartcam_bridge.web.auth import new_token, Role
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Number, Text
from smartcam_bridge.web.problems import Problem

LONGEST_DAYS = 36500
# No control characters: a terminal shows it as it is.
_NAME = r'[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?'
CREATE = (
    Text('name', 'What it is for.', longest=64, shortest=1, pattern=_NAME, required=True),
    Text('role', 'What it allows.', choices=tuple(role.word for role in Role), default='viewer'),
    Number('days', 'How long it works; left out: until it is deleted.', 0.001, LONGEST_DAYS))


async def list_tokens(call: Call) -> web.Response:
    """List tokens and sessions, without their secrets."""
    now_ns = call.services.now_ns()
    rows = [row for row in await call.reader.tokens()
            if row.kind != 'login' and not 0 < row.expires_ns <= now_ns]
    return answer({'items': [_described(row) for row in rows], 'next': None})


async def create_token(call: Call) -> web.Response:
    """Make a token; the answer holds its secret, which nothing else ever shows."""
    secret, command = new_token('token', call.body['name'], Role[call.body['role'].upper()],
                                now_ns=call.services.now_ns(),
                                lasts_s=call.body.get('days', 0) * 86400)
    number = await call.submit(command)
    return answer({'id': number, 'kind': command.kind, 'name': command.name,
                   'role': command.role, **_times(command), 'secret': secret}, status=201)


async def delete_token(call: Call) -> web.Response:
    """Revoke a token or end a session; a token takes the sessions of its name along."""
    number = call.request.match_info['id']
    rows = {str(row.id): row for row in await call.reader.tokens()}
    row = rows.get(number)
    if row is None or row.kind == 'login':
        raise Problem(404, 'not_found', f'There is no token {number!r}.')
    doomed = [row.id] + [other.id for other in rows.values() if row.kind == 'token'
                         and other.kind == 'session' and other.name == row.name]
    for one in doomed:
        await call.submit(DeleteToken(one))
        call.tokens.forget(one)
    return web.Response(status=204)


def _described(row: Any) -> dict[str, Any]:
    return {'id': row.id, 'kind': row.kind, 'name': row.name, 'role': row.role, **_times(row)}


def _times(row: Any) -> dict[str, Any]:
    return {'created': iso(row.created_ns),
            'expires': iso(row.expires_ns) if row.expires_ns else None}
