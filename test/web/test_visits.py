"""Visits and crossings over REST."""
import jsonschema
import pytest

from smartcam_bridge.domain.model import Crossing, Direction, Visit
from smartcam_bridge.domain.times import NS, parse_iso
from smartcam_bridge.store.tasks import Barrier, RecordCrossing, RecordLabel, RecordVisit
from smartcam_bridge.web.openapi import document

BEGIN = '2026-11-23T08:00:00Z'
BEGIN_NS = parse_iso(BEGIN)
ZONE = {'name': 'door', 'points': [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}
LINE = {'name': 'line', 'start': [0.1, 0.5], 'end': [0.9, 0.5]}


@pytest.fixture
async def ids(served, api):
    """Store two visits and two crossings at the camera front; return the shapes' ids."""
    base = '/api/v1/cameras/front'
    zone = (await (await api.post(f'{base}/zones', json=ZONE)).json())['id']
    line = (await (await api.post(f'{base}/tripwires', json=LINE)).json())['id']
    camera = next(camera.id for camera in served.cameras if camera.name == 'front')
    for fact in (RecordLabel(1, 'person'),
                 RecordVisit(Visit(zone, camera, 7, 1, BEGIN_NS, BEGIN_NS + 90 * NS, True)),
                 RecordVisit(Visit(zone, camera, 8, 1, BEGIN_NS + 60 * NS)),
                 RecordCrossing(Crossing(line, camera, 7, 1, BEGIN_NS, Direction.IN)),
                 RecordCrossing(Crossing(line, camera, 7, 1, BEGIN_NS + NS, Direction.OUT))):
        served.recorder.record(fact)
    served.submit(Barrier())
    return zone, line


async def test_visits_are_listed(api, ids):
    listed = await (await api.get('/api/v1/visits', params={'camera': 'front'})).json()
    assert listed == {'next': None, 'items': [
        {'zone': ids[0], 'zone_name': 'door', 'camera': 'front', 'track': 8, 'label': 'person',
         'entered': '2026-11-23T08:01:00.000000000Z', 'exited': None, 'dwell_s': None,
         'loitered': False},
        {'zone': ids[0], 'zone_name': 'door', 'camera': 'front', 'track': 7, 'label': 'person',
         'entered': '2026-11-23T08:00:00.000000000Z',
         'exited': '2026-11-23T08:01:30.000000000Z', 'dwell_s': 90.0, 'loitered': True}]}


async def test_crossings_are_listed(api, ids):
    listed = await (await api.get('/api/v1/crossings', params={'direction': 'in'})).json()
    assert listed == {'next': None, 'items': [
        {'tripwire': ids[1], 'tripwire_name': 'line', 'camera': 'front', 'track': 7,
         'label': 'person', 'stamp': '2026-11-23T08:00:00.000000000Z', 'direction': 'in'}]}


@pytest.mark.parametrize('query, tracks', [
    ('min_dwell_s=90', [7]), ('min_dwell_s=90.1', []), ('open=true', [8]), ('track=7', [7]),
    ('loitered=true', [7]), ('zone=99', []), ('label=dog', []), ('order=oldest', [7, 8]),
    (f'to={BEGIN}', []), ('from=2026-11-23T09:00:00Z', [8])])
async def test_visits_are_filtered(api, ids, query, tracks):
    listed = await (await api.get(f'/api/v1/visits?{query}')).json()
    assert [item['track'] for item in listed['items']] == tracks


async def test_pages_follow_each_other(api, ids):
    for path in ('visits', 'crossings'):
        first = await (await api.get(f'/api/v1/{path}?limit=1')).json()
        second = await (await api.get(f'/api/v1/{path}?limit=1&cursor={first["next"]}')).json()
        assert first['items'] != second['items'] and second['next'] is None


@pytest.mark.parametrize('path, status', [
    ('visits?zone=door', 422), ('visits?min_dwell_s=-1', 422), ('visits?direction=in', 422),
    ('crossings?direction=up', 422), ('crossings?open=true', 422), ('visits?camera=nope', 404),
    ('crossings?camera=nope', 404), ('visits?from=2026-01-01T00:00:00', 422)])
async def test_bad_query_is_refused(api, ids, path, status):
    assert (await api.get(f'/api/v1/{path}')).status == status


async def test_answers_match_their_schemas(api, ids):
    whole = document()
    for path in ('visits', 'crossings', 'cameras/front/zones', 'cameras/front/tripwires',
                 f'cameras/front/zones/{ids[0]}', f'cameras/front/tripwires/{ids[1]}',
                 'cameras/front/masks'):
        template = f'/api/v1/{path}'.replace('/front', '/{name}')
        for number in ids:
            template = template.replace(f'/{number}', '/{id}')
        schema = whole['paths'][template]['get']['responses']['200']['content'][
            'application/json']['schema']
        value = await (await api.get(f'/api/v1/{path}')).json()
        jsonschema.validate(value, {**schema, 'components': whole['components']})
        assert value.get('items', [1]) or path.endswith('masks')
