"""What is exported: every observation of a query, oldest first, and how far along it is."""
from dataclasses import dataclass, field
from typing import AsyncIterator, Mapping

import numpy as np
from smartcam_bridge.exports.sizes import FrameSizes
from smartcam_bridge.store.queries import BoxChunk, DetectionQuery, Reader


@dataclass(slots=True)
class Walk:
    """One export of boxes. `stamp_ns`: up to where it has come; 0 before the start."""

    reader: Reader
    query: DetectionQuery
    sizes: FrameSizes
    newest_id: int
    labels: Mapping[int, str]
    stamp_ns: int = field(default=0)

    @classmethod
    async def begin(cls, reader: Reader, query: DetectionQuery, sizes: FrameSizes) -> 'Walk':
        """Take what is there now; what comes later is not exported."""
        return cls(reader, query, sizes, await reader.newest_observation(), await reader.labels())

    async def chunks(self) -> AsyncIterator[BoxChunk]:
        """Yield all of it, from the beginning; may be called again."""
        async for chunk in self.reader.box_chunks(self.query, self.newest_id):
            self.stamp_ns = chunk.stamps_ns[-1]
            yield chunk


def pixel_boxes(chunk: BoxChunk, sizes: np.ndarray) -> np.ndarray:
    """Return float64 (n, 4): left, top, width, height in px; sizes (k, 2) per observation."""
    scale = sizes[chunk.row_of]
    corners = chunk.corners
    return np.concatenate([corners[:, :2] * scale, (corners[:, 2:] - corners[:, :2]) * scale],
                          axis=1)
