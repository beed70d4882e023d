"""Pages of tracks."""
from dataclasses import dataclass
import functools
import json
from typing import Any, Mapping, NamedTuple

from smartcam_bridge.domain.shot import Shot
from smartcam_bridge.store import packing, places
from smartcam_bridge.store.cursors import paged, PageQuery, Position
from smartcam_bridge.store.face_tables import people
from smartcam_bridge.store.schema import cameras, labels, tracks, visits
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, exists, literal, select

_FILTERS = ('camera', 'label', 'tracker_id', 'open', 'from_ns', 'to_ns', 'min_score',
            'zone', 'frame', 'near', 'person', 'stranger', 'verdict')
_COLUMNS = ('id', 'tracker_id', 'label_id', 'first_ns', 'last_ns', 'observations', 'score_top',
            'score_mean', 'score_last', 'end_reason', 'score_median', 'pinned')
_MORE = ('path', 'label_changes', 'stationary_ns', 'shot', 'poses')     # of one track alone
_IDENTITY = ('verdict', 'similarity', 'stranger_id', 'person_id')
LABEL_ID = _COLUMNS.index('label_id')

_CAMERA = select(cameras.c.name).where(cameras.c.id == tracks.c.camera_id).scalar_subquery()
_NAME = select(people.c.name).where(people.c.id == tracks.c.person_id).scalar_subquery()
_TRACKS = select(*(tracks.c[name] for name in _COLUMNS), tracks.c.shot.is_not(None).label('shown'),
                 _CAMERA.label('camera'), *(tracks.c[name] for name in _IDENTITY),
                 _NAME.label('name')).where(
    select(cameras.c.id).where(cameras.c.id == tracks.c.camera_id).exists())
ONE = compiled(_TRACKS.add_columns(*(tracks.c[name] for name in _MORE))
               .where(tracks.c.id == bindparam('id')))


@dataclass(frozen=True, slots=True)
class TrackDetail:
    """What is told of one track only. path: stamp (ns), x, y in [0,1], oldest first.

    label_changes: stamp (ns) and label, the first one too. stationary_ns: since when it has not
    moved, 0: it moves. poses: JSON by moment, empty where none is known.
    """

    path: list[tuple[int, float, float]]
    label_changes: list[tuple[int, str]]
    stationary_ns: int
    shot: Shot | None
    poses: Mapping[str, Any]


class StoredIdentity(NamedTuple):
    """Who a track is as far as is known. verdict: of domain.faces.Verdict; None: for none."""

    verdict: str
    similarity: float | None
    stranger_id: int | None
    person_id: int | None
    person: str | None


@dataclass(frozen=True, slots=True)
class Track:
    """One track as stored. end_reason None: it is open. has_shot: there are pictures of it.

    identity: None where no face was seen that could tell.
    """

    id: int
    camera: str
    tracker_id: str
    label: str
    first_ns: int
    last_ns: int
    observations: int
    score_top: float
    score_mean: float
    score_last: float
    end_reason: str | None
    score_median: float
    pinned: bool
    has_shot: bool
    identity: StoredIdentity | None = None
    detail: TrackDetail | None = None   # None: not asked for

    @property
    def open(self) -> bool:  # noqa: A003
        """Say whether it has not ended."""
        return self.end_reason is None


@dataclass(frozen=True, slots=True)
class TrackQuery(PageQuery):
    """Which tracks, and which page of them. None: any.

    A track matches from_ns and to_ns when it was there at some time between them; min_score when
    its best score reaches it; zone when it visited that; near (x, y, radius) and within (a
    polygon), in metres of frame, by where the robot was at its begin. person, stranger: ids of who
    it is. Ordered by its begin.
    """

    tracker_id: str | None = None
    open: bool | None = None  # noqa: A003
    min_score: float | None = None
    zone: int | None = None
    frame: str | None = None
    near: places.Circle | None = None
    within: tuple[places.Point, ...] = ()
    person: int | None = None
    stranger: int | None = None
    verdict: str | None = None

    def statement(self, position: Position | None) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the page from `position` on, and one row more."""
        given = self.given(*_FILTERS)
        is_open = given.pop('open', None)
        built = _built(self.order == 'newest', position is not None, is_open, tuple(given),
                       len(self.within))
        if self.near is not None:
            given |= places.near_values(given.pop('near'))
        place = dict(zip(('stamp_ns', 'id'), position or ()))
        return built.sql, built.bound(rows=self.limit + 1, **given, **place,
                                      **places.within_values(self.within))


def track_of(row: tuple, names: Mapping[int, str]) -> Track:
    """Make a Track of a row; `names` are the labels by id."""
    (id_, tracker_id, label_id, first_ns, last_ns, count, top, mean, last, end, median, pinned,
     shown, camera, verdict, similarity, stranger_id, person_id, name, *more) = row
    identity = verdict and StoredIdentity(
        verdict, None if similarity is None else round(similarity, 4), stranger_id, person_id,
        name)
    return Track(id_, camera, tracker_id, names.get(label_id, ''), first_ns, last_ns, count,
                 round(top, 4), round(mean, 4), round(last, 4), end, round(median, 4),
                 bool(pinned), bool(shown), identity,
                 _detail(*more, names) if more else None)


def _detail(path: bytes, changes: str, stationary_ns: int, shot: str | None, poses: str | None,
            names: Mapping[int, str]) -> TrackDetail:
    best = Shot.from_json(json.loads(shot)) if shot else None
    where = json.loads(poses) if poses else {}
    if best is not None and best.pose is not None:
        where['shot'] = best.pose.as_json()
    return TrackDetail(
        [(stamp_ns, round(x, 6), round(y, 6))
         for stamp_ns, x, y in packing.unpack_path(path).tolist()],
        [(stamp_ns, names.get(label_id, '')) for stamp_ns, label_id in json.loads(changes)],
        stationary_ns, best, where)


@functools.lru_cache(maxsize=512)
def _built(newest: bool, continued: bool, is_open: bool | None,
           given: tuple[str, ...], corners: int) -> Statement:
    table = tracks.c
    conditions = {
        'camera': table.camera_id == select(cameras.c.id).where(
            cameras.c.name == bindparam('camera')).scalar_subquery(),
        'label': table.label_id == select(labels.c.id).where(
            labels.c.name == bindparam('label')).scalar_subquery(),
        'tracker_id': table.tracker_id == bindparam('tracker_id'),
        'from_ns': table.last_ns >= bindparam('from_ns'),
        'to_ns': table.first_ns < bindparam('to_ns'),
        'min_score': table.score_top >= bindparam('min_score'),
        'zone': exists(select(literal(1)).where(
            visits.c.track_id == table.id, visits.c.zone_id == bindparam('zone'))),
        'frame': table.pose_frame == bindparam('frame'),
        'near': places.near(table.pose_x, table.pose_y),
        'person': table.person_id == bindparam('person'),
        'stranger': table.stranger_id == bindparam('stranger'),
        'verdict': table.verdict == bindparam('verdict')}
    statement = _TRACKS.where(*(conditions[name] for name in given))
    if corners:
        statement = statement.where(places.within(table.pose_x, table.pose_y, corners))
    if is_open is not None:
        statement = statement.where(
            table.end_reason.is_(None) if is_open else table.end_reason.is_not(None))
    return compiled(paged(statement, (table.first_ns, table.id), newest,
                          '<=' if continued else ''))
