"""From faces to names, without ROS: with the store, and all that people may say meanwhile."""
import gc
from pathlib import Path
from typing import Iterator
import weakref

from ingesting import Ingest, START_NS
import numpy as np
import pytest

from smartcam_bridge.domain.faces import Embeddings, Faces
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.store.people_tasks import (
    ChangePerson, CreatePerson, EnrollFace, ForgetPerson, ForgetStranger, MergeStrangers,
    NameStranger, RejectIdentity)
from smartcam_bridge.store.tasks import ChangeCamera

DIMENSION = 128
WHO = {'who': 'me', 'at_ns': START_NS}


def face(who: int, take: int = 0) -> np.ndarray:
    """Return the embedding of somebody's face; no two takes are the same."""
    random = np.random.default_rng([who, take])
    one = np.random.default_rng(who).normal(size=DIMENSION)
    return one + 0.5 * random.normal(size=DIMENSION)


class Door(Ingest):
    """A bridge whose camera sees people who have faces."""

    def enroll(self, name: str, who: int, model: str = 'sface') -> int:
        """Add a person with a template."""
        person = self.ask(CreatePerson(name, '', 'given', **WHO))
        self.ask(EnrollFace(person.id, model, face(who, 1000), 'vector', **WHO))
        return person.id

    def meet(self, who: int, count: int = 6, tracker_id: str = '7') -> list[tuple[int, float]]:
        """Let somebody be seen; return the person and similarity of who has a name at last."""
        for take in range(count):
            observation = self.see(1, tracker_id=tracker_id)
            self.show_face(face(who, take))
        self.bridge.settle()
        return [(identity.person_id, identity.similarity)
                for _, identity in self.bridge.recognition.named(observation)]

    def leave(self) -> None:
        """Let time pass until all tracks have ended."""
        self.stamp_ns += 3_000_000_000
        self.bridge.tick(self.stamp_ns)
        self.bridge.settle()

    @property
    def counters(self) -> dict[str, int]:
        """Return what became of faces."""
        return self.bridge.recognition.counters('camera')

    def told_of(self, kind: str) -> list:
        """Return the events of a kind."""
        return [event for event in self.told if event.type == kind]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """Return a bridge with one camera."""
    made = Door(tmp_path / 'data', enroll_min_px=32)
    yield made
    made.bridge.close()


def test_who_is_enrolled_has_a_name(door: Door) -> None:
    ada = door.enroll('Ada', 1)
    door.enroll('Bob', 2)
    (person_id, similarity), = door.meet(1)
    assert person_id == ada and similarity > 0.6
    event, = door.told_of('person_identified')
    assert event.as_json()['person'] == {'id': ada, 'name': 'Ada'}
    assert (event.label, event.camera) == ('person', 'camera')
    assert door.rows('SELECT id, verdict, person_id FROM tracks') == [
        (event.track_id, 'known', ada)]
    assert {row[0] for row in door.rows('SELECT person_id FROM sightings')} == {ada}
    assert (door.counters['paired'], door.counters['compared']) == (6, 6)


def test_a_name_is_gone_with_its_track(door: Door) -> None:
    door.enroll('Ada', 1)
    assert door.meet(1)
    door.leave()
    assert door.bridge.recognition.named(door.see(4)) == []


def test_who_is_not_enrolled_is_a_stranger_told_once(door: Door) -> None:
    door.enroll('Ada', 1)
    assert door.meet(2) == []
    door.leave()
    assert door.meet(2, tracker_id='8') == []
    event, = door.told_of('stranger_seen')
    assert door.told_of('person_identified') == []
    assert door.rows('SELECT verdict, stranger_id FROM tracks') == [
        ('unknown', event.stranger_id)] * 2
    assert door.rows('SELECT id, tracks FROM strangers') == [(event.stranger_id, 2)]


def test_a_stranger_is_the_same_after_a_restart(door: Door) -> None:
    door.meet(2)
    first, = door.told_of('stranger_seen')
    door.bridge.close()
    again = Door(door.bridge.data_dir)
    again.stamp_ns = door.stamp_ns + 1_000_000_000
    again.meet(2)
    again.leave()
    again.meet(3, tracker_id='8')
    other, = again.told_of('stranger_seen')
    assert other.stranger_id > first.stranger_id
    assert again.rows('SELECT DISTINCT stranger_id FROM tracks ORDER BY id') == [
        (first.stranger_id,), (other.stranger_id,)]
    again.bridge.close()


def test_not_this_person_counts_at_once_and_for_the_rest_of_the_track(door: Door) -> None:
    ada = door.enroll('Ada', 1)
    door.meet(1)
    track, = door.rows('SELECT id FROM tracks')[0]
    assert door.ask(RejectIdentity(track, **WHO)) == ada
    assert door.bridge.recognition.named(door.see(1)) == []
    assert door.meet(1, 20) == []
    assert len(door.told_of('person_identified')) == 1
    assert door.rows('SELECT person_id FROM tracks') == [(None,)]


def test_who_is_forgotten_is_not_named_any_more(door: Door) -> None:
    ada = door.enroll('Ada', 1)
    assert door.meet(1)
    door.ask(ForgetPerson(ada, **WHO))
    assert door.bridge.recognition.named(door.see(1)) == []
    assert door.meet(1, 10) == []
    assert door.rows('SELECT person_id FROM tracks') == [(None,)]


def test_enrolling_the_face_of_an_open_track_names_it(door: Door) -> None:
    door.meet(1)
    track, = door.rows('SELECT id FROM tracks')[0]
    person = door.ask(CreatePerson('Ada', '', 'given', **WHO))
    door.ask(EnrollFace(person.id, 'sface', face(1), 'track', track_id=track, **WHO))
    assert [identity.person_id for _, identity in door.bridge.recognition.named(door.see(1))
            ] == [person.id]


def test_a_stranger_who_is_named_is_no_stranger_any_more(door: Door) -> None:
    door.meet(2)
    stranger = door.told_of('stranger_seen')[0].stranger_id
    person = door.ask(NameStranger(stranger, 0, 'Eve', **WHO))
    assert [identity.person_id for _, identity in door.bridge.recognition.named(door.see(1))
            ] == [person.id]
    door.leave()
    (person_id, _), = door.meet(2, tracker_id='8')
    assert person_id == person.id
    assert len(door.told_of('stranger_seen')) == 1
    assert door.rows('SELECT count(*) FROM strangers WHERE tracks > 0') == [(0,)]


def test_strangers_who_are_merged_are_one_from_then_on(door: Door) -> None:
    door.meet(2)
    door.leave()
    door.meet(3, tracker_id='8')
    one, other = (event.stranger_id for event in door.told_of('stranger_seen'))
    assert door.ask(MergeStrangers(other, one, **WHO)) == one
    door.meet(3, tracker_id='8', count=12)      # goes on, and is the other one by now
    door.leave()
    door.meet(3, tracker_id='9')
    assert len(door.told_of('stranger_seen')) == 2
    assert door.rows('SELECT DISTINCT stranger_id FROM tracks') == [(one,)]
    assert door.rows('SELECT id, tracks FROM strangers') == [(one, 3)]


def test_a_stranger_who_is_removed_is_a_new_one_next_time(door: Door) -> None:
    door.meet(2)
    stranger = door.told_of('stranger_seen')[0].stranger_id
    door.ask(ForgetStranger(stranger, **WHO))
    door.leave()
    door.meet(2, tracker_id='8')
    assert door.told_of('stranger_seen')[-1].stranger_id > stranger


@pytest.mark.parametrize('recognition', ['{"enabled": false}', (
    '{"schedule": [{"days": ["mon"], "from": "03:00", "to": "04:00"}]}')])
def test_a_camera_that_recognises_nobody_looks_at_no_face(
        door: Door, recognition: str) -> None:
    door.enroll('Ada', 1)
    door.ask(ChangeCamera('camera', {'recognition': recognition}))
    door.bridge.reconcile()
    state = door.bridge.recognition.state('camera', START_NS)
    assert state == ('off' if 'enabled' in recognition else 'closed')
    assert door.meet(1) == []
    assert door.counters['paired'] == 0


def test_recognition_that_is_switched_off_names_nobody_from_then_on(door: Door) -> None:
    door.enroll('Ada', 1)
    door.meet(1)
    door.bridge.change(door.bridge.settings.changed({'recognition': False}))
    door.bridge.tick(door.stamp_ns)
    assert door.bridge.recognition.named(door.see(1)) == []
    assert door.bridge.recognition.state('camera', START_NS) == 'off'
    assert door.meet(1) == []
    door.bridge.change(door.bridge.settings.changed({'recognition': True}))
    door.bridge.tick(door.stamp_ns)
    assert door.meet(1) != []


def test_a_model_without_threshold_names_nobody_and_says_so(door: Door) -> None:
    door.ask(ChangeCamera('camera', {'face_model': 'mine'}))
    door.bridge.reconcile()
    assert door.meet(1) == []
    assert door.counters['unknown_model'] == 6
    assert any('face_thresholds' in sentence
               for sentence in door.bridge.recognition.problems('camera'))
    door.bridge.change(door.bridge.settings.changed({'face_thresholds': ('mine=0.4',)}))
    door.meet(1)
    assert door.counters['compared'] == 6


def test_a_gallery_of_another_model_is_not_compared_and_that_is_said(door: Door) -> None:
    door.bridge.change(door.bridge.settings.changed({'face_thresholds': ('other=0.5',)}))
    door.enroll('Ada', 1, model='other')
    assert door.meet(1) == []
    sentence, = door.bridge.recognition.problems('camera')
    assert 'No face is enrolled of the model sface, only of other' in sentence


def test_what_is_damaged_is_refused_and_counted(door: Door) -> None:
    door.enroll('Ada', 1)
    for damage in (np.nan, np.inf, 0.0):
        door.see(1)
        door.show_face(face(1) * damage)
    door.see(1)
    door.show_face(face(1)[:64])
    assert (door.counters['not_finite'], door.counters['no_length'],
            door.counters['wrong_dimension'], door.counters['compared']) == (2, 1, 1, 0)
    assert len(door.bridge.recognition.problems('camera')) == 3


def test_halves_that_never_meet_are_counted(door: Door) -> None:
    door.see(1)
    take = door.bridge.recognition
    take.take_embeddings('camera', Embeddings(5, 'lens', face(1)[None]), door.stamp_ns)
    box = np.zeros(1, [(name, '<f8') for name in ('cx', 'cy', 'theta', 'w', 'h', 'score')])
    take.take_faces('camera', Faces(6, 'lens', box, ('',), np.ones((1, 3))), door.stamp_ns)
    door.bridge.tick(door.stamp_ns + 10_000_000_000)
    assert (door.counters['unpaired_faces'], door.counters['unpaired_embeddings']) == (1, 1)


def test_the_best_shots_hear_how_large_a_face_is(door: Door) -> None:
    door.meet(1)
    queue = next(iter(door.bridge.shots._lanes.values())).queue
    areas = [area for faces in queue._faces.values() for area in faces.values()]
    assert areas and areas[0] == pytest.approx(40 * 40 / (640 * 480))


def test_events_know_where_the_robot_was(door: Door) -> None:
    door.enroll('Ada', 1)
    for tenth in range(20):
        door.bridge.locate(START_NS + tenth * 100_000_000, 'map', 1.5, 0, 0)
    door.meet(1)
    assert door.told_of('person_identified')[0].pose.x == 1.5


def test_a_pause_ends_names_and_begins_anew(door: Door) -> None:
    door.enroll('Ada', 1)
    door.meet(1)
    door.bridge.end_tracks(EndReason.PAUSED)
    assert door.bridge.recognition._lanes == {}
    door.bridge.reconcile()
    assert door.bridge.recognition.named(door.see(4)) == []
    assert door.meet(1) != []
    assert len(door.told_of('person_identified')) == 2


def test_when_the_message_that_confirms_a_track_names_it_the_row_comes_first(door: Door) -> None:
    ada = door.enroll('Ada', 1)
    for take in range(2):
        door.see(1)
        door.show_face(face(1, take))
    assert door.rows('SELECT count(*) FROM tracks') == [(0,)]
    door.meet(1, 1)
    assert door.rows('SELECT person_id FROM tracks') == [(ada,)]


def test_a_stranger_who_is_removed_during_a_pause_is_a_new_one_after_it(door: Door) -> None:
    door.meet(2)
    stranger = door.told_of('stranger_seen')[0].stranger_id
    door.bridge.end_tracks(EndReason.PAUSED)
    door.ask(ForgetStranger(stranger, **WHO))
    door.bridge.reconcile()
    door.meet(2, tracker_id='8')
    assert door.told_of('stranger_seen')[-1].stranger_id > stranger
    assert door.rows('SELECT count(*) FROM strangers') == [(1,)]


def test_nothing_of_who_is_forgotten_during_a_pause_stays_in_memory(door: Door) -> None:
    ada = door.enroll('Ada', 1)
    door.meet(1)
    snapshot = weakref.ref(door.bridge.people.galleries['sface'])
    door.bridge.end_tracks(EndReason.PAUSED)
    door.ask(ForgetPerson(ada, **WHO))
    gc.collect()
    assert snapshot() is None


def kept_of_faces(door: Door) -> list[list[tuple]]:
    """Return sightings, strangers, and what tracks and events say of who it was."""
    return [door.rows(sql) for sql in (
        'SELECT track_id FROM sightings', 'SELECT id FROM strangers',
        'SELECT DISTINCT verdict, person_id, stranger_id, similarity FROM tracks',
        'SELECT type FROM events WHERE person_id IS NOT NULL OR stranger_id IS NOT NULL')]


@pytest.mark.parametrize('consent', ['refused', 'withdrawn'])
def test_who_must_not_be_recognised_is_no_stranger_either(door: Door, consent: str) -> None:
    ada, bob = door.enroll('Ada', 1), door.enroll('Bob', 2)
    door.ask(ChangePerson(ada, None, None, consent, **WHO))
    for tracker_id in '78':
        assert door.meet(1, 20, tracker_id=tracker_id) == []
        door.leave()
    assert kept_of_faces(door) == [[], [], [('unknown', None, None, 0.0)], []]
    assert door.counters['withheld'] == 2 * 18, 'the first two come before the track is believed'
    (person_id, _), = door.meet(2, tracker_id='9')
    assert person_id == bob and door.counters['withheld'] == 2 * 18
    door.leave()
    door.meet(3, tracker_id='10')
    assert len(door.told_of('stranger_seen')) == 1, 'others are told of as before'


def test_who_withdraws_while_seen_leaves_no_face_behind(door: Door) -> None:
    ada = door.enroll('Ada', 1)
    assert door.meet(1)
    door.ask(ChangePerson(ada, None, None, 'withdrawn', **WHO))
    assert door.meet(1, 20) == []
    assert kept_of_faces(door)[:3] == [[], [], [('unknown', None, None, 0.0)]]
    assert door.told_of('stranger_seen') == []


def test_faces_that_nobody_could_tell_go_once_it_is_known_whose_they_are(door: Door) -> None:
    ada = door.enroll('Ada', 1)
    door.ask(ChangePerson(ada, None, None, 'refused', **WHO))
    door.meet(9, 3)     # as far as the first faces tell it is a stranger
    assert kept_of_faces(door)[0] and len(door.told_of('stranger_seen')) == 1
    door.meet(1, 30)
    assert kept_of_faces(door)[0] == []
    assert door.rows('SELECT stranger_id FROM tracks') == [(None,)]
    assert door.rows('SELECT sightings, tracks FROM strangers') == [(0, 0)]


def test_who_agrees_after_all_has_a_name_from_then_on(door: Door) -> None:
    ada = door.enroll('Ada', 1)
    door.ask(ChangePerson(ada, None, None, 'refused', **WHO))
    assert door.meet(1, 10) == []
    door.ask(ChangePerson(ada, None, None, 'given', **WHO))
    (person_id, _), = door.meet(1, 2)
    assert person_id == ada
    assert {row[0] for row in door.rows('SELECT person_id FROM sightings')} == {ada}


def test_who_refused_is_held_apart_after_a_restart(door: Door) -> None:
    ada = door.enroll('Ada', 1)
    door.ask(ChangePerson(ada, None, None, 'refused', **WHO))
    door.bridge.close()
    again = Door(door.bridge.data_dir)
    assert again.meet(1, 10) == []
    assert kept_of_faces(again)[:2] == [[], []]
    again.bridge.close()


def test_who_refused_and_is_forgotten_is_a_stranger(door: Door) -> None:
    ada = door.enroll('Ada', 1)
    door.ask(ChangePerson(ada, None, None, 'refused', **WHO))
    door.meet(1)
    door.ask(ForgetPerson(ada, **WHO))
    door.leave()
    door.meet(1, tracker_id='8')
    assert len(door.told_of('stranger_seen')) == 1


def test_the_status_tells_what_became_of_all_faces_and_how_long_it_took(door: Door) -> None:
    empty = door.bridge.recognition.status()
    assert (empty.people, empty.galleries, empty.match_p50_ms) == (0, {}, None)
    assert set(empty.counters.values()) == {0}
    door.enroll('Ada', 1)
    door.meet(1)
    door.leave()
    door.meet(9, tracker_id='8')
    status = door.bridge.recognition.status()
    assert status.people == 1
    gallery = status.galleries['sface']
    assert (gallery.templates, gallery.plan_dimensions) == (1, 0)
    assert DIMENSION * 4 < gallery.bytes < DIMENSION * 8
    assert {name: status.counters[name] for name in (
        'faces', 'paired', 'compared', 'known', 'unknown', 'ambiguous')} == {
        'faces': 12, 'paired': 12, 'compared': 12, 'known': 1, 'unknown': 1, 'ambiguous': 0}
    assert 0 < status.match_p50_ms <= status.match_p95_ms


def test_what_was_counted_before_a_pause_still_counts(door: Door) -> None:
    door.meet(1)
    door.bridge.end_tracks(EndReason.PAUSED)
    assert door.bridge.recognition.status().counters['compared'] == 6
    door.bridge.reconcile()
    door.meet(1)
    assert door.bridge.recognition.status().counters['compared'] == 12
