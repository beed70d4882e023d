"""Who is on the disk can be recognised, and nobody else: after a start, a swap, too many."""
import contextlib
import gc
from pathlib import Path
import sqlite3
import time
from typing import Any, Callable
import weakref

import numpy as np
from people_builders import (
    add_person, ask, enroll, face, identity_fact, like, MODEL, sighting_fact)
from people_truth import assert_gallery_is_as_the_rows
import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.gallery import Gallery
from smartcam_bridge.domain.people import People
from smartcam_bridge.errors import EnrollRefused, NotFound
from smartcam_bridge.store.backup import restore
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.faces.planner import Planner
from smartcam_bridge.store.people_tasks import (
    ChangePerson, CreatePerson, DeleteTemplate, ForgetPerson, RejectIdentity)
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.session import Session
from smartcam_bridge.store.tasks import Backup, Barrier
from store_builders import event_fact, fact, START_NS, track_fact, wait_until

WHO = {'who': 'me', 'at_ns': START_NS}
Make = Callable[..., Recorder]


def matched(people: People, vector: np.ndarray) -> list[int]:
    """Return whom a face is like, the most similar first."""
    gallery = people.galleries.get(MODEL)
    return [] if gallery is None else [one.person_id for one in gallery.match(vector[None])[0]]


def fill(path: Path, templates: int, dimension: int = 512) -> np.ndarray:
    """Give a store people with ten templates each; return the vectors."""
    session = Session(path)
    connection = session.open()
    vectors = np.random.default_rng(1).normal(size=(templates, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    connection.execute('BEGIN')
    connection.executemany(
        "INSERT INTO people VALUES (?, ?, '', 'given', 0, 0, '[]')",
        [(number, f'p{number}') for number in range(1, templates // 10 + 2)])
    connection.executemany(
        'INSERT INTO templates (person_id, model, dimension, vector, source, created_ns, '
        f"created_by) VALUES (?, '{MODEL}', {dimension}, ?, 'vector', 0, 'me')",
        [(1 + number // 10, vector.tobytes()) for number, vector in enumerate(vectors)])
    connection.execute('COMMIT')
    session.close()
    return vectors


def test_people_are_known_again_after_a_start(make_recorder: Make) -> None:
    first = make_recorder()
    assert dict(first.start().people.names) == {}
    ann, bob = add_person(first, 'Ann', face(1)), add_person(first, 'Bob', face(2))
    wrong = like(face(1), 0.5)
    first.record(track_fact(1), identity_fact(1, ann), sighting_fact(1, wrong))
    ask(first, Barrier())
    ask(first, RejectIdentity(1, **WHO))
    ask(first, ChangePerson(bob, None, None, 'withdrawn', **WHO))
    first.close()
    people = make_recorder().start().people
    assert dict(people.names) == {ann: 'Ann', bob: 'Bob'}
    assert matched(people, face(1)) == [ann] and matched(people, wrong) == []
    assert bob not in matched(people, face(2)), 'who does not consent is not loaded'
    assert len(people.galleries[MODEL]) == 1


def test_a_restart_ends_tracks_and_keeps_who_they_were(make_recorder: Make,
                                                       rows: Callable[..., list]) -> None:
    first = make_recorder()
    first.start()
    ann = add_person(first, 'Ann', face(1))
    first.record(track_fact(1), identity_fact(1, ann))
    first.close()
    assert make_recorder().start().recovered_tracks == 1
    assert rows('SELECT end_reason, verdict, person_id FROM tracks') == [
        ('restart', 'known', ann)]


def test_people_of_a_file_that_was_lost_are_gone(make_recorder: Make, path: Path,
                                                 rows: Callable[..., list]) -> None:
    told: list[People] = []
    recorder = make_recorder(on_people=lambda people, _: told.append(people))
    recorder.start()
    ann = add_person(recorder, 'Ann', face(1))
    path.unlink()
    recorder.record(track_fact(1), identity_fact(1, ann),
                    event_fact(kind='person_identified', person_id=ann))
    ask(recorder, Barrier())
    assert dict(told[-1].names) == {} and matched(told[-1], face(1)) == []
    assert rows('SELECT verdict, person_id FROM tracks') == [('unknown', None)]
    assert rows('SELECT person_id FROM events') == [(None,)]
    assert add_person(recorder, 'Bob', face(2)) > ann, 'nobody has the number of somebody else'
    assert matched(told[-1], face(1)) == [ann + 1]


def test_more_than_fits_is_told_and_nobody_is_recognised(make_recorder: Make,
                                                         path: Path) -> None:
    vectors = fill(path, 2000)
    told: list[People] = []
    recorder = make_recorder(gallery_max_mb=3, on_people=lambda people, _: told.append(people))
    state = recorder.start()
    assert 'gallery_max_mb' in recorder.status().problem and '3: nobody' in (
        recorder.status().problem)
    assert recorder.status().state == 'running'
    assert len(state.people.names) == 201 and not state.people.galleries
    with pytest.raises(EnrollRefused, match='is full'):
        ask(recorder, enroll(1, face(1)))
    for person in range(1, 120):
        ask(recorder, ForgetPerson(person, **WHO))
    assert recorder.status().problem is None, 'all fits now'
    assert matched(told[-1], vectors[-1])[0] == 200


def test_damaged_templates_are_left_out_and_said(path: Path, make_recorder: Make,
                                                 caplog: pytest.LogCaptureFixture) -> None:
    vectors = fill(path, 30)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE templates SET vector = x'0102' WHERE id = 3")
    connection.execute('UPDATE templates SET vector = ? WHERE id = 4',
                       ((vectors[3] * float('nan')).tobytes(),))
    connection.commit()
    connection.close()
    state = make_recorder().start()
    assert len(state.people.galleries[MODEL]) == 28
    assert 'templates [3, 4] are damaged' in caplog.text


def test_damage_of_a_rejection_keeps_no_bridge_from_starting(
        path: Path, make_recorder: Make, caplog: pytest.LogCaptureFixture) -> None:
    first = make_recorder()
    first.start()
    ann = add_person(first, 'Ann', face(1))
    first.record(track_fact(1), identity_fact(1, ann), sighting_fact(1, like(face(1), 0.7)))
    ask(first, RejectIdentity(1, **WHO))
    first.close()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE rejections SET vector = x'0102'")
    state = make_recorder().start()
    assert matched(state.people, face(1)) == [ann]
    assert 'rejection 1 is damaged' in caplog.text


def test_a_gallery_of_many_pages_is_whole_and_apart_from_who_refused(
        path: Path, make_recorder: Make, caplog: pytest.LogCaptureFixture) -> None:
    vectors = fill(path, 1003, 16)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE people SET consent = 'refused' WHERE id IN (7, 90)")
        connection.execute('UPDATE templates SET vector = zeroblob(3) WHERE id IN (61, 300)')
    people = make_recorder().start().people
    allowed, withheld = people.galleries[MODEL], people.withheld[MODEL]
    assert (len(allowed), len(withheld)) == (1003 - 20 - 1, 20 - 1)
    for row in (0, 255, 256, 511, 1002):
        assert allowed.match(vectors[row:row + 1])[0][0].template_id == row + 1
        assert withheld.match(vectors[row:row + 1])[0][0].similarity < 0.99
    assert {one.person_id for one in withheld.match(vectors[60:61])[0]} == {7, 90}
    for damaged in (61, 300):
        assert f'templates [{damaged}] are damaged' in caplog.text


def test_a_damaged_template_does_not_come_in_with_consent(
        path: Path, make_recorder: Make, caplog: pytest.LogCaptureFixture) -> None:
    told: list[People] = []
    recorder = make_recorder(on_people=lambda people, _: told.append(people))
    recorder.start()
    ann = add_person(recorder, 'Ann', face(1), face(2), face(3))
    ask(recorder, ChangePerson(ann, None, None, 'refused', **WHO))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE templates SET vector = x'0102' WHERE id = 1")
        connection.execute('UPDATE templates SET vector = ? WHERE id = 2',
                           ((face(2) * float('nan')).tobytes(),))
    ask(recorder, ChangePerson(ann, None, None, 'given', **WHO))
    assert len(told[-1].galleries[MODEL]) == 1 and matched(told[-1], face(3)) == [ann]
    assert 'templates [1, 2] are damaged' in caplog.text


def test_a_large_gallery_is_there_at_once(path: Path) -> None:
    vectors = fill(path, 20_000)
    session = Session(path)
    begun_s = time.process_time()
    session.open()
    assert time.process_time() - begun_s < 0.5, '100,000 take 0.7 s of one core'
    assert matched(session.people, vectors[777])[0] == 78
    session.close()


def test_a_large_gallery_learns_to_match_faster(path: Path) -> None:
    vectors = fill(path, 6000, 64)
    session = Session(path)
    session.open()
    before = session.people
    assert before.galleries[MODEL].is_plan_due

    def planned() -> bool:
        session.commit(Batch())
        return not session.people.galleries[MODEL].is_plan_due
    wait_until(planned)
    assert session.people is not before
    assert matched(session.people, vectors[777]) == matched(before, vectors[777])
    session.close()


def test_a_planner_holds_no_gallery_that_it_is_done_with() -> None:
    gallery, planner = Gallery(MODEL, 16), Planner()
    vectors = np.random.default_rng(1).normal(size=(5000, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    gallery.load(np.arange(1, 5001), np.arange(1, 5001), vectors)
    planner.consider(gallery, gallery.snapshot())
    taken: list[Any] = []

    def is_taken() -> bool:
        taken.append(planner.take())
        return taken[-1] is not None
    wait_until(is_taken)
    assert taken.pop()[0] is gallery
    gone = weakref.ref(gallery)
    del gallery
    gc.collect()
    assert gone() is None


def test_listeners_hear_of_a_commit_before_its_commands_are_answered(make_recorder: Make) -> None:
    order: list[Any] = []
    recorder = make_recorder(on_people=lambda people, _: order.append(sorted(people.names)))
    recorder.start()
    future = recorder.submit(CreatePerson('Ann', '', 'given', **WHO))
    future.add_done_callback(lambda _: order.append('answered'))
    future.result(60)
    recorder.record(fact())
    ask(recorder, Barrier())
    assert order == [[1], 'answered'], 'and nothing where nothing changed'


def test_what_a_command_of_the_same_commit_corrects_is_told_as_it_is_now(
        make_recorder: Make) -> None:
    told: list[Event] = []
    recorder = make_recorder(on_events=told.extend, commit_period_s=0.3)
    recorder.start()
    ann = add_person(recorder, 'Ann', face(1))
    recorder.record(track_fact(1), identity_fact(1, ann),
                    event_fact(kind='person_identified', person_id=ann))
    ask(recorder, RejectIdentity(1, **WHO))
    form = told[-1].as_json()
    assert 'person' not in form and form['corrections'][0]['was'] == ann


def test_memory_and_disk_agree_through_many_changes(make_recorder: Make, path: Path) -> None:
    told: list[People] = []
    recorder = make_recorder(on_people=lambda people, _: told.append(people))
    recorder.start()
    dice = np.random.default_rng(4)
    ids = [add_person(recorder, f'p{number}', face(number)) for number in range(8)]
    connection = sqlite3.connect(path)
    for number in range(120):
        with contextlib.suppress(EnrollRefused):    # no consent
            ask(recorder, enroll(int(dice.choice(ids)), face(1000 + number), override=True))
        if dice.random() < 0.4:
            with contextlib.suppress(NotFound):     # twice
                ask(recorder, DeleteTemplate(int(dice.integers(1, number + 8)), **WHO))
        if dice.random() < 0.2:
            ask(recorder, ChangePerson(int(dice.choice(ids)), None, None, str(dice.choice(
                ['given', 'withdrawn'])), **WHO))
        if not number % 20:
            assert_gallery_is_as_the_rows(told[-1], connection)
    assert_gallery_is_as_the_rows(told[-1], connection)
    connection.close()


def test_a_restored_backup_gives_no_number_of_a_person_again(make_recorder: Make,
                                                             path: Path) -> None:
    first = make_recorder()
    first.start()
    ann = add_person(first, 'Ann')
    backup = ask(first, Backup())
    bob = add_person(first, 'Bob')
    first.close()
    restore(path, backup, START_NS)
    again = make_recorder()
    assert dict(again.start().people.names) == {ann: 'Ann'}
    assert add_person(again, 'Eve') > bob
