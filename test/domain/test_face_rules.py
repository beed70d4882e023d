"""What the settings and a camera say of recognition."""
from dataclasses import replace
import json

from face_builders import CAMERA
import pytest

from smartcam_bridge.domain.face_rules import (
    face_rules, FaceRules, Hours, parse_recognition, stored_recognition)
from smartcam_bridge.domain.times import parse_iso
from smartcam_bridge.errors import RecognitionError
from smartcam_bridge.settings import Settings

WORK = [{'days': ['mon'], 'from': '08:00', 'to': '18:00'}]
MONDAY_NOON = parse_iso('2026-11-23T12:00:00Z')
MONDAY_NIGHT = parse_iso('2026-11-23T22:00:00Z')


def camera(**recognition):
    return replace(CAMERA, recognition=json.dumps(recognition))


def test_rules_are_those_of_the_settings():
    settings = Settings.from_values({
        'face_margin': 0.1, 'face_min_probes': 5, 'face_min_px': 50, 'face_min_quality': 0.4,
        'face_pair_wait_s': 1.5, 'stranger_window_h': 0.5, 'face_model': 'arcface',
        'face_thresholds': ('arcface=0.5',), 'recognition': False})
    assert face_rules(settings) == FaceRules(
        False, 0.1, 5, 50, 0.4, 1.5, 1_800_000_000_000, 'arcface', ('arcface=0.5',))


def test_defaults_are_those_of_the_settings():
    assert replace(face_rules(Settings()), thresholds=()) == FaceRules()


@pytest.mark.parametrize('recognition, stamp_ns, expected', [
    ({}, MONDAY_NIGHT, True), ({'enabled': False}, MONDAY_NOON, False),
    ({'schedule': WORK}, MONDAY_NOON, True), ({'schedule': WORK}, MONDAY_NIGHT, False),
    ({'schedule': WORK, 'timezone': 'Asia/Tokyo'}, MONDAY_NOON, False),
    ({'schedule': WORK, 'enabled': False}, MONDAY_NOON, False)])
def test_a_camera_may_be_off_or_have_hours(recognition, stamp_ns, expected):
    assert FaceRules().is_on(camera(**recognition), stamp_ns) is expected
    assert FaceRules(enabled=False).is_on(camera(**recognition), stamp_ns) is False


def test_who_cannot_be_read_is_not_recognised():
    for text in ('', '[]', '{"enabled": 1}', '{"schedule": [{}]}', 'null'):
        assert not FaceRules().is_on(replace(CAMERA, recognition=text), MONDAY_NOON)


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(RecognitionError) as caught:
        parse_recognition({'enabled': 'yes', 'schedule': 7, 'timezone': 'Nowhere', 'hours': []})
    assert [problem.split(':')[0] for problem in caught.value.problems] == [
        'recognition.enabled', 'recognition.schedule', 'recognition.timezone',
        'recognition.hours']
    with pytest.raises(RecognitionError, match='object'):
        parse_recognition([])


def test_json_comes_back_as_it_was():
    given = {'enabled': False, 'timezone': 'Europe/Berlin', 'schedule': WORK}
    assert parse_recognition(given).as_json() == given
    assert parse_recognition({}).as_json() == Hours().as_json()
    assert stored_recognition(json.dumps(given)) == parse_recognition(given)


@pytest.mark.parametrize('of_camera, of_settings, rules, expected', [
    ('', 'sface', (), ('sface', 0.363, 128)), ('arcface', 'sface', (), ('arcface', 0.40, 512)),
    ('', 'sface', ('', 'sface=0.5'), ('sface', 0.5, 128)), ('own', 'sface', (), None),
    ('own', 'sface', ('own=0.3',), ('own', 0.3, 0))])
def test_a_camera_has_the_model_that_it_says_or_that_of_the_settings(
        of_camera, of_settings, rules, expected):
    model = FaceRules(model=of_settings, thresholds=rules).model_of(
        replace(CAMERA, face_model=of_camera))
    assert (model and (model.name, model.threshold, model.dimension)) == expected
