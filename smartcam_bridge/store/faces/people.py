"""Add and change people; remove a template."""
from dataclasses import replace

from smartcam_bridge.domain.faces import Correction
from smartcam_bridge.domain.people import Consent, Person
from smartcam_bridge.errors import NotFound
from smartcam_bridge.store.face_tables import template_pictures, templates
from smartcam_bridge.store.faces.people_rows import add_person, put_person, read_person
from smartcam_bridge.store.faces.tracks_of import open_tracks_of
from smartcam_bridge.store.faces.work import Work
from smartcam_bridge.store.people_tasks import (
    ChangePerson, CreatePerson, DeleteTemplate, ExportPerson)
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, delete, select

_WHOSE = compiled(select(templates.c.person_id).where(templates.c.id == bindparam('key')))
_IDS = compiled(select(templates.c.id).where(templates.c.person_id == bindparam('person')))
_DELETE = tuple(compiled(delete(column.table).where(column == bindparam('key')))
                for column in (template_pictures.c.template_id, templates.c.id))


def create_person(work: Work, ask: CreatePerson) -> Person:
    """Add a person; raise Conflict where the name is taken."""
    consent = Consent(ask.consent)
    person = add_person(work.connection, Person(
        0, ask.name, ask.notes, consent,
        0 if consent is Consent.NOT_ASKED else ask.at_ns, ask.at_ns))
    work.audit(ask, 'created', person.id, consent=consent.value)
    return person


def change_person(work: Work, ask: ChangePerson) -> Person:
    """Change name, notes or consent; who does not consent any more leaves the gallery at once."""
    person, former = read_person(work.connection, ask.id)
    changed = person
    if ask.name is not None:
        changed = replace(changed, name=ask.name)
    if ask.notes is not None:
        changed = replace(changed, notes=ask.notes)
    if ask.consent is not None and Consent(ask.consent) is not person.consent:
        changed = replace(changed, consent=Consent(ask.consent), consent_ns=ask.at_ns)
    names = [name for name in ('name', 'notes', 'consent')
             if getattr(changed, name) != getattr(person, name)]
    if not names:
        return person
    put_person(work.connection, changed, [*former, person.name])
    work.audit(ask, 'changed', person.id, changed=names,
               **({'consent': changed.consent.value} if 'consent' in names else {}))
    follow_consent(work, person, changed)
    return changed


def export_person(work: Work, ask: ExportPerson) -> None:
    """Write down that a person's data were handed out; raise NotFound."""
    person, _ = read_person(work.connection, ask.id)
    work.audit(ask, 'exported', person.id)


def follow_consent(work: Work, before: Person, after: Person) -> None:
    """Bring the gallery in line with what a person said of being recognised."""
    if before.consent.allows != after.consent.allows:
        move_templates(work, after)


def move_templates(work: Work, person: Person) -> None:
    """Let a person's templates be where their consent says; whose it forbids loses open tracks."""
    work.galleries.remove(template_ids(work, person.id))
    work.galleries.add_person(work.connection, person.id, withheld=not person.consent.allows)
    if not person.consent.allows:
        work.corrections += [Correction(id_, 0)
                             for id_ in open_tracks_of(work.connection, person.id)]


def template_ids(work: Work, person_id: int) -> list[int]:
    """Return the ids of all templates of a person."""
    return [id_ for id_, in work.connection.execute(_IDS.sql, {'person': person_id})]


def delete_template(work: Work, ask: DeleteTemplate) -> None:
    """Remove a template with its picture; raise NotFound."""
    row = work.connection.execute(_WHOSE.sql, {'key': ask.id}).fetchone()
    if row is None:
        raise NotFound(f'there is no template {ask.id}')
    remove_templates(work, [ask.id])
    work.audit(ask, 'template_deleted', row[0], template=ask.id)


def remove_templates(work: Work, ids: list[int]) -> None:
    """Delete templates with their pictures, and let the gallery be without them."""
    for statement in _DELETE:
        work.connection.executemany(statement.sql, [{'key': id_} for id_ in ids])
    work.galleries.remove(ids)
