"""Faces that were seen, and what was done about them."""
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.times import iso
from smartcam_bridge.store.people_queries import (
    AuditEntry, AuditQuery, SightingQuery, StoredSighting)
from smartcam_bridge.store.people_tasks import RejectIdentity
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Number, Text
from smartcam_bridge.web.handlers import history
from smartcam_bridge.web.handlers.history import (
    CAMERA, ID_MAX, named, PAGE, PERSON, STRANGER, times)

SIGHTINGS: tuple[Field, ...] = (
    PERSON, STRANGER, Number('track', 'Of this track only.', 1, ID_MAX, whole=True), CAMERA, *PAGE)
AUDIT: tuple[Field, ...] = (
    PERSON, Text('action', 'Of this kind only.', longest=64, pattern='[a-z_]+'), *PAGE)


async def sightings(call: Call) -> web.Response:
    """List the faces that are held of what was seen, without their embeddings."""
    values = times(call)
    page = await call.reader.people.sightings(SightingQuery(
        person_id=values.pop('person'), stranger_id=values.pop('stranger'),
        track_id=values.pop('track'), **values))
    return answer({'items': [sighting_item(item) for item in page.items], 'next': page.next})


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
