import threading

import pytest
from smartcam_bridge.companions.embedder.newest import NewestFirst

JOIN_S = 30


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def newest(clock):
    return NewestFirst(rate_hz=5.0, questions_max=2, clock_s=clock)


def test_a_newer_picture_replaces_one_that_waits(newest):
    for number in range(5):
        newest.offer('front', number)
    newest.offer('rear', 'r')
    assert {newest.take(), newest.take()} == {4, 'r'}
    assert newest.replaced == {'front': 4}


def test_a_camera_is_not_looked_at_more_often_than_its_rate(newest, clock):
    taken = []
    for step in range(100):     # a second and a half at 66 Hz
        clock.now_s = 100 + step * 0.015
        newest.offer('front', clock.now_s)
        item, wait_s = newest._next(clock.now_s)
        if item is None:
            assert 0 < wait_s <= 0.2
        else:
            taken.append(item)
    assert len(taken) == 8
    assert all(b - a >= 0.2 for a, b in zip(taken, taken[1:]))
    assert newest.replaced == {'front': 91}     # and one waits


def test_cameras_take_turns(newest, clock):
    taken = []
    for _ in range(12):
        for camera in 'a', 'b', 'c':
            newest.offer(camera, camera)
        taken.append(newest.take())
        clock.now_s += 0.25
    assert [taken.count(camera) for camera in 'abc'] == [4, 4, 4]


def test_questions_go_first_in_their_order_and_are_never_replaced(newest):
    newest.offer('front', 'picture')
    assert newest.ask('first') and newest.ask('second')
    assert [newest.take(), newest.take(), newest.take()] == ['first', 'second', 'picture']


def test_too_many_questions_are_refused_and_counted(newest):
    assert [newest.ask(number) for number in range(4)] == [True, True, False, False]
    assert newest.refused == 2
    newest.take()
    assert newest.ask('again')


def test_a_picture_that_nobody_wants_any_more_is_dropped(newest):
    newest.offer('front', 1)
    newest.forget('front')
    newest.forget('front')
    newest.offer('rear', 2)
    assert newest.take() == 2 and newest.replaced == {}


def test_a_worker_that_waits_is_woken_by_a_picture_and_by_the_end():
    newest = NewestFirst(rate_hz=1000.0, questions_max=1)
    taken, first = [], threading.Event()

    def work() -> None:
        while (item := newest.take()) is not None:
            taken.append(item)
            first.set()

    worker = threading.Thread(target=work, name='worker')
    worker.start()
    newest.offer('front', 'a')
    assert first.wait(JOIN_S)
    newest.close()
    worker.join(JOIN_S)
    assert not worker.is_alive() and taken == ['a']
    newest.offer('front', 'b')
    assert newest.take() is None
