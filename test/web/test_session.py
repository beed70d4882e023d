"""Logging in: one-time codes, sessions, limits."""
import asyncio
from concurrent.futures import Future
import time

import aiohttp

from smartcam_bridge.store.engine import open_store
from smartcam_bridge.store.tokens import digest_of
from smartcam_bridge.web import logins
from smartcam_bridge.web.auth import COOKIE, make_first_admin
from smartcam_bridge.web.handlers.session import FAILURE_S


async def log_in(client, **body):
    own = str(client._base_url).rstrip('/')
    return await client.post('/api/v1/session', json=body, headers={'Origin': own})


async def test_code_logs_in_once_and_the_cookie_is_closed_to_scripts(served, nobody):
    code = served.secret('operator', 'login', expires_ns=time.time_ns() + 10 ** 11)
    answer = await log_in(nobody, code=code)
    cookie = answer.headers['Set-Cookie']
    assert answer.status == 200 and (await answer.json())['role'] == 'operator'
    assert all(word in cookie for word in (COOKIE, 'HttpOnly', 'SameSite=Strict', 'Path=/'))
    assert (await (await nobody.get('/api/v1/session')).json())['name'] == 'a operator'
    again = await log_in(nobody, code=code)
    assert (again.status, (await again.json())['code']) == (401, 'bad_login')


async def test_two_at_once_with_one_code_get_one_session(served):
    code = served.secret('admin', 'login', expires_ns=time.time_ns() + 10 ** 11)
    async with aiohttp.ClientSession(served.url) as one, aiohttp.ClientSession(served.url) as two:
        answers = await asyncio.gather(*(log_in(client, code=code) for client in (one, two) * 2))
    assert sorted(answer.status for answer in answers) == [200, 401, 401, 401]


async def test_refusals_look_and_take_the_same(served, nobody, monkeypatch):
    long_s = 10 * FAILURE_S     # so that it does not matter what else the machine does
    monkeypatch.setattr('smartcam_bridge.web.handlers.session.FAILURE_S', long_s)
    old = served.secret('admin', 'login', expires_ns=1)
    token = served.secret('viewer')

    async def refused(**body):
        began = time.monotonic()
        answer = await log_in(nobody, **body)
        return time.monotonic() - began, answer.status, await answer.text()

    times, statuses, bodies = zip(*await asyncio.gather(
        refused(code=old), refused(code='sl_unknown'), refused(code=token), refused(token=old)))
    assert set(statuses) == {401} and len(set(bodies)) == 1
    assert min(times) >= long_s and max(times) - min(times) < long_s / 2


async def test_failures_are_limited_and_success_clears_them(served, nobody):
    token = served.secret('viewer')
    for _ in range(2):
        answers = await asyncio.gather(*(log_in(nobody, code='x') for _ in range(4)))
        assert {answer.status for answer in answers} == {401}
        assert (await log_in(nobody, token=token)).status == 200
    answers = await asyncio.gather(*(log_in(nobody, code='x') for _ in range(7)))
    assert sorted(answer.status for answer in answers) == [401] * 5 + [429] * 2
    refused = await log_in(nobody, token=token)
    assert refused.status == 429 and 0 < int(refused.headers['Retry-After']) <= 60
    assert (await refused.json())['code'] == 'too_many_logins'


def test_limit_remembers_few_addresses(monkeypatch):
    attempts = logins.Attempts()
    for number in range(logins.ADDRESSES_MAX + 50):
        attempts.begin(f'10.0.{number >> 8}.{number & 255}')
    assert len(attempts._tried) == logins.ADDRESSES_MAX


async def test_log_out_ends_the_session_at_once(served, nobody):
    await log_in(nobody, token=served.token)
    secret = next(iter(nobody.cookie_jar)).value
    answer = await nobody.delete('/api/v1/session', headers={'Origin': served.url})
    assert answer.status == 204
    stolen = await nobody.get('/api/v1/session', headers={'Cookie': f'{COOKIE}={secret}'})
    assert stolen.status == 401


async def test_session_and_code_are_no_bearer_tokens(served, nobody):
    for kind in ('session', 'login'):
        secret = served.secret('admin', kind)
        answer = await nobody.get('/api/v1/session', headers={
            'Authorization': f'Bearer {secret}'})
        assert answer.status == 401
    token_as_cookie = await nobody.get('/api/v1/session', headers={
        'Cookie': f'{COOKIE}={served.token}'})
    assert token_as_cookie.status == 401


async def test_odd_secrets_are_refused_and_nothing_breaks(served, nobody):
    for header in ('', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer ' + 'x' * 5000,
                   b'Bearer \xff\xfe'.decode('latin1')):
        answer = await nobody.get('/ready', headers={'Authorization': header})
        assert answer.status == 401, header
    for body in ({}, {'code': 'a', 'token': 'b'}, {'code': 1}, {'code': ''}, {'what': 'x'}):
        assert (await log_in(nobody, **body)).status == 422


async def test_expired_session_is_refused(served, nobody):
    secret = served.secret('admin', 'session', expires_ns=time.time_ns() - 1)
    answer = await nobody.get('/ready', headers={'Cookie': f'{COOKIE}={secret}'})
    assert answer.status == 401


async def test_admin_token_is_made_at_the_first_start_only(served, tmp_path):
    database = tmp_path / 'data' / 'smartcam.sqlite3'
    loop = asyncio.get_running_loop()
    again = []
    await loop.run_in_executor(
        None, make_first_admin, served.recorder.submit, database, again.append)
    assert served.token and not again


async def test_admin_token_is_put_away_before_it_is_good(tmp_path):
    database, steps = tmp_path / 'smartcam.sqlite3', []
    open_store(database).close()

    def submit(command):
        steps.append(('committed', command.digest))
        done = Future()
        done.set_result(1)
        return done

    await asyncio.get_running_loop().run_in_executor(
        None, make_first_admin, submit, database, lambda secret: steps.append(('kept', secret)))
    (kept, secret), (committed, digest) = steps
    assert (kept, committed) == ('kept', 'committed') and digest == digest_of(secret)
