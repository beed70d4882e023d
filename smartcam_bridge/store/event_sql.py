"""The statements that read events: along an index, from a place on, with what else is asked."""
import functools
from typing import Callable

from smartcam_bridge.store import places
from smartcam_bridge.store.event_rows import STORED
from smartcam_bridge.store.face_tables import people
from smartcam_bridge.store.schema import acknowledgements, cameras, events, tracks
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import and_, bindparam, exists, func, literal, null, or_, select, true, tuple_
from sqlalchemy.sql import ColumnElement, Select
from sqlalchemy.sql.elements import BindParameter

Frame = tuple[bool, bool, bool, bool]
"""What confines a scan besides its value: newest first, from a place on, from_ns, to_ns."""

EVENT: tuple[ColumnElement, ...] = (*(events.c[name] for name in STORED), *(
    select(people.c.name).where(people.c.id == events.c[name]).scalar_subquery()
    for name in ('person_id', 'was_person_id')))
"""What an event is made of, by event_rows.COLUMNS."""

_SHOT = select(tracks.c.shot.is_not(None)).where(tracks.c.id == events.c.track_id)
_NAMES = select(func.group_concat(acknowledgements.c.who, '\n')).where(
    acknowledgements.c.event_id == events.c.id)
_EVENTS = select(*EVENT, events.c.pinned,
                 _NAMES.scalar_subquery(), _SHOT.scalar_subquery())
ONE = compiled(_EVENTS.where(events.c.id == bindparam('seq')))
AFTER = compiled(select(*EVENT)
                 .where(events.c.id > bindparam('after')).order_by(events.c.id)
                 .limit(bindparam('rows')))

NEWEST = compiled(select(func.coalesce(func.max(events.c.id), 0)))


def _aside(name: str) -> ColumnElement:
    """Return a column such that no index is chosen for it: the way was chosen already."""
    return func.coalesce(events.c[name], null())


_CAMERA_ID = select(cameras.c.id).where(cameras.c.name == bindparam('camera')).scalar_subquery()
_ALONG: dict[str, Callable[[BindParameter], ColumnElement]] = {
    'type': lambda key: events.c.type == key,
    'severity': lambda key: events.c.severity == key,
    'camera': lambda key: events.c.camera_id == select(cameras.c.id).where(
        cameras.c.name == key).scalar_subquery(),
    'label': lambda key: events.c.label == key,
    'shape': lambda key: events.c.shape_id == key,
    'pinned': lambda key: events.c.pinned == true(),
    'track': lambda key: events.c.track_id == key,
    'person': lambda key: events.c.person_id == key,
    'was': lambda key: events.c.was_person_id == key,
    'stranger': lambda key: events.c.stranger_id == key,
    'place': lambda key: and_(events.c.pose_frame == key,
                              events.c.pose_x >= bindparam('x') - bindparam('radius'),
                              events.c.pose_x <= bindparam('x') + bindparam('radius')),
    'seq': lambda key: and_(events.c.id >= key, events.c.id <= bindparam('last_seq')),
    'stamp': lambda key: true()}
_WHERE = {
    'camera': _aside('camera_id') == _CAMERA_ID, 'label': _aside('label') == bindparam('label'),
    'severity': _aside('severity') >= bindparam('severity'),
    'shape_id': _aside('shape_id') == bindparam('shape_id'),
    'track_id': _aside('track_id') == bindparam('track_id'),
    'person_id': _aside('person_id') == bindparam('person_id'),
    'was_person_id': _aside('was_person_id') == bindparam('was_person_id'),
    'stranger_id': _aside('stranger_id') == bindparam('stranger_id'),
    'frame': _aside('pose_frame') == bindparam('frame'),
    'near': places.near(events.c.pose_x, events.c.pose_y),
    'first_seq': _aside('id') >= bindparam('first_seq'),
    'last_seq': _aside('id') <= bindparam('last_seq')}
_MINE = exists(select(literal(1)).where(
    acknowledgements.c.event_id == events.c.id, acknowledgements.c.who == bindparam('who')))


def _framed(statement: Select, index: str, newest: bool, continued: bool, since: bool,
            until: bool, key: str = 'key') -> Select:
    """Add what confines a scan along an index: its value, the position, the time."""
    here = tuple_(events.c.stamp_ns, events.c.id)
    there = tuple_(bindparam('after_ns'), bindparam('after_id'))
    conditions: list[ColumnElement | None] = [
        _ALONG[index](bindparam(key)) if index != 'stamp' else None,
        (here < there if newest else here > there) if continued else None,
        events.c.stamp_ns >= bindparam('from_ns') if since else None,
        events.c.stamp_ns < bindparam('to_ns') if until else None]
    return statement.where(*(one for one in conditions if one is not None))


def _ordered(statement: Select, newest: bool, few: bool = False) -> Select:
    stamp = events.c.stamp_ns + 0 if few else events.c.stamp_ns     # + 0: not along its index
    return statement.order_by(*(one.desc() if newest else one for one in (stamp, events.c.id)))


@functools.lru_cache(maxsize=256)
def count_some(indexes: tuple[str, ...], *frame: bool) -> Statement:
    """Count the events along each of some indexes for `:key_0` and so on, `:rows` at most."""
    counts = []
    for number, index in enumerate(indexes):
        some = _framed(select(literal(1)).select_from(events), index, *frame,
                       key=f'key_{number}').limit(bindparam('rows'))
        counts.append(select(func.count()).select_from(some.subquery()).scalar_subquery())
    return compiled(select(*counts))


@functools.lru_cache(maxsize=256)
def place_after(index: str, *frame: bool) -> Statement:
    """Return the place `:skipped` events further along an index."""
    places = _framed(select(events.c.stamp_ns, events.c.id), index, *frame)
    return compiled(_ordered(places, frame[0]).limit(1).offset(bindparam('skipped')))


@functools.lru_cache(maxsize=1024)
def page_of(index: str, few: bool, newest: bool, continued: bool, since: bool, until: bool,
            ends: bool, types: int, pinned: bool | None, acknowledged: bool | None,
            corners: int, given: tuple[str, ...]) -> Statement:
    """Return the events along an index that match, `:rows` at most, up to a place if it `ends`."""
    statement = _framed(_EVENTS, index, newest, continued, since, until).where(
        *(_WHERE[name] for name in given))
    if corners:
        statement = statement.where(places.within(events.c.pose_x, events.c.pose_y, corners))
    if ends:
        here = tuple_(events.c.stamp_ns, events.c.id)
        end = tuple_(bindparam('end_ns'), bindparam('end_id'))
        statement = statement.where(here >= end if newest else here <= end)
    if types and index != 'type':
        statement = statement.where(or_(*(
            _aside('type') == bindparam(f'type_{number}') for number in range(types))))
    if pinned is not None:
        statement = statement.where(_aside('pinned') == literal(pinned))
    if acknowledged is not None:
        statement = statement.where(_MINE if acknowledged else ~_MINE)
    return compiled(_ordered(statement, newest, few).limit(bindparam('rows')))
