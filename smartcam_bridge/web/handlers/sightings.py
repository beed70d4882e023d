"""Who was seen: faces, strangers, and what was done about it."""
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.times import iso
from smartcam_bridge.store.people_queries import (
    AuditEntry, AuditQuery, SightingQuery, StoredSighting, StoredStranger, StrangerQuery)
from smartcam_bridge.store.people_tasks import ForgetStranger, NameStranger, RejectIdentity
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Number, Text
from smartcam_bridge.web.handlers import history
from smartcam_bridge.web.handlers.history import (
    CAMERA, ID_MAX, named, PAGE, PERSON, STRANGER, times)
from smartcam_bridge.web.handlers.people import Name, person_answer
from smartcam_bridge.web.problems import Problem

SIGHTINGS: tuple[Field, ...] = (
    PERSON, STRANGER, Number('track', 'Of this track only.', 1, ID_MAX, whole=True), CAMERA, *PAGE)
STRANGERS: tuple[Field, ...] = PAGE
NAME: tuple[Field, ...] = (
    Name('name', 'Of a new person.'),
    Number('person', 'The id of a person whom we know.', 1, ID_MAX, whole=True))
AUDIT: tuple[Field, ...] = (
    PERSON, Text('action', 'Of this kind only.', longest=64, pattern='[a-z_]+'), *PAGE)


async def sightings(call: Call) -> web.Response:
    """List the faces that are held of what was seen, without their embeddings."""
    values = times(call)
    page = await call.reader.people.sightings(SightingQuery(
        person_id=values.pop('person'), stranger_id=values.pop('stranger'),
        track_id=values.pop('track'), **values))
    return answer({'items': [sighting_item(item) for item in page.items], 'next': page.next})


async def strangers(call: Call) -> web.Response:
    """List those who were seen and are not known, by when they were seen last."""
    page = await call.reader.people.strangers(StrangerQuery(**times(call)))
    return answer({'items': [_stranger(item) for item in page.items], 'next': page.next})


async def name_stranger(call: Call) -> web.Response:
    """Say who a stranger is: enrols the best faces, and names past tracks and events."""
    if len(call.body) != 1:
        raise Problem(422, 'invalid_body', 'Give either a name or a person.',
                      errors=(('name', 'goes without person, one of them is needed'),))
    known = await call.submit(NameStranger(
        call.id('stranger'), call.body.get('person', 0), call.body.get('name', ''),
        call.who.name, call.services.now_ns()))
    return await person_answer(call, known.id)


async def forget_stranger(call: Call) -> web.Response:
    """Remove a stranger with all sightings."""
    await call.submit(ForgetStranger(
        call.id('stranger'), call.who.name, call.services.now_ns()))
    return web.Response(status=204)


async def reject_identity(call: Call) -> web.Response:
    """Say that a track is not the person it is named; its face does not yield that name again."""
    await call.submit(RejectIdentity(call.id('track'), call.who.name, call.services.now_ns()))
    return await history.track(call)


async def audit(call: Call) -> web.Response:
    """List who did what to people's data."""
    values = times(call)
    page = await call.reader.people.audit(AuditQuery(person_id=values.pop('person'), **values))
    return answer({'items': [audit_item(item) for item in page.items], 'next': page.next})


async def data_processing(call: Call) -> web.Response:
    """Return what is kept of people, where, and for how long."""
    return answer(call.services.privacy())


def sighting_item(item: StoredSighting) -> dict[str, Any]:
    """Return a sighting as the API has it."""
    return {'id': item.id, 'track': item.track_id, 'camera': item.camera,
            'stamp': iso(item.stamp_ns), 'model': item.model,
            'box': [round(edge, 6) for edge in item.box], 'face_px': round(item.face_px, 1),
            'score': round(item.score, 4), 'sharpness': round(item.sharpness, 4),
            'pose': round(item.pose, 4), 'quality': round(item.quality, 4),
            'person': named(item.person_id, item.person), 'stranger': item.stranger_id,
            'similarity': round(item.similarity, 4)}


def audit_item(item: AuditEntry) -> dict[str, Any]:
    """Return an entry of the audit as the API has it."""
    return {'id': item.id, 'at': iso(item.at_ns), 'by': item.who, 'action': item.action,
            'person': named(item.person_id, item.person), 'detail': item.detail}


def _stranger(item: StoredStranger) -> dict[str, Any]:
    return {'id': item.id, 'model': item.model, 'first': iso(item.first_ns),
            'last': iso(item.last_ns), 'sightings': item.sightings, 'tracks': item.tracks,
            'alerted': iso(item.alerted_ns) if item.alerted_ns else None,
            'thumbnails': [f'/api/v1/tracks/{id_}/thumbnail.jpg' for id_ in item.shown]}
