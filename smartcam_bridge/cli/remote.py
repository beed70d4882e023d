"""A running bridge as the command line speaks to it: over REST, with a token for a while."""
import contextlib
from dataclasses import dataclass
import json
from pathlib import Path
import time
from typing import Any, Iterator
import urllib.error
import urllib.request

from smartcam_bridge.domain.times import NS
from smartcam_bridge.errors import SmartcamError, StoreError
from smartcam_bridge.store.engine import database_path, open_current, transaction
from smartcam_bridge.store.lock import is_held
from smartcam_bridge.store.tasks import SaveToken
from smartcam_bridge.store.tokens import delete_token, new_secret, save_token

_TOKEN_S = 24 * 3600    # should it not be removed in the end
_ANSWER_S = 30.0
_BUSY_WAIT_S = 0.5
_BUSY_TRIES = 60


class Refused(SmartcamError):
    """The bridge said no. status: of HTTP; code: of docs/api.md, '' where it is none of ours."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        self.status = status
        self.code = code
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Remote:
    """A bridge that runs. One thread at a time."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of an answer; raise Refused, or OSError where nobody answers.

        While the bridge has too much to do it is asked again, up to half a minute.
        """
        for _ in range(_BUSY_TRIES):
            try:
                return self._ask(method, path, body)
            except Refused as refused:
                if refused.code != 'busy':
                    raise
            time.sleep(_BUSY_WAIT_S)
        return self._ask(method, path, body)

    def _ask(self, method: str, path: str, body: Any) -> Any:
        request = urllib.request.Request(
            f'{self.url}/api/v1{path}', method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={'Authorization': f'Bearer {self.token}', 'Content-Type': 'application/json'})
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_S) as answer:
                return json.loads(answer.read() or b'null')
        except urllib.error.HTTPError as error:
            raise _refused(error) from error


def running_url(data_dir: Path) -> str | None:
    """Return the address of the bridge that runs on a folder, None where none does."""
    try:
        told = json.loads((data_dir / 'run' / 'bridge.json').read_text())
        return told['url'] if is_held(data_dir) else None
    except (FileNotFoundError, ValueError, KeyError):
        return None


def require_url(data_dir: Path) -> str:
    """Return the address of the bridge that runs on a folder; raise StoreError."""
    url = running_url(data_dir)
    if url is None:
        raise StoreError(f'no bridge runs on {data_dir}: start one, or name its folder with '
                         '--data-dir')
    return url


@contextlib.contextmanager
def remote(data_dir: Path, name: str, role: str) -> Iterator[Remote]:
    """Speak to the bridge that runs on a folder, as somebody called `name`; raise StoreError.

    Who may write to the folder may do this: the token is made in the store, and removed.
    """
    url = require_url(data_dir)
    secret, digest = new_secret('token')
    now_ns = time.time_ns()
    with contextlib.closing(open_current(database_path(data_dir))) as connection:
        with transaction(connection):
            row = save_token(connection, SaveToken('token', name, role, digest, now_ns,
                                                   now_ns + _TOKEN_S * NS))
        try:
            yield Remote(url, secret)
        finally:
            with transaction(connection):
                delete_token(connection, row)


def _refused(error: urllib.error.HTTPError) -> Refused:
    try:
        told = json.loads(error.read())
        return Refused(error.code, told['code'], told['detail'])
    except (ValueError, KeyError, TypeError):
        return Refused(error.code, '', f'the bridge answers {error.code} {error.reason}')
