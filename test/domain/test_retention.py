"""The most particular rule counts, and a wrong one is refused with all that is wrong."""
import json

import pytest

from smartcam_bridge.domain.model import Camera
from smartcam_bridge.domain.retention import parse_retention, RULES, Rules
from smartcam_bridge.errors import RetentionError
from smartcam_bridge.settings import Settings

DAY_NS = 86400 * 10 ** 9
SETTINGS = Settings(tracks_keep_days=30.0, observations_keep_h=72.0, rollups_keep_days=0.0)


def camera(id_: int = 1, **retention: object) -> Camera:
    """Return a camera with rules of its own."""
    return Camera(id_, f'c{id_}', retention=json.dumps(retention))


@pytest.mark.parametrize('own, kind, label, keep_ns', [
    ({}, 'tracks', 'person', 30 * DAY_NS),
    ({}, 'observations', '', 3 * DAY_NS),
    ({}, 'rollups', '', None),
    ({'tracks_keep_days': 7}, 'tracks', 'person', 7 * DAY_NS),
    ({'tracks_keep_days': 7}, 'events', 'person', 30 * DAY_NS),
    ({'tracks_keep_days': 0}, 'tracks', 'person', None),
    ({'labels': {'person': {'tracks_keep_days': 0.5}}}, 'tracks', 'person', DAY_NS // 2),
    ({'labels': {'person': {'tracks_keep_days': 0.5}}}, 'tracks', 'car', 30 * DAY_NS),
    ({'tracks_keep_days': 7, 'labels': {'person': {'tracks_keep_days': 0}}}, 'tracks', 'person',
     None),
    ({'tracks_keep_days': 7, 'labels': {'person': {'events_keep_days': 1}}}, 'tracks', 'person',
     7 * DAY_NS),
])
def test_the_most_particular_rule_counts(own, kind, label, keep_ns):
    assert Rules(SETTINGS, [camera(**own)]).keep_ns(kind, 1, label) == keep_ns


def test_another_cameras_rules_do_not_count():
    rules = Rules(SETTINGS, [camera(1, tracks_keep_days=1), camera(2)])
    assert rules.keep_ns('tracks', 2) == rules.keep_ns('tracks', 99) == 30 * DAY_NS


@pytest.mark.parametrize('own, shortest_ns', [
    ({}, 30 * DAY_NS), ({'tracks_keep_days': 40}, 30 * DAY_NS),
    ({'tracks_keep_days': 2}, 2 * DAY_NS),
    ({'labels': {'person': {'tracks_keep_days': 1}}}, DAY_NS)])
def test_nothing_younger_than_the_shortest_rule_goes(own, shortest_ns):
    assert Rules(SETTINGS, [camera(**own)]).shortest_ns('tracks') == shortest_ns
    assert Rules(SETTINGS, [camera(**own)]).shortest_ns('rollups') is None


def test_what_cannot_be_read_leaves_the_settings_rules():
    for text in ('', '[]', '{"tracks_keep_days": "soon"}', 'null'):
        assert Rules(SETTINGS, [Camera(1, 'c', retention=text)]).keep_ns(
            'tracks', 1) == 30 * DAY_NS


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(RetentionError) as caught:
        parse_retention({'tracks_keep_days': -1, 'colour': 'red', 'labels': {
            'person': {'media_keep_days': float('nan')}, '': {}, 'car': []}})
    assert len(caught.value.problems) == 5


def test_every_kind_has_a_setting():
    assert all(getattr(Settings(), name) >= 0 for name in RULES.values())
