"""Tracks that were open at a kill end at the last observation that was stored of them."""
from pathlib import Path
from typing import Callable

from smartcam_bridge.domain.model import Camera, EndReason
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.engine import open_store, transaction
from smartcam_bridge.store.recovery import end_open_tracks
from smartcam_bridge.store.writer import write_facts
from store_builders import observation, START_NS, track


def test_each_track_ends_where_it_was_last_seen(
        path: Path, rows: Callable[..., list[tuple]]) -> None:
    rear = Camera(2, 'rear')
    batch = Batch(
        tracks={t.id: t for t in (
            track(1, last_ns=START_NS, observations=1),
            track(2, last_ns=START_NS + 2, observations=9),
            track(3, last_ns=START_NS, observations=1, camera_id=2),
            track(4, last_ns=START_NS, observations=1, end_reason=EndReason.LOST),
            track(5, last_ns=START_NS + 50, observations=3))},
        observations=[
            observation(START_NS, tracks=[1]), observation(START_NS + 1, tracks=[1, 2, 4]),
            observation(START_NS + 3, tracks=[2, 0]), observation(START_NS + 2, tracks=[1]),
            observation(START_NS + 9, tracks=[3], camera=rear),
            observation(START_NS + 10, tracks=[1], camera=rear)])   # not its camera
    connection = open_store(path)
    with transaction(connection):
        write_facts(connection, batch, {1, 2})
        connection.execute("UPDATE observations SET boxes = x'99' WHERE stamp_ns = ?",
                           (START_NS,))   # damage to one row stops nothing
    with transaction(connection):
        assert end_open_tracks(connection) == 4
        assert end_open_tracks(connection) == 0
    connection.close()
    assert rows('SELECT id, last_ns - ?, observations, end_reason FROM tracks ORDER BY id',
                START_NS) == [
        (1, 2, 3, 'restart'), (2, 3, 10, 'restart'), (3, 9, 2, 'restart'), (4, 0, 1, 'lost'),
        (5, 50, 3, 'restart')]
