"""Two strangers become one, as recognition finds or as people say; facts under way follow."""
from concurrent.futures import Future
import contextlib
import json
from pathlib import Path
import sqlite3
from typing import Any

from people_builders import face, identity_fact, sighting_fact, stranger_fact
from people_truth import nobody_named, rows_of
import pytest

from smartcam_bridge.errors import Conflict, NotFound
from smartcam_bridge.store.batch import Batch, Fact
from smartcam_bridge.store.people_tasks import ForgetStranger, MergeStrangers
from smartcam_bridge.store.session import Session
from smartcam_bridge.store.tasks import JoinStrangers
from store_builders import event_fact, START_NS, track_fact
from test_people_faults import arm, failing, Killed

WHO = {'who': 'me', 'at_ns': START_NS}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a store with strangers 4 of track 1 and 7 of track 2."""
    session = Session(tmp_path / 'smartcam.sqlite3')
    session.begin(['camera'], lambda event: event)
    write(session, track_fact(1), track_fact(2), *seen(4, 1), *seen(7, 2))
    session.close(checkpoint=True)
    return session.path


def seen(stranger: int, track: int) -> list[Fact]:
    return [stranger_fact(stranger, face(stranger)), identity_fact(track, stranger=stranger),
            sighting_fact(track, face(stranger), stranger=stranger),
            event_fact(kind='stranger_seen', stranger_id=stranger, track_id=track)]


def write(session: Session, *facts: Fact) -> None:
    batch = Batch()
    for fact in facts:
        batch.add(fact)
    session.commit(batch)


def run(session: Session, command: Any) -> Any:
    future: Future = Future()
    (_, result, failure), = session.commit(Batch(commands=[(command, future)]))[1]
    if failure is not None:
        raise failure
    return result


def whose(path: Path) -> dict[str, set[int]]:
    """Return whom rows are of, by table; see that nobody is named who is not there."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert nobody_named(connection) == []
        return {table: {id_ for id_, in connection.execute(
            f'SELECT {column} FROM {table}')} for table, column in (
                ('strangers', 'id'), ('tracks', 'stranger_id'), ('sightings', 'stranger_id'),
                ('events', 'stranger_id'))}


def all_of(stranger: int) -> dict[str, set[int]]:
    return dict.fromkeys(('strangers', 'tracks', 'sightings', 'events'), {stranger})


def audited(path: Path) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [(who, json.loads(detail)) for who, detail in connection.execute(
            "SELECT who, detail FROM audit WHERE action = 'strangers_merged'")]


def test_what_recognition_finds_to_be_one_is_one(path: Path) -> None:
    session = Session(path)
    write(session, track_fact(3), *seen(9, 3), JoinStrangers(9, 7), stranger_fact(4, face(1)),
          JoinStrangers(7, 4))
    assert whose(path) == all_of(4)
    assert audited(path) == [
        ('smartcam', {'stranger': 9, 'into': 7, 'tracks': 0, 'sightings': 0, 'events': 0}),
        ('smartcam', {'stranger': 7, 'into': 4, 'tracks': 1, 'sightings': 1, 'events': 1,
                      'seen': [START_NS, START_NS]})]
    corrections = [row for row in rows_of(path)['events'] if 'merged' in str(row)]
    assert len(corrections) == 1
    session.close()


def test_people_may_say_so(path: Path) -> None:
    session = Session(path)
    assert run(session, MergeStrangers(4, 7, **WHO)) == 7
    assert whose(path) == all_of(7)
    (_, *_, alerted, sightings, tracks), = rows_of(path)['strangers']
    assert (alerted, sightings, tracks) == (0, 6, 2)
    correction, = session.take_corrections()
    assert (correction.gone_stranger_id, correction.heir.id, correction.heir.tracks) == (4, 7, 2)
    assert audited(path) == [
        ('me', {'stranger': 4, 'into': 7, 'tracks': 1, 'sightings': 1, 'events': 1,
                'seen': [START_NS, START_NS]})]
    session.close()


def test_facts_under_way_follow(path: Path) -> None:
    session = Session(path)
    run(session, MergeStrangers(7, 4, **WHO))
    write(session, track_fact(3), *seen(7, 3))      # recognition does not know of it yet
    assert whose(path) == all_of(4)
    write(session, track_fact(5), *seen(9, 5), JoinStrangers(9, 7))
    assert whose(path) == all_of(4)
    session.close()


def test_people_have_the_last_word(path: Path) -> None:
    session = Session(path)
    run(session, MergeStrangers(4, 7, **WHO))
    write(session, stranger_fact(4, face(4)), JoinStrangers(7, 4))  # found meanwhile
    assert whose(path) == all_of(7)
    write(session, track_fact(3), *seen(9, 3))
    run(session, ForgetStranger(7, **WHO))
    write(session, JoinStrangers(9, 7))
    assert whose(path)['strangers'] == {9}
    session.close()


@pytest.mark.parametrize('ids, error', [((4, 4), Conflict), ((4, 99), NotFound),
                                        ((99, 4), NotFound), ((4, 8), Conflict)])
def test_who_cannot_be_merged_is_not(path: Path, ids: tuple[int, int], error: type) -> None:
    session = Session(path)
    write(session, stranger_fact(8, face(8, 128), model='sface'))
    before = rows_of(path)
    with pytest.raises(error):
        run(session, MergeStrangers(*ids, **WHO))
    assert rows_of(path) == before
    session.close()


def test_a_kill_at_any_statement_leaves_two_or_one(path: Path) -> None:
    whole = path.read_bytes()
    steps, ended = 0, True
    while ended:
        steps += 1
        for end in ('-wal', '-shm'):
            path.with_name(path.name + end).unlink(missing_ok=True)
        path.write_bytes(whole)
        session = failing(Session(path))
        arm(session, steps, Killed())
        try:
            write(session, stranger_fact(4, face(1)), JoinStrangers(7, 4))
            ended = False
        except Killed:
            pass
        session.close()
        assert whose(path) in (all_of(4), dict.fromkeys(all_of(4), {4, 7})), f'{steps} steps'
    assert steps > 10 and whose(path) == all_of(4)
