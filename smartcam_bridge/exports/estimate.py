"""How much an export of boxes will be, from a look at its two ends."""
from dataclasses import dataclass, replace
from typing import AsyncIterator, Callable

from smartcam_bridge.exports.walk import Walk
from smartcam_bridge.store.queries import BoxChunk

Format = Callable[[Walk], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """About how much; exact where all of it fits into one look."""

    observations: int
    boxes: int
    size_bytes: int
    exact: bool


async def estimate(walk: Walk, write: Format) -> Estimate:
    """Write the oldest chunk to nowhere and scale it up by how densely the ids lie at both ends.

    Ids count observations of all cameras; the share of those asked for is taken from the ends.
    """
    oldest = await anext(walk.chunks(), None)
    if oldest is None:
        return Estimate(0, 0, sum([len(part) async for part in write(walk)]), True)
    newest = await walk.reader.last_chunk(walk.query, walk.newest_id)
    whole = newest is not None and max(oldest.ids) >= max(newest.ids)
    sample = replace(walk, reader=_Replay(oldest))
    size_bytes = sum([len(part) async for part in write(sample)])
    if whole or newest is None:     # None: the newest look saw only what came since the begin
        return Estimate(len(oldest.ids), len(oldest.boxes), size_bytes, whole)
    seen = len(oldest.ids) + len(newest.ids)
    share = seen / (_span(oldest) + _span(newest))
    span = max(newest.ids) - min(oldest.ids) + 1
    observations = len({*oldest.ids, *newest.ids})
    if max(oldest.ids) < min(newest.ids):   # else the two looks overlap, and saw all of it
        observations = max(round(span * share), observations)
    boxes_each = (len(oldest.boxes) + len(newest.boxes)) / seen
    boxes = round(observations * boxes_each)
    if not len(oldest.boxes):
        scale = observations / len(oldest.ids)
    else:
        scale = boxes / len(oldest.boxes)
    return Estimate(observations, boxes, round(size_bytes * scale), False)


def _span(chunk: BoxChunk) -> int:
    return max(chunk.ids) - min(chunk.ids) + 1


@dataclass(frozen=True, slots=True)
class _Replay:
    """A reader that knows one chunk."""

    chunk: BoxChunk

    async def box_chunks(self, query: object, newest_id: int) -> AsyncIterator[BoxChunk]:
        yield self.chunk
