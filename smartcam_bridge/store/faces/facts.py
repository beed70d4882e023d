"""What recognition found, as rows: who tracks are, their best faces, strangers."""
from dataclasses import replace
import sqlite3
import time
from typing import Any, Iterable, Sequence

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Sighting, TrackIdentity, Verdict
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.face_tables import people, sightings, strangers
from smartcam_bridge.store.faces.hindsight import Hindsight
from smartcam_bridge.store.faces.stranger_merge import heirs_of, join_strangers
from smartcam_bridge.store.faces.strangers import store_strangers
from smartcam_bridge.store.faces.vectors import packed
from smartcam_bridge.store.row_inserts import insert_all
from smartcam_bridge.store.schema import tracks
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, delete, select, Table, update
from sqlalchemy.dialects.sqlite import insert

_NAME = compiled(update(tracks).where(
    tracks.c.id == bindparam('key'), tracks.c.camera_id == bindparam('camera')).values(
        verdict=bindparam('said'), person_id=bindparam('person'),
        stranger_id=bindparam('stranger'), similarity=bindparam('alike')))
_NAME_FACES = compiled(update(sightings).where(sightings.c.track_id == bindparam('key')).values(
    person_id=bindparam('person'), stranger_id=bindparam('stranger')))
_FACE = ('slot', 'stamp_ns', 'model', 'dimension', 'vector', 'x1', 'y1', 'x2', 'y2', 'face_px',
         'score', 'sharpness', 'pose', 'quality', 'similarity')
# Who it is stands in the row of its track, and where that is gone there is nothing to keep.
_PUT_FACE = insert(sightings).from_select(
    [*_FACE, 'track_id', 'camera_id', 'person_id', 'stranger_id'],
    select(*(bindparam(f'new_{name}') for name in _FACE), tracks.c.id, tracks.c.camera_id,
           tracks.c.person_id, tracks.c.stranger_id).where(
        tracks.c.id == bindparam('track'), tracks.c.camera_id == bindparam('camera')))
_UPSERT_FACE = compiled(_PUT_FACE.on_conflict_do_update(
    index_elements=['track_id', 'slot'],
    set_={name: _PUT_FACE.excluded[name] for name in (*_FACE[1:], 'person_id', 'stranger_id')}))
_DROP_FACES = compiled(delete(sightings).where(sightings.c.track_id == bindparam('key')))
_THERE = {table: compiled(select(table.c.id).where(table.c.id == bindparam('key')))
          for table in (people, strangers)}


class Recognised:
    """What recognition says in one batch, put right where people said something meanwhile.

    Whoever is gone is left out, so that no row names somebody who is not there. Inside the
    caller's transaction, after the tracks and before the events of the batch.
    """

    def __init__(self, connection: sqlite3.Connection, batch: Batch,
                 hindsight: Hindsight) -> None:
        self._connection = connection
        self._batch = batch
        self._hindsight = hindsight
        self._joined, self._heirs = heirs_of(batch.joined, hindsight)
        self._known: dict[tuple[Table, int], bool] = {}

    def write(self, camera_ids: set[int]) -> int:
        """Write strangers, identities and sightings; return how many could not be."""
        gone = self._hindsight.gone_strangers | self._joined.keys()
        refused = store_strangers(self._connection, (
            one for one in self._batch.strangers.values() if one.id not in gone))
        if self._joined:
            join_strangers(self._connection, self._joined, time.time_ns())
        named = [one for one in self._batch.identities.values() if one.camera_id in camera_ids]
        withheld = {one.track_id for one in named if one.withheld}
        faces = [one for one in self._batch.sightings.values()
                 if one.probe.camera_id in camera_ids]
        refused += (len(self._batch.identities) - len(named)
                    + len(self._batch.sightings) - len(faces))
        for sql in (_NAME.sql, _NAME_FACES.sql):
            failed = insert_all(self._connection, sql, self._identity_rows, named)
            refused += failed if sql is _NAME.sql else 0
        self._connection.executemany(_DROP_FACES.sql, [{'key': id_} for id_ in withheld])
        return refused + insert_all(self._connection, _UPSERT_FACE.sql, _face_rows, [
            one for one in faces if one.probe.track_id not in withheld])

    def events(self) -> list[Event]:
        """Return the batch's events."""
        return [self._right(event) if event.person_id or event.was_person_id or event.stranger_id
                else event for event in self._batch.events]

    def _right(self, event: Event) -> Event:
        heirs = self._hindsight.heirs
        rejected = event.person_id and not self._hindsight.person(event.track_id, event.person_id)
        return replace(
            event, person_id=0 if rejected else self._there(
                people, heirs.get(event.person_id, event.person_id)),
            was_person_id=self._there(
                people, heirs.get(event.was_person_id, event.was_person_id)),
            stranger_id=self._stranger(event.stranger_id))

    def _identity_rows(self, items: Iterable[TrackIdentity]) -> list[dict[str, Any]]:
        rows = []
        for one in items:
            person_id = self._there(
                people, self._hindsight.person(one.track_id, one.person_id))
            verdict = one.verdict
            if verdict is Verdict.KNOWN and not person_id:
                verdict = Verdict.UNKNOWN
            elif person_id:
                verdict = Verdict.KNOWN
            stranger_id = 0 if person_id else self._stranger(one.stranger_id)
            rows.append(_NAME.bound(
                key=one.track_id, camera=one.camera_id, said=verdict.value,
                person=person_id or None, stranger=stranger_id or None, alike=one.similarity))
        return rows

    def _stranger(self, id_: int) -> int:
        """Return who has all of a stranger's by now, 0 where there is nobody."""
        return self._there(strangers, self._heirs.get(id_, id_))

    def _there(self, table: Table, id_: int) -> int:
        """Return the id, 0 where there is nobody of it."""
        if not id_:
            return 0
        key = table, id_
        if key not in self._known:
            statement = _THERE[table]
            self._known[key] = self._connection.execute(
                statement.sql, {'key': id_}).fetchone() is not None
        return id_ if self._known[key] else 0


def _face_rows(items: Sequence[Sighting]) -> list[dict[str, Any]]:
    rows = []
    for one in items:
        probe = one.probe
        values = (one.slot, probe.stamp_ns, probe.model, len(probe.vector), packed(probe.vector),
                  *probe.box, probe.face_px, probe.score, probe.sharpness, probe.pose,
                  probe.quality, one.similarity)
        rows.append({f'new_{name}': value for name, value in zip(_FACE, values)} | {
            'track': probe.track_id, 'camera': probe.camera_id})
    return rows
