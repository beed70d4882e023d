"""What the bridge says of itself to those whom it sees."""
from dataclasses import fields
import json
from pathlib import Path

from smartcam_bridge.domain.model import Camera
from smartcam_bridge.live.data_processing import data_processing
from smartcam_bridge.settings import Settings

HERE = Path('/data/cameras')
YARD = Camera(1, 'yard', retention='{"tracks_keep_days": 7, "labels": {"person": '
                                   '{"media_keep_days": 1}}}')


def said(*cameras: Camera, **values: object) -> dict:
    """Return it as a reader of the topic gets it."""
    settings = Settings.from_values(values)
    return json.loads(json.dumps(data_processing(settings, cameras, HERE)))


def kept(form: dict) -> dict:
    return {one['what']: one['for'] for one in form['kept']}


def test_every_age_of_the_settings_is_told() -> None:
    told = {(one['for']['value'], one['for']['unit']) for one in said()['kept'] if one['for']}
    settings = Settings()
    ages = {(getattr(settings, field.name), field.name.rsplit('_', 1)[1])
            for field in fields(Settings) if '_keep_' in field.name}
    assert ages <= told
    assert kept(said(backups_keep=3))['backups'] == {'value': 3, 'unit': 'files'}


def test_what_is_kept_for_ever_has_no_age() -> None:
    form = kept(said(tracks_keep_days=0.0, sightings_keep_days=3.0))
    assert (form['tracks'], form['templates']) == (None, None)
    assert form['sightings'] == {'value': 3.0, 'unit': 'days'}


def test_where_it_is_and_that_no_frame_leaves() -> None:
    form = said(http_host='0.0.0.0')
    assert form['where'] == {'data_dir': '/data/cameras', 'http_host': '0.0.0.0'}
    assert form['frames_leave_this_machine'] is False
    assert {'files', 'viewer', 'operator', 'admin', 'ros'} == form['readers'].keys()


def test_a_camera_tells_its_own_rules() -> None:
    yard, = said(YARD)['cameras']
    assert yard == {
        'camera': 'yard', 'enabled': True, 'face_model': 'sface',
        'recognition': {'enabled': True, 'schedule': [], 'timezone': 'UTC'},
        'keeps': {'tracks_keep_days': 7, 'labels': {'person': {'media_keep_days': 1}}}}


def test_hours_of_recognition_are_told() -> None:
    hours = {'enabled': True, 'timezone': 'Europe/Berlin',
             'schedule': [{'days': ['mon', 'tue'], 'from': '08:00', 'to': '18:00'}]}
    form = said(Camera(1, 'hall', recognition=json.dumps(hours)), Camera(
        2, 'door', recognition='{"enabled": false}', face_model='arcface'))
    assert form['cameras'][0]['recognition'] == hours
    assert form['cameras'][1]['recognition']['enabled'] is False
    assert form['cameras'][1]['face_model'] == 'arcface'


def test_recognition_that_is_off_for_all_is_off_for_each() -> None:
    form = said(YARD, recognition=False)
    assert form['recognition'] is form['cameras'][0]['recognition']['enabled'] is False


def test_rules_that_cannot_be_read_do_not_hide_the_rest() -> None:
    hall, = said(Camera(1, 'hall', retention='?', recognition='?'))['cameras']
    assert hall['recognition']['enabled'] is False
    assert hall['keeps'] == {'labels': {}}
