"""`smartcam token`, `login-link` and `first-token`: who may come in."""
import argparse
import contextlib
from pathlib import Path
import sqlite3
import time

from smartcam_bridge.cli.remote import require_url
from smartcam_bridge.domain.times import iso, NS
from smartcam_bridge.errors import NotFound
from smartcam_bridge.store.engine import connect, database_path, open_current, transaction
from smartcam_bridge.store.tasks import SaveToken
from smartcam_bridge.store.tokens import (
    delete_token, is_known, list_tokens, LOGIN_S, new_secret, ROLES, save_token)

FIRST_TOKEN = 'first-admin-token'
DAYS_MAX = 36500


def add_commands(commands: argparse._SubParsersAction,
                 everywhere: argparse.ArgumentParser) -> None:
    """Add the commands to `smartcam`'s."""
    def add(to: argparse._SubParsersAction, name: str, run: object,
            text: str) -> argparse.ArgumentParser:
        parser = to.add_parser(name, help=text, description=text, parents=[everywhere])
        parser.set_defaults(run=run)
        return parser

    add(commands, 'login-link', _print_login_link,
        'print an address that logs a browser in, once, as admin')
    add(commands, 'first-token', _print_first_token,
        'print the admin token of the first start, and remove it from the disk')
    actions = commands.add_parser(
        'token', help='create, list or revoke the tokens of programs',
    ).add_subparsers(metavar='ACTION', required=True)
    create = add(actions, 'create', _create, 'make a token and print it: this is the only time')
    create.add_argument('--name', required=True, type=_name, help='what it is for')
    create.add_argument('--role', choices=ROLES, default='viewer', help='default: %(default)s')
    create.add_argument('--days', type=_days, default=0.0,
                        help='how long it works (default: until revoked)')
    add(actions, 'list', _list, 'list tokens and sessions')
    revoke = add(actions, 'revoke', _revoke, 'make a token or session useless')
    revoke.add_argument('id', type=int, help="its number in 'smartcam token list'")


def remove_foreign_first_token(data_dir: Path) -> bool:
    """Remove the first start's token where the database does not know it; return whether."""
    path = data_dir / FIRST_TOKEN
    if not path.is_file():
        return False
    with contextlib.closing(connect(database_path(data_dir), read_only=True)) as connection:
        if is_known(connection, path.read_text().strip()):
            return False
    path.unlink()
    return True


def _create(options: argparse.Namespace) -> None:
    expires_ns = time.time_ns() + round(options.days * 86400 * NS) if options.days else 0
    print(_save(options.data_dir, 'token', options.name, options.role, expires_ns))


def _list(options: argparse.Namespace) -> None:
    now_ns = time.time_ns()
    with contextlib.closing(_open(options.data_dir)) as connection:
        rows = [row for row in list_tokens(connection) if row.kind != 'login']
    print(f'{"id":>5}  {"kind":7}  {"role":8}  {"created":20}  {"expires":20}  name')
    for row in rows:
        expires = 'never' if not row.expires_ns else (
            'expired' if row.expires_ns <= now_ns else _when(row.expires_ns))
        print(f'{row.id:5}  {row.kind:7}  {row.role:8}  {_when(row.created_ns):20}  '
              f'{expires:20}  {row.name}')


def _revoke(options: argparse.Namespace) -> None:
    with contextlib.closing(_open(options.data_dir)) as connection, transaction(connection):
        rows = {row.id: row for row in list_tokens(connection)}
        row = rows.get(options.id)
        if row is None:
            raise NotFound(f"there is no token {options.id}; see 'smartcam token list'")
        sessions = [other.id for other in rows.values() if row.kind == 'token'
                    and other.kind == 'session' and other.name == row.name]
        for id_ in (row.id, *sessions):  # who logged in with a token goes with it
            delete_token(connection, id_)
    print(f'revoked: {row.kind} {row.id} ({row.name})'
          + (f' and {len(sessions)} of its sessions' if sessions else ''))


def _print_login_link(options: argparse.Namespace) -> None:
    url = require_url(options.data_dir)
    code = _save(options.data_dir, 'login', 'login-link', 'admin',
                 time.time_ns() + LOGIN_S * NS)
    print(f'{url}/login#{code}')


def _print_first_token(options: argparse.Namespace) -> None:
    path = options.data_dir / FIRST_TOKEN
    try:
        token = path.read_text().strip()
    except FileNotFoundError as error:
        raise NotFound(f'there is no {path}: it was shown already, or no bridge was started yet. '
                       'smartcam token create --role admin makes another') from error
    print(token, flush=True)
    path.unlink()


def _save(data_dir: Path, kind: str, name: str, role: str, expires_ns: int) -> str:
    secret, digest = new_secret(kind)
    with contextlib.closing(_open(data_dir)) as connection, transaction(connection):
        save_token(connection, SaveToken(kind, name, role, digest, time.time_ns(), expires_ns))
    return secret


def _open(data_dir: Path) -> sqlite3.Connection:
    return open_current(database_path(data_dir))


def _when(stamp_ns: int) -> str:
    return iso(stamp_ns)[:19] + 'Z'


def _name(text: str) -> str:
    if not 1 <= len(text.strip()) <= 64 or not text.isprintable():
        raise argparse.ArgumentTypeError('a name has 1 to 64 printable characters')
    return text.strip()


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= DAYS_MAX:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number of days up to {DAYS_MAX}')
    return days
