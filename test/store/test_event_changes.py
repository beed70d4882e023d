"""What people do with events: make, pin, acknowledge, delete."""
from typing import Any, Callable

import pytest

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.errors import NotFound, StoreError
from smartcam_bridge.store import event_changes as module
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import (
    Acknowledged, AcknowledgeEvents, ChangeEvent, CreateCamera, CreateEvent, DeleteEvent)
from store_builders import event_fact, START_NS

Rows = Callable[..., list[tuple]]
Make = Callable[..., Recorder]


def ask(recorder: Recorder, command: Any) -> Any:
    """Return the answer to a command."""
    return recorder.submit(command).result(60)


def manual(**fields: Any) -> Event:
    """Return an event that somebody made."""
    return Event('manual_event', '', START_NS, **{
        'detail': {'title': 'T', 'by': 'anna'}, **fields})


@pytest.fixture
def full(recorder: Recorder) -> Recorder:
    """Return a recorder that has stored seven events, the last two of the camera `side`."""
    side = ask(recorder, CreateCamera('side', {}))
    recorder.record(*(event_fact(START_NS + k) for k in range(5)),
                    *(event_fact(START_NS, camera_id=side.id) for _ in range(2)))
    return recorder


def test_an_event_made_by_hand_is_numbered_answered_and_told(make_recorder: Make) -> None:
    told: list[Event] = []
    recorder = make_recorder(on_events=told.extend)
    recorder.start()
    recorder.record(event_fact())
    made = ask(recorder, CreateEvent(manual(severity=Severity.ALERT)))
    assert (made.seq, made.severity) == (2, Severity.ALERT)
    assert [one.seq for one in told] == [1, 2] and told[1] == made


def test_one_that_cannot_be_stored_is_refused_and_takes_no_number(
        make_recorder: Make, caplog: pytest.LogCaptureFixture) -> None:
    told: list[Event] = []
    recorder = make_recorder(on_events=told.extend)
    recorder.start()
    with pytest.raises(StoreError, match='cannot be stored'):
        ask(recorder, CreateEvent(manual(detail={'title': float('inf')})))
    assert 'left out' in caplog.text
    assert ask(recorder, CreateEvent(manual())).seq == 1
    assert len(told) == 1


def test_each_pins_and_acknowledges_for_himself(full: Recorder, rows: Rows) -> None:
    ask(full, ChangeEvent(2, 'anna', 10, pinned=True, acknowledged=True))
    ask(full, ChangeEvent(2, 'anna', 20, acknowledged=True))
    ask(full, ChangeEvent(2, 'bert', 30, acknowledged=True))
    ask(full, ChangeEvent(3, 'bert', 40, acknowledged=True))
    assert rows('SELECT id FROM events WHERE pinned') == [(2,)]
    assert rows('SELECT * FROM acknowledgements ORDER BY event_id, who') == [
        (2, 'anna', 10), (2, 'bert', 30), (3, 'bert', 40)]
    ask(full, ChangeEvent(2, 'bert', 50, pinned=False, acknowledged=False))
    assert rows('SELECT id FROM events WHERE pinned') == []
    assert rows('SELECT event_id, who FROM acknowledgements ORDER BY event_id') == [
        (2, 'anna'), (3, 'bert')]


@pytest.mark.parametrize('command', [
    ChangeEvent(99, 'anna', 1, pinned=True), DeleteEvent(99),
    AcknowledgeEvents(5, 'anna', 1, camera='none')])
def test_what_is_not_there_is_said(full: Recorder, command: Any) -> None:
    with pytest.raises(NotFound, match='99|none'):
        ask(full, command)


def test_many_are_acknowledged_in_steps(
        full: Recorder, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, 'AT_ONCE', 3)
    ask(full, ChangeEvent(5, 'anna', 1, acknowledged=True))
    ask(full, DeleteEvent(4))
    first = ask(full, AcknowledgeEvents(2 ** 62, 'anna', 9))
    assert first == Acknowledged(2, 3)      # of 5 to 7
    second = ask(full, AcknowledgeEvents(first.next_seq, 'anna', 9))
    assert second == Acknowledged(3, 0)     # of 1 to 3
    assert rows('SELECT event_id FROM acknowledgements ORDER BY event_id') == [
        (1,), (2,), (3,), (5,), (6,), (7,)]
    assert ask(full, AcknowledgeEvents(0, 'anna', 9)) == Acknowledged(0, 0)


def test_those_of_one_camera_only(full: Recorder, rows: Rows) -> None:
    assert ask(full, AcknowledgeEvents(6, 'anna', 9, camera='side')) == Acknowledged(1, 0)
    assert rows('SELECT event_id FROM acknowledgements') == [(6,)]


def test_a_deleted_event_takes_its_acknowledgements_along_and_leaves_its_number(
        full: Recorder, rows: Rows) -> None:
    ask(full, ChangeEvent(7, 'anna', 1, acknowledged=True))
    ask(full, DeleteEvent(7))
    assert rows('SELECT max(id), (SELECT count(*) FROM acknowledgements) FROM events') == [(6, 0)]
    assert ask(full, CreateEvent(manual())).seq == 8


def test_one_step_is_bounded(full: Recorder) -> None:
    full.record(*(event_fact(START_NS + k) for k in range(module.AT_ONCE)))
    done = ask(full, AcknowledgeEvents(2 ** 62, 'anna', 9))
    assert done == Acknowledged(module.AT_ONCE, 7)
