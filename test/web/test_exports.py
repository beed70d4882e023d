"""Exports over HTTP are what the store holds, whole or visibly broken off."""
import contextlib
import csv
import io
import json
from pathlib import Path
import sqlite3

import aiohttp
import numpy as np
import pytest

from serving import observation, Served
from smartcam_bridge.store.tasks import Barrier, RecordLabel, RecordObservation

NS = 1_000_000_000
START_NS = 1_800_000_000 * NS
MESSAGES = 2300     # three reads of the store


@pytest.fixture
def filled(served: Served) -> Served:
    """Record some minutes of two cameras; the second saw nothing now and then."""
    served.submit(Barrier())
    for id_, name in ((1, 'car'), (2, '=HYPERLINK("x")')):
        served.recorder.record(RecordLabel(id_, name))
    by_name = {camera.name: camera for camera in served.cameras}
    for number in range(MESSAGES):
        camera = by_name['front' if number % 2 else 'back']
        served.recorder.record(RecordObservation(observation(
            camera, START_NS + number * NS // 10, boxes=number % 4, label_id=1 + number % 2)))
    served.submit(Barrier())
    return served


async def text_of(api: aiohttp.ClientSession, path: str, **query: str) -> str:
    async with api.get(f'/api/v1/exports/{path}', params=query) as response:
        assert response.status == 200, await response.text()
        return await response.text()


@pytest.mark.asyncio
async def test_csv_has_every_box_once(filled: Served, api: aiohttp.ClientSession) -> None:
    rows = list(csv.DictReader(io.StringIO(await text_of(api, 'detections.csv'))))
    assert len(rows) == sum(number % 4 for number in range(MESSAGES))
    assert rows == sorted(rows, key=lambda row: row['stamp'])
    first = rows[0]
    async with api.get('/api/v1/detections', params={'order': 'oldest', 'limit': 1}) as response:
        item, = (await response.json())['items']
    assert [float(first[name]) for name in ('x1', 'y1', 'x2', 'y2')] == item['box']
    assert (first['camera'], first['stamp'], int(first['track'])) == (
        item['camera'], item['stamp'], item['track'])
    assert first['left'] == ''      # nobody said how large the frames are


@pytest.mark.asyncio
async def test_no_text_becomes_a_formula(filled: Served, api: aiohttp.ClientSession) -> None:
    rows = csv.DictReader(io.StringIO(await text_of(api, 'detections.csv', camera='front')))
    assert {row['label'] for row in rows} == {'\'=HYPERLINK("x")'}


@pytest.mark.asyncio
async def test_filters_are_those_of_the_query(filled: Served, api: aiohttp.ClientSession) -> None:
    query = {'camera': 'front', 'track': '2', 'from': '2027-01-15T08:00:30Z',
             'to': '2027-01-15T08:01:00Z'}
    rows = list(csv.DictReader(io.StringIO(await text_of(api, 'detections.csv', **query))))
    # No row of the tracks table, so no box is within a track's time; by camera and time there are.
    assert rows == []
    del query['track']
    rows = list(csv.DictReader(io.StringIO(await text_of(api, 'detections.csv', **query))))
    assert len(rows) == sum(number % 4 for number in range(301, 600, 2))


@pytest.mark.asyncio
async def test_pycocotools_reads_equal_boxes(filled: Served, api: aiohttp.ClientSession,
                                             tmp_path: Path) -> None:
    coco = pytest.importorskip('pycocotools.coco')
    file = tmp_path / 'coco.json'
    file.write_text(await text_of(api, 'coco.json', camera='front', width='1920', height='1080'))
    read = coco.COCO(str(file))
    assert len(read.getImgIds()) == MESSAGES // 2
    async with api.get('/api/v1/detections', params={
            'camera': 'front', 'order': 'oldest', 'limit': 1000}) as response:
        items = (await response.json())['items']
    annotations = read.loadAnns(read.getAnnIds())
    assert len(annotations) == sum(number % 4 for number in range(1, MESSAGES, 2))
    images = read.loadImgs([annotation['image_id'] for annotation in annotations])
    for item, annotation, image in zip(items, annotations, images):
        x1, y1, x2, y2 = np.array(item['box']) * (1920, 1080, 1920, 1080)
        np.testing.assert_allclose(annotation['bbox'], (x1, y1, x2 - x1, y2 - y1), atol=0.01)
        assert annotation['track_id'] == item['track']
        assert image['stamp'] == item['stamp'] and image['width'] == 1920
        assert read.loadCats(annotation['category_id'])[0]['name'] == item['label']


@pytest.mark.asyncio
async def test_motmetrics_reads_equal_boxes(filled: Served, api: aiohttp.ClientSession,
                                            tmp_path: Path) -> None:
    motmetrics = pytest.importorskip('motmetrics')
    file = tmp_path / 'mot.txt'
    query = {'camera': 'front', 'width': '640', 'height': '480'}
    file.write_text(await text_of(api, 'mot.txt', **query))
    read = motmetrics.io.loadtxt(str(file), fmt='mot15-2D', min_confidence=-1)
    frames = await text_of(api, 'mot_frames.csv', **query)
    stamps = {int(row['frame']): row['stamp'] for row in csv.DictReader(io.StringIO(frames))}
    assert len(stamps) == MESSAGES // 2     # frames without a box have a number too
    async with api.get('/api/v1/detections', params={
            'camera': 'front', 'order': 'oldest', 'limit': 1000}) as response:
        items = (await response.json())['items']
    assert len(read) == sum(number % 4 for number in range(1, MESSAGES, 2))
    for item in items:
        frame = next(number for number, stamp in stamps.items() if stamp == item['stamp'])
        row = read.loc[(frame, item['track'])]
        x1, y1, x2, y2 = np.array(item['box']) * (640, 480, 640, 480)
        np.testing.assert_allclose(row[['X', 'Y', 'Width', 'Height']].to_numpy(float),
                                   (x1, y1, x2 - x1, y2 - y1), atol=0.01)


@pytest.mark.asyncio
@pytest.mark.parametrize('path', ['detections.csv', 'coco.json', 'mot.txt', 'mot_frames.csv'])
async def test_nothing_there_is_an_empty_file(served: Served, api: aiohttp.ClientSession,
                                              path: str) -> None:
    text = await text_of(api, path, camera='front')
    if path == 'coco.json':
        assert json.loads(text)['images'] == json.loads(text)['annotations'] == []
    else:
        assert text.count('\n') == (0 if path == 'mot.txt' else 1)


@pytest.mark.asyncio
async def test_pixels_are_never_guessed(filled: Served, api: aiohttp.ClientSession) -> None:
    async with api.get('/api/v1/exports/coco.json', params={'camera': 'front'}) as response:
        problem = await response.json()
    assert (response.status, problem['code']) == (422, 'unknown_frame_size')
    assert 'width and height' in problem['detail']
    async with api.patch('/api/v1/cameras/front', json={'width': 800, 'height': 600}):
        pass
    exported = json.loads(await text_of(api, 'coco.json', camera='front'))
    assert {(image['width'], image['height']) for image in exported['images']} == {(800, 600)}


@pytest.mark.asyncio
async def test_mot_is_of_one_camera(filled: Served, api: aiohttp.ClientSession) -> None:
    async with api.get('/api/v1/exports/mot.txt') as response:
        assert response.status == 422 and 'camera' in await response.text()


@pytest.mark.asyncio
async def test_the_estimate_is_near(filled: Served, api: aiohttp.ClientSession) -> None:
    for query in ({}, {'camera': 'front'}, {'label': 'car'}):
        expected = json.loads(await text_of(api, 'detections.csv', estimate='true', **query))
        async with api.get('/api/v1/exports/detections.csv', params=query) as response:
            text = await response.text()
        assert expected['bytes'] == pytest.approx(len(text.encode()), rel=0.1)
        assert expected['boxes'] == pytest.approx(text.count('\n') - 1, rel=0.1)
        assert int(response.headers['X-Estimated-Bytes']) == expected['bytes']


@pytest.mark.asyncio
async def test_an_export_that_breaks_does_not_look_whole(
        filled: Served, api: aiohttp.ClientSession, tmp_path: Path) -> None:
    path = tmp_path / 'data' / 'smartcam.sqlite3'
    filled.recorder.close()     # all is in the one file
    with contextlib.closing(sqlite3.connect(path)) as connection:
        pages = connection.execute("SELECT pageno FROM dbstat WHERE name = 'observations' "
                                   "AND pagetype = 'leaf' ORDER BY path").fetchall()
        middle, = pages[len(pages) // 2]    # not at either end, where the estimate looks
        page_bytes, = connection.execute('PRAGMA page_size').fetchone()
    with open(path, 'r+b') as file:
        file.seek((middle - 1) * page_bytes)
        file.write(b'\xff' * page_bytes)
    with pytest.raises(aiohttp.ClientPayloadError):
        async with api.get('/api/v1/exports/detections.csv') as response:
            assert response.status == 200
            await response.read()


@pytest.mark.asyncio
async def test_what_comes_meanwhile_is_left_out(
        served: Served, api: aiohttp.ClientSession) -> None:
    camera = served.cameras[0]
    served.recorder.record(RecordLabel(1, 'car'))
    for number in range(MESSAGES):
        served.recorder.record(RecordObservation(observation(camera, START_NS + number)))
    served.submit(Barrier())
    async with api.get('/api/v1/exports/coco.json',
                       params={'width': '64', 'height': '48'}) as response:
        first = await response.content.readany()
        for number in range(100):
            served.recorder.record(RecordObservation(
                observation(camera, START_NS + MESSAGES + number)))
        served.submit(Barrier())
        exported = json.loads(first + await response.read())
    images = {image['id'] for image in exported['images']}
    assert len(images) == MESSAGES
    assert {annotation['image_id'] for annotation in exported['annotations']} == images
