"""The tracks that are somebody, and whom they are from now on."""
import sqlite3

from smartcam_bridge.store.schema import tracks
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, select

_OF = {column: select(tracks.c.id).where(column == bindparam('whose')).order_by(tracks.c.id)
       for column in (tracks.c.person_id, tracks.c.stranger_id)}
_ALL = {column.name: compiled(rows) for column, rows in _OF.items()}
_OPEN = {column.name: compiled(rows.where(tracks.c.end_reason.is_(None)))
         for column, rows in _OF.items()}


def tracks_of(connection: sqlite3.Connection, id_: int, column: str = 'person_id') -> list[int]:
    """Return all tracks of a person or stranger."""
    return [track for track, in connection.execute(_ALL[column].sql, {'whose': id_})]


def open_tracks_of(connection: sqlite3.Connection, id_: int,
                   column: str = 'person_id') -> list[int]:
    """Return those of them that go on."""
    return [track for track, in connection.execute(_OPEN[column].sql, {'whose': id_})]
