"""Zones, tripwires and masks: list, draw, read, change, delete."""
from dataclasses import dataclass
from typing import Any, Awaitable, Callable

from aiohttp import web

from smartcam_bridge.domain.schedules import DAYS
from smartcam_bridge.domain.shapes import ANCHORS, definition_of, Mask, Shape, Tripwire, Zone
from smartcam_bridge.store.tasks import ChangeShape, CreateShape, DeleteShape
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag, Items, Number, Text
from smartcam_bridge.web.problems import Problem

Handler = Callable[[Call], Awaitable[web.Response]]
_BASIC = ('name', 'enabled')
_NUMBER = {'type': 'number', 'minimum': 0, 'maximum': 1}
_POINT = {'type': 'array', 'items': _NUMBER, 'minItems': 2, 'maxItems': 2}
_TIME = {'type': 'string', 'pattern': r'^\d\d:\d\d$'}
WINDOW = {'type': 'object', 'additionalProperties': False, 'required': ['days', 'from', 'to'],
          'properties': {'days': {'type': 'array', 'items': {'enum': list(DAYS)}},
                         'from': _TIME, 'to': _TIME}}
_POLYGON = Items('points', 'Its corners in order, x and y in [0,1] of the frame.', _POINT)
_LABELS = Items('labels', 'It counts these labels only; none: all.', {'type': 'string'})
_COUNTING: tuple[Field, ...] = (
    Text('anchor', 'The place of a box that counts; bottom_center.', choices=tuple(ANCHORS)),
    _LABELS,
    Items('schedule', 'When it counts; none: always. A window that ends before it begins goes on '
          'into the next day.', WINDOW),
    Text('timezone', "The IANA zone of the schedule's clocks; UTC.", longest=64),
    Text('color', 'For drawing it.', longest=7, pattern='(#[0-9a-fA-F]{6})?'))
_FIELDS: dict[type[Shape], tuple[Field, ...]] = {
    Zone: (_POLYGON, *_COUNTING,
           Number('inertia', 'Consecutive observations that it takes to enter and to leave; 3.',
                  1, 1000, whole=True),
           Number('inertia_s', 'The same in seconds; counts instead where it is more than 0.',
                  0, 3600),
           Number('loiter_s', 'Who stays longer loiters; 0: nobody.', 0, 604800)),
    Tripwire: (Items('start', 'Where the line begins.', _NUMBER),
               Items('end', 'Where it ends; `in` is from its left to its right.', _NUMBER),
               *_COUNTING,
               Number('hysteresis', 'How far from the line, in [0,1], a track is clear of it; '
                      '0.01.', 0.001, 0.25)),
    Mask: (_POLYGON, _LABELS)}


@dataclass(frozen=True, slots=True)
class Resource:
    """What the API offers for one kind of shape."""

    plural: str
    schema: str
    create_body: tuple[Field, ...]
    change_body: tuple[Field, ...]
    list: Handler       # noqa: A003
    create: Handler
    read: Handler
    change: Handler
    delete: Handler


def _resource(kind: type[Shape]) -> Resource:
    word, plural = kind.KIND, f'{kind.KIND}s'

    def shapes(call: Call) -> list[Shape]:
        camera = call.camera()
        return [shape for shape in call.services.shapes()
                if shape.camera_id == camera.id and isinstance(shape, kind)]

    def one(call: Call) -> Shape:
        number = call.id(word)
        for shape in shapes(call):
            if shape.id == number:
                return shape
        raise Problem(404, 'not_found', f'There is no {word} {number}.')

    async def list_shapes(call: Call) -> web.Response:
        return answer({'items': [_described(shape, call) for shape in shapes(call)],
                       'next': None})

    async def create_shape(call: Call) -> web.Response:
        definition = dict(call.body)
        name, enabled = definition.pop('name'), definition.pop('enabled', True)
        camera = call.camera()
        shape = await call.submit(CreateShape(camera.name, word, name, enabled, definition))
        return answer(_described(shape, call), status=201, headers={
            'Location': f'/api/v1/cameras/{camera.name}/{plural}/{shape.id}'})

    async def read_shape(call: Call) -> web.Response:
        return answer(_described(one(call), call))

    async def change_shape(call: Call) -> web.Response:
        shape, definition = one(call), dict(call.body)
        if not definition:
            raise Problem(422, 'invalid_body', 'There is nothing to change in the body.')
        name, enabled = (definition.pop(key, None) for key in _BASIC)
        changed = await call.submit(ChangeShape(shape.id, name, enabled, definition))
        return answer(_described(changed, call))

    async def delete_shape(call: Call) -> web.Response:
        await call.submit(DeleteShape(one(call).id))
        return web.Response(status=204)

    return Resource(
        plural, word.capitalize(), _body(kind, create=True), _body(kind, create=False),
        _named(list_shapes, f'list_{plural}', f"List a camera's {plural}."),
        _named(create_shape, f'create_{word}', f'Draw a {word}.'),
        _named(read_shape, f'read_{word}', f'Return one {word}.'),
        _named(change_shape, f'change_{word}', 'Change what is given and leave the rest.'),
        _named(delete_shape, f'delete_{word}', f'Remove a {word}; what happened there stays.'))


def _named(handler: Handler, name: str, summary: str) -> Handler:
    handler.__name__, handler.__doc__ = name, summary
    return handler


def _body(kind: type[Shape], *, create: bool) -> tuple[Field, ...]:
    needed = ('points', 'start', 'end') if create else ()
    return (Text('name', f'What people call it; no other {kind.KIND} of the camera is called so.',
                 longest=64, shortest=1, pattern=r'\S(.*\S)?', required=create),
            Flag('enabled', 'Whether it counts.'),
            *(field.needed() if field.name in needed else field for field in _FIELDS[kind]))


def _described(shape: Shape, call: Call) -> dict[str, Any]:
    camera = next((camera for camera in call.services.cameras()
                   if camera.id == shape.camera_id), None)
    form = {'id': shape.id, 'camera': camera.name if camera else '', 'name': shape.name,
            'enabled': shape.enabled, **definition_of(shape)}
    if isinstance(shape, Zone):
        counts = shape.enabled and camera is not None and camera.enabled
        form['occupancy'] = call.services.occupancy().get(shape.id, 0) if counts else None
    return form


RESOURCES = tuple(map(_resource, (Zone, Tripwire, Mask)))
