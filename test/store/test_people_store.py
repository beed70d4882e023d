"""People are added, enrolled, corrected and forgotten: rows, gallery and past in one step."""
import threading
from typing import Any, Callable

from people_builders import (
    add_person, ask, enroll, face, identity_fact, like, MODEL, sighting_fact, stranger_fact)
import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Correction
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.people import Consent, People
from smartcam_bridge.errors import Conflict, EnrollRefused, NotFound, StoreError
from smartcam_bridge.store import people_tasks as tasks
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier, DeleteEvent
from store_builders import event_fact, START_NS, track_fact

Rows = Callable[..., list[tuple]]
WHO = {'who': 'me', 'at_ns': START_NS}


class Listener:
    """What was told of people, and of events."""

    def __init__(self) -> None:
        self.people = People()
        self.corrections: list[Correction] = []
        self.events: list[Event] = []

    def on_people(self, people: People, corrections: tuple[Correction, ...]) -> None:
        """Take what there is now."""
        self.people = people
        self.corrections += corrections

    def match(self, vector: Any, model: str = MODEL) -> list[int]:
        """Return the people in the gallery, the most similar first."""
        gallery = self.people.galleries.get(model)
        if gallery is None:
            return []
        return [one.person_id for one in gallery.match(vector[None])[0]]


@pytest.fixture
def told() -> Listener:
    """Return who listens to the recorder."""
    return Listener()


@pytest.fixture
def live(make_recorder: Callable[..., Recorder], told: Listener) -> Recorder:
    """Return a recorder with an open track 1 and one that has ended, 2."""
    recorder = make_recorder(on_people=told.on_people, on_events=told.events.extend)
    recorder.start()
    store(recorder)
    return recorder


def store(recorder: Recorder, *facts: Any) -> None:
    """Store facts beside the two tracks."""
    assert recorder.record(track_fact(1), track_fact(2, end_reason=EndReason.LOST), *facts)
    ask(recorder, Barrier())


# People.

def test_a_person_is_there_for_all_after_the_commit(live: Recorder, told: Listener,
                                                    rows: Rows) -> None:
    ann = add_person(live, 'Ann', face(1), notes='of the night shift')
    assert dict(told.people.names) == {ann: 'Ann'}
    assert told.match(like(face(1), 0.7)) == [ann]
    assert rows('SELECT name, notes, consent, consent_ns FROM people') == [
        ('Ann', 'of the night shift', 'given', START_NS)]
    assert [action for action, in rows('SELECT action FROM audit ORDER BY id')] == [
        'created', 'enrolled']
    assert rows("SELECT count(*) FROM audit WHERE detail LIKE '%Ann%'") == [(0,)]


def test_a_name_is_given_once(live: Recorder, told: Listener) -> None:
    ann = add_person(live, 'Ann')
    before = told.people
    for command in (tasks.CreatePerson('Ann', '', 'given', **WHO),
                    tasks.ChangePerson(add_person(live, 'Bob'), 'Ann', None, None, **WHO)):
        with pytest.raises(Conflict, match="'Ann' already"):
            ask(live, command)
    for name in ('', ' ', ' Ann', 'x' * 201):
        with pytest.raises(StoreError, match='1 to 200 characters'):
            ask(live, tasks.CreatePerson(name, '', 'given', **WHO))
    with pytest.raises(ValueError, match='maybe'):
        ask(live, tasks.CreatePerson('Eve', '', 'maybe', **WHO))
    assert sorted(told.people.names.values()) == ['Ann', 'Bob'] and before is not told.people
    assert told.people.names[ann] == 'Ann'


def test_a_change_says_what_and_keeps_the_former_name(live: Recorder, told: Listener,
                                                      rows: Rows) -> None:
    ann = add_person(live, 'Ann')
    changed = ask(live, tasks.ChangePerson(ann, 'Anna', 'x', None, **WHO))
    assert (changed.name, changed.notes, changed.consent) == ('Anna', 'x', Consent.GIVEN)
    assert told.people.names[ann] == 'Anna'
    assert ask(live, tasks.ChangePerson(ann, 'Ann', None, None, **WHO)).name == 'Ann'
    assert rows('SELECT name, former_names FROM people') == [('Ann', '["Anna"]')]
    with pytest.raises(NotFound, match='no person 9'):
        ask(live, tasks.ChangePerson(9, 'Eve', None, None, **WHO))


@pytest.mark.parametrize('consent', ['refused', 'withdrawn'])
def test_who_does_not_consent_is_in_no_gallery(live: Recorder, told: Listener, rows: Rows,
                                               consent: str) -> None:
    ann, bob = add_person(live, 'Ann', face(1)), add_person(live, 'Bob', face(2))
    store(live, identity_fact(1, ann), identity_fact(2, ann))
    ask(live, tasks.ChangePerson(ann, None, None, consent, 'me', START_NS + 5))
    assert told.match(face(1)) == [bob]
    assert told.corrections == [Correction(1, 0)], 'the open track has no name any more'
    with pytest.raises(EnrollRefused) as refused:
        ask(live, enroll(ann, face(3), override=True))
    assert refused.value.code == 'consent'
    ask(live, tasks.ChangePerson(ann, None, None, 'given', **WHO))
    assert told.match(face(1))[0] == ann
    assert rows('SELECT consent, consent_ns FROM people WHERE id = ?', ann) == [
        ('given', START_NS)]


def test_templates_go_one_by_one(live: Recorder, told: Listener, rows: Rows) -> None:
    ann = add_person(live, 'Ann', face(1))
    second = ask(live, enroll(ann, like(face(1), 0.7), jpeg=b'jpeg'))
    ask(live, tasks.DeleteTemplate(second, **WHO))
    assert rows('SELECT count(*) FROM templates') == [(1,)]
    assert rows('SELECT count(*) FROM template_pictures') == [(0,)]
    found, = told.people.galleries[MODEL].match(like(face(1), 0.7)[None])[0]
    assert found.template_id != second
    with pytest.raises(NotFound, match='no template'):
        ask(live, tasks.DeleteTemplate(second, **WHO))


# The gate.

@pytest.mark.parametrize('code, override, fields', [
    ('face_too_small', True, {'face_px': 63.0}),
    ('face_blurred', True, {'sharpness': 0.29}),
    ('several_faces', True, {'faces': 2}),
    ('near_duplicate', True, {'vector': like(face(1), 0.99)}),
    ('nearer_to_other', True, {'vector': like(face(2), 0.9)}),
    ('unknown_model', False, {'model': 'home-made'}),
    ('vector_dimension', False, {'vector': face(1, 128)}),
    ('vector_zero', False, {'vector': face(1) * 0}),
    ('vector_not_finite', False, {'vector': face(1) * float('nan')}),
    ('vector_shape', False, {'vector': face(1)[None]})])
def test_the_gate_says_why(live: Recorder, told: Listener, rows: Rows, code: str,
                           override: bool, fields: dict[str, Any]) -> None:
    ann, bob = add_person(live, 'Ann', face(1)), add_person(live, 'Bob', face(2))
    given = enroll(ann, **{'vector': like(face(1), 0.7), **fields})
    before = told.people
    with pytest.raises(EnrollRefused) as refused:
        ask(live, given)
    assert refused.value.code == code
    assert refused.value.person_id == {'near_duplicate': ann, 'nearer_to_other': bob}.get(code, 0)
    assert rows('SELECT count(*) FROM templates') == [(2,)] and told.people is before
    anyway = enroll(ann, **{'vector': like(face(1), 0.7), 'override': True, **fields})
    if override:
        assert ask(live, anyway) == 3
        assert f'"overridden": "{code}"' in rows(
            'SELECT detail FROM audit ORDER BY id DESC LIMIT 1')[0][0]
    else:
        with pytest.raises(EnrollRefused):
            ask(live, anyway)


def test_what_is_not_known_of_a_face_is_not_judged(live: Recorder) -> None:
    ann = add_person(live, 'Ann', face(1))
    assert ask(live, enroll(ann, like(face(1), 0.7))) == 2
    assert ask(live, enroll(ann, like(face(1), 0.1, 1), face_px=64.0, sharpness=0.3)) == 3
    with pytest.raises(NotFound, match='no person 7'):
        ask(live, enroll(7, face(1)))
    with pytest.raises(NotFound, match='no track 7'):
        ask(live, enroll(ann, face(9), track_id=7))


def test_the_first_face_of_somebody_must_not_be_another_already(live: Recorder) -> None:
    bob, ann = add_person(live, 'Bob', face(1)), add_person(live, 'Ann')
    with pytest.raises(EnrollRefused, match=f'more like person {bob}') as refused:
        ask(live, enroll(ann, like(face(1), 0.41)))
    assert abs(refused.value.similarity - 0.41) < 1e-3
    assert ask(live, enroll(ann, like(face(1), 0.39))) == 2, 'the threshold is 0.40'


def test_a_full_gallery_takes_no_more(make_recorder: Callable[..., Recorder],
                                      told: Listener) -> None:
    small = make_recorder(on_people=told.on_people, gallery_max_mb=1)
    small.start()
    ann = add_person(small, 'Ann')
    with pytest.raises(EnrollRefused) as refused:
        for number in range(1000):
            ask(small, enroll(ann, face(number)))
    assert refused.value.code == 'gallery_full' and 200 < number < 500
    with pytest.raises(EnrollRefused, match='full'):
        ask(small, enroll(ann, face(number), override=True))
    ask(small, tasks.DeleteTemplate(1, **WHO))
    assert ask(small, enroll(ann, face(number))) > number


def test_commands_of_one_commit_see_each_other(live: Recorder, told: Listener) -> None:
    ann = add_person(live, 'Ann')
    futures = [live.submit(enroll(ann, vector)) for vector in (
        face(1), like(face(1), 0.99), like(face(1), 0.6))]
    assert isinstance(futures[1].exception(10), EnrollRefused)
    assert (futures[0].result(10), futures[2].result(10)) == (1, 2)
    assert len(told.people.galleries[MODEL]) == 2


# Tracks.

def test_enrolling_from_a_track_names_it(live: Recorder, told: Listener, rows: Rows) -> None:
    ann, bob = add_person(live, 'Ann'), add_person(live, 'Bob', face(2))
    store(live, identity_fact(1, bob), sighting_fact(1, face(1)),
          event_fact(kind='person_identified', person_id=bob), event_fact())
    ask(live, enroll(ann, face(1), source='track', track_id=1, stamp_ns=START_NS + 7))
    assert rows('SELECT verdict, person_id FROM tracks WHERE id = 1') == [('known', ann)]
    assert rows('SELECT person_id FROM sightings') == [(ann,)]
    assert told.corrections == [Correction(1, ann)]
    corrected = rows('SELECT person_id, corrections FROM events ORDER BY id')
    assert [person for person, _ in corrected] == [ann, None], 'it told of this one already'
    assert '"action": "enrolled", "was": ' + str(bob) in corrected[0][1]
    store(live, identity_fact(1, bob))      # that was under way
    assert rows('SELECT person_id FROM tracks WHERE id = 1') == [(ann,)]


def test_a_track_that_was_nobody_is_told_of(live: Recorder, told: Listener) -> None:
    ann = add_person(live, 'Ann')
    ask(live, enroll(ann, face(1), source='track', track_id=2))
    made = told.events[-1]
    assert (made.type, made.track_id, made.camera, made.names) == (
        'person_identified', 2, 'camera', ((ann, 'Ann'),))
    assert told.corrections == [], 'it has ended'
    ask(live, enroll(ann, like(face(1), 0.7), source='track', track_id=2))
    assert told.events[-1] is made, 'once'


def test_not_this_person(live: Recorder, told: Listener, rows: Rows) -> None:
    ann = add_person(live, 'Ann', face(1))
    wrong = like(face(1), 0.5)      # somebody who is rather like her
    store(live, identity_fact(1, ann), sighting_fact(1, wrong),
          event_fact(kind='person_identified', person_id=ann))
    assert told.match(wrong) == [ann]
    assert ask(live, tasks.RejectIdentity(1, **WHO)) == ann
    assert told.match(wrong) == [], 'that embedding does not yield the name any more'
    assert told.match(like(wrong, 0.9, 3)) == []
    assert told.match(like(face(1), 0.8, 4)) == [ann], 'her own face does'
    assert rows('SELECT verdict, person_id FROM tracks WHERE id = 1') == [('unknown', None)]
    assert rows('SELECT person_id FROM sightings') == [(None,)]
    (person, history), = rows('SELECT person_id, corrections FROM events')
    assert person is None and f'"action": "rejected", "was": {ann}' in history
    assert told.corrections == [Correction(1, 0, ann)]
    store(live, identity_fact(1, ann), event_fact(kind='person_identified', person_id=ann))
    assert rows('SELECT person_id FROM tracks WHERE id = 1') == [(None,)]
    assert rows('SELECT person_id FROM events') == [(None,)] * 2, 'nor what was under way'
    with pytest.raises(Conflict, match='no name'):
        ask(live, tasks.RejectIdentity(1, **WHO))
    with pytest.raises(NotFound, match='no track 8'):
        ask(live, tasks.RejectIdentity(8, **WHO))


def test_a_rejection_takes_the_templates_of_that_track_and_can_be_taken_back(
        live: Recorder, told: Listener, rows: Rows) -> None:
    ann = add_person(live, 'Ann', face(1))
    other = like(face(1), 0.5)
    ask(live, enroll(ann, other, source='track', track_id=1))
    ask(live, tasks.RejectIdentity(1, **WHO))
    assert rows('SELECT id FROM templates') == [(1,)] and told.match(other) == []
    ask(live, enroll(ann, other, source='track', track_id=1))
    assert rows('SELECT count(*) FROM rejections') == [(0,)]
    assert told.match(other) == [ann]
    assert told.corrections == [Correction(1, ann), Correction(1, 0, ann), Correction(1, ann)]
    store(live, identity_fact(1, ann))
    assert rows('SELECT person_id FROM tracks WHERE id = 1') == [(ann,)]


def test_rejections_do_not_hold_a_model_to_the_dimension_it_had(
        make_recorder: Callable[..., Recorder], told: Listener) -> None:
    recorder = make_recorder(on_people=told.on_people, face_thresholds=('mine=0.4',))
    recorder.start()
    old, new = face(1, 64), face(1, 128)
    ann = add_person(recorder, 'Ann')
    ask(recorder, enroll(ann, old, model='mine'))
    store(recorder, identity_fact(1, ann), sighting_fact(1, like(old, 0.5), model='mine'))
    ask(recorder, tasks.RejectIdentity(1, **WHO))
    ask(recorder, tasks.DeleteTemplate(1, **WHO))
    assert 'mine' not in told.people.galleries, 'faces of any dimension may come'
    ask(recorder, enroll(ann, new, model='mine'))
    assert told.match(new, 'mine') == [ann]


# Two are one.

def test_merged_people_are_one(live: Recorder, told: Listener, rows: Rows) -> None:
    ann = add_person(live, 'Ann', face(1), notes='tall')
    anna = add_person(live, 'Anna', face(2), notes='plays')
    store(live, identity_fact(1, ann), identity_fact(2, anna), sighting_fact(1, face(1)),
          event_fact(kind='person_changed', person_id=ann, was_person_id=anna))
    left = ask(live, tasks.MergePeople(ann, anna, **WHO))
    assert (left.id, left.name, left.notes) == (anna, 'Anna', 'plays\ntall')
    assert told.match(face(1)) == told.match(face(2)) == [anna]
    assert told.corrections == [Correction(1, anna)]
    assert dict(told.people.names) == {anna: 'Anna'}
    for table in ('tracks', 'sightings', 'templates', 'events'):
        assert rows(f'SELECT DISTINCT person_id FROM {table}') == [(anna,)], table
    (was, history), = rows('SELECT was_person_id, corrections FROM events')
    assert was == anna and f'"merged", "was": {ann}' in history
    assert rows('SELECT former_names FROM people') == [('["Ann"]',)]
    store(live, identity_fact(2, ann))      # under way
    assert rows('SELECT DISTINCT person_id FROM tracks') == [(anna,)]
    for command, error in ((tasks.MergePeople(ann, anna, **WHO), NotFound),
                           (tasks.MergePeople(anna, anna, **WHO), Conflict)):
        with pytest.raises(error):
            ask(live, command)


@pytest.mark.parametrize('gone, kept, expected', [
    (('withdrawn', 9), ('given', 5), 'withdrawn'), (('given', 9), ('refused', 5), 'given'),
    (('given', 5), ('withdrawn', 9), 'withdrawn'), (('not_asked', 9), ('given', 5), 'given')])
def test_what_was_said_last_of_consent_counts_for_both(
        live: Recorder, told: Listener, gone: tuple[str, int], kept: tuple[str, int],
        expected: str) -> None:
    ids = []
    for number, (consent, at) in enumerate((gone, kept), 1):
        ids.append(add_person(live, f'p{number}', face(number), consent='not_asked'))
        ask(live, tasks.ChangePerson(ids[-1], None, None, consent, 'me', START_NS + at))
    assert ask(live, tasks.MergePeople(*ids, **WHO)).consent == expected
    matched = [told.match(face(1)), told.match(face(2))]
    assert matched == ([[ids[1]]] * 2 if expected == 'given' else [[], []])


def test_a_merge_takes_back_that_one_is_not_the_other(live: Recorder, told: Listener,
                                                      rows: Rows) -> None:
    ann, bob = add_person(live, 'Ann', face(1)), add_person(live, 'Bob', face(2))
    seen = like(face(1), 0.6)
    store(live, identity_fact(1, ann), sighting_fact(1, seen))
    ask(live, tasks.RejectIdentity(1, **WHO))
    ask(live, enroll(bob, seen, source='track', track_id=1, override=True))
    assert told.match(seen) == [bob]
    ask(live, tasks.MergePeople(ann, bob, **WHO))
    assert rows('SELECT count(*) FROM rejections') == [(0,)]
    assert told.match(seen) == [bob]


# Strangers.

def stranger_of_two_tracks(live: Recorder) -> None:
    """Store a stranger who was seen twice, well."""
    store(live, stranger_fact(4, face(5)), identity_fact(1, stranger=4),
          identity_fact(2, stranger=4), sighting_fact(1, like(face(5), 0.8), quality=0.6),
          sighting_fact(2, like(face(5), 0.7, 1), quality=0.9),
          sighting_fact(2, like(face(5), 0.7, 2), 1, quality=0.95, face_px=20.0),
          event_fact(kind='stranger_seen', stranger_id=4))


def test_naming_a_stranger_enrols_the_best_faces_and_names_the_past(
        live: Recorder, told: Listener, rows: Rows) -> None:
    stranger_of_two_tracks(live)
    ann = ask(live, tasks.NameStranger(4, 0, 'Ann', **WHO))
    assert (ann.name, ann.consent) == ('Ann', Consent.NOT_ASKED)
    assert rows('SELECT source, track_id, quality FROM templates ORDER BY id') == [
        ('stranger', 2, 0.9), ('stranger', 1, 0.6)], 'the best first, not the small one'
    assert told.match(face(5)) == [ann.id]
    assert rows('SELECT verdict, person_id, stranger_id FROM tracks') == [
        ('known', ann.id, None)] * 2
    assert rows('SELECT DISTINCT person_id, stranger_id FROM sightings') == [(ann.id, None)]
    (person, stranger, history), = rows('SELECT person_id, stranger_id, corrections FROM events')
    assert (person, stranger) == (ann.id, None) and '"named", "was": null' in history
    assert told.corrections == [Correction(1, ann.id), Correction(0, 0, gone_stranger_id=4)]
    store(live, stranger_fact(4, face(5)), identity_fact(2, stranger=4))    # under way
    assert rows('SELECT count(*) FROM strangers') == [(0,)]
    with pytest.raises(NotFound, match='no stranger 4'):
        ask(live, tasks.NameStranger(4, 0, 'Bob', **WHO))


def test_a_stranger_can_be_somebody_who_is_known(live: Recorder, told: Listener,
                                                 rows: Rows) -> None:
    ann = add_person(live, 'Ann', like(face(5), 0.7, 1))
    stranger_of_two_tracks(live)
    assert ask(live, tasks.NameStranger(4, ann, '', **WHO)).id == ann
    assert rows('SELECT count(*) FROM templates') == [(2,)], 'one was there already'


def test_others_who_are_as_unlike_do_not_keep_a_stranger_from_being_somebody(
        live: Recorder, rows: Rows) -> None:
    ann = add_person(live, 'Ann', like(face(5), 0.1, 8))
    add_person(live, 'Bob', like(like(face(5), 0.8), 0.3, 9))
    stranger_of_two_tracks(live)
    with pytest.raises(EnrollRefused, match='more like person 2'):
        ask(live, enroll(ann, like(face(5), 0.8)))
    assert ask(live, tasks.NameStranger(4, ann, '', **WHO)).id == ann
    assert rows('SELECT count(*) FROM templates') == [(4,)]


def test_a_stranger_without_a_good_face_stays_one(live: Recorder, rows: Rows) -> None:
    store(live, stranger_fact(4, face(5)), identity_fact(1, stranger=4),
          sighting_fact(1, face(5), face_px=20.0))
    with pytest.raises(EnrollRefused) as refused:
        ask(live, tasks.NameStranger(4, 0, 'Ann', **WHO))
    assert refused.value.code == 'face_too_small'
    assert rows('SELECT count(*) FROM people') == [(0,)], 'nothing is left of the attempt'
    assert rows('SELECT count(*) FROM audit') == [(0,)]
    assert rows('SELECT stranger_id FROM tracks WHERE id = 1') == [(4,)]


def test_a_forgotten_stranger_does_not_come_back(live: Recorder, told: Listener,
                                                 rows: Rows) -> None:
    stranger_of_two_tracks(live)
    ask(live, tasks.ForgetStranger(4, **WHO))
    store(live, stranger_fact(4, face(5)), identity_fact(1, stranger=4))    # under way
    assert rows('SELECT count(*) FROM sightings') == rows('SELECT count(*) FROM strangers') == [
        (0,)]
    assert rows('SELECT DISTINCT verdict, stranger_id FROM tracks') == [('unknown', None)]
    assert rows('SELECT stranger_id FROM events') == [(None,)]
    assert told.corrections == [Correction(1, 0), Correction(0, 0, gone_stranger_id=4)]
    with pytest.raises(NotFound, match='no stranger 4'):
        ask(live, tasks.ForgetStranger(4, **WHO))


def test_an_event_may_be_deleted_in_the_commit_that_stores_it(
        make_recorder: Callable[..., Recorder], rows: Rows) -> None:
    busy, go_on, told = threading.Event(), threading.Event(), []

    def hold(people: People, corrections: tuple[Correction, ...]) -> None:
        busy.set()
        go_on.wait(60)

    recorder = make_recorder(on_people=hold, on_events=told.extend)
    recorder.start()
    store(recorder)
    added = recorder.submit(tasks.CreatePerson('Ann', '', Consent.GIVEN, **WHO))
    assert busy.wait(60)    # the recorder's thread: what comes now is one commit
    seq = rows('SELECT coalesce(max(id), 0) + 1 FROM events')[0][0]
    assert recorder.record(event_fact(kind='person_identified', track_id=1, person_id=1))
    deleted = recorder.submit(DeleteEvent(seq))
    go_on.set()
    assert added.result(60).id == 1
    deleted.result(60)
    assert rows('SELECT count(*) FROM events WHERE id = ?', seq) == [(0,)]
    assert [event.seq for event in told] == [seq] and recorder.status().refused == 0
