"""Shapes: what can be drawn, what is refused and why."""
import json
import math

from hypothesis import given, strategies as st
import pytest

from smartcam_bridge.domain.shapes import (
    ANCHORS, AREA_MIN, definition_of, Mask, of_kind, parse_shape, POINTS_MAX, Tripwire, Zone)
from smartcam_bridge.errors import ShapeError

SQUARE = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]
LINE = {'start': [0.1, 0.5], 'end': [0.9, 0.5]}


def refusal(kind, definition):
    with pytest.raises(ShapeError) as caught:
        parse_shape(kind, definition)
    return caught.value


@pytest.mark.parametrize('points, reason', [
    ([[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]], 'sides 1 and 3'),     # a bow tie
    ([[0.1, 0.1], [0.9, 0.1], [0.5, 0.1], [0.5, 0.9]], 'sides 1 and 2'),     # turns back
    ([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.5, 0.1], [0.1, 0.9]], 'crosses itself'),  # touches
    ([[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]], 'crosses itself'),                # all in line
    ([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.1]], '1 and 4 are the same'),
    ([[0.5, 0.5], [0.501, 0.5], [0.501, 0.501], [0.5, 0.501]], 'tiny'),
    ([[0.1, 0.1], [1.2, 0.1], [0.9, 0.9]], 'out of range'),
    ([[0.1, 0.1], [0.9, -1e-9], [0.9, 0.9]], 'out of range'),
    ([[0.1, 0.1], [math.nan, 0.1], [0.9, 0.9]], 'out of range'),
    ([[0.1, 0.1], [10 ** 400, 0.1], [0.9, 0.9]], 'out of range'),
    ([[0.1, 0.1], ['0.9', 0.1], [0.9, 0.9]], 'not a point'),
    ([[0.1, 0.1], [True, 0.1], [0.9, 0.9]], 'not a point'),
    ([[0.1, 0.1], [0.9, 0.1]], '3 to'),
    ([[0.1, 0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], 'not a point'),
    ([[x / 99, 0.0] for x in range(99)], f'3 to {POINTS_MAX}'),
    ('square', '3 to'), (None, '3 to')])
def test_polygon_is_refused_with_the_reason(points, reason):
    for kind in ('zone', 'mask'):
        error = refusal(kind, {'points': points})
        assert error.where == 'points' and reason in error.reason


@pytest.mark.parametrize('definition, where, reason', [
    ({}, 'points', 'missing'),
    ({'anchor': 'middle'}, 'anchor', 'bottom_center'), ({'anchor': 3}, 'anchor', 'not one of'),
    ({'inertia': 0}, 'inertia', 'whole number'), ({'inertia': 1.5}, 'inertia', 'whole number'),
    ({'inertia': True}, 'inertia', 'whole number'), ({'inertia_s': -1}, 'inertia_s', 'number'),
    ({'loiter_s': math.inf}, 'loiter_s', 'number'), ({'loiter_s': 'x'}, 'loiter_s', 'number'),
    ({'labels': 'car'}, 'labels', 'list'), ({'labels': ['']}, 'labels', 'texts'),
    ({'labels': [1]}, 'labels', 'texts'), ({'color': 'red; }'}, 'color', 'colour'),
    ({'timezone': 'Mars/Base'}, 'timezone', 'Mars/Base'), ({'timezone': 7}, 'timezone', 'not'),
    ({'timezone': '../../etc/passwd'}, 'timezone', 'not'), ({'timezone': ''}, 'timezone', 'not'),
    ({'timezone': 'Europe'}, 'timezone', 'not'),
    ({'schedule': {}}, 'schedule', 'list'), ({'schedule': [3]}, 'schedule', 'window 1'),
    ({'volume': 3}, 'volume', 'nothing of this name'), ({'id': 3}, 'id', 'nothing'),
    ({'start': [0, 0]}, 'start', 'nothing of this name')])
def test_zone_is_refused_with_the_reason(definition, where, reason):
    points = {'points': SQUARE} if definition else {}
    error = refusal('zone', points | definition)
    assert error.where == where and reason in error.reason
    assert str(error) == f'{where}: {error.reason}'


@pytest.mark.parametrize('definition, where', [
    (LINE | {'end': [0.11, 0.5]}, 'end'), (LINE | {'end': [0.1, 0.5]}, 'end'),
    (LINE | {'end': [0.9, 1.5]}, 'end'), ({'start': [0.1, 0.1]}, 'end'),
    ({'end': [0.1, 0.1]}, 'start'), (LINE | {'hysteresis': 0}, 'hysteresis'),
    (LINE | {'inertia': 3}, 'inertia')])
def test_tripwire_is_refused_with_the_reason(definition, where):
    assert refusal('tripwire', definition).where == where


def test_what_is_left_out_has_the_defaults():
    zone = parse_shape('zone', {'points': SQUARE}, id=3, camera_id=2, name='door')
    assert zone == Zone(id=3, camera_id=2, name='door', points=tuple(map(tuple, SQUARE)))
    assert (zone.anchor, zone.inertia, zone.labels, zone.enabled) == ('bottom_center', 3, (), True)
    assert isinstance(parse_shape('tripwire', LINE), Tripwire)
    assert isinstance(parse_shape('mask', {'points': SQUARE}), Mask)


@pytest.mark.parametrize('kind, definition', [
    ('zone', {'points': SQUARE, 'anchor': 'top_left', 'labels': ['car', 'bus'], 'inertia': 5,
              'inertia_s': 1.5, 'loiter_s': 30, 'timezone': 'Europe/Berlin', 'color': '#20a0ff',
              'schedule': [{'days': ['mon', 'sun'], 'from': '22:00', 'to': '06:30'}]}),
    ('tripwire', LINE | {'anchor': 'center', 'labels': [], 'schedule': [], 'timezone': 'UTC',
                         'hysteresis': 0.02, 'color': ''}),
    ('mask', {'points': SQUARE, 'labels': ['tree']})])
def test_definition_comes_back_as_it_was(kind, definition):
    shape = parse_shape(kind, definition)
    assert definition_of(shape) == definition
    assert parse_shape(kind, json.loads(json.dumps(definition_of(shape)))) == shape


def test_only_enabled_shapes_of_the_kind_count():
    shapes = tuple(parse_shape(kind, {'points': SQUARE}, id=number, enabled=enabled)
                   for number, (kind, enabled) in enumerate([
                       ('zone', True), ('zone', False), ('mask', True)], 1))
    assert [shape.id for shape in of_kind(shapes, Zone)] == [1]
    assert [shape.id for shape in of_kind(shapes, Mask)] == [3]


def test_anchors_are_places_in_the_box():
    assert len(ANCHORS) == 9
    assert ANCHORS['bottom_center'] == (0.5, 1.0) and ANCHORS['center'] == (0.5, 0.5)
    assert ANCHORS['top_left'] == (0.0, 0.0) and ANCHORS['center_right'] == (1.0, 0.5)


@given(st.lists(st.floats(0.05, 0.45), min_size=3, max_size=20))
def test_every_star_is_taken_whichever_way_round_and_from_any_corner(radii):
    count = len(radii)
    star = [[0.5 + radius * math.cos(2 * math.pi * k / count),
             0.5 + radius * math.sin(2 * math.pi * k / count)] for k, radius in enumerate(radii)]
    for points in (star, star[::-1], star[1:] + star[:1]):
        assert len(parse_shape('zone', {'points': points}).points) == count


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=7, unique=True))
def test_whatever_is_taken_is_simple_and_not_tiny(points):
    """Compared with the plain definition: no two sides meet, checked by sampling them."""
    try:
        zone = parse_shape('zone', {'points': [list(point) for point in points]})
    except ShapeError as error:
        assert error.where == 'points' and error.reason
        return
    sides = list(zip(zone.points, zone.points[1:] + zone.points[:1]))
    area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in sides)) / 2
    assert area >= AREA_MIN * 0.999
    for i, one in enumerate(sides):
        for two in sides[i + 2:len(sides) - (i == 0)]:
            assert not properly_cross(*one, *two)


def properly_cross(a, b, c, d):
    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
