"""Look for what is out of order between rows and files, and between rows; mend it if asked to."""
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
import sqlite3

from smartcam_bridge.errors import Conflict
from smartcam_bridge.store import schema
from smartcam_bridge.store.belongings import BELONGINGS, gone_cameras, remove_gone
from smartcam_bridge.store.engine import transaction
from smartcam_bridge.store.findings import files_below, Finding, FINDINGS
from smartcam_bridge.store.media import MediaFolder, remove_doomed
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.write_ahead import sync_log
from sqlalchemy import bindparam, func, select

_DOOMED = compiled(select(func.count()).where(schema.media.c.doomed))
WORDS = {finding.name: finding.what for finding in FINDINGS} | {
    'half_removed': 'pictures that were being removed',
    'without_camera': 'rows of cameras that were deleted'}
"""What a reconciliation counts, in words for people."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was found, by the names of WORDS, and whether it was mended.

    large: what there would be more than half of to delete; this is never done unasked.
    """

    found: dict[str, int]
    large: tuple[str, ...] = ()
    mended: bool = False


def reconcile(connection: sqlite3.Connection, folder: MediaFolder, now_ns: int, *,
              dry_run: bool, confirmed: bool = False) -> Iterator[Reconciliation | None]:
    """Look and, without dry_run, mend; yield None after every slice, at last what was found.

    Recorder's thread, or where no bridge runs. Raises Conflict, with nothing changed, where more
    than half of something would be deleted and that was not `confirmed`.
    """
    found: Counter[str] = Counter()
    for finding in FINDINGS:
        for items in finding.find(connection, folder, now_ns):
            found[finding.name] += len(items)
            yield None
    found['half_removed'] = connection.execute(_DOOMED.sql, _DOOMED.bound()).fetchone()[0]
    gone = {table.name: _count_of(connection, table) for table in BELONGINGS}
    found['without_camera'] = sum(gone.values())
    yield None
    large = tuple(name for name, whole in _wholes(connection, folder, gone)
                  if 2 * (gone['tracks'] if name == 'without_camera' else found[name]) > whole)
    if dry_run:
        yield Reconciliation(_counts(found), large)
        return
    if large and not confirmed:
        raise Conflict('more than half would be deleted: ' + ', '.join(
            f'{found[name]} {WORDS[name]}' for name in large) + '. Nothing was changed. See that '
            'the data folder is the right and whole one, and confirm')
    for finding in FINDINGS:
        yield from _mend(connection, folder, finding, now_ns)
    for _ in remove_gone(connection, Counter()):
        yield None
    sync_log(connection)
    for _ in remove_doomed(connection, folder):
        yield None
    yield Reconciliation(_counts(found), large, mended=True)


def _mend(connection: sqlite3.Connection, folder: MediaFolder, finding: Finding,
          now_ns: int) -> Iterator[None]:
    for items in finding.find(connection, folder, now_ns):
        if items:
            with transaction(connection):
                finding.mend(connection, folder, items)
        yield None


def _count_of(connection: sqlite3.Connection, table: object) -> int:
    """Count the rows of cameras that are gone."""
    statement = compiled(select(func.count()).where(table.c.camera_id == bindparam('camera_id')))
    return sum(connection.execute(statement.sql, {'camera_id': camera_id}).fetchone()[0]
               for camera_id in gone_cameras(connection))


def _wholes(connection: sqlite3.Connection, folder: MediaFolder,
            gone: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Yield of how many there are whatever would be deleted."""
    for finding in FINDINGS:
        if finding.of == '':
            yield finding.name, sum(map(len, files_below(folder)))
        elif finding.of is not None:
            yield finding.name, _rows(connection, finding.of)
    yield 'without_camera', _rows(connection, 'tracks')


def _rows(connection: sqlite3.Connection, name: str) -> int:
    statement = compiled(select(func.count()).select_from(schema.metadata.tables[name]))
    return connection.execute(statement.sql, statement.bound()).fetchone()[0]


def _counts(found: Counter) -> dict[str, int]:
    return {name: found[name] for name in WORDS}
