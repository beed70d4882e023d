"""Events over REST, from a real store."""
import jsonschema
import pytest

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.domain.model import Pose
from smartcam_bridge.domain.times import iso, NS
from smartcam_bridge.store.tasks import Barrier, RecordEvent
from smartcam_bridge.web.openapi import document

START_NS = 1_800_000_000 * NS
EVENTS = '/api/v1/events'


def yard(number, **fields):
    return Event('zone_entered', 'front', START_NS + number * NS, **{
        'detail': {'zone': 3, 'zone_name': 'yard'}, 'camera_id': 1, 'track_id': 7,
        'label': 'person', 'shape_id': 3, **fields})


@pytest.fixture
async def past(served):
    """Record five events of front, the last one with a pose, and one of nothing."""
    ids = {camera.name: camera.id for camera in served.cameras}
    served.recorder.record(
        *(RecordEvent(yard(k, camera_id=ids['front'])) for k in range(4)),
        RecordEvent(yard(4, camera_id=ids['front'], severity=Severity.ALERT,
                         pose=Pose('map', 1.0, 2.0, 0.5, 0.0))),
        RecordEvent(Event('purge_finished', '', START_NS + 9 * NS, {'tracks': 2})))
    served.recorder.submit(Barrier()).result(60)


async def ask(api, method, path, status=200, **kwargs):
    async with api.request(method, path, **kwargs) as response:
        assert response.status == status, await response.text()
        return await response.json() if response.content_type.endswith('json') else None


async def test_an_event_has_the_documented_form(past, api):
    items = (await ask(api, 'GET', f'{EVENTS}?camera=front&limit=1'))['items']
    assert items == [{
        'seq': 5, 'type': 'zone_entered', 'camera': 'front', 'stamp': iso(START_NS + 4 * NS),
        'severity': 'alert', 'track': 7, 'label': 'person', 'zone': 3, 'zone_name': 'yard',
        'pose': {'frame': 'map', 'x': 1.0, 'y': 2.0, 'yaw': 0.5, 'age_s': 0.0},
        'pinned': False, 'acknowledged': [], 'thumbnail': None}]
    alone = await ask(api, 'GET', f'{EVENTS}/5')
    assert alone == items[0]
    schema = document()['components']
    jsonschema.validate(alone, {**schema['schemas']['Event'], 'components': schema})


@pytest.mark.parametrize('query, found', [
    ('', [6, 5, 4, 3, 2, 1]), ('order=oldest&limit=2', [1, 2]), ('camera=back', []),
    ('type=purge_finished', [6]), ('type=purge_finished,zone_entered', [6, 5, 4, 3, 2, 1]),
    ('severity=warning', [5]), ('severity=notice&type=zone_entered', [5]),
    ('label=person&zone=3&track=7&order=oldest', [1, 2, 3, 4, 5]), ('tripwire=4', []),
    ('frame=map&near=1.5,2,0.6', [5]), ('near=1.5,2,0.4', []), ('pinned=true', []),
    ('acknowledged=false&first_seq=2&last_seq=3', [3, 2]),
    ('from=2027-01-15T08:00:03Z&to=2027-01-15T08:00:05Z', [5, 4])])
async def test_events_are_filtered(past, api, query, found):
    page = await ask(api, 'GET', f'{EVENTS}?{query}')
    assert [item['seq'] for item in page['items']] == found


@pytest.mark.parametrize('query', [
    'type=Zone', 'type=a,,b', f'type={",".join(["a"] * 21)}', 'severity=urgent', 'near=1,2',
    'near=1,2,nan', 'zone=1&tripwire=2', 'limit=1001', 'seq=4'])
async def test_what_cannot_be_asked_is_refused(past, api, query):
    problem = await ask(api, 'GET', f'{EVENTS}?{query}', 422)
    assert problem['code'] == 'invalid_query' and problem['errors']


async def test_pages_join(past, api):
    seen, cursor = [], ''
    while cursor is not None:
        page = await ask(api, 'GET', f'{EVENTS}?limit=2&cursor={cursor}' if cursor
                         else f'{EVENTS}?limit=2')
        seen += [item['seq'] for item in page['items']]
        cursor = page['next']
    assert seen == [6, 5, 4, 3, 2, 1]


async def test_an_event_made_by_hand(past, api, served):
    made = await ask(api, 'POST', EVENTS, 201, json={
        'title': 'Gate left open', 'note': 'again', 'camera': 'back', 'severity': 'notice',
        'stamp': '2027-01-15T09:00:00+01:00'})
    assert made | {'by': '-'} == {
        'seq': 7, 'type': 'manual_event', 'camera': 'back', 'severity': 'notice',
        'stamp': '2027-01-15T08:00:00.000000000Z', 'title': 'Gate left open', 'note': 'again',
        'by': '-', 'pinned': False, 'acknowledged': [], 'thumbnail': None}
    assert await ask(api, 'GET', f'{EVENTS}/7') == made
    short = await ask(api, 'POST', EVENTS, 201, json={'title': 'x'})
    assert (short['seq'], short['camera'], short['severity']) == (8, '', 'info')
    await ask(api, 'POST', EVENTS, 404, json={'title': 'x', 'camera': 'none'})
    await ask(api, 'POST', EVENTS, 422, json={'title': ''})


async def test_acknowledging_is_each_users_own(past, api, served, nobody):
    viewer = {'Authorization': f'Bearer {served.secret("viewer")}'}
    changed = await ask(nobody, 'PATCH', f'{EVENTS}/2', headers=viewer,
                        json={'acknowledged': True})
    assert changed['acknowledged'] == ['a viewer']
    mine = await ask(api, 'GET', f'{EVENTS}?acknowledged=true')
    theirs = await ask(nobody, 'GET', f'{EVENTS}?acknowledged=true', headers=viewer)
    assert (mine['items'], [item['seq'] for item in theirs['items']]) == ([], [2])
    done = await ask(nobody, 'POST', f'{EVENTS}/acknowledge', headers=viewer, json={'to': 4})
    assert done == {'acknowledged': 3, 'next': None}
    taken_back = await ask(nobody, 'PATCH', f'{EVENTS}/2', headers=viewer,
                           json={'acknowledged': False})
    assert taken_back['acknowledged'] == []


async def test_pinning_needs_an_operator(past, api, served, nobody):
    for role, status in (('viewer', 403), ('operator', 200)):
        answer = await ask(nobody, 'PATCH', f'{EVENTS}/3', status, json={'pinned': True}, headers={
            'Authorization': f'Bearer {served.secret(role)}'})
    assert answer['pinned'] is True
    assert [i['seq'] for i in (await ask(api, 'GET', f'{EVENTS}?pinned=true'))['items']] == [3]


async def test_a_deleted_event_is_gone_for_good(past, api):
    await ask(api, 'DELETE', f'{EVENTS}/6', 204)
    await ask(api, 'GET', f'{EVENTS}/6', 404)
    assert (await ask(api, 'POST', EVENTS, 201, json={'title': 'x'}))['seq'] == 7


@pytest.mark.parametrize('method, path, json, status', [
    ('GET', '/99', None, 404), ('GET', '/x', None, 404), ('GET', '/-1', None, 404),
    ('DELETE', '/99', None, 404), ('PATCH', '/99', {'pinned': True}, 404),
    ('PATCH', '/1', {}, 422), ('PATCH', '/1', {'pinned': 1}, 422),
    ('POST', '/acknowledge', {}, 422), ('POST', '/acknowledge', {'to': 1, 'camera': 'no'}, 404)])
async def test_what_is_not_there_or_no_change_is_said(past, api, method, path, json, status):
    await ask(api, method, EVENTS + path, status, **({} if json is None else {'json': json}))
