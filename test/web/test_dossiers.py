"""All that is held about a person is handed out, and nothing of anybody else."""
import base64
import json
from pathlib import Path
import sqlite3
import sys

import numpy as np
import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.shot import MediaFile, SavedShot, Shot
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.schema import metadata
from smartcam_bridge.store.tasks import (
    Barrier, RecordEvent, RecordLabel, RecordShot, RecordTrack)

sys.path.insert(0, str(Path(__file__).parents[1] / 'store'))  # for people_rows

import people_rows as put  # noqa: E402, I100
from store_builders import track  # noqa: E402

EXPORT = '/api/v1/people/7/export'
NUMBERS = (0.1, -0.7071067811865476, 1e-9, 0.5)
SECTIONS = {'templates': 'templates', 'rejections': 'rejections', 'sightings': 'sightings',
            'tracks': 'tracks', 'events': 'events', 'audit': 'audit'}


@pytest.fixture
def path(served):
    """Return the path of the store."""
    return served.recorder._session.path


@pytest.fixture
def held(served, path):
    """Hold much about person 7, more than one page of it, and some about person 8."""
    camera = served.cameras[0]
    for id_, name in (7, 'Änna'), (8, 'Ben'):
        put.person(path, id_, name, former_names=json.dumps([f'Old {name}']))
    served.recorder.record(RecordLabel(1, 'person'), *(
        RecordTrack(track(number, camera_id=camera.id)) for number in range(1, 451)), *(
        RecordEvent(Event('person_changed', camera.name, put.START_NS + number, {'n': number},
                          camera_id=camera.id, track_id=number)) for number in range(1, 451)))
    jpeg = MediaFile('crop', camera.id, 2, 5, 'day/crop.jpg', 3, 1)
    MediaFolder(path.parent).write(jpeg.path, b'two')
    served.recorder.record(RecordShot(SavedShot(camera.id, 2, Shot(
        5, (0.1, 0.1, 0.9, 0.9), 0.9, 400, 225, 9.0, (0, 0, 400, 225)), (jpeg,))))
    served.submit(Barrier())
    for number in range(1, 5):
        whose = 7 + number % 2
        put.template(path, number, whose, numbers=NUMBERS,
                     jpeg=b'\xff\xd8' if number < 3 else None)
        put.sighting(path, number, number, person_id=whose, camera_id=camera.id, numbers=NUMBERS)
        put.rejection(path, number, whose)
        put.audit_entry(path, number, 'enrolled', person_id=whose)
    put.change(path, "UPDATE tracks SET verdict = 'known', person_id = 7 + id % 2")
    put.change(path, 'UPDATE events SET person_id = 7 + id % 2, was_person_id = 8 - id % 2')
    put.change(path, 'UPDATE events SET was_person_id = 7 WHERE id = 2')    # both: told once


async def export(api, address=EXPORT):
    answer = await api.get(address)
    assert answer.status == 200, await answer.text()
    return answer, json.loads(await answer.text())


async def test_everything_in_every_table_is_handed_out(api, held, path):
    answer, told = await export(api)
    assert answer.headers['Content-Disposition'] == 'attachment; filename="person-7.json"'
    assert answer.headers['Cache-Control'] == 'no-store'
    assert set(told) == {'exported', 'person', *SECTIONS}
    connection = sqlite3.connect(path)
    tables = [table.name for table in metadata.sorted_tables if 'person_id' in table.c]
    assert set(tables) == set(SECTIONS.values())    # a new table must be handed out too
    for table in tables:
        roles = [name for name in ('person_id', 'was_person_id')
                 if name in metadata.tables[table].c]
        ids = {id_ for id_, in connection.execute(
            f'SELECT id FROM {table} WHERE ' + ' OR '.join(f'{name} = 7' for name in roles))}
        found = [item['seq' if table == 'events' else 'id'] for item in told[table]]
        assert sorted(found) == sorted(ids) and ids, table
    connection.close()


async def test_the_person_with_names_vectors_and_pictures(api, held):
    _, told = await export(api)
    assert (told['person']['name'], told['person']['former_names']) == ('Änna', ['Old Änna'])
    two, four = told['templates']
    assert base64.b64decode(two['jpeg']) == b'\xff\xd8' and four['jpeg'] is None
    for item in (two, four, *told['sightings']):
        assert np.array(item['vector'], np.float32).tolist() == np.array(
            NUMBERS, np.float32).tolist()
    assert told['rejections'][0]['vector'] == [0, 1, 0, 0]
    first, second = told['tracks'][:2]
    assert (first['id'], base64.b64decode(first['jpeg']), second['jpeg']) == (2, b'two', None)
    assert len(first['path']) == 2 and first['identity']['person']['name'] == 'Änna'
    assert 'Ben' not in json.dumps([told[name] for name in (
        'person', 'templates', 'rejections', 'sightings', 'tracks', 'audit')])


async def test_the_export_is_in_the_audit_and_for_admins_only(served, api, held):
    _, told = await export(api)
    assert ('exported', 'first-admin') in {(item['action'], item['by']) for item in told['audit']}
    operator = {'Authorization': f'Bearer {served.secret("operator")}'}
    assert (await api.get(EXPORT, headers=operator)).status == 403
    assert (await api.get('/api/v1/people/9/export')).status == 404


async def test_who_has_nothing_has_a_whole_file_too(api, path, served):
    put.person(path, 7, 'Anna')
    _, told = await export(api)
    assert {name: told[name] for name in SECTIONS if name != 'audit'} == {
        'templates': [], 'rejections': [], 'sightings': [], 'tracks': [], 'events': []}


async def test_what_only_a_correction_says_is_handed_out_too(api, held, path):
    put.audit_entry(path, 20, 'created', person_id=5)
    put.audit_entry(path, 21, 'merged', person_id=6, detail='{"person": 5, "events": 0}')
    put.audit_entry(path, 22, 'merged', person_id=7, detail='{"person": 6, "events": 0}')
    put.audit_entry(path, 23, 'merged', person_id=8, detail='{"person": 4, "events": 0}')
    for seq, was in (449, 7), (447, 5), (445, 4):
        put.change(path, 'UPDATE events SET person_id = 8, was_person_id = NULL, corrections = '
                   f"""'[{{"at": "", "by": "me", "action": "rejected", "was": null}}, """
                   f"""{{"at": "", "by": "me", "action": "merged", "was": {was}}}]' """
                   f'WHERE id = {seq}')
    _, told = await export(api)
    told_of = [item['seq'] for item in told['events']]
    assert set(range(440, 451)) - set(told_of) == {445}
    assert len(told_of) == len(set(told_of)) == 449
    assert {20, 21, 22} <= {item['id'] for item in told['audit']}
    assert 23 not in {item['id'] for item in told['audit']}
    answer = await api.get('/api/v1/audit?person=7&order=oldest')
    assert {20, 21, 22} <= {item['id'] for item in (await answer.json())['items']}
