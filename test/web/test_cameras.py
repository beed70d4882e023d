"""Cameras over REST."""
import pytest

from smartcam_bridge.live.status import CameraStatus


async def test_camera_is_made_changed_and_deleted(served, api):
    answer = await api.post('/api/v1/cameras', json={'name': 'side', 'width': 640, 'height': 480})
    made = await answer.json()
    assert (answer.status, answer.headers['Location']) == (201, '/api/v1/cameras/side')
    assert (made['name'], made['enabled'], made['status']['state']) == ('side', True, 'silent')
    changed = await (await api.patch('/api/v1/cameras/side', json={
        'enabled': False, 'image_topic': '/cam/image'})).json()
    assert changed['image_topic'] == '/cam/image' and changed['width'] == 640
    assert changed['enabled'] is False
    assert await (await api.get('/api/v1/cameras/side')).json() == changed
    listed = await (await api.get('/api/v1/cameras')).json()
    assert [camera['name'] for camera in listed['items']] == ['back', 'front', 'side']
    assert (await api.delete('/api/v1/cameras/side')).status == 204
    assert (await api.get('/api/v1/cameras/side')).status == 404
    assert (await api.delete('/api/v1/cameras/side')).status == 404


async def test_name_that_is_taken_is_a_conflict(api):
    answer = await api.post('/api/v1/cameras', json={'name': 'front'})
    assert (answer.status, (await answer.json())['code']) == (409, 'conflict')


@pytest.mark.parametrize('body', [
    {}, {'name': 'two words'}, {'name': '1st'}, {'name': 'x' * 65}, {'name': 'a/b'},
    {'name': 'a__b'}, {'name': 7}, {'name': None}, {'name': 'side', 'width': 640},
    {'name': 'side', 'width': -1, 'height': 1}, {'name': 'side', 'width': 1.5, 'height': 1},
    {'name': 'side', 'enabled': 'yes'}, {'name': 'side', 'image_topic': 'a b'},
    {'name': 'side', 'image_topic': 'a//b'}, {'name': 'side', 'image_topic': 'x' * 300},
    {'name': 'side', 'id': 7}])
async def test_bad_camera_is_refused(api, body):
    answer = await api.post('/api/v1/cameras', json=body)
    assert (answer.status, (await answer.json())['code']) == (422, 'invalid_body')
    assert len((await (await api.get('/api/v1/cameras')).json())['items']) == 2


@pytest.mark.parametrize('body', [{}, {'name': 'other'}, {'height': 480}, {'enabled': None}])
async def test_bad_change_is_refused(api, body):
    assert (await api.patch('/api/v1/cameras/front', json=body)).status == 422


async def test_retention_is_kept_as_given(api):
    given = {'tracks_keep_days': 7, 'labels': {'person': {'tracks_keep_days': 0.5}}}
    assert (await (await api.get('/api/v1/cameras/front')).json())['retention'] == {}
    changed = await api.patch('/api/v1/cameras/front', json={'retention': given})
    assert (changed.status, (await changed.json())['retention']) == (200, given)
    assert (await (await api.get('/api/v1/cameras/front')).json())['retention'] == given
    made = await api.post('/api/v1/cameras', json={'name': 'side', 'retention': given})
    assert (await made.json())['retention'] == given
    cleared = await api.patch('/api/v1/cameras/front', json={'retention': {}})
    assert (await cleared.json())['retention'] == {}


@pytest.mark.parametrize('retention, told', [
    ([], 'not an object'), ({'tracks_keep_days': -1}, 'outside 0 to 10000 days'),
    ({'tracks_days': 1}, "'tracks_days' is not one of"),
    ({'labels': {'person': {'observations_keep_h': 1}}}, 'retention.labels.person'),
    ({'labels': {'person': 1}}, 'is not an object'), ({'media_keep_days': True}, 'not a number')])
async def test_bad_retention_is_refused_with_the_reason(api, retention, told):
    answer = await api.patch('/api/v1/cameras/front', json={'retention': retention})
    assert answer.status == 422
    assert told in (await answer.json())['errors'][0]['detail']


async def test_label_rules_are_kept_as_given(api):
    given = {'*': {'min_score': 0.3}, 'person': {'confirm_score': 0.7, 'min_area': 0.001}}
    assert (await (await api.get('/api/v1/cameras/front')).json())['label_rules'] == {}
    changed = await api.patch('/api/v1/cameras/front', json={'label_rules': given})
    assert (changed.status, (await changed.json())['label_rules']) == (200, given)
    assert (await (await api.get('/api/v1/cameras/front')).json())['label_rules'] == given


@pytest.mark.parametrize('label_rules, told', [
    ([], 'is not an object'), ({'person': {'min_score': 2}}, 'is not a number from 0 to 1'),
    ({'person': {'size': 1}}, 'is not one of min_score'), ({'person': 1}, 'is not an object'),
    ({'person': {'min_area': 0.5, 'max_area': 0.1}}, 'is more than max_area')])
async def test_bad_label_rules_are_refused_with_the_reason(api, label_rules, told):
    answer = await api.patch('/api/v1/cameras/front', json={'label_rules': label_rules})
    assert answer.status == 422
    assert told in (await answer.json())['errors'][0]['detail']


async def test_whether_and_when_faces_are_recognised_is_kept_as_given(api):
    given = {'faces_topic': '/f', 'embeddings_topic': 'e', 'face_model': 'arcface-r100',
             'recognition': {'enabled': True, 'timezone': 'Europe/Berlin', 'schedule': [
                 {'days': ['mon'], 'from': '08:00', 'to': '18:00'}]}}
    before = await (await api.get('/api/v1/cameras/front')).json()
    assert [before[name] for name in given] == ['', '', '', {}]
    changed = await (await api.patch('/api/v1/cameras/front', json=given)).json()
    assert changed == before | given
    cleared = await (await api.patch('/api/v1/cameras/front', json={
        'face_model': '', 'recognition': {}})).json()
    assert (cleared['face_model'], cleared['recognition']) == ('', {})


@pytest.mark.parametrize('body, told', [
    ({'recognition': []}, 'not an object'), ({'recognition': {'on': 1}}, 'is not one of enabled'),
    ({'recognition': {'enabled': 1}}, 'not true or false'),
    ({'recognition': {'timezone': 'Mars'}}, 'recognition.timezone'),
    ({'recognition': {'schedule': [{'days': ['x']}]}}, 'recognition.schedule'),
    ({'face_model': '../x'}, 'does not match'), ({'faces_topic': 'a b'}, 'does not match')])
async def test_bad_recognition_is_refused_with_the_reason(api, body, told):
    answer = await api.patch('/api/v1/cameras/front', json=body)
    assert answer.status == 422
    assert told in (await answer.json())['errors'][0]['detail']


async def test_status_is_the_cameras_own(served, api):
    served.camera_status['front'] = CameraStatus('live', 640, 480, boxes_hz=30.0,
                                                 problems=('QoS does not match',))
    status = await (await api.get('/api/v1/cameras/front/status')).json()
    assert (status['state'], status['boxes_hz'], status['problems'], status['boxes_age_s']) == (
        'live', 30.0, ['QoS does not match'], None)
