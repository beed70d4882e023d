"""Tracks that are kept for ever. Inside a transaction of the caller's, on its thread."""
import sqlite3

from smartcam_bridge.errors import NotFound
from smartcam_bridge.store.schema import tracks
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.tasks import PinTrack
from sqlalchemy import bindparam, update

_PIN = compiled(update(tracks).where(tracks.c.id == bindparam('track_id'))
                .values(pinned=bindparam('is_pinned')))


def pin_track(connection: sqlite3.Connection, pin: PinTrack) -> None:
    """Pin a track or take that back; raise NotFound."""
    if not connection.execute(_PIN.sql, _PIN.bound(
            track_id=pin.track_id, is_pinned=pin.pinned)).rowcount:
        raise NotFound(f'there is no track {pin.track_id}')
