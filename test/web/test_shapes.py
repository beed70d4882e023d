"""Zones, tripwires and masks over REST."""
import pytest

POINTS = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]
ZONES = '/api/v1/cameras/front/zones'
LINES = '/api/v1/cameras/front/tripwires'
ZONE = {'name': 'door', 'points': POINTS, 'labels': ['person'], 'loiter_s': 30}
LINE = {'name': 'door', 'start': [0.1, 0.5], 'end': [0.9, 0.5]}


async def test_zone_is_drawn_changed_and_deleted(served, api):
    answer = await api.post(ZONES, json=ZONE)
    made = await answer.json()
    assert (answer.status, answer.headers['Location']) == (201, f'{ZONES}/{made["id"]}')
    assert made == {
        'id': made['id'], 'camera': 'front', 'enabled': True, 'anchor': 'bottom_center',
        'inertia': 3, 'inertia_s': 0, 'schedule': [], 'timezone': 'UTC', 'color': '',
        'occupancy': 0, **ZONE}
    one = f'{ZONES}/{made["id"]}'
    assert await (await api.get(one)).json() == made
    changed = await (await api.patch(one, json={'name': 'gate', 'anchor': 'center'})).json()
    assert changed == made | {'name': 'gate', 'anchor': 'center'}
    assert (await (await api.get(ZONES)).json()) == {'items': [changed], 'next': None}
    assert (await (await api.get('/api/v1/cameras/back/zones')).json())['items'] == []
    assert (await api.delete(one)).status == 204
    assert (await api.get(one)).status == (await api.delete(one)).status == 404
    assert served.shapes == ()


async def test_tripwires_and_masks_are_resources_of_their_own(api):
    line = await (await api.post(LINES, json=LINE)).json()
    assert (line['start'], line['hysteresis'], 'occupancy' in line) == ([0.1, 0.5], 0.01, False)
    mask = await (await api.post('/api/v1/cameras/front/masks', json={
        'name': 'tree', 'points': POINTS})).json()
    assert set(mask) == {'id', 'camera', 'name', 'enabled', 'points', 'labels'}
    assert (await api.get(f'{ZONES}/{line["id"]}')).status == 404
    assert (await api.get(f'/api/v1/cameras/back/tripwires/{line["id"]}')).status == 404
    assert (await api.patch(f'{LINES}/{mask["id"]}', json={'name': 'x'})).status == 404
    changed = await (await api.patch(f'{LINES}/{line["id"]}', json={'end': [0.2, 0.9]})).json()
    assert changed['end'] == [0.2, 0.9]


async def test_occupancy_is_that_of_now(served, api):
    made = await (await api.post(ZONES, json=ZONE)).json()
    one = f'{ZONES}/{made["id"]}'
    served.occupancy = {made['id']: 4}
    assert (await (await api.get(one)).json())['occupancy'] == 4
    assert (await (await api.patch(one, json={'enabled': False})).json())['occupancy'] is None
    await api.patch(one, json={'enabled': True})
    await api.patch('/api/v1/cameras/front', json={'enabled': False})
    assert (await (await api.get(one)).json())['occupancy'] is None


@pytest.mark.parametrize('body, where, reason', [
    ({'points': [[0, 0], [1, 1], [1, 0], [0, 1]]}, 'points', 'sides 1 and 3'),
    ({'points': [[0, 0], [0.001, 0], [0, 0.001]]}, 'points', 'tiny'),
    ({'points': [[0, 0], [2, 0], [0, 1]]}, 'points', 'out of range'),
    ({'points': 3}, 'points', 'list'), ({'points': [[0]]}, 'points', '3 to'),
    ({'timezone': 'Mars/Base'}, 'timezone', 'Mars'), ({'anchor': 'foot'}, 'anchor', 'one of'),
    ({'labels': [3]}, 'labels', 'texts'), ({'name': ''}, 'name', 'long'),
    ({'name': ' x'}, 'name', 'match'), ({'schedule': [{'days': ['mon']}]}, 'schedule', 'window 1'),
    ({'inertia': 0}, 'inertia', 'outside'), ({'id': 3}, 'id', 'no such key'),
    ({'start': [0, 0]}, 'start', 'no such key')])
async def test_shape_is_refused_with_the_reason(api, body, where, reason):
    made = await (await api.post(ZONES, json=ZONE)).json()
    for answer in (await api.post(ZONES, json=ZONE | {'name': 'other'} | body),
                   await api.patch(f'{ZONES}/{made["id"]}', json=body)):
        problem = await answer.json()
        assert (answer.status, problem['code']) == (422, 'invalid_body')
        assert problem['errors'][0]['where'].strip("'") == where
        assert reason in problem['errors'][0]['detail']
    assert (await (await api.get(ZONES)).json())['items'] == [made]


async def test_name_that_is_taken_is_a_conflict(api):
    await api.post(ZONES, json=ZONE)
    other = await (await api.post(ZONES, json=ZONE | {'name': 'gate'})).json()
    assert (await api.post(LINES, json=LINE)).status == 201     # of another kind
    for answer in (await api.post(ZONES, json=ZONE),
                   await api.patch(f'{ZONES}/{other["id"]}', json={'name': 'door'})):
        assert (answer.status, (await answer.json())['code']) == (409, 'conflict')


@pytest.mark.parametrize('body', [{'name': 'x'}, {'points': POINTS}])
async def test_name_and_points_are_needed(api, body):
    assert (await api.post(ZONES, json=body)).status == 422


@pytest.mark.parametrize('path', [
    '/api/v1/cameras/nope/zones', f'{ZONES}/99', f'{ZONES}/x', f'{ZONES}/-1', f'{ZONES}/1e3',
    f'{ZONES}/{"9" * 30}'])
async def test_what_is_not_there_is_not_found(api, path):
    assert (await api.get(path)).status == 404
    body = ZONE if path.endswith('zones') else {'name': 'x'}
    method = api.post if path.endswith('zones') else api.patch
    assert (await method(path, json=body)).status == 404


async def test_empty_change_is_refused(api):
    made = await (await api.post(ZONES, json=ZONE)).json()
    assert (await api.patch(f'{ZONES}/{made["id"]}', json={})).status == 422
