"""Host and Origin are checked; every answer is hardened."""
import aiohttp
import pytest
from serving import serve

from smartcam_bridge.web.auth import COOKIE
from smartcam_bridge.web.guard import SECURITY_HEADERS


@pytest.mark.parametrize('host, status', [
    ('localhost', 200), ('127.0.0.1', 200), ('[::1]:80', 200), ('LOCALHOST:1', 200),
    ('evil.example', 403), ('127.0.0.1.evil.example', 403), ('localhost.evil.example:80', 403),
    ('[::1', 400), ('a:b', 400), ('', 403)])
async def test_foreign_host_is_refused_on_loopback(api, host, status):
    answer = await api.get('/health', headers={'Host': host})
    assert answer.status == status


async def test_own_and_absent_origins_may_change_and_foreign_ones_may_not(served, api):
    for origin, status in ((None, 201), (served.url, 201), ('https://evil.example', 403),
                           ('null', 403), ('http://127.0.0.1:1', 403), ('http://[', 400),
                           (served.url.replace('127.0.0.1', 'localhost'), 403)):
        answer = await api.post('/api/v1/tokens', json={'name': 'x'}, headers={
            'Origin': origin} if origin else {})
        assert answer.status == status, origin
        if status == 403:
            assert (await answer.json(content_type=None))['code'] == 'foreign_origin'


async def test_reading_does_not_need_an_origin(api):
    assert (await api.get('/ready', headers={'Origin': 'https://evil.example'})).status == 200


async def test_cookie_alone_may_not_change_without_an_origin(served, nobody):
    cookie = {'Cookie': f'{COOKIE}={served.secret("admin", "session")}'}
    body = {'name': 'x'}
    assert (await nobody.post('/api/v1/tokens', json=body, headers=cookie)).status == 403
    own = cookie | {'Origin': served.url}
    assert (await nobody.post('/api/v1/tokens', json=body, headers=own)).status == 201


@pytest.fixture
def behind_proxy(tmp_path):
    with serve(tmp_path, allowed_origins=('https://cams.example', '')) as started:
        yield started


async def test_allowed_origins_bring_their_host_along(behind_proxy):
    headers = {'Authorization': f'Bearer {behind_proxy.token}', 'Origin': 'https://cams.example'}
    async with aiohttp.ClientSession(behind_proxy.url, headers=headers) as client:
        for host in ('cams.example', 'localhost'):
            answer = await client.post('/api/v1/tokens', json={'name': 'x'}, headers={
                'Host': host})
            assert answer.status == 201
        answer = await client.post('/api/v1/session', json={'token': behind_proxy.token})
        assert 'Secure' in answer.headers['Set-Cookie'], 'the browser speaks TLS'
        async with client.ws_connect('/api/v1/live') as socket:
            await socket.send_str('{"op": "ping"}')
            assert (await socket.receive_json())['op'] == 'pong'


@pytest.mark.parametrize('origin, status', [('https://evil.example', 403), ('null', 403)])
async def test_live_refuses_foreign_origins(api, origin, status):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await api.ws_connect('/api/v1/live', headers={'Origin': origin})
    assert refused.value.status == status


async def test_live_by_cookie_needs_an_own_origin(served, nobody):
    cookie = {'Cookie': f'{COOKIE}={served.secret("viewer", "session")}'}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await nobody.ws_connect('/api/v1/live', headers=cookie)
    assert refused.value.status == 403
    async with nobody.ws_connect('/api/v1/live', headers=cookie | {'Origin': served.url}) as live:
        await live.send_str('{"op": "ping"}')
        assert (await live.receive_json())['op'] == 'pong'


@pytest.mark.parametrize('path', ['/', '/health', '/nope', '/api/v1/cameras', '/static/login.js'])
async def test_every_answer_is_hardened(api, path):
    answer = await api.get(path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert (answer.headers.get('Cache-Control') == 'no-store') == path.startswith('/api')
