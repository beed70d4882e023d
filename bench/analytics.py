"""Measure analytics: what a client waits for an answer, at the 95th percentile.

Over 5 million messages (some 6.5 million boxes), 200,000 tracks, 120,000 visits, 80,000 crossings
of 31 days of four cameras. The contestants answer the same questions, with other days and zones
each time:

ours    the whole way: HTTP request, checks, rollups, JSON, over a store that a recorder has open.
floor   the rollup table of the finest width that the question needs, as arrays in memory, summed
        by numpy: no file, no SQL, no HTTP.
rival   plain GROUP BY on indexed raw tables (one row for each detection where boxes are counted),
        rows fetched, nothing made of them. It tells neither peaks nor means.

`commit`: what the rollups add to a commit of the recorder, beside the same commit without them.
"""
from __future__ import annotations

import argparse
import contextlib
import http.client
from pathlib import Path
import random
import sqlite3
import sys
import tempfile
import time
from typing import Callable, Iterator
import urllib.parse
from zoneinfo import ZoneInfo

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'test' / 'web')]

from bench.analytics_data import (  # noqa: E402, I100
    BEGIN_S, CAMERAS, DAYS, folder_of, LABELS, NS, rows_path, ZONES)
from bench.harness import Case, report, say  # noqa: E402
from serving import serve  # noqa: E402
from smartcam_bridge.domain.buckets import Buckets, buckets_of  # noqa: E402
from smartcam_bridge.domain.model import (  # noqa: E402
    Camera, Observation, PATH_POINT, Source, TrackState, Visit)
from smartcam_bridge.domain.times import iso  # noqa: E402
from smartcam_bridge.store import heat, session as sessions  # noqa: E402
from smartcam_bridge.store.batch import Batch  # noqa: E402
from smartcam_bridge.store.engine import database_path  # noqa: E402

RIVAL = 'GROUP BY on indexed raw rows'
TIMEZONES = ('UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Kathmandu', 'America/New_York')
DAY_S = 86400

# Name, days asked for, the route with what it is asked for beyond the range; the rollup table
# with its group and sums, and the raw table with its stamp, group and whether boxes are counted.
QUESTIONS = (
    ('counts by label, day', 30, 'counts?by=label&bucket=day', 'camera', 'label_id', 'detections'),
    ('counts by camera, hour', 30, 'counts?by=camera&bucket=hour', 'camera', 'camera_id',
     'detections'),
    ('counts of a label, day', 30, 'counts?label=dog&by=camera&bucket=day', 'camera', 'camera_id',
     'detections'),
    ('counts, minute of a day', 1, 'counts?by=none&bucket=minute', 'camera', 'label_id',
     'detections'),
    ('counts by label, quarter, 7 d', 7, 'counts?by=label&bucket=quarter', 'camera', 'label_id',
     'detections'),
    ('counts with the 15 d before', 15, 'counts?by=label&bucket=day&compare=true', 'camera',
     'label_id', 'detections'),
    ('counts by zone, hour', 30, 'counts?by=zone&bucket=hour', 'zone', 'zone_id', 'visits'),
    ('occupancy by camera, day', 30, 'occupancy?by=camera&bucket=day', 'camera', 'camera_id',
     'detections'),
    ('occupancy by zone, hour', 30, 'occupancy?by=zone&bucket=hour', 'zone', 'zone_id', 'visits'),
    ('dwell', 30, 'dwell?', 'zone', 'zone_id', 'visits'),
    ('crossings, hour', 30, 'crossings?bucket=hour', 'tripwire', 'tripwire_id', 'crossings'),
    ('busiest hours', 30, 'busiest?of=tracks', 'camera', 'camera_id', 'tracks'),
    ('busiest hours by boxes', 30, 'busiest?of=boxes', 'camera', 'camera_id', 'detections'),
    ('heat map', 30, 'heatmap?camera=camera2', 'heat', 'camera_id', 'detections'))
STAMPS = {'detections': 'stamp_ns', 'tracks': 'first_ns', 'visits': 'entered_ns',
          'crossings': 'stamp_ns'}


class Ours:
    """A client of the running web server."""

    def __init__(self, url: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
        self._headers = {'Authorization': f'Bearer {token}'}

    def ask(self, question: str, buckets: Buckets) -> None:
        """Ask for the time of the buckets, and read the answer."""
        path, _, query = question.partition('?')
        values = {'from': iso(buckets.edges[0] * NS), 'to': iso(buckets.edges[-1] * NS)}
        if path != 'heatmap':
            values['timezone'] = buckets.zone.key
        self._connection.request(
            'GET', f'/api/v1/analytics/{path}?{query}&{urllib.parse.urlencode(values)}',
            headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f'{question}: {body.decode()}')


class Floor:
    """Rollups in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._tables = {}
        for table, columns in (('camera', ('camera_id', 'label_id', 'boxes', 'tracks', 'peak')),
                               ('zone', ('zone_id', 'label_id', 'entered', 'exited', 'peak')),
                               ('tripwire', ('tripwire_id', 'label_id', 'inward', 'outward'))):
            for width_s in (60, 900, 3600, 86400):
                rows = connection.execute(f'SELECT start_s, {", ".join(columns)} FROM '
                                          f'{table}_rollups WHERE width_s = {width_s}')
                values = np.array(rows.fetchall(), np.int64).T
                self._tables[table, width_s] = dict(zip(('start_s', *columns), values.copy()))
        self._heat = np.array([heat.unpack(cells) for cells, in connection.execute(
            'SELECT cells FROM heat_rollups WHERE width_s = 86400 AND camera_id = 2')])

    def ask(self, table: str, group: str, buckets: Buckets) -> None:
        """Sum up per bucket and group."""
        if table == 'heat':
            self._heat.sum(axis=0)
            return
        edges = np.array(buckets.edges)
        width_s = next(width for width in (86400, 3600, 900, 60) if not (edges % width).any())
        rows = self._tables[table, width_s]
        here = (rows['start_s'] >= edges[0]) & (rows['start_s'] < edges[-1])
        bucket = np.searchsorted(edges, rows['start_s'][here], 'right') - 1
        key = rows[group][here] * len(edges) + bucket
        for name in rows.keys() - {'start_s', group, 'label_id', 'camera_id', 'zone_id'}:
            np.bincount(key, rows[name][here])


class Rival:
    """GROUP BY on raw rows."""

    def __init__(self, folder: Path) -> None:
        self._raw = sqlite3.connect(database_path(folder))
        self._rows = sqlite3.connect(rows_path(folder))

    def ask(self, name: str, table: str, group: str, buckets: Buckets) -> None:
        """Count per bucket (of equal length: no zone's days) and group."""
        connection = self._rows if table == 'detections' else self._raw
        stamp, begin_s = STAMPS[table], buckets.edges[0]
        length_s = buckets.edges[1] - begin_s
        where = f'{stamp} >= {begin_s * NS} AND {stamp} < {buckets.edges[-1] * NS}'
        if name == 'heat map':
            what, by = 'cast(x * 32 AS INTEGER), cast(y * 18 AS INTEGER)', '1, 2'
            where += ' AND camera_id = 2'
        elif name == 'dwell':
            what, by = f'zone_id, (exited_ns - entered_ns) / {10 * NS}', '1, 2'
        else:
            what, by = f'({stamp} - {begin_s * NS}) / {length_s * NS}, {group}', '1, 2'
        connection.execute(f'SELECT {what}, count(*) FROM {table} WHERE {where} GROUP BY {by}'
                           ).fetchall()


def draw(dice: random.Random, days: int, question: str) -> Buckets:
    """Return some days of local time within the data, as buckets."""
    zone = ZoneInfo(dice.choice(TIMEZONES))
    unit = dict(urllib.parse.parse_qsl(question.partition('?')[2])).get('bucket', 'hour')
    spare_s = (DAYS - days - (days if 'compare' in question else 0)) * DAY_S
    begin_s = BEGIN_S + (days * DAY_S if 'compare' in question else 0)
    begin_s += dice.randrange(max(spare_s, DAY_S) // DAY_S) * DAY_S
    whole = buckets_of(begin_s, begin_s + (days - 1) * DAY_S + 1, 'day', zone, 100)
    return buckets_of(whole.edges[0], whole.edges[-1], unit, zone, 5000)


def race(folder: Path, repeats: int, rival_repeats: int, cpu: bool) -> Iterator[Case]:
    """Put every question to all, taking turns."""
    clock = time.process_time if cpu else time.perf_counter

    def times(ask: Callable[[Buckets], None], asked: list[Buckets]) -> Iterator[float]:
        for buckets in asked:
            begun_s = clock()
            ask(buckets)
            yield (clock() - begun_s) * 1000

    dice = random.Random(3)
    with contextlib.closing(sqlite3.connect(database_path(folder))) as connection:
        floor = Floor(connection)
    rival = Rival(folder)
    with serve(folder, cameras=(), observations_keep_h=0, tracks_keep_days=0) as served:
        token = served.secret('viewer')
        ours = Ours(served.url, token)
        for name, days, question, table, group, raw in QUESTIONS:
            asked = [draw(dice, days, question) for _ in range(repeats)]
            ours.ask(question, asked[0])    # pages of the file into the cache, statement built
            took = {'ours': list(times(lambda b: ours.ask(question, b), asked)),
                    'floor': list(times(lambda b: floor.ask(table, group, b), asked)),
                    'rival': list(times(lambda b: rival.ask(name, raw, group, b),
                                        asked[:rival_repeats]))}
            case = Case(name, 'ms CPU p95' if cpu else 'ms p95', RIVAL)
            late = {who: float(np.percentile(figures, 95)) for who, figures in took.items()
                    if figures}
            for contestant, figure in late.items():
                case.add(contestant, figure)
            say(f'{name}: ' + ', '.join(f'{who} {figure:.1f}' for who, figure in late.items()))
            yield case


def commits(repeats: int) -> Iterator[Case]:
    """Commit half a second of four cameras at 30 Hz, with rollups and without."""
    for boxes in (1, 10, 100):
        case = Case(f'commit of 60 x {boxes} boxes', 'ms CPU', 'the same without rollups')
        with tempfile.TemporaryDirectory(prefix='smartcam_bench_') as folder:
            stores = {name: _store(Path(folder) / name) for name in ('ours', 'rival')}
            for repeat in range(repeats):
                batch = _half_second(boxes, repeat)
                for name, store in stores.items():
                    rolled_up = sessions.rolled_up
                    if name == 'rival':
                        sessions.rolled_up = lambda *given: contextlib.nullcontext()
                        store._heat_due_s = float('inf')
                    begun_s = time.thread_time()
                    store.commit(batch)
                    case.add(name, (time.thread_time() - begun_s) * 1000)
                    sessions.rolled_up = rolled_up
            for store in stores.values():
                store.close()
        yield case


def _store(folder: Path) -> sessions.Session:
    store = sessions.Session(database_path(folder))
    store.begin([f'camera{number}' for number in range(1, CAMERAS + 1)],
                ranked=lambda event: event)
    return store


def _half_second(boxes: int, repeat: int) -> Batch:
    dice = np.random.default_rng(repeat)
    begin_ns = BEGIN_S * NS + repeat * NS // 2
    batch = Batch(labels=dict(enumerate(LABELS, 1)))
    for number in range(60):
        corners = np.sort(dice.random((boxes, 2, 2), np.float32), axis=1).reshape(-1, 4)
        batch.observations.append(Observation(
            Camera(1 + number % CAMERAS, ''), Source.TRACKS, begin_ns + number * NS // 120,
            begin_ns, corners, np.full(boxes, 0.5, np.float32),
            dice.integers(1, 6, boxes).astype(np.uint16),
            np.arange(1, boxes + 1, dtype=np.uint32), ('',) * boxes, ('',) * boxes))
    for number in range(2 + boxes // 10):
        track_id = repeat * 100 + number
        batch.tracks[track_id] = TrackState(
            track_id, 1 + number % CAMERAS, '', 1, begin_ns, begin_ns, 3, 0.9, 0.8, 0.7,
            np.zeros(4, PATH_POINT))
    for visited in (repeat, repeat - 20):       # one comes, one leaves after ten seconds
        came_ns = BEGIN_S * NS + visited * NS // 2
        batch.visits[ZONES[0], visited * 100, came_ns] = Visit(
            ZONES[0], 1, visited * 100, 1, came_ns, None if visited == repeat else begin_ns)
    return batch


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--messages', type=int, default=5_000_000)
    parser.add_argument('--tracks', type=int, default=200_000)
    parser.add_argument('--repeats', type=int, default=60)
    parser.add_argument('--rival-repeats', type=int, default=3, help='0 leaves it out')
    parser.add_argument('--cpu', action='store_true',
                        help='CPU of client and server instead of time, for a busy machine')
    options = parser.parse_args()
    cases = list(commits(120))
    cases += race(folder_of(options.messages, options.tracks), options.repeats,
                  options.rival_repeats, options.cpu)
    report('analytics', cases)


if __name__ == '__main__':
    main()
