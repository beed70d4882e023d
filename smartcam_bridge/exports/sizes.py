"""How large a camera's frames were when: [0,1] becomes pixels in exports only."""
from dataclasses import dataclass
from typing import Mapping, Sequence

import numpy as np
from smartcam_bridge.errors import UnknownFrameSize

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FrameSizes:
    """known: of each camera (since_ns, width, height), oldest first. fixed: the same for all."""

    known: Mapping[str, Sequence[tuple[int, int, int]]]
    fixed: Size | None = None

    def at(self, cameras: Sequence[str], stamps_ns: Sequence[int]) -> np.ndarray:
        """Return float64 (k, 2), width and height in px, NaN where they are not known."""
        if self.fixed is not None:
            return np.tile(np.array(self.fixed, float), (len(cameras), 1))
        sizes = np.full((len(cameras), 2), np.nan)
        names, stamps = np.array(cameras, object), np.array(stamps_ns, np.int64)
        for camera in set(cameras):
            table = self.known.get(camera, ())
            if table:
                rows = np.flatnonzero(names == camera)
                since_ns = np.array([row[0] for row in table], np.int64)
                # What was seen before a size was first learned was seen with that size.
                which = np.maximum(np.searchsorted(since_ns, stamps[rows], 'right') - 1, 0)
                sizes[rows] = np.array([row[1:] for row in table], float)[which]
        return sizes

    def required(self, cameras: Sequence[str], stamps_ns: Sequence[int]) -> np.ndarray:
        """Return what `at` does; raise UnknownFrameSize where one is not known."""
        sizes = self.at(cameras, stamps_ns)
        unknown = np.flatnonzero(np.isnan(sizes[:, 0]))
        if len(unknown):
            raise UnknownFrameSize(
                f'the size of the frames of {cameras[unknown[0]]} is not known, so there are no '
                'pixels: give width and height with the export, or set those of the camera')
        return sizes
