"""JSON schemas of what the routes of people answer."""
from typing import Any

from smartcam_bridge.domain.faces import Verdict
from smartcam_bridge.domain.people import Consent

Schema = dict[str, Any]

_TEXT: Schema = {'type': 'string'}
_TIME: Schema = {'type': 'string', 'format': 'date-time'}
_WHOLE: Schema = {'type': 'integer'}
_NUMBER: Schema = {'type': 'number'}
_FLAG: Schema = {'type': 'boolean'}
_SHARE: Schema = {'type': 'number', 'minimum': 0, 'maximum': 1}
_COSINE: Schema = {'type': 'number', 'minimum': -1, 'maximum': 1}


def _array(items: Schema) -> Schema:
    return {'type': 'array', 'items': items}


def _object(**properties: Schema) -> Schema:
    return {'type': 'object', 'properties': properties, 'required': list(properties)}


def _or_null(schema: Schema) -> Schema:
    return {'anyOf': [schema, {'type': 'null'}]}


def _list(name: str) -> Schema:
    return _object(items=_array({'$ref': f'#/components/schemas/{name}'}), next=_or_null(_TEXT))


NAMED = _object(id=_WHOLE, name=_or_null(_TEXT)) | {
    'description': 'Who; a name of null: forgotten.'}
VERDICT: Schema = {'enum': [verdict.value for verdict in Verdict]}
IDENTITY = _or_null(_object(
    verdict=VERDICT, person=_or_null(NAMED), stranger=_or_null(_WHOLE),
    similarity=_or_null(_COSINE)))
CORRECTIONS = _array(_object(at=_TIME, by=_TEXT, action=_TEXT, was=_or_null(_WHOLE)))

_RATES = _object(threshold=_SHARE, false_accept=_or_null(_SHARE), false_reject=_or_null(_SHARE))

_STRANGER: dict[str, Schema] = {
    'id': _WHOLE, 'model': _TEXT, 'first': _TIME, 'last': _TIME, 'sightings': _WHOLE,
    'tracks': _WHOLE, 'alerted': _or_null(_TIME), 'thumbnails': _array(_TEXT)}

PEOPLE: dict[str, Schema] = {
    'Person': _object(
        id=_WHOLE, name=_TEXT, notes=_TEXT, consent={'enum': [each.value for each in Consent]},
        consent_at=_or_null(_TIME), created=_TIME, templates=_WHOLE, last_seen=_or_null(_TIME),
        picture=_or_null(_TEXT)),
    'PersonList': _list('Person'),
    'ForgetReceipt': _object(
        person=_WHOLE, at=_TIME, templates=_WHOLE, sightings=_WHOLE, rejections=_WHOLE,
        tracks=_WHOLE, events=_WHOLE, texts=_WHOLE, files=_WHOLE, backups=_array(_TEXT)),
    'Template': _object(
        id=_WHOLE, person=_WHOLE, model=_TEXT, dimension=_WHOLE,
        source={'enum': ['track', 'picture', 'vector', 'stranger']}, track=_or_null(_WHOLE),
        stamp=_or_null(_TIME), face_px=_or_null(_NUMBER), sharpness=_or_null(_SHARE),
        pose=_or_null(_SHARE), quality=_or_null(_SHARE), created=_TIME, by=_TEXT,
        picture=_or_null(_TEXT)),
    'TemplateList': _list('Template'),
    'Sighting': _object(
        id=_WHOLE, track=_WHOLE, camera=_TEXT, stamp=_TIME, model=_TEXT,
        box=_array(_SHARE) | {'minItems': 4, 'maxItems': 4}, face_px=_NUMBER, score=_SHARE,
        sharpness=_SHARE, pose=_SHARE, quality=_SHARE, person=_or_null(NAMED),
        stranger=_or_null(_WHOLE), similarity=_COSINE),
    'SightingList': _list('Sighting'),
    'Stranger': _object(**_STRANGER),
    'StrangerWithFaces': _object(
        **_STRANGER,
        cameras=_array(_object(camera=_TEXT, tracks=_WHOLE, first=_TIME, last=_TIME)),
        faces=_or_null(_array({'$ref': '#/components/schemas/Sighting'}))),
    'StrangerList': _list('Stranger'),
    'AuditEntry': _object(
        id=_WHOLE, at=_TIME, by=_TEXT, action=_TEXT, person=_or_null(NAMED),
        detail={'type': 'object'}),
    'AuditList': _list('AuditEntry'),
    'Identified': _object(
        model=_TEXT, threshold=_SHARE, margin_needed=_SHARE, verdict=VERDICT, faces=_WHOLE,
        candidates=_array(_object(person=NAMED, similarity=_COSINE, margin=_or_null(_NUMBER)))),
    'Verified': _object(same=_FLAG, similarity=_COSINE, threshold=_SHARE, model=_TEXT,
                        faces=_WHOLE),
    'FaceRates': _object(
        model=_TEXT, people=_WHOLE, templates=_WHOLE, sampled=_WHOLE, threshold=_SHARE,
        at_threshold=_RATES, curve=_array(_RATES)),
    'DataProcessing': {'type': 'object'},
}
