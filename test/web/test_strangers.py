"""Strangers over REST: one of them, with faces and cameras."""
from pathlib import Path
import sys

import jsonschema
import pytest

from smartcam_bridge.store.tasks import Barrier, RecordLabel
from smartcam_bridge.web.openapi import document

sys.path.insert(0, str(Path(__file__).parents[1] / 'store'))  # for people_builders

from people_builders import (  # noqa: E402, I100
    face, identity_fact, like, sighting_fact, stranger_fact)
from store_builders import event_fact, SECOND, START_NS, track_fact  # noqa: E402, I100

V1 = '/api/v1'


@pytest.fixture
def seen(served):
    """Store strangers 4, seen by two cameras, and 5, of whom nothing else is kept."""
    front, back = served.cameras
    later = {'first_ns': START_NS + 5 * SECOND, 'last_ns': START_NS + 9 * SECOND}
    served.recorder.record(
        RecordLabel(1, 'person'), track_fact(1, camera_id=front.id),
        track_fact(2, camera_id=back.id, **later), track_fact(3, camera_id=front.id),
        stranger_fact(4, face(1), tracks=3, last_ns=START_NS + 9 * SECOND),
        stranger_fact(5, face(2)),
        *(identity_fact(track, stranger=4, camera=camera.id)
          for track, camera in ((1, front), (2, back), (3, front))),
        sighting_fact(1, like(face(1), 0.8), camera_id=front.id),
        sighting_fact(2, face(1), camera_id=back.id, stamp_ns=START_NS + 6 * SECOND),
        event_fact(kind='stranger_seen', track_id=1, stranger_id=4, camera_id=front.id))
    served.submit(Barrier())


async def ask(api, method, address, status=200, **body):
    answer = await api.request(method, f'{V1}/{address}', **({'json': body} if body else {}))
    value = await answer.json() if status != 204 else None
    assert answer.status == status, value
    return value


async def test_one_stranger_is_told_with_faces_and_cameras(served, api, seen):
    front, back = (camera.name for camera in served.cameras)
    found = await ask(api, 'GET', 'strangers/4')
    listed, = (one for one in (await ask(api, 'GET', 'strangers'))['items'] if one['id'] == 4)
    faces = (await ask(api, 'GET', 'sightings?stranger=4'))['items']
    assert found == listed | {'faces': faces, 'cameras': [
        {'camera': back, 'tracks': 1, 'first': '2027-01-15T08:00:05.000000000Z',
         'last': '2027-01-15T08:00:09.000000000Z'},
        {'camera': front, 'tracks': 2, 'first': '2027-01-15T08:00:00.000000000Z',
         'last': '2027-01-15T08:00:01.000000000Z'}]}
    assert [one['track'] for one in faces] == [2, 1]
    whole = document()
    jsonschema.validate(found, {**whole['components']['schemas']['StrangerWithFaces'],
                                'components': whole['components']})


async def test_a_stranger_of_whom_nothing_else_is_kept_is_told_all_the_same(api, seen):
    found = await ask(api, 'GET', 'strangers/5')
    assert (found['cameras'], found['faces'], found['sightings']) == ([], [], 3)


async def test_viewers_are_told_of_no_faces(served, api, seen):
    viewer = {'Authorization': f'Bearer {served.secret("viewer")}'}
    answer = await api.get(f'{V1}/strangers/4', headers=viewer)
    assert (answer.status, (await answer.json())['faces']) == (200, None)


@pytest.mark.parametrize('number', ['6', '0', 'x', '9' * 30])
async def test_there_is_no_such_stranger(api, seen, number):
    problem = await ask(api, 'GET', f'strangers/{number}', 404)
    assert (problem['code'], problem['status']) == ('not_found', 404)


async def test_one_of_two_who_are_the_same_goes_with_all_that_was_theirs(served, api, seen):
    left = await ask(api, 'POST', 'strangers/4/merge', into=5)
    assert (left['id'], left['tracks'], left['sightings']) == (5, 4, 6)
    assert [one['track'] for one in left['faces']] == [2, 1]
    assert left == await ask(api, 'GET', 'strangers/5')
    await ask(api, 'GET', 'strangers/4', 404)
    event, = (await ask(api, 'GET', 'events?type=stranger_seen'))['items']
    assert event['stranger'] == 5
    told = (await ask(api, 'GET', 'audit'))['items'][0]
    assert (told['action'], told['detail']['stranger'], told['detail']['into']) == (
        'strangers_merged', 4, 5)


@pytest.mark.parametrize(('number', 'body', 'status'), [
    (4, {'into': 4}, 409), (4, {'into': 6}, 404), (6, {'into': 4}, 404), (4, {'into': 0}, 422),
    (4, {'into': 'x'}, 422), (4, {'with': 5}, 422)])
async def test_a_merge_that_cannot_be_is_refused(served, api, seen, number, body, status):
    await ask(api, 'POST', f'strangers/{number}/merge', status, **body)
    assert {one['id'] for one in (await ask(api, 'GET', 'strangers'))['items']} == {4, 5}


async def test_viewers_merge_nobody(served, api, seen):
    viewer = {'Authorization': f'Bearer {served.secret("viewer")}'}
    answer = await api.post(f'{V1}/strangers/4/merge', headers=viewer, json={'into': 5})
    assert answer.status == 403
