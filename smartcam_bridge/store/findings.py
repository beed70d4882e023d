"""What may be out of order in a store, each with what finds it, in slices, and what mends it.

None of it comes about by itself: a kill leaves a whole store. It does by restoring a backup, by
hands in the data folder, or by a disk that lost something.
"""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
import os
from pathlib import Path
import sqlite3
from typing import Any

from smartcam_bridge.errors import NotFound
from smartcam_bridge.store import schema
from smartcam_bridge.store.face_tables import sightings
from smartcam_bridge.store.media import doom_files, MediaFolder, PARTIAL
from smartcam_bridge.store.sql import compiled
from sqlalchemy import and_, bindparam, delete, exists, literal, not_, select, tuple_, update

YOUNG_S = 600.0     # a file is there before its row, and a visit may be before its track
_ROWS = 500         # of one slice: some milliseconds
_OURS = ('.jpg', PARTIAL)

_media, _tracks = schema.media.c, schema.tracks.c
_visits, _crossings, _marks = schema.visits.c, schema.crossings.c, schema.acknowledgements.c
_KNOWN = compiled(select(literal(1)).where(_media.path == bindparam('path')))
_FILES = compiled(select(_media.id, _media.path).where(
    not_(_media.doomed), _media.id > bindparam('after')).order_by(_media.id).limit(_ROWS))

Found = Iterator[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Finding:
    """find yields what it found slice by slice (nothing, too); mend works in a transaction.

    what: words for people. of: the rows of which these are some, '' for files; None: nothing is
    deleted.
    """

    name: str
    what: str
    of: str | None
    find: Callable[[sqlite3.Connection, MediaFolder, int], Found]
    mend: Callable[[sqlite3.Connection, MediaFolder, Sequence[Any]], None]


def files_below(folder: MediaFolder) -> Iterator[list[os.DirEntry]]:
    """Yield the files of a media folder by name, some at a time; links are not followed."""
    waiting = [folder.root]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        waiting += [Path(entry) for entry in inside if entry.is_dir(follow_symlinks=False)]
        files = [entry for entry in inside
                 if entry.name.endswith(_OURS) and entry.is_file(follow_symlinks=False)]
        yield from (files[start:start + _ROWS] for start in range(0, len(files), _ROWS))


def _files_without_a_row(connection: sqlite3.Connection, folder: MediaFolder,
                         now_ns: int) -> Found:
    for entries in files_below(folder):
        yield [path for entry in entries
               if not _is_known(
                   connection, path := Path(entry).relative_to(folder.root).as_posix())
               and _is_older(entry, now_ns)]


def _is_known(connection: sqlite3.Connection, path: str) -> bool:
    # What we write is ASCII; a name that is not may not even be text.
    return path.isascii() and connection.execute(
        _KNOWN.sql, _KNOWN.bound(path=path)).fetchone() is not None


def _is_older(entry: os.DirEntry, now_ns: int) -> bool:
    try:
        return now_ns / 1e9 - entry.stat(follow_symlinks=False).st_mtime > YOUNG_S
    except FileNotFoundError:   # it went while we looked
        return False


def _remove_files(connection: sqlite3.Connection, folder: MediaFolder,
                  paths: Sequence[str]) -> None:
    for path in paths:
        folder.remove(path)


def _rows_without_a_file(connection: sqlite3.Connection, folder: MediaFolder,
                         now_ns: int) -> Found:
    after = 0
    while rows := connection.execute(_FILES.sql, _FILES.bound(after=after)).fetchall():
        after = rows[-1][0]
        yield [id_ for id_, path in rows if not _is_there(folder, path)]


def _is_there(folder: MediaFolder, path: str) -> bool:
    try:
        return folder.locate(path).is_file()
    except NotFound:
        return False


def _by_key(condition: Any, *key: Any) -> Callable[[sqlite3.Connection, MediaFolder, int], Found]:
    """Return what goes through a table by its key, and finds the rows that fulfil a condition."""
    rows = select(*key, condition).order_by(*key).limit(_ROWS)
    first = compiled(rows)
    following = compiled(rows.where(tuple_(*key) > tuple_(
        *(bindparam(f'after_{column.name}', type_=column.type) for column in key))))

    def find(connection: sqlite3.Connection, folder: MediaFolder, now_ns: int) -> Found:
        values = {'old_ns': now_ns - round(YOUNG_S * 1e9)}
        window = connection.execute(first.sql, first.bound(**values)).fetchall()
        while window:
            yield [row[:-1] if len(key) > 1 else row[0] for row in window if row[-1]]
            place = {f'after_{column.name}': value for column, value in zip(key, window[-1])}
            window = connection.execute(
                following.sql, following.bound(**values, **place)).fetchall()
    return find


def _each(statement: Any, *names: str) -> Callable[[sqlite3.Connection, MediaFolder,
                                                    Sequence[Any]], None]:
    """Return what runs a statement for every key; its parameters are called `names`."""
    built = compiled(statement)

    def mend(connection: sqlite3.Connection, folder: MediaFolder, keys: Sequence[Any]) -> None:
        connection.executemany(built.sql, [
            built.bound(**dict(zip(names, key if len(names) > 1 else (key,)))) for key in keys])
    return mend


def _track(track_id: Any, *conditions: Any) -> Any:
    table = schema.tracks
    return exists(select(literal(1)).where(_tracks.id == track_id, *conditions)
                  .correlate_except(table))


def _without_track(table: Any, at: Any) -> Finding:
    return Finding(
        f'{table.name}_without_track', f'{table.name} without a track', table.name,
        _by_key(and_(at < bindparam('old_ns'), not_(_track(table.c.track_id))), table.c.id),
        _each(delete(table).where(table.c.id == bindparam('key')), 'key'))


_LAST = select(_tracks.last_ns).where(_tracks.id == _visits.track_id).scalar_subquery()
_PICTURE = exists(select(literal(1)).where(_media.track_id == _tracks.id, not_(_media.doomed))
                  .correlate_except(schema.media))
_EVENT = exists(select(literal(1)).where(schema.events.c.id == _marks.event_id)
                .correlate_except(schema.events))

FINDINGS: tuple[Finding, ...] = (
    Finding('files_without_row', 'picture files that no row knows', '', _files_without_a_row,
            _remove_files),
    Finding('rows_without_file', 'pictures whose file is missing', 'media', _rows_without_a_file,
            lambda connection, folder, ids: doom_files(connection, ids)),
    Finding('shots_without_picture', 'tracks whose best shot has no picture any more', None,
            _by_key(and_(_tracks.shot.is_not(None), not_(_PICTURE)), _tracks.id),
            _each(update(schema.tracks).where(_tracks.id == bindparam('key')).values(shot=None),
                  'key')),
    _without_track(schema.visits, _visits.entered_ns),
    _without_track(schema.crossings, _crossings.stamp_ns),
    _without_track(sightings, sightings.c.stamp_ns),
    Finding('open_visits', 'visits that go on though their track has ended', None,
            _by_key(and_(_visits.exited_ns.is_(None),
                         _track(_visits.track_id, _tracks.end_reason.is_not(None))), _visits.id),
            _each(update(schema.visits).where(_visits.id == bindparam('key'))
                  .values(exited_ns=_LAST), 'key')),
    Finding('acknowledgements_without_event', 'acknowledgements of no event', 'acknowledgements',
            _by_key(not_(_EVENT), _marks.event_id, _marks.who),
            _each(delete(schema.acknowledgements).where(
                _marks.event_id == bindparam('event'), _marks.who == bindparam('name')),
                'event', 'name')))
