"""Pictures on the disk, and the rows that point at them: never a row without its file.

A file is whole on the disk before its row is committed. It goes in two steps: its row is doomed
in the transaction that forgets it, and after that commit the file goes, then the row. A kill in
between leaves a doomed row, which the next `remove_doomed` clears, or a file whose row was never
committed, which the reconciler finds.
"""
import contextlib
import logging
import os
from pathlib import Path, PurePosixPath
import sqlite3
from typing import Iterable, Iterator, Sequence

from smartcam_bridge.domain.shot import MediaFile
from smartcam_bridge.errors import NotFound, StoreUnavailable
from smartcam_bridge.store import schema
from smartcam_bridge.store.engine import transaction
from smartcam_bridge.store.sql import compiled, positional
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

PARTIAL = '.part'
"""How the name of a file ends that is still being written; after a kill it is rubbish."""
_SLICE = 100    # files of one slice: unlinking takes some 20 us each, 1 ms on a slow card

_media = schema.media
_COLUMNS = ('kind', 'camera_id', 'track_id', 'stamp_ns', 'path', 'bytes', 'created_ns', 'doomed')
_PUT = insert(_media)
_ADD = positional(_PUT.on_conflict_do_update(
    index_elements=['path'], set_={name: _PUT.excluded[name] for name in _COLUMNS}), _COLUMNS)
_DOOM = compiled(update(_media).where(_media.c.id == bindparam('key')).values(doomed=True))
_DOOM_TRACK = compiled(update(_media).where(_media.c.track_id == bindparam('track'))
                       .values(doomed=True))
_DOOMED = compiled(select(_media.c.id, _media.c.path)
                   .where(_media.c.doomed, _media.c.id > bindparam('after'))
                   .order_by(_media.c.id).limit(_SLICE))
_FORGET = compiled(delete(_media).where(_media.c.id == bindparam('key')))
_log = logging.getLogger(__name__)


class MediaFolder:
    """The folder of all pictures; everything in it is for this user only. Any thread."""

    def __init__(self, data_dir: Path) -> None:
        self.root = data_dir / 'media'

    def write(self, path: str, data: bytes | memoryview) -> None:
        """Put a whole file there, or none: it is on the disk when this returns.

        Raises StoreUnavailable where the disk is full or fails.
        """
        target = self.locate(path)
        partial = target.with_name(target.name + PARTIAL)
        try:
            try:
                self._make_folder(target.parent)
                _write_through(partial, data)
            except FileNotFoundError:   # the folder was empty, and tidied away at this moment
                self._make_folder(target.parent)
                _write_through(partial, data)
            partial.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise StoreUnavailable(f'{target} cannot be written: {error.strerror}') from error

    def remove(self, path: str) -> None:
        """Remove a file, and its folder where that was the last one; raises OSError."""
        target = self.locate(path)
        target.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # not empty: the usual case
            target.parent.rmdir()

    def locate(self, path: str) -> Path:
        """Return the whole path; raise NotFound for one that leads out of the folder."""
        parts = PurePosixPath(path).parts
        if not parts or parts[0] == '/' or '..' in parts or '\0' in path:
            raise NotFound(f'there is no picture {path!r}')
        return self.root.joinpath(*parts)

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        for step in (self.root, folder):
            if not step.is_dir():
                step.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync_folder(step.parent)


def add_files(connection: sqlite3.Connection, files: Iterable[MediaFile], *,
              doomed: bool = False) -> None:
    """Insert the rows of files that are on the disk. Inside the caller's transaction."""
    connection.executemany(_ADD, [
        (file.kind, file.camera_id, file.track_id, file.stamp_ns, file.path, file.size_bytes,
         file.created_ns, doomed) for file in files])


def doom_files(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Forget media rows by id; the files go with `remove_doomed`. In the caller's transaction."""
    connection.executemany(_DOOM.sql, [_DOOM.bound(key=key) for key in ids])


def doom_tracks(connection: sqlite3.Connection, track_ids: Sequence[int]) -> None:
    """Forget every picture of these tracks. Inside the caller's transaction."""
    connection.executemany(_DOOM_TRACK.sql, [_DOOM_TRACK.bound(track=id_) for id_ in track_ids])


def remove_doomed(connection: sqlite3.Connection, folder: MediaFolder) -> Iterator[int]:
    """Remove the files of doomed rows, then the rows; yield how many after every slice.

    Outside any transaction. A file that cannot be removed keeps its row, and its turn comes again
    at the next call.
    """
    after = 0
    while rows := connection.execute(_DOOMED.sql, _DOOMED.bound(after=after)).fetchall():
        after = rows[-1][0]
        gone = [id_ for id_, path in rows if _removed(folder, path)]
        if gone:
            with transaction(connection):
                connection.executemany(_FORGET.sql, [_FORGET.bound(key=id_) for id_ in gone])
        yield len(gone)


def _removed(folder: MediaFolder, path: str) -> bool:
    try:
        folder.remove(path)
    except NotFound:
        _log.error('a row pointed at %r, outside the media folder; the row goes', path)
    except OSError as error:
        _log.error('%s cannot be removed and is tried again later: %s', path, error)
        return False
    return True


def _write_through(path: Path, data: bytes | memoryview) -> None:
    with open(path, 'wb', opener=_private) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
