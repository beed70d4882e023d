"""A store filled by hand with tracks and all that hangs on them, and what must hold in it."""
from pathlib import Path
import sqlite3
from typing import Sequence

from smartcam_bridge.domain.shot import MediaFile
from smartcam_bridge.store.media import add_files, MediaFolder

DAY_NS = 86400 * 10 ** 9
NOW_NS = 1_800_000_000 * 10 ** 9
LABELS = {1: 'person', 2: 'car'}


def add_labels(connection: sqlite3.Connection) -> None:
    """Add the labels that tracks here have."""
    connection.executemany('INSERT INTO labels VALUES (?, ?)', LABELS.items())


def add_track(connection: sqlite3.Connection, folder: MediaFolder, id_: int, *,
              age_days: float = 0.0, camera_id: int = 1, label_id: int = 1, is_open: bool = False,
              pinned: bool = False, event_pinned: bool = False,
              picture_bytes: Sequence[int] = (1000, 3000)) -> None:
    """Add a track of a minute with a visit, a crossing, an event (of id 10 times its own), files.

    picture_bytes: what the rows say of crop and frame; the files are small.
    """
    last_ns = NOW_NS - round(age_days * DAY_NS)
    first_ns = last_ns - 60 * 10 ** 9
    connection.execute(
        'INSERT INTO tracks (id, camera_id, tracker_id, label_id, first_ns, last_ns, observations,'
        ' score_top, score_mean, score_last, path, end_reason, shot, pinned) VALUES'
        " (?, ?, 't', ?, ?, ?, 9, 1, 1, 1, x'01', ?, ?, ?)",
        (id_, camera_id, label_id, first_ns, last_ns, None if is_open else 'lost',
         '{}' if picture_bytes else None, pinned))
    connection.execute(
        'INSERT INTO visits (zone_id, camera_id, track_id, label_id, entered_ns, exited_ns,'
        ' loitered) VALUES (1, ?, ?, ?, ?, ?, 0)', (camera_id, id_, label_id, first_ns, last_ns))
    connection.execute(
        'INSERT INTO crossings (tripwire_id, camera_id, track_id, label_id, stamp_ns, direction)'
        ' VALUES (1, ?, ?, ?, ?, 1)', (camera_id, id_, label_id, first_ns))
    connection.execute(
        'INSERT INTO events (id, type, camera_id, camera, stamp_ns, severity, track_id, label,'
        " detail, pinned) VALUES (?, 'track_ended', ?, 'c', ?, 10, ?, ?, '{}', ?)",
        (10 * id_, camera_id, last_ns, id_, LABELS[label_id], event_pinned))
    connection.execute("INSERT INTO acknowledgements VALUES (?, 'me', 1)", (10 * id_,))
    add_pictures(connection, folder, id_, last_ns, camera_id, picture_bytes)


def add_pictures(connection: sqlite3.Connection, folder: MediaFolder, track_id: int,
                 created_ns: int, camera_id: int, picture_bytes: Sequence[int]) -> None:
    """Add crop and frame of a track: the files, then the rows."""
    for kind, size_bytes in zip(('crop', 'frame'), picture_bytes):
        path = f'{created_ns // DAY_NS}/{track_id}-{kind}.jpg'
        folder.write(path, b'jpeg')
        add_files(connection, [MediaFile(kind, camera_id, track_id, created_ns, path, size_bytes,
                                         created_ns)])


def ids(connection: sqlite3.Connection, table: str, column: str = 'id') -> set[int]:
    """Return a column of a table."""
    return {value for value, in connection.execute(f'SELECT {column} FROM {table}')}


def files(folder: MediaFolder) -> set[str]:
    """Return the paths of all files there are."""
    return {path.relative_to(folder.root).as_posix() for path in folder.root.rglob('*')
            if path.is_file()}


def dangling(connection: sqlite3.Connection, folder: MediaFolder) -> list[str]:
    """Say what points to nothing: rows of visits, crossings, acknowledgements, files, shots."""
    found = []
    for table in 'visits', 'crossings', 'media':
        count, = connection.execute(
            f'SELECT count(*) FROM {table} WHERE track_id NOT IN (SELECT id FROM tracks)'
            + (' AND NOT doomed' if table == 'media' else '')).fetchone()
        found += [f'{count} {table} of no track'] * bool(count)
    acknowledged = ids(connection, 'acknowledgements', 'event_id') - ids(connection, 'events')
    found += [f'acknowledgements of no event: {acknowledged}'] * bool(acknowledged)
    known = dict(connection.execute('SELECT path, doomed FROM media'))
    there = files(folder)
    found += [f'file without a row: {path}' for path in there - known.keys()]
    found += [f'row without a file: {path}' for path, doomed in known.items()
              if not doomed and path not in there]
    shots, = connection.execute(
        'SELECT count(*) FROM tracks WHERE shot IS NOT NULL AND id NOT IN '
        '(SELECT track_id FROM media WHERE NOT doomed)').fetchone()
    return found + [f'{shots} shots without a picture'] * bool(shots)


def folder_of(path: Path) -> MediaFolder:
    """Return the media folder of a database."""
    return MediaFolder(path.parent)
