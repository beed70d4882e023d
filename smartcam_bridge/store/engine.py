"""Open the database file: permissions, pragmas, schema, and a first look for damage."""
import contextlib
import logging
import os
from pathlib import Path
import sqlite3
from typing import Iterator

from smartcam_bridge.errors import SchemaTooNew, StoreError, StoreUnavailable
from smartcam_bridge.store import schema
from smartcam_bridge.store.faults import explain, is_corrupt
from smartcam_bridge.store.rollup_tables import TRIGGERS
from smartcam_bridge.store.sql import ddl
from sqlalchemy.schema import CreateIndex, CreateTable

DATABASE_NAME = 'smartcam.sqlite3'
SIDE_FILES = ('-wal', '-shm')
BUSY_TIMEOUT_S = 1.0

_CHECKED_WHOLE_BYTES = 64_000_000  # quick_check of this much takes some 0.1 s, cold perhaps 1 s
_WRITER_PRAGMAS = (
    # Readers never wait for the recorder nor it for them.
    'PRAGMA journal_mode = WAL',
    # A commit goes to the operating system, and is synced to the disk at the next checkpoint
    # (4 MB of log): killing the process loses nothing that was committed, a power cut may lose the
    # last seconds, neither damages the file. FULL would sync twice a second, for ever: that
    # wears out an SD card and costs 10-50 ms each time.
    'PRAGMA synchronous = NORMAL',
    # The log grows while a backup or a slow reader holds it; give the disk back afterwards.
    'PRAGMA journal_size_limit = 16000000',
    'PRAGMA foreign_keys = ON',
    # What is deleted is overwritten, so that whoever is forgotten is not left in the file. Costs
    # 1.5 % more log in a purge and no time that shows (200,000 rows: 0.42 s with and without).
    'PRAGMA secure_delete = ON',
    'PRAGMA temp_store = MEMORY',
)
_log = logging.getLogger(__name__)


def database_path(data_dir: Path) -> Path:
    """Return where the database of a data folder is."""
    return data_dir / DATABASE_NAME


def connect(path: Path, *, read_only: bool = False,
            kind: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """Open an existing file, without a look at its schema; raises sqlite3.Error, OSError."""
    connection = sqlite3.connect(
        f'{path.absolute().as_uri()}?mode={"ro" if read_only else "rw"}', uri=True,
        timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, factory=kind)
    try:
        if not path.stat().st_size:
            # Lets the file shrink after a purge; before anything else is written, or never.
            connection.execute('PRAGMA auto_vacuum = INCREMENTAL')
        for pragma in ('PRAGMA query_only = ON',) if read_only else _WRITER_PRAGMAS:
            connection.execute(pragma)
    except (sqlite3.Error, OSError):
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Take the write lock at once (not at the first write, when it may be too late to wait)."""
    connection.execute('BEGIN IMMEDIATE')
    try:
        yield
        connection.execute('COMMIT')
    except BaseException:
        if connection.in_transaction:  # a full disk may have rolled back already
            connection.execute('ROLLBACK')
        raise


def open_store(path: Path) -> sqlite3.Connection:
    """Open for writing; create or migrate what is not there yet.

    Raises SchemaTooNew, StoreUnavailable (locked, read-only, no right), StoreError (a file that is
    no store), and sqlite3.DatabaseError of which `faults.is_corrupt` is true.
    """
    _create_file(path)
    unclean = any(path.with_name(path.name + end).exists() for end in SIDE_FILES)
    try:
        connection = connect(path)
        try:
            _bring_up_to_date(connection, path)
            _look_over(connection, whole=unclean and path.stat().st_size < _CHECKED_WHOLE_BYTES)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        if is_corrupt(error):
            raise
        raise StoreUnavailable(explain(error, path)) from error
    return connection


def open_current(path: Path) -> sqlite3.Connection:
    """Open a store that exists and is up to date, beside a bridge that may be running.

    Raises StoreUnavailable, SchemaTooNew, StoreError; changes nothing by itself.
    """
    if not path.is_file():
        raise StoreError(f'there is no store {path}: start the bridge once, or name another '
                         'folder with --data-dir')
    try:
        connection = connect(path)
        revision = revision_of(connection) or ''
    except sqlite3.Error as error:
        raise StoreUnavailable(explain(error, path)) from error
    require_known(revision)
    if revision != schema.REVISION:
        raise StoreError(f'{path} has an older schema ({revision or "none"}): run smartcam db '
                         'upgrade, or start the bridge')
    return connection


def revision_of(connection: sqlite3.Connection) -> str | None:
    """Return the schema's revision, None for an empty file; raise StoreError for a foreign one."""
    names = {name for name, in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names:
        return None
    row = None
    if {'alembic_version', 'observations'} <= names:
        row = connection.execute('SELECT version_num FROM alembic_version').fetchone()
    if row is None:
        raise StoreError('the database is not one of smartcam_bridge; it is left as it is')
    return row[0]


def require_known(revision: str) -> None:
    """Raise SchemaTooNew where a newer smartcam_bridge wrote the file."""
    if revision > schema.REVISION:
        raise SchemaTooNew(
            f'the database has schema {revision}, this smartcam_bridge knows up to '
            f'{schema.REVISION}: install the newer version again, or restore a backup from before '
            '(smartcam db restore)')


def create_schema(connection: sqlite3.Connection) -> None:
    """Make every table and index, as the migrations would."""
    with transaction(connection):
        if revision_of(connection) is not None:  # another process was quicker
            return
        for table in (*schema.metadata.sorted_tables, schema.versions):
            connection.execute(ddl(CreateTable(table)))
            for index in sorted(table.indexes, key=lambda index: index.name):
                connection.execute(ddl(CreateIndex(index)))
        for trigger in TRIGGERS.values():
            connection.execute(trigger)
        connection.execute('INSERT INTO alembic_version VALUES (?)', (schema.REVISION,))


def _create_file(path: Path) -> None:
    """Make folder and file for this user only; take back rights that others have on the file."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        if path.stat().st_mode & 0o077:
            _log.warning('%s could be read by others: now it is for its owner only', path)
            path.chmod(0o600)
    except OSError as error:
        raise StoreUnavailable(explain(error, path)) from error


def _bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    revision = revision_of(connection)
    if revision is None:
        create_schema(connection)
    elif revision != schema.REVISION:
        require_known(revision)
        from smartcam_bridge.store.migrate import migrate  # Alembic is 20 MB; hardly ever needed
        migrate(path)


def _look_over(connection: sqlite3.Connection, *, whole: bool) -> None:
    """Touch both ends of every table and index; after an unclean stop, every page."""
    if whole:
        verdict, = connection.execute('PRAGMA quick_check(1)').fetchone()
        if verdict != 'ok':
            raise sqlite3.DatabaseError(f'database disk image is malformed: {verdict}')
    for table in schema.metadata.sorted_tables:
        for column in (next(iter(i.columns)) for i in (table.primary_key, *table.indexes)):
            for order in ('ASC', 'DESC'):
                connection.execute(f'SELECT * FROM {table.name} ORDER BY "{column.name}" {order} '
                                   'LIMIT 1').fetchall()
