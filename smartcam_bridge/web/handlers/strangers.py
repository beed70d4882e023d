"""Strangers: list, read, name, merge, forget."""
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.times import iso
from smartcam_bridge.store.people_queries import (
    SightingQuery, StoredStranger, StrangerCamera, StrangerQuery)
from smartcam_bridge.store.people_tasks import (
    ForgetStranger, MergeStrangers, NameStranger)
from smartcam_bridge.web.auth import Role
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Number
from smartcam_bridge.web.handlers.history import ID_MAX, PAGE, times
from smartcam_bridge.web.handlers.people import Name, person_answer
from smartcam_bridge.web.handlers.sightings import sighting_item
from smartcam_bridge.web.problems import Problem

_FACES = 24     # that are shown of one, the newest; all are among the sightings

LIST: tuple[Field, ...] = PAGE
NAME: tuple[Field, ...] = (
    Name('name', 'Of a new person.'),
    Number('person', 'The id of a person whom we know.', 1, ID_MAX, whole=True))
MERGE: tuple[Field, ...] = (
    Number('into', 'The id of the stranger who stays.', 1, ID_MAX, whole=True, required=True),)


async def list_strangers(call: Call) -> web.Response:
    """List those who were seen and are not known, by when they were seen last."""
    page = await call.reader.people.strangers(StrangerQuery(**times(call)))
    return answer({'items': [_stranger(item) for item in page.items], 'next': page.next})


async def read_stranger(call: Call) -> web.Response:
    """Return one stranger, with the newest faces and where they were seen."""
    return await _one(call, call.id('stranger'))


async def name_stranger(call: Call) -> web.Response:
    """Say who a stranger is: enrols the best faces, and names past tracks and events."""
    if len(call.body) != 1:
        raise Problem(422, 'invalid_body', 'Give either a name or a person.',
                      errors=(('name', 'goes without person, one of them is needed'),))
    known = await call.submit(NameStranger(
        call.id('stranger'), call.body.get('person', 0), call.body.get('name', ''),
        call.who.name, call.services.now_ns()))
    return await person_answer(call, known.id)


async def merge_strangers(call: Call) -> web.Response:
    """Give all that belongs to a stranger to another, and return that one."""
    return await _one(call, await call.submit(MergeStrangers(
        call.id('stranger'), call.body['into'], call.who.name, call.services.now_ns())))


async def forget_stranger(call: Call) -> web.Response:
    """Remove a stranger with all sightings."""
    await call.submit(ForgetStranger(
        call.id('stranger'), call.who.name, call.services.now_ns()))
    return web.Response(status=204)


async def _one(call: Call, number: int) -> web.Response:
    people = call.reader.people
    item = await people.stranger(number)
    faces = None
    if call.who.role >= Role.OPERATOR:     # as of all sightings
        page = await people.sightings(SightingQuery(stranger_id=number, limit=_FACES))
        faces = [sighting_item(face) for face in page.items]
    return answer(_stranger(item) | {'faces': faces, 'cameras': [
        _camera(each) for each in await people.stranger_cameras(number)]})


def _stranger(item: StoredStranger) -> dict[str, Any]:
    return {'id': item.id, 'model': item.model, 'first': iso(item.first_ns),
            'last': iso(item.last_ns), 'sightings': item.sightings, 'tracks': item.tracks,
            'alerted': iso(item.alerted_ns) if item.alerted_ns else None,
            'thumbnails': [f'/api/v1/tracks/{id_}/thumbnail.jpg' for id_ in item.shown]}


def _camera(item: StrangerCamera) -> dict[str, Any]:
    return {'camera': item.name, 'tracks': item.tracks, 'first': iso(item.first_ns),
            'last': iso(item.last_ns)}
