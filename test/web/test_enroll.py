"""Faces are enrolled through a gate, taken back, merged, named and forgotten."""
import base64
from pathlib import Path
import sys

import cv2
import jsonschema
import numpy as np
import pytest

from serving import observation
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.shot import MediaFile, SavedShot, Shot
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.tasks import (
    Barrier, RecordEvent, RecordLabel, RecordObservation, RecordShot, RecordTrack)
from smartcam_bridge.web.openapi import document
from test_faces import embedder, PICTURE, PIXELS

sys.path.insert(0, str(Path(__file__).parents[1] / 'store'))  # for people_rows

import people_rows as put  # noqa: E402, I100
from store_builders import track  # noqa: E402

V1 = '/api/v1'
ANNA, BEN, CLEO = (tuple(float(place == number) for place in range(128)) for number in range(3))


@pytest.fixture
def path(served):
    """Return the path of the store."""
    return served.recorder._session.path


@pytest.fixture
def seen(served, path):
    """Store tracks 7 (nobody), 8 (a stranger) and 9, with faces of the first two."""
    camera_id = served.cameras[0].id
    put.stranger(path, 4)
    served.recorder.record(RecordLabel(1, 'person'), *(
        RecordTrack(track(number, camera_id=camera_id)) for number in (7, 8, 9)),
        RecordObservation(observation(served.cameras[0], put.START_NS)),
        RecordEvent(Event('stranger_seen', served.cameras[0].name, put.START_NS, {},
                          camera_id=camera_id, track_id=8, stranger_id=4)))
    served.submit(Barrier())
    put.sighting(path, 1, 7, camera_id=camera_id, numbers=ANNA, stamp_ns=put.START_NS)
    put.sighting(path, 2, 8, camera_id=camera_id, numbers=BEN, stranger_id=4)
    put.change(path, "UPDATE tracks SET verdict = 'unknown', stranger_id = 4 WHERE id = 8")


async def call(api, method, address, status, **body):
    answer = await api.request(method, f'{V1}/{address}', **({'json': body} if body else {}))
    value = await answer.json(content_type=None) if status != 204 else None
    assert answer.status == status, value
    return value


async def person(api, name='Anna'):
    return (await call(api, 'POST', 'people', 201, name=name))['id']


async def template_count(api, id_):
    return (await call(api, 'GET', f'people/{id_}', 200))['templates']


async def test_a_vector_is_enrolled_and_matches_at_once(served, api):
    anna = await person(api)
    made = await call(api, 'POST', f'people/{anna}/templates', 201, vector=[3 * x for x in ANNA])
    assert (made['person'], made['model'], made['dimension'], made['source'], made['by']) == (
        anna, 'sface', 128, 'vector', 'first-admin')
    assert (made['track'], made['stamp'], made['face_px'], made['picture']) == (None,) * 4
    whole = document()
    jsonschema.validate(made, {**whole['components']['schemas']['Template'],
                               'components': whole['components']})
    found = await call(api, 'POST', 'faces/identify', 200, vector=ANNA)
    assert found['candidates'] == [
        {'person': {'id': anna, 'name': 'Anna'}, 'similarity': 1.0, 'margin': None}]


async def test_a_vector_may_have_a_portrait_which_nobody_embeds(served, api):
    served.embed_picture = lambda picture: pytest.fail('it was embedded')
    anna = await person(api)
    made = await call(api, 'POST', f'people/{anna}/templates', 201, vector=ANNA, portrait=PICTURE)
    assert (made['source'], made['face_px'], made['quality']) == ('vector', None, None)
    answer = await api.get(made['picture'])
    data = await answer.read()
    assert data[:2] == b'\xff\xd8' and answer.content_type == 'image/jpeg'
    kept = cv2.imdecode(np.frombuffer(data, np.uint8), 1)
    np.testing.assert_allclose(kept, PIXELS[::4, ::4], atol=40)


@pytest.mark.parametrize('body, code', [
    ({'vector': ANNA, 'portrait': '!'}, 'bad_picture'),
    ({'vector': ANNA, 'portrait': 'QUJD'}, 'bad_picture'),
    ({'vector': ANNA, 'portrait': PICTURE[:80], 'override': True}, 'bad_picture'),
    ({'vector': ANNA, 'portrait': ''}, 'invalid_body'),
    ({'picture': PICTURE, 'portrait': PICTURE}, 'invalid_body'),
    ({'track': 7, 'portrait': PICTURE}, 'invalid_body')], ids=range(6))
async def test_a_portrait_that_is_none_enrolls_nobody(served, api, seen, body, code):
    served.embed_picture = lambda picture: pytest.fail('it was embedded')
    anna = await person(api)
    problem = await call(api, 'POST', f'people/{anna}/templates', 422, **body)
    assert (problem['code'], await template_count(api, anna)) == (code, 0)


@pytest.mark.parametrize('asked', [{}, {'person': 1}], ids=['identify', 'verify'])
async def test_a_portrait_is_for_enrolling_only(api, asked):
    problem = await call(api, 'POST', f'faces/{"verify" if asked else "identify"}', 422,
                         vector=ANNA, portrait=PICTURE, **asked)
    assert problem['code'] == 'invalid_body' and 'portrait' in str(problem['errors'])


async def test_a_track_is_enrolled_with_its_best_face(served, api, seen):
    anna = await person(api)
    made = await call(api, 'POST', f'people/{anna}/templates', 201, track=7)
    assert (made['source'], made['track'], made['stamp'], made['picture']) == (
        'track', 7, '2027-01-15T08:00:00.000000000Z', None)
    assert (made['face_px'], made['sharpness'], made['pose'], made['quality']) == (
        80, 0.8, 0.7, 0.5)
    one = await call(api, 'GET', 'tracks/7', 200)
    assert one['identity']['person'] == {'id': anna, 'name': 'Anna'}
    told = (await call(api, 'GET', f'events?person={anna}', 200))['items'][0]
    assert (told['type'], told['person']) == (
        'person_identified', {'id': anna, 'name': 'Anna'})
    tracks = (await call(api, 'GET', f'tracks?person={anna}', 200))['items']
    assert [each['id'] for each in tracks] == [7]


@pytest.mark.parametrize('shot_ns, size', [(put.START_NS, (160, 125)),
                                           (put.START_NS + 1, (120, 160))])
async def test_the_picture_is_the_face_in_its_frame_or_the_thumbnail(
        served, api, seen, path, shot_ns, size):
    folder = MediaFolder(path.parent)
    files = []
    for kind, width, height in ('frame', 400, 225), ('crop', 240, 320):
        jpeg = cv2.imencode('.jpg', np.full((height, width, 3), 99, np.uint8))[1].tobytes()
        files.append(MediaFile(kind, served.cameras[0].id, 7, shot_ns, f'day/{kind}.jpg',
                               len(jpeg), 1))
        folder.write(files[-1].path, jpeg)
    served.recorder.record(RecordShot(SavedShot(served.cameras[0].id, 7, Shot(
        shot_ns, (0.1, 0.1, 0.9, 0.9), 0.9, 400, 225, 9.0, (0, 0, 400, 225)), tuple(files))))
    served.submit(Barrier())
    anna = await person(api)
    made = await call(api, 'POST', f'people/{anna}/templates', 201, track=7)
    answer = await api.get(made['picture'])
    picture = cv2.imdecode(np.frombuffer(await answer.read(), np.uint8), 1)
    # The face takes a quarter of the frame by a half of it, 100 x 112.5 px, and a margin.
    expected = (160, 160 * (100 + 2 * 28.125) / (112.5 + 2 * 28.125)) if (
        shot_ns == put.START_NS) else (160, 120)
    assert picture.shape[:2] == pytest.approx(expected, abs=2)


async def test_a_picture_is_enrolled_with_its_face(served, api):
    served.embed_picture = embedder((300, 200, 200, 200, ANNA))
    anna = await person(api)
    made = await call(api, 'POST', f'people/{anna}/templates', 201, picture=PICTURE)
    assert (made['source'], made['face_px'], made['sharpness'], made['pose']) == (
        'picture', 200, 0.64, None)
    assert made['quality'] == pytest.approx((0.64 * 0.81) ** 0.5, abs=1e-4)
    answer = await api.get(made['picture'])
    face = cv2.imdecode(np.frombuffer(await answer.read(), np.uint8), 1)
    assert face.shape == (160, 160, 3)
    assert (face > 128).mean() == pytest.approx(1 / 1.5 ** 2, abs=0.02)
    assert PIXELS.shape == (480, 640, 3)


GATE = [
    ('several_faces', [(100, 100, 90, 90, ANNA), (300, 200, 200, 200, CLEO)], None),
    ('face_too_small', [(100, 100, 50, 90, CLEO)], None),
    ('near_duplicate', [(100, 100, 90, 90, ANNA)], 'Anna'),
    ('nearer_to_other', [(100, 100, 90, 90, BEN)], 'Ben')]


@pytest.mark.parametrize('code, shown, whose', GATE, ids=[code for code, _, _ in GATE])
async def test_the_gate_says_why_and_only_an_admin_overrides(served, api, code, shown, whose):
    ids = {name: await person(api, name) for name in ('Anna', 'Ben')}
    for name, vector in ('Anna', ANNA), ('Ben', BEN):
        await call(api, 'POST', f'people/{ids[name]}/templates', 201, vector=vector)
    served.embed_picture = embedder(*shown)
    address = f'people/{ids["Anna"]}/templates'
    problem = await call(api, 'POST', address, 422, picture=PICTURE)
    assert (problem['code'], problem['person']) == (code, ids.get(whose))
    assert (problem['similarity'] is not None) == (whose is not None)
    assert await template_count(api, ids['Anna']) == 1
    operator = {'Authorization': f'Bearer {served.secret("operator")}'}
    body = {'picture': PICTURE, 'override': True}
    answer = await api.post(f'{V1}/{address}', json=body, headers=operator)
    assert (answer.status, (await answer.json())['code']) == (403, 'forbidden')
    assert await template_count(api, ids['Anna']) == 1
    await call(api, 'POST', address, 201, **body)
    assert await template_count(api, ids['Anna']) == 2
    last = (await call(api, 'GET', 'audit?limit=1', 200))['items'][0]
    assert last['detail']['overridden'] == code and last['by'] == 'first-admin'


async def test_what_no_override_enrolls(served, api):
    anna = await person(api)
    address = f'people/{anna}/templates'
    for body, code in (({'vector': [1.0, 0.0]}, 'vector_dimension'),
                       ({'vector': [0.0] * 128}, 'vector_zero'),
                       ({'vector': [1.0], 'model': 'mine'}, 'unknown_model')):
        for override in True, False:
            problem = await call(api, 'POST', address, 422, override=override, **body)
            assert problem['code'] == code
    await call(api, 'PATCH', f'people/{anna}', 200, consent='withdrawn')
    problem = await call(api, 'POST', address, 422, vector=ANNA, override=True)
    assert (problem['code'], await template_count(api, anna)) == ('consent', 0)


async def test_nobody_is_asked_for_a_person_who_is_none(served, api, seen):
    served.embed_picture = lambda picture: pytest.fail('it was embedded')
    assert (await call(api, 'POST', 'people/99/templates', 404, picture=PICTURE))['detail']
    anna = await person(api)
    await call(api, 'POST', f'people/{anna}/templates', 404, track=99)
    problem = await call(api, 'POST', f'people/{anna}/templates', 422, track=9)
    assert problem['code'] == 'no_face'
    assert (await call(api, 'POST', f'people/{anna}/templates', 422, override=False))['errors']


async def test_not_this_person(served, api, seen):
    anna = await person(api)
    await call(api, 'POST', f'people/{anna}/templates', 201, vector=(
        np.array(ANNA) + 0.3 * np.array(CLEO)).tolist())
    put_ = await call(api, 'POST', f'people/{anna}/templates', 201, track=7)
    await call(api, 'DELETE', f'templates/{put_["id"]}', 204)
    rejected = await call(api, 'POST', 'tracks/7/reject-identity', 200)
    assert rejected['identity']['person'] is None
    event = (await call(api, 'GET', 'events?track=7&type=person_identified', 200))['items'][0]
    correction, = event['corrections']
    assert 'person' not in event
    assert (correction['action'], correction['by'], correction['was']) == (
        'rejected', 'first-admin', anna)
    found = await call(api, 'POST', 'faces/identify', 200, track=7)
    assert (found['verdict'], found['candidates']) == ('unknown', [])
    other = await call(api, 'POST', 'faces/identify', 200, vector=(
        np.array(ANNA) + 0.4 * np.array(CLEO)).tolist())
    assert other['verdict'] == 'known'
    assert (await call(api, 'POST', 'tracks/7/reject-identity', 409))['code'] == 'conflict'
    await call(api, 'POST', 'tracks/99/reject-identity', 404)


async def test_two_people_become_one(served, api):
    anna, ann = await person(api), await person(api, 'Ann')
    await call(api, 'POST', f'people/{ann}/templates', 201, vector=ANNA)
    left = await call(api, 'POST', f'people/{ann}/merge', 200, into=anna)
    assert (left['id'], left['name'], left['templates']) == (anna, 'Anna', 1)
    await call(api, 'GET', f'people/{ann}', 404)
    assert (await call(api, 'POST', f'people/{anna}/merge', 409, into=anna))['code'] == 'conflict'
    await call(api, 'POST', f'people/{anna}/merge', 404, into=99)
    await call(api, 'POST', f'people/{anna}/merge', 422, into=0)


async def test_a_stranger_gets_a_name(served, api, seen):
    named = await call(api, 'POST', 'strangers/4/name', 200, name='Ben')
    assert (named['name'], named['templates']) == ('Ben', 1)
    one = await call(api, 'GET', 'tracks/8', 200)
    assert one['identity']['person'] == {'id': named['id'], 'name': 'Ben'}
    event = (await call(api, 'GET', 'events?type=stranger_seen', 200))['items'][0]
    assert event['person']['name'] == 'Ben' and event['corrections'][0]['action'] == 'named'
    assert (await call(api, 'GET', 'strangers', 200))['items'] == []
    await call(api, 'POST', 'strangers/4/name', 404, name='Cleo')


@pytest.mark.parametrize('body, status', [
    ({'name': 'x', 'person': 1}, 422), ({'name': ''}, 422), ({'person': 99}, 404),
    ({'name': 'Anna'}, 409)])
async def test_a_stranger_is_not_named_so(api, seen, body, status):
    await person(api)
    await call(api, 'POST', 'strangers/4/name', status, **body)


async def test_a_stranger_is_named_by_somebody_we_know_or_forgotten(served, api, seen, path):
    ben = await person(api, 'Ben')
    assert (await call(api, 'POST', 'strangers/4/name', 200, person=ben))['id'] == ben
    put.stranger(path, 5)
    await call(api, 'DELETE', 'strangers/5', 204)
    await call(api, 'DELETE', 'strangers/5', 404)


async def test_who_is_forgotten_leaves_nothing_but_a_receipt(served, api, seen):
    anna = await person(api)
    await call(api, 'POST', f'people/{anna}/templates', 201, track=7)
    await call(api, 'POST', f'people/{anna}/templates', 201, vector=(
        np.array(ANNA) + 0.5 * np.array(CLEO)).tolist())
    operator = {'Authorization': f'Bearer {served.secret("operator")}'}
    assert (await api.delete(f'{V1}/people/{anna}', headers=operator)).status == 403
    receipt = await call(api, 'DELETE', f'people/{anna}', 200)
    whole = document()
    jsonschema.validate(receipt, {**whole['components']['schemas']['ForgetReceipt'],
                                  'components': whole['components']})
    assert (receipt['person'], receipt['templates'], receipt['sightings'], receipt['tracks'],
            receipt['events'], receipt['backups']) == (anna, 2, 1, 1, 1, [])
    for address in f'people/{anna}', f'people/{anna}/templates':
        await call(api, 'GET', address, 404)
    await call(api, 'DELETE', f'people/{anna}', 404)
    assert (await call(api, 'GET', 'tracks/7', 200))['identity']['person'] is None
    assert 'Anna' not in str(await call(api, 'GET', 'events', 200))
    assert 'Anna' not in str(await call(api, 'GET', 'audit', 200))
    assert served.people.names == {} and not len(served.people.galleries.get('sface', ()))


def test_the_picture_of_the_test_is_what_it_says():
    data = np.frombuffer(base64.b64decode(PICTURE), np.uint8)
    np.testing.assert_array_equal(cv2.imdecode(data, 1), PIXELS)
