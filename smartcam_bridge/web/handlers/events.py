"""Events: what happened, page by page, and what people do about it."""
from typing import Any

from aiohttp import web

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.store.queries import EventQuery, StoredEvent
from smartcam_bridge.store.tasks import (
    AcknowledgeEvents, ChangeEvent, CreateEvent, DeleteEvent)
from smartcam_bridge.web.auth import Role
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag, Moment, Number, Text
from smartcam_bridge.web.handlers import history
from smartcam_bridge.web.problems import Problem

TYPES_MAX = 20
_WORDS = tuple(severity.word for severity in Severity)


def _number(name: str, help: str) -> Number:
    return Number(name, help, 1, history.ID_MAX, whole=True)


QUERY: tuple[Field, ...] = (
    history.CAMERA, history.LABEL,
    Text('type', f'Of these types only; {TYPES_MAX} at most, with commas between.', longest=1024,
         pattern=r'[a-z_]{1,48}(,[a-z_]{1,48}){0,%d}' % (TYPES_MAX - 1)),
    Text('severity', 'Of at least this severity.', choices=_WORDS),
    _number('zone', 'Of this zone only.'), _number('tripwire', 'Of this tripwire only.'),
    _number('track', 'Of this track only.'), history.PERSON,
    _number('was', 'Of which this person was thought to be before.'), history.STRANGER,
    Flag('pinned', 'Only those that are pinned (true) or are not.'),
    Flag('acknowledged', 'Only those that you have acknowledged (true) or have not.'),
    *history.PLACE,
    _number('first_seq', 'From this number on.'), _number('last_seq', 'Up to this number.'),
    *history.PAGE)
CREATE: tuple[Field, ...] = (
    Text('title', 'What happened.', longest=200, shortest=1, required=True),
    Text('note', 'More about it.', longest=4000),
    Text('camera', 'The camera that it concerns.', longest=64, shortest=1),
    Moment('stamp', 'When; left out: now.'),
    Text('severity', 'How much it matters.', choices=_WORDS, default=Severity.INFO.word))
CHANGE: tuple[Field, ...] = (
    Flag('pinned', 'Keep it for ever, with its pictures. Needs operator.'),
    Flag('acknowledged', 'You have seen to it.'))
ACKNOWLEDGE: tuple[Field, ...] = (
    Number('to', 'Those up to this number.', 0, history.ID_MAX, whole=True, required=True),
    Text('camera', 'Of this camera only.', longest=64, shortest=1))


async def list_events(call: Call) -> web.Response:
    """List events by their time."""
    page = await call.reader.events(event_query(call))
    return answer({'items': [event_item(item) for item in page.items], 'next': page.next})


async def read_event(call: Call) -> web.Response:
    """Return one event."""
    return answer(event_item(await call.reader.event(call.id('event'))))


async def create_event(call: Call) -> web.Response:
    """Make an event by hand."""
    body = call.body
    camera_id = 0
    if name := body.get('camera', ''):
        ids = {camera.name: camera.id for camera in call.services.cameras()}
        if name not in ids:
            raise Problem(404, 'not_found', f'There is no camera {name!r}.')
        camera_id = ids[name]
    made = await call.submit(CreateEvent(Event(
        'manual_event', name, body.get('stamp', call.services.now_ns()),
        {'title': body['title'], 'note': body.get('note', ''), 'by': call.who.name},
        camera_id=camera_id, severity=_severity(body['severity']))))
    return answer(event_item(StoredEvent(made, False, (), False)), status=201,
                  headers={'Location': f'/api/v1/events/{made.seq}'})


async def change_event(call: Call) -> web.Response:
    """Acknowledge an event, pin it, or take that back."""
    if not call.body:
        raise Problem(422, 'invalid_body', 'There is nothing to change in the body.')
    if 'pinned' in call.body and call.who.role < Role.OPERATOR:
        raise Problem(403, 'forbidden', f'Pinning needs the role {Role.OPERATOR.word}; '
                      f'{call.who.name!r} is {call.who.role.word}.')
    seq = call.id('event')
    await call.submit(ChangeEvent(seq, call.who.name, call.services.now_ns(), **call.body))
    return answer(event_item(await call.reader.event(seq)))


async def acknowledge_events(call: Call) -> web.Response:
    """Acknowledge many events, the newest first."""
    done = await call.submit(AcknowledgeEvents(
        call.body['to'], call.who.name, call.services.now_ns(), call.body.get('camera', '')))
    return answer({'acknowledged': done.count, 'next': done.next_seq or None})


async def delete_event(call: Call) -> web.Response:
    """Remove an event."""
    await call.submit(DeleteEvent(call.id('event')))
    return web.Response(status=204)


def _severity(word: str) -> Severity:
    return Severity[word.upper()]


def event_query(call: Call) -> EventQuery:
    """Return which events are asked for; raise Problem 422."""
    values = history.times(call)
    types, severity = values.pop('type'), values.pop('severity')
    zone, tripwire = values.pop('zone'), values.pop('tripwire')
    if zone is not None and tripwire is not None:
        raise Problem(422, 'invalid_query', 'query: tripwire goes without zone',
                      errors=(('tripwire', 'goes without zone'),))
    return EventQuery(
        types=tuple(dict.fromkeys(types.split(','))) if types else (),
        severity=_severity(severity) if severity else None,
        shape_id=tripwire if zone is None else zone, track_id=values.pop('track'),
        person_id=values.pop('person'), was_person_id=values.pop('was'),
        stranger_id=values.pop('stranger'), who=call.who.name, **values)


def event_item(item: StoredEvent) -> dict[str, Any]:
    """Return an event as the API has it."""
    event = item.event
    thumbnail = f'/api/v1/tracks/{event.track_id}/thumbnail.jpg' if item.has_shot else None
    return event.as_json() | {'pinned': item.pinned, 'acknowledged': list(item.acknowledged),
                              'thumbnail': thumbnail}
