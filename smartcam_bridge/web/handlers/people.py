"""People: list, create, read, change, merge, forget."""
from dataclasses import dataclass, replace
from typing import Any
import unicodedata

from aiohttp import web

from smartcam_bridge.domain.people import Consent
from smartcam_bridge.domain.times import iso
from smartcam_bridge.errors import NotFound
from smartcam_bridge.store.people_queries import PersonQuery, StoredPerson
from smartcam_bridge.store.people_tasks import (
    ChangePerson, CreatePerson, ForgetPerson, ForgetReceipt, MergePeople)
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Number, Text
from smartcam_bridge.web.handlers.history import ID_MAX, PAGE_MAX
from smartcam_bridge.web.problems import Problem

_NAME_MAX = 100
_CURSOR_MAX = 1024  # characters: the cursor of a list by name holds a name
_CONSENTS = tuple(consent.value for consent in Consent)


@dataclass(frozen=True, slots=True)
class Name(Text):
    """What people are called. What looks the same is the same name (Unicode's form NFC)."""

    longest: int = _NAME_MAX
    shortest: int = 1
    pattern: str = r'(?!.*[\x00-\x1f\x7f-\x9f])\S(.*\S)?'

    def check(self, value: Any) -> str:
        """Return `value` or raise ValueError that says what is accepted."""
        return Text.check(self, unicodedata.normalize('NFC', value)
                          if isinstance(value, str) else value)


QUERY: tuple[Field, ...] = (
    Name('query', 'Whose name has this in it; A to Z in either case.',
         pattern=r'[^\x00-\x1f\x7f-\x9f]+'),
    Text('consent', 'Who said this.', choices=_CONSENTS),
    Text('order', 'By name, or who was seen last first.', choices=('name', 'seen'),
         default='name'),
    Number('limit', 'Items on a page.', 1, PAGE_MAX, whole=True, default=100),
    Text('cursor', 'The `next` of the page before; everything else as there.',
         longest=_CURSOR_MAX, shortest=1))
CHANGE: tuple[Field, ...] = (
    Name('name', 'What people call them; nobody else is called so.'),
    Text('notes', 'What else is to be known.', longest=4000),
    Text('consent', 'What they said of being recognised; who refused or withdrew is not.',
         choices=_CONSENTS))
CREATE: tuple[Field, ...] = (
    replace(CHANGE[0], required=True), *CHANGE[1:])
MERGE: tuple[Field, ...] = (
    Number('into', 'The id of the person who stays.', 1, ID_MAX, whole=True, required=True),)


async def list_people(call: Call) -> web.Response:
    """List people by name, or who was seen last first."""
    asked = dict(call.query)
    page = await call.reader.people.people(PersonQuery(text=asked.pop('query'), **asked))
    return answer({'items': [person_item(item) for item in page.items], 'next': page.next})


async def create_person(call: Call) -> web.Response:
    """Add a person, who has no face yet."""
    made = await call.submit(CreatePerson(
        call.body['name'], call.body.get('notes', ''),
        call.body.get('consent', Consent.NOT_ASKED.value), call.who.name, call.services.now_ns()))
    return await person_answer(call, made.id, status=201)


async def read_person(call: Call) -> web.Response:
    """Return one person."""
    return await person_answer(call, call.id('person'))


async def change_person(call: Call) -> web.Response:
    """Change what is given and leave the rest."""
    if not call.body:
        raise Problem(422, 'invalid_body', 'There is nothing to change in the body.')
    changed = await call.submit(ChangePerson(
        call.id('person'), *map(call.body.get, ('name', 'notes', 'consent')), call.who.name,
        call.services.now_ns()))
    return await person_answer(call, changed.id)


async def merge_people(call: Call) -> web.Response:
    """Give all that belongs to a person to another, and return that one."""
    left = await call.submit(MergePeople(
        call.id('person'), call.body['into'], call.who.name, call.services.now_ns()))
    return await person_answer(call, left.id)


async def forget_person(call: Call) -> web.Response:
    """Remove a person with all that is held about them, and say what went."""
    return answer(_receipt(await call.submit(ForgetPerson(
        call.id('person'), call.who.name, call.services.now_ns()))))


async def person_picture(call: Call) -> web.Response:
    """Return the picture of a person's best template, as a JPEG."""
    number = call.id('person')
    try:
        data = await call.reader.people.person_picture(number)
    except NotFound as error:
        raise Problem(404, 'no_picture', f'There is no picture of person {number}.') from error
    return web.Response(body=data, content_type='image/jpeg')


async def person_answer(call: Call, person_id: int, status: int = 200) -> web.Response:
    """Answer with a person as they are now."""
    found = await call.reader.people.person(person_id)
    headers = {'Location': f'/api/v1/people/{person_id}'} if status == 201 else None
    return answer(person_item(found), status=status, headers=headers)


def person_item(item: StoredPerson) -> dict[str, Any]:
    """Return a person as the API has them."""
    person = item.person
    picture = None if item.picture is None else f'/api/v1/templates/{item.picture}/picture.jpg'
    return {'id': person.id, 'name': person.name, 'notes': person.notes,
            'consent': person.consent.value,
            'consent_at': iso(person.consent_ns) if person.consent_ns else None,
            'created': iso(person.created_ns), 'templates': item.templates,
            'last_seen': None if item.seen_ns is None else iso(item.seen_ns), 'picture': picture}


def _receipt(receipt: ForgetReceipt) -> dict[str, Any]:
    return {'person': receipt.person_id, 'at': iso(receipt.at_ns),
            'templates': receipt.templates, 'sightings': receipt.sightings,
            'rejections': receipt.rejections, 'tracks': receipt.tracks, 'events': receipt.events,
            'texts': receipt.texts, 'files': receipt.files, 'backups': list(receipt.backups)}
