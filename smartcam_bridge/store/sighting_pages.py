"""Pages of the faces that were seen, and the best face of a track."""
from dataclasses import dataclass
import functools
from typing import Any, Mapping, NamedTuple

from smartcam_bridge.store.cursors import paged, PageQuery, Position
from smartcam_bridge.store.face_tables import people, sightings
from smartcam_bridge.store.schema import cameras
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, select

_FILTERS = ('camera', 'person_id', 'stranger_id', 'track_id', 'from_ns', 'to_ns')
_CAMERA = select(cameras.c.name).where(cameras.c.id == sightings.c.camera_id).scalar_subquery()
_NAME = select(people.c.name).where(people.c.id == sightings.c.person_id).scalar_subquery()
SIGHTINGS = select(
    sightings.c.stamp_ns, sightings.c.id, _CAMERA.label('camera'),
    *(sightings.c[name] for name in (
        'track_id', 'slot', 'model', 'dimension', 'x1', 'y1', 'x2', 'y2', 'face_px', 'score',
        'sharpness', 'pose', 'quality', 'person_id', 'stranger_id', 'similarity')),
    _NAME.label('name')).where(
        select(cameras.c.id).where(cameras.c.id == sightings.c.camera_id).exists())
BEST = {  # by whether a model is asked for
    with_model: compiled(
        SIGHTINGS.add_columns(sightings.c.vector)
        .where(sightings.c.track_id == bindparam('track'),
               *([sightings.c.model == bindparam('model')] if with_model else ()))
        .order_by(sightings.c.quality.desc(), sightings.c.stamp_ns).limit(1))
    for with_model in (False, True)}


class StoredSighting(NamedTuple):
    """A face as stored, without its vector. box: x1 y1 x2 y2 in [0,1] of the frame.

    person_id, stranger_id: of its track, None for none; similarity: to that person.
    """

    stamp_ns: int
    id: int     # noqa: A003
    camera: str
    track_id: int
    slot: int
    model: str
    dimension: int
    box: tuple[float, float, float, float]
    face_px: float
    score: float
    sharpness: float
    pose: float
    quality: float
    person_id: int | None
    stranger_id: int | None
    similarity: float
    person: str | None


@dataclass(frozen=True, slots=True)
class SightingQuery(PageQuery):
    """Which faces, and which page of them. None: any."""

    person_id: int | None = None
    stranger_id: int | None = None
    track_id: int | None = None

    def statement(self, position: Position | None) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the page from `position` on, and one row more."""
        given = self.given(*_FILTERS)
        built = _built(self.order == 'newest', position is not None, tuple(given))
        place = dict(zip(('stamp_ns', 'id'), position or ()))
        return built.sql, built.bound(rows=self.limit + 1, **given, **place)


def sighting_of(row: tuple) -> StoredSighting:
    """Make a StoredSighting of a row, which may go on after it."""
    return StoredSighting(*row[:7], row[7:11], *row[11:20])


@functools.lru_cache(maxsize=256)
def _built(newest: bool, continued: bool, given: tuple[str, ...]) -> Statement:
    table = sightings.c
    conditions = {
        'camera': table.camera_id == select(cameras.c.id).where(
            cameras.c.name == bindparam('camera')).scalar_subquery(),
        'person_id': table.person_id == bindparam('person_id'),
        'stranger_id': table.stranger_id == bindparam('stranger_id'),
        'track_id': table.track_id == bindparam('track_id'),
        'from_ns': table.stamp_ns >= bindparam('from_ns'),
        'to_ns': table.stamp_ns < bindparam('to_ns')}
    statement = SIGHTINGS.where(*(conditions[name] for name in given))
    return compiled(paged(statement, (table.stamp_ns, table.id), newest,
                          '<=' if continued else ''))
