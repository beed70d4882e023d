"""Move a database that cannot be used out of the way; nothing is ever deleted."""
import contextlib
import datetime
import logging
from pathlib import Path
import sqlite3

from smartcam_bridge.errors import StoreUnavailable
from smartcam_bridge.store.engine import connect, open_store, SIDE_FILES
from smartcam_bridge.store.faults import is_corrupt
from smartcam_bridge.store.tokens import list_tokens, restore_token, TokenRow

_log = logging.getLogger(__name__)


def open_or_replace(path: Path) -> tuple[sqlite3.Connection, str | None]:
    """Open for writing; a damaged file is moved aside and a new one begun.

    Returns the connection and, where that happened, a sentence that says so. Tokens that can
    still be read go over, so that nobody is locked out. Raises as `open_store` does.
    """
    try:
        return open_store(path), None
    except sqlite3.DatabaseError as error:
        if not is_corrupt(error):
            raise
        aside = move_aside(path, 'damaged')
        tokens = readable_tokens(aside)
        connection = open_or_fail(path)
        for row in tokens:
            restore_token(connection, row)
        notice = (f'the database was damaged ({error}) and is now {aside.name}; a new one was '
                  'begun. Put a backup back with smartcam db restore, or remove the damaged file')
        _log.error('%s: %s', path, notice)
        return connection, notice


def open_or_fail(path: Path) -> sqlite3.Connection:
    """Open for writing; raise StoreUnavailable where the file is damaged."""
    try:
        return open_store(path)
    except sqlite3.DatabaseError as error:
        raise StoreUnavailable(f'{path} is damaged: {error}') from error


def move_aside(path: Path, why: str) -> Path:
    """Rename a database with its log; return the new path."""
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%S.%fZ')
    aside = path.with_name(f'{path.name}.{why}-{stamp}')
    for end in ('', *SIDE_FILES):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    return aside


def readable_tokens(path: Path) -> list[TokenRow]:
    """Return the tokens of a database that may be damaged; what cannot be read is left out."""
    try:
        with contextlib.closing(connect(path, read_only=True)) as connection:
            return list_tokens(connection)
    except sqlite3.Error as error:
        _log.warning('%s: no tokens could be saved: %s', path, error)
        return []
