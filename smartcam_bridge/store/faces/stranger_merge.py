"""Two strangers are one: all that belongs to one is the other's."""
from collections.abc import Iterable, Mapping
import sqlite3
from typing import Any

from smartcam_bridge.domain.faces import Correction, Stranger
from smartcam_bridge.domain.strangers import together
from smartcam_bridge.errors import Conflict, NotFound
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.face_tables import sightings, strangers
from smartcam_bridge.store.faces.corrections import correct_events, Naming, OF_STRANGER
from smartcam_bridge.store.faces.erasures import erasure_of, STRANGER
from smartcam_bridge.store.faces.galleries import Galleries
from smartcam_bridge.store.faces.hindsight import Hindsight
from smartcam_bridge.store.faces.strangers import read_stranger, store_strangers
from smartcam_bridge.store.faces.work import Work
from smartcam_bridge.store.people_tasks import MergeStrangers
from smartcam_bridge.store.schema import tracks
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.tasks import JoinStrangers
from sqlalchemy import bindparam, delete, update

_WHO = 'smartcam'   # in the audit, where it was no person but this program
_GIVE = tuple(compiled(update(table).where(table.c.stranger_id == bindparam('whose')).values(
    stranger_id=bindparam('heir'))) for table in (tracks, sightings))
_REMOVE = compiled(delete(strangers).where(strangers.c.id == bindparam('key')))


def merge_strangers(work: Work, ask: MergeStrangers) -> int:
    """Give sightings, tracks and events of one stranger to another; return the id of that one."""
    if ask.id == ask.into_id:
        raise Conflict(f'stranger {ask.id} cannot be merged into themselves')
    gone, kept = _read(work, ask.id), _read(work, ask.into_id)
    if (gone.model, len(gone.centre)) != (kept.model, len(kept.centre)):
        raise Conflict(f'strangers {gone.id} and {kept.id} were seen by different models of '
                       f'embeddings ({gone.model} and {kept.model}), which do not compare')
    left = together(kept, gone)
    store_strangers(work.connection, [left])
    _give(work, ask)
    work.corrections.append(Correction(0, 0, gone_stranger_id=gone.id, heir=left))
    return left.id


def join_strangers(connection: sqlite3.Connection, heirs: Mapping[int, int],
                   now_ns: int) -> None:
    """Let strangers be others, who are the same, as recognition found; these are stored already.

    Inside the caller's transaction.
    """
    work = Work(connection, Settings(), Galleries(lambda: 0))
    for gone_id, heir_id in heirs.items():
        _give(work, MergeStrangers(gone_id, heir_id, _WHO, now_ns))


def heirs_of(joined: Iterable[JoinStrangers],
             hindsight: Hindsight) -> tuple[dict[int, int], dict[int, int]]:
    """Return who is whom by what recognition found, and by this and what people said before.

    Who is gone by the word of people is found to be nobody.
    """
    heirs, found = dict(hindsight.stranger_heirs), {}
    for one in joined:
        heir_id = _last(heirs, one.heir_id)
        if heir_id != one.gone_id and not {heir_id, one.gone_id} & hindsight.gone_strangers:
            heirs[one.gone_id] = found[one.gone_id] = heir_id
    return found, {id_: _last(heirs, id_) for id_ in heirs}


def _last(heirs: Mapping[int, int], id_: int) -> int:
    while id_ in heirs:
        id_ = heirs[id_]
    return id_


def _read(work: Work, id_: int) -> Stranger:
    found = read_stranger(work.connection, id_)
    if found is None:
        raise NotFound(f'there is no stranger {id_}')
    return found


def _give(work: Work, ask: MergeStrangers) -> None:
    seen = _seen(work.connection, ask.id)
    given = [work.connection.execute(statement.sql, {
        'whose': ask.id, 'heir': ask.into_id}).rowcount for statement in _GIVE]
    events = correct_events(work, ask, 'merged', OF_STRANGER, ask.id,
                            lambda naming: Naming(*naming[:2], ask.into_id))
    work.connection.execute(_REMOVE.sql, {'key': ask.id})
    work.audit(ask, 'strangers_merged', stranger=ask.id, into=ask.into_id, tracks=given[0],
               sightings=given[1], events=events, **seen)


def _seen(connection: sqlite3.Connection, id_: int) -> dict[str, Any]:
    """Return for the audit when a stranger was seen; nothing: they were not stored (any more)."""
    held = erasure_of(connection, STRANGER, id_)
    return {} if held is None else {'seen': [held.from_ns, held.to_ns]}
