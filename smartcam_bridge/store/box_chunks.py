"""All boxes that match a query, observation by observation: what exports are made of."""
from dataclasses import replace
from typing import Any, AsyncIterator, Callable, Mapping, NamedTuple, Sequence

import numpy as np
from smartcam_bridge.store import packing
from smartcam_bridge.store.cursors import Position, ROW_DONE
from smartcam_bridge.store.detections import boxes_of, DetectionQuery, matching
from smartcam_bridge.store.schema import observations
from smartcam_bridge.store.sql import compiled
from sqlalchemy import func, select

ROWS = 1000     # observations that are read at once: a short read lock, some 100 kB

NEWEST = compiled(select(func.max(observations.c.id)))

Fetch = Callable[[str, Mapping[str, Any]], Any]


class BoxChunk(NamedTuple):
    """Consecutive observations by stamp, those without a matching box too.

    ids, cameras, sources, stamps_ns, received_ns: one of each per observation. row_of: intp (n,),
    which of these a box belongs to, ascending. boxes: (n,) of packing.BOX.
    """

    ids: Sequence[int]
    cameras: Sequence[str]
    sources: Sequence[int]
    stamps_ns: Sequence[int]
    received_ns: Sequence[int]
    row_of: np.ndarray
    boxes: np.ndarray

    @property
    def corners(self) -> np.ndarray:
        """Return float64 (n, 4), x1 y1 x2 y2 in [0,1]."""
        return self.boxes['corners'] / packing.STEPS

    @property
    def scores(self) -> np.ndarray:
        """Return float64 (n,) in [0,1]."""
        return self.boxes['score'] / packing.STEPS


async def box_chunks(fetch: Fetch, query: DetectionQuery, label_id: int | None,
                     newest_id: int) -> AsyncIterator[BoxChunk]:
    """Yield what matches, oldest first; rows with higher ids than `newest_id` came too late.

    Each chunk is a read of its own: a long export holds no snapshot, so the log can shrink. What
    is purged meanwhile is left out; what comes meanwhile has higher ids. So of two walks with the
    same newest_id the second sees nothing that the first did not.
    """
    position: Position | None = None
    while rows := await fetch(*query.statement(position, ROWS)):
        position = (rows[-1][3], rows[-1][0], ROW_DONE)
        chunk = _chunk(rows, query, label_id, newest_id)
        if chunk is not None:
            yield chunk
        if len(rows) < ROWS:
            return


async def last_chunk(fetch: Fetch, query: DetectionQuery, label_id: int | None,
                     newest_id: int) -> BoxChunk | None:
    """Return the newest ROWS observations that `box_chunks` would yield; None: there are none."""
    rows = await fetch(*replace(query, order='newest').statement(None, ROWS))
    return _chunk(rows[::-1], query, label_id, newest_id)


def _chunk(rows: Sequence[tuple], query: DetectionQuery, label_id: int | None,
           newest_id: int) -> BoxChunk | None:
    kept = [row for row in rows if row[0] <= newest_id and row[1] is not None]
    if not kept:
        return None
    boxes, row_of = boxes_of(kept)
    wanted = matching(query, label_id, boxes)
    ids, cameras, sources, stamps_ns, received_ns, _ = zip(*kept)
    return BoxChunk(ids, cameras, sources, stamps_ns, received_ns, row_of[wanted], boxes[wanted])
