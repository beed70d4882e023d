"""Where the robot was, as conditions of SQL: within a radius, within a polygon."""
import math
from typing import Any, Sequence

from sqlalchemy import and_, bindparam, case
from sqlalchemy.sql import ColumnElement

Point = tuple[float, float]
Circle = tuple[float, float, float]     # x, y, radius, in metres
POINTS_MAX = 32     # of a polygon that is asked for


def near(x: ColumnElement, y: ColumnElement) -> ColumnElement:
    """Say whether a place lies within `:radius` of `:x, :y`."""
    aside, ahead = x - bindparam('x'), y - bindparam('y')
    return aside * aside + ahead * ahead <= bindparam('radius') * bindparam('radius')


def close_by(x: ColumnElement) -> ColumnElement:
    """Say what an index can use of `near`."""
    return and_(x >= bindparam('x') - bindparam('radius'),
                x <= bindparam('x') + bindparam('radius'))


def within(x: ColumnElement, y: ColumnElement, corners: int) -> ColumnElement:
    """Say whether a place lies in the polygon of `within_values`: a ray meets odd many edges."""
    return sum(_met(x, y, number, (number + 1) % corners) for number in range(corners)) % 2 == 1


def near_values(circle: Circle) -> dict[str, float]:
    """Return what `near` is bound to."""
    return dict(zip(('x', 'y', 'radius'), circle))


def within_values(polygon: Sequence[Point]) -> dict[str, Any]:
    """Return what `within` is bound to."""
    return {f'{axis}{number}': value for number, point in enumerate(polygon)
            for axis, value in zip('uv', point)}


def circle_around(polygon: Sequence[Point]) -> Circle:
    """Return a circle that holds a polygon."""
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*polygon))
    return (left + right) / 2, (low + high) / 2, math.hypot(right - left, high - low) / 2


def _met(x: ColumnElement, y: ColumnElement, begin: int, end: int) -> ColumnElement:
    u0, v0, u1, v1 = (bindparam(name) for name in (
        f'u{begin}', f'v{begin}', f'u{end}', f'v{end}'))
    spans = and_(y >= v0, y < v1) | and_(y >= v1, y < v0)    # never where the edge is level
    return case((spans, case((x < u0 + (u1 - u0) * (y - v0) / (v1 - v0), 1), else_=0)), else_=0)
