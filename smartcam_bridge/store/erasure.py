"""See to it that what was forgotten is not left in free pages, in the log, or in files."""
from collections.abc import Callable, Iterator
import sqlite3

from smartcam_bridge.store.engine import transaction
from smartcam_bridge.store.media import MediaFolder, remove_doomed
from smartcam_bridge.store.pace import Pace
from smartcam_bridge.store.schema import settings
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.write_ahead import sync_log
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

_KEY = 'erasure_due'
_NOTE = compiled(insert(settings).values(key=_KEY, value=bindparam('note')
                                         ).on_conflict_do_nothing())
_NOTED = compiled(select(settings.c.key).where(settings.c.key == _KEY))
_DROP = compiled(delete(settings).where(settings.c.key == _KEY))
_TRIES = 5      # of emptying the log, 1 s each: readers of ours end within seconds


def note_erasure(connection: sqlite3.Connection) -> None:
    """Note that something was forgotten. Inside the transaction that forgets it."""
    connection.execute(_NOTE.sql, _NOTE.bound(note=''))


def erase(connection: sqlite3.Connection, folder: MediaFolder) -> Iterator[None]:
    """Do what was noted, in slices: files, free pages, the log. Outside any transaction.

    Where somebody reads all the time the log keeps the note, and is emptied by the next call.
    """
    if connection.execute(_NOTED.sql, _NOTED.params).fetchone() is None:
        return
    sync_log(connection)
    for _ in remove_doomed(connection, folder):
        yield
    yield from give_back(connection, lambda pages: 0)
    for _ in range(_TRIES):
        busy, _, _ = connection.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone()
        if not busy:
            with transaction(connection):
                connection.execute(_DROP.sql, _DROP.params)
            return
        yield


def give_back(connection: sqlite3.Connection, least: Callable[[int], int]) -> Iterator[None]:
    """Give free pages back to the disk, in slices, until there are so few of all its pages."""
    pace, before = Pace(), None
    while True:
        total, free = (connection.execute(f'PRAGMA {name}').fetchone()[0]
                       for name in ('page_count', 'freelist_count'))
        if free <= least(total) or free == before:  # the latter: this file cannot shrink
            return
        before = free
        with pace.measured():   # as a script: `execute` would stop after the first page
            connection.executescript(f'PRAGMA incremental_vacuum({pace.rows})')
        yield
