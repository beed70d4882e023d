"""Insert many rows a statement; one bad row never takes others with it."""
import logging
import sqlite3
from typing import Any, Callable, Iterable, Sequence

from smartcam_bridge.store.event_rows import ROW_ERRORS

RowsOf = Callable[[Sequence[Any]], Iterable[Any]]
_log = logging.getLogger(__name__)


def insert_all(connection: sqlite3.Connection, sql: str, rows_of: RowsOf,
               items: Sequence[Any]) -> int:
    """Insert all items at once, else one by one; return how many were refused."""
    if not items:
        return 0
    connection.execute('SAVEPOINT rows')
    try:
        connection.executemany(sql, rows_of(items))
        refused = 0
    except ROW_ERRORS:
        connection.execute('ROLLBACK TO rows')
        refused = sum(not _insert_one(connection, sql, rows_of, item) for item in items)
    connection.execute('RELEASE rows')
    return refused


def _insert_one(connection: sqlite3.Connection, sql: str, rows_of: RowsOf, item: Any) -> bool:
    try:
        connection.executemany(sql, rows_of([item]))
    except ROW_ERRORS as error:
        _log.error('one row cannot be stored and is left out: %s: %.500r', error, item)
        return False
    return True
