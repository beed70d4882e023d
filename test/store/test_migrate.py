"""A new file and a migrated one are the same; a migration is whole or not at all."""
import contextlib
import os
from pathlib import Path
import re
import shutil
import sqlite3
import subprocess
import sys
from typing import Any

import pytest

from smartcam_bridge.errors import StoreError
from smartcam_bridge.store import schema
from smartcam_bridge.store.backup import list_backups
from smartcam_bridge.store.engine import open_store, revision_of

pytest.importorskip('alembic')
from smartcam_bridge.store.migrate import migrate, SCRIPTS  # noqa: E402

NEXT = '''"""Add a colour to cameras."""
from alembic import op
import sqlalchemy as sa

revision = '9999'
down_revision = '{newest}'


def upgrade():
    op.add_column('cameras', sa.Column('colour', sa.Text, server_default='red'))
    {then}
'''


def described(path: Path) -> dict[str, Any]:
    """Return tables by their columns and constraints, indices by their SQL.

    Not tables by SQL: a column added later stands behind the constraints there.
    """
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute('SELECT type, name, sql FROM sqlite_master WHERE sql NOT NULL')
        return {name: _columns(connection, name, sql) if kind == 'table' else _plain(sql)
                for kind, name, sql in rows.fetchall()}


def _columns(connection: sqlite3.Connection, table: str, sql: str) -> tuple[Any, ...]:
    columns = [row[1:] for row in connection.execute(f'PRAGMA table_info({table})')]
    unique = {row[1:] for row in connection.execute(f'PRAGMA index_list({table})')}
    constraints = sorted(re.findall(r'CONSTRAINT \w+ \w+ \([^)]*\)', _plain(sql)))
    return columns, unique, constraints, 'AUTOINCREMENT' in sql, 'WITHOUT ROWID' in sql


def _plain(sql: str) -> str:
    return re.sub(r'[\s"]+', ' ', sql).replace('( ', '(').replace(' )', ')')


def scripts_with(tmp_path: Path, then: str) -> Path:
    """Return the migrations and a later one."""
    copy = tmp_path / 'migrations'
    shutil.copytree(SCRIPTS, copy)
    (copy / 'versions' / '9999_colour.py').write_text(
        NEXT.format(then=then, newest=schema.REVISION))
    return copy


def test_a_new_file_is_as_the_migrations_make_it(tmp_path: Path) -> None:
    fresh, migrated = tmp_path / 'fresh.sqlite3', tmp_path / 'migrated.sqlite3'
    open_store(fresh).close()
    migrated.touch()
    assert migrate(migrated) is None
    assert described(fresh) == described(migrated)
    assert set(schema.metadata.tables) | {'alembic_version'} <= set(described(fresh))


def test_the_newest_migration_is_the_one_the_code_knows() -> None:
    newest = max(file.name for file in (SCRIPTS / 'versions').glob('[0-9]*.py'))
    assert newest.startswith(schema.REVISION + '_')


def test_before_a_migration_the_file_is_copied(path: Path, tmp_path: Path) -> None:
    connection = open_store(path)
    connection.execute("INSERT INTO labels VALUES (1, 'person')")
    connection.close()
    seen: list[tuple[int, int]] = []
    copy = migrate(path, scripts=scripts_with(tmp_path, 'pass'),
                   progress=lambda done, total: seen.append((done, total)))
    assert list_backups(path) == [copy]
    assert seen and seen[-1][0] == seen[-1][1]
    assert 'colour' not in str(described(copy)['cameras'])
    connection = sqlite3.connect(path)
    assert revision_of(connection) == '9999'
    assert connection.execute('SELECT name FROM labels').fetchall() == [('person',)]
    assert 'colour' in str(described(path)['cameras'])
    connection.close()


def test_a_migration_that_fails_leaves_everything_as_it_was(path: Path, tmp_path: Path) -> None:
    open_store(path).close()
    before = described(path)
    with pytest.raises(StoreError, match='(?s)failed and was undone.*a copy from before'):
        migrate(path, scripts=scripts_with(tmp_path, "op.execute('SELECT * FROM nowhere')"))
    assert described(path) == before
    connection = sqlite3.connect(path)
    assert revision_of(connection) == schema.REVISION
    connection.close()
    assert len(list_backups(path)) == 1


def test_alembic_is_not_imported_where_nothing_is_to_do(path: Path) -> None:
    open_store(path).close()
    code = ('import sys, pathlib; from smartcam_bridge.store.engine import open_store; '
            f'open_store(pathlib.Path({str(path)!r})).close(); '
            'assert "alembic" not in sys.modules')
    subprocess.run([sys.executable, '-c', code], check=True, timeout=200,
                   env={**os.environ, 'PYTHONPATH': str(Path(__file__).parents[2])})
