"""People over REST: read by all who may look, changed by operators, forgotten by admins."""
from pathlib import Path
import sys

import jsonschema
import pytest

from smartcam_bridge.web.openapi import document

sys.path.insert(0, str(Path(__file__).parents[1] / 'store'))  # for people_rows

import people_rows as put  # noqa: E402, I100

V1 = '/api/v1'


@pytest.fixture
def path(served):
    """Return the path of the store."""
    return served.recorder._session.path


@pytest.fixture
def held(served, path):
    """Put two people, their templates, faces of the first camera, strangers and an audit."""
    put.person(path, 1, 'Anna', notes='a colleague')
    put.person(path, 2, 'Ben', consent='not_asked', consent_ns=0)
    put.template(path, 1, 1, jpeg=b'one', quality=0.3)
    put.template(path, 2, 1, jpeg=b'two', quality=0.9, track_id=7, source='track',
                 stamp_ns=put.START_NS, face_px=80.123456, sharpness=0.9, pose=0.5)
    put.template(path, 3, 1)
    camera_id = served.cameras[0].id
    put.sighting(path, 1, 7, person_id=1, camera_id=camera_id)
    put.sighting(path, 2, 8, stranger_id=4, camera_id=camera_id)
    put.stranger(path, 4)
    put.audit_entry(path, 1, 'person_created', person_id=1, detail='{"x": 1}')
    put.audit_entry(path, 2, 'person_forgotten', person_id=9)


async def get(api, path, **query):
    answer = await api.get(f'{V1}/{path}', params=query)
    assert answer.status == 200, await answer.text()
    assert answer.headers['Cache-Control'] == 'no-store'
    return await answer.json()


async def test_people_are_listed(api, held):
    assert await get(api, 'people') == {'next': None, 'items': [
        {'id': 1, 'name': 'Anna', 'notes': 'a colleague', 'consent': 'given',
         'consent_at': '2027-01-15T08:00:00.000000000Z',
         'created': '2027-01-15T08:00:00.000000000Z', 'templates': 3, 'last_seen': None,
         'picture': '/api/v1/templates/2/picture.jpg'},
        {'id': 2, 'name': 'Ben', 'notes': '', 'consent': 'not_asked', 'consent_at': None,
         'created': '2027-01-15T08:00:00.000000000Z', 'templates': 0, 'last_seen': None,
         'picture': None}]}
    assert await get(api, 'people/1') == (await get(api, 'people', query='ann'))['items'][0]


@pytest.mark.parametrize('query, names', [
    ({'query': 'B'}, ['Ben']), ({'consent': 'given'}, ['Anna']), ({'query': 'x'}, []),
    ({'order': 'seen'}, ['Ben', 'Anna'])])
async def test_people_are_found(api, held, query, names):
    assert [item['name'] for item in (await get(api, 'people', **query))['items']] == names


@pytest.mark.parametrize('order', ['name', 'seen'])
async def test_a_cursor_belongs_to_its_query(api, held, order):
    first = await get(api, 'people', limit=1, order=order)
    second = await get(api, 'people', limit=1, order=order, cursor=first['next'])
    assert {item['id'] for item in first['items'] + second['items']} == {1, 2}
    assert second['next'] is None
    for query in {'order': order, 'query': 'n'}, {'order': 'seen' if order == 'name' else 'name'}:
        answer = await api.get(f'{V1}/people', params=query | {'cursor': first['next']})
        assert (answer.status, (await answer.json())['code']) == (422, 'bad_cursor')


async def test_names_that_look_the_same_are_the_same(api):
    made = await (await api.post(f'{V1}/people', json={'name': 'Jose\u0301'})).json()
    assert made['name'] == 'Jos\xe9'
    assert (await api.post(f'{V1}/people', json={'name': 'Jos\xe9'})).status == 409
    assert [item['id'] for item in (await get(api, 'people', query='se\u0301'))['items']] == [
        made['id']]


@pytest.mark.parametrize('name', ['a\0b', 'a\nb', 'a\x1b[31mb', '\x7f', '\ufb2c' * 51])
async def test_what_is_no_name_is_refused(api, name):
    for method, path in (('POST', 'people'), ('PATCH', 'people/1'), ('POST', 'strangers/1/name')):
        answer = await api.request(method, f'{V1}/{path}', json={'name': name})
        assert (answer.status, (await answer.json())['code']) == (422, 'invalid_body')
    assert (await api.get(f'{V1}/people', params={'query': '\0'})).status == 422


async def test_a_cursor_holds_the_longest_name(api):
    for last in 'abc':
        assert (await api.post(f'{V1}/people', json={'name': '\U0001f600' * 99 + last})
                ).status == 201
    first = await get(api, 'people', limit=1, query='\U0001f600' * 99)
    assert len((await get(api, 'people', query='\U0001f600' * 99, cursor=first['next'])
                )['items']) == 2


async def test_templates_and_their_pictures(api, held):
    listed = await get(api, 'people/1/templates', limit=2)
    assert [item['id'] for item in listed['items']] == [3, 2]
    assert listed['items'][1] == {
        'id': 2, 'person': 1, 'model': 'sface', 'dimension': 4, 'source': 'track', 'track': 7,
        'stamp': '2027-01-15T08:00:00.000000000Z', 'face_px': 80.1235, 'sharpness': 0.9,
        'pose': 0.5, 'quality': 0.9, 'created': '2027-01-15T08:00:00.000000002Z', 'by': 'a test',
        'picture': '/api/v1/templates/2/picture.jpg'}
    rest = await get(api, 'people/1/templates', limit=2, cursor=listed['next'])
    assert [item['id'] for item in rest['items']] == [1]
    for path, expected in (('people/1', b'two'), ('templates/1', b'one')):
        answer = await api.get(f'{V1}/{path}/picture.jpg')
        assert (answer.content_type, await answer.read()) == ('image/jpeg', expected)
        assert answer.headers['Cache-Control'] == 'no-store'
    for path in 'people/2', 'people/9', 'templates/3', 'templates/9':
        answer = await api.get(f'{V1}/{path}/picture.jpg')
        assert (answer.status, (await answer.json())['code']) == (404, 'no_picture')
    assert await get(api, 'people/2/templates') == {'items': [], 'next': None}


async def test_faces_that_were_seen(api, held):
    listed = await get(api, 'sightings', person=1)
    assert listed == {'next': None, 'items': [
        {'id': 1, 'track': 7, 'camera': 'back', 'stamp': '2027-01-15T08:00:00.000000001Z',
         'model': 'sface', 'box': [0.25, 0.25, 0.5, 0.75], 'face_px': 80.0, 'score': 0.9,
         'sharpness': 0.8, 'pose': 0.7, 'quality': 0.5, 'person': {'id': 1, 'name': 'Anna'},
         'stranger': None, 'similarity': 0.6}]}
    assert [item['id'] for item in (await get(api, 'sightings', stranger=4))['items']] == [2]
    assert [item['id'] for item in (await get(api, 'sightings', track=8))['items']] == [2]


async def test_strangers_and_audit(api, held):
    assert await get(api, 'strangers') == {'next': None, 'items': [
        {'id': 4, 'model': 'sface', 'first': '2027-01-15T08:00:00.000000000Z',
         'last': '2027-01-15T08:00:00.000000004Z', 'sightings': 3, 'tracks': 1, 'alerted': None,
         'thumbnails': []}]}
    assert await get(api, 'audit') == {'next': None, 'items': [
        {'id': 2, 'at': '2027-01-15T08:00:00.000000002Z', 'by': 'a test',
         'action': 'person_forgotten', 'person': {'id': 9, 'name': None}, 'detail': {}},
        {'id': 1, 'at': '2027-01-15T08:00:00.000000001Z', 'by': 'a test',
         'action': 'person_created', 'person': {'id': 1, 'name': 'Anna'}, 'detail': {'x': 1}}]}
    assert [item['id'] for item in (await get(api, 'audit', person=1))['items']] == [1]
    listed = await get(api, 'audit', action='person_forgotten')
    assert [item['id'] for item in listed['items']] == [2]


@pytest.mark.parametrize('address, status', [
    ('people/7', 404), ('people/x', 404), ('people/7/templates', 404), ('people?query=', 422),
    ('people?consent=maybe', 422), ('people?order=newest', 422), ('people?limit=0', 422),
    ('people?cursor=x', 422), ('people?order=seen&cursor=x', 422),
    ('people/1/templates?to=x', 422),
    ('sightings?camera=nope', 404), ('sightings?person=0', 422), ('sightings?person=x', 422),
    ('strangers?camera=front', 422), ('audit?action=A', 422), ('tracks?verdict=perhaps', 422),
    ('tracks?person=-1', 422)])
async def test_what_cannot_be_is_refused(api, held, address, status):
    assert (await api.get(f'{V1}/{address}')).status == status


async def test_answers_match_their_schemas(api, held):
    whole = document()
    for path in ('people', 'people/{id}', 'people/{id}/templates', 'sightings', 'strangers',
                 'audit', 'system/data-processing'):
        schema = whole['paths'][f'{V1}/{path}']['get']['responses']['200']['content'][
            'application/json']['schema']
        value = await get(api, path.replace('{id}', '1'))
        jsonschema.validate(value, {**schema, 'components': whole['components']})
        assert value.get('items', [1])


async def test_a_person_is_added_changed_and_found(served, api):
    answer = await api.post(f'{V1}/people', json={'name': 'Anna'})
    made = await answer.json()
    assert (answer.status, answer.headers['Location']) == (201, f'{V1}/people/{made["id"]}')
    assert (made['name'], made['consent'], made['consent_at'], made['templates']) == (
        'Anna', 'not_asked', None, 0)
    assert served.people.names == {made['id']: 'Anna'}
    answer = await api.patch(f'{V1}/people/{made["id"]}', json={
        'name': 'Änne', 'notes': 'x', 'consent': 'refused'})
    changed = await answer.json()
    assert (changed['name'], changed['notes'], changed['consent']) == ('Änne', 'x', 'refused')
    assert changed['consent_at'] is not None
    assert await get(api, f'people/{made["id"]}') == changed
    assert served.people.names == {made['id']: 'Änne'}


@pytest.mark.parametrize('body, status, code', [
    ({}, 422, 'invalid_body'), ({'name': ''}, 422, 'invalid_body'),
    ({'name': ' Anna'}, 422, 'invalid_body'), ({'name': 'a\nb'}, 422, 'invalid_body'),
    ({'name': 'x' * 101}, 422, 'invalid_body'), ({'name': 7}, 422, 'invalid_body'),
    ({'name': 'x', 'consent': 'yes'}, 422, 'invalid_body'), ({'name': 'Ben'}, 409, 'conflict'),
    ({'name': 'x', 'templates': 3}, 422, 'invalid_body')])
async def test_a_person_who_cannot_be_is_refused(api, held, body, status, code):
    answer = await api.post(f'{V1}/people', json=body)
    assert (answer.status, (await answer.json())['code']) == (status, code)


@pytest.mark.parametrize('address, body, status', [
    ('people/1', {}, 422), ('people/1', {'name': 'Ben'}, 409), ('people/7', {'name': 'x'}, 404)])
async def test_a_change_that_cannot_be_is_refused(api, held, address, body, status):
    assert (await api.patch(f'{V1}/{address}', json=body)).status == status


async def test_a_template_is_removed(api, held):
    assert (await api.delete(f'{V1}/templates/1')).status == 204
    assert (await api.delete(f'{V1}/templates/1')).status == 404
    assert [item['id'] for item in (await get(api, 'people/1/templates'))['items']] == [3, 2]


async def test_what_is_kept_is_told(served, api):
    served.privacy = {'recognition': True, 'where': ['x']}
    assert await get(api, 'system/data-processing') == served.privacy
