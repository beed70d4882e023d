"""Whoever is forgotten is nowhere any more: not in rows, not in the bytes of any file."""
from pathlib import Path
from typing import Any, Callable

import numpy as np
from people_builders import (
    add_person, ask, enroll, face, identity_fact, like, MODEL, sighting_fact, stranger_fact)
import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Correction
from smartcam_bridge.errors import NotFound
from smartcam_bridge.store.engine import connect
from smartcam_bridge.store.faces.strike import pattern_of, struck
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.people_tasks import (
    ChangePerson, DeleteTemplate, ForgetPerson, ForgetStranger, MergePeople, RejectIdentity)
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Backup, Barrier, CreateEvent, Purge
from store_builders import event, event_fact, shot_fact, START_NS, track_fact, wait_until

Rows = Callable[..., list[tuple]]
WHO = {'who': 'me', 'at_ns': START_NS}
NAME, FORMER, NOTES = 'Zacharias Quibble', 'Zack Quobble', 'limps a little on the left'
VECTORS = [like(face(1), 0.7, number) for number in range(8)]


@pytest.fixture
def live(make_recorder: Callable[..., Recorder]) -> Recorder:
    """Return a recorder that runs."""
    recorder = make_recorder()
    recorder.start()
    return recorder


def known_all_over(recorder: Recorder, path: Path) -> tuple[int, int]:
    """Let a person be in every table there is, beside another; return the ids of both."""
    zack = add_person(recorder, FORMER, *VECTORS[:3], notes=NOTES)
    bob = add_person(recorder, 'Bob', face(2), notes=f'friend of {NAME.upper()}')
    ask(recorder, ChangePerson(zack, NAME, None, None, **WHO))
    ask(recorder, enroll(zack, VECTORS[3], jpeg=b'JPEG of the face' * 50))
    folder = MediaFolder(path.parent)
    recorder.record(
        *(track_fact(id_) for id_ in (1, 2, 3)), identity_fact(1, zack), identity_fact(2, bob),
        sighting_fact(1, VECTORS[4]), sighting_fact(1, VECTORS[5], 1),
        sighting_fact(1, VECTORS[6], 1), sighting_fact(2, face(2)),
        shot_fact(folder, START_NS), shot_fact(folder, START_NS, track=2),
        event_fact(kind='person_identified', person_id=zack),
        event_fact(kind='person_changed', person_id=bob, was_person_id=zack, track_id=2),
        event_fact(kind='person_identified', person_id=bob, track_id=2))
    ask(recorder, Barrier())
    # A face of his that was taken for Bob's, then not, and then for his.
    recorder.record(identity_fact(3, bob), sighting_fact(3, VECTORS[7]))
    ask(recorder, Barrier())
    ask(recorder, RejectIdentity(3, **WHO))
    ask(recorder, enroll(zack, VECTORS[7], source='track', track_id=3, override=True))
    for detail in ({'title': f'Saw {NAME.upper()}', 'note': f'({FORMER}, twice)', 'by': 'me'},
                   {'title': 'Quibbles', 'note': '', 'by': 'me'}):
        ask(recorder, CreateEvent(event(kind='manual_event', detail=detail, track_id=0)))
    return zack, bob


def bytes_of(path: Path) -> bytes:
    """Return all bytes of the store: file, log, index of the log, pictures."""
    return b''.join(file.read_bytes() for file in sorted(path.parent.rglob('*'))
                    if file.is_file() and 'backups' not in file.parts)


def traces(path: Path, vectors: Any = tuple(VECTORS)) -> list[str]:
    """Return what of the person is found in any file."""
    held = bytes_of(path)
    lower = held.lower()
    found = [text for text in (NAME, FORMER, NOTES) if text.lower().encode() in lower]
    found += ['picture'] * (b'JPEG of the face' in held)
    return found + [f'vector {number}' for number, vector in enumerate(vectors)
                    if any(vector[k:k + 6].tobytes() in held for k in range(0, 512, 64))]


def test_nothing_is_left_in_any_file(live: Recorder, path: Path, rows: Rows) -> None:
    zack, bob = known_all_over(live, path)
    assert len(traces(path)) >= 4 + 7, 'the search finds what is there'
    receipt = ask(live, ForgetPerson(zack, **WHO))
    ask(live, Purge(START_NS))      # waits for the one that was begun at once
    assert traces(path) == []
    assert (receipt.templates, receipt.sightings, receipt.rejections) == (5, 3, 1)
    assert (receipt.tracks, receipt.events, receipt.files, receipt.backups) == (2, 3, 2, ())
    assert receipt.texts == 2, 'an event and what is noted of Bob'
    assert len(list((path.parent / 'media').rglob('*.jpg'))) == 2, 'those of Bob'
    for table in 'templates', 'sightings', 'tracks', 'events':
        assert {id_ for id_, in rows(f'SELECT person_id FROM {table}')} <= {None, bob}, table
    assert rows('SELECT count(*) FROM events WHERE was_person_id IS NOT NULL') == [(0,)]
    assert rows('SELECT verdict, shot FROM tracks WHERE id = 1') == [('unknown', None)]
    assert rows("SELECT count(*) FROM events WHERE detail LIKE '%Quibbles%'") == [(1,)]
    assert rows("SELECT key FROM settings WHERE key = 'erasure_due'") == []
    assert rows(f'SELECT action FROM audit WHERE person_id = {zack} ORDER BY id')[-1] == (
        'forgotten',)
    with pytest.raises(NotFound, match=f'no person {zack}'):
        ask(live, ForgetPerson(zack, **WHO))


def test_histories_do_not_name_the_forgotten(live: Recorder, rows: Rows) -> None:
    ann, bob, eve = (add_person(live, name) for name in ('Ann', 'Bob', 'Eve'))
    live.record(track_fact(1), event_fact(kind='person_identified', person_id=ann))
    ask(live, MergePeople(ann, bob, **WHO))
    ask(live, MergePeople(bob, eve, **WHO))
    ask(live, enroll(add_person(live, 'Kim'), face(9), source='track', track_id=1))
    assert '"was": 3' in rows('SELECT corrections FROM events')[0][0]
    ask(live, ForgetPerson(eve, **WHO))
    (history, person), = rows('SELECT corrections, person_id FROM events')
    assert history.count('"was": null') == 3 and person == 4


def test_names_of_who_was_merged_are_struck_with_the_one_who_is_left(live: Recorder, path: Path,
                                                                     rows: Rows) -> None:
    zack, bob = add_person(live, NAME), add_person(live, 'Bob')
    connection = connect(path)
    connection.execute('UPDATE audit SET detail = ? WHERE person_id = ?',
                       (f'{{"note": "{NAME}"}}', zack))
    connection.close()
    ask(live, MergePeople(zack, bob, **WHO))
    assert ask(live, ForgetPerson(bob, **WHO)).texts == 1
    assert rows(f'SELECT detail FROM audit WHERE person_id = {zack}') == [
        ('{"note": "[forgotten]"}',)]


def test_what_was_let_go_of_before_is_not_left_either(live: Recorder, path: Path) -> None:
    ann = add_person(live, NAME, *VECTORS[:3], notes=NOTES)
    live.record(track_fact(1), stranger_fact(5, VECTORS[3]), identity_fact(1, stranger=5),
                sighting_fact(1, VECTORS[4]))
    live.record(sighting_fact(1, VECTORS[5]))
    ask(live, ForgetStranger(5, **WHO))
    for template in 1, 2, 3:
        ask(live, DeleteTemplate(template, **WHO))
    ask(live, ChangePerson(ann, 'Ann', 'x', None, **WHO))
    ask(live, ForgetPerson(ann, **WHO))
    ask(live, Purge(START_NS))
    assert traces(path) == []


def test_the_receipt_names_the_copies_that_hold_them_still(live: Recorder, path: Path,
                                                           rows: Rows) -> None:
    older = ask(live, Backup())
    zack, _ = known_all_over(live, path)
    backup = ask(live, Backup())
    damaged = path.with_name(f'{path.name}.damaged-1')
    damaged.write_bytes(b'no database' * 100)
    receipt = ask(live, ForgetPerson(zack, **WHO))
    assert receipt.backups == (f'backups/{backup.name}', damaged.name)
    assert older.is_file() and backup.is_file()
    again = add_person(live, NAME)
    assert again != zack
    assert ask(live, ForgetPerson(again, **WHO)).backups == (damaged.name,), 'it may'


def test_a_reader_delays_the_end_but_does_not_prevent_it(live: Recorder, path: Path,
                                                         rows: Rows) -> None:
    zack, _ = known_all_over(live, path)
    reader = connect(path, read_only=True)
    reader.execute('BEGIN')
    reader.execute('SELECT count(*) FROM people').fetchone()
    ask(live, ForgetPerson(zack, **WHO))
    assert rows('SELECT count(*) FROM people') == [(1,)], 'at once for all who ask now'
    reader.execute('COMMIT')
    reader.close()
    wait_until(lambda: not rows("SELECT key FROM settings WHERE key = 'erasure_due'"))
    ask(live, Purge(START_NS))
    assert traces(path) == []


def test_what_was_noted_before_a_kill_is_done_by_the_next_purge(
        live: Recorder, make_recorder: Callable[..., Recorder], path: Path, rows: Rows) -> None:
    zack, _ = known_all_over(live, path)
    ask(live, ForgetPerson(zack, **WHO))
    live.close()
    connection = connect(path)
    connection.execute("INSERT OR REPLACE INTO settings VALUES ('erasure_due', '')")
    connection.close()
    again = make_recorder()
    again.start()
    ask(again, Purge(START_NS))
    assert rows("SELECT key FROM settings WHERE key = 'erasure_due'") == []
    assert traces(path) == []


def test_nobody_matches_the_forgotten_and_open_tracks_are_told(
        make_recorder: Callable[..., Recorder], path: Path) -> None:
    told: list[tuple[Any, ...]] = []
    events: list[Event] = []
    recorder = make_recorder(on_people=lambda *what: told.append(what), on_events=events.extend)
    recorder.start()
    zack, bob = known_all_over(recorder, path)
    ask(recorder, ForgetPerson(zack, **WHO))
    people, corrections = told[-1]
    assert corrections == (Correction(1, 0), Correction(3, 0))
    assert dict(people.names) == {bob: 'Bob'}
    found = people.galleries[MODEL].match(np.stack(VECTORS))
    assert {one.person_id for row in found for one in row} <= {bob}
    recorder.record(identity_fact(1, zack),
                    event_fact(kind='person_identified', person_id=zack))    # under way
    ask(recorder, Barrier())
    assert 'person' not in events[-1].as_json()


@pytest.mark.parametrize('text, expected', [
    ('Saw Ann.', 'Saw [forgotten].'), ('ANN, ann & Ann', '[forgotten], [forgotten] & [forgotten]'),
    ('Anna and Joann', 'Anna and Joann'), ('Ann_2', 'Ann_2'), ('Ann-Marie', '[forgotten]-Marie'),
    ('Ann  Le\nRoy', '[forgotten]'), ('Ann Le Roy', '[forgotten]'),
    ('Mary Ann', 'Mary [forgotten]'),
    ('J\u00fcrgen', '[forgotten]'), ('Ju\u0308RGEN', '[forgotten]'), ('(C++)', '([forgotten])'),
    ('', '')])
def test_names_are_struck_as_whole_words(text: str, expected: str) -> None:
    pattern = pattern_of(['Ann', 'Ann Le Roy', 'J\u00fcrgen', 'C++'])
    assert struck({'note': [text, 7, None], 'by': 'Ann'}, pattern) == {
        'note': [expected, 7, None], 'by': 'Ann'}
