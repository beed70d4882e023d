"""Secrets are long, told apart by kind, kept as digests only, and never too many."""
import hashlib
from pathlib import Path
import sqlite3
from typing import Iterator

import pytest

from smartcam_bridge.errors import Conflict
from smartcam_bridge.store.engine import open_store, transaction
from smartcam_bridge.store.tasks import SaveToken
from smartcam_bridge.store.tokens import (
    digest_of, EACH_MAX, list_tokens, new_secret, save_token)


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Return an empty store."""
    connection = open_store(path)
    yield connection
    connection.close()


def fill(connection: sqlite3.Connection, kind: str, count: int) -> None:
    """Add `count` rows of a kind, named by their number."""
    with transaction(connection):
        for k in range(count):
            save_token(connection, SaveToken(kind, str(k), 'viewer', digest_of(kind + str(k)),
                                             1, 0))


@pytest.mark.parametrize('kind, prefix', [('token', 'sc_'), ('session', 'ss_'), ('login', 'sl_')])
def test_a_secret_says_its_kind_and_is_never_the_same(kind: str, prefix: str) -> None:
    made = {new_secret(kind) for _ in range(50)}
    assert len(made) == 50
    for secret, digest in made:
        assert secret.startswith(prefix) and len(secret) == 3 + 43   # 32 bytes in base64
        assert digest == digest_of(secret) == hashlib.sha256(secret.encode()).digest()


@pytest.mark.parametrize('text', ['', 'ä', '\udcff', 'x' * 100_000])
def test_whatever_somebody_sends_has_a_digest(text: str) -> None:
    assert len(digest_of(text)) == 32


@pytest.mark.parametrize('kind', ['session', 'login'])
def test_the_oldest_sessions_and_codes_make_room(
        kind: str, connection: sqlite3.Connection) -> None:
    fill(connection, 'token', 2)
    fill(connection, kind, EACH_MAX + 3)
    rows = list_tokens(connection)
    assert [row.name for row in rows if row.kind == 'token'] == ['0', '1']
    assert [row.name for row in rows if row.kind == kind] == [
        str(k) for k in range(3, EACH_MAX + 3)]


def test_one_token_too_many_is_refused_and_none_is_lost(connection: sqlite3.Connection) -> None:
    fill(connection, 'token', EACH_MAX)
    with pytest.raises(Conflict, match='revoke'):
        fill(connection, 'token', 1)
    assert len(list_tokens(connection)) == EACH_MAX


def test_all_of_every_kind_are_listed(connection: sqlite3.Connection) -> None:
    for kind in ('token', 'session', 'login'):
        fill(connection, kind, EACH_MAX)
    assert len(list_tokens(connection)) == 3 * EACH_MAX
