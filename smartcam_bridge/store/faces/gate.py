"""Which faces become templates: those that will tell their person from others."""
from dataclasses import dataclass
from typing import Iterator

import numpy as np
from smartcam_bridge.domain.face_models import find_model
from smartcam_bridge.domain.gallery import bytes_for, unit
from smartcam_bridge.domain.people import Person
from smartcam_bridge.errors import EnrollRefused, GalleryError
from smartcam_bridge.store.faces.galleries import MB
from smartcam_bridge.store.faces.work import Work

_MODEL_MAX = 64     # characters


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face that is to be a template. vector: float32 (d,). None: not known, not judged."""

    model: str
    vector: np.ndarray
    faces: int = 1
    face_px: float | None = None
    sharpness: float | None = None


def admit(work: Work, person: Person, face: Face, *, override: bool = False,
          grouped: bool = False) -> tuple[np.ndarray, EnrollRefused | None]:
    """Return the vector at unit length, and what was overridden; raise EnrollRefused.

    grouped: it is one of many of somebody that were found alike, so that others matter only from
    the model's threshold on. No override gives room that is not there, consent that was not
    given, or a meaning to numbers that have none.
    """
    if not person.consent.allows:
        raise EnrollRefused('consent', f'consent of person {person.id} is {person.consent.value}: '
                                       'nothing is enrolled')
    vector = _require_vector(work, face)
    _require_room(work, len(vector))
    objection = next(_objections(work, person, face, vector, grouped), None)
    if objection is not None and not override:
        raise objection
    return vector, objection


def _require_vector(work: Work, face: Face) -> np.ndarray:
    known = find_model(face.model, work.settings.face_thresholds)
    if known is None or not 0 < len(face.model) <= _MODEL_MAX:
        raise EnrollRefused('unknown_model', f'nothing is known of the face model '
                            f'{face.model[:_MODEL_MAX]!r}: give its threshold in face_thresholds')
    try:
        vector = unit(face.vector)
    except GalleryError as error:
        raise EnrollRefused(error.code, str(error)) from error
    wanted = work.galleries.dimension(work.connection, face.model) or known.dimension
    if wanted and len(vector) != wanted:
        raise EnrollRefused('vector_dimension', f'the embedding has {len(vector)} numbers, those '
                                                f'of {face.model!r} have {wanted}')
    return vector


def _require_room(work: Work, dimension: int) -> None:
    needed = work.galleries.needed_bytes(work.connection) + bytes_for(1, dimension)
    limit_mb = work.settings.gallery_max_mb
    if needed > limit_mb * MB:
        raise EnrollRefused('gallery_full', f'the gallery may take {limit_mb} MB of memory '
                            '(gallery_max_mb), and is full: remove templates')


def _objections(work: Work, person: Person, face: Face, vector: np.ndarray,
                grouped: bool) -> Iterator[EnrollRefused]:
    """Yield what speaks against a face, the plainest first."""
    rules = work.settings
    if face.faces > 1:
        yield EnrollRefused('several_faces', f'there are {face.faces} faces in the picture')
    if face.face_px is not None and face.face_px < rules.enroll_min_px:
        yield EnrollRefused('face_too_small', f'the face is {face.face_px:.0f} px wide or high, '
                                              f'{rules.enroll_min_px} are needed')
    if face.sharpness is not None and face.sharpness < rules.enroll_min_sharpness:
        yield EnrollRefused('face_blurred', f'the sharpness of the face is {face.sharpness:.2f}, '
                                            f'{rules.enroll_min_sharpness:.2f} is needed')
    gallery = work.galleries.view(face.model)
    if gallery is None:
        return
    own = gallery.similarity(person.id, vector)
    if own is not None and own.similarity >= rules.enroll_duplicate:
        yield EnrollRefused(
            'near_duplicate', f'template {own.template_id} of this person is nearly the same '
            f'({own.similarity:.3f}): it would tell nothing new', person_id=person.id,
            similarity=own.similarity)
    least = own.similarity if own is not None else -1.0
    if own is None or grouped:
        least = max(least, find_model(face.model, rules.face_thresholds).threshold)
    for other in gallery.match(vector[None], 2)[0]:
        if other.person_id != person.id and other.similarity > least:
            yield EnrollRefused(
                'nearer_to_other', f'the face is more like person {other.person_id} '
                f'({other.similarity:.3f}) than like this one', person_id=other.person_id,
                similarity=other.similarity)
