"""Rows of rejections: who a face is not, because somebody said so."""
from typing import Iterable, Sequence

from smartcam_bridge.domain.faces import Correction
from smartcam_bridge.errors import Conflict, NotFound
from smartcam_bridge.store.face_tables import rejections, sightings, templates
from smartcam_bridge.store.faces.corrections import correct_events, OF_TRACK
from smartcam_bridge.store.faces.people import remove_templates
from smartcam_bridge.store.faces.tracks_of import name_tracks
from smartcam_bridge.store.faces.vectors import unpacked
from smartcam_bridge.store.faces.work import Work
from smartcam_bridge.store.people_tasks import RejectIdentity
from smartcam_bridge.store.schema import tracks
from smartcam_bridge.store.sql import compiled, positional
from sqlalchemy import bindparam, delete, insert, or_, select

_TRACK = compiled(select(tracks.c.person_id)
                  .where(tracks.c.id == bindparam('key')))
_FACES = compiled(select(sightings.c.model, sightings.c.dimension, sightings.c.vector)
                  .where(sightings.c.track_id == bindparam('key')).order_by(sightings.c.slot))
_ENROLLED = compiled(select(
    templates.c.id, templates.c.model, templates.c.dimension, templates.c.vector).where(
        templates.c.person_id == bindparam('person'), templates.c.track_id == bindparam('key')))
_INSERT = positional(insert(rejections), (
    'person_id', 'track_id', 'model', 'dimension', 'vector', 'created_ns', 'created_by'))
_SAID = compiled(select(rejections.c.id).where(
    rejections.c.track_id == bindparam('key'), rejections.c.person_id == bindparam('person')))
_CONTRADICTED = compiled(select(rejections.c.id).select_from(
    rejections.join(tracks, tracks.c.id == rejections.c.track_id)).where(
        rejections.c.person_id == bindparam('person'), tracks.c.person_id == bindparam('person')))
_ABOUT = compiled(select(rejections.c.id).where(or_(
    rejections.c.person_id == bindparam('person'), rejections.c.track_id.in_(
        select(tracks.c.id).where(tracks.c.person_id == bindparam('person'))))))
_DELETE = compiled(delete(rejections).where(rejections.c.id == bindparam('key')))


def reject_identity(work: Work, ask: RejectIdentity) -> int:
    """Take a track its name, and see to it that its faces do not yield it any more.

    Templates that were made of the track go, too. Returns who it was named.
    """
    row = work.connection.execute(_TRACK.sql, {'key': ask.track_id}).fetchone()
    if row is None:
        raise NotFound(f'there is no track {ask.track_id}')
    person_id = row[0]
    if not person_id:
        raise Conflict(f'track {ask.track_id} has no name')
    faces = work.connection.execute(_FACES.sql, {'key': ask.track_id}).fetchall()
    enrolled = work.connection.execute(
        _ENROLLED.sql, {'person': person_id, 'key': ask.track_id}).fetchall()
    remove_templates(work, [template[0] for template in enrolled])
    faces += [template[1:] for template in enrolled]
    _reject_faces(work, ask, person_id, faces)
    name_tracks(work.connection, [ask.track_id], 0)
    events = correct_events(work, ask, 'rejected', OF_TRACK, ask.track_id,
                            lambda naming: naming.other(person_id, None))
    work.audit(ask, 'rejected', person_id, track=ask.track_id, faces=len(faces), events=events,
               templates=len(enrolled))
    work.corrections.append(Correction(ask.track_id, 0, person_id))
    return person_id


def withdraw_said_of(work: Work, person_id: int, track_ids: Sequence[int]) -> None:
    """Take back that these tracks are not this person: somebody says that they are."""
    delete_rejections(work, [id_ for track_id in track_ids for id_, in work.connection.execute(
        _SAID.sql, {'key': track_id, 'person': person_id})])


def withdraw_contradicted(work: Work, person_id: int) -> None:
    """Take back that tracks which are a person's are not."""
    delete_rejections(work, _ids(work, _CONTRADICTED.sql, person_id))


def rejections_about(work: Work, person_id: int) -> list[int]:
    """Return the rejections that hold faces of a person, or say that others' are not theirs."""
    return _ids(work, _ABOUT.sql, person_id)


def delete_rejections(work: Work, ids: Sequence[int]) -> None:
    """Delete rejections, and let the gallery be without them."""
    work.connection.executemany(_DELETE.sql, [{'key': id_} for id_ in ids])
    work.galleries.withdraw(ids)


def _reject_faces(work: Work, ask: RejectIdentity, person_id: int,
                  faces: Iterable[tuple[str, int, bytes]]) -> None:
    for model, dimension, blob in faces:
        id_ = work.connection.execute(_INSERT, (
            person_id, ask.track_id, model, dimension, blob, ask.at_ns, ask.who)).lastrowid
        work.galleries.reject(id_, person_id, model, unpacked(blob, dimension))


def _ids(work: Work, sql: str, person_id: int) -> list[int]:
    return [id_ for id_, in work.connection.execute(sql, {'person': person_id})]
