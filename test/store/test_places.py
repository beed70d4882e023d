"""Places are found by radius and by polygon, for tracks and for events."""
import asyncio
from collections import Counter
from dataclasses import replace
import math
import sqlite3
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Pose, Visit
from smartcam_bridge.store import places
from smartcam_bridge.store.place_maps import PlaceQuery
from smartcam_bridge.store.queries import EventQuery, Reader, TrackQuery
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.tasks import Barrier, RecordEvent, RecordTrack, RecordVisit
from sqlalchemy import literal_column, select
from store_builders import START_NS, track

_METRES = st.integers(-20, 20).map(lambda halves: halves / 2)
_POINT = st.tuples(_METRES, _METRES)


def wound(point: places.Point, polygon: list[places.Point]) -> float:
    """Return how often a polygon winds around a point; NaN on its border."""
    angle = 0.0
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1]):
        ax, ay, bx, by = ax - point[0], ay - point[1], bx - point[0], by - point[1]
        cross, dot = ax * by - ay * bx, ax * bx + ay * by
        if cross == 0 and dot <= 0:
            return math.nan
        angle += math.atan2(cross, dot)
    return round(angle / math.tau)


@settings(max_examples=200)
@given(_POINT, st.lists(_POINT, min_size=3, max_size=8))
def test_a_polygon_holds_what_it_winds_around_oddly_often(
        point: places.Point, polygon: list[places.Point]) -> None:
    expected = wound(point, polygon)
    if math.isnan(expected):
        return
    built = compiled(select(places.within(literal_column(':px'), literal_column(':py'),
                                          len(polygon))))
    values = places.within_values(polygon) | {'px': point[0], 'py': point[1]}
    (found,), = sqlite3.connect(':memory:').execute(built.sql, built.bound(**values)).fetchall()
    assert bool(found) == (expected % 2 == 1)


@given(st.lists(_POINT, min_size=3, max_size=8))
def test_the_circle_around_a_polygon_holds_all_of_it(polygon: list[places.Point]) -> None:
    x, y, radius = places.circle_around(polygon)
    assert all(math.hypot(px - x, py - y) <= radius + 1e-9 for px, py in polygon)


@pytest.fixture
def seen(recorder: Any, path: Any) -> Any:
    """Record 11 tracks and events along x in the frame `map`, one of each in another."""
    for number in range(12):
        pose = Pose('odom' if number == 11 else 'map', number % 11, 0.0, 0.0, 0.0)
        recorder.record(
            RecordTrack(replace(track(number + 1), poses=(('start', pose),))),
            RecordEvent(Event('zone_entered', 'camera', START_NS + number, {}, camera_id=1,
                              pose=pose)))
    recorder.record(RecordVisit(Visit(7, 1, 3, 1, START_NS)))
    recorder.submit(Barrier()).result(60)
    return path


def found(path: Any, query: TrackQuery | EventQuery) -> list[int]:
    """Return ids of tracks, or numbers of events, that a query finds."""
    async def ask() -> list[int]:
        reader = Reader(path)
        try:
            if isinstance(query, TrackQuery):
                return sorted(item.id for item in (await reader.tracks(query)).items)
            return sorted(item.event.seq for item in (await reader.events(query)).items)
        finally:
            await reader.close()
    return asyncio.run(ask())


@pytest.mark.parametrize('kind', [TrackQuery, EventQuery])
def test_what_happened_near_a_place_is_found(seen: Any, kind: type) -> None:
    assert found(seen, kind(frame='map', near=(3.0, 0.5, 1.2))) == [3, 4, 5]
    assert found(seen, kind(frame='odom', near=(0.0, 0.0, 1.0))) == [12]
    assert found(seen, kind(frame='map', near=(50.0, 0.0, 1.0))) == []


@pytest.mark.parametrize('kind', [TrackQuery, EventQuery])
def test_what_happened_in_a_polygon_is_found(seen: Any, kind: type) -> None:
    polygon = ((1.5, -1.0), (6.5, -1.0), (6.5, 0.2), (4.5, -0.5), (1.5, 0.2))
    around = places.circle_around(polygon)
    assert found(seen, kind(frame='map', near=around, within=polygon)) == [3, 7]


def test_tracks_that_visited_a_zone_are_found(seen: Any) -> None:
    assert found(seen, TrackQuery(zone=7)) == [3]
    assert found(seen, TrackQuery(zone=8)) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-400, 400), st.integers(-400, 400)), max_size=30),
       st.sampled_from([0.25, 0.5, 1.0, 4.0]))
def test_squares_count_what_began_in_them(points: list[tuple[int, int]], cell_m: float) -> None:
    metres = [(x / 8, y / 8) for x, y in points]
    connection = sqlite3.connect(':memory:')
    connection.execute('CREATE TABLE tracks (pose_frame, pose_x, pose_y, first_ns)')
    connection.executemany("INSERT INTO tracks VALUES ('map', ?, ?, 0)", metres)
    connection.execute("INSERT INTO tracks VALUES ('odom', 1, 1, 0), (NULL, NULL, NULL, 0)")
    query = PlaceQuery('map', cell_m)
    found = [query.cell(row) for row in connection.execute(*query.statement())]
    expected = Counter((math.floor(x / cell_m) * cell_m, math.floor(y / cell_m) * cell_m)
                       for x, y in metres)
    assert {(cell.x, cell.y): cell.tracks for cell in found} == expected
    assert [cell.tracks for cell in found] == sorted(expected.values(), reverse=True)
