"""Pictures of tracks: the newest, asked for again cheaply, and never another file."""
from pathlib import Path

import numpy as np
import pytest

from smartcam_bridge.domain.model import PATH_POINT, TrackState
from smartcam_bridge.domain.shot import MediaFile, SavedShot, Shot
from smartcam_bridge.domain.times import iso
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.tasks import Barrier, RecordLabel, RecordShot, RecordTrack

V1 = '/api/v1'
START_NS = 1_800_000_000_000_000_000


def folder_of(served):
    return MediaFolder(Path(served.recorder._session.path).parent)


def store(served, *facts):
    served.recorder.record(*facts)
    served.submit(Barrier())


def track(id_):
    return RecordTrack(TrackState(
        id_, 1, 'a', 1, START_NS, START_NS, 3, 0.9, 0.8, 0.7, np.zeros(1, PATH_POINT),
        score_median=0.75, label_changes=((START_NS, 1),), stationary_ns=START_NS))


def shot(served, id_, stamp_ns, *, path=None):
    """Write both pictures (b'crop', b'frame'), and return the fact."""
    files = []
    for kind in ('crop', 'frame'):
        file = MediaFile(kind, 1, id_, stamp_ns, path or f'day/{id_}-{stamp_ns}-{kind}.jpg', 5,
                         START_NS)
        if path is None:
            folder_of(served).write(file.path, f'{kind} {stamp_ns}'.encode())
        files.append(file)
    return RecordShot(SavedShot(1, id_, Shot(
        stamp_ns, (0.25, 0.25, 0.5, 0.5), 0.9, 640, 480, 8.0, (100, 100, 300, 200)),
        tuple(files[:1] if path else files)))


@pytest.mark.parametrize('name, kind', [('thumbnail', 'crop'), ('frame', 'frame')])
async def test_a_picture_is_sent_whole_with_its_stamp(served, api, name, kind):
    store(served, track(7), shot(served, 7, START_NS))
    answer = await api.get(f'{V1}/tracks/7/{name}.jpg')
    body = await answer.read()
    assert (answer.status, answer.content_type) == (200, 'image/jpeg')
    assert body == f'{kind} {START_NS}'.encode()
    assert int(answer.headers['Content-Length']) == len(body)
    assert answer.headers['X-Frame-Stamp'] == iso(START_NS)
    assert answer.headers['Cache-Control'] == 'private, no-cache'


async def test_the_same_picture_is_not_sent_twice_and_a_better_one_is(served, api):
    store(served, track(7), shot(served, 7, START_NS))
    url = f'{V1}/tracks/7/thumbnail.jpg'
    tag = (await api.get(url)).headers['ETag']
    again = await api.get(url, headers={'If-None-Match': tag})
    assert (again.status, await again.read()) == (304, b'')
    store(served, shot(served, 7, START_NS + 1))
    better = await api.get(url, headers={'If-None-Match': tag})
    assert (better.status, await better.read()) == (200, f'crop {START_NS + 1}'.encode())


async def test_a_version_is_kept_for_ever_as_long_as_it_is_that_one(served, api):
    store(served, track(7), shot(served, 7, START_NS))
    url = f'{V1}/tracks/7/thumbnail.jpg'
    version = (await api.get(url)).headers['X-Picture-Version']
    assert 'immutable' in (await api.get(f'{url}?v={version}')).headers['Cache-Control']
    assert 'immutable' not in (await api.get(f'{url}?v=1')).headers['Cache-Control']


@pytest.mark.parametrize('number', ['7', '8', '99'])
async def test_without_a_picture_the_answer_says_so(served, api, number):
    store(served, track(7), track(8), shot(served, 8, START_NS))
    for file in folder_of(served).root.rglob('*.jpg'):
        file.unlink()       # of 8: somebody tidied by hand
    answer = await api.get(f'{V1}/tracks/{number}/thumbnail.jpg')
    assert (answer.status, (await answer.json())['code']) == (404, 'no_picture')


@pytest.mark.parametrize('path', ['../smartcam.sqlite3', '/etc/passwd', 'a/../../secret'])
async def test_no_row_leads_out_of_the_media_folder(served, api, path):
    store(served, track(7), shot(served, 7, START_NS, path=path))
    answer = await api.get(f'{V1}/tracks/7/thumbnail.jpg')
    assert (answer.status, (await answer.json())['code']) == (404, 'no_picture')


async def test_pictures_need_a_token(served, api):
    store(served, track(7), shot(served, 7, START_NS))
    answer = await api.get(f'{V1}/tracks/7/frame.jpg', headers={'Authorization': 'Bearer sc_no'})
    assert answer.status == 401


async def test_a_track_tells_of_its_shot(served, api):
    store(served, RecordLabel(1, 'cat'), track(7), track(8), shot(served, 7, START_NS))
    one = await (await api.get(f'{V1}/tracks/7')).json()
    assert one['thumbnail'] == f'{V1}/tracks/7/thumbnail.jpg'
    assert one['shot'] == {
        'stamp': iso(START_NS), 'box': [0.25, 0.25, 0.5, 0.5], 'score': 0.9, 'width': 640,
        'height': 480, 'sharpness': 8.0,
        'crop': {'x': 100, 'y': 100, 'width': 300, 'height': 200},
        'crop_box': [0.2, 0.1, 0.733333, 0.7]}
    assert one['label_changes'] == [{'stamp': iso(START_NS), 'label': 'cat'}]
    assert (one['stationary'], one['score']['median']) == (iso(START_NS), 0.75)
    assert (one['pinned'], one['poses']) == (False, None)
    other = await (await api.get(f'{V1}/tracks/8')).json()
    assert (other['shot'], other['thumbnail']) == (None, None)
    page = await (await api.get(f'{V1}/tracks?order=oldest')).json()
    assert [item['thumbnail'] for item in page['items']] == [one['thumbnail'], None]
