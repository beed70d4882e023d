"""Rows of tokens: who may do what. Only a digest of each secret is kept."""
from dataclasses import dataclass
import hashlib
import secrets
import sqlite3

from smartcam_bridge.errors import Conflict
from smartcam_bridge.store.schema import tokens
from smartcam_bridge.store.sql import compiled, positional
from smartcam_bridge.store.tasks import SaveToken
from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

ROLES = ('viewer', 'operator', 'admin')
LOGIN_S = 600  # a one-time login code is good for ten minutes
EACH_MAX = 1000  # rows of a kind: the web side keeps all of them in memory

_COLUMNS = ('id', 'kind', 'name', 'role', 'digest', 'created_ns', 'expires_ns')
_PREFIXES = {'token': 'sc_', 'session': 'ss_', 'login': 'sl_'}  # lets leak scanners find them

SELECT = compiled(select(*(tokens.c[name] for name in _COLUMNS))
                  .order_by(tokens.c.id).limit(len(_PREFIXES) * EACH_MAX))
SELECT_BY_DIGEST = compiled(select(*(tokens.c[name] for name in _COLUMNS))
                            .where(tokens.c.digest == bindparam('digest')))
_INSERT = positional(insert(tokens), _COLUMNS)
_RESTORE = positional(insert(tokens).on_conflict_do_nothing(), _COLUMNS)
_DELETE = compiled(delete(tokens).where(tokens.c.id == bindparam('key')))
_COUNT = compiled(select(func.count(tokens.c.id)).where(tokens.c.kind == bindparam('kind')))
_DELETE_OLDEST = compiled(delete(tokens).where(tokens.c.id.in_(
    select(tokens.c.id).where(tokens.c.kind == bindparam('kind'))
    .order_by(tokens.c.id).limit(bindparam('rows')))))


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token, session or login code."""

    id: int
    kind: str
    name: str
    role: str
    digest: bytes
    created_ns: int
    expires_ns: int  # 0: never


def new_secret(kind: str) -> tuple[str, bytes]:
    """Return a secret with 256 random bits, to be shown once, and the digest to store."""
    secret = _PREFIXES[kind] + secrets.token_urlsafe(32)
    return secret, digest_of(secret)


def digest_of(secret: str) -> bytes:
    """Return the SHA-256 of a secret: enough where the secret is random, so no slow hash."""
    return hashlib.sha256(secret.encode('utf-8', 'surrogatepass')).digest()


def save_token(connection: sqlite3.Connection, token: SaveToken) -> int:
    """Add a row; return its id. Raises Conflict where there are too many tokens.

    Sessions and login codes make room: their oldest go.
    """
    kind = token.kind
    count, = connection.execute(_COUNT.sql, _COUNT.bound(kind=kind)).fetchone()
    surplus = count + 1 - EACH_MAX
    if surplus > 0 and kind == 'token':
        raise Conflict(f'there are {count} tokens already: revoke those that are not needed')
    if surplus > 0:
        connection.execute(_DELETE_OLDEST.sql, _DELETE_OLDEST.bound(kind=kind, rows=surplus))
    return connection.execute(_INSERT, (
        None, token.kind, token.name, token.role, token.digest, token.created_ns,
        token.expires_ns)).lastrowid


def delete_token(connection: sqlite3.Connection, token_id: int) -> bool:
    """Remove a row; return whether there was one."""
    return connection.execute(_DELETE.sql, {'key': token_id}).rowcount > 0


def list_tokens(connection: sqlite3.Connection) -> list[TokenRow]:
    """Return all rows, oldest first."""
    return [TokenRow(*row) for row in connection.execute(SELECT.sql, SELECT.params)]


def is_known(connection: sqlite3.Connection, secret: str) -> bool:
    """Return whether there is a row of this secret."""
    return connection.execute(SELECT_BY_DIGEST.sql, SELECT_BY_DIGEST.bound(
        digest=digest_of(secret))).fetchone() is not None


def restore_token(connection: sqlite3.Connection, row: TokenRow) -> None:
    """Put back a row under its id, unless that is there."""
    connection.execute(_RESTORE, tuple(getattr(row, column) for column in _COLUMNS))
