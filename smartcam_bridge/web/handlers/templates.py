"""Templates: the faces by which a person is recognised."""
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.times import iso
from smartcam_bridge.errors import NotFound
from smartcam_bridge.store.people_queries import StoredTemplate, TemplateQuery
from smartcam_bridge.store.people_tasks import DeleteTemplate
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field
from smartcam_bridge.web.handlers.history import PAGE
from smartcam_bridge.web.problems import Problem

QUERY: tuple[Field, ...] = tuple(
    field for field in PAGE if field.name in ('order', 'limit', 'cursor'))


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
