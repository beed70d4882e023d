"""Pages of detections out of packed observations."""
from dataclasses import dataclass, field
import functools
import logging
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

import numpy as np
from smartcam_bridge.domain.model import Source
from smartcam_bridge.errors import StoreError
from smartcam_bridge.store import packing
from smartcam_bridge.store.cursors import paged, PageQuery, Position, ROW_DONE
from smartcam_bridge.store.schema import cameras, observations, tracks
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, case, select

SCANNED_MAX = 5000        # observations that one page looks at; a rarer box is on a later page
CHUNK = (32, 512)         # observations of the first and of the largest read

_FOREVER_NS = 2 ** 63 - 1
_FILTERS = ('camera', 'source', 'track', 'from_ns', 'to_ns')  # those that SQL can do
_log = logging.getLogger(__name__)


class Detection(NamedTuple):
    """One box as stored. box: x1, y1, x2, y2 in [0,1]; track None: it belongs to none."""

    camera: str
    stamp_ns: int
    received_ns: int
    source: Source
    label: str
    score: float
    box: list[float]
    track: int | None


@dataclass(frozen=True, slots=True)
class DetectionQuery(PageQuery):
    """Which detections, and which page of them. None: any."""

    source: Source | None = None
    track: int | None = None
    min_score: float = 0.0

    def statement(self, position: Position | None, rows: int) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the next rows from `position` on."""
        given = self.given(*_FILTERS)
        begin = '' if position is None else '<' if position[2] == ROW_DONE else '<='
        built = _built(self.order == 'newest', begin, tuple(given))
        place = dict(zip(('stamp_ns', 'id'), position or ()))
        return built.sql, built.bound(rows=rows, **given, **place)


@dataclass(slots=True)
class Scan:
    """One page in the making: takes rows of `statement` until it is full."""

    query: DetectionQuery
    label_id: int | None
    position: Position | None
    scanned: int = 0
    found: int = 0
    full: bool = False
    _pieces: list[tuple[Sequence[tuple], np.ndarray, np.ndarray]] = field(default_factory=list)

    def take(self, rows: Sequence[tuple]) -> None:
        """Add what matches in `rows`; move `position` to the first box that is not looked at."""
        if not rows:
            return
        boxes, row_of = boxes_of(rows)
        hits = np.flatnonzero(self._wanted(boxes, row_of, rows))
        starts = np.searchsorted(row_of, np.arange(len(rows)))
        room = self.query.limit - self.found
        self.full = len(hits) > room
        if self.full:
            row = row_of[hits[room]]
            self.position = (rows[row][3], rows[row][0], int(hits[room] - starts[row]))
        else:
            self.position = (rows[-1][3], rows[-1][0], ROW_DONE)
        hits = hits[:room]
        self._pieces.append((rows, row_of[hits], boxes[hits]))
        self.found += len(hits)
        self.scanned += len(rows)

    def label_ids(self) -> set[int]:
        """Return the labels of what was found."""
        return {id_ for *_, boxes in self._pieces for id_ in np.unique(boxes['label']).tolist()}

    def items(self, labels: Mapping[int, str]) -> list[Detection]:
        """Return what was found, in order; `labels` by id."""
        return [item for piece in self._pieces for item in _detections(*piece, labels)]

    def _wanted(self, boxes: np.ndarray, row_of: np.ndarray,
                rows: Sequence[tuple]) -> np.ndarray:
        wanted = matching(self.query, self.label_id, boxes)
        if self.position is not None and rows[0][0] == self.position[1]:
            wanted[:self.position[2]] &= row_of[:self.position[2]] != 0
        gone = [index for index, row in enumerate(rows) if row[1] is None]
        if gone:  # its camera was deleted, a purge is on the way
            wanted &= ~np.isin(row_of, gone)
        return wanted


def matching(query: DetectionQuery, label_id: int | None, boxes: np.ndarray) -> np.ndarray:
    """Return bool (n,): which boxes are of the label (None: any), score and track asked for."""
    wanted = boxes['score'] >= packing.quantised(np.float32(query.min_score))
    if label_id is not None:
        wanted &= boxes['label'] == label_id
    if query.track is not None:
        wanted &= boxes['track'] == query.track
    return wanted


def boxes_of(rows: Sequence[tuple]) -> tuple[np.ndarray, np.ndarray]:
    """Return the boxes of `statement`'s rows, (n,) of packing.BOX, and each box's row."""
    blobs = [row[5] for row in rows]
    try:
        return packing.unpack_many(blobs)
    except StoreError:
        return packing.unpack_many([_readable(row) for row in rows])


def _readable(row: tuple) -> bytes:
    """Return the blob of a row, or an empty one: damage to one row must not hide the others."""
    try:
        packing.unpack(row[5])
    except StoreError as error:
        _log.warning('observation %d is left out: %s', row[0], error)
        return packing.EMPTY
    return row[5]


def _detections(rows: Sequence[tuple], row_of: np.ndarray, found: np.ndarray,
                labels: Mapping[int, str]) -> Iterator[Detection]:
    corners = np.round(found['corners'] / packing.STEPS, 6).tolist()
    scores = np.round(found['score'] / packing.STEPS, 4).tolist()
    for index, label, score, box, track in zip(
            row_of.tolist(), found['label'].tolist(), scores, corners, found['track'].tolist()):
        _, camera, source, stamp_ns, received_ns, _ = rows[index]
        yield Detection(camera, stamp_ns, received_ns, Source(source), labels.get(label, ''),
                        score, box, track or None)


@functools.lru_cache(maxsize=256)
def _built(newest: bool, begin: str, given: tuple[str, ...]) -> Statement:
    table = observations.c
    # A scalar subquery, not a join: nothing may tempt the planner away from the stamp's order.
    camera = select(cameras.c.name).where(cameras.c.id == table.camera_id).scalar_subquery()
    statement = select(table.id, camera, table.source, table.stamp_ns, table.received_ns,
                       table.boxes)
    conditions = {
        'camera': [table.camera_id == select(cameras.c.id).where(
            cameras.c.name == bindparam('camera')).scalar_subquery()],
        'source': [table.source == bindparam('source')],
        'track': _within_track(),
        'from_ns': [table.stamp_ns >= bindparam('from_ns')],
        'to_ns': [table.stamp_ns < bindparam('to_ns')]}
    for name in given:
        statement = statement.where(*conditions[name])
    return compiled(paged(statement, (table.stamp_ns, table.id), newest, begin))


def _within_track() -> list[Any]:
    """Look only at the camera and time of the track that is asked for."""
    def of_track(column: Any) -> Any:
        return select(column).where(tracks.c.id == bindparam('track')).scalar_subquery()

    end = case((tracks.c.end_reason.is_(None), _FOREVER_NS), else_=tracks.c.last_ns)
    return [observations.c.camera_id == of_track(tracks.c.camera_id),
            observations.c.stamp_ns >= of_track(tracks.c.first_ns),
            observations.c.stamp_ns <= of_track(end)]
