"""Questions about where boxes stood, answered from grids of hours and days."""
import asyncio
from dataclasses import dataclass
import json

import numpy as np
from smartcam_bridge.domain.times import NS
from smartcam_bridge.store import heat
from smartcam_bridge.store.rollup_tables import heat_rollups
from smartcam_bridge.store.schema import observations, settings
from smartcam_bridge.store.spans import spans_json
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.sum_queries import (
    Fetch, labelled, Names, of_pairs, PAIRED, pairs_of, Scope)
from sqlalchemy import BigInteger, bindparam, cast, func, literal, select, union_all

TAIL_MAX = 20_000   # observations that are not in the grids yet: a minute of 300 a second

_HOUR_S = 3600
_PAIRS = labelled(heat_rollups)
_MARK = select(cast(settings.c.value, BigInteger)).where(settings.c.key == heat.MARK_KEY)
_tail = select(
    literal(1).label('late'), observations.c.camera_id, observations.c.stamp_ns,
    observations.c.boxes, observations.c.moving).where(
    observations.c.id > func.coalesce(_MARK.scalar_subquery(), 0),
    # Sums, so that it is not looked for by camera and time: by id it is only the last minute.
    observations.c.camera_id + 0 == bindparam('camera_id'),
    observations.c.stamp_ns + 0 >= bindparam('from_ns'),
    observations.c.stamp_ns + 0 < bindparam('to_ns'),
).order_by(observations.c.id).limit(TAIL_MAX).subquery('tail')
# One statement sees one moment: what moves from the tail into the grids is counted once.
_BOTH = compiled(union_all(
    select(literal(0), literal(0), literal(0), heat_rollups.c.cells, PAIRED.c.label)
    .where(*of_pairs(heat_rollups)), select(*_tail.c)))


@dataclass(frozen=True, slots=True)
class HeatMap:
    """How many boxes stood in each cell of the frame: int64 (18, 32), from the top left on."""

    camera: str
    from_s: int
    to_s: int
    cells: np.ndarray


async def heat_map(fetch: Fetch, names: Names, from_s: int, to_s: int, scope: Scope) -> HeatMap:
    """Return the boxes of the hours (of UTC) that hold any of [from_s, to_s), of one camera."""
    camera_id, = names.camera_ids(scope)
    label_id = names.label_id(scope)
    from_s -= from_s % _HOUR_S
    to_s += -to_s % _HOUR_S
    pairs = await pairs_of(fetch, _PAIRS, [camera_id], label_id)
    rows = await fetch(_BOTH.sql, _BOTH.bound(
        spans=spans_json([from_s, to_s], heat.WIDTHS_S), pairs=json.dumps(pairs),
        camera_id=camera_id, from_ns=from_s * NS, to_ns=to_s * NS))
    cells = await asyncio.get_running_loop().run_in_executor(None, _sum, rows, label_id)
    return HeatMap(names.cameras[camera_id], from_s, to_s,
                   cells.reshape(heat.HEIGHT, heat.WIDTH))


def _sum(rows: list[tuple], label_id: int) -> np.ndarray:
    cells = np.zeros(heat.HEIGHT * heat.WIDTH, np.int64)
    for late, _, _, blob, _ in rows:
        if not late:
            cells += heat.unpack(blob)
    for (_, label, _), some in heat.grids_of([row[1:] for row in rows if row[0]]).items():
        if label_id in (0, label):
            cells += some
    return cells
