import math

import pytest
from smartcam_bridge.errors import SettingsError
from smartcam_bridge.setting_rules import camera_name_problem
from smartcam_bridge.settings import Settings, SPECS


@pytest.mark.parametrize('name, value, told', [
    ('jpeg_quality', 5, 'jpeg_quality: 5 is outside 10 to 100'),
    ('jpeg_quality', True, 'jpeg_quality: True is not a whole number (10 to 100)'),
    ('queue_max', 10**9, 'queue_max: 1000000000 is outside 100 to 1000000 tasks'),
    ('rejoin_s', math.nan, 'rejoin_s: nan is outside 0.1 to 3600 s'),
    ('rejoin_s', 'soon', "rejoin_s: 'soon' is not a number (0.1 to 3600 s)"),
    ('executor', 'multi', "executor: 'multi' is not one of auto, events, single"),
    ('cameras', ('a', 1), "cameras: ('a', 1) is not a list of texts (any texts)"),
    ('cameras', ('a b',), "'a b' is not a camera name"),
    ('cameras', ('a', 'a'), 'a name stands twice'),
    ('frame_width', 640, 'frame_width, frame_height: set both or neither'),
    ('commit_rows', 50000, 'commit_rows: 50000 is more than queue_max'),
    ('colour', 'red', 'colour: there is no such setting'),
])
def test_a_wrong_value_is_refused_with_name_and_range(name, value, told):
    with pytest.raises(SettingsError) as caught:
        Settings.from_values({name: value})
    (problem,) = caught.value.problems
    assert told in problem


def test_all_problems_are_told_at_once():
    with pytest.raises(SettingsError) as caught:
        Settings.from_values({'jpeg_quality': 5, 'executor': 'multi', 'colour': 'red'})
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize('name, given, taken', [
    ('rejoin_s', 2, 2.0), ('data_dir', 7, '7'), ('http_port', 0, 0)])
def test_a_whole_number_is_taken_where_a_number_or_a_text_is(name, given, taken):
    value = getattr(Settings.from_values({name: given}), name)
    assert (value, type(value)) == (taken, type(taken))


def test_live_settings_change_and_others_do_not():
    settings = Settings().changed({'jpeg_quality': 50})
    assert settings.jpeg_quality == 50
    with pytest.raises(SettingsError, match='http_port: can only be set at start'):
        settings.changed({'http_port': 1})
    with pytest.raises(SettingsError, match='jpeg_quality: 5 is outside'):
        settings.changed({'jpeg_quality': 5})


def test_the_defaults_are_the_settings_without_values():
    assert Settings.from_values({}) == Settings()
    assert Settings.from_values({spec.name: spec.default for spec in SPECS}) == Settings()


@pytest.mark.parametrize('name, good', [
    ('front', True), ('cam_2', True), ('a' * 64, True), ('', False), ('2cam', False),
    ('a__b', False), ('a/b', False), ('a-b', False), ('kämera', False), ('a' * 65, False)])
def test_camera_name_problem(name, good):
    assert (camera_name_problem(name) is None) is good
