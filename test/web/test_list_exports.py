"""What the API lists comes as CSV too: every row once, with a fair estimate."""
import csv
from dataclasses import replace
import io
from pathlib import Path
import sys

import pytest

from serving import Served
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Crossing, Direction, Pose, Visit
from smartcam_bridge.store.tasks import (
    Barrier, RecordCrossing, RecordEvent, RecordLabel, RecordTrack, RecordVisit)
from smartcam_bridge.web.handlers.list_exports import LISTS

sys.path.insert(0, str(Path(__file__).parents[1] / 'store'))  # for store_builders

import people_rows  # noqa: E402, I100
from store_builders import SECOND, START_NS, track  # noqa: E402

COUNT = 2500    # three pages


@pytest.fixture
def filled(served: Served) -> Served:
    """Record a track, an event, a visit and a crossing every second."""
    camera = served.cameras[0]
    served.recorder.record(RecordLabel(1, 'person'))
    for number in range(COUNT):
        stamp_ns = START_NS + number * SECOND
        served.recorder.record(
            RecordTrack(replace(track(number + 1), camera_id=camera.id, first_ns=stamp_ns,
                                last_ns=stamp_ns + SECOND)),
            RecordVisit(Visit(3, camera.id, number + 1, 1, stamp_ns, stamp_ns + SECOND)),
            RecordCrossing(Crossing(4, camera.id, number + 1, 1, stamp_ns, Direction.IN)),
            RecordEvent(Event('manual_event', camera.name, stamp_ns,
                              {'title': '=1+1', 'note': 'a, "b"\nc'}, camera_id=camera.id,
                              pose=Pose('map', 1.5, 2.0, 0.0, 0.0))))
    served.submit(Barrier())
    return served


@pytest.mark.asyncio
@pytest.mark.parametrize(('name', 'stamp'), [
    ('tracks', 'first'), ('events', 'stamp'), ('visits', 'entered'), ('crossings', 'stamp')])
async def test_every_row_once(filled: Served, api, name: str, stamp: str) -> None:
    query = {'camera': filled.cameras[0].name}
    async with api.get(f'/api/v1/exports/{name}.csv', params=query) as response:
        assert response.status == 200, await response.text()
        text = await response.text()
    rows = list(csv.DictReader(io.StringIO(text, newline='')))
    assert len(rows) == COUNT
    stamps = [row[stamp] for row in rows]
    assert stamps == sorted(stamps) and len(set(stamps)) == COUNT
    async with api.get(f'/api/v1/exports/{name}.csv',
                       params=query | {'estimate': 'true'}) as response:
        expected = await response.json()
    assert expected['rows'] == pytest.approx(COUNT, rel=0.02) and not expected['exact']
    assert expected['bytes'] == pytest.approx(len(text.encode()), rel=0.05)
    async with api.get(f'/api/v1/{name}', params=query | {'order': 'oldest', 'limit': 1},
                       ) as response:
        item, = (await response.json())['items']
    assert rows[0][stamp] == item[stamp]


@pytest.mark.asyncio
async def test_texts_come_back_and_are_no_formulas(filled: Served, api) -> None:
    async with api.get('/api/v1/exports/events.csv') as response:
        rows = list(csv.DictReader(io.StringIO(await response.text(), newline='')))
    assert rows[0]['title'] == "'=1+1" and rows[0]['note'] == 'a, "b"\nc'
    assert (rows[0]['pose_frame'], rows[0]['pose_x']) == ('map', '1.5')


@pytest.mark.asyncio
async def test_who_it_was_is_told(served: Served, api) -> None:
    path = served.recorder._session.path
    camera = served.cameras[0]
    served.recorder.record(
        RecordLabel(1, 'person'), RecordTrack(replace(track(7), camera_id=camera.id)),
        RecordTrack(replace(track(8), camera_id=camera.id)),
        RecordEvent(Event('person_changed', camera.name, START_NS, {'similarity': 0.7},
                          camera_id=camera.id, track_id=7)))
    served.submit(Barrier())
    people_rows.person(path, 1, '=Anna')
    people_rows.change(path, "UPDATE tracks SET verdict = 'known', person_id = 1, similarity = "
                             '0.75 WHERE id = 7')
    people_rows.change(path, 'UPDATE events SET person_id = 1, was_person_id = 9')
    async with api.get('/api/v1/exports/tracks.csv', params={'person': 1}) as response:
        row, = csv.DictReader(io.StringIO(await response.text(), newline=''))
    assert {name: row[f'identity_{name}'] for name in (
        'verdict', 'person_id', 'person_name', 'stranger', 'similarity')} == {
        'verdict': 'known', 'person_id': '1', 'person_name': "'=Anna", 'stranger': '',
        'similarity': '0.75'}
    async with api.get('/api/v1/exports/events.csv', params={'was': 9}) as response:
        row, = csv.DictReader(io.StringIO(await response.text(), newline=''))
    assert (row['person_id'], row['person_name'], row['was_id'], row['was_name'],
            row['similarity']) == ('1', "'=Anna", '9', '', '0.7')


@pytest.mark.asyncio
@pytest.mark.parametrize('name', ['tracks', 'events', 'visits', 'crossings'])
async def test_a_camera_that_is_none_is_no_empty_file(served: Served, api, name: str) -> None:
    async with api.get(f'/api/v1/exports/{name}.csv', params={'camera': 'nowhere'}) as response:
        assert response.status == 404
    async with api.get(f'/api/v1/exports/{name}.csv', params={'limit': '5'}) as response:
        assert response.status == 422


@pytest.mark.asyncio
async def test_pages_without_items_on_the_way_are_no_end(served: Served, api) -> None:
    """A rare event lies behind more than one request looks at."""
    camera = served.cameras[0]
    for number in range(60_000):
        served.recorder.record(RecordEvent(Event(
            'zone_entered', camera.name, START_NS + number, {}, camera_id=camera.id,
            label='dog' if number == 59_999 else 'cat', track_id=1)))
        if number % 5000 == 4999:
            served.submit(Barrier())
    query = {'camera': camera.name, 'type': 'zone_entered', 'acknowledged': 'true'}
    async with api.get('/api/v1/events', params=query | {'order': 'oldest'}) as response:
        page = await response.json()
    assert page['items'] == [] and page['next']
    async with api.get('/api/v1/exports/events.csv', params=query) as response:
        assert response.status == 200, await response.text()
        assert (await response.text()).count('\n') == 1
    async with api.get('/api/v1/exports/events.csv',
                       params=query | {'estimate': 'true'}) as response:
        assert await response.json() == {
            'rows': 0, 'bytes': len(text_header()), 'exact': False}


def text_header() -> str:
    """Return the first line of events.csv."""
    return ','.join(next(each for each in LISTS if each.name == 'events.csv').columns)
