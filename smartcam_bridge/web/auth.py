"""Who asks: secrets, roles, and the tokens that are good at this moment."""
import asyncio
from concurrent.futures import Future
from dataclasses import dataclass
import enum
from pathlib import Path
import secrets
import time
from typing import Any, Callable

from smartcam_bridge.domain.times import NS
from smartcam_bridge.errors import StoreUnavailable
from smartcam_bridge.store.queries import Reader
from smartcam_bridge.store.tasks import SaveToken
from smartcam_bridge.store.tokens import digest_of, new_secret, TokenRow

COOKIE = 'smartcam_session'
SNAPSHOT_S = 2.0        # a token revoked on the command line is refused after this long at most
COMMIT_WAIT_S = 10.0    # for the first token
SECRET_MAX = 256        # characters; longer ones are not ours


class Role(enum.IntEnum):
    """What somebody may do; each includes those below."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """Return the name used in the store and the API."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who has shown a secret. `expires_ns` 0: never."""

    id: int
    kind: str
    name: str
    role: Role
    digest: bytes
    expires_ns: int

    def expired(self, now_ns: int) -> bool:
        """Say whether it is past its time."""
        return 0 < self.expires_ns <= now_ns


def new_token(kind: str, name: str, role: Role, *, now_ns: int,
              lasts_s: float = 0) -> tuple[str, SaveToken]:
    """Return a new secret and the command that stores its digest; `lasts_s` 0: for ever."""
    secret, digest = new_secret(kind)
    expires_ns = now_ns + round(lasts_s * NS) if lasts_s else 0
    return secret, SaveToken(kind, name, role.word, digest, now_ns, expires_ns)


def make_first_admin(submit: Callable[[SaveToken], 'Future[Any]'], database: Path,
                     keep: Callable[[str], None]) -> None:
    """Make an admin token where there is none yet.

    `keep` puts its secret away before the token is committed: a kill in between leaves a secret
    that opens nothing, and not a token that nobody can know. Blocks until the commit; for the
    thread that starts the bridge, not for a loop's.
    """
    if asyncio.run(_has_admin(database)):
        return
    secret, command = new_token('token', 'first-admin', Role.ADMIN, now_ns=time.time_ns())
    keep(secret)
    submit(command).result(COMMIT_WAIT_S)


async def _has_admin(database: Path) -> bool:
    reader = Reader(database)
    try:
        holders = [_identity(row) for row in await reader.tokens() if row.kind == 'token']
        return any(who.role == Role.ADMIN and not who.expired(time.time_ns()) for who in holders)
    finally:
        await reader.close()


class TokenBook:
    """The tokens as of a moment ago, so that most requests need no query. Web thread only."""

    def __init__(self, reader: Reader, now_ns: Callable[[], int]) -> None:
        self._reader = reader
        self._now_ns = now_ns
        self._by_digest: dict[bytes, Identity] = {}
        self._looked_at: float | None = None
        self._looking = asyncio.Lock()
        self._forgotten: set[int] = set()   # a look that began before must not bring them back

    async def find(self, secret: str, kind: str) -> Identity | None:
        """Return whose `secret` of `kind` it is, or None where it is unknown or expired."""
        if len(secret) > SECRET_MAX:
            return None
        await self.refresh()
        digest = digest_of(secret)
        found = self._by_digest.get(digest)
        if found is None:
            row = await self._reader.token_by_digest(digest)
            if row is None or row.id in self._forgotten:
                return None
            found = self._by_digest[digest] = _identity(row)
        same = secrets.compare_digest(found.digest, digest) and found.kind == kind
        return found if same and not found.expired(self._now_ns()) else None

    async def refresh(self) -> None:
        """Read the tokens again where the last look is too long ago."""
        async with self._looking:
            if self._fresh():
                return
            try:
                rows = await self._reader.tokens()
            except StoreUnavailable:
                if self._looked_at is None:
                    raise
            else:   # While the store cannot be read nobody can have been revoked in it either.
                self._by_digest = {row.digest: _identity(row) for row in rows
                                   if row.id not in self._forgotten}
            self._looked_at = time.monotonic()

    def forget(self, *ids: int) -> None:
        """Refuse these tokens from now on."""
        self._forgotten.update(ids)
        self._by_digest = {digest: who for digest, who in self._by_digest.items()
                           if who.id not in self._forgotten}

    def good(self, who: Identity) -> bool:
        """Say whether `who` is still known and not expired, as of the last look."""
        return who.digest in self._by_digest and not who.expired(self._now_ns())

    def _fresh(self) -> bool:
        return (self._looked_at is not None
                and time.monotonic() - self._looked_at < SNAPSHOT_S)


def _identity(row: TokenRow) -> Identity:
    return Identity(row.id, row.kind, row.name, Role[row.role.upper()], row.digest,
                    row.expires_ns)
