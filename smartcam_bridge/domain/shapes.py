"""Zones, tripwires and masks: what a person draws over a camera's picture, checked."""
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
import math
import re
from typing import Any, ClassVar, TypeVar

from smartcam_bridge.domain.schedules import parse_schedule, parse_timezone, Window
from smartcam_bridge.errors import ShapeError

Point = tuple[float, float]

ANCHORS: dict[str, Point] = {   # place in the box: share of its width, share of its height
    f'{row}_{column}' if (row, column) != ('center', 'center') else 'center': (x, y)
    for row, y in (('top', 0.0), ('center', 0.5), ('bottom', 1.0))
    for column, x in (('left', 0.0), ('center', 0.5), ('right', 1.0))}
POINTS_MAX = 64         # of a polygon
AREA_MIN = 1e-4         # of a polygon, in frames: a hundredth of the width by one of the height
LENGTH_MIN = 0.02       # of a tripwire
_LABELS_MAX = 64
_COLOR = re.compile(r'(#[0-9a-fA-F]{6})?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A polygon whose visitors are followed. Coordinates in [0,1]; labels empty: all.

    inertia: consecutive observations that it takes to enter and to leave; inertia_s: the same in
    seconds, which counts instead where it is more than 0. loiter_s 0: nobody loiters.
    """

    KIND: ClassVar[str] = 'zone'
    id: int
    camera_id: int
    name: str
    enabled: bool = True
    points: tuple[Point, ...]
    anchor: str = 'bottom_center'
    labels: tuple[str, ...] = ()
    inertia: int = 3
    inertia_s: float = 0.0
    loiter_s: float = 0.0
    schedule: tuple[Window, ...] = ()
    timezone: str = 'UTC'
    color: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripwire:
    """A line from `start` to `end` that tracks pass from its left to its right, or back.

    hysteresis: a pass counts between points that are at least so far from the line, in [0,1].
    """

    KIND: ClassVar[str] = 'tripwire'
    id: int
    camera_id: int
    name: str
    enabled: bool = True
    start: Point
    end: Point
    anchor: str = 'bottom_center'
    labels: tuple[str, ...] = ()
    schedule: tuple[Window, ...] = ()
    timezone: str = 'UTC'
    hysteresis: float = 0.01
    color: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """A polygon in which nothing is tracked: boxes whose bottom centre is in it are left out."""

    KIND: ClassVar[str] = 'mask'
    id: int
    camera_id: int
    name: str
    enabled: bool = True
    points: tuple[Point, ...]
    labels: tuple[str, ...] = ()


Shape = Zone | Tripwire | Mask
AnyShape = TypeVar('AnyShape', Zone, Tripwire, Mask)
KINDS: dict[str, type[Shape]] = {kind.KIND: kind for kind in (Zone, Tripwire, Mask)}
_COMMON = 4     # id, camera_id, name, enabled: the first fields of all; the rest is the definition


def parse_shape(kind: str, definition: Mapping[str, Any], *, id: int = 0, camera_id: int = 0,
                name: str = '', enabled: bool = True) -> Shape:
    """Read a definition as docs/api.md has it; raise ShapeError with the reason."""
    known = {field.name for field in fields(KINDS[kind])[_COMMON:]}
    if unknown := sorted(set(definition) - known):
        raise ShapeError(str(unknown[0])[:64], f'a {kind} has nothing of this name')
    for key in ('points', 'start', 'end'):
        if key in known and key not in definition:
            raise ShapeError(key, 'is missing')
    values = {key: _PARSERS[key](value) for key, value in definition.items()}
    if 'start' in values and math.dist(values['start'], values['end']) < LENGTH_MIN:
        raise ShapeError('end', f'is closer than {LENGTH_MIN} to start: the line is too short')
    return KINDS[kind](id=id, camera_id=camera_id, name=name, enabled=enabled, **values)


def definition_of(shape: Shape) -> dict[str, Any]:
    """Return what `parse_shape` read, with all that was left out; as JSON has it."""
    values = {field.name: getattr(shape, field.name) for field in fields(shape)[_COMMON:]}
    for key in ('points', 'start', 'end', 'labels'):
        if key in values:
            values[key] = [list(item) if isinstance(item, tuple) else item
                           for item in values[key]]
    if 'schedule' in values:
        values['schedule'] = [window.as_json() for window in values['schedule']]
    return values


def of_kind(shapes: tuple[Shape, ...], kind: type[AnyShape]) -> tuple[AnyShape, ...]:
    """Return the enabled ones of a kind."""
    return tuple(shape for shape in shapes if isinstance(shape, kind) and shape.enabled)


def _polygon(value: Any) -> tuple[Point, ...]:
    if not isinstance(value, list) or not 3 <= len(value) <= POINTS_MAX:
        raise ShapeError('points', f'is not a list of 3 to {POINTS_MAX} points')
    points = tuple(_point('points')(point) for point in value)
    count = len(points)
    for i, point in enumerate(points):
        if point in points[:i]:
            raise ShapeError('points', f'{points.index(point) + 1} and {i + 1} are the same')
    for i in range(count):
        for j in range(i + 1, count):
            if _clash(points[i], points[(i + 1) % count], points[j], points[(j + 1) % count]):
                raise ShapeError('points', 'the polygon crosses itself: its sides '
                                 f'{i + 1} and {j + 1} touch')
    area = abs(sum(_cross((0.0, 0.0), a, b) for a, b in zip(points, points[1:] + points[:1]))) / 2
    if area < AREA_MIN:
        raise ShapeError('points', f'the polygon is tiny: {area:.2g} of the frame, '
                         f'and {AREA_MIN} is the least')
    return points


def _point(key: str) -> Callable[[Any], Point]:
    def parse(value: Any) -> Point:
        if (not isinstance(value, list) or len(value) != 2
                or any(isinstance(number, bool) or not isinstance(number, (int, float))
                       for number in value)):
            raise ShapeError(key, f'{value!r:.60} is not a point [x, y]')
        if not all(0 <= number <= 1 for number in value):
            raise ShapeError(key, f'{value!r:.60} is out of range: x and y are 0 to 1')
        return float(value[0]), float(value[1])
    return parse


def _clash(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Say whether sides ab and cd touch, other than neighbours do in the point they share."""
    shared = {a, b} & {c, d}
    if shared:
        if len(shared) == 2:
            return True
        (pivot,), (one,), (two,) = shared, {a, b} - shared, {c, d} - shared
        dot = ((one[0] - pivot[0]) * (two[0] - pivot[0])
               + (one[1] - pivot[1]) * (two[1] - pivot[1]))
        return _cross(pivot, one, two) == 0 and dot > 0
    sides = _sign(a, b, c), _sign(a, b, d), _sign(c, d, a), _sign(c, d, b)
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return True
    return any(side == 0 and _within(line, point) for side, line, point in zip(
        sides, ((a, b), (a, b), (c, d), (c, d)), (c, d, a, b)))


def _cross(origin: Point, one: Point, two: Point) -> float:
    return ((one[0] - origin[0]) * (two[1] - origin[1])
            - (one[1] - origin[1]) * (two[0] - origin[0]))


def _sign(origin: Point, one: Point, two: Point) -> int:
    cross = _cross(origin, one, two)
    return (cross > 0) - (cross < 0)


def _within(line: tuple[Point, Point], point: Point) -> bool:
    """Say whether a point that is in line with two others is between them."""
    return all(min(p, q) <= value <= max(p, q) for p, q, value in zip(*line, point))


def _labels(value: Any) -> tuple[str, ...]:
    if (not isinstance(value, list) or len(value) > _LABELS_MAX
            or any(not isinstance(label, str) or not 1 <= len(label) <= 256 for label in value)):
        raise ShapeError('labels', f'is not a list of at most {_LABELS_MAX} texts')
    return tuple(dict.fromkeys(value))


def _anchor(value: Any) -> str:
    if not isinstance(value, str) or value not in ANCHORS:
        raise ShapeError('anchor', f'is not one of {", ".join(ANCHORS)}')
    return value


def _color(value: Any) -> str:
    if not isinstance(value, str) or not _COLOR.fullmatch(value):
        raise ShapeError('color', "is not a colour like '#20a0ff'")
    return value


def _number(key: str, low: float, high: float, kind: type = float) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        if (isinstance(value, bool) or not isinstance(value, (int, kind))
                or not low <= value <= high):
            raise ShapeError(key, f'is not a {"whole " * (kind is int)}number '
                             f'from {low} to {high}')
        return kind(value)
    return parse


_PARSERS: dict[str, Callable[[Any], Any]] = {
    'points': _polygon, 'start': _point('start'), 'end': _point('end'), 'labels': _labels,
    'anchor': _anchor, 'schedule': parse_schedule, 'timezone': parse_timezone, 'color': _color,
    'inertia': _number('inertia', 1, 1000, int), 'inertia_s': _number('inertia_s', 0, 3600),
    'loiter_s': _number('loiter_s', 0, 604800),
    'hysteresis': _number('hysteresis', 0.001, 0.25)}
