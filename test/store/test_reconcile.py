"""Whatever is out of order is found, mended only if asked to, and never more than half unasked."""
import contextlib
import os
from pathlib import Path
import sqlite3
from typing import Iterator

from kept_things import add_labels, add_track, dangling, files, folder_of, ids, NOW_NS
import pytest
from smartcam_bridge.errors import Conflict
from smartcam_bridge.store.cameras import create_camera, delete_camera
from smartcam_bridge.store.engine import open_store
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.reconcile import reconcile, Reconciliation, WORDS


@pytest.fixture
def folder(path: Path) -> MediaFolder:
    """Return the media folder."""
    return folder_of(path)


@pytest.fixture
def connection(path: Path, folder: MediaFolder) -> Iterator[sqlite3.Connection]:
    """Return a store of ten tracks, two pictures each."""
    connection = open_store(path)
    for name in 'one', 'two':
        create_camera(connection, name, {})
    add_labels(connection)
    for number in range(1, 11):
        add_track(connection, folder, number, age_days=number, is_open=number == 1,
                  camera_id=2 if number == 10 else 1)
    for file in folder.root.rglob('*.jpg'):
        os.utime(file, (NOW_NS / 1e9 - 3600,) * 2)
    yield connection
    connection.close()


def done(connection: sqlite3.Connection, folder: MediaFolder, *, dry_run: bool = False,
         confirmed: bool = False) -> Reconciliation:
    """Reconcile."""
    *_, result = reconcile(connection, folder, NOW_NS, dry_run=dry_run, confirmed=confirmed)
    return result


def found(result: Reconciliation) -> dict[str, int]:
    """Return what there was any of."""
    return {name: count for name, count in result.found.items() if count}


def everything(connection: sqlite3.Connection, folder: MediaFolder) -> tuple[list[str], set[str]]:
    """Return all rows and files."""
    return list(connection.iterdump()), files(folder)


def a_file_without_a_row(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    for name in 'day/7-crop.jpg', 'day/8-crop.jpg.part', 'day/ä\udcff.jpg':
        folder.write(name, b'x')
        os.utime(folder.locate(name), (NOW_NS / 1e9 - 3600,) * 2)


def a_row_without_a_file(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    for path, in connection.execute('SELECT path FROM media WHERE track_id = 5').fetchall():
        folder.remove(path)


def a_row_that_leads_outside(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    connection.execute("UPDATE media SET path = '../lock' WHERE track_id = 5 AND kind = 'crop'")
    for file in folder.root.rglob('5-crop.jpg'):
        file.unlink()


def a_picture_half_removed(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    connection.execute("UPDATE media SET doomed = 1 WHERE track_id = 5 AND kind = 'crop'")


def a_shot_without_a_picture(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    for id_, path in connection.execute(
            'SELECT id, path FROM media WHERE track_id = 5').fetchall():
        folder.remove(path)
        connection.execute('DELETE FROM media WHERE id = ?', (id_,))


def rows_without_a_track(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    connection.execute('UPDATE visits SET track_id = 99 WHERE track_id = 5')
    connection.execute('UPDATE crossings SET track_id = 99 WHERE track_id = 5')


def a_visit_that_never_ended(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    connection.execute('UPDATE visits SET exited_ns = NULL WHERE track_id IN (1, 5)')


def an_acknowledgement_of_nothing(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    connection.execute("INSERT INTO acknowledgements VALUES (7777, 'me', 1)")


def a_camera_that_is_gone(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    delete_camera(connection, 'two')


@pytest.mark.parametrize('damage, counts', [
    (a_file_without_a_row, {'files_without_row': 3}),
    (a_row_without_a_file, {'rows_without_file': 2}),
    (a_row_that_leads_outside, {'rows_without_file': 1}),
    (a_picture_half_removed, {'half_removed': 1}),
    (a_shot_without_a_picture, {'shots_without_picture': 1}),
    (rows_without_a_track, {'visits_without_track': 1, 'crossings_without_track': 1}),
    (a_visit_that_never_ended, {'open_visits': 1}),
    (an_acknowledgement_of_nothing, {'acknowledgements_without_event': 1}),
    # its track, visit, crossing, event, two pictures
    (a_camera_that_is_gone, {'without_camera': 6})])
def test_what_is_out_of_order_is_found_and_mended(
        connection: sqlite3.Connection, folder: MediaFolder, damage: object,
        counts: dict[str, int]) -> None:
    assert found(done(connection, folder, dry_run=True)) == {}
    damage(connection, folder)
    before = everything(connection, folder)
    looked = done(connection, folder, dry_run=True)
    assert (found(looked), looked.large, looked.mended) == (counts, (), False)
    assert everything(connection, folder) == before, 'a dry run changes nothing'
    mended = done(connection, folder)
    assert (found(mended), mended.mended) == (counts, True)
    assert found(done(connection, folder, dry_run=True)) == {}
    assert dangling(connection, folder) == []
    assert ids(connection, 'tracks') >= set(range(1, 10))


def test_an_open_visit_ends_with_its_track_and_that_of_an_open_track_goes_on(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    a_visit_that_never_ended(connection, folder)
    done(connection, folder)
    rows = connection.execute('SELECT track_id, exited_ns = (SELECT last_ns FROM tracks WHERE id ='
                              ' track_id) FROM visits WHERE track_id IN (1, 5)').fetchall()
    assert rows == [(1, None), (5, 1)]


def test_what_may_just_be_coming_and_what_is_not_ours_is_left(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    a_file_without_a_row(connection, folder)
    for name in ('day/7-crop.jpg', 'day/8-crop.jpg.part', 'day/ä\udcff.jpg'):
        os.utime(folder.locate(name), (NOW_NS / 1e9 - 10,) * 2)
    (folder.root / 'notes.txt').write_text('mine')
    os.utime(folder.root / 'notes.txt', (1, 1))
    os.symlink('/etc/hostname', folder.root / 'link.jpg')
    connection.execute('UPDATE visits SET track_id = 99, entered_ns = ? WHERE track_id = 5',
                       (NOW_NS - 10 ** 9,))
    assert found(done(connection, folder)) == {}


def test_more_than_half_is_deleted_only_when_that_is_confirmed(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    folder.root.rename(folder.root.with_name('elsewhere'))
    before = everything(connection, folder)
    assert done(connection, folder, dry_run=True).large == ('rows_without_file',)
    with pytest.raises(Conflict, match='more than half would be deleted: 20 pictures whose file '
                       'is missing. Nothing was changed'):
        done(connection, folder)
    assert everything(connection, folder) == before
    folder.root.with_name('elsewhere').rename(folder.root)
    connection.execute('DELETE FROM media')
    with pytest.raises(Conflict, match='20 picture files that no row knows'):
        done(connection, folder)
    assert len(files(folder)) == 20
    assert done(connection, folder, confirmed=True).mended
    assert files(folder) == set() and dangling(connection, folder) == []


def test_half_is_not_more_than_half(connection: sqlite3.Connection, folder: MediaFolder) -> None:
    for path, in connection.execute(
            'SELECT path FROM media WHERE track_id <= 5').fetchall():
        folder.remove(path)
    assert done(connection, folder).mended


def test_cameras_that_were_all_lost_are_asked_about(
        connection: sqlite3.Connection, folder: MediaFolder) -> None:
    connection.execute('DELETE FROM cameras')
    with pytest.raises(Conflict, match='rows of cameras that were deleted'):
        done(connection, folder)
    assert len(ids(connection, 'tracks')) == 10


def test_a_folder_that_was_never_made_is_empty(path: Path) -> None:
    with contextlib.closing(open_store(path)) as connection:
        result = done(connection, folder_of(path))
    assert result == Reconciliation(dict.fromkeys(WORDS, 0), mended=True)
