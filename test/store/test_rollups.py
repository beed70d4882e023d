"""Rollups are what their raw rows add up to, whatever comes late, twice or changed."""
from pathlib import Path
import sqlite3
import tempfile
from typing import Any, Callable

from hypothesis import given, HealthCheck, settings, strategies as st
import numpy as np
import pytest
from rollup_truth import expected, stored

from smartcam_bridge.domain.model import Camera, Crossing, Direction, Visit
from smartcam_bridge.errors import StoreError
from smartcam_bridge.store import heat
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.engine import database_path
from smartcam_bridge.store.rebuild import rebuild
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.session import Session
from smartcam_bridge.store.tasks import Barrier
from store_builders import fact, observation, SECOND, START_NS, track, track_fact

HOUR_NS = 3600 * SECOND
MIDNIGHT_NS = START_NS // (24 * HOUR_NS) * 24 * HOUR_NS
CAMERAS = (Camera(1, 'one'), Camera(2, 'two'))

# Few values, near the edges of minutes, hours and days, so that much falls together.
stamps = st.builds(
    lambda edge, off: MIDNIGHT_NS + edge + off,
    st.sampled_from([0, 60 * SECOND, 900 * SECOND, HOUR_NS, 5 * HOUR_NS, 24 * HOUR_NS]),
    st.integers(-3, 3) | st.sampled_from([10**7, 20 * SECOND, 59 * SECOND, -SECOND]))
observations = st.builds(
    lambda stamp_ns, camera, labels: observation(stamp_ns, camera=camera, labels=labels),
    stamps, st.sampled_from(CAMERAS), st.lists(st.integers(1, 3), max_size=5))
tracks = st.builds(lambda id_, **fields: track(id_, **fields), st.integers(1, 4),
                   camera_id=st.integers(1, 2), label_id=st.integers(1, 3), first_ns=stamps)


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    """Draw a visit of a few zones and tracks, open or ended."""
    entered_ns = draw(stamps)
    exited_ns = draw(st.none() | stamps.filter(lambda stamp_ns: stamp_ns >= entered_ns))
    return Visit(draw(st.integers(1, 2)), 1, draw(st.integers(1, 4)), draw(st.integers(1, 3)),
                 entered_ns, exited_ns)


crossings = st.builds(Crossing, st.integers(1, 2), st.just(1), st.integers(1, 3),
                      st.integers(1, 3), stamps, st.sampled_from(Direction))
batches = st.lists(st.builds(
    lambda seen, followed, stays, crossed: Batch(
        observations=seen, tracks={one.id: one for one in followed}, crossings=crossed,
        visits={(v.zone_id, v.track_id, v.entered_ns): v for v in stays}),
    st.lists(observations, max_size=6), st.lists(tracks, max_size=4),
    st.lists(visits(), max_size=6), st.lists(crossings, max_size=4)), min_size=1, max_size=5)


def opened(folder: str | Path) -> Session:
    """Return a session over a new store of two cameras."""
    session = Session(database_path(Path(folder)))
    session.begin([camera.name for camera in CAMERAS], ranked=lambda event: event)
    return session


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches, st.booleans())
def test_rollups_are_what_raw_rows_add_up_to_after_every_commit(
        given_batches: list[Batch], eager: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = opened(folder)
        try:
            for batch in given_batches:
                if eager:
                    session._heat_due_s = 0.0
                session.commit(batch)
                connection = session.open()
                assert stored(connection) == expected(connection)
            before = stored(connection)
            heat.advance(connection)
            before['heat_rollups'] = stored(connection)['heat_rollups']
            rebuild(connection)
            assert stored(connection) == before
        finally:
            session.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches, batches, st.data())
def test_a_rebuild_keeps_what_raw_rows_no_longer_tell(
        older: list[Batch], newer: list[Batch], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = opened(folder)
        try:
            for batch in (*older, *newer):
                session.commit(batch)
            connection = session.open()
            heat.advance(connection)
            before = stored(connection)
            for table, column in (('observations', 'stamp_ns'), ('tracks', 'first_ns'),
                                  ('visits', 'exited_ns'), ('crossings', 'stamp_ns')):
                connection.execute(f'DELETE FROM {table} WHERE {column} < ? AND camera_id = ?', (
                    data.draw(stamps), data.draw(st.integers(1, 2))))
            rebuild(connection)
            assert stored(connection) == before
        finally:
            session.close()


def test_a_damaged_rollup_is_made_right_again(tmp_path: Path) -> None:
    session = opened(tmp_path)
    session.commit(Batch(
        observations=[observation(MIDNIGHT_NS + i * SECOND, labels=[1, 2]) for i in range(90)],
        tracks={1: track(1)}, visits={(1, 1, MIDNIGHT_NS): Visit(1, 1, 1, 1, MIDNIGHT_NS)},
        crossings=[Crossing(1, 1, 1, 1, MIDNIGHT_NS, Direction.IN)]))
    connection = session.open()
    heat.advance(connection)
    right = stored(connection)
    assert all(right[name] for name in ('camera_rollups', 'zone_rollups', 'tripwire_rollups',
                                        'heat_rollups'))
    for damage in ('UPDATE camera_rollups SET boxes = boxes + 7, tracks = 0',
                   'DELETE FROM zone_rollups WHERE width_s = 60',
                   'DELETE FROM tripwire_rollups', 'DELETE FROM heat_rollups'):
        connection.execute(damage)
    seen: list[tuple[int, int]] = []
    rebuild(connection, lambda done, total: seen.append((done, total)))
    assert stored(connection) == right
    assert seen == [(90, 90)]
    session.close()


def test_rows_that_are_refused_are_not_counted(tmp_path: Path) -> None:
    session = opened(tmp_path)
    bad = observation(START_NS, labels=[1, 1])
    object.__setattr__(bad, 'scores', np.zeros(1, np.float32))
    stranger = observation(START_NS, camera=Camera(9, 'gone'))
    written, _ = session.commit(Batch(
        observations=[observation(START_NS), bad, stranger, observation(START_NS + SECOND)],
        tracks={1: track(1, camera_id=9)}))
    assert (written.observations, written.refused) == (2, 3)
    connection = session.open()
    assert stored(connection) == expected(connection)
    session.close()


def test_a_transaction_that_fails_leaves_no_trace(tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened(tmp_path)
    batch = Batch(observations=[observation(START_NS)], tracks={1: track(1)})
    monkeypatch.setattr(heat, 'advance', _fail)
    with pytest.raises(StoreError):
        session.commit(batch)
    monkeypatch.undo()
    session.commit(batch)
    connection = session.open()
    assert stored(connection) == expected(connection)
    assert connection.execute('SELECT sum(boxes) FROM camera_rollups WHERE width_s = 60 '
                              'AND label_id = 0').fetchone() == (1,)
    session.close()


def _fail(connection: sqlite3.Connection) -> bool:
    raise StoreError('a disk that fails')


def test_ids_that_are_used_again_after_a_purge_are_in_the_heat_map(tmp_path: Path) -> None:
    session = opened(tmp_path)
    session.commit(Batch(observations=[observation(START_NS + i) for i in range(20)]))
    connection = session.open()
    assert heat.read_mark(connection) == 20
    connection.execute('DELETE FROM observations')
    session.commit(Batch(observations=[observation(START_NS + i) for i in range(7)]))
    heat.advance(connection)
    total = sum(sum(row[-1]) for row in stored(connection)['heat_rollups'] if row[2] == 3600)
    assert total == 27
    session.close()


def test_heat_is_written_once_a_minute(tmp_path: Path) -> None:
    session = opened(tmp_path)
    session.commit(Batch(observations=[observation(START_NS)]))
    for second in range(1, 5):
        session.commit(Batch(observations=[observation(START_NS + second * SECOND)]))
    assert heat.read_mark(session.open()) == 1
    session.close()


def test_heat_catches_up_in_slices(tmp_path: Path) -> None:
    session = opened(tmp_path)
    session.commit(Batch(observations=[
        observation(START_NS + i) for i in range(2 * heat.ROWS + 1)]))
    marks = []
    for _ in range(3):
        marks.append(heat.read_mark(session.open()))
        session.commit(Batch(observations=[]))
    assert marks == [heat.ROWS, 2 * heat.ROWS, 2 * heat.ROWS + 1]
    session.close()


def test_what_a_moving_camera_saw_is_counted_but_heats_nothing(tmp_path: Path) -> None:
    session = opened(tmp_path)
    session.commit(Batch(observations=[observation(START_NS)]))
    connection = session.open()
    connection.execute('UPDATE observations SET moving = 1')
    connection.execute("UPDATE settings SET value = '0' WHERE key = 'heat_mark'")
    connection.execute('DELETE FROM heat_rollups')
    heat.advance(connection)
    assert stored(connection) == expected(connection)
    assert stored(connection)['heat_rollups'] == []
    session.close()


def test_a_simulation_shifts_nothing_in_the_present(tmp_path: Path) -> None:
    session = opened(tmp_path)
    now = Visit(1, 1, 1, 1, START_NS, START_NS + SECOND)
    then = Visit(1, 1, 2, 1, 5 * SECOND)       # goes on: of the simulation's time
    session.commit(Batch(visits={(1, 1, START_NS): now}))
    before = stored(session.open())['zone_rollups']
    session.commit(Batch(visits={(1, 2, 5 * SECOND): then}))
    after = stored(session.open())['zone_rollups']
    assert [row for row in after if row[3] > 10**9] == before
    session.close()


def test_rollups_follow_what_the_recorder_records(
        recorder: Recorder, path: Path, rows: Callable[..., list[Any]]) -> None:
    for second in range(10):
        recorder.record(fact(START_NS + second * SECOND, labels=[1, 2]))
    recorder.record(track_fact(1))
    recorder.submit(Barrier()).result(60)
    assert rows('SELECT sum(messages), sum(boxes), sum(tracks), max(peak) FROM camera_rollups '
                'WHERE width_s = 60 AND label_id = 0') == [(10, 20, 1, 2)]
