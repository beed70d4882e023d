"""Answers from rollups are those of counting every raw row, in every zone and bucket."""
import asyncio
from collections import Counter, defaultdict
import contextlib
import datetime
from pathlib import Path
import random
from typing import Any, Iterator
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from rollup_truth import step

from smartcam_bridge.domain.buckets import Buckets, buckets_of
from smartcam_bridge.domain.model import Camera, Crossing, Direction, Visit
from smartcam_bridge.errors import NotFound
from smartcam_bridge.store import heat, packing
from smartcam_bridge.store.analytics import Analytics, Scope
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.engine import database_path
from smartcam_bridge.store.session import Session
from smartcam_bridge.store.zone_rollups import BINS_S
from store_builders import observation, track

NS, HOUR_S, DAY_S = 10**9, 3600, 86400
# Europe sets its clocks forward on 2026-03-29, Lord Howe (by half an hour) back on 2026-04-05.
BEGIN_S = int(datetime.datetime(2026, 3, 27, tzinfo=datetime.timezone.utc).timestamp())
LENGTH_S = 12 * DAY_S
NOW_S = BEGIN_S + 11 * DAY_S + 7200 + 17
ZONES = ('UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe',
         'America/St_Johns')
LABELS = {1: 'person', 2: 'car', 3: 'dog'}
LONGEST_S = {'minute': 6 * HOUR_S, 'quarter': 2 * DAY_S, 'hour': 8 * DAY_S}
FAR_NS = 2**62


class Truth:
    """All raw rows, and what they amount to by looking at each."""

    def __init__(self, session: Session) -> None:
        connection = session.open()
        self.boxes = [(camera, stamp_ns, packing.unpack(blob)['label'].tolist(),
                       packing.unpack(blob)['corners'].tolist())
                      for camera, stamp_ns, blob in connection.execute(
                          'SELECT camera_id, stamp_ns, boxes FROM observations')]
        self.tracks = connection.execute(
            'SELECT camera_id, label_id, first_ns FROM tracks').fetchall()
        self.visits = connection.execute(
            'SELECT zone_id, label_id, entered_ns, exited_ns FROM visits').fetchall()
        self.crossings = connection.execute(
            'SELECT tripwire_id, label_id, stamp_ns, direction FROM crossings').fetchall()

    def counts(self, begin_s: int, end_s: int, camera: int | None, label: int | None,
               ) -> dict[str, Any]:
        """Return the numbers of one bucket."""
        here = [(labels if label is None else [one for one in labels if one == label])
                for camera_id, stamp_ns, labels, _ in self.boxes
                if begin_s * NS <= stamp_ns < end_s * NS and camera in (None, camera_id)]
        boxes = sum(map(len, here))
        return {'tracks': sum(begin_s * NS <= first_ns < end_s * NS and camera in (None, camera_id)
                              and label in (None, label_id)
                              for camera_id, label_id, first_ns in self.tracks),
                'boxes': boxes, 'peak': max(map(len, here), default=0),
                'mean': round(boxes / len(here), 6) if here else None}

    def stays(self, begin_s: int, end_s: int, zone: int, label: int | None) -> dict[str, Any]:
        """Return the numbers of a zone in one bucket, up to now."""
        some = [(came, left) for zone_id, label_id, came, left in self.visits
                if zone_id == zone and label in (None, label_id)]
        until_s = min(end_s, NOW_S)
        if until_s <= begin_s:
            return {'tracks': 0, 'boxes': None, 'peak': 0, 'mean': None}
        entered, _, _, peak, occupied_ns, _, _ = step(some, begin_s * NS, until_s * NS)
        return {'tracks': entered, 'boxes': None, 'peak': peak,
                'mean': pytest.approx(occupied_ns / ((until_s - begin_s) * NS), abs=1.1e-6)}


@pytest.fixture(scope='module')
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Truth, Analytics]]:
    """Return twelve days of a small store, and what answers questions about it."""
    session = Session(database_path(tmp_path_factory.mktemp('analytics')))
    session.begin(['front', 'side'], ranked=lambda event: event)
    dice = random.Random(5)
    connection = session.open()
    for kind, camera_id, name in (('zone', 1, 'door'), ('zone', 2, 'yard'), ('zone', 1, 'empty'),
                                  ('tripwire', 1, 'line'), ('tripwire', 2, 'gate'),
                                  ('mask', 1, 'tree')):
        connection.execute('INSERT INTO shapes (camera_id, kind, name, enabled, definition) '
                           "VALUES (?, ?, ?, 1, '{}')", (camera_id, kind, name))
    for batch in _batches(dice):
        session.commit(batch)
    yield Truth(session), Analytics(fetching(session))
    session.close()


PLANS: list[str] = []


@pytest.fixture
def plans() -> list[str]:
    """Return how the statements of this test are carried out, but for those that list labels."""
    PLANS.clear()
    return PLANS


def fetching(session: Session) -> Any:
    """Return what runs a statement on a session's own connection, and notes its plan."""
    async def fetch(sql: str, values: Any) -> list[tuple]:
        connection = session.open()
        if 'EXISTS' not in sql:
            PLANS.append('\n'.join(row[3] for row in connection.execute(
                f'EXPLAIN QUERY PLAN {sql}', values)))
        return connection.execute(sql, values).fetchall()
    return fetch


def _batches(dice: random.Random) -> Iterator[Batch]:
    cameras = (Camera(1, 'front'), Camera(2, 'side'))
    for day in range(12):
        def moment() -> int:
            return (BEGIN_S + day * DAY_S + dice.randrange(DAY_S)) * NS + dice.choice(
                [0, 0, NS - 1, 123_456_789])

        visits = {}
        for number in range(14):
            entered_ns = min(moment(), NOW_S * NS - 1)
            length_ns = int(dice.expovariate(1 / (4 * HOUR_S)) * NS)
            exited_ns = entered_ns + length_ns
            zone = dice.randint(1, 2)
            visit = Visit(zone, zone, day * 100 + number, dice.randint(1, 3), entered_ns,
                          exited_ns if exited_ns < NOW_S * NS else None)
            visits[visit.zone_id, visit.track_id, entered_ns] = visit
        yield Batch(
            labels=LABELS, visits=visits,
            observations=[observation(moment(), camera=dice.choice(cameras), labels=[
                dice.randint(1, 3) for _ in range(dice.randrange(5))]) for _ in range(120)],
            tracks={day * 100 + i: track(day * 100 + i, camera_id=dice.randint(1, 2),
                                         label_id=dice.randint(1, 3), first_ns=moment())
                    for i in range(60)},
            crossings=[Crossing(dice.randint(4, 5), 1, i, dice.randint(1, 3), moment(),
                                dice.choice(list(Direction))) for i in range(30)])


@st.composite
def ranges(draw: st.DrawFn) -> Buckets:
    """Draw buckets that lie within the time of the store, or reach beyond."""
    unit = draw(st.sampled_from(['minute', 'quarter', 'hour', 'day', 'week', 'month']))
    from_s = BEGIN_S + draw(st.integers(-DAY_S, LENGTH_S))
    to_s = from_s + draw(st.integers(1, LONGEST_S.get(unit, LENGTH_S)))
    return buckets_of(from_s, to_s, unit, ZoneInfo(draw(st.sampled_from(ZONES))), 3000)


def pieces(buckets: Buckets) -> Iterator[tuple[int, int]]:
    """Return the begin and end of each bucket."""
    return zip(buckets.edges, buckets.edges[1:])


cameras = st.sampled_from([None, 'front', 'side'])
labels = st.sampled_from([None, 'person', 'car', 'dog', 'unheard of'])


def ids(camera: str | None, label: str | None) -> tuple[int | None, int | None]:
    """Return the ids of names; -1 of a label that nobody had."""
    return ({None: None, 'front': 1, 'side': 2}[camera],
            {None: None, 'person': 1, 'car': 2, 'dog': 3, 'unheard of': -1}[label])


@settings(max_examples=120, deadline=None)
@given(ranges(), cameras, labels, st.sampled_from(['none', 'label', 'camera']))
def test_counts_are_those_of_raw_rows(stored: tuple[Truth, Analytics], buckets: Buckets,
                                      camera: str | None, label: str | None, by: str) -> None:
    truth, analytics = stored
    series, total = asyncio.run(analytics.counts(
        buckets, Scope(camera=camera, label=label), by, NOW_S * NS))
    camera_id, label_id = ids(camera, label)
    for each in series:
        of_label = {name: id_ for id_, name in LABELS.items()}.get(each.names.get('label'))
        of_camera = {'front': 1, 'side': 2}.get(each.names.get('camera'))
        expected = [truth.counts(*piece, camera_id or of_camera, of_label or label_id)
                    for piece in pieces(buckets)]
        assert each.numbers == {name: [one[name] for one in expected] for name in expected[0]}
    if by == 'label' and label is None:
        seen = {LABELS[one] for camera_id_, stamp_ns, some, _ in truth.boxes for one in some
                if camera_id in (None, camera_id_)
                and buckets.edges[0] * NS <= stamp_ns < buckets.edges[-1] * NS}
        assert seen <= {each.names['label'] for each in series}
    assert total.numbers == truth.counts(buckets.edges[0], buckets.edges[-1], camera_id, label_id)


@settings(max_examples=100, deadline=None)
@given(ranges(), st.sampled_from([None, 1, 2, 3]), labels, st.sampled_from(['zone', 'label']))
def test_occupancy_of_zones_is_that_of_raw_visits(
        stored: tuple[Truth, Analytics], buckets: Buckets, zone: int | None, label: str | None,
        by: str) -> None:
    truth, analytics = stored
    zone = zone if by == 'zone' else zone or 1
    series, _ = asyncio.run(analytics.counts(
        buckets, Scope(label=label, zone=zone), by, NOW_S * NS))
    for each in series:
        label_id = ids(None, each.names.get('label') or label)[1]
        expected = [truth.stays(*piece, each.names['zone'], label_id) for piece in pieces(buckets)]
        assert each.numbers == {name: [one[name] for one in expected] for name in expected[0]}
    found = [each.names['zone'] for each in series]
    if by == 'zone':
        assert sorted(found) == ([1, 2, 3] if zone is None else [zone])
    only = asyncio.run(analytics.occupancy(buckets, Scope(label=label, zone=zone), by, NOW_S * NS))
    assert [one.numbers for one in only] == [
        {name: each.numbers[name] for name in ('mean', 'peak')} for each in series]


@settings(max_examples=60, deadline=None)
@given(ranges(), labels, st.sampled_from([None, 4, 5]))
def test_crossings_are_counted_each_way(stored: tuple[Truth, Analytics], buckets: Buckets,
                                        label: str | None, tripwire: int | None) -> None:
    truth, analytics = stored
    label_id = ids(None, label)[1]
    for each in asyncio.run(analytics.crossings(buckets, Scope(label=label, tripwire=tripwire))):
        for way, direction in (('in', 1), ('out', -1)):
            assert each.numbers[way] == [
                sum(wire == each.names['tripwire'] and label_id in (None, its_label)
                    and direction == its and begin_s * NS <= stamp_ns < end_s * NS
                    for wire, its_label, stamp_ns, its in truth.crossings)
                for begin_s, end_s in pieces(buckets)]


@settings(max_examples=60, deadline=None)
@given(ranges(), labels)
def test_dwell_is_that_of_the_visits_that_ended(stored: tuple[Truth, Analytics],
                                                buckets: Buckets, label: str | None) -> None:
    truth, analytics = stored
    label_id = ids(None, label)[1]
    for each in asyncio.run(analytics.dwell(buckets, Scope(label=label))):
        lasted = sorted(
            (left - came) / NS for zone, its_label, came, left in truth.visits
            if zone == each.names['zone'] and label_id in (None, its_label) and left is not None
            and buckets.edges[0] * NS <= left < buckets.edges[-1] * NS)
        bins = np.histogram(lasted, [*BINS_S, np.inf])[0].tolist()
        assert (each.counts, each.visits) == (bins, len(lasted))
        if lasted:
            assert each.mean_s == pytest.approx(np.mean(lasted), abs=1e-5)
            assert each.longest_s == pytest.approx(lasted[-1], abs=1e-5)
            for share, value in ((0.5, each.median_s), (0.9, each.p90_s)):
                exact = lasted[max(int(np.ceil(share * len(lasted))) - 1, 0)]
                number = max(i for i, edge in enumerate(BINS_S) if edge <= exact)
                assert BINS_S[number] <= value <= min([*BINS_S, 1e9][number + 1], each.longest_s)
        else:
            assert (each.mean_s, each.median_s, each.p90_s, each.longest_s) == (None,) * 4


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ZONES), st.integers(0, 11), st.integers(1, 12),
       st.sampled_from(['tracks', 'boxes', 'visits', 'crossings']), labels)
def test_the_busiest_hours_are_means_of_as_many_as_there_were(
        stored: tuple[Truth, Analytics], zone: str, first: int, days: int, of: str,
        label: str | None) -> None:
    truth, analytics = stored
    hours = buckets_of(BEGIN_S + first * DAY_S, BEGIN_S + (first + days) * DAY_S, 'hour',
                       ZoneInfo(zone), 9000)
    label_id = ids(None, label)[1]
    stamps_ns = {
        'tracks': [stamp for _, its, stamp in truth.tracks if label_id in (None, its)],
        'boxes': [stamp for _, stamp, some, _ in truth.boxes for its in some
                  if label_id in (None, its)],
        'visits': [came for _, its, came, _ in truth.visits if label_id in (None, its)],
        'crossings': [stamp for _, its, stamp, _ in truth.crossings if label_id in (None, its)],
    }[of]
    sums: Counter = Counter()
    there: dict[tuple[int, int], int] = defaultdict(int)
    for begin_s, end_s in pieces(hours):
        if begin_s < NOW_S:
            local = hours.local(begin_s)
            there[local.weekday(), local.hour] += 1
            sums[local.weekday(), local.hour] += sum(
                begin_s * NS <= stamp < end_s * NS for stamp in stamps_ns)
    found = asyncio.run(analytics.busiest(hours, Scope(label=label), of, NOW_S * NS)).mean
    assert found == [[round(sums[day, hour] / there[day, hour], 6) if there[day, hour] else None
                      for hour in range(24)] for day in range(7)]


@settings(max_examples=40, deadline=None)
@given(st.integers(-DAY_S, LENGTH_S), st.integers(1, LENGTH_S), labels,
       st.sampled_from(['front', 'side']))
def test_a_heat_map_shows_where_the_boxes_stood(
        stored: tuple[Truth, Analytics], off_s: int, length_s: int, label: str | None,
        camera: str) -> None:
    truth, analytics = stored
    from_s = BEGIN_S + off_s
    found = asyncio.run(analytics.heat_map(from_s, from_s + length_s, Scope(camera, label)))
    camera_id, label_id = ids(camera, label)
    assert found.from_s <= from_s < from_s + length_s <= found.to_s
    assert found.from_s % HOUR_S == found.to_s % HOUR_S == 0
    expected = np.zeros((heat.HEIGHT, heat.WIDTH), int)
    for its_camera, stamp_ns, some, corners in truth.boxes:
        if its_camera == camera_id and found.from_s * NS <= stamp_ns < found.to_s * NS:
            for its_label, (x1, _, x2, y2) in zip(some, corners):
                if label_id in (None, its_label):
                    expected[min(y2 * 18 // 65535, 17), min((x1 + x2) * 32 // 131070, 31)] += 1
    assert found.camera == camera
    assert found.cells.tolist() == expected.tolist()


def test_no_question_looks_at_rollups_outside_its_time(
        stored: tuple[Truth, Analytics], plans: list[str]) -> None:
    _, analytics = stored
    hours = buckets_of(BEGIN_S, BEGIN_S + 3 * DAY_S, 'hour', ZoneInfo('Asia/Kolkata'), 100)
    for label in (None, 'car'):
        for by in ('none', 'label', 'camera', 'zone'):
            asyncio.run(analytics.counts(hours, Scope(label=label), by, NOW_S * NS))
        asyncio.run(analytics.crossings(hours, Scope(label=label)))
        asyncio.run(analytics.dwell(hours, Scope(label=label)))
        asyncio.run(analytics.heat_map(BEGIN_S, BEGIN_S + DAY_S, Scope('front', label)))
    asked = [plan for plan in plans if '_rollups' in plan]
    assert len(asked) > 16
    for plan in asked:
        for line in plan.splitlines():
            assert '_rollups' not in line or 'start_s' in line or 'LIST SUBQUERY' in line, plan
            assert 'observations' not in line or 'rowid>?' in line, plan


@pytest.mark.parametrize('scope', [Scope(camera='nowhere'), Scope(zone=99), Scope(tripwire=1),
                                   Scope(camera='side', zone=1), Scope(zone=6)])
def test_what_is_not_there_is_not_found(stored: tuple[Truth, Analytics], scope: Scope) -> None:
    _, analytics = stored
    buckets = buckets_of(BEGIN_S, BEGIN_S + DAY_S, 'hour', ZoneInfo('UTC'), 100)
    with pytest.raises(NotFound):
        if scope.tripwire:
            asyncio.run(analytics.crossings(buckets, scope))
        else:
            asyncio.run(analytics.counts(buckets, scope, 'none', NOW_S * NS))


def test_someone_who_stays_for_days_is_there_in_every_hour(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        session = Session(database_path(tmp_path))
        stack.callback(session.close)
        session.begin(['front'], ranked=lambda event: event)
        session.open().execute("INSERT INTO shapes VALUES (1, 1, 'zone', 'door', 1, '{}')")
        key = (1, 7, BEGIN_S * NS)
        session.commit(Batch(visits={key: Visit(1, 1, 7, 1, BEGIN_S * NS)}))
        analytics = Analytics(fetching(session))

        def mean(day: int, now_s: int) -> Any:
            begin_s = BEGIN_S + day * DAY_S
            hours = buckets_of(begin_s, begin_s + 3 * HOUR_S, 'hour', ZoneInfo('UTC'), 100)
            series = asyncio.run(analytics.occupancy(hours, Scope(), 'zone', now_s * NS))
            return series[0].numbers['mean']

        now_s = BEGIN_S + 3 * DAY_S + HOUR_S + 1800
        assert mean(2, now_s) == [1.0, 1.0, 1.0]
        assert mean(3, now_s) == [1.0, 1.0, None]
        left_ns = (BEGIN_S + 2 * DAY_S + 5400) * NS     # told late: after a restart, say
        session.commit(Batch(visits={key: Visit(1, 1, 7, 1, BEGIN_S * NS, left_ns)}))
        assert mean(2, now_s) == [1.0, 0.5, 0.0]
        assert mean(3, now_s) == [0.0, 0.0, None]
