"""What recognition found is stored, and never names anybody who is not there."""
from typing import Any, Callable

import numpy as np
from people_builders import (
    add_person, ask, face, identity_fact, sighting_fact, stranger_fact)
import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Correction, Verdict
from smartcam_bridge.store.faces import strangers
from smartcam_bridge.store.faces.hindsight import Hindsight
from smartcam_bridge.store.people_tasks import ChangePerson
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier
from store_builders import event_fact, START_NS, track_fact

Rows = Callable[..., list[tuple]]
WHO = 'SELECT verdict, person_id, stranger_id FROM tracks ORDER BY id'


@pytest.fixture
def seen(recorder: Recorder) -> Callable[..., None]:
    """Return what stores facts beside two tracks of a camera."""

    def store(*facts: Any) -> None:
        assert recorder.record(track_fact(1), track_fact(2), *facts)
        ask(recorder, Barrier())
    return store


def test_a_track_says_who_it_is_until_it_says_otherwise(
        recorder: Recorder, seen: Callable[..., None], rows: Rows) -> None:
    ann = add_person(recorder, 'Ann')
    seen(identity_fact(1, ann), stranger_fact(4, face(1)), identity_fact(2, stranger=4))
    assert rows(WHO) == [('known', ann, None), ('unknown', None, 4)]
    seen()      # the tracks' rows are brought up to date, without a word of faces
    assert rows(WHO) == [('known', ann, None), ('unknown', None, 4)]
    seen(identity_fact(1, verdict=Verdict.AMBIGUOUS))
    assert rows(WHO) == [('ambiguous', None, None), ('unknown', None, 4)]


def test_faces_have_one_place_each_and_are_whose_their_track_is(
        recorder: Recorder, seen: Callable[..., None], rows: Rows) -> None:
    ann = add_person(recorder, 'Ann')
    seen(sighting_fact(1, face(1)), sighting_fact(1, face(2), 1))
    asked = 'SELECT track_id, slot, vector, person_id FROM sightings ORDER BY slot'
    assert rows(asked) == [(1, 0, face(1).tobytes(), None), (1, 1, face(2).tobytes(), None)]
    seen(sighting_fact(1, face(3), 1), identity_fact(1, ann))
    assert rows(asked) == [(1, 0, face(1).tobytes(), ann), (1, 1, face(3).tobytes(), ann)]


def test_what_belongs_to_nothing_is_left_out(
        recorder: Recorder, seen: Callable[..., None], rows: Rows) -> None:
    seen(sighting_fact(9, face(1)),                     # a track that is not there (any more)
         sighting_fact(1, face(1), camera_id=2), identity_fact(1, camera=2),
         identity_fact(2, 77), event_fact(kind='person_identified', person_id=77, track_id=2),
         event_fact(kind='stranger_seen', stranger_id=5, track_id=2))
    assert rows('SELECT count(*) FROM sightings') == [(0,)]
    assert rows(WHO) == [(None, None, None), ('unknown', None, None)]
    assert rows('SELECT person_id, stranger_id FROM events') == [(None, None)] * 2
    assert recorder.status().refused == 2, 'what a camera saw that is not there'


def test_a_face_that_cannot_be_stored_takes_no_other_with_it(
        recorder: Recorder, seen: Callable[..., None], rows: Rows) -> None:
    seen(sighting_fact(1, face(1)), sighting_fact(1, face(2), 1, sharpness=None),
         stranger_fact(1, face(1)), stranger_fact(2, face(2), model=None))
    assert rows('SELECT slot FROM sightings') == [(0,)]
    assert rows('SELECT id FROM strangers') == [(1,)]
    assert recorder.status().refused == 2


def test_strangers_come_back_with_the_next_start_and_their_numbers_do_not(
        make_recorder: Callable[..., Recorder]) -> None:
    first = make_recorder()
    assert first.start().next_stranger_id == 1
    first.record(stranger_fact(3, face(3)), stranger_fact(7, face(7)))
    first.record(stranger_fact(3, face(4), sightings=9, alerted_ns=5))
    first.close()
    state = make_recorder().start()
    found = {one.id: (one.sightings, one.alerted_ns) for one in state.strangers}
    assert found == {3: (9, 5), 7: (3, 0)}
    assert any(np.array_equal(one.centre, face(4)) for one in state.strangers)
    assert state.next_stranger_id == 8


def test_no_more_strangers_are_read_than_can_be_known(
        make_recorder: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, 'STRANGERS_MAX', 2)
    first = make_recorder()
    first.start()
    first.record(*(stranger_fact(id_, face(id_), last_ns=START_NS - id_) for id_ in (1, 2, 3)))
    first.close()
    state = make_recorder().start()
    assert {one.id for one in state.strangers} == {1, 2} and state.next_stranger_id == 4


def test_told_events_have_the_names_of_now(
        make_recorder: Callable[..., Recorder]) -> None:
    told: list[Event] = []
    recorder = make_recorder(on_events=told.extend)
    recorder.start()
    ann, bob = add_person(recorder, 'Ann'), add_person(recorder, 'Bob')
    ask(recorder, ChangePerson(ann, 'Anna', None, None, 'me', START_NS))
    recorder.record(event_fact(kind='person_changed', person_id=ann, was_person_id=bob))
    ask(recorder, Barrier())
    assert told[-1].as_json()['person'] == {'id': ann, 'name': 'Anna'}
    assert told[-1].as_json()['was'] == {'id': bob, 'name': 'Bob'}


@pytest.mark.parametrize('said, found, expected', [
    ([], 5, 5),
    ([Correction(1, 6)], 5, 6),                             # somebody said who it is
    ([Correction(1, 0, 5)], 5, 0),                          # or who it is not
    ([Correction(1, 0, 5)], 6, 6),
    ([Correction(1, 6), Correction(1, 0, 6)], 6, 0),        # the last word counts
    ([Correction(2, 6)], 5, 5)])
def test_facts_under_way_yield_to_what_people_said(
        said: list[Correction], found: int, expected: int) -> None:
    hindsight = Hindsight()
    hindsight.learn(said, {}, set())
    assert hindsight.person(1, found) == expected


def test_facts_under_way_speak_of_whoever_took_over() -> None:
    hindsight = Hindsight()
    hindsight.learn([], {1: 2}, set())
    hindsight.learn([Correction(9, 0, 3)], {2: 3}, set())
    assert hindsight.person(8, 1) == hindsight.person(8, 2) == 3
    assert hindsight.person(9, 1) == 0
