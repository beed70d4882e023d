"""Whose a face is: of a track, in a picture, or as a vector; and every way that fails."""
import asyncio
import base64
from concurrent.futures import Future
import dataclasses
from pathlib import Path
import sys

import cv2
import jsonschema
import numpy as np
import pytest

from smartcam_bridge.domain.faces import Embeddings, Faces
from smartcam_bridge.domain.gallery import Gallery, unit
from smartcam_bridge.domain.model import DETECTION
from smartcam_bridge.domain.people import People
from smartcam_bridge.errors import EmbedderUnavailable
from smartcam_bridge.store.tasks import Barrier, RecordLabel, RecordTrack
from smartcam_bridge.web import uploads
from smartcam_bridge.web.given_faces import BODY_MAX_BYTES, PICTURE_MAX_BYTES
from smartcam_bridge.web.openapi import document

sys.path.insert(0, str(Path(__file__).parents[1] / 'store'))  # for people_rows

import people_rows as put  # noqa: E402, I100
from store_builders import track  # noqa: E402

IDENTIFY, VERIFY = '/api/v1/faces/identify', '/api/v1/faces/verify'
PIXELS = np.zeros((480, 640, 3), np.uint8)
PIXELS[100:300, 200:400] = 255
PICTURE = base64.b64encode(cv2.imencode('.png', PIXELS)[1]).decode()
LARGE = base64.b64encode(cv2.imencode('.png', np.random.default_rng(1).integers(
    0, 256, (400, 400, 3), np.uint8))[1]).decode()


@pytest.fixture
def path(served):
    """Return the path of the store."""
    return served.recorder._session.path


@pytest.fixture
def gallery(served):
    """Let Anna, Ben and Cleo be in the gallery of sface, and nobody in that of arcface."""
    kept = Gallery('sface', 4)
    for number, (person, numbers) in enumerate(
            [(1, (1, 0, 0, 0)), (1, (0.9, 0.1, 0, 0)), (2, (0, 1, 0, 0)), (3, (0, 0.97, 0.24, 0))],
            1):
        kept.add(number, person, unit(np.array(numbers)))
    served.people = People({1: 'Anna', 2: 'Ben', 3: 'Cleo', 4: 'Dora'}, {'sface': kept.snapshot()})


@pytest.fixture
def faces(served, path):
    """Keep faces of track 7; track 8 has none."""
    camera_id = served.cameras[0].id
    served.recorder.record(RecordLabel(1, 'person'), *(
        RecordTrack(track(number, camera_id=camera_id)) for number in (7, 8)))
    served.submit(Barrier())
    put.sighting(path, 1, 7, camera_id=camera_id, quality=0.3, numbers=(0, 1, 0, 0))
    put.sighting(path, 2, 7, camera_id=camera_id, quality=0.9, numbers=(2, 0.2, 0, 0))
    put.sighting(path, 3, 7, camera_id=camera_id, quality=0.5, model='arcface', numbers=(1,) * 8)


def embedder(*faces, seen=None):
    """Return what embeds pictures: faces are a box's centre and sides in px, and a vector."""
    def embed(picture):
        if seen is not None:
            seen.append(picture)
        boxes = np.zeros(len(faces), DETECTION)
        for row, (cx, cy, w, h, _) in zip(boxes, faces):
            row['cx'], row['cy'], row['w'], row['h'], row['score'] = cx, cy, w, h, 0.81
        answer = Future()
        answer.set_result((
            Faces(5, 'enroll', boxes, ('',) * len(faces),
                  np.full((len(faces), 3), (1.0, 0.64, np.nan), np.float32)),
            Embeddings(5, 'enroll', np.array([face[-1] for face in faces], np.float32)),
            (640, 480)))
        return answer
    return embed


async def ask(api, path, status=200, **body):
    answer = await api.post(path, json=body)
    value = await answer.json(content_type=None)
    assert answer.status == status, value
    if status == 200:
        whole = document()
        schema = whole['paths'][path]['post']['responses']['200']['content'][
            'application/json']['schema']
        jsonschema.validate(value, {**schema, 'components': whole['components']})
    return value


async def test_candidates_are_ranked_with_their_margins(api, gallery):
    found = await ask(api, IDENTIFY, vector=[3, 1, 0, 0])
    assert found == {
        'model': 'sface', 'threshold': 0.363, 'margin_needed': 0.05, 'verdict': 'known',
        'faces': 1, 'candidates': [
            {'person': {'id': 1, 'name': 'Anna'}, 'similarity': 0.9778, 'margin': 0.6616},
            {'person': {'id': 2, 'name': 'Ben'}, 'similarity': 0.3162, 'margin': 0.0093},
            {'person': {'id': 3, 'name': 'Cleo'}, 'similarity': 0.307, 'margin': None}]}
    few = await ask(api, IDENTIFY, vector=[3, 1, 0, 0], limit=1)
    assert few['candidates'] == found['candidates'][:1]


@pytest.mark.parametrize('vector, verdict', [
    ((0, 1, 0, 0), 'ambiguous'), ((0, 0, 0, 1), 'unknown'), ((-1, 0, 0, 0), 'unknown'),
    ((0, 1, -0.6, 0), 'known')])
async def test_the_verdict_needs_threshold_and_margin(api, gallery, vector, verdict):
    assert (await ask(api, IDENTIFY, vector=vector))['verdict'] == verdict


async def test_settings_decide(served, api, gallery):
    served.settings = dataclasses.replace(
        served.settings, face_margin=0.0, face_thresholds=('mine=0.5', 'sface=0.99'))
    found = await ask(api, IDENTIFY, vector=[0, 1, 0, 0])
    assert (found['verdict'], found['threshold'], found['margin_needed']) == ('known', 0.99, 0)
    empty = await ask(api, IDENTIFY, vector=[0, 1], model='mine')
    assert (empty['verdict'], empty['candidates'], empty['threshold']) == ('unknown', [], 0.5)


async def test_whether_it_is_somebody(api, gallery):
    assert await ask(api, VERIFY, person=1, vector=[3, 1, 0, 0]) == {
        'same': True, 'similarity': 0.9778, 'threshold': 0.363, 'model': 'sface', 'faces': 1}
    assert not (await ask(api, VERIFY, person=2, vector=[3, 1, 0, 0]))['same']
    assert (await ask(api, VERIFY, 404, person=9, vector=[1, 0, 0, 0]))['code'] == 'not_found'
    problem = await ask(api, VERIFY, 409, person=4, vector=[1, 0, 0, 0])
    assert problem['code'] == 'no_template'
    problem = await ask(api, VERIFY, 409, person=1, vector=[1, 0], model='arcface')
    assert problem['code'] == 'no_template'


async def test_the_best_face_of_a_track(api, gallery, faces):
    found = await ask(api, IDENTIFY, track=7)
    assert found['candidates'][0] == {
        'person': {'id': 1, 'name': 'Anna'}, 'similarity': 0.9999, 'margin': 0.9004}
    other = await ask(api, IDENTIFY, track=7, model='arcface')
    assert (other['model'], other['threshold'], other['candidates']) == ('arcface', 0.4, [])
    assert (await ask(api, IDENTIFY, 404, track=99))['code'] == 'not_found'
    assert (await ask(api, IDENTIFY, 422, track=8))['code'] == 'no_face'
    assert (await ask(api, IDENTIFY, 422, track=7, model='mine'))['code'] == 'no_face'


async def test_the_largest_face_of_a_picture(served, api, gallery):
    seen = []
    served.embed_picture = embedder((50, 50, 40, 90, (1, 0, 0, 0)),
                                    (300, 200, 100, 120, (0, 1, -0.6, 0)), seen=seen)
    found = await ask(api, IDENTIFY, picture=PICTURE)
    assert (found['faces'], found['candidates'][0]['person']['name']) == (2, 'Ben')
    shown = cv2.imdecode(np.frombuffer(seen[0], np.uint8), 1)
    assert seen[0][:2] == b'\xff\xd8' and shown.shape == PIXELS.shape
    assert (await ask(api, VERIFY, person=1, picture=PICTURE))['same'] is False


async def test_a_picture_that_tells_nothing(served, api, gallery):
    assert (await ask(api, IDENTIFY, 503, picture=PICTURE))['code'] == 'no_embedder'
    served.embed_picture = embedder()
    assert (await ask(api, IDENTIFY, 422, picture=PICTURE))['code'] == 'no_face'

    def fails(picture):
        answer = Future()
        answer.set_exception(EmbedderUnavailable('it does not answer'))
        return answer
    served.embed_picture = fails
    assert (await ask(api, IDENTIFY, 503, picture=PICTURE))['code'] == 'no_embedder'


@pytest.mark.parametrize('text', ['!', 'A', 'QUJD', base64.b64encode(
    base64.b64decode(PICTURE)[:60]).decode()])
async def test_what_is_no_picture_goes_to_no_embedder(served, api, text):
    served.embed_picture = lambda picture: pytest.fail('it was embedded')
    assert (await ask(api, IDENTIFY, 422, picture=text))['code'] == 'bad_picture'


async def test_a_picture_may_be_longer_than_other_bodies_but_not_without_end(served, api):
    served.embed_picture = embedder()
    noise = np.random.default_rng(1).integers(0, 256, (800, 800, 3), np.uint8)
    large = base64.b64encode(cv2.imencode('.png', noise)[1]).decode()
    assert len(large) > 2_000_000
    assert (await ask(api, IDENTIFY, 422, picture=large))['code'] == 'no_face'
    too_long = 'A' * (PICTURE_MAX_BYTES // 3 * 4 + 8)
    assert (await ask(api, IDENTIFY, 422, picture=too_long))['code'] == 'invalid_body'
    endless = 'A' * BODY_MAX_BYTES
    assert (await ask(api, IDENTIFY, 413, picture=endless))['code'] == 'body_too_large'
    assert (await ask(api, '/api/v1/people', 413, name=large))['code'] == 'body_too_large'


@pytest.mark.parametrize('cx, cy, w, h', [
    (np.nan, 100, 50, 50), (100, 100, np.nan, 50), (100, 100, np.inf, np.inf), (9, 9, -5, -5),
    (100, 100, 0, 0), (9000, 100, 50, 50)])
async def test_an_embedder_that_answers_no_box_has_found_nobody(
        served, api, gallery, cx, cy, w, h):
    served.embed_picture = embedder((cx, cy, w, h, (1, 0, 0, 0)))
    assert (await ask(api, IDENTIFY, 422, picture=PICTURE))['code'] == 'no_face'
    served.embed_picture = embedder((cx, cy, w, h, (1, 0, 0, 0)), (300, 200, 9, 9, (0, 1, 0, 0)))
    told = await ask(api, IDENTIFY, picture=PICTURE)
    assert (told['faces'], told['candidates'][0]['person']['name']) == (1, 'Ben')


async def test_no_viewer_can_work_a_template_out(served, nobody, gallery):
    def told(role, path, vector):
        return nobody.post(path, json={'vector': vector, 'person': 3} if path == VERIFY else
                           {'vector': vector},
                           headers={'Authorization': f'Bearer {secrets[role]}'})
    secrets = {role: served.secret(role) for role in ('viewer', 'operator')}
    found = [(await (await told('operator', VERIFY, axis)).json())['similarity']
             for axis in np.eye(4).tolist()]
    assert found == pytest.approx(unit(np.array((0, 0.97, 0.24, 0))), abs=1e-4)     # Cleo's
    for path in IDENTIFY, VERIFY:
        answer = await told('viewer', path, [1, 0, 0, 0])
        assert (answer.status, (await answer.json())['code']) == (403, 'forbidden')


async def test_so_many_uploads_at_once_and_no_more(served, api, gallery):
    asked, answers = asyncio.Queue(), []
    loop = asyncio.get_running_loop()

    def embed(picture):
        answers.append(Future())
        loop.call_soon_threadsafe(asked.put_nowait, None)
        return answers[-1]
    served.embed_picture = embed
    under_way = [asyncio.ensure_future(ask(api, IDENTIFY, picture=LARGE))
                 for _ in range(uploads.UPLOADS_MAX)]
    for _ in under_way:
        await asyncio.wait_for(asked.get(), 20)
    assert (await ask(api, IDENTIFY, 503, picture=LARGE))['code'] == 'too_many_uploads'
    await ask(api, IDENTIFY, vector=[1, 0, 0, 0])   # is none
    done = embedder((300, 200, 90, 90, (1, 0, 0, 0)))(b'').result()
    for answer in answers:
        answer.set_result(done)
    await asyncio.gather(*under_way)
    served.embed_picture = embedder((300, 200, 90, 90, (1, 0, 0, 0)))
    await ask(api, IDENTIFY, picture=LARGE)


async def test_who_is_not_let_in_takes_no_place_of_an_upload(served, api, nobody, monkeypatch):
    monkeypatch.setattr(uploads, 'UPLOADS_MAX', 0)
    answer = await nobody.post(IDENTIFY, json={'picture': LARGE})
    assert answer.status == 401
    assert (await ask(api, IDENTIFY, 503, picture=LARGE))['code'] == 'too_many_uploads'


async def test_an_upload_that_stalls_is_given_up(api, monkeypatch):
    monkeypatch.setattr(uploads, 'BODY_WAIT_S', 0.05)

    async def body():
        yield b'{"picture": "'
        await asyncio.sleep(20)
    answer = await api.post(IDENTIFY, data=body(), headers={'Content-Type': 'application/json'})
    assert (answer.status, (await answer.json(content_type=None))['code']) == (
        408, 'body_too_slow')


@pytest.mark.parametrize('body, code', [
    ({}, 'invalid_body'), ({'vector': [1, 0, 0, 0], 'track': 7}, 'invalid_body'),
    ({'vector': []}, 'invalid_body'), ({'vector': [1, 'x']}, 'invalid_body'),
    ({'vector': [True]}, 'invalid_body'), ({'vector': [[1, 0]]}, 'invalid_body'),
    ({'vector': [1e10]}, 'invalid_body'), ({'vector': [1] * 4097}, 'invalid_body'),
    ({'vector': 'x'}, 'invalid_body'), ({'vector': [0, 0, 0, 0]}, 'vector_zero'),
    ({'vector': [1, 0]}, 'vector_dimension'),
    ({'vector': [1, 0], 'model': 'mine'}, 'unknown_model'),
    ({'vector': [1, 0], 'model': '../x'}, 'invalid_body'),
    ({'picture': PICTURE, 'model': 'sface'}, 'invalid_body'),
    ({'track': 0}, 'invalid_body'), ({'vector': [1, 0, 0, 0], 'limit': 51}, 'invalid_body')],
    ids=str)
async def test_what_is_no_face_is_refused(api, gallery, body, code):
    assert (await ask(api, IDENTIFY, 422, **body))['code'] == code


async def test_everybody_who_may_look_may_ask(served, api, gallery, faces):
    viewer = {'Authorization': f'Bearer {served.secret("viewer")}'}
    answer = await api.post(IDENTIFY, json={'track': 7}, headers=viewer)
    assert answer.status == 200
