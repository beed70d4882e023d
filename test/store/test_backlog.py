"""The queue is bounded, thins before it drops, and lets what matters through."""
from concurrent.futures import Future
import threading
import time
from typing import Any

import pytest

from smartcam_bridge.domain.model import Camera
from smartcam_bridge.errors import QueueFull, StoreError
from smartcam_bridge.settings import Settings
from smartcam_bridge.store import backlog as module
from smartcam_bridge.store.backlog import Backlog
from smartcam_bridge.store.tasks import Barrier, RecordLabel
from store_builders import event_fact, fact, START_NS, track_fact


def make(**values: Any) -> Backlog:
    """Return a backlog of a hundred whose batches are due only when asked for."""
    settings = Settings.from_values(
        {'queue_max': 100, 'commit_rows': 100, 'commit_period_s': 60.0, **values})
    return Backlog(lambda: settings)


def offer(backlog: Backlog, count: int, **fields: Any) -> int:
    """Put observations; return how many were taken."""
    return sum(backlog.put(fact(START_NS + k, **fields)) for k in range(count))


def test_nothing_is_thinned_below_80_percent() -> None:
    backlog = make()
    assert offer(backlog, 80) == 80
    assert (backlog.thinned, backlog.dropped) == (0, 0)


def test_the_fuller_it_is_the_fewer_are_kept_and_each_is_counted() -> None:
    backlog = make()
    kept = [offer(backlog, 100) for _ in range(4)]
    assert kept[0] == 90 and kept[0] > kept[1] > 0
    assert len(backlog) == sum(kept) == 100
    assert backlog.thinned + backlog.dropped == 400 - 100
    assert backlog.dropped > 0


def test_thinning_is_fair_to_a_camera_that_speaks_seldom() -> None:
    backlog = make(queue_max=1000)
    offer(backlog, 800)
    front, rear = Camera(1, 'front'), Camera(2, 'rear')
    kept = {1: 0, 2: 0}
    for k in range(40):
        kept[1] += sum(backlog.put(fact(START_NS, camera=front)) for _ in range(3))
        kept[2] += backlog.put(fact(START_NS, camera=rear))
    assert kept == {1: 60, 2: 20}, 'every other of each'


def test_what_lasts_and_commands_get_through_when_observations_do_not() -> None:
    backlog = make()
    offer(backlog, 500)
    assert not backlog.put(fact())
    assert backlog.put(track_fact(1)) and backlog.put(RecordLabel(1, 'person'))
    assert isinstance(backlog.submit(Barrier()), Future)
    assert all(backlog.put(event_fact(k)) for k in range(98))
    assert backlog.events_lost == 0
    assert backlog.take(0).lasting == 100


def test_the_room_of_what_lasts_is_bounded_too() -> None:
    backlog = make()
    assert all(backlog.put(track_fact(k), event_fact(k)) for k in range(50))
    assert not backlog.put(track_fact(99), event_fact(99)), 'neither of the two'
    assert (backlog.dropped, backlog.events_lost) == (2, 1)
    assert backlog.put(track_fact(1, observations=9)), 'a track that waits is replaced'
    assert backlog.put(RecordLabel(1, 'person')), 'labels are few'
    batch = backlog.take(0)
    assert batch.tracks[1].observations == 9 and 99 not in batch.tracks
    assert not backlog.put(event_fact(1)), 'what is being committed counts'
    backlog.done()
    assert backlog.put(event_fact(1))


def test_an_event_is_due_sooner_and_wakes_who_waits() -> None:
    backlog = make(event_period_s=0.05)
    backlog.put(fact())
    taken: list[Any] = []
    thread = threading.Thread(target=lambda: taken.append(backlog.take(30)))
    thread.start()
    begun_s = time.monotonic()
    backlog.put(event_fact())
    thread.join(5)
    assert 0.045 < time.monotonic() - begun_s < 5
    assert (len(taken[0].events), len(taken[0].observations)) == (1, 1)


def test_commands_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, '_COMMANDS_MAX', 3)
    backlog = make()
    for _ in range(3):
        backlog.submit(Barrier())
    with pytest.raises(QueueFull, match='try again later'):
        backlog.submit(Barrier())


def test_what_is_being_committed_still_counts() -> None:
    backlog = make()
    offer(backlog, 100)
    backlog.submit(Barrier())
    taken = backlog.take(0).rows
    assert taken == len(backlog) == 90, 'thinned from 80 on'
    backlog.done()
    assert len(backlog) == 0


def test_a_batch_that_failed_comes_first_and_older_states_do_not_win() -> None:
    backlog = make()
    backlog.put(fact(START_NS))
    backlog.put(track_fact(1, observations=1))
    backlog.submit(Barrier())
    batch = backlog.take(0)
    backlog.put(fact(START_NS + 1))
    backlog.put(track_fact(1, observations=2))
    backlog.give_back(batch, pause_s=0.0)
    backlog.submit(Barrier())
    again = backlog.take(0)
    assert [o.stamp_ns - START_NS for o in again.observations] == [0, 1]
    assert again.tracks[1].observations == 2


def test_very_many_boxes_go_in_several_commits_in_order_and_commands_with_the_last(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, '_BOXES_MAX', 20)
    backlog = make()
    backlog.put(fact(START_NS, boxes=30), event_fact())
    for k in range(1, 8):
        backlog.put(fact(START_NS + k, boxes=7))
    backlog.submit(Barrier())
    taken = []
    while batch := backlog.take(0):
        taken.append(([o.stamp_ns - START_NS for o in batch.observations], len(batch.events),
                      len(batch.commands)))
        assert len(backlog) == 9 - sum(len(stamps) + events for stamps, events, _ in taken[:-1])
        backlog.done()
    assert taken == [([0], 1, 0), ([1, 2], 0, 0), ([3, 4], 0, 0), ([5, 6], 0, 0), ([7], 0, 1)]


def test_a_part_that_failed_comes_again_before_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, '_BOXES_MAX', 2)
    backlog = make()
    offer(backlog, 5)
    backlog.close()
    backlog.give_back(backlog.take(0), pause_s=0.0)
    stamps = []
    while batch := backlog.take(0):
        stamps.append([o.stamp_ns - START_NS for o in batch.observations])
    assert stamps == [[0, 1], [2, 3], [4]]


def test_after_a_failure_it_waits_even_when_full_but_not_for_commands() -> None:
    backlog = make(commit_rows=1)
    backlog.put(fact())
    backlog.give_back(backlog.take(0), pause_s=60.0)
    assert backlog.take(0) is None
    backlog.submit(Barrier())
    assert backlog.take(0).rows == 1


def test_without_anything_due_the_patience_ends() -> None:
    backlog = make()
    assert backlog.take(0.01) is None
    backlog.put(fact())
    assert backlog.take(0.01) is None


def test_a_batch_is_due_a_period_after_its_first_fact() -> None:
    backlog = make(commit_period_s=0.05)
    begun_s = time.monotonic()
    backlog.put(fact())
    assert backlog.take(10).rows == 1
    assert 0.045 < time.monotonic() - begun_s < 5


@pytest.mark.parametrize('wake', [
    lambda backlog: backlog.submit(Barrier()), lambda backlog: backlog.close(),
    lambda backlog: offer(backlog, 10)])
def test_who_waits_is_woken(wake: Any) -> None:
    backlog = make(commit_rows=10)
    taken: list[Any] = []
    thread = threading.Thread(target=lambda: taken.append(backlog.take(30)))
    thread.start()
    wake(backlog)
    thread.join(5)
    assert taken and taken[0] is not None


def test_once_closed_nothing_is_taken_in_and_what_is_left_is_handed_out() -> None:
    backlog = make()
    backlog.put(fact())
    backlog.close()
    assert not backlog.put(fact())
    with pytest.raises(StoreError, match='closed'):
        backlog.submit(Barrier())
    assert backlog.take(0).rows == 1
    assert not backlog.take(0)
