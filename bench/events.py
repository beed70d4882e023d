"""Measure pages of events: what a client waits for 100 of a million, at the 95th percentile.

Four events share a stamp, two or three conditions are asked for, and each page begins at another
place between the newest and the oldest event. The contestants read the same file:

ours    the whole way: HTTP request with a cursor, checks, SQL, JSON.
floor   the numbers of the 100 events alone, out of the index that holds all it takes, from that
        place on: no rows, no HTTP. Where no index holds all, the best one there is.
rival   paging by OFFSET with the same indexes: the rows fetched, nothing made of them.
"""
from __future__ import annotations

import argparse
import contextlib
import http.client
import json
from pathlib import Path
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from typing import Any, Callable, Iterator
import urllib.parse

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'test' / 'web')]

from bench.harness import Case, report, say  # noqa: E402
from serving import serve  # noqa: E402
from smartcam_bridge.domain.events import Event, Severity  # noqa: E402
from smartcam_bridge.domain.times import iso, NS  # noqa: E402
from smartcam_bridge.store.engine import open_store, transaction  # noqa: E402
from smartcam_bridge.store.event_rows import store_events  # noqa: E402

BEGIN_NS = 1_800_000_000 * NS
STEP_NS = 10 * NS           # between stamps
PER_STAMP = 4
PAGE = 100
RIVAL = 'LIMIT 100 OFFSET n'
CAMERAS = ('front', 'back')
KINDS = (*['track_started', 'track_ended', 'track_updated'] * 6, 'zone_entered', 'zone_exited',
         'dwell_exceeded', 'tripwire_crossed')
LABELS = (*['person'] * 6, *['car'] * 3, 'dog')
SEVERITIES = (*[Severity.INFO] * 95, *[Severity.NOTICE] * 3, Severity.WARNING, Severity.ALERT)

QUESTIONS: tuple[tuple[str, dict[str, Any], str], ...] = (   # name, what is asked for, as SQL
    ('camera, type', {'camera': 'front', 'type': 'zone_entered'},
     "camera_id = 1 AND type = 'zone_entered'"),
    ('label, severity', {'label': 'person', 'severity': 'warning'},
     "label = 'person' AND severity >= 30"),
    ('camera, label', {'camera': 'back', 'label': 'dog'}, "camera_id = 2 AND label = 'dog'"),
    ('zone, type', {'zone': 5, 'type': 'dwell_exceeded'},
     "shape_id = 5 AND type = 'dwell_exceeded'"),
    ('two types, camera', {'type': 'tripwire_crossed,dwell_exceeded', 'camera': 'back'},
     "type IN ('tripwire_crossed', 'dwell_exceeded') AND camera_id = 2"),
    ('rare: label, severity, type', {'label': 'dog', 'severity': 'alert',
                                     'type': 'dwell_exceeded'},
     "label = 'dog' AND severity >= 40 AND type = 'dwell_exceeded'"))


def fill(path: Path, count: int) -> None:
    """Store so many events."""
    dice = random.Random(1)
    with contextlib.closing(open_store(path)) as connection:
        for begin in range(0, count, 20_000):
            with transaction(connection):
                store_events(connection, [made(k, dice) for k in range(begin, begin + 20_000)])
            say(f'{begin + 20_000:,} of {count:,} events stored')
        connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')


def made(number: int, dice: random.Random) -> Event:
    """Return the event with this number."""
    kind, camera = dice.choice(KINDS), dice.randrange(2)
    zone = dice.randrange(1, 9) if kind in KINDS[-4:] else 0
    return Event(kind, CAMERAS[camera], BEGIN_NS + number // PER_STAMP * STEP_NS,
                 {'tracker_id': str(number % 5000)}, camera_id=camera + 1,
                 track_id=number // 3 + 1, label=dice.choice(LABELS), shape_id=zone,
                 severity=dice.choice(SEVERITIES))


class Client:
    """Asks over one connection that stays open."""

    def __init__(self, url: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix('http://'))
        self._headers = {'Authorization': f'Bearer {token}'}

    def page(self, **query: Any) -> tuple[dict[str, Any], float]:
        """Return a page, and how long it took (ms)."""
        path = f'/api/v1/events?{urllib.parse.urlencode(query)}'
        begun_s = time.perf_counter()
        self._connection.request('GET', path, headers=self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        spent_ms = (time.perf_counter() - begun_s) * 1e3
        assert answer.status == 200, content
        return json.loads(content), spent_ms


def places(count: int, asked: int, seed: int) -> Iterator[int]:
    """Yield stamps (ns) all over the history."""
    dice = random.Random(seed)
    for _ in range(asked):
        yield BEGIN_NS + dice.randrange(count // PER_STAMP) * STEP_NS


def p95(figures: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(figures, n=20)[-1]


def timed(connection: sqlite3.Connection, sql: str, *values: Any) -> float:
    """Return how long a query took to its last row (ms)."""
    begun_s = time.perf_counter()
    connection.execute(sql, values).fetchall()
    return (time.perf_counter() - begun_s) * 1e3


def ours(client: Client, query: dict[str, Any], stamp_ns: int) -> float:
    """Ask for the page behind the first one before a stamp, by its cursor."""
    query = query | {'to': iso(stamp_ns), 'limit': PAGE}
    first, spent_ms = client.page(**query)
    return client.page(**query, cursor=first['next'])[1] if first['next'] else spent_ms


def floor(connection: sqlite3.Connection, where: str, stamp_ns: int) -> float:
    """Ask for the numbers of a page."""
    return timed(connection, f'SELECT id FROM events WHERE {where} AND stamp_ns < ? '
                 f'ORDER BY stamp_ns DESC, id DESC LIMIT {PAGE}', stamp_ns)


def rival(connection: sqlite3.Connection, where: str, depth: int) -> float:
    """Ask for a page by how many come before it."""
    return timed(connection, f'SELECT * FROM events WHERE {where} '
                 f'ORDER BY stamp_ns DESC, id DESC LIMIT {PAGE} OFFSET ?', depth)


def race(client: Client, connection: sqlite3.Connection, count: int,
         options: argparse.Namespace) -> list[Case]:
    """Put every question to all, in turns."""
    cases = []
    for name, query, where in QUESTIONS:
        case = Case(name, 'ms p95', RIVAL)
        total, = connection.execute(f'SELECT count(*) FROM events WHERE {where}').fetchone()
        for repeat in range(options.repeats):
            stamps = list(places(count, options.pages, repeat))
            span = stamps and count // PER_STAMP * STEP_NS
            turns: tuple[tuple[str, Callable[[int], float]], ...] = (
                ('ours', lambda stamp: ours(client, query, stamp)),
                ('floor', lambda stamp: floor(connection, where, stamp)),
                ('rival', lambda stamp: rival(
                    connection, where, int(total * (1 - (stamp - BEGIN_NS) / span)))))
            for who, ask in turns:
                case.add(who, p95([ask(stamp) for stamp in stamps]))
        say(f'{name}: {total:,} match; ' + ', '.join(
            f'{who} {figures[-1]:.2f} ms' for who, figures in case.figures.items()))
        cases.append(case)
    return cases


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--events', type=int, default=1_000_000)
    parser.add_argument('--repeats', type=int, default=3)
    parser.add_argument('--pages', type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='smartcam_bench_') as folder:
        path = Path(folder) / 'data' / 'smartcam.sqlite3'
        path.parent.mkdir()
        fill(path, options.events)
        with serve(path.parent, cameras=CAMERAS, events_keep_days=0.0) as served, \
                contextlib.closing(sqlite3.connect(path)) as connection:
            cases = race(Client(served.url, served.token), connection, options.events, options)
    report('events', cases)


if __name__ == '__main__':
    main()
