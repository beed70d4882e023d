"""The tracks that are somebody, and whom they are from now on."""
import sqlite3
from typing import Sequence

from smartcam_bridge.domain.faces import Verdict
from smartcam_bridge.store.face_tables import sightings
from smartcam_bridge.store.schema import tracks
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, null, select, update

_OF = {column: select(tracks.c.id).where(column == bindparam('whose')).order_by(tracks.c.id)
       for column in (tracks.c.person_id, tracks.c.stranger_id)}
_ALL = {column.name: compiled(rows) for column, rows in _OF.items()}
_OPEN = {column.name: compiled(rows.where(tracks.c.end_reason.is_(None)))
         for column, rows in _OF.items()}
_NAME = compiled(update(tracks).where(tracks.c.id == bindparam('key')).values(
    verdict=bindparam('said'), person_id=bindparam('person'), stranger_id=null(),
    similarity=null()))
_NAME_FACES = compiled(update(sightings).where(sightings.c.track_id == bindparam('key')).values(
    person_id=bindparam('person'), stranger_id=null()))


def tracks_of(connection: sqlite3.Connection, id_: int, column: str = 'person_id') -> list[int]:
    """Return all tracks of a person, or of a stranger where `column` is stranger_id."""
    return [track for track, in connection.execute(_ALL[column].sql, {'whose': id_})]


def open_tracks_of(connection: sqlite3.Connection, id_: int,
                   column: str = 'person_id') -> list[int]:
    """Return those of them that go on."""
    return [track for track, in connection.execute(_OPEN[column].sql, {'whose': id_})]


def name_tracks(connection: sqlite3.Connection, track_ids: Sequence[int],
                person_id: int) -> None:
    """Let tracks with their faces be a person's, because somebody says so; 0: nobody's."""
    said = Verdict.KNOWN if person_id else Verdict.UNKNOWN
    for statement in (_NAME, _NAME_FACES):
        connection.executemany(statement.sql, [
            {'key': id_, 'said': said.value, 'person': person_id or None} for id_ in track_ids])
