"""Pages of strangers, with tracks that have pictures of them; where one of them was seen."""
from dataclasses import dataclass
import functools
from typing import Any, Mapping, NamedTuple

from smartcam_bridge.store.cursors import paged, PageQuery, Position
from smartcam_bridge.store.face_tables import strangers
from smartcam_bridge.store.schema import cameras, tracks
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, func, select

CAMERAS_MAX = 64    # that saw a stranger, those that did last
SHOWN_MAX = 6   # tracks of a stranger that are named for their pictures, the newest

_FILTERS = ('from_ns', 'to_ns')
_NEWEST = (
    select(tracks.c.id).where(tracks.c.stranger_id == strangers.c.id, tracks.c.shot.is_not(None))
    .order_by(tracks.c.first_ns.desc()).limit(SHOWN_MAX).correlate(strangers).subquery())
_SHOWN = select(func.group_concat(_NEWEST.c.id, ' ')).scalar_subquery()
_STRANGERS = select(*(strangers.c[name] for name in (
    'last_ns', 'id', 'model', 'first_ns', 'alerted_ns', 'sightings', 'tracks')), _SHOWN)
ONE = compiled(_STRANGERS.where(strangers.c.id == bindparam('id')))
_LAST = func.max(tracks.c.last_ns)
CAMERAS = compiled(
    select(cameras.c.name, func.count(), func.min(tracks.c.first_ns), _LAST)
    .select_from(tracks.join(cameras, cameras.c.id == tracks.c.camera_id))
    .where(tracks.c.stranger_id == bindparam('id')).group_by(cameras.c.id)
    .order_by(_LAST.desc(), cameras.c.id).limit(bindparam('rows')))


class StoredStranger(NamedTuple):
    """A stranger as stored. alerted_ns: 0 never. shown: ids of tracks with pictures."""

    last_ns: int
    id: int     # noqa: A003
    model: str
    first_ns: int
    alerted_ns: int
    sightings: int
    tracks: int
    shown: tuple[int, ...]


class StrangerCamera(NamedTuple):
    """A camera that saw a stranger: in how many tracks that are kept, from when to when."""

    name: str
    tracks: int
    first_ns: int
    last_ns: int


@dataclass(frozen=True, slots=True)
class StrangerQuery(PageQuery):
    """Which strangers, and which page of them, by when they were seen last.

    One matches when they were seen between from_ns and to_ns, or before and after.
    """

    def statement(self, position: Position | None) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the page from `position` on, and one row more."""
        given = self.given(*_FILTERS)
        built = _built(self.order == 'newest', position is not None, tuple(given))
        place = dict(zip(('stamp_ns', 'id'), position or ()))
        return built.sql, built.bound(rows=self.limit + 1, **given, **place)


def stranger_of(row: tuple) -> StoredStranger:
    """Make a StoredStranger of a row."""
    *rest, shown = row
    return StoredStranger(*rest, tuple(map(int, shown.split())) if shown else ())


@functools.lru_cache(maxsize=32)
def _built(newest: bool, continued: bool, given: tuple[str, ...]) -> Statement:
    table = strangers.c
    conditions = {'from_ns': table.last_ns >= bindparam('from_ns'),
                  'to_ns': table.first_ns < bindparam('to_ns')}
    return compiled(paged(_STRANGERS.where(*(conditions[name] for name in given)),
                          (table.last_ns, table.id), newest, '<=' if continued else ''))
