"""Who was seen in a span of time: people who may be recognised, by name."""
from dataclasses import dataclass
import functools

from smartcam_bridge.domain.people import Consent
from smartcam_bridge.store.cursors import Fetch
from smartcam_bridge.store.face_tables import people
from smartcam_bridge.store.schema import cameras, tracks
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, func, or_, select

SEEN_MAX = 500


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """Somebody who was seen: by so many tracks, from the first to the last moment of the span."""

    id: int     # noqa: A003
    name: str
    tracks: int
    first_ns: int
    last_ns: int
    cameras: tuple[str, ...]


async def seen_people(fetch: Fetch, from_ns: int, to_ns: int,
                      camera: str | None = None) -> list[SeenPerson]:
    """Return the first SEEN_MAX by name; whoever refused is left out."""
    asked = _built(camera is not None)
    given = {} if camera is None else {'camera': camera}
    rows = await fetch(asked.sql, asked.bound(from_ns=from_ns, to_ns=to_ns, **given))
    return [SeenPerson(id_, name, count, max(first_ns, from_ns), min(last_ns, to_ns),
                       tuple(sorted(names.split('\n'))))
            for id_, name, count, first_ns, last_ns, names in rows]


@functools.lru_cache(maxsize=2)
def _built(of_camera: bool) -> Statement:
    # By person and camera first: a list of distinct names cannot have a separator of its own.
    each = select(tracks.c.person_id, cameras.c.name, func.count().label('tracks'),
                  func.min(tracks.c.first_ns).label('first_ns'),
                  func.max(tracks.c.last_ns).label('last_ns')).select_from(
        tracks.join(cameras, cameras.c.id == tracks.c.camera_id)).where(
        tracks.c.person_id.is_not(None), tracks.c.first_ns < bindparam('to_ns'),
        tracks.c.last_ns >= bindparam('from_ns'), *(
            (cameras.c.name == bindparam('camera'),) if of_camera else ())).group_by(
        tracks.c.person_id, cameras.c.name).subquery()
    allowed = or_(*(people.c.consent == one.value for one in Consent if one.allows))
    return compiled(select(
        people.c.id, people.c.name, func.sum(each.c.tracks), func.min(each.c.first_ns),
        func.max(each.c.last_ns), func.group_concat(each.c.name, '\n')).select_from(
        people.join(each, each.c.person_id == people.c.id)).where(allowed).group_by(
        people.c.id, people.c.name).order_by(func.lower(people.c.name), people.c.id)
        .limit(SEEN_MAX))
