"""`smartcam db`: upgrade, check, back up and restore the database, make its rollups again."""
import argparse
import contextlib
from pathlib import Path
import sys
import time

from smartcam_bridge.cli.access import FIRST_TOKEN, remove_foreign_first_token
from smartcam_bridge.errors import NotFound, StoreError
from smartcam_bridge.settings import Settings
from smartcam_bridge.store import schema
from smartcam_bridge.store.backup import back_up, list_backups, restore, verify
from smartcam_bridge.store.engine import (
    connect, database_path, open_current, require_known, revision_of)
from smartcam_bridge.store.lock import StoreLock
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.rebuild import rebuild
from smartcam_bridge.store.reconcile import reconcile, Reconciliation, WORDS


def add_commands(commands: argparse._SubParsersAction,
                 everywhere: argparse.ArgumentParser) -> None:
    """Add `db` and its subcommands."""
    actions = commands.add_parser(
        'db', help='upgrade, check, back up or restore the database',
    ).add_subparsers(metavar='ACTION', required=True)

    def add(name: str, run: object, text: str) -> argparse.ArgumentParser:
        parser = actions.add_parser(name, help=text, description=text, parents=[everywhere])
        parser.set_defaults(run=run)
        return parser

    add('upgrade', _upgrade, 'bring the schema up to date, after a backup (bridge stopped)')
    add('check', _check, 'look for damage; exit status 1 where there is any')
    add('rebuild-rollups', _rebuild_rollups, 'make the sums that analytics are made of again, as '
        'far back as there is everything to make them of; older ones stay (bridge stopped)')
    reconciling = add('reconcile', _reconcile, 'find files without rows, rows without files and '
                      'what else is out of order, and mend it (bridge stopped, but for --dry-run)')
    reconciling.add_argument('--dry-run', action='store_true', help='only tell; exit status 1 '
                             'where there is anything to mend')
    reconciling.add_argument('--yes', action='store_true', help='do not ask, even where more than '
                             'half of something would be deleted')
    backup = add('backup', _back_up, 'write a consistent copy, also while a bridge runs')
    backup.add_argument('--keep', type=_positive, default=Settings().backups_keep, metavar='N',
                        help='how many of the newest to keep (default: %(default)s)')
    restoring = add('restore', _restore, 'put a backup in its place (bridge stopped)')
    restoring.add_argument('backup', help="a file, or 'latest'")


def _upgrade(options: argparse.Namespace) -> None:
    path = _existing(options)
    with StoreLock(path.parent):
        with contextlib.closing(connect(path)) as connection:
            revision = revision_of(connection)
        if revision == schema.REVISION:
            print(f'{path}: schema {revision} is up to date')
            return
        require_known(revision or '')
        from smartcam_bridge.store.migrate import migrate  # Alembic; only where it is needed
        copy = migrate(path, progress=_show)
        _make_rollups(path)
    print(f'{path}: schema {revision or "none"} -> {schema.REVISION}'
          + (f' (copy from before: {copy})' if copy else ''))


def _check(options: argparse.Namespace) -> int:
    path = _existing(options)
    found = verify(path)
    for line in found:
        print(f'{path}: {line}')
    if not found:
        print(f'{path}: ok')
    return 1 if found else 0


def _rebuild_rollups(options: argparse.Namespace) -> None:
    path = _existing(options)
    with StoreLock(path.parent):
        _make_rollups(path)
    print(f'{path}: the rollups are made again')


def _make_rollups(path: Path) -> None:
    with contextlib.closing(open_current(path)) as connection:
        rebuild(connection, _show)


def _reconcile(options: argparse.Namespace) -> int:
    path = _existing(options)
    folder, now_ns = MediaFolder(path.parent), time.time_ns()
    with contextlib.ExitStack() as closing:
        if not options.dry_run:
            closing.enter_context(StoreLock(path.parent))
        connection = closing.enter_context(contextlib.closing(open_current(path)))
        *_, looked = reconcile(connection, folder, now_ns, dry_run=True)
        for name, count in looked.found.items():
            if count:
                print(f'{count} {WORDS[name]}')
        if not any(looked.found.values()):
            print(f'{path}: everything is in order')
            return 0
        if options.dry_run:
            return 1
        if looked.large and not options.yes and not _agreed(looked):
            print('nothing was changed')
            return 1
        *_, mended = reconcile(connection, folder, now_ns, dry_run=False, confirmed=True)
    print(f'{path}: {sum(mended.found.values())} mended')
    return 0


def _agreed(looked: Reconciliation) -> bool:
    """Ask whether more than half may go; where nobody can be asked that is a no."""
    print('this is more than half of what there is: '
          + ', '.join(WORDS[name] for name in looked.large))
    if not sys.stdin.isatty():
        print('give --yes where that is right')
        return False
    return input('delete it? [y/N] ').strip().lower() in ('y', 'yes')


def _back_up(options: argparse.Namespace) -> None:
    print(back_up(_existing(options), options.keep, progress=_show))


def _restore(options: argparse.Namespace) -> None:
    path = database_path(options.data_dir)
    backup = Path(options.backup)
    if options.backup == 'latest':
        backup = next(iter(list_backups(path)), None)
        if backup is None:
            raise NotFound(f'there are no backups in {path.parent / "backups"}')
    done = restore(path, backup, time.time_ns())
    print(f'{path} is now {backup}'
          + (f'; what was there is {done.replaced}' if done.replaced else ''))
    if done.forgotten:
        print(f'{done.forgotten} who were forgotten after it was made are forgotten in it, too')
    if remove_foreign_first_token(path.parent):
        print(f'{FIRST_TOKEN} was that of the replaced database, and is removed')


def _existing(options: argparse.Namespace) -> Path:
    path = database_path(options.data_dir)
    if not path.is_file():
        raise StoreError(f'there is no store {path}: start the bridge once, or name another '
                         'folder with --data-dir')
    return path


def _show(copied: int, total: int) -> None:
    """Show progress where somebody watches."""
    if sys.stderr.isatty():
        end = '\n' if copied >= total else ''
        print(f'\r{100 * copied // max(total, 1):3d} %', end=end, file=sys.stderr, flush=True)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number from 1 on')
    return int(text)
