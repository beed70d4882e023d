"""Consistent copies of the database while it is in use, and the way back."""
from collections.abc import Sequence
import contextlib
from dataclasses import dataclass
import datetime
import logging
import os
from pathlib import Path
import shutil
import sqlite3
from typing import Callable

from smartcam_bridge.errors import NotFound, StoreError, StoreUnavailable
from smartcam_bridge.store.engine import (
    connect, require_known, revision_of, SIDE_FILES, transaction)
from smartcam_bridge.store.event_rows import newest_seq, raise_seq
from smartcam_bridge.store.faces.erasures import Erasure, read_erasures
from smartcam_bridge.store.faces.forget import forget_again
from smartcam_bridge.store.faces.people_rows import put_consents, read_consents
from smartcam_bridge.store.faces.strangers import next_stranger_id, raise_mark
from smartcam_bridge.store.faults import explain
from smartcam_bridge.store.lock import StoreLock
from smartcam_bridge.store.schema import REVISION
from smartcam_bridge.store.sync import sync
from smartcam_bridge.store.track_ids import read_mark, write_mark
from smartcam_bridge.store.write_ahead import log_bytes, LOG_HIGH_BYTES

Progress = Callable[[int, int], None]
"""Called with pages copied and pages in all; an exception from it ends the copy."""

_NUMBERED = ('events', 'people', 'templates')
_PEOPLE_SINCE = '0003'    # schema
_PAGES = 1000  # 4 MB between two calls of the progress function
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. replaced: where the file is now that was there; None: there was none.

    forgotten: how many people and strangers the backup held who were forgotten since.
    """

    replaced: Path | None
    forgotten: int


def back_up(path: Path, keep: int, *, progress: Progress | None = None) -> Path:
    """Copy the database into `backups` beside it, check the copy, remove all but the newest.

    Does not hold up the recorder. Any thread; takes as long as the disk needs. Raises
    StoreUnavailable.
    """
    folder = path.parent / 'backups'
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%S.%fZ')
    target = folder / f'{path.stem}-{stamp}.sqlite3'
    part = target.with_name(target.name + '.part')
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(path, part, progress)
        _check(part)
        sync(part)
        part.rename(target)
        sync(folder)
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f'no backup was made: {explain(error, path)}') from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    for old in list_backups(path)[keep:]:
        old.unlink(missing_ok=True)
    _log.info('backup written: %s', target)
    return target


def list_backups(path: Path) -> list[Path]:
    """Return the backups of a database, newest first."""
    return sorted((path.parent / 'backups').glob(f'{path.stem}-*.sqlite3'), reverse=True)


def restore(path: Path, backup: Path, now_ns: int) -> Restored:
    """Put a backup in the database's place, without those who were forgotten since.

    At every moment there is a whole database under `path`. Raises StoreUnavailable while a bridge
    uses the store, NotFound, SchemaTooNew, and StoreError where the backup is damaged.
    """
    if not backup.is_file():
        raise NotFound(f'there is no backup {backup}')
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = _part_of(path)
    with StoreLock(path.parent):
        remove_unfinished(path)
        try:
            erasures = read_erasures(path)
            shutil.copyfile(backup, part)
            part.chmod(0o600)
            _check(part)
            forgotten = _forget_again(part, erasures, now_ns)
            sync(part)
            replaced = _keep_current(path)
            if replaced is not None:
                _carry_over(replaced, part)
            sync(part)
            part.replace(path)
            sync(path.parent)
        except sqlite3.Error as error:
            raise StoreError(f'{backup} is no usable backup, nothing was changed: {error}'
                             ) from error
        finally:
            remove_unfinished(path)
    return Restored(replaced, forgotten)


def remove_unfinished(path: Path) -> None:
    """Remove what a restore left that was killed. For whoever has the StoreLock."""
    part = _part_of(path)
    for end in ('', '-journal', *SIDE_FILES):
        part.with_name(part.name + end).unlink(missing_ok=True)


def verify(path: Path) -> list[str]:
    """Return what `PRAGMA integrity_check` finds wrong, and what the schema lacks; may be slow.

    Raises StoreUnavailable where the file cannot be opened, StoreError where it is no store.
    """
    try:
        with contextlib.closing(connect(path, read_only=True)) as connection:
            found = [row for row, in connection.execute('PRAGMA integrity_check(20)')]
            if revision_of(connection) is None:
                found = ['it is empty']
            return [] if found == ['ok'] else found
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise StoreUnavailable(explain(error, path)) from error
        return [str(error)]


def _copy(path: Path, part: Path, progress: Progress | None) -> None:
    def proceed(status: int, remaining: int, total: int) -> None:
        if log_bytes(path) > LOG_HIGH_BYTES:    # it cannot be emptied before this has ended
            raise StoreUnavailable('no backup was made: so much is recorded meanwhile that the '
                                   'log would grow too large; try again when less happens')
        if progress is not None:
            progress(total - remaining, total)

    with contextlib.closing(connect(path, read_only=True)) as source, \
            contextlib.closing(sqlite3.connect(part, isolation_level=None)) as target:
        # With a read transaction open the copy is of this moment. Without one SQLite would begin
        # anew after each commit of the recorder's, and never finish a large file.
        source.execute('BEGIN')
        source.execute('SELECT count(*) FROM sqlite_master').fetchone()
        source.backup(target, pages=_PAGES, sleep=0.0, progress=proceed)
        source.execute('COMMIT')
        target.execute('PRAGMA journal_mode = DELETE')  # one file, no log beside it


def _check(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        revision = revision_of(connection)
        if revision is None:
            raise sqlite3.DatabaseError('it is empty')
        require_known(revision)
        verdict, = connection.execute('PRAGMA integrity_check(1)').fetchone()
        if verdict != 'ok':
            raise sqlite3.DatabaseError(verdict)
        connection.execute('PRAGMA journal_mode = DELETE')


def _keep_current(path: Path) -> Path | None:
    """Give the current database a second name, with its log written into it where possible."""
    if not path.exists():
        return None
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%S.%fZ')
    kept = path.with_name(f'{path.name}.replaced-{stamp}')
    try:
        with contextlib.closing(connect(path)) as connection:
            connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            connection.execute('PRAGMA journal_mode = DELETE')
    except sqlite3.Error as error:
        _log.warning('%s is damaged and kept as it is: %s', path, error)
    os.link(path, kept)
    for end in SIDE_FILES:  # there only if the file is damaged
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(kept.with_name(kept.name + end))
    return kept


def _part_of(path: Path) -> Path:
    return path.with_name(path.name + '.part')


def _forget_again(part: Path, erasures: Sequence[Erasure], now_ns: int) -> int:
    """Return how many were forgotten; with an older schema that is done once it is migrated."""
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as connection:
        if revision_of(connection) != REVISION:
            return 0
        connection.execute('PRAGMA secure_delete = ON')
        with transaction(connection):
            return forget_again(connection, erasures, now_ns)


def _carry_over(current: Path, part: Path) -> None:
    """Let the restored file give no number again that the current one gave, and know who refused.

    Numbers are those of tracks, events, people, their templates, and strangers.
    """
    try:
        with contextlib.closing(connect(current, read_only=True)) as connection:
            newest = {table: newest_seq(connection, table) for table in _NUMBERED}
            mark = read_mark(connection)
            stranger_mark = next_stranger_id(connection) if _has_people(connection) else 1
            said = read_consents(connection) if _has_people(connection) else []
    except sqlite3.Error as error:
        _log.warning('%s cannot be read: numbers of tracks, events and people may come again, and '
                     'consent is what it was when the backup was made: %s', current, error)
        return
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as connection:
        for table, seq in newest.items():
            raise_seq(connection, seq, table)
        if mark > read_mark(connection):
            write_mark(connection, mark)
        if stranger_mark > 1:
            raise_mark(connection, stranger_mark)
        if _has_people(connection):
            put_consents(connection, said)


def _has_people(connection: sqlite3.Connection) -> bool:
    return revision_of(connection) >= _PEOPLE_SINCE
