"""Detections and tracks over REST, from a real store."""
import numpy as np
import pytest
from serving import observation

from smartcam_bridge.domain.model import EndReason, PATH_POINT, TrackState
from smartcam_bridge.domain.times import iso, NS
from smartcam_bridge.store.tasks import Barrier, RecordLabel, RecordObservation, RecordTrack

START_NS = 1_800_000_000 * NS
SECONDS = 25


@pytest.fixture
async def past(served):
    """Record a label, an observation a second of front and two tracks."""
    front = next(camera for camera in served.cameras if camera.name == 'front')
    record = served.recorder.record
    record(RecordLabel(1, 'car'))
    for second in range(SECONDS):
        record(RecordObservation(observation(front, START_NS + second * NS)))
    path = np.array([(START_NS, 0.25, 0.5)], PATH_POINT)
    for number, reason in ((1, None), (2, EndReason.LOST)):
        record(RecordTrack(TrackState(
            number, front.id, f'tracker {number}', 1, START_NS, START_NS + NS * number, 9, 0.9,
            0.5, 0.25, path, reason)))
    served.recorder.submit(Barrier()).result(60)


async def pages(api, path, **query):
    items, cursor = [], {}
    while cursor is not None:
        answer = await api.get(path, params=query | cursor)
        page = await answer.json()
        assert answer.status == 200, page
        items.append(page['items'])
        cursor = {'cursor': page['next']} if page['next'] else None
    return items


@pytest.mark.parametrize('order', ['newest', 'oldest'])
async def test_pages_of_detections_join_without_gap_or_repeat(past, api, order):
    every = [item for page in await pages(api, '/api/v1/detections', limit=7, order=order)
             for item in page]
    stamps = [item['stamp'] for item in every]
    assert len(every) == 2 * SECONDS and sorted(stamps, reverse=order == 'newest') == stamps
    assert len({(item['stamp'], item['track']) for item in every}) == len(every)


async def test_detection_has_the_documented_form(past, api):
    (first, *_), = await pages(api, '/api/v1/detections', limit=1000, order='oldest')
    assert first == {
        'camera': 'front', 'stamp': iso(START_NS), 'received': iso(START_NS + 1000),
        'source': 'tracks', 'label': 'car', 'score': pytest.approx(0.9, abs=1e-4),
        'box': pytest.approx([0.1, 0.1, 0.2, 0.3], abs=2e-5), 'track': 1}


@pytest.mark.parametrize('query, count', [
    ({'camera': 'front'}, 50), ({'camera': 'back'}, 0), ({'label': 'car'}, 50),
    ({'label': 'cat'}, 0), ({'source': 'detections'}, 0), ({'track': 1}, 25), ({'track': 2}, 3),
    ({'min_score': 0.95}, 0), ({'from': iso(START_NS + 20 * NS)}, 10),
    ({'to': iso(START_NS + NS)}, 2), ({'from': '2027-01-15T09:00:24+01:00'}, 2)])
async def test_detections_are_filtered(past, api, query, count):
    assert sum(map(len, await pages(api, '/api/v1/detections', **query))) == count


async def test_cursor_of_another_query_is_refused(past, api):
    page = await (await api.get('/api/v1/detections?limit=3')).json()
    answer = await api.get('/api/v1/detections', params={'camera': 'front',
                                                         'cursor': page['next']})
    assert (answer.status, (await answer.json())['code']) == (422, 'bad_cursor')


async def test_track_has_the_documented_form_and_its_path_when_alone(past, api):
    (listed,), = await pages(api, '/api/v1/tracks', open='false')
    assert listed == {
        'id': 2, 'camera': 'front', 'tracker_id': 'tracker 2', 'label': 'car',
        'first': iso(START_NS), 'last': iso(START_NS + 2 * NS), 'duration_s': 2.0,
        'observations': 9, 'score': {'top': 0.9, 'mean': 0.5, 'last': 0.25, 'median': 0.0},
        'open': False, 'end_reason': 'lost', 'pinned': False, 'thumbnail': None, 'identity': None}
    alone = await (await api.get('/api/v1/tracks/2')).json()
    point, = alone.pop('path')
    assert [alone.pop(name) for name in ('label_changes', 'stationary', 'shot', 'poses')] == [
        [], None, None, None]
    assert alone == listed
    assert point == {'stamp': iso(START_NS), 'x': pytest.approx(0.25, abs=1e-4),
                     'y': pytest.approx(0.5, abs=1e-4)}


@pytest.mark.parametrize('query, ids', [
    ({}, [2, 1]), ({'open': 'true'}, [1]), ({'tracker_id': 'tracker 2'}, [2]),
    ({'camera': 'back'}, []), ({'label': 'cat'}, []), ({'min_score': 0.95}, []),
    ({'order': 'oldest'}, [1, 2]), ({'from': iso(START_NS + NS * 3 // 2)}, [2])])
async def test_tracks_are_filtered(past, api, query, ids):
    found = [item['id'] for page in await pages(api, '/api/v1/tracks', limit=1, **query)
             for item in page]
    assert found == ids


async def test_unknown_camera_is_not_an_empty_list(api):
    for path in ('/api/v1/detections', '/api/v1/tracks'):
        assert (await api.get(f'{path}?camera=nope')).status == 404
