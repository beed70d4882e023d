"""Two people are one: all that belongs to one is the other's."""
from dataclasses import replace

from smartcam_bridge.domain.faces import Correction
from smartcam_bridge.domain.people import Person
from smartcam_bridge.errors import Conflict
from smartcam_bridge.store.face_tables import rejections, sightings, templates
from smartcam_bridge.store.faces.corrections import correct_events, OF_PERSON
from smartcam_bridge.store.faces.people import move_templates
from smartcam_bridge.store.faces.people_rows import put_person, read_person, remove_person
from smartcam_bridge.store.faces.rejections import withdraw_contradicted
from smartcam_bridge.store.faces.tracks_of import open_tracks_of
from smartcam_bridge.store.faces.work import Work
from smartcam_bridge.store.people_tasks import MergePeople
from smartcam_bridge.store.schema import tracks
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, update

_GIVE = tuple(compiled(update(table).where(table.c.person_id == bindparam('whose')).values(
    person_id=bindparam('heir'))) for table in (templates, rejections, sightings, tracks))


def merge_people(work: Work, ask: MergePeople) -> Person:
    """Give templates, rejections, sightings, tracks and events of one person to another.

    What was said of consent last counts. Names that go are known as former ones.
    """
    if ask.id == ask.into_id:
        raise Conflict(f'person {ask.id} cannot be merged into themselves')
    gone, gone_names = read_person(work.connection, ask.id)
    kept, kept_names = read_person(work.connection, ask.into_id)
    said = max(kept, gone, key=lambda person: person.consent_ns)
    left = replace(kept, notes='\n'.join(filter(None, (kept.notes, gone.notes))),
                   consent=said.consent, consent_ns=said.consent_ns)
    work.corrections += [Correction(id_, left.id)
                         for id_ in open_tracks_of(work.connection, gone.id)]
    for statement in _GIVE:
        work.connection.execute(statement.sql, {'whose': gone.id, 'heir': left.id})
    events = correct_events(work, ask, 'merged', OF_PERSON, gone.id,
                            lambda naming: naming.other(gone.id, left.id))
    remove_person(work.connection, gone.id)
    put_person(work.connection, left, [*kept_names, *gone_names, gone.name])
    work.galleries.give(gone.id, left.id)
    withdraw_contradicted(work, left.id)
    if {kept.consent.allows, gone.consent.allows} != {left.consent.allows}:
        move_templates(work, left)
    work.heirs[gone.id] = left.id
    work.audit(ask, 'merged', left.id, person=gone.id, events=events)
    return left
