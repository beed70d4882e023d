"""Faces and strangers go when they are old, with their track, or with their camera."""
from pathlib import Path
import sqlite3
from typing import Any, Callable, Iterator

from kept_things import add_labels, add_track, DAY_NS, folder_of, ids, NOW_NS
from people_builders import (
    ask, face, identity_fact, probe, sighting_fact, stranger_fact)
import pytest

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Sighting
from smartcam_bridge.domain.retention import parse_retention
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.cameras import change_camera, create_camera, delete_camera
from smartcam_bridge.store.engine import open_store, transaction
from smartcam_bridge.store.faces.hindsight import Hindsight
from smartcam_bridge.store.reconcile import reconcile
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.retention import purge, PurgeReport
from smartcam_bridge.store.tasks import Barrier, Purge
from smartcam_bridge.store.writer import write_facts
from store_builders import event, event_fact, START_NS, track_fact


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Return a store with tracks 1 to 4 of two cameras, seen 20, 10, 10 and 1 days ago."""
    store = open_store(path)
    add_labels(store)
    for name in 'one', 'two':
        create_camera(store, name, {})
    for id_, age_days in enumerate((20, 10, 10, 1), 1):
        add_track(store, folder_of(path), id_, age_days=age_days, camera_id=1 + (id_ == 3),
                  pinned=id_ == 1, picture_bytes=())
    batch = Batch()
    for id_, age_days in enumerate((20, 10, 10, 1), 1):
        at_ns = NOW_NS - age_days * DAY_NS
        batch.add(stranger_fact(id_, face(id_), last_ns=at_ns))
        batch.add(identity_fact(id_, stranger=id_, camera=1 + (id_ == 3)))
        batch.sightings[id_, 0] = Sighting(0, probe(
            id_, face(id_), stamp_ns=at_ns, camera_id=1 + (id_ == 3)))
        batch.events.append(event(at_ns, kind='stranger_seen', stranger_id=id_, track_id=id_))
    with transaction(store):
        store.execute('DELETE FROM events')
        write_facts(store, batch, {1, 2}, Hindsight())
    yield store
    store.close()


def purged(connection: sqlite3.Connection, path: Path, **values: Any) -> PurgeReport:
    """Purge, and return the last report."""
    *_, report = purge(connection, NOW_NS, Settings.from_values({
        'tracks_keep_days': 0.0, 'events_keep_days': 0.0, 'sightings_keep_days': 0.0,
        'strangers_keep_days': 0.0, **values}), folder_of(path))
    return report


@pytest.mark.parametrize('days, left', [(0.0, {1, 2, 3, 4}), (15.0, {2, 3, 4}), (5.0, {4})])
def test_faces_go_when_they_are_old_even_of_tracks_that_stay(
        connection: sqlite3.Connection, path: Path, days: float, left: set[int]) -> None:
    report = purged(connection, path, sightings_keep_days=days)
    assert ids(connection, 'sightings', 'track_id') == left
    assert (report.sightings, report.tracks) == (4 - len(left), 0)


def test_a_camera_may_have_a_rule_of_its_own_for_faces(
        connection: sqlite3.Connection, path: Path) -> None:
    change_camera(connection, 'two', {'retention': '{"sightings_keep_days": 2}'})
    assert parse_retention({'sightings_keep_days': 2}).keep == {'sightings_keep_days': 2}
    purged(connection, path)
    assert ids(connection, 'sightings', 'track_id') == {1, 2, 4}


def test_faces_go_with_their_track(connection: sqlite3.Connection, path: Path) -> None:
    report = purged(connection, path, tracks_keep_days=5.0)
    assert ids(connection, 'sightings', 'track_id') == ids(connection, 'tracks') == {1, 4}
    assert (report.tracks, report.sightings) == (2, 2)


@pytest.mark.parametrize('days, left', [(0.0, {1, 2, 3, 4}), (15.0, {2, 3, 4}), (5.0, {4})])
def test_strangers_go_when_they_were_not_seen_for_long(
        connection: sqlite3.Connection, path: Path, days: float, left: set[int]) -> None:
    report = purged(connection, path, strangers_keep_days=days)
    assert report.strangers == 4 - len(left)
    for table, column in (('strangers', 'id'), ('tracks', 'stranger_id'),
                          ('sightings', 'stranger_id'), ('events', 'stranger_id')):
        assert ids(connection, table, column) - {None} == left, table
    assert len(ids(connection, 'tracks')) == len(ids(connection, 'events')) == 4


def test_faces_of_a_simulation_are_as_old_as_its_newest_track_says(
        connection: sqlite3.Connection, path: Path) -> None:
    connection.execute('UPDATE tracks SET first_ns = 100, last_ns = 100')
    connection.execute('UPDATE events SET stamp_ns = 100')
    connection.execute('UPDATE sightings SET stamp_ns = 100')
    connection.execute('UPDATE strangers SET last_ns = 100')
    report = purged(connection, path, strangers_keep_days=1.0, sightings_keep_days=1.0)
    assert report == PurgeReport(complete=True)


def test_a_deleted_camera_leaves_no_faces(connection: sqlite3.Connection, path: Path) -> None:
    delete_camera(connection, 'one')
    purged(connection, path)
    assert ids(connection, 'sightings', 'track_id') == {3}


def test_faces_of_no_track_are_found_and_mended(connection: sqlite3.Connection,
                                                path: Path) -> None:
    connection.execute('DELETE FROM tracks WHERE id IN (2, 3)')
    *_, found = (one for one in reconcile(
        connection, folder_of(path), NOW_NS + DAY_NS, dry_run=False, confirmed=True) if one)
    assert found.found['sightings_without_track'] == 2
    assert ids(connection, 'sightings', 'track_id') == {1, 4}


def test_a_stranger_who_comes_again_after_the_purge_is_there_again(
        make_recorder: Callable[..., Recorder], rows: Callable[..., list[tuple]]) -> None:
    told: list[Event] = []
    recorder = make_recorder(strangers_keep_days=1.0, on_events=told.extend)
    recorder.start()
    seen = (track_fact(1), stranger_fact(4, face(4)), identity_fact(1, stranger=4))
    recorder.record(*seen, sighting_fact(1, face(4)),
                    event_fact(kind='stranger_seen', stranger_id=4))
    ask(recorder, Barrier())
    ask(recorder, Purge(START_NS + 2 * DAY_NS))
    assert rows('SELECT stranger_id FROM tracks') == [(None,)]
    recorder.record(*seen)
    ask(recorder, Barrier())
    assert rows('SELECT stranger_id FROM tracks') == rows('SELECT id FROM strangers') == [(4,)]
