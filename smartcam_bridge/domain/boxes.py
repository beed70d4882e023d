"""From a decoded message, in pixels, to boxes in [0,1] that count."""
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain import geometry
from smartcam_bridge.domain.filters import BoxFilter
from smartcam_bridge.domain.labels import LabelBook
from smartcam_bridge.domain.model import Detections
from smartcam_bridge.domain.tally import Tally


@dataclass(slots=True, eq=False)
class Boxes:
    """Boxes of one message. The tuples and label_ids stay the same objects while they are equal.

    placed: float32 (n, 6), geometry's columns.
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    label_ids: np.ndarray
    placed: np.ndarray


class BoxReader:
    """Reads the boxes of one camera. Ingest thread only."""

    def __init__(self, labels: LabelBook, tally: Tally,
                 box_filter: Callable[[], BoxFilter]) -> None:
        self.size = (0, 0)
        self._projection = np.zeros((6, 6))
        self._labels = labels
        self._tally = tally
        self._filter = box_filter
        self._key: tuple[str, ...] | None = None    # what the next two were made of
        self._names: tuple[str, ...] = ()
        self._label_ids = np.empty(0, np.uint16)
        self._last = Boxes((), (), self._label_ids, np.empty((0, 6), np.float32))
        self._chosen: tuple[tuple[str, ...], np.ndarray, bytes] = (), self._label_ids, b''

    def resize(self, width: int, height: int) -> None:
        """Learn the frame's size (px)."""
        self.size = (width, height)
        if width and height:
            self._projection = geometry.projection(width, height)

    @np.errstate(invalid='ignore', over='ignore')   # what is not finite is looked for below
    def read(self, detections: Detections) -> Boxes:
        """Return the boxes that count; the size of the frame must be known."""
        boxes = detections.boxes.view('<f8').reshape(-1, 6)
        ids, labels = detections.ids, detections.labels
        if np.count_nonzero(boxes[:, geometry.THETA]):
            boxes = geometry.upright(boxes)
        placed = boxes @ self._projection
        scores_before = placed[:, geometry.PROJECTED_SCORE].tobytes()
        np.maximum(placed, 0.0, out=placed)
        np.minimum(placed, 1.0, out=placed)
        sides = geometry.has_area(placed)
        if np.count_nonzero(sides) < sides.size:
            kept = np.flatnonzero(sides.all(axis=1)).tolist()
            self._tally.boxes_invalid += len(ids) - len(kept)
            placed = placed[kept]
            ids = tuple([ids[i] for i in kept])
            labels = tuple([labels[i] for i in kept])
        elif placed[:, geometry.PROJECTED_SCORE].tobytes() != scores_before:
            self._tally.scores_clipped += 1
        if labels is not self._key:
            self._names, self._label_ids = self._labels.look_up(labels)
            self._key = labels
        found = Boxes(ids, self._names, self._label_ids, placed.astype(np.float32))
        return self._filtered(found, placed) if self._filter().active and len(ids) else found

    def _filtered(self, found: Boxes, placed: np.ndarray) -> Boxes:
        """Leave out what does not count."""
        rules = self._filter()
        good = rules.good(placed, found.label_ids, self.size[0] / self.size[1])
        kept = good & ~rules.masked(placed, found.label_ids)
        left, refused = np.count_nonzero(kept), len(good) - np.count_nonzero(good)
        if left == len(kept):
            return found
        self._tally.boxes_filtered += refused
        self._tally.boxes_masked += len(kept) - left - refused
        ids, label_ids, which = self._chosen
        if ids is not found.ids or label_ids is not found.label_ids or which != kept.tobytes():
            rows = np.flatnonzero(kept).tolist()
            self._chosen = found.ids, found.label_ids, kept.tobytes()
            self._last = Boxes(tuple([found.ids[row] for row in rows]),
                               tuple([found.labels[row] for row in rows]),
                               found.label_ids[kept], found.placed)
        return Boxes(self._last.ids, self._last.labels, self._last.label_ids, found.placed[kept])
