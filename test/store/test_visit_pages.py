"""Visits and crossings page by page: everything once, in order, by every filter."""
import itertools
from pathlib import Path

import pytest
import pytest_asyncio

from smartcam_bridge.domain.model import Crossing, Direction, Visit
from smartcam_bridge.errors import BadCursor, NotFound
from smartcam_bridge.store.engine import connect
from smartcam_bridge.store.queries import CrossingQuery, Reader, VisitQuery
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import (
    Barrier, CreateCamera, CreateShape, DeleteCamera, DeleteShape, RecordCrossing, RecordLabel,
    RecordVisit)
from store_builders import SECOND, START_NS

pytestmark = pytest.mark.asyncio
POINTS = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]


@pytest_asyncio.fixture
async def reader(path: Path):
    """Return a reader."""
    opened = Reader(path)
    yield opened
    await opened.close()


@pytest.fixture
def store(recorder: Recorder):
    """Return what stores facts, with labels, two cameras, zones 1 and 2 and tripwire 3."""
    for number, name in ((1, 'person'), (2, 'dog')):
        recorder.record(RecordLabel(number, name))
    recorder.submit(CreateCamera('side', {})).result(60)
    first = recorder.submit(CreateShape('side', 'zone', 'door', True, {'points': POINTS}))
    recorder.submit(CreateShape('side', 'zone', 'gate', True, {'points': POINTS})).result(60)
    recorder.submit(CreateShape('side', 'tripwire', 'line', True, {
        'start': [0.1, 0.1], 'end': [0.9, 0.9]})).result(60)
    assert first.result(60).id == 1

    def put(*facts):
        for fact in facts:
            assert recorder.record(fact)
        recorder.submit(Barrier()).result(60)
    return put


def visit(track, second, dwell_s=None, *, zone=1, camera=2, label=1, loitered=False):
    entered_ns = START_NS + second * SECOND
    exited_ns = None if dwell_s is None else entered_ns + round(dwell_s * SECOND)
    return RecordVisit(Visit(zone, camera, track, label, entered_ns, exited_ns, loitered))


def crossing(track, second, direction=Direction.IN, *, tripwire=3, camera=2, label=1):
    return RecordCrossing(Crossing(tripwire, camera, track, label, START_NS + second * SECOND,
                                   direction))


async def walk(ask, query, **fields):
    items, cursor = [], None
    while True:
        page = await ask(query(cursor=cursor, **fields))
        assert len(page.items) <= fields.get('limit', 100)
        items += page.items
        cursor = page.next
        if cursor is None:
            return items


@pytest.mark.parametrize('order', ['newest', 'oldest'])
async def test_every_visit_comes_once_whatever_the_stamps(store, reader, order):
    store(*(visit(track, track // 4, 1) for track in range(1, 50)))
    items = await walk(reader.visits, VisitQuery, limit=7, order=order)
    assert sorted(item.track_id for item in items) == list(range(1, 50))
    stamps = [item.entered_ns for item in items]
    assert stamps == sorted(stamps, reverse=order == 'newest')


@pytest.mark.parametrize('order', ['newest', 'oldest'])
async def test_every_crossing_comes_once_whatever_the_stamps(store, reader, order):
    store(*(crossing(track, track // 4) for track in range(1, 50)))
    items = await walk(reader.crossings, CrossingQuery, limit=7, order=order)
    assert sorted(item.track_id for item in items) == list(range(1, 50))
    stamps = [item.stamp_ns for item in items]
    assert stamps == sorted(stamps, reverse=order == 'newest')


async def test_walk_goes_on_while_visits_come_and_go(store, reader, recorder, path):
    store(*(visit(track, track // 4, 1) for track in range(1, 41)))
    page = await reader.visits(VisitQuery(limit=10))
    seen = [item.track_id for item in page.items]
    store(visit(99, 100, 1), visit(98, 0, 1, zone=2))
    while page.next:
        gone = seen[-1] - 1     # the very next one is deleted
        connection = connect(path)
        connection.execute('DELETE FROM visits WHERE track_id = ?', (gone,))
        connection.close()
        page = await reader.visits(VisitQuery(limit=10, cursor=page.next))
        assert gone not in (more := [item.track_id for item in page.items])
        seen += more
    assert len(seen) == len(set(seen)) and 99 not in seen and {1, 98} <= set(seen)


@pytest.mark.parametrize('fields, expected', [
    ({}, [1, 2, 3, 4]), ({'camera': 'side'}, [1, 2, 3]), ({'label': 'dog'}, [2]),
    ({'label': 'cat'}, []), ({'zone_id': 2}, [2, 4]), ({'track_id': 3}, [3]),
    ({'open': True}, [3]), ({'open': False}, [1, 2, 4]), ({'loitered': True}, [2]),
    ({'loitered': False}, [1, 3, 4]), ({'min_dwell_ns': 5 * SECOND}, [1, 2]),
    ({'from_ns': START_NS + 15 * SECOND}, [2, 3]), ({'to_ns': START_NS + 10 * SECOND}, [1, 2]),
    ({'from_ns': START_NS + 30 * SECOND, 'to_ns': START_NS + 31 * SECOND}, [2, 3]),
    ({'camera': 'side', 'label': 'person', 'open': False, 'min_dwell_ns': 1}, [1])])
async def test_filters_of_visits(store, reader, fields, expected):
    store(visit(1, 0, 5), visit(2, 5, 30, zone=2, label=2, loitered=True), visit(3, 10),
          visit(4, 12, 1, zone=2, camera=1))
    for order in ('newest', 'oldest'):
        items = await walk(reader.visits, VisitQuery, order=order, limit=1, **fields)
        assert sorted(item.track_id for item in items) == expected


@pytest.mark.parametrize('fields, expected', [
    ({}, [1, 2, 3]), ({'camera': 'side'}, [1, 2]), ({'label': 'dog'}, [2]),
    ({'tripwire_id': 9}, [3]), ({'track_id': 3}, [3]), ({'direction': Direction.OUT}, [2]),
    ({'from_ns': START_NS + 5 * SECOND}, [2, 3]), ({'to_ns': START_NS + 5 * SECOND}, [1]),
    ({'camera': 'side', 'direction': Direction.IN}, [1])])
async def test_filters_of_crossings(store, reader, fields, expected):
    store(crossing(1, 0), crossing(2, 5, Direction.OUT, label=2),
          crossing(3, 10, tripwire=9, camera=1))
    for order in ('newest', 'oldest'):
        items = await walk(reader.crossings, CrossingQuery, order=order, limit=1, **fields)
        assert sorted(item.track_id for item in items) == expected


async def test_what_is_known_of_a_visit_and_a_crossing(store, reader):
    store(visit(7, 1, 2.5, label=2, loitered=True), crossing(7, 2, Direction.OUT))
    (found,), (passed,) = (await walk(reader.visits, VisitQuery),
                           await walk(reader.crossings, CrossingQuery))
    assert found[0] == START_NS + SECOND and found[2:] == (
        1, 'door', 'side', 7, 'dog', START_NS + round(3.5 * SECOND), True)
    assert found.loitered is True
    assert passed[0] == START_NS + 2 * SECOND and passed[2:] == (
        3, 'line', 'side', 7, 'person', Direction.OUT)


async def test_history_outlives_its_zone_but_not_its_camera(store, reader, recorder):
    store(visit(1, 0, 5), crossing(1, 2))
    recorder.submit(DeleteShape(1)).result(60)
    recorder.submit(DeleteShape(3)).result(60)
    assert [item.zone for item in await walk(reader.visits, VisitQuery)] == [None]
    assert [item.tripwire for item in await walk(reader.crossings, CrossingQuery)] == [None]
    recorder.submit(DeleteCamera('side')).result(60)
    assert await walk(reader.visits, VisitQuery) == []
    assert await walk(reader.crossings, CrossingQuery) == []


async def test_visit_that_is_brought_up_to_date_stays_one(store, reader):
    store(visit(1, 0))
    store(visit(1, 0, loitered=True))
    store(visit(1, 0, 5, loitered=True))
    (item,) = await walk(reader.visits, VisitQuery)
    assert item.exited_ns == START_NS + 5 * SECOND and item.loitered


async def test_cursor_of_another_query_is_refused(store, reader):
    store(*(visit(track, 0, 1) for track in range(1, 4)))
    cursor = (await reader.visits(VisitQuery(limit=1))).next
    for query in (VisitQuery(cursor=cursor, open=True), VisitQuery(cursor='x'),
                  VisitQuery(cursor=cursor, order='oldest')):
        with pytest.raises(BadCursor):
            await reader.visits(query)
    with pytest.raises(BadCursor):
        await reader.crossings(CrossingQuery(cursor=cursor))


async def test_camera_that_is_none_is_not_found(store, reader):
    for ask, query in ((reader.visits, VisitQuery), (reader.crossings, CrossingQuery)):
        with pytest.raises(NotFound):
            await ask(query(camera='nope'))
        assert await walk(ask, query, camera='side') == []


async def test_every_query_goes_along_an_index(store, path):
    connection = connect(path)
    wanted = {'camera': 'side', 'label': 'dog', 'track_id': 1, 'zone_id': 1, 'open': True,
              'from_ns': 1, 'to_ns': 2}
    for count in range(3):
        for names in itertools.combinations(wanted, count):
            fields = {name: wanted[name] for name in names}
            plans = [VisitQuery(**fields).statement((1, 2, 0))]
            fields = {('tripwire_id' if name == 'zone_id' else name): value
                      for name, value in fields.items() if name != 'open'}
            plans.append(CrossingQuery(**fields).statement((1, 2, 0)))
            for sql, values in plans:
                steps = [row[3] for row in connection.execute(
                    f'EXPLAIN QUERY PLAN {sql}', values)]
                main = next(step for step in steps if 'visits' in step or 'crossings' in step)
                assert 'INDEX' in main, (names, steps)
    connection.close()
