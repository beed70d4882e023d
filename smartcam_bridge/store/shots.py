"""Rows of best shots: a track points at its shot, and its older pictures are doomed."""
import json
import sqlite3
from typing import Sequence

from smartcam_bridge.domain.shot import SavedShot
from smartcam_bridge.store.media import add_files, doom_files
from smartcam_bridge.store.schema import media, tracks
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, or_, select, update

KINDS = ('crop', 'frame')
PICTURE = compiled(
    select(media.c.path, media.c.stamp_ns)
    .where(media.c.track_id == bindparam('track'), media.c.kind == bindparam('kind'),
           media.c.doomed.is_(False))
    .order_by(media.c.id.desc()).limit(1))

_POINT = compiled(update(tracks).where(tracks.c.id == bindparam('track'),
                                       tracks.c.camera_id == bindparam('camera'))
                  .values(shot=bindparam('shot')))
_OLDER = compiled(select(media.c.id).where(media.c.track_id == bindparam('track'),
                                           or_(*(media.c.kind == kind for kind in KINDS)),
                                           media.c.doomed.is_(False)))


def store_shots(connection: sqlite3.Connection, shots: Sequence[SavedShot]) -> int:
    """Store shots whose files are there, inside the caller's transaction.

    Return how many belong to no track that is stored: their files are doomed at once.
    """
    return sum(not _store(connection, saved) for saved in shots)


def _store(connection: sqlite3.Connection, saved: SavedShot) -> bool:
    found = connection.execute(_POINT.sql, _POINT.bound(
        track=saved.track_id, camera=saved.camera_id,
        shot=json.dumps(saved.shot.as_json()))).rowcount
    if found:
        doom_files(connection, [id_ for id_, in connection.execute(
            _OLDER.sql, _OLDER.bound(track=saved.track_id))])
    add_files(connection, saved.files, doomed=not found)
    return bool(found)
