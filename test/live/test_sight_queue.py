"""Sights in the order of their stamps, each with its frame: however both arrive."""
import random

from hypothesis import given, strategies as st
import numpy as np
import pytest

from smartcam_bridge.domain.model import Sight
from smartcam_bridge.live.frames import Frame
from smartcam_bridge.live.ring import FrameRing
from smartcam_bridge.live.sight_queue import PENDING_MAX, SightQueue

MS = 1_000_000
SECOND = 1000 * MS
ROOM = {'bytes_max': 1000, 'age_max_ns': 2 * SECOND}


def frame(stamp_ns: int, size_bytes: int = 1) -> Frame:
    """Return a frame without pixels."""
    return Frame('yard', stamp_ns, 0, 64, 48, b'', lambda: None, size_bytes=size_bytes)


def sight(stamp_ns: int) -> Sight:
    """Return a sight of nothing."""
    return Sight(stamp_ns, *(np.zeros(0) for _ in range(4)))


def stamps(taken: list) -> list[tuple[int, int | None]]:
    """Return the stamps of sights (ids of ends), and of their frames."""
    return [(what.stamp_ns if isinstance(what, Sight) else what, found and found.stamp_ns)
            for what, found in taken]


def put(queue: SightQueue, stamp_ns: int, now_s: float = 0.0) -> None:
    """Put a sight as a message brings it."""
    queue.advance(stamp_ns)
    queue.put(sight(stamp_ns), now_s)


@given(st.randoms(use_true_random=False), st.integers(1, 7))
def test_neither_order_nor_batches_make_a_difference(chance: random.Random, batch: int) -> None:
    """Boxes 10 Hz, frames 5 Hz, both overtaking their likes by up to 200 ms."""
    arrivals = [(n * 100 + chance.uniform(0, 200), 'boxes', n) for n in range(40)]
    arrivals += [(n * 200 + chance.uniform(0, 200) + 50, 'frame', 2 * n) for n in range(20)]
    queue, taken = SightQueue(), []
    for count, (_, kind, n) in enumerate(sorted(arrivals)):
        if kind == 'boxes':
            put(queue, n * 100 * MS)
        else:
            queue.ring.put(frame(n * 100 * MS), **ROOM)
        if count % batch == 0:
            taken += queue.take(0.0, wait_s=9)
    taken += queue.take(0.0, wait_s=9, everything=True)
    assert stamps(taken) == [(n * 100 * MS, None if n % 2 else n * 100 * MS) for n in range(40)]


def test_a_frame_a_nanosecond_off_is_another_frame() -> None:
    queue = SightQueue()
    put(queue, SECOND)
    queue.ring.put(frame(SECOND + 1), **ROOM)
    assert stamps(queue.take(0, wait_s=9, everything=True)) == [(SECOND, None)]


def test_boxes_whose_frame_never_comes_are_given_up_after_a_while() -> None:
    queue = SightQueue()
    put(queue, SECOND, now_s=5.0)
    assert queue.take(6.9, wait_s=2) == []
    assert stamps(queue.take(7.0, wait_s=2)) == [(SECOND, None)]
    assert len(queue) == 0


@pytest.mark.parametrize('before', [True, False])
def test_faces_come_to_the_sight_of_their_stamp(before: bool) -> None:
    queue = SightQueue()
    if before:
        queue.put_face(SECOND, 7, 0.02)
    put(queue, SECOND)
    put(queue, SECOND + 1)
    for area in (0.02, 0.01):       # the larger of two faces counts
        queue.put_face(SECOND, 7, area)
    (first, _), (second, _) = queue.take(0, wait_s=9, everything=True)
    assert first.face_areas == {7: 0.02}
    assert second.face_areas is None


def test_sights_wait_for_faces_once_there_are_some() -> None:
    queue = SightQueue()

    def pass_by(stamp_ns: int) -> list:
        put(queue, stamp_ns)
        queue.ring.put(frame(stamp_ns), **ROOM)
        return stamps(queue.take(0, wait_s=9))

    pass_by(SECOND)
    assert pass_by(SECOND + 400 * MS) == [(SECOND, SECOND)]
    queue.put_face(SECOND, 7, 0.02)     # too late for its own sight
    assert pass_by(SECOND + 800 * MS) == []
    assert pass_by(SECOND + 1400 * MS) == [(SECOND + 400 * MS, SECOND + 400 * MS)]


def test_faces_whose_sight_never_comes_are_bounded() -> None:
    queue = SightQueue()
    for stamp_ns in range(5 * PENDING_MAX):
        queue.put_face(stamp_ns, 7, 0.02)
    assert len(queue._faces) == PENDING_MAX


def test_an_end_comes_after_everything_that_was_seen_before_it() -> None:
    queue = SightQueue()
    half = SECOND // 2
    for n in range(3):
        put(queue, n * half)
        queue.ring.put(frame(n * half), **ROOM)
    queue.end(7, 0.0)
    queue.advance(3 * half)
    queue.ring.put(frame(3 * half), **ROOM)
    assert stamps(queue.take(0, wait_s=9)) == [
        (0, 0), (half, half), (2 * half, 2 * half), (7, 2 * half)]


def test_a_looped_recording_ends_the_old_before_the_new() -> None:
    queue = SightQueue()
    put(queue, 100 * SECOND)
    queue.ring.put(frame(100 * SECOND), **ROOM)
    put(queue, SECOND)
    queue.ring.put(frame(SECOND), **ROOM)
    assert stamps(queue.take(0, wait_s=9, everything=True)) == [
        (100 * SECOND, 100 * SECOND), (SECOND, SECOND)]


def test_what_waits_is_bounded_and_counted() -> None:
    queue = SightQueue()
    for n in range(PENDING_MAX + 5):
        put(queue, n)
    queue.end(1, 0.0)
    assert (queue.dropped, len(queue)) == (5, PENDING_MAX + 1)


def test_frames_go_as_soon_as_their_boxes_were_judged() -> None:
    queue = SightQueue()
    for n in range(50):
        queue.ring.put(frame(n * 100 * MS), **ROOM)
        put(queue, n * 100 * MS)
        queue.take(0, wait_s=9)
        assert len(queue.ring) <= 5


def test_frames_without_any_boxes_go_by_age() -> None:
    ring = FrameRing()
    for n in range(100):
        ring.put(frame(n * 100 * MS), **ROOM)
    assert (len(ring), ring.size_bytes, ring.evicted) == (21, 21, 0)


def test_a_ring_keeps_to_its_bytes_and_counts_what_left() -> None:
    ring = FrameRing()
    for n in range(5):
        ring.put(frame(n, 400), **ROOM)
    assert (len(ring), ring.size_bytes, ring.evicted) == (2, 800, 3)
    ring.put(frame(9, 5000), **ROOM)
    assert (len(ring), ring.size_bytes) == (0, 0)


def test_of_two_frames_with_one_stamp_the_first_stays() -> None:
    ring = FrameRing()
    first = frame(5)
    ring.put(first, **ROOM)
    ring.put(frame(5), **ROOM)
    assert (ring.get(5) is first, ring.repeated, len(ring), ring.size_bytes) == (True, 1, 1, 1)


def test_an_older_frame_finds_its_place() -> None:
    ring = FrameRing()
    for stamp_ns in (30, 10, 20):
        ring.put(frame(stamp_ns), **ROOM)
    ring.release(20)
    assert [ring.get(stamp_ns) is not None for stamp_ns in (10, 20, 30)] == [False, True, True]
    assert ring.newest_ns == 30


@pytest.mark.parametrize('end', ['clear', 'step back'])
def test_a_ring_is_emptied(end: str) -> None:
    ring = FrameRing()
    ring.put(frame(100 * SECOND), **ROOM)
    if end == 'clear':
        ring.clear()
    else:
        ring.put(frame(SECOND), **ROOM)
    assert ring.get(100 * SECOND) is None
    assert ring.size_bytes == (0 if end == 'clear' else 1)
