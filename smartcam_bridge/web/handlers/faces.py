"""Faces: whose it is, whether it is somebody's, and how often that goes wrong."""
import asyncio
import dataclasses

from aiohttp import web
import numpy as np

from smartcam_bridge.domain.face_models import FaceModel, find_model
from smartcam_bridge.domain.face_rates import FaceRates, RatesAt
from smartcam_bridge.domain.faces import Verdict
from smartcam_bridge.domain.gallery import Candidate
from smartcam_bridge.setting_rules import MODEL_NAME
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Number, Text
from smartcam_bridge.web.given_faces import FIELDS, given_face
from smartcam_bridge.web.handlers.history import ID_MAX, named
from smartcam_bridge.web.problems import Problem

IDENTIFY: tuple[Field, ...] = (
    *FIELDS, Number('limit', 'How many candidates.', 1, 50, whole=True, default=5))
VERIFY: tuple[Field, ...] = (
    Number('person', 'Whether it is this person.', 1, ID_MAX, whole=True, required=True), *FIELDS)
NO_RATES = FaceRates(0, 0, 0, np.empty(0, np.float32), np.empty(0, np.float32))
RATES: tuple[Field, ...] = (
    Text('model', 'Of the gallery of this model; left out: the setting face_model.', longest=64,
         pattern=MODEL_NAME),)


async def identify_face(call: Call) -> web.Response:
    """Say who in the gallery a face is most like, the best first."""
    face = await given_face(call)
    model = model_named(call, face.model)
    people, limit = call.services.people(), call.body['limit']
    gallery, found = people.galleries.get(face.model), []
    if gallery is not None:     # one more than is told: for the margin of the last
        found, = await asyncio.to_thread(gallery.match, face.vector[None], limit + 1)
    needed = call.services.settings().face_margin
    margins = [each.similarity - after.similarity for each, after in zip(found, found[1:])]
    return answer({
        'model': face.model, 'threshold': model.threshold, 'margin_needed': needed,
        'verdict': _verdict(found, model.threshold, needed).value, 'faces': face.faces,
        'candidates': [
            {'person': named(each.person_id, people.names.get(each.person_id)),
             'similarity': round(each.similarity, 4),
             'margin': round(margins[place], 4) if place < len(margins) else None}
            for place, each in enumerate(found[:limit])]})


async def verify_face(call: Call) -> web.Response:
    """Say whether a face is a person's."""
    face = await given_face(call)
    model, person_id = model_named(call, face.model), call.body['person']
    people = call.services.people()
    if person_id not in people.names:
        raise Problem(404, 'not_found', f'There is no person {person_id}.')
    gallery = people.galleries.get(face.model)
    found = None if gallery is None else await asyncio.to_thread(
        gallery.similarity, person_id, face.vector)
    if found is None:
        raise Problem(409, 'no_template', f'Person {person_id} has no template of the model '
                      f'{face.model!r}, or may not be recognised.')
    return answer({'same': found.similarity >= model.threshold,
                   'similarity': round(found.similarity, 4), 'threshold': model.threshold,
                   'model': face.model, 'faces': face.faces})


async def face_rates(call: Call) -> web.Response:
    """Return how often each threshold would name somebody wrongly, or not at all."""
    model = model_named(call, call.query['model'] or call.services.settings().face_model)
    gallery = call.services.people().galleries.get(model.name)
    rates = NO_RATES if gallery is None else await call.rates.of(gallery)
    return answer({
        'model': model.name, 'people': rates.people, 'templates': rates.templates,
        'sampled': rates.sampled, 'threshold': model.threshold,
        'at_threshold': _rates(rates.at(model.threshold)),
        'curve': [_rates(each) for each in rates.curve()]})


def _rates(rates: RatesAt) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 6)
            for name, value in dataclasses.asdict(rates).items()}


def model_named(call: Call, name: str) -> FaceModel:
    """Return a face model with its threshold; raise Problem 422."""
    model = find_model(name, call.services.settings().face_thresholds)
    if model is None:
        raise Problem(422, 'unknown_model', f'Nothing is known of the face model {name!r}: give '
                      'its threshold in face_thresholds.')
    return model


def _verdict(found: list[Candidate], threshold: float, margin: float) -> Verdict:
    if not found or found[0].similarity < threshold:
        return Verdict.UNKNOWN
    alone = len(found) == 1 or found[0].similarity - found[1].similarity >= margin
    return Verdict.KNOWN if alone else Verdict.AMBIGUOUS
