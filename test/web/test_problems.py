"""Bad input: one form of error, a stable code, in every handler."""
import asyncio
import json
import logging

import pytest
from yarl import URL

JSON = {'Content-Type': 'application/json'}


async def problem(answer):
    assert answer.content_type == 'application/problem+json', await answer.text()
    body = await answer.json(content_type=None)
    assert body['status'] == answer.status and body['title'] and body['detail']
    return answer.status, body['code']


@pytest.mark.parametrize('method, path, expected', [
    ('GET', '/nope', (404, 'not_found')),
    ('GET', '/api/v1/cameras/nope', (404, 'not_found')),
    ('GET', '/api/v1/cameras/' + 'x' * 1000, (404, 'not_found')),
    ('GET', '/api/v1/cameras/%ED%A0%80%FF', (404, 'not_found')),
    ('PUT', '/api/v1/cameras', (405, 'method_not_allowed')),
    ('GET', '/api/v1/tracks/7', (404, 'not_found')),
    ('GET', '/api/v1/tracks/-1', (404, 'not_found')),
    ('GET', '/api/v1/tracks/1_0', (404, 'not_found')),
    ('GET', '/api/v1/tracks/' + '9' * 30, (404, 'not_found')),
    ('GET', '/api/v1/live', (426, 'websocket_only')),
])
async def test_what_is_not_there(api, method, path, expected):
    answer = await api.request(method, URL(path, encoded=True))
    assert await problem(answer) == expected
    if expected[0] == 405:
        assert answer.headers['Allow'] == 'GET,POST'


@pytest.mark.parametrize('path', ['/api/v1/detections', '/api/v1/tracks'])
@pytest.mark.parametrize('query, where', [
    ('what=1', 'what'), ('camera=a&camera=b', 'camera'), ('limit=0', 'limit'),
    ('limit=1001', 'limit'), ('limit=1e2', 'limit'), ('limit=١', 'limit'), ('limit=', 'limit'),
    ('limit=' + '9' * 5000, 'limit'), ('min_score=nan', 'min_score'),
    ('min_score=inf', 'min_score'), ('min_score=-0.1', 'min_score'),
    ('min_score=1e99', 'min_score'),
    ('from=2026-01-01T00:00:00', 'from'), ('to=yesterday', 'to'),
    ('from=2026-13-01T00:00:00Z', 'from'), ('to=1969-01-01T00:00:00Z', 'to'),
    ('to=2262-04-12T00:00:00Z', 'to'),
    ('from=0001-01-01T00:00:00%2B14:00', 'from'), ('order=random', 'order'),
    ('label=' + 'x' * 1000, 'label'), ('cursor=' + 'x' * 1000, 'cursor')])
async def test_bad_query_is_refused_and_says_where(api, path, query, where):
    answer = await api.get(f'{path}?{query}')
    assert await problem(answer) == (422, 'invalid_query')
    body = await answer.json(content_type=None)
    assert [one['where'] for one in body['errors']] == [where]


async def test_everything_that_is_wrong_is_said_at_once(api):
    answer = await api.get('/api/v1/tracks?limit=0&open=maybe&what=1')
    body = await answer.json(content_type=None)
    assert {one['where'] for one in body['errors']} == {'limit', 'open', 'what'}


@pytest.mark.parametrize('path', ['/api/v1/detections', '/api/v1/tracks'])
@pytest.mark.parametrize('cursor', ['x', 'AAAA', 'A' * 34, '\u0000', 'é', '=' * 20])
async def test_bad_cursor_is_refused(api, path, cursor):
    answer = await api.get(path, params={'cursor': cursor})
    assert await problem(answer) == (422, 'bad_cursor')


@pytest.mark.parametrize('path, method', [
    ('/api/v1/cameras', 'POST'), ('/api/v1/cameras/front', 'PATCH'), ('/api/v1/tokens', 'POST'),
    ('/api/v1/session', 'POST')])
@pytest.mark.parametrize('headers, body, expected', [
    ({'Content-Type': 'text/plain'}, b'{}', (415, 'not_json')),
    ({'Content-Type': 'application/x-www-form-urlencoded'}, b'a=1', (415, 'not_json')),
    (JSON, b'', (400, 'bad_json')), (JSON, b'{', (400, 'bad_json')),
    (JSON, b'\xff\xfe\x00', (400, 'bad_json')), (JSON, b'{"name": NaN}', (400, 'bad_json')),
    (JSON, b'{"name": "\\ud800"}', (400, 'bad_json')), (JSON, b'[' * 100000, (400, 'bad_json')),
    (JSON, b'[]', (422, 'invalid_body')), (JSON, b'{"what": 1}', (422, 'invalid_body')),
    (JSON, b'{"name": "' + b'x' * 300000 + b'"}', (413, 'body_too_large'))])
async def test_bad_body_is_refused(api, path, method, headers, body, expected):
    assert await problem(await api.request(method, path, headers=headers, data=body)) == expected


async def test_what_fails_unexpectedly_is_logged_and_does_not_leak(served, api, caplog):
    def fails():
        raise RuntimeError('a secret path')
    served.status = fails
    with caplog.at_level(logging.ERROR):
        answer = await api.get('/api/v1/cameras')
    assert await problem(answer) == (500, 'internal')
    assert 'secret' not in await answer.text() and 'a secret path' in caplog.text


async def test_closed_recorder_and_full_queue_are_answered_with_503(served, api):
    await asyncio.get_running_loop().run_in_executor(None, served.recorder.close)
    answer = await api.post('/api/v1/cameras', json={'name': 'side'})
    assert await problem(answer) == (503, 'store_unavailable')
    assert answer.headers['Retry-After'] == '1'
    not_ready = await api.get('/ready')
    assert await problem(not_ready) == (503, 'not_ready')
    assert 'recorder' in json.dumps(await not_ready.json(content_type=None))
