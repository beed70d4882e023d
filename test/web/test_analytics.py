"""Analytics over REST: the numbers of what was recorded, in local time, within limits."""
import cv2
import numpy as np
import pytest
from serving import frame, observation

from smartcam_bridge.domain.model import Crossing, Direction, PATH_POINT, TrackState, Visit
from smartcam_bridge.domain.times import iso, parse_iso
from smartcam_bridge.store.tasks import (
    Barrier, CreateShape, RecordCrossing, RecordLabel, RecordObservation, RecordTrack, RecordVisit)
from smartcam_bridge.web.handlers.analytics import BUCKETS_MAX

MINUTE_NS = 60 * 10**9
START_NS = parse_iso('2026-03-29T00:30:00Z')    # the clocks in Berlin go forward at 01:00Z
DAY = {'from': '2026-03-29T00:00:00+01:00', 'to': '2026-03-30T00:00:00+02:00',
       'timezone': 'Europe/Berlin'}
V1 = '/api/v1/analytics'


@pytest.fixture
async def past(served):
    """Record a message of two cars a minute for an hour, six tracks, visits and crossings."""
    front = next(camera for camera in served.cameras if camera.name == 'front')
    record = served.recorder.record
    zone = served.submit(CreateShape('front', 'zone', 'door', True, {
        'points': [[0, 0], [1, 0], [1, 1]]}))
    wire = served.submit(CreateShape('front', 'tripwire', 'line', True, {
        'start': [0, 0], 'end': [1, 1]}))
    record(RecordLabel(1, 'car'))
    for minute in range(60):
        record(RecordObservation(observation(front, START_NS + minute * MINUTE_NS)))
    path = np.array([(START_NS, 0.25, 0.5)], PATH_POINT)
    for number in range(1, 7):
        came_ns = START_NS + number * 10 * MINUTE_NS
        record(RecordTrack(TrackState(number, front.id, f'{number}', 1, came_ns, came_ns, 9, 0.9,
                                      0.5, 0.25, path)))
        record(RecordVisit(Visit(zone.id, front.id, number, 1, came_ns,
                                 came_ns + number * MINUTE_NS)))
        record(RecordCrossing(Crossing(wire.id, front.id, number, 1, came_ns,
                                       Direction.IN if number < 5 else Direction.OUT)))
    served.recorder.submit(Barrier()).result(60)
    return zone, wire


async def ask(api, path, status=200, **query):
    answer = await api.get(f'{V1}/{path}', params=query)
    found = await answer.json()
    assert answer.status == status, found
    return found


async def test_a_day_of_23_hours_has_23_buckets_with_what_was_in_them(past, api):
    found = await ask(api, 'counts', **DAY)
    assert len(found['buckets']) == 23
    assert found['buckets'][:3] == ['2026-03-29T00:00:00+01:00', '2026-03-29T01:00:00+01:00',
                                    '2026-03-29T03:00:00+02:00']
    assert found['end'] == '2026-03-30T00:00:00+02:00'
    only, = found['series']
    assert only['boxes'] == [0, 60, 60] + [0] * 20
    assert only['tracks'] == [0, 2, 4] + [0] * 20
    assert (only['peak'][:2], only['mean'][:2]) == ([0, 2], [None, 2.0])
    assert found['total'] == {'tracks': 6, 'boxes': 120, 'peak': 2, 'mean': 2.0}
    assert 'before' not in found


async def test_series_are_by_label_camera_or_zone(past, api):
    zone, _ = past
    day = DAY | {'bucket': 'day'}
    by_label, = (await ask(api, 'counts', by='label', **day))['series']
    assert by_label == {'label': 'car', 'tracks': [6], 'boxes': [120], 'peak': [2], 'mean': [2.0]}
    by_camera = (await ask(api, 'counts', by='camera', **day))['series']
    assert [(one['camera'], one['boxes']) for one in by_camera] == [('back', [0]),
                                                                    ('front', [120])]
    by_zone, = (await ask(api, 'counts', by='zone', **day))['series']
    assert by_zone == {'zone': zone.id, 'zone_name': 'door', 'camera': 'front', 'tracks': [6],
                       'boxes': [None], 'peak': [1], 'mean': [round(21 / (23 * 60), 6)]}
    of_zone, = (await ask(api, 'counts', by='label', zone=zone.id, **day))['series']
    assert of_zone == by_zone | {'label': 'car'}


async def test_the_period_before_has_the_same_form(past, api):
    found = await ask(api, 'counts', compare='true', bucket='day', timezone='Europe/Berlin',
                      **{'from': '2026-03-30T00:00:00+02:00', 'to': '2026-03-31T00:00:00+02:00'})
    assert found['before']['buckets'] == ['2026-03-29T00:00:00+01:00']
    assert found['before']['total']['tracks'] == 6 and found['total']['tracks'] == 0


async def test_occupancy_dwell_and_crossings(past, api):
    zone, wire = past
    day = DAY | {'bucket': 'day'}
    cameras = (await ask(api, 'occupancy', **day))['series']
    assert {'camera': 'front', 'mean': [2.0], 'peak': [2]} in cameras
    zones, = (await ask(api, 'occupancy', zone=zone.id, **day))['series']
    assert (zones['zone_name'], zones['peak']) == ('door', [1])
    wires, = (await ask(api, 'crossings', **day))['series']
    assert wires == {'tripwire': wire.id, 'tripwire_name': 'line', 'camera': 'front', 'in': [4],
                     'out': [2]}
    found = await ask(api, 'dwell', compare='true', **DAY)
    lasted, = found['series']
    assert (lasted['visits'], lasted['mean_s'], lasted['longest_s']) == (6, 210.0, 360.0)
    assert 180 <= lasted['median_s'] <= 240 and sum(lasted['counts']) == 6
    assert (found['begin'], found['before']['begin']) == ('2026-03-29T00:00:00+01:00',
                                                          '2026-03-28T00:00:00+01:00')
    assert found['before']['series'][0]['mean_s'] is None


@pytest.mark.parametrize('of, mean', [('tracks', 4), ('boxes', 60), ('visits', 4),
                                      ('crossings', 4)])
async def test_the_busiest_hour_is_told(past, api, of, mean):
    found = await ask(api, 'busiest', of=of, **DAY)
    assert found['busiest'] == {'day': 'sun', 'hour': 3 if of != 'boxes' else 1, 'mean': mean}
    assert found['mean'][6][2] is None, 'there was no such hour on that day'
    assert found['mean'][0] == [None] * 24
    nothing = await ask(api, 'busiest', of=of, **DAY | {'label': 'unheard of'})
    assert nothing['busiest'] is None


async def test_a_heat_map_is_a_grid_and_a_picture(past, served, api):
    span = {'from': iso(START_NS), 'to': iso(START_NS + 60 * MINUTE_NS)}
    found = await ask(api, 'heatmap', camera='front', **span)
    assert (found['width'], found['height'], found['total']) == (32, 18, 120)
    assert (found['from'], found['to']) == ('2026-03-29T00:00:00.000000000Z',
                                            '2026-03-29T02:00:00.000000000Z')
    rows, columns = np.nonzero(found['cells'])
    assert sorted(zip(rows.tolist(), columns.tolist())) == [(5, 4), (12, 17)]
    served.frames.publish(frame('front', size=(320, 240)))
    for background, shape in (('true', (240, 320, 3)), ('false', (540, 960, 3))):
        answer = await api.get(f'{V1}/heatmap.png', params={
            'camera': 'front', 'background': background, **span})
        assert (answer.status, answer.content_type) == (200, 'image/png')
        picture = cv2.imdecode(np.frombuffer(await answer.read(), np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == shape
    await ask(api, 'heatmap', 404, camera='nowhere')
    await ask(api, 'heatmap', 422)


@pytest.mark.parametrize('path, query, reason', [
    ('counts', {'timezone': 'Mars/Olympus'}, 'no time zone'),
    ('counts', {'bucket': 'minute', 'from': '2026-01-01T00:00:00Z',
                'to': '2026-02-01T00:00:00Z'}, f'more than {BUCKETS_MAX} buckets'),
    ('counts', {'from': '2026-01-02T00:00:00Z', 'to': '2026-01-01T00:00:00Z'}, 'after `from`'),
    ('counts', {'from': '2026-01-01T00:00:00Z', 'to': '2026-01-01T00:00:00Z'}, 'after `from`'),
    ('counts', {'bucket': 'month', 'from': '1980-01-01T00:00:00Z',
                'to': '2026-01-01T00:00:00Z'}, 'ten years'),
    ('counts', {'by': 'camera', 'zone': '1'}, 'cannot be told'),
    ('counts', {'bucket': 'fortnight'}, 'not one of'),
    ('counts', {'from': '1970-01-01T00:00:00Z', 'to': '1970-01-03T00:00:00Z', 'compare': 'true'},
     'outside 1970'),
    ('busiest', {'from': '2024-01-01T00:00:00Z', 'to': '2026-01-01T00:00:00Z'}, 'more than'),
    ('dwell', {'from': '9999-01-01T00:00:00Z', 'to': '9999-01-02T00:00:00Z'}, 'outside 1970'),
    ('crossings', {'zone': '1'}, 'no such key')])
async def test_what_cannot_be_answered_is_refused_with_the_reason(api, path, query, reason):
    problem = await ask(api, path, 422, **query)
    assert problem['code'] == 'invalid_query' and reason in problem['detail']


@pytest.mark.parametrize('path, query', [
    ('counts', {'camera': 'nowhere'}), ('counts', {'zone': 99}), ('occupancy', {'zone': 99}),
    ('dwell', {'zone': 99}), ('crossings', {'tripwire': 99}), ('busiest', {'camera': 'nowhere'})])
async def test_what_is_not_there_is_not_found(api, path, query):
    assert (await ask(api, path, 404, **query))['code'] == 'not_found'


async def test_without_a_range_it_is_the_last_day(api):
    found = await ask(api, 'counts')
    assert len(found['buckets']) in (24, 25) and found['timezone'] == 'UTC'
