"""What retention can let go of: how each kind is read oldest first, and removed."""
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
import sqlite3
from typing import Callable, Iterable, NamedTuple, Sequence

from smartcam_bridge.store import schema
from smartcam_bridge.store.face_tables import sightings
from smartcam_bridge.store.media import doom_tracks
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import (
    and_, bindparam, delete, exists, func, literal, not_, or_, select, Table, union, update)
from sqlalchemy.sql import ColumnElement

PINNED_OBSERVATIONS_NS = 3600 * 10 ** 9
"""Of a pinned track's observations those of its first hour are kept: a car that is parked for a
month would else keep a month of boxes, and of everybody who went by."""

_observations, _tracks, _events, _media = (
    schema.observations.c, schema.tracks.c, schema.events.c, schema.media.c)
_visits, _crossings = schema.visits.c, schema.crossings.c


class Row(NamedTuple):
    """One that may go. `at_ns` is what its age counts from; `kept`: pinned, or not ended."""

    at_ns: int
    id: int
    camera_id: int
    label: str
    kept: bool
    track_id: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `rule`: the name of its rule; `received`: its age counts by the wall clock.

    remove works inside the caller's transaction, and returns how many rows of which table went.
    """

    rule: str
    window: Callable[[sqlite3.Connection, int, int, int, int], list[Row]]
    remove: Callable[[sqlite3.Connection, Sequence[Row]], Counter]
    received: bool = False


class Spans:
    """Stretches of time per camera, (camera_id, first_ns, last_ns), both ends included."""

    def __init__(self, spans: Iterable[tuple[int, int, int]]) -> None:
        self._ends: dict[int, list[int]] = {}     # by camera: begin, end, begin, end, ... merged
        for camera_id, first_ns, last_ns in sorted(spans):
            ends = self._ends.setdefault(camera_id, [])
            if ends and first_ns <= ends[-1]:
                ends[-1] = max(ends[-1], last_ns)
            else:
                ends += (first_ns, last_ns)

    def hold(self, camera_id: int, stamp_ns: int) -> bool:
        """Say whether any of the camera's holds this moment."""
        ends = self._ends.get(camera_id, ())
        place = bisect_left(ends, stamp_ns)
        return place % 2 == 1 or (place < len(ends) and ends[place] == stamp_ns)


def pinned(track_id: ColumnElement) -> ColumnElement:
    """Return whether a track is pinned, by itself or by an event of its."""
    table, event = schema.tracks.alias(), schema.events.alias()
    return or_(
        exists(select(literal(1)).where(table.c.id == track_id, table.c.pinned)
               .correlate_except(table)),
        exists(select(literal(1)).where(event.c.track_id == track_id, event.c.pinned)
               .correlate_except(event)))


def remove_tracks(connection: sqlite3.Connection, rows: Iterable[Row]) -> Counter:
    """Remove tracks with all that points at them, and doom their files."""
    ids = [row.id for row in rows]
    return Counter(
        media=_doom(connection, ids),
        visits=_each(connection, _DELETE_VISITS_OF, ids),
        crossings=_each(connection, _DELETE_CROSSINGS_OF, ids),
        sightings=_each(connection, _DELETE_SIGHTINGS_OF, ids),
        tracks=_each(connection, _DELETE_TRACK, ids))


def remove_events(connection: sqlite3.Connection, rows: Iterable[Row]) -> Counter:
    """Remove events, and who acknowledged them."""
    ids = [row.id for row in rows]
    _each(connection, _DELETE_ACKNOWLEDGEMENTS, ids)
    return Counter(events=_each(connection, _DELETE_EVENT, ids))


def remove_media(connection: sqlite3.Connection, rows: Iterable[Row]) -> Counter:
    """Doom all files of the tracks that any of these belong to; their tracks have no shot then."""
    tracks = sorted({row.track_id for row in rows})
    _each(connection, _CLEAR_SHOT, tracks)
    return Counter(media=_doom(connection, tracks))


def _doom(connection: sqlite3.Connection, track_ids: Sequence[int]) -> int:
    """Doom the files of tracks; return how many there were."""
    count = sum(connection.execute(_COUNT_MEDIA.sql, {'key': id_}).fetchone()[0]
                for id_ in track_ids)
    if count:
        doom_tracks(connection, track_ids)
    return count


def _each(connection: sqlite3.Connection, statement: Statement, keys: Sequence[int]) -> int:
    done = connection.executemany(statement.sql, [statement.bound(key=key) for key in keys])
    return max(done.rowcount, 0)


def _deleting(column: ColumnElement) -> Statement:
    return compiled(delete(column.table).where(column == bindparam('key')))


_DELETE_TRACK = _deleting(_tracks.id)
_DELETE_VISITS_OF = _deleting(_visits.track_id)
_DELETE_CROSSINGS_OF = _deleting(_crossings.track_id)
_DELETE_SIGHTINGS_OF = _deleting(sightings.c.track_id)
_DELETE_SIGHTING = _deleting(sightings.c.id)
_DELETE_EVENT = _deleting(_events.id)
_DELETE_ACKNOWLEDGEMENTS = _deleting(schema.acknowledgements.c.event_id)
_COUNT_MEDIA = compiled(select(func.count()).where(
    _media.track_id == bindparam('key'), not_(_media.doomed)))
_CLEAR_SHOT = compiled(update(schema.tracks).where(_tracks.id == bindparam('key'))
                       .values(shot=None))


def _oldest(at: ColumnElement, *columns: ColumnElement, only: ColumnElement | None = None,
            ) -> Callable[[sqlite3.Connection, int, int, int, int], list[Row]]:
    """Return what reads the next rows after (at_ns, id) and before to_ns, in that order."""
    id_ = at.table.c.id
    statement = select(at, id_, at.table.c.camera_id, *columns).where(
        at >= bindparam('at_ns'), or_(at > bindparam('at_ns'), id_ > bindparam('id')),
        at < bindparam('to_ns'))
    if only is not None:
        statement = statement.where(only)
    built = compiled(statement.order_by(at, id_).limit(bindparam('rows')))

    def read(connection: sqlite3.Connection, at_ns: int, id: int, to_ns: int,
             rows: int) -> list[Row]:
        return [Row(*row) for row in connection.execute(
            built.sql, built.bound(at_ns=at_ns, id=id, to_ns=to_ns, rows=rows))]
    return read


def _label_of(label_id: ColumnElement) -> ColumnElement:
    name = select(schema.labels.c.name).where(schema.labels.c.id == label_id).scalar_subquery()
    return func.coalesce(name, '')


def _label_of_track(track_id: ColumnElement) -> ColumnElement:
    table = schema.tracks.alias()
    name = select(schema.labels.c.name).where(
        schema.labels.c.id == table.c.label_id, table.c.id == track_id).scalar_subquery()
    return func.coalesce(name, '')


def _there(track_id: ColumnElement, *conditions: ColumnElement) -> ColumnElement:
    return exists(select(literal(1)).where(_tracks.id == track_id, *conditions)
                  .correlate_except(schema.tracks))


# Observations are stored in the order of their receipt, so the oldest have the lowest ids: no
# index on received_ns is needed.
_OBSERVATIONS = compiled(
    select(_observations.received_ns, _observations.id, _observations.camera_id,
           _observations.stamp_ns)
    .where(_observations.id > bindparam('id')).order_by(_observations.id)
    .limit(bindparam('rows')))
_SPAN = select(_tracks.camera_id, _tracks.first_ns,
               func.min(_tracks.last_ns, _tracks.first_ns + PINNED_OBSERVATIONS_NS))
_SPANS = compiled(union(
    _SPAN.where(_tracks.pinned),
    _SPAN.where(_tracks.id.in_(select(_events.track_id).where(_events.pinned)))))
_DELETE_OBSERVATION = _deleting(_observations.id)


def _read_observations(connection: sqlite3.Connection, at_ns: int, id: int, to_ns: int,
                       rows: int) -> list[Row]:
    spans = Spans(connection.execute(_SPANS.sql, _SPANS.bound()))
    return [Row(received_ns, id_, camera_id, '', spans.hold(camera_id, stamp_ns))
            for received_ns, id_, camera_id, stamp_ns in connection.execute(
                _OBSERVATIONS.sql, _OBSERVATIONS.bound(id=id, rows=rows))]


def _remove_observations(connection: sqlite3.Connection, rows: Iterable[Row]) -> Counter:
    return Counter(observations=_each(connection, _DELETE_OBSERVATION, [row.id for row in rows]))


def _remove_sightings(connection: sqlite3.Connection, rows: Iterable[Row]) -> Counter:
    return Counter(sightings=_each(connection, _DELETE_SIGHTING, [row.id for row in rows]))


OBSERVATIONS = Kind('observations', _read_observations, _remove_observations, received=True)
TRACKS = Kind('tracks', _oldest(
    _tracks.last_ns, _label_of(_tracks.label_id),
    or_(_tracks.end_reason.is_(None), pinned(_tracks.id))), remove_tracks)
EVENTS = Kind('events', _oldest(
    _events.stamp_ns, func.coalesce(_events.label, ''),
    or_(_events.pinned, and_(_events.track_id.is_not(None),
                             _there(_events.track_id, _tracks.pinned)))), remove_events)
MEDIA = Kind('media', _oldest(
    _media.created_ns, _label_of_track(_media.track_id),
    or_(_there(_media.track_id, _tracks.end_reason.is_(None)), pinned(_media.track_id)),
    _media.track_id, _media.bytes, only=not_(_media.doomed)), remove_media, received=True)
SIGHTINGS = Kind('sightings', _oldest(      # whatever is pinned: these are no memories
    sightings.c.stamp_ns, _label_of_track(sightings.c.track_id), literal(False)),
    _remove_sightings)


def _strays(at: ColumnElement, table: Table) -> Kind:
    """Return the kind of rows that should have gone with their track; its row never came."""
    gone = _deleting(table.c.id)
    return Kind('tracks', _oldest(at, _label_of(table.c.label_id), _there(table.c.track_id)),
                lambda connection, rows: Counter({table.name: _each(
                    connection, gone, [row.id for row in rows])}))


STRAYS = (_strays(_visits.entered_ns, schema.visits),
          _strays(_crossings.stamp_ns, schema.crossings))

AGEING: tuple[Kind, ...] = (OBSERVATIONS, MEDIA, SIGHTINGS, TRACKS, *STRAYS, EVENTS)
"""All kinds that go by age, in the order in which they do."""
