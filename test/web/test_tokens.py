"""Tokens: made, used, revoked."""
import asyncio
import sqlite3
import time

import pytest

from smartcam_bridge.store.tasks import DeleteToken
from smartcam_bridge.web.auth import SNAPSHOT_S


def bearer(secret):
    return {'Authorization': f'Bearer {secret}'}


async def make(api, **body):
    answer = await api.post('/api/v1/tokens', json=body)
    assert answer.status == 201, await answer.text()
    return await answer.json()


async def test_secret_is_in_the_answer_and_nowhere_else(served, api, tmp_path):
    made = await make(api, name='robot', role='operator', days=1)
    await make(api, name='Jörg’s 2nd')
    listed = await (await api.get('/api/v1/tokens')).json()
    assert made['secret'] not in str(listed)
    assert [item['name'] for item in listed['items']] == [
        'first-admin', 'robot', 'Jörg’s 2nd']
    assert listed['items'][1] == {key: made[key] for key in listed['items'][1]}
    connection = sqlite3.connect(tmp_path / 'data' / 'smartcam.sqlite3')
    assert made['secret'] not in '\n'.join(connection.iterdump())
    connection.close()


@pytest.mark.parametrize('name', ['', ' ', ' a', 'a ', 'a\nb', 'a\x1b[2J', 'x' * 65])
async def test_a_name_must_be_fit_to_be_shown(api, name):
    answer = await api.post('/api/v1/tokens', json={'name': name})
    assert (answer.status, (await answer.json())['code']) == (422, 'invalid_body')


async def test_token_works_at_once_and_is_refused_at_once_when_revoked(served, api, nobody):
    made = await make(api, name='robot')
    assert (await nobody.get('/ready', headers=bearer(made['secret']))).status == 200
    assert (await api.delete(f'/api/v1/tokens/{made["id"]}')).status == 204
    assert (await nobody.get('/ready', headers=bearer(made['secret']))).status == 401
    assert (await api.delete(f'/api/v1/tokens/{made["id"]}')).status == 404


async def test_token_revoked_elsewhere_is_refused_within_five_seconds(served, api, nobody):
    made = await make(api, name='robot')
    assert (await nobody.get('/ready', headers=bearer(made['secret']))).status == 200
    await asyncio.wrap_future(served.recorder.submit(DeleteToken(made['id'])))
    began = time.monotonic()
    asked = began
    while (await nobody.get('/ready', headers=bearer(made['secret']))).status == 200:
        assert asked - began < SNAPSHOT_S + 1 < 5
        await asyncio.sleep(0.05)
        asked = time.monotonic()


async def test_token_made_elsewhere_works_at_once(served, nobody):
    secret = served.secret('viewer')
    assert (await nobody.get('/ready', headers=bearer(secret))).status == 200


async def test_revoking_a_token_ends_its_sessions(served, api, nobody):
    made = await make(api, name='robot')
    await nobody.post('/api/v1/session', json={'token': made['secret']})
    assert (await nobody.get('/ready')).status == 200
    await api.delete(f'/api/v1/tokens/{made["id"]}')
    assert (await nobody.get('/ready')).status == 401


async def test_bad_tokens_are_refused(api):
    for body in ({}, {'name': ''}, {'name': ' x'}, {'name': 'x' * 65},
                 {'name': 'x', 'role': 'god'}, {'name': 'x', 'days': 0},
                 {'name': 'x', 'days': 1e9},
                 {'name': 'x', 'days': True},
                 {'name': 'x', 'kind': 'session'}):
        answer = await api.post('/api/v1/tokens', json=body)
        assert (answer.status, (await answer.json())['code']) == (422, 'invalid_body'), body
    for number in ('0', '-1', '1_0', 'x', '9' * 40, '%20'):
        assert (await api.delete(f'/api/v1/tokens/{number}')).status == 404
