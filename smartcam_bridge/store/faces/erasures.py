"""Who was forgotten, in a file beside the store, so that no copy of the store brings them back.

It holds numbers only. A line is on the disk before the commit that forgets, and is taken back
where that fails; what it says is done again whenever a file is opened in the store's place.
"""
from collections.abc import Iterable
import contextlib
import errno
import json
import logging
import os
from pathlib import Path
import sqlite3
from typing import NamedTuple

from smartcam_bridge.errors import StoreUnavailable
from smartcam_bridge.store.face_tables import audit, people, strangers
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.sync import sync
from sqlalchemy import bindparam, or_, select

PERSON, STRANGER = 'person', 'stranger'
_SAID = compiled(select(audit.c.person_id, audit.c.at_ns, audit.c.action, audit.c.detail).where(
    or_(*(audit.c.action == action for action in (
        'created', 'merged', 'stranger_named', 'strangers_merged')))).order_by(audit.c.id))
_SPAN = {
    PERSON: compiled(select(people.c.created_ns, people.c.created_ns).where(
        people.c.id == bindparam('key'))),
    STRANGER: compiled(select(strangers.c.first_ns, strangers.c.last_ns).where(
        strangers.c.id == bindparam('key')))}
_log = logging.getLogger(__name__)


class Erasure(NamedTuple):
    """Somebody who was forgotten: of this number, and made or seen at no other time than this.

    A number may come again where a store was lost; the times tell who had it.
    """

    kind: str   # PERSON, STRANGER
    id: int     # noqa: A003
    from_ns: int
    to_ns: int

    def is_in(self, connection: sqlite3.Connection) -> bool:
        """Say whether a store holds them."""
        held = erasure_of(connection, self.kind, self.id)
        return held is not None and self.from_ns <= held.from_ns <= held.to_ns <= self.to_ns


def journal_of(path: Path) -> Path:
    """Return where the erasures of a database are."""
    return path.with_suffix('.erasures')


def erasure_of(connection: sqlite3.Connection, kind: str, id_: int) -> Erasure | None:
    """Return the erasure of somebody who is still in the store; None: is not."""
    span = connection.execute(_SPAN[kind].sql, {'key': id_}).fetchone()
    return Erasure(kind, id_, *span) if span is not None else None


def erasures_with(connection: sqlite3.Connection, kind: str, id_: int) -> list[Erasure]:
    """Return the erasure of somebody who is there, and of all whom an older copy has instead.

    These are people who were merged into them, strangers who got their name, and strangers who
    were merged into those.
    """
    held = erasure_of(connection, kind, id_)
    if held is None:
        return []
    found, whose = {held: None}, {(kind, id_)}
    said = [(who, at_ns, action, json.loads(detail)) for who, at_ns, action, detail in
            connection.execute(_SAID.sql, _SAID.bound())]
    made = {who: at_ns for who, at_ns, action, _ in said if action == 'created'}
    for who, at_ns, action, detail in reversed(said):   # the last merge is known first
        heir = (STRANGER, detail['into']) if action == 'strangers_merged' else (PERSON, who)
        if action == 'created' or heir not in whose:
            continue
        if action != 'merged':
            gone, span = (STRANGER, detail['stranger']), detail.get('seen', (0, at_ns))
        elif detail['person'] in made:
            gone, span = (PERSON, detail['person']), (made[detail['person']],) * 2
        else:
            continue
        whose.add(gone)
        found[Erasure(*gone, *span)] = None
    return list(found)


def read_erasures(path: Path) -> list[Erasure]:
    """Return who was forgotten, each once; what is damaged is left out.

    Raises StoreUnavailable where the file is there and cannot be read.
    """
    journal, found = journal_of(path), {}
    try:
        lines = journal.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreUnavailable(f'nobody can tell who was forgotten: {error}') from error
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            kind, id_, from_ns, to_ns = json.loads(line)
            _SPAN[kind]
            found[Erasure(kind, int(id_), int(from_ns), int(to_ns))] = None
        except (ValueError, TypeError, KeyError):
            _log.error('line %d of %s is damaged: a backup may bring back whom it told of',
                       number, journal)
    return list(found)


def write_erasures(path: Path, erasures: Iterable[Erasure]) -> int:
    """Add to the file; return its size before, for `take_back`. Raises StoreUnavailable."""
    journal, before = journal_of(path), None
    # A line that a power cut left half must not be one with what follows.
    text = ''.join(['\n', *(f'{json.dumps(erasure)}\n' for erasure in erasures)]).encode()
    try:
        with open(journal, 'ab', buffering=0, opener=_private) as file:
            before = file.tell()
            if file.write(text) != len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(journal)
        sync(journal.parent)
    except OSError as error:
        if before is not None:
            take_back(path, before)
        raise StoreUnavailable(f'nobody was forgotten, {journal} cannot be written: {error}'
                               ) from error
    return before


def take_back(path: Path, size_bytes: int) -> None:
    """Let the file be as it was before its last writing, since that commit failed."""
    with contextlib.suppress(OSError):      # then they are forgotten at the next start
        os.truncate(journal_of(path), size_bytes)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
