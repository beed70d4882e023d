"""Templates: the faces by which a person is recognised."""
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.times import iso
from smartcam_bridge.errors import NotFound
from smartcam_bridge.store.people_queries import StoredTemplate, TemplateQuery
from smartcam_bridge.store.people_tasks import DeleteTemplate, EnrollFace
from smartcam_bridge.web.auth import Role
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag
from smartcam_bridge.web.given_faces import FIELDS, given_face, PORTRAIT
from smartcam_bridge.web.handlers.history import PAGE
from smartcam_bridge.web.problems import Problem

QUERY: tuple[Field, ...] = tuple(
    field for field in PAGE if field.name in ('order', 'limit', 'cursor'))
ENROLL: tuple[Field, ...] = (
    *FIELDS, PORTRAIT,
    Flag('override', 'Enroll it although something speaks against it. Needs admin.',
         default=False))


async def enroll_face(call: Call) -> web.Response:
    """Add a face to a person's templates, unless something speaks against it."""
    override = call.body['override']
    if override and call.who.role < Role.ADMIN:
        raise Problem(403, 'forbidden', f'An override needs the role {Role.ADMIN.word}; '
                      f'{call.who.name!r} is {call.who.role.word}.')
    person_id = call.id('person')
    await call.reader.people.person(person_id)      # before anybody looks at a picture
    face = await given_face(call)
    template_id = await call.submit(EnrollFace(
        person_id, face.model, face.vector, face.source, call.who.name, call.services.now_ns(),
        override, face.faces, face.track_id, face.stamp_ns, face.face_px, face.sharpness,
        face.pose, face.quality, await face.picture()))
    return answer(template_item(await call.reader.people.template(template_id)), status=201)


async def list_templates(call: Call) -> web.Response:
    """List the templates of a person, by when they were enrolled, without their embeddings."""
    page = await call.reader.people.templates(TemplateQuery(
        person_id=call.id('person'), **call.query))
    return answer({'items': [template_item(item) for item in page.items], 'next': page.next})


async def delete_template(call: Call) -> web.Response:
    """Remove a template."""
    await call.submit(DeleteTemplate(
        call.id('template'), call.who.name, call.services.now_ns()))
    return web.Response(status=204)


async def template_picture(call: Call) -> web.Response:
    """Return the picture of a template, as a JPEG."""
    number = call.id('template')
    try:
        data = await call.reader.people.template_picture(number)
    except NotFound as error:
        raise Problem(404, 'no_picture', f'There is no picture of template {number}.') from error
    return web.Response(body=data, content_type='image/jpeg')


def template_item(item: StoredTemplate) -> dict[str, Any]:
    """Return a template as the API has it."""
    measured = {name: None if value is None else round(value, 4) for name, value in (
        ('face_px', item.face_px), ('sharpness', item.sharpness), ('pose', item.pose),
        ('quality', item.quality))}
    return {'id': item.id, 'person': item.person_id, 'model': item.model,
            'dimension': item.dimension, 'source': item.source, 'track': item.track_id,
            'stamp': None if item.stamp_ns is None else iso(item.stamp_ns), **measured,
            'created': iso(item.created_ns), 'by': item.created_by,
            'picture': f'/api/v1/templates/{item.id}/picture.jpg' if item.has_picture else None}
