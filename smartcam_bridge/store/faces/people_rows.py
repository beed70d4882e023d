"""Rows of people. Inside a transaction of the caller's, on its thread."""
import json
import sqlite3

from smartcam_bridge.domain.people import Consent, Person
from smartcam_bridge.errors import Conflict, NotFound, StoreError
from smartcam_bridge.store.face_tables import people
from smartcam_bridge.store.sql import compiled, positional
from sqlalchemy import bindparam, delete, insert, or_, select, update

_COLUMNS = ('id', 'name', 'notes', 'consent', 'consent_ns', 'created_ns')
_NAME_MAX = 200
_INSERT = positional(insert(people), (*_COLUMNS, 'former_names'))
_ONE = compiled(select(*(people.c[name] for name in (*_COLUMNS, 'former_names')))
                .where(people.c.id == bindparam('key')))
_NAMES = compiled(select(people.c.id, people.c.name))
_ALLOWED, _REFUSED = (compiled(select(people.c.id).where(
    or_(*(people.c.consent == one.value for one in Consent if one.allows == allows))))
    for allows in (True, False))
_UPDATE = compiled(update(people).where(people.c.id == bindparam('key')).values(
    name=bindparam('its_name'), notes=bindparam('its_notes'), consent=bindparam('said'),
    consent_ns=bindparam('said_ns'), former_names=bindparam('before')))
_CONSENTS = compiled(select(people.c.id, people.c.created_ns, people.c.consent,
                            people.c.consent_ns).where(people.c.consent_ns > 0))
_SAY = compiled(update(people).where(
    people.c.id == bindparam('key'), people.c.created_ns == bindparam('made_ns'),
    people.c.consent_ns < bindparam('since_ns')).values(
        consent=bindparam('said'), consent_ns=bindparam('said_ns')))
_DELETE = compiled(delete(people).where(people.c.id == bindparam('key')))


def names_of(connection: sqlite3.Connection) -> dict[int, str]:
    """Return what everybody is called, by id."""
    return dict(connection.execute(_NAMES.sql, _NAMES.params))


def allowed_ids(connection: sqlite3.Connection) -> set[int]:
    """Return who may be recognised."""
    return {id_ for id_, in connection.execute(_ALLOWED.sql, _ALLOWED.params)}


def refused_ids(connection: sqlite3.Connection) -> frozenset[int]:
    """Return who must not be recognised."""
    return frozenset(id_ for id_, in connection.execute(_REFUSED.sql, _REFUSED.params))


def read_consents(connection: sqlite3.Connection) -> list[tuple[int, int, str, int]]:
    """Return what people said of being recognised: id, created_ns, consent and consent_ns."""
    return connection.execute(_CONSENTS.sql, _CONSENTS.params).fetchall()


def put_consents(connection: sqlite3.Connection, said: list[tuple[int, int, str, int]]) -> None:
    """Let what the same people said later count, where these rows are older."""
    connection.executemany(_SAY.sql, [_SAY.bound(
        key=id_, made_ns=created_ns, said=consent, said_ns=at_ns, since_ns=at_ns)
        for id_, created_ns, consent, at_ns in said])


def read_person(connection: sqlite3.Connection, person_id: int) -> tuple[Person, list[str]]:
    """Return a person and what they were called before; raise NotFound."""
    row = connection.execute(_ONE.sql, {'key': person_id}).fetchone()
    if row is None:
        raise NotFound(f'there is no person {person_id}')
    id_, name, notes, consent, consent_ns, created_ns, former = row
    return Person(id_, name, notes, Consent(consent), consent_ns, created_ns), json.loads(former)


def add_person(connection: sqlite3.Connection, person: Person) -> Person:
    """Insert a person; return them with their id. Raises Conflict, StoreError."""
    _require_name(person.name)
    row = (None, person.name, person.notes, person.consent.value, person.consent_ns,
           person.created_ns, '[]')
    try:
        person_id = connection.execute(_INSERT, row).lastrowid
    except sqlite3.IntegrityError as error:
        raise Conflict(f'there is a person {person.name!r} already') from error
    return read_person(connection, person_id)[0]


def put_person(connection: sqlite3.Connection, person: Person, former_names: list[str]) -> None:
    """Update a person's row; raise Conflict where the name is taken, StoreError."""
    _require_name(person.name)
    former = [name for name in dict.fromkeys(former_names) if name != person.name]
    try:
        connection.execute(_UPDATE.sql, _UPDATE.bound(
            key=person.id, its_name=person.name, its_notes=person.notes,
            said=person.consent.value, said_ns=person.consent_ns,
            before=json.dumps(former, ensure_ascii=False)))
    except sqlite3.IntegrityError as error:
        raise Conflict(f'there is a person {person.name!r} already') from error


def remove_person(connection: sqlite3.Connection, person_id: int) -> None:
    """Delete a person's row, and no more."""
    connection.execute(_DELETE.sql, {'key': person_id})


def _require_name(name: str) -> None:
    if not name.strip() or name != name.strip() or len(name) > _NAME_MAX:
        raise StoreError(f'a name has 1 to {_NAME_MAX} characters, and no blanks around it')
