"""After a kill: end the tracks that were open at the last observation that was stored of them."""
import dataclasses
from itertools import groupby
import logging
import sqlite3

import numpy as np
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.errors import StoreError
from smartcam_bridge.store import packing
from smartcam_bridge.store.schema import observations, tracks
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, select, update

_COLUMNS = ('camera_id', 'id', 'last_ns', 'observations', 'score_top', 'score_mean', 'score_last')
_OPEN = compiled(select(*(tracks.c[name] for name in _COLUMNS))
                 .where(tracks.c.end_reason.is_(None)).order_by(tracks.c.camera_id))
_SINCE = compiled(
    select(observations.c.stamp_ns, observations.c.boxes)
    .where(observations.c.camera_id == bindparam('camera_id'),
           observations.c.stamp_ns > bindparam('since_ns'))
    .order_by(observations.c.stamp_ns).limit(100_000))  # 55 minutes at 30 Hz; a row lags seconds
_END = compiled(update(tracks).where(tracks.c.id == bindparam('key')).values(
    {name: bindparam(name) for name in (*_COLUMNS[2:], 'end_reason')}))
_log = logging.getLogger(__name__)


@dataclasses.dataclass(slots=True)
class _OpenTrack:
    camera_id: int
    id: int
    last_ns: int
    observations: int
    score_top: float
    score_mean: float
    score_last: float

    def seen(self, stamp_ns: int, box: np.void) -> None:
        if stamp_ns <= self.last_ns:
            return
        score = int(box['score']) / packing.STEPS
        self.last_ns = stamp_ns
        self.observations += 1
        self.score_top = max(self.score_top, score)
        self.score_mean += (score - self.score_mean) / self.observations
        self.score_last = score


def end_open_tracks(connection: sqlite3.Connection) -> int:
    """End them all inside the caller's transaction; return how many there were."""
    rows = [_OpenTrack(*row) for row in connection.execute(_OPEN.sql)]
    for camera_id, group in groupby(rows, key=lambda track: track.camera_id):
        _catch_up(connection, camera_id, {track.id: track for track in group})
    connection.executemany(_END.sql, [
        _END.bound(key=track.id, end_reason=EndReason.RESTART.value,
                   **{name: getattr(track, name) for name in _COLUMNS[2:]}) for track in rows])
    return len(rows)


def _catch_up(connection: sqlite3.Connection, camera_id: int,
              found: dict[int, _OpenTrack]) -> None:
    since_ns = min(track.last_ns for track in found.values())
    wanted = np.fromiter(found, np.uint32)
    for stamp_ns, blob in connection.execute(
            _SINCE.sql, _SINCE.bound(camera_id=camera_id, since_ns=since_ns)):
        try:
            boxes = packing.unpack(blob)
        except StoreError as error:
            _log.warning('camera %d at %d: %s', camera_id, stamp_ns, error)
            continue
        for box in boxes[np.isin(boxes['track'], wanted)]:
            found[int(box['track'])].seen(stamp_ns, box)
