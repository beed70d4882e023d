"""All that is held about a person, for that person."""
from aiohttp import web

from smartcam_bridge.exports.dossier import Dossier, MEDIA_TYPE, NAME
from smartcam_bridge.store.people_tasks import ExportPerson
from smartcam_bridge.web.call import Call
from smartcam_bridge.web.handlers import events, exports, history, people, sightings, templates

_FORMS = {'person': people.person_item, 'template': templates.template_item,
          'sighting': sightings.sighting_item, 'track': history.whole_track_item,
          'event': events.event_item, 'audit': sightings.audit_item}


async def export_person(call: Call) -> web.StreamResponse:
    """Stream all that is held about a person as JSON, embeddings and pictures included."""
    person_id, now_ns = call.id('person'), call.services.now_ns()
    await call.submit(ExportPerson(person_id, call.who.name, now_ns))
    dossier = Dossier(call.reader, person_id, forms=_FORMS, now_ns=now_ns,
                      find_picture=call.services.find_picture)
    return await exports.send(call, dossier.parts(), NAME.format(person_id), MEDIA_TYPE)
