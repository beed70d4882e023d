"""Pages of events: every filter as plain Python would do it, each event once, the right index."""
import asyncio
from pathlib import Path
import random
import sqlite3
import threading
from typing import Any, Callable, Iterator

import pytest

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.domain.model import Pose
from smartcam_bridge.errors import BadCursor, NotFound
from smartcam_bridge.store import event_pages as module, event_sql
from smartcam_bridge.store.cameras import create_camera
from smartcam_bridge.store.engine import open_store, transaction
from smartcam_bridge.store.event_pages import EventQuery
from smartcam_bridge.store.event_rows import store_events
from smartcam_bridge.store.queries import Reader
from store_builders import START_NS

TYPES = ('track_started', 'track_ended', 'zone_entered', 'camera_offline', 'dwell_exceeded')
LABELS = ('person', 'car', '')
CAMERAS = ('front', 'rear')
PER_STAMP = 4
COUNT = 4000


def made(number: int, dice: random.Random) -> Event:
    """Return an event; four share a stamp."""
    camera_id = dice.choice((1, 1, 2))
    kind = dice.choice((*TYPES[:3] * 8, *TYPES[3:]))
    pose = Pose('map', dice.uniform(-5, 5), dice.uniform(-5, 5), 0.0, 0.0)
    return Event(kind, CAMERAS[camera_id - 1], START_NS + number // PER_STAMP, {'n': number},
                 camera_id=camera_id, track_id=dice.choice((0, 7, 7, 8, 9)),
                 label=dice.choice(LABELS), shape_id=dice.choice((0, 0, 3, 4)),
                 severity=dice.choice((*[Severity.INFO] * 9, *Severity)),
                 pose=dice.choice((None, pose)))


def fill(path: Path, count: int) -> sqlite3.Connection:
    """Store two cameras and so many events; pin and acknowledge some."""
    dice = random.Random(5)
    connection = open_store(path)
    with transaction(connection):
        for name in CAMERAS:
            create_camera(connection, name, {})
        for begin in range(0, count, 10_000):
            store_events(connection, [made(k, dice) for k in range(begin, min(begin + 10_000,
                                                                              count))])
        connection.execute('UPDATE events SET pinned = 1 WHERE id % 97 = 0')
        connection.execute("INSERT INTO acknowledgements SELECT id, 'anna', 5 FROM events "
                           'WHERE id % 3 = 0')
        connection.execute("INSERT INTO acknowledgements SELECT id, 'bert', 5 FROM events "
                           'WHERE id % 6 = 0')
        connection.execute('UPDATE events SET person_id = 1 + id % 3 WHERE id % 7 = 0')
        connection.execute('UPDATE events SET was_person_id = 2 WHERE id % 49 = 0')
        connection.execute('UPDATE events SET stranger_id = 1 + id % 2 WHERE id % 11 = 0')
    return connection


@pytest.fixture(scope='module')
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a store that is only read."""
    path = tmp_path_factory.mktemp('events') / 'smartcam.sqlite3'
    fill(path, COUNT).close()
    yield path


def read(path: Path, act: Callable[[Reader], Any]) -> Any:
    """Return what `act` makes of a reader."""
    async def run() -> Any:
        reader = Reader(path)
        try:
            return await act(reader)
        finally:
            await reader.close()
    return asyncio.run(run())


async def walk(reader: Reader, between: Callable[[], None] = lambda: None,
               **query: Any) -> list[module.StoredEvent]:
    """Return the items of all pages."""
    items, cursor = [], None
    while True:
        page = await reader.events(EventQuery(cursor=cursor, **query))
        assert len(page.items) <= query.get('limit', 100)
        items += page.items
        cursor = page.next
        if cursor is None:
            return items
        between()


def expected(path: Path, keep: Callable[[module.StoredEvent], bool], newest: bool) -> list[int]:
    """Return the numbers of what is to be found, from all there is."""
    connection = sqlite3.connect(path)
    rows = connection.execute(event_sql.ONE.sql.removesuffix('WHERE events.id = :seq'),
                              event_sql.ONE.params).fetchall()
    connection.close()
    kept = [one.event for row in rows if keep(one := module.stored_of(row))]
    kept.sort(key=lambda one: (one.stamp_ns, one.seq), reverse=newest)
    return [one.seq for one in kept]


FILTERS = [
    ({}, lambda e: True),
    ({'types': ('zone_entered',)}, lambda e: e.event.type == 'zone_entered'),
    ({'types': TYPES[2:]}, lambda e: e.event.type in TYPES[2:]),
    ({'types': ('none_such',)}, lambda e: False),
    ({'severity': Severity.WARNING}, lambda e: e.event.severity >= Severity.WARNING),
    ({'camera': 'rear', 'types': ('camera_offline', 'track_ended')},
     lambda e: e.event.camera == 'rear' and e.event.type in ('camera_offline', 'track_ended')),
    ({'camera': 'rear', 'severity': Severity.NOTICE},
     lambda e: e.event.camera == 'rear' and e.event.severity >= Severity.NOTICE),
    ({'label': 'car'}, lambda e: e.event.label == 'car'),
    ({'label': 'dog'}, lambda e: False),
    ({'label': 'car', 'camera': 'front', 'shape_id': 3},
     lambda e: (e.event.label, e.event.camera, e.event.shape_id) == ('car', 'front', 3)),
    ({'track_id': 8}, lambda e: e.event.track_id == 8),
    ({'track_id': 9999}, lambda e: False),
    ({'person_id': 2}, lambda e: e.event.person_id == 2),
    ({'person_id': 2, 'was_person_id': 2, 'camera': 'front'},
     lambda e: (e.event.person_id, e.event.was_person_id, e.event.camera) == (2, 2, 'front')),
    ({'was_person_id': 2}, lambda e: e.event.was_person_id == 2),
    ({'stranger_id': 1, 'label': 'car'},
     lambda e: (e.event.stranger_id, e.event.label) == (1, 'car')),
    ({'pinned': True}, lambda e: e.pinned), ({'pinned': False}, lambda e: not e.pinned),
    ({'acknowledged': True, 'who': 'anna'}, lambda e: 'anna' in e.acknowledged),
    ({'acknowledged': False, 'who': 'bert', 'types': ('track_ended',)},
     lambda e: 'bert' not in e.acknowledged and e.event.type == 'track_ended'),
    ({'from_ns': START_NS + 100, 'to_ns': START_NS + 200},
     lambda e: START_NS + 100 <= e.event.stamp_ns < START_NS + 200),
    ({'frame': 'map', 'near': (1.0, 1.0, 0.5)}, lambda e: e.event.pose is not None and (
        e.event.pose.x - 1) ** 2 + (e.event.pose.y - 1) ** 2 <= 0.25),
    ({'near': (1.0, 1.0, 3.0), 'label': 'car'}, lambda e: e.event.pose is not None and (
        e.event.pose.x - 1) ** 2 + (e.event.pose.y - 1) ** 2 <= 9 and e.event.label == 'car'),
    ({'frame': 'odom'}, lambda e: False),
    ({'first_seq': 50, 'last_seq': 60}, lambda e: 50 <= e.event.seq <= 60),
    ({'first_seq': 3950, 'camera': 'front'},
     lambda e: e.event.seq >= 3950 and e.event.camera == 'front')]


@pytest.mark.parametrize('few, windows', [(2000, (1000, 8000, 48000)), (5, (7, 20))])
@pytest.mark.parametrize('order', ['newest', 'oldest'])
@pytest.mark.parametrize('query, keep', FILTERS, ids=[str(query) for query, _ in FILTERS])
def test_pages_hold_what_plain_python_finds(
        filled: Path, monkeypatch: pytest.MonkeyPatch, query: dict[str, Any],
        keep: Callable[[module.StoredEvent], bool], order: str, few: int,
        windows: tuple[int, ...]) -> None:
    monkeypatch.setattr(module, 'FEW', few)
    monkeypatch.setattr(module, 'WINDOWS', windows)
    found = read(filled, lambda reader: walk(reader, order=order, limit=90, **query))
    assert [one.event.seq for one in found] == expected(filled, keep, order == 'newest')


def test_an_event_comes_with_who_acknowledged_it_and_whether_it_is_pinned(filled: Path) -> None:
    one = read(filled, lambda reader: reader.event(97 * 6))
    assert (one.event.seq, one.pinned, one.acknowledged) == (582, True, ('anna', 'bert'))
    with pytest.raises(NotFound, match='no event 99999'):
        read(filled, lambda reader: reader.event(99999))


def test_a_camera_that_is_none_is_told_from_one_without_events(filled: Path) -> None:
    with pytest.raises(NotFound, match='no camera'):
        read(filled, lambda reader: reader.events(EventQuery(camera='none')))


def test_a_cursor_belongs_to_its_query(filled: Path) -> None:
    page = read(filled, lambda reader: reader.events(EventQuery(limit=3)))
    with pytest.raises(BadCursor, match='another query'):
        read(filled, lambda reader: reader.events(EventQuery(label='car', cursor=page.next)))


def test_the_last_page_says_so(filled: Path) -> None:
    page = read(filled, lambda reader: reader.events(EventQuery(limit=1000, first_seq=3001)))
    assert (len(page.items), page.next) == (1000, None)


def test_events_after_a_number_come_in_the_order_of_numbers(filled: Path) -> None:
    after = read(filled, lambda reader: reader.events_after(3990, 5))
    assert [one.seq for one in after] == [3991, 3992, 3993, 3994, 3995]


@pytest.mark.parametrize('index', [name for name in event_sql._ALONG if name not in ('seq',)])
@pytest.mark.parametrize('newest', [True, False])
def test_each_way_goes_along_its_index(filled: Path, index: str, newest: bool) -> None:
    few = index in ('track', 'place')
    given = ('camera', 'label', 'severity')
    built = event_sql.page_of(index, few, newest, True, True, True, not few, 2, None, None, 0,
                              given)
    values = dict.fromkeys(('after_ns', 'after_id', 'from_ns', 'to_ns', 'end_ns', 'end_id', 'x',
                            'y', 'radius', 'rows', 'type_0', 'type_1', *given), 1)
    connection = sqlite3.connect(filled)
    plan = [row[3] for row in connection.execute(
        f'EXPLAIN QUERY PLAN {built.sql}', built.bound(**values | {'key': 1}))]
    connection.close()
    plain = ('track', 'place', 'pinned', 'stamp', 'person', 'stranger')
    name = {'was': 'was_person'}.get(index, index if index in plain else f'{index}_stamp')
    assert f'events_{name} ' in next(line for line in plan if 'events' in line), plan
    assert any('TEMP B-TREE' in line for line in plan) == few, plan


class Meddler:
    """Inserts and deletes events beside a walk; knows which were there all the time."""

    def __init__(self, connection: sqlite3.Connection, count: int) -> None:
        self._connection = connection
        self._dice = random.Random(9)
        self._next = count
        self.stayed = set(range(1, count + 1))

    def __call__(self) -> None:
        dice = self._dice
        gone = dice.sample(range(1, self._next), 5)
        late = [made(dice.randrange(self._next), dice) for _ in range(3)]
        with transaction(self._connection):
            self._connection.executemany('DELETE FROM events WHERE id = ?', [(k,) for k in gone])
            store_events(self._connection, [made(self._next, dice), *late])
        self.stayed -= set(gone)
        self._next += 4


@pytest.mark.parametrize('order', ['newest', 'oldest'])
@pytest.mark.parametrize('count', [
    20_000, pytest.param(1_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_a_walk_finds_each_event_once_while_others_come_and_go(
        tmp_path: Path, order: str, count: int) -> None:
    path = tmp_path / 'smartcam.sqlite3'
    connection = fill(path, count)
    meddler = Meddler(connection, count)
    found = read(path, lambda reader: walk(reader, meddler, order=order, limit=1000 if count
                                           > 100_000 else 97))
    connection.close()
    numbers = [one.event.seq for one in found]
    assert len(set(numbers)) == len(numbers), 'one came twice'
    assert meddler.stayed <= set(numbers), 'one that was there all the time is missing'
    places = [(one.event.stamp_ns, one.event.seq) for one in found]
    assert places == sorted(places, reverse=order == 'newest')


def test_readers_and_a_writer_may_work_at_once(tmp_path: Path) -> None:
    path = tmp_path / 'smartcam.sqlite3'
    meddler = Meddler(fill(path, 2000), 2000)
    stop = threading.Event()

    def meddle() -> None:
        while not stop.is_set():
            meddler()

    thread = threading.Thread(target=meddle)
    thread.start()
    try:
        for _ in range(5):
            numbers = [one.event.seq for one in read(path, lambda reader: walk(reader, limit=50))]
            assert len(set(numbers)) == len(numbers)
    finally:
        stop.set()
        thread.join()
