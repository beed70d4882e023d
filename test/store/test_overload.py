"""Under any load observations are left out first and counted, and what lasts is all there."""
import sqlite3
import threading
from typing import Callable

from hypothesis import given, settings, strategies as st

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Crossing, Direction, EndReason, Visit
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.backlog import Backlog
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import RecordCrossing, RecordVisit
from store_builders import event_fact, fact, START_NS, track_fact, wait_until

CAPACITY = 100
BOXES = fact()
SMALL = Settings.from_values({'queue_max': CAPACITY, 'commit_rows': 100, 'commit_period_s': 60.0})

STEPS = st.lists(st.one_of(
    st.tuples(st.just('boxes'), st.integers(1, 60)),
    st.tuples(st.just('begin'), st.integers(1, 3)),
    st.tuples(st.sampled_from(['end', 'commit', 'fail']), st.just(1))), max_size=60)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_what_lasts_is_taken_while_less_than_the_queue_of_it_waits(steps: list[tuple[str, int]],
                                                                   ) -> None:
    backlog = Backlog(lambda: SMALL)
    offered = stored = number = 0
    open_tracks: list[int] = []
    put: list[int] = []
    committed: list[int] = []
    for act, count in steps:
        waiting = len(put) - len(committed)
        if act == 'boxes':
            offered += count
            for _ in range(count):
                backlog.put(BOXES)
        elif act == 'begin' and 2 * waiting + 2 * count <= CAPACITY:
            for _ in range(count):
                number += 1
                assert backlog.put(track_fact(number), event_fact(number))
                open_tracks.append(number)
                put.append(number)
        elif act == 'end' and open_tracks and 2 * waiting + 2 <= CAPACITY:
            ended = open_tracks.pop()
            assert backlog.put(track_fact(ended, end_reason=EndReason.LEFT), event_fact(-ended))
            put.append(-ended)
        elif act in ('commit', 'fail'):
            batch = backlog.take(0) if len(backlog) >= 100 else None
            if batch is None:
                continue
            if act == 'fail':
                backlog.give_back(batch, 0.0)
            else:
                stored += len(batch.observations)
                committed += [event.stamp_ns for event in batch.events]
                backlog.done()
        assert len(backlog) <= 2 * CAPACITY
    backlog.close()
    last = backlog.take(0)
    stored += len(last.observations)
    committed += [event.stamp_ns for event in last.events]
    assert committed == put, 'every event, once, in its order'
    assert stored + backlog.thinned + backlog.dropped == offered, 'each is stored or counted'
    assert backlog.events_lost == 0


def test_a_slow_disk_under_a_flood_keeps_every_event(
        make_recorder: Callable[..., Recorder], path: object,
        rows: Callable[..., list[tuple]]) -> None:
    told: list[Event] = []
    recorder = make_recorder(on_events=told.extend, queue_max=2000, commit_rows=200,
                             event_period_s=0.02)
    recorder.start()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute('BEGIN IMMEDIATE')
    offered = 0

    def flood(first: int) -> None:
        nonlocal offered
        for k in range(first, first + 150):
            for _ in range(40):
                offered += 1
                recorder.record(fact(START_NS + offered, boxes=3))
            recorder.record(
                track_fact(k), event_fact(k), RecordVisit(Visit(1, 1, k, 1, k)),
                RecordCrossing(Crossing(2, 1, k, 1, k, Direction.IN)))
            if k % 3 == 0:
                recorder.record(track_fact(k, end_reason=EndReason.LOST),
                                event_fact(k, 'track_ended'))

    flood(1)
    assert recorder.status().thinned > 0 and recorder.status().dropped > 0
    holder.execute('ROLLBACK')
    holder.close()
    flooding = threading.Thread(target=flood, args=(151,))
    flooding.start()
    flooding.join()
    wait_until(lambda: not recorder.status().backlog)
    status = recorder.status()
    assert status.recorded + status.thinned + status.dropped == offered
    assert status.events_lost == status.refused == 0
    assert [event.seq for event in told] == list(range(1, 401))
    assert rows('SELECT type, count(*), count(DISTINCT stamp_ns) FROM events GROUP BY type') == [
        ('track_ended', 100, 100), ('track_started', 300, 300)]
    assert rows('SELECT (SELECT count(*) FROM tracks), (SELECT count(*) FROM visits), '
                '(SELECT count(*) FROM crossings)') == [(300, 300, 300)]
