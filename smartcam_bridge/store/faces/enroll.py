"""Faces become templates: one that is shown, or the best of a stranger."""
from typing import Any, Iterator

import numpy as np
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Correction
from smartcam_bridge.domain.people import Consent, Person
from smartcam_bridge.errors import EnrollRefused, NotFound
from smartcam_bridge.store.face_tables import sightings, strangers, template_pictures, templates
from smartcam_bridge.store.faces.corrections import (
    correct_events, Naming, OF_STRANGER, OF_TRACK)
from smartcam_bridge.store.faces.gate import admit, Face
from smartcam_bridge.store.faces.people_rows import add_person, read_person
from smartcam_bridge.store.faces.rejections import withdraw_said_of
from smartcam_bridge.store.faces.tracks_of import name_tracks, open_tracks_of, tracks_of
from smartcam_bridge.store.faces.vectors import packed, unpacked
from smartcam_bridge.store.faces.work import Work
from smartcam_bridge.store.people_tasks import EnrollFace, NameStranger
from smartcam_bridge.store.schema import cameras, events, labels, tracks
from smartcam_bridge.store.sql import compiled, positional
from sqlalchemy import bindparam, delete, func, insert, literal, or_, select

_BEST = 5       # faces of a stranger that are enrolled
_TRIED = 50     # the best of which these are

_TEMPLATE = ('person_id', 'model', 'dimension', 'vector', 'source', 'track_id', 'stamp_ns',
             'face_px', 'sharpness', 'pose', 'quality', 'created_ns', 'created_by')
_INSERT = positional(insert(templates), _TEMPLATE)
_PICTURE = positional(insert(template_pictures), ('template_id', 'jpeg'))
_SEEN = ('track_id', 'stamp_ns', 'face_px', 'sharpness', 'pose', 'quality')
_FACES = compiled(select(*(sightings.c[name] for name in _SEEN), sightings.c.dimension,
                         sightings.c.vector)
                  .where(sightings.c.stranger_id == bindparam('key'),
                         sightings.c.model == bindparam('its_model'))
                  .order_by(sightings.c.quality.desc(), sightings.c.id).limit(_TRIED))
_STRANGER = compiled(select(strangers.c.model, strangers.c.first_ns, strangers.c.last_ns).where(
    strangers.c.id == bindparam('key')))
_REMOVE = compiled(delete(strangers).where(strangers.c.id == bindparam('key')))
_CAMERA = select(cameras.c.name).where(cameras.c.id == tracks.c.camera_id).scalar_subquery()
_LABEL = select(labels.c.name).where(labels.c.id == tracks.c.label_id).scalar_subquery()
_TRACK = compiled(select(
    tracks.c.camera_id, func.coalesce(_CAMERA, ''), func.coalesce(_LABEL, ''), tracks.c.last_ns,
    tracks.c.end_reason).where(tracks.c.id == bindparam('key')))
_TOLD = compiled(select(literal(1)).where(
    events.c.track_id == bindparam('key'), events.c.person_id == bindparam('person'),
    or_(events.c.type == 'person_identified', events.c.type == 'person_changed')).limit(1))


def enroll_face(work: Work, ask: EnrollFace) -> int:
    """Add a template, and let the track it was seen of be that person."""
    person, _ = read_person(work.connection, ask.person_id)
    if ask.track_id:
        _require_track(work, ask.track_id)
    vector, refused = admit(work, person, Face(
        ask.model, ask.vector, ask.faces, ask.face_px, ask.sharpness), override=ask.override)
    template_id = _add_template(
        work, ask, person.id, ask.model, vector, ask.source, ask.track_id or None, ask.stamp_ns,
        ask.face_px, ask.sharpness, ask.pose, ask.quality)
    if ask.jpeg:
        work.connection.execute(_PICTURE, (template_id, ask.jpeg))
    if ask.track_id:
        _name_track(work, ask, person)
    work.audit(ask, 'enrolled', person.id, template=template_id, source=ask.source,
               **({'track': ask.track_id} if ask.track_id else {}),
               **({'overridden': refused.code} if refused is not None else {}))
    return template_id


def name_stranger(work: Work, ask: NameStranger) -> Person:
    """Enrol the best faces of a stranger, and give past tracks and events the name."""
    row = work.connection.execute(_STRANGER.sql, {'key': ask.stranger_id}).fetchone()
    if row is None:
        raise NotFound(f'there is no stranger {ask.stranger_id}')
    if ask.person_id:
        person, _ = read_person(work.connection, ask.person_id)
    else:
        person = add_person(work.connection, Person(
            0, ask.name, '', Consent.NOT_ASKED, 0, ask.at_ns))
        work.audit(ask, 'created', person.id, consent=person.consent.value)
    model, *seen = row
    enrolled = _enroll_best(work, ask, person, model)
    named = tracks_of(work.connection, ask.stranger_id, 'stranger_id')
    work.corrections += [Correction(id_, person.id) for id_ in open_tracks_of(
        work.connection, ask.stranger_id, 'stranger_id')]
    name_tracks(work.connection, named, person.id)
    withdraw_said_of(work, person.id, named)
    changed = correct_events(work, ask, 'named', OF_STRANGER, ask.stranger_id,
                             lambda naming: Naming(person.id, naming.was_person_id, None))
    work.connection.execute(_REMOVE.sql, {'key': ask.stranger_id})
    work.gone_strangers.add(ask.stranger_id)
    work.audit(ask, 'stranger_named', person.id, stranger=ask.stranger_id, seen=seen,
               templates=enrolled, tracks=len(named), events=changed)
    return person


def _enroll_best(work: Work, ask: NameStranger, person: Person, model: str) -> int:
    """Return how many were enrolled; raise EnrollRefused where none is good enough."""
    count, refused = 0, EnrollRefused('no_face', 'no face of this stranger is kept')
    for *seen, vector in _faces_of(work, ask.stranger_id, model):
        _, _, face_px, sharpness, _, _ = seen
        try:
            vector, _ = admit(
                work, person, Face(model, vector, 1, face_px, sharpness), grouped=True)
        except EnrollRefused as error:
            # A duplicate is no reason to refuse the rest: it is that person already.
            refused = error if refused.code != 'near_duplicate' else refused
            continue
        _add_template(work, ask, person.id, model, vector, 'stranger', *seen)
        count += 1
        if count == _BEST:
            break
    if not count and refused.code != 'near_duplicate':
        raise refused
    return count


def _faces_of(work: Work, stranger_id: int, model: str) -> Iterator[list[Any]]:
    """Yield the best faces of a stranger: what _SEEN says, and the vector."""
    for *seen, dimension, blob in work.connection.execute(
            _FACES.sql, _FACES.bound(key=stranger_id, its_model=model)).fetchall():
        yield [*seen, unpacked(blob, dimension)]


def _add_template(work: Work, ask: Any, person_id: int, model: str, vector: np.ndarray,
                  source: str, *seen: Any) -> int:
    """Add a template with what is known of where it was seen, as of _SEEN."""
    id_ = work.connection.execute(_INSERT, (
        person_id, model, len(vector), packed(vector), source, *seen, ask.at_ns,
        ask.who)).lastrowid
    work.galleries.add(id_, person_id, model, vector)
    return id_


def _name_track(work: Work, ask: EnrollFace, person: Person) -> None:
    camera_id, camera, label, last_ns, end_reason = _require_track(work, ask.track_id)
    withdraw_said_of(work, person.id, [ask.track_id])
    name_tracks(work.connection, [ask.track_id], person.id)
    correct_events(work, ask, 'enrolled', OF_TRACK, ask.track_id,
                   lambda naming: Naming(person.id, naming.was_person_id, None)
                   if naming.person_id or naming.stranger_id else naming)
    if end_reason is None:
        work.corrections.append(Correction(ask.track_id, person.id))
    told = work.connection.execute(
        _TOLD.sql, _TOLD.bound(key=ask.track_id, person=person.id)).fetchone()
    if told is None:
        work.tell(Event(
            'person_identified', camera, last_ns if ask.stamp_ns is None else ask.stamp_ns,
            {'enrolled': True}, camera_id=camera_id, track_id=ask.track_id, label=label,
            person_id=person.id))


def _require_track(work: Work, track_id: int) -> tuple[Any, ...]:
    row = work.connection.execute(_TRACK.sql, _TRACK.bound(key=track_id)).fetchone()
    if row is None:
        raise NotFound(f'there is no track {track_id}')
    return row
