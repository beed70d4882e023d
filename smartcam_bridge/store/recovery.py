"""After a kill: what was open ends at the last observation that was stored of it, and is told."""
import dataclasses
from itertools import groupby
import logging
import sqlite3
from typing import Callable, Iterator, Mapping

import numpy as np
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.times import NS
from smartcam_bridge.errors import StoreError
from smartcam_bridge.store import packing
from smartcam_bridge.store.event_rows import store_events
from smartcam_bridge.store.rollups import visits_rolled_up
from smartcam_bridge.store.schema import (
    cameras, events, labels, observations, shapes, suspensions, tracks, visits)
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, func, or_, select, update

_COLUMNS = ('camera_id', 'id', 'last_ns', 'observations', 'score_top', 'score_mean', 'score_last',
            'first_ns', 'label_id', 'tracker_id')
_CHANGED = _COLUMNS[2:7]
_OPEN = compiled(select(*(tracks.c[name] for name in _COLUMNS))
                 .where(tracks.c.end_reason.is_(None)).order_by(tracks.c.camera_id))
_SINCE = compiled(
    select(observations.c.stamp_ns, observations.c.boxes)
    .where(observations.c.camera_id == bindparam('camera_id'),
           observations.c.stamp_ns > bindparam('since_ns'))
    .order_by(observations.c.stamp_ns).limit(100_000))  # 55 minutes at 30 Hz; a row lags seconds
_END = compiled(update(tracks).where(tracks.c.id == bindparam('key')).values(
    {name: bindparam(name) for name in (*_CHANGED, 'end_reason')}))
_OPEN_VISITS = compiled(
    select(visits.c.id, visits.c.zone_id, visits.c.camera_id, visits.c.track_id,
           visits.c.label_id, visits.c.entered_ns, tracks.c.last_ns)
    .select_from(visits.outerjoin(tracks, tracks.c.id == visits.c.track_id))
    .where(visits.c.exited_ns.is_(None)))
_EXIT = compiled(update(visits).where(visits.c.id == bindparam('key')).values(
    exited_ns=bindparam('last')))
_NEWEST_STATES = select(func.max(events.c.id)).where(
    or_(events.c.type == 'camera_online', events.c.type == 'camera_offline')).group_by(
        events.c.camera_id)
_ONLINE = compiled(
    select(events.c.camera_id, events.c.stamp_ns)
    .where(events.c.id.in_(_NEWEST_STATES), events.c.type == 'camera_online'))
_RECEIVED = compiled(
    select(observations.c.received_ns).where(observations.c.camera_id == bindparam('camera_id'))
    .order_by(observations.c.stamp_ns.desc()).limit(1))
_NEWEST = select(func.max(observations.c.stamp_ns)).where(
    observations.c.camera_id == suspensions.c.camera_id,
    observations.c.stamp_ns > suspensions.c.begin_ns).scalar_subquery()
_SUSPENDED = compiled(
    select(suspensions.c.id, suspensions.c.camera_id, suspensions.c.begin_ns,
           func.coalesce(_NEWEST, suspensions.c.begin_ns))
    .where(suspensions.c.end_ns.is_(None)).order_by(suspensions.c.begin_ns))
_RESUME = compiled(update(suspensions).where(suspensions.c.id == bindparam('key')).values(
    end_ns=bindparam('end')))
_NAMES = {table.name: compiled(select(table.c.id, table.c.name))
          for table in (cameras, labels, shapes)}
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Recovered:
    """How many tracks were ended, and what is to be told of it: events that are stored."""

    tracks: int
    events: list[Event]


@dataclasses.dataclass(slots=True)
class _OpenTrack:
    camera_id: int
    id: int
    last_ns: int
    observations: int
    score_top: float
    score_mean: float
    score_last: float
    first_ns: int
    label_id: int
    tracker_id: str

    def seen(self, stamp_ns: int, box: np.void) -> None:
        if stamp_ns <= self.last_ns:
            return
        score = int(box['score']) / packing.STEPS
        self.last_ns = stamp_ns
        self.observations += 1
        self.score_top = max(self.score_top, score)
        self.score_mean += (score - self.score_mean) / self.observations
        self.score_last = score


def recover(connection: sqlite3.Connection, ranked: Callable[[Event], Event]) -> Recovered:
    """End what is open inside the caller's transaction, once and for all.

    That is tracks, visits, and times in which the robot moved. `ranked` gives events their
    severity. Cameras that are gone leave no events.
    """
    ended = _end_tracks(connection)
    names = {table: dict(connection.execute(read.sql, read.params))
             for table, read in _NAMES.items()}
    told = [*_tracks_ended(ended, names), *_end_visits(connection, names),
            *_cameras_offline(connection, names)]
    told = [event for event in told if event.camera]
    told = [ranked(event) for event in (*told, *_end_suspensions(connection, names))]
    told.sort(key=lambda event: event.stamp_ns)
    return Recovered(len(ended), store_events(connection, told))


def _end_tracks(connection: sqlite3.Connection) -> list[_OpenTrack]:
    rows = [_OpenTrack(*row) for row in connection.execute(_OPEN.sql)]
    for camera_id, group in groupby(rows, key=lambda track: track.camera_id):
        _catch_up(connection, camera_id, {track.id: track for track in group})
    connection.executemany(_END.sql, [
        _END.bound(key=track.id, end_reason=EndReason.RESTART.value,
                   **{name: getattr(track, name) for name in _CHANGED}) for track in rows])
    return rows


def _catch_up(connection: sqlite3.Connection, camera_id: int,
              found: dict[int, _OpenTrack]) -> None:
    since_ns = min(track.last_ns for track in found.values())
    wanted = np.fromiter(found, np.uint32)
    for stamp_ns, blob in connection.execute(
            _SINCE.sql, _SINCE.bound(camera_id=camera_id, since_ns=since_ns)):
        try:
            boxes = packing.unpack(blob)
        except StoreError as error:
            _log.warning('camera %d at %d: %s', camera_id, stamp_ns, error)
            continue
        for box in boxes[np.isin(boxes['track'], wanted)]:
            found[int(box['track'])].seen(stamp_ns, box)


_Names = Mapping[str, Mapping[int, str]]


def _tracks_ended(ended: list[_OpenTrack], names: _Names) -> Iterator[Event]:
    for track in ended:
        yield Event('track_ended', names['cameras'].get(track.camera_id, ''), track.last_ns, {
            'tracker_id': track.tracker_id, 'end_reason': EndReason.RESTART.value,
            'duration_s': round((track.last_ns - track.first_ns) / NS, 3)},
            camera_id=track.camera_id, track_id=track.id,
            label=names['labels'].get(track.label_id, ''))


def _end_visits(connection: sqlite3.Connection, names: _Names) -> Iterator[Event]:
    """End all visits where their tracks were last seen: afterwards all zones are empty."""
    rows = connection.execute(_OPEN_VISITS.sql, _OPEN_VISITS.params).fetchall()
    emptied: dict[tuple[int, int], int] = {}
    with visits_rolled_up(connection, [row[3] for row in rows]):
        for id_, zone_id, camera_id, track_id, label_id, entered_ns, last_ns in rows:
            exited_ns = max(entered_ns, last_ns or 0)
            connection.execute(_EXIT.sql, _EXIT.bound(key=id_, last=exited_ns))
            zone = camera_id, zone_id
            emptied[zone] = max(exited_ns, emptied.get(zone, 0))
            yield _of_zone('zone_exited', zone, exited_ns, names, track_id=track_id,
                           label=names['labels'].get(label_id, ''),
                           dwell_s=round((exited_ns - entered_ns) / NS, 3))
    for zone, stamp_ns in emptied.items():
        yield _of_zone('occupancy_changed', zone, stamp_ns, names, occupancy=0)


def _of_zone(kind: str, zone: tuple[int, int], stamp_ns: int, names: _Names, *, track_id: int = 0,
             label: str = '', **detail: float) -> Event:
    camera_id, zone_id = zone
    return Event(kind, names['cameras'].get(camera_id, ''), stamp_ns, {
        'zone': zone_id, 'zone_name': names['shapes'].get(zone_id, ''), **detail},
        camera_id=camera_id, track_id=track_id, label=label, shape_id=zone_id)


def _cameras_offline(connection: sqlite3.Connection, names: _Names) -> Iterator[Event]:
    """Tell of cameras that were online when last heard of."""
    for camera_id, online_ns in connection.execute(_ONLINE.sql, _ONLINE.params).fetchall():
        row = connection.execute(_RECEIVED.sql, _RECEIVED.bound(camera_id=camera_id)).fetchone()
        yield Event('camera_offline', names['cameras'].get(camera_id, ''),
                    max(online_ns, row[0] if row else 0), {'state': EndReason.RESTART.value},
                    camera_id=camera_id)


def _end_suspensions(connection: sqlite3.Connection, names: _Names) -> Iterator[Event]:
    """End times in which cameras did not count, each with its camera's last message; tell it."""
    rows = connection.execute(_SUSPENDED.sql, _SUSPENDED.params).fetchall()
    for _, group in groupby(rows, key=lambda row: row[2]):
        found = list(group)
        connection.executemany(_RESUME.sql, [
            _RESUME.bound(key=id_, end=end_ns) for id_, _, _, end_ns in found])
        on_it = [names['cameras'][row[1]] for row in found if row[1] in names['cameras']]
        if on_it:
            yield Event('counting_resumed', '', max(row[3] for row in found),
                        {'reason': EndReason.RESTART.value, 'cameras': on_it})
