"""From faces to names: when they are told, changed, taken back and forgotten."""
from itertools import count

from face_builders import CAMERA, outcome, probe, state
from hypothesis import given, strategies as st
import numpy as np
import pytest

from smartcam_bridge.domain.face_models import FaceModel
from smartcam_bridge.domain.face_rules import FaceRules
from smartcam_bridge.domain.faces import Correction, Verdict
from smartcam_bridge.domain.gallery import Gallery
from smartcam_bridge.domain.identify import Identifier, TRACKS_MAX
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.people import People
from smartcam_bridge.domain.strangers import Strangers
from smartcam_bridge.domain.times import NS

MODEL = FaceModel('own', 0.4, 16)
ANNA, BERT = 1, 2
GALLERY = Gallery('own', 16)
for _person in (ANNA, BERT):
    GALLERY.add(_person, _person, np.eye(16, dtype=np.float32)[_person])


class Desk:
    """An identifier, and all that it said."""

    def __init__(self, known=(), window_ns=12 * 3600 * NS):
        self.strangers = Strangers(count(1 + len(known)).__next__, known)
        self.rules = FaceRules(stranger_window_ns=window_ns)
        self.identifier = Identifier(CAMERA, lambda: self.rules, self.strangers,
                                     {0: 'person'}.__getitem__)
        self.turns = count()
        self.events, self.identities, self.sightings, self.kept = [], [], [], []
        self.people = People({ANNA: 'Anna', BERT: 'Bert'}, {'own': GALLERY.snapshot()})

    def hear(self, found):
        self.events += found.events
        self.identities += found.identities
        self.sightings += found.sightings
        self.kept += found.strangers
        return found

    def confirm(self, track_id=7, stamp_ns=NS):
        return self.hear(self.identifier.follow(outcome(stamp_ns, state(track_id, stamp_ns))))

    def end(self, track_id=7, stamp_ns=NS):
        return self.hear(self.identifier.follow(
            outcome(stamp_ns, state(track_id, stamp_ns, EndReason.LOST))))

    def show(self, who, times=1, track_id=7, stamp_ns=NS, alike=0.7, quality=0.8, model=MODEL):
        """Let faces be seen of whose axis this is, each turned a little to another side."""
        for _ in range(times):
            turn = next(self.turns)
            vector = np.zeros(model.dimension, np.float32)
            vector[who], vector[8 + turn % (model.dimension - 8)] = alike, (1 - alike ** 2) ** 0.5
            found = self.people.galleries['own'].match(vector[None]) if model is MODEL else [[]]
            self.hear(self.identifier.observe(
                [probe(track_id, vector, stamp_ns, quality, model.name)], found, model))

    def correct(self, *said, **more):
        return self.hear(self.identifier.correct(Correction(*said, **more)))

    @property
    def last(self):
        one = self.identities[-1]
        return one.verdict, one.person_id, one.stranger_id


@pytest.fixture
def desk():
    made = Desk()
    made.confirm()
    return made


def told(desk):
    return [(event.type, event.person_id, event.was_person_id, event.stranger_id)
            for event in desk.events]


def test_a_track_is_named_when_enough_faces_agree(desk):
    desk.show(ANNA, 2)
    assert not desk.identities and not desk.events
    desk.show(ANNA, stamp_ns=5 * NS)
    assert desk.last == (Verdict.KNOWN, ANNA, 0)
    event, = desk.events
    assert (event.type, event.camera, event.camera_id, event.track_id, event.label) == (
        'person_identified', 'front', 1, 7, 'person')
    assert (event.stamp_ns, event.person_id) == (5 * NS, ANNA)
    assert event.detail == {'similarity': 0.7, 'margin': 0.7, 'probes': 3}
    desk.show(ANNA, 50)
    assert len(desk.events) == len(desk.identities) == 1
    assert desk.identifier.identity_of(7).person_id == ANNA
    assert desk.identifier.identity_of(8) is None


def test_votes_of_a_track_that_is_not_confirmed_wait():
    desk = Desk()
    desk.show(ANNA, 5)
    assert not (desk.events or desk.identities or desk.sightings)
    desk.confirm()
    assert told(desk) == [('person_identified', ANNA, 0, 0)]
    assert desk.last == (Verdict.KNOWN, ANNA, 0) and desk.sightings


def test_a_change_of_mind_is_one_event_with_both(desk):
    desk.show(ANNA, 20)
    desk.show(BERT, 5)
    assert desk.last == (Verdict.KNOWN, ANNA, 0)
    desk.show(BERT, 20)
    assert told(desk) == [('person_identified', ANNA, 0, 0), ('person_changed', BERT, ANNA, 0)]
    assert desk.last == (Verdict.KNOWN, BERT, 0)
    assert desk.events[1].detail == {'similarity': 0.7, 'margin': 0.7, 'probes': 6}


def test_a_name_is_lost_to_nobody_and_such_a_track_is_no_stranger(desk):
    desk.show(ANNA, 20)
    desk.show(5, 40)
    assert told(desk) == [('person_identified', ANNA, 0, 0), ('person_changed', 0, ANNA, 0)]
    assert desk.last == (Verdict.UNKNOWN, 0, 0) and not desk.kept


def test_two_who_alternate_are_ambiguous_and_nobodys_stranger(desk):
    for _ in range(10):
        desk.show(ANNA)
        desk.show(BERT)
    assert desk.last[:2] == (Verdict.AMBIGUOUS, 0)
    assert not desk.events and not desk.kept


def test_who_is_unknown_is_a_stranger_told_once_in_a_window(desk):
    desk.show(5, 2)
    assert not desk.kept
    desk.show(5, 1)
    assert desk.last == (Verdict.UNKNOWN, 0, 1)
    assert told(desk) == [('stranger_seen', 0, 0, 1)]
    for track_id, hour in ((8, 1), (9, 13)):
        desk.confirm(track_id, hour * 3600 * NS)
        desk.show(5, 3, track_id, hour * 3600 * NS)
        assert desk.last == (Verdict.UNKNOWN, 0, 1)
    assert [(event.track_id, event.stranger_id) for event in desk.events] == [(7, 1), (9, 1)]
    assert (desk.kept[-1].tracks, desk.kept[-1].sightings) == (3, 9)


def test_further_faces_of_a_stranger_count_and_the_last_when_it_ends(desk):
    desk.show(5, 15)
    assert desk.kept[-1].sightings == 11        # three, and eight at once
    desk.end()
    assert desk.kept[-1].sightings == 15
    assert desk.identities[-1].probes == 15


def test_a_stranger_who_turns_out_to_be_known_was_none(desk):
    desk.show(ANNA, 3, alike=0.2)
    assert desk.last == (Verdict.UNKNOWN, 0, 1)
    desk.show(ANNA, 30)
    assert desk.last == (Verdict.KNOWN, ANNA, 0)
    assert (desk.kept[-1].tracks, desk.kept[-1].sightings) == (0, 0)


def test_the_best_faces_are_kept_and_told_again_with_the_name(desk):
    desk.show(ANNA, 2, quality=0.5)
    assert [(one.slot, one.person_id) for one in desk.sightings] == [(0, 0), (1, 0)]
    desk.show(ANNA, 3, quality=0.5)
    assert {one.slot for one in desk.sightings if one.person_id == ANNA} == {0, 1, 2, 3}
    assert desk.sightings[-1].similarity == pytest.approx(0.7)
    before = len(desk.sightings)
    desk.show(ANNA, 20, quality=0.5)
    assert len(desk.sightings) == before
    desk.show(ANNA, 1, quality=0.9)
    assert (len(desk.sightings), desk.sightings[-1].probe.quality) == (before + 1, 0.9)


def test_not_this_person_is_for_good(desk):
    desk.show(ANNA, 5)
    desk.correct(7, 0, ANNA)
    assert desk.last == (Verdict.UNKNOWN, 0, 0) and len(desk.events) == 1
    desk.show(ANNA, 2)
    assert desk.last == (Verdict.UNKNOWN, 0, 0)     # no stranger from two faces
    desk.show(ANNA, 40)
    assert desk.last[1] == 0
    desk.show(BERT, 40)
    assert desk.last[1] == BERT


def test_what_people_say_stays(desk):
    desk.show(ANNA, 5)
    desk.correct(7, BERT)
    assert desk.last == (Verdict.KNOWN, BERT, 0)
    assert {one.person_id for one in desk.sightings[-4:]} == {BERT}
    desk.show(ANNA, 40)
    assert desk.last == (Verdict.KNOWN, BERT, 0) and len(desk.events) == 1


def test_a_correction_of_a_track_that_nobody_knows_is_nothing(desk):
    assert not desk.correct(99, ANNA).identities


def test_a_stranger_who_is_named_or_removed_is_gone(desk):
    desk.show(5, 3)
    desk.correct(0, 0, gone_stranger_id=1)
    assert 1 not in desk.strangers
    before = len(desk.sightings)
    desk.show(5, 10)
    assert desk.last == (Verdict.UNKNOWN, 0, 0)
    assert len(desk.strangers) == 0
    assert {one.stranger_id for one in desk.sightings[before:]} <= {0}


@pytest.mark.parametrize('names, enrolled, left', [
    ({ANNA: 'Anna', BERT: 'Bert'}, True, ANNA), ({ANNA: 'Anna', BERT: 'Bert'}, False, 0),
    ({BERT: 'Bert'}, True, 0)])
def test_who_is_not_there_or_must_not_be_recognised_loses_the_name(desk, names, enrolled, left):
    desk.show(ANNA, 5)
    shown = len(desk.sightings)
    desk.people = People(names, {'own': GALLERY.snapshot()} if enrolled else {})
    desk.hear(desk.identifier.forget(desk.people))
    assert desk.last[1] == left and len(desk.events) == 1
    assert len(desk.sightings) == shown     # nothing of them is written again


def test_faces_of_who_is_forgotten_are_not_written_again(desk):
    desk.show(ANNA, 5)
    shown = len(desk.sightings)
    desk.correct(7, 0)
    assert desk.last == (Verdict.UNKNOWN, 0, 0) and len(desk.sightings) == shown
    desk.show(6, 5, stamp_ns=9 * NS)
    assert {one.probe.stamp_ns for one in desk.sightings[shown:]} == {9 * NS}
    assert not desk.kept


def test_who_is_removed_from_the_gallery_is_not_named_by_votes_before(desk):
    desk.show(ANNA, 2)
    desk.people = People({BERT: 'Bert'}, desk.people.galleries)
    desk.hear(desk.identifier.forget(People({}, {})))
    desk.show(5, 5)
    assert all(one.person_id == 0 for one in desk.identities)


def test_faces_that_come_late_count_for_some_seconds(desk):
    desk.show(ANNA, 2)
    desk.end(stamp_ns=2 * NS)
    desk.confirm(8, 6 * NS)
    desk.show(ANNA, 1, stamp_ns=2 * NS)
    assert told(desk) == [('person_identified', ANNA, 0, 0)]
    desk.confirm(8, 8 * NS)
    assert len(desk.identifier) == 1
    desk.show(BERT, 9, stamp_ns=2 * NS)
    assert len(desk.events) == 1
    desk.confirm(8, 40 * NS)
    assert len(desk.identifier) == 1


def test_another_model_begins_the_vote_anew(desk):
    desk.show(ANNA, 2)
    desk.show(ANNA, 2, model=FaceModel('other', 0.4, 12))
    assert not desk.identities
    desk.show(ANNA, 2)
    assert not desk.identities
    desk.show(ANNA, 1)
    assert desk.last[1] == ANNA


def test_it_is_bounded():
    desk = Desk()
    for track_id in range(1, TRACKS_MAX + 100):
        desk.identifier.follow(outcome(NS, state(track_id)))
    assert len(desk.identifier) == TRACKS_MAX


def test_a_clock_that_steps_back_keeps_no_track_for_ever(desk):
    desk.end(stamp_ns=1000 * NS)
    desk.confirm(8, 10 * NS)
    assert len(desk.identifier) == 1


steps = st.one_of(
    st.tuples(st.just('show'), st.sampled_from([ANNA, BERT, 5, 6]), st.integers(1, 8),
              st.sampled_from([7, 8]), st.floats(0.1, 0.9), st.floats(0.2, 1)),
    st.tuples(st.just('confirm'), st.sampled_from([7, 8])),
    st.tuples(st.just('not'), st.sampled_from([7, 8]), st.sampled_from([ANNA, BERT])),
    st.tuples(st.just('end'), st.sampled_from([7, 8])))


@given(st.lists(steps, max_size=25))
def test_whatever_happens_what_is_told_holds_together(happens):
    desk, confirmed, met, barred = Desk(), set(), set(), set()
    for kind, *rest in happens:
        before = len(desk.identities)
        if kind == 'show':
            who, times, track_id, alike, quality = rest
            met.add(track_id)
            desk.show(who, times, track_id, NS, alike, quality)
        elif kind == 'not':
            barred |= {tuple(rest)} if rest[0] in met else set()
            desk.correct(rest[0], 0, rest[1])
        else:
            met.add(rest[0])
            confirmed.add(rest[0])
            getattr(desk, kind)(rest[0])
        for one in desk.identities[before:]:
            assert one.track_id in confirmed
            assert (one.person_id != 0) == (one.verdict is Verdict.KNOWN)
            assert not one.stranger_id or one.verdict is Verdict.UNKNOWN
            assert (one.track_id, one.person_id) not in barred
    for event in desk.events:
        if event.type == 'person_changed':
            assert event.was_person_id and event.was_person_id != event.person_id
        elif event.type == 'person_identified':
            assert event.person_id
    assert len([event for event in desk.events if event.type == 'stranger_seen']) == len(
        {event.stranger_id for event in desk.events if event.stranger_id})
    assert all(0 <= one.slot < 4 and one.probe.track_id in confirmed for one in desk.sightings)


def refuse(desk, *people):
    desk.people = People({ANNA: 'Anna', BERT: 'Bert'}, desk.people.galleries,
                         {'own': GALLERY.snapshot()}, frozenset(people))
    desk.hear(desk.identifier.forget(desk.people))


def test_nothing_is_told_of_who_must_not_be_recognised(desk):
    refuse(desk, ANNA)
    desk.show(ANNA, 20)
    assert not (desk.events or desk.sightings or desk.kept)
    assert desk.last == (Verdict.UNKNOWN, 0, 0)
    assert all(one.withheld and one.similarity == 0 for one in desk.identities)
    desk.show(5, 20, alike=0.3)     # looks away; is still who it was
    assert not (desk.events or desk.sightings or desk.kept)


def test_a_track_between_two_is_withheld_as_long_as_it_is_more_like_who_refused(desk):
    refuse(desk, ANNA)
    desk.show(ANNA, 2, alike=0.39)
    assert not desk.sightings
    desk.show(BERT, 20)
    assert desk.last == (Verdict.KNOWN, BERT, 0)
    assert desk.sightings and not desk.identities[-1].withheld


def test_a_name_is_lost_to_who_refused_without_saying_who(desk):
    refuse(desk, ANNA)
    desk.show(BERT, 5)
    desk.sightings.clear()
    desk.show(ANNA, 32)
    assert told(desk) == [('person_identified', BERT, 0, 0), ('person_changed', 0, BERT, 0)]
    assert desk.identities[-1].withheld and desk.last == (Verdict.UNKNOWN, 0, 0)
    before = len(desk.sightings)
    desk.show(ANNA, 10)
    assert len(desk.sightings) == before and not desk.kept


def test_a_stranger_does_not_keep_faces_of_who_refused(desk):
    refuse(desk, ANNA)
    desk.show(5, 4)
    assert desk.kept[-1].sightings
    desk.show(ANNA, 32)
    assert desk.kept[-1].sightings == 0 and not desk.kept[-1].centre.any()
    assert desk.last == (Verdict.UNKNOWN, 0, 0)


def test_people_can_say_who_a_withheld_track_is(desk):
    refuse(desk, ANNA)
    desk.show(ANNA, 5)
    desk.correct(7, BERT)
    desk.show(ANNA, 5)
    assert desk.last == (Verdict.KNOWN, BERT, 0)
