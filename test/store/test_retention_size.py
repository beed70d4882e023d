"""What is too much goes too, oldest first, boxes before tracks, sums at last; and whose it was."""
from pathlib import Path
import sqlite3
from typing import Iterator

from kept_things import (
    add_labels, add_track, dangling, DAY_NS, files, folder_of, ids, NOW_NS)
import pytest
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.belongings import BELONGINGS, note_deleted, ROLLUPS
from smartcam_bridge.store.cameras import create_camera, delete_camera
from smartcam_bridge.store.engine import open_store, transaction
from smartcam_bridge.store.kinds import Spans
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.retention import purge, PurgeReport, used_bytes

MB = 1_000_000
FOR_EVER = {f'{kind}_keep_{unit}': 0 for kind, unit in (
    ('observations', 'h'), ('tracks', 'days'), ('events', 'days'), ('media', 'days'),
    ('rollups', 'days'))}


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Return a store with the cameras `one` and `two`."""
    connection = open_store(path)
    for name in 'one', 'two':
        create_camera(connection, name, {})
    add_labels(connection)
    yield connection
    connection.close()


@pytest.fixture
def folder(path: Path) -> MediaFolder:
    """Return its media folder."""
    return folder_of(path)


def add_boxes(connection: sqlite3.Connection, count: int, *, age_days: float = 0.0,
              camera_id: int = 1, size_bytes: int = 1600) -> None:
    """Add observations a second apart, the last one of that age."""
    last_ns = NOW_NS - round(age_days * DAY_NS)
    with transaction(connection):
        connection.executemany(
            'INSERT INTO observations (camera_id, source, stamp_ns, received_ns, count, boxes)'
            ' VALUES (?, 1, ?, ?, 1, zeroblob(?))',
            [(camera_id, last_ns - k * 10 ** 9, last_ns - k * 10 ** 9, size_bytes)
             for k in reversed(range(count))])


def add_rollups(connection: sqlite3.Connection, days: int, *, camera_id: int = 1) -> None:
    """Add a row a day and width of each table, the last one of yesterday."""
    for table in ROLLUPS:
        for width_s in 86400, 3600:
            rows = [{column.name: b'' if column.name == 'cells' else camera_id for column in
                     table.c} | {'width_s': width_s, 'label_id': 0, 'start_s': (
                         NOW_NS // DAY_NS - day) * 86400} for day in range(2, 2 + days)]
            names = [column.name for column in table.c]
            connection.executemany(
                f'INSERT INTO {table.name} ({", ".join(names)}) VALUES '
                f'({", ".join(":" + name for name in names)})', rows)


def purged(connection: sqlite3.Connection, folder: MediaFolder, *, wanted_bytes: int = 0,
           **values: object) -> PurgeReport:
    """Purge with settings that keep all for ever but for `values`."""
    chosen = Settings.from_values(FOR_EVER | values)
    *_, report = purge(connection, NOW_NS, chosen, folder, wanted_bytes=wanted_bytes)
    assert report.complete and dangling(connection, folder) == []
    return report


def test_the_oldest_boxes_go_first_where_the_database_is_too_large(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    add_boxes(connection, 2000)
    add_track(connection, folder, 1, age_days=30)
    before = ids(connection, 'observations')
    report = purged(connection, folder, database_max_mb=2)
    left = ids(connection, 'observations')
    assert 0 < len(left) < 2000 and left == set(sorted(before)[-len(left):])
    assert report == PurgeReport(observations=2000 - len(left), evicted=2000 - len(left),
                                 complete=True)
    assert used_bytes(connection) <= 2 * MB
    size, = connection.execute('SELECT page_count * page_size FROM pragma_page_count, '
                               'pragma_page_size').fetchone()
    assert size <= 2 * MB, 'the file has shrunk too'


def test_tracks_and_events_go_when_no_boxes_are_left_and_sums_at_last(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    add_boxes(connection, 100)
    for number in range(1, 2500):
        add_track(connection, folder, number, age_days=3000 - number, picture_bytes=(),
                  pinned=number < 3)
    connection.executescript('DELETE FROM events; DELETE FROM acknowledgements')
    add_rollups(connection, 300)
    report = purged(connection, folder, database_max_mb=1)
    assert ids(connection, 'observations') == set()
    left = ids(connection, 'tracks')
    assert {1, 2} < left and left - {1, 2} == set(range(2500 - len(left) + 2, 2500))
    assert report.rollups == 0 and report.events == 0, 'tracks were enough'
    assert used_bytes(connection) <= MB


def test_sums_go_at_last_but_for_todays(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    add_track(connection, folder, 1, age_days=5)
    add_rollups(connection, 400)
    report = purged(connection, folder, wanted_bytes=100 * MB)
    assert (report.tracks, report.events, report.media) == (1, 1, 2)
    assert report.rollups == 400 * 2 * len(ROLLUPS)
    assert files(folder) == set()


def test_sums_go_by_age(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    add_rollups(connection, 20)
    report = purged(connection, folder, rollups_keep_days=10)
    # It is 8 o'clock: 11 whole days ended before the hour of ten days ago, 12 of the hours did.
    assert report.rollups == (11 + 12) * len(ROLLUPS)


def test_the_oldest_pictures_go_where_the_disk_is_nearly_full_and_they_are_enough(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    add_boxes(connection, 10)
    for number in range(1, 7):
        add_track(connection, folder, number, age_days=7 - number, pinned=number == 2,
                  picture_bytes=(MB, MB))
    report = purged(connection, folder, wanted_bytes=3 * MB)
    assert ids(connection, 'media', 'track_id') == {2, 4, 5, 6}
    assert report == PurgeReport(media=4, evicted=4, complete=True)
    assert len(files(folder)) == 8


def test_of_a_pinned_track_the_boxes_of_its_first_hour_stay(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    add_track(connection, folder, 1, age_days=5, event_pinned=True)
    connection.execute('UPDATE tracks SET first_ns = last_ns - ?', (DAY_NS,))
    for camera_id in 1, 2:
        add_boxes(connection, 60, age_days=5, camera_id=camera_id)       # at its end
        add_boxes(connection, 60, age_days=5.99, camera_id=camera_id)    # in its first hour
    report = purged(connection, folder, observations_keep_h=24)
    assert report.observations == 180
    rows = connection.execute('SELECT camera_id, max(stamp_ns) FROM observations').fetchall()
    assert rows == [(1, NOW_NS - round(5.99 * DAY_NS))]


@pytest.mark.parametrize('spans, moment, held', [
    ([], 5, False), ([(1, 3, 7)], 3, True), ([(1, 3, 7)], 7, True), ([(1, 3, 7)], 8, False),
    ([(1, 3, 7)], 2, False), ([(2, 3, 7)], 5, False), ([(1, 3, 7), (1, 5, 9)], 8, True),
    ([(1, 20, 30), (1, 3, 7)], 25, True), ([(1, 20, 30), (1, 3, 7)], 10, False),
    ([(1, 4, 4)], 4, True), ([(1, 1, 90), (1, 3, 5)], 80, True)])
def test_spans_hold_what_lies_in_any_of_them(spans: list, moment: int, held: bool) -> None:
    assert Spans(spans).hold(1, moment) is held


def test_of_a_deleted_camera_nothing_is_left_not_even_what_is_pinned(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    for camera_id in 1, 2:
        add_track(connection, folder, camera_id, camera_id=camera_id, pinned=True,
                  is_open=camera_id == 1)
        add_boxes(connection, 10, camera_id=camera_id)
        add_rollups(connection, 3, camera_id=camera_id)
        for sql in ("INSERT INTO shapes VALUES (?1, ?1, 'zone', 'z', 1, '{}')",
                    "INSERT INTO suspensions VALUES (?1, ?1, 1, NULL, 'moving')",
                    'INSERT INTO frame_sizes VALUES (?1, 1, 640, 480)',
                    "INSERT INTO sightings VALUES (?1, ?1, 0, ?1, 1, 'm', 1, x'00', 0, 0, 1, 1, "
                    '9, 1, 1, 1, 1, NULL, NULL, 0)',
                    "INSERT OR REPLACE INTO raw_marks VALUES ('tracks', ?1, 1)"):
            connection.execute(sql, (camera_id,))
    delete_camera(connection, 'one')
    before = {table.name: connection.execute(
        f'SELECT count(*) FROM {table.name} WHERE camera_id = 2').fetchone()
        for table in BELONGINGS}
    report = purged(connection, folder)
    assert (report.tracks, report.media, report.events, report.observations) == (1, 2, 1, 10)
    assert report.rollups == 3 * 2 * len(ROLLUPS) and report.others > 0 == report.evicted
    for table in BELONGINGS:
        assert ids(connection, table.name, 'camera_id') == {2}, table.name
        assert connection.execute(f'SELECT count(*) FROM {table.name}').fetchone() == before[
            table.name]
    assert len(files(folder)) == 2
    assert purged(connection, folder) == PurgeReport(complete=True)


def test_sums_alone_of_a_deleted_camera_go_too(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    add_rollups(connection, 3)
    connection.execute('DELETE FROM heat_rollups')     # the only ones that an index finds
    delete_camera(connection, 'one')
    assert purged(connection, folder).rollups == 3 * 2 * (len(ROLLUPS) - 1)
    assert connection.execute('SELECT * FROM settings WHERE key LIKE ?', (
        'deleted_camera%',)).fetchall() == []


def test_a_row_that_belongs_to_no_camera_is_nobodys_orphan(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    connection.execute('INSERT INTO events (type, camera_id, camera, stamp_ns, severity, detail,'
                       " pinned) VALUES ('disk_low', 0, '', ?, 30, '{}', 0)", (NOW_NS,))
    assert purged(connection, folder) == PurgeReport(complete=True)


def test_visits_and_crossings_without_a_track_go_by_age(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    add_track(connection, folder, 1, age_days=5, picture_bytes=())
    connection.execute('DELETE FROM tracks')
    chosen = Settings.from_values(FOR_EVER | {'tracks_keep_days': 2})
    *_, report = purge(connection, NOW_NS, chosen, folder)
    assert (report.visits, report.crossings, report.events) == (1, 1, 0)


def test_a_note_twice_is_one(connection: sqlite3.Connection) -> None:
    note_deleted(connection, 7)
    with pytest.raises(sqlite3.IntegrityError):    # ids of cameras are never used again
        note_deleted(connection, 7)


def test_a_file_that_cannot_shrink_ends_the_purge(path: Path, folder: MediaFolder) -> None:
    path.parent.mkdir()
    plain = sqlite3.connect(path, isolation_level=None)
    plain.execute('PRAGMA auto_vacuum = NONE')
    plain.execute('VACUUM')
    plain.close()
    connection = open_store(path)
    create_camera(connection, 'one', {})
    add_boxes(connection, 2000)
    assert purged(connection, folder, database_max_mb=1).observations > 1000
    connection.close()
