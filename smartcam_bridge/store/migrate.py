"""Bring an older database up to date with Alembic. Imported only where that is needed."""
import contextlib
import logging
from pathlib import Path
import sqlite3

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from smartcam_bridge.errors import StoreError
from smartcam_bridge.store.backup import back_up, Progress
from smartcam_bridge.store.engine import connect, revision_of
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

SCRIPTS = Path(__file__).with_name('migrations')

_KEEP = 1000  # a migration never removes older backups
_log = logging.getLogger(__name__)


def migrate(path: Path, *, scripts: Path = SCRIPTS,
            progress: Progress | None = None) -> Path | None:
    """Copy the file, then run every migration that it lacks; return the copy.

    An empty file has nothing to copy (None). Raises StoreError, and then the database is as it
    was: all migrations are one transaction.
    """
    with contextlib.closing(connect(path)) as connection:
        before = revision_of(connection)
    copy = None
    if before is not None:
        _log.warning('%s has schema %s: backing up, then migrating', path, before)
        copy = back_up(path, _KEEP, progress=progress or _Percent())
    config = Config()
    config.set_main_option('script_location', str(scripts).replace('%', '%%'))
    engine = create_engine('sqlite://', creator=lambda: connect(path), poolclass=NullPool)
    event.listen(engine, 'begin', _begin)
    try:
        with engine.begin() as connection:
            config.attributes['connection'] = connection
            command.upgrade(config, 'head')
    except (SQLAlchemyError, CommandError, sqlite3.Error) as error:
        raise StoreError(f'the migration of {path} failed and was undone: {error} '
                         f'(a copy from before: {copy})') from error
    finally:
        engine.dispose()
    _log.info('%s is migrated', path)
    return copy


def _begin(connection: Connection) -> None:
    """Begin for real: the driver, left to itself, would commit before each CREATE TABLE."""
    connection.exec_driver_sql('BEGIN IMMEDIATE')


class _Percent:
    """Log every tenth of a long copy."""

    def __init__(self) -> None:
        self._tenth = 0

    def __call__(self, copied: int, total: int) -> None:
        tenth = 10 * copied // max(total, 1)
        if tenth != self._tenth:
            self._tenth = tenth
            _log.info('backup: %d %%', 10 * tenth)
