"""What people do with events. Inside a transaction of the caller's, on its thread."""
import sqlite3

from smartcam_bridge.domain.events import Event
from smartcam_bridge.errors import NotFound, StoreError
from smartcam_bridge.store.event_rows import store_events
from smartcam_bridge.store.schema import acknowledgements, cameras, events
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.tasks import (
    Acknowledged, AcknowledgeEvents, ChangeEvent, DeleteEvent)
from sqlalchemy import bindparam, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert

AT_ONCE = 5000  # numbers that one command acknowledges: some 20 ms of the write lock

_THERE = compiled(select(events.c.id).where(events.c.id == bindparam('seq')))
_CAMERA = compiled(select(cameras.c.id).where(cameras.c.name == bindparam('camera')))
_PIN = compiled(update(events).where(events.c.id == bindparam('seq'))
                .values(pinned=bindparam('is_pinned')))
_DELETE = compiled(delete(events).where(events.c.id == bindparam('seq')))
_FORGET = compiled(delete(acknowledgements).where(
    acknowledgements.c.event_id == bindparam('seq')))
_ACKNOWLEDGE = compiled(insert(acknowledgements).values(
    event_id=bindparam('seq'), who=bindparam('by'), at_ns=bindparam('at')
    ).on_conflict_do_nothing())
_TAKE_BACK = compiled(delete(acknowledgements).where(
    acknowledgements.c.event_id == bindparam('seq'), acknowledgements.c.who == bindparam('by')))
_MANY = compiled(insert(acknowledgements).from_select(
    ['event_id', 'who', 'at_ns'],
    select(events.c.id, bindparam('by'), bindparam('at')).where(
        events.c.id > bindparam('after_seq'), events.c.id <= bindparam('to_seq'),
        or_(literal(0) == bindparam('camera_id'), events.c.camera_id == bindparam('camera_id')),
        ~exists(select(literal(1)).where(acknowledgements.c.event_id == events.c.id,
                                         acknowledgements.c.who == bindparam('by'))))))
_NEXT = compiled(select(func.max(events.c.id)).where(events.c.id <= bindparam('to_seq')))


def create_event(connection: sqlite3.Connection, event: Event) -> Event:
    """Store an event; return it with its number. Raises StoreError where it cannot be stored."""
    stored = store_events(connection, [event])
    if not stored:
        raise StoreError('this event cannot be stored; the log says why')
    return stored[0]


def change_event(connection: sqlite3.Connection, change: ChangeEvent) -> None:
    """Pin or acknowledge an event, or take that back; raise NotFound."""
    _require(connection, change.seq)
    if change.pinned is not None:
        connection.execute(_PIN.sql, _PIN.bound(seq=change.seq, is_pinned=change.pinned))
    if change.acknowledged is not None:
        statement = _ACKNOWLEDGE if change.acknowledged else _TAKE_BACK
        connection.execute(statement.sql, statement.bound(
            seq=change.seq, by=change.who, at=change.at_ns))


def acknowledge_events(connection: sqlite3.Connection, ask: AcknowledgeEvents) -> Acknowledged:
    """Acknowledge what is among AT_ONCE numbers; raise NotFound where there is no such camera."""
    camera_id = 0
    if ask.camera:
        row = connection.execute(_CAMERA.sql, {'camera': ask.camera}).fetchone()
        if row is None:
            raise NotFound(f'there is no camera {ask.camera!r}')
        camera_id = row[0]
    newest = _newest(connection, ask.to_seq)
    after = max(newest - AT_ONCE, 0)
    count = connection.execute(_MANY.sql, _MANY.bound(
        by=ask.who, at=ask.at_ns, after_seq=after, to_seq=newest, camera_id=camera_id)).rowcount
    return Acknowledged(count, _newest(connection, after))


def delete_event(connection: sqlite3.Connection, ask: DeleteEvent) -> None:
    """Remove an event with its acknowledgements; raise NotFound."""
    _require(connection, ask.seq)
    connection.execute(_FORGET.sql, {'seq': ask.seq})
    connection.execute(_DELETE.sql, {'seq': ask.seq})


def _newest(connection: sqlite3.Connection, to_seq: int) -> int:
    """Return the highest number up to `to_seq` that is there, else 0."""
    return connection.execute(_NEXT.sql, {'to_seq': to_seq}).fetchone()[0] or 0


def _require(connection: sqlite3.Connection, seq: int) -> None:
    if connection.execute(_THERE.sql, {'seq': seq}).fetchone() is None:
        raise NotFound(f'there is no event {seq}')
