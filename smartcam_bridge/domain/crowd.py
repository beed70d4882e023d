"""Messages as they pile up until they are worked through together."""
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain import geometry

NO_TRACK = -1
MESSAGES_MAX = 32       # that wait to be worked through


@dataclass(slots=True, eq=False)
class Crowd:
    """Who is in consecutive messages of the same ids and labels.

    Most messages speak of the same targets as the one before, so this is looked up once.
    """

    ids: tuple[str, ...]
    label_ids: np.ndarray
    slots: np.ndarray               # intp (k,): of the boxes that have a track
    whose: np.ndarray | None        # which boxes those are; None: all
    track_ids: np.ndarray           # uint32 (n,), 0 without a track
    labels: np.ndarray              # uint16 (k,): of the boxes that have a track
    corners: np.ndarray             # float32 (n, 4): in the last message
    seen_ns: int                    # stamp of the last message
    noted: bool = False             # whether its places are known to the tracks' motion
    # Which boxes' tracks are confirmed (None: all), their ids and labels; unset until asked for.
    confirmed: tuple[np.ndarray | None, np.ndarray, np.ndarray] | None = None

    def tracked(self, boxes: np.ndarray) -> np.ndarray:
        """Return the rows of boxes that have a track."""
        return boxes if self.whose is None else boxes[self.whose]


def crowd_of(ids: tuple[str, ...], label_ids: np.ndarray, found: list[int], corners: np.ndarray,
             stamp_ns: int, ids_by_slot: np.ndarray) -> Crowd:
    """Make a crowd of the slot per box, NO_TRACK for none."""
    slots = np.array(found, np.intp)
    tracked = slots != NO_TRACK
    track_ids = ids_by_slot[slots]
    if np.count_nonzero(tracked) == len(tracked):
        return Crowd(ids, label_ids, slots, None, track_ids, label_ids, corners, stamp_ns)
    whose = np.flatnonzero(tracked)
    track_ids[~tracked] = 0
    return Crowd(ids, label_ids, slots[whose], whose, track_ids, label_ids[whose], corners,
                 stamp_ns)


@dataclass(slots=True, eq=False)
class Stretch:
    """Messages that follow each other, a column per track that one of them speaks of."""

    stamps: np.ndarray      # int64 (m,), rising
    slots: np.ndarray       # intp (k,)
    boxes: np.ndarray       # float32 (6, m, k): geometry's columns, NaN where there is none
    labels: np.ndarray      # uint16 (m, k)
    whole: bool             # every message speaks of every track

    @property
    def scores(self) -> np.ndarray:
        """Return the scores: float32 (m, k)."""
        return self.boxes[geometry.PROJECTED_SCORE]

    @property
    def feet(self) -> np.ndarray:
        """Return x and y of the bottom centres: float64 (2, m, k), the caller's to write."""
        return self.boxes[[geometry.X, geometry.Y2]].astype(np.float64)


class Log:
    """Messages that wait. Their stamps rise; whoever adds one that does not takes before."""

    def __init__(self) -> None:
        self.newest_ns = 0
        self._entries: list[tuple[int, Crowd, np.ndarray]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, stamp_ns: int, crowd: Crowd, boxes: np.ndarray) -> None:
        """Add a message; boxes: float32 (n, 6)."""
        self.newest_ns = stamp_ns
        self._entries.append((stamp_ns, crowd, boxes))

    def take(self) -> Stretch | None:
        """Return what waits, if anything does."""
        entries, self._entries = self._entries, []
        if not entries:
            return None
        stamps = np.array([stamp_ns for stamp_ns, _, _ in entries], np.int64)
        crowd = entries[0][1]
        whole = all(entry[1] is crowd for entry in entries)
        if whole:
            slots, labels = crowd.slots, np.broadcast_to(
                crowd.labels, (len(entries), len(crowd.labels)))
            boxes = np.concatenate([boxes for _, _, boxes in entries]).reshape(
                len(entries), -1, 6)
            boxes = boxes if crowd.whose is None else boxes[:, crowd.whose]
        else:
            slots, boxes, labels = _merged(entries)
        return Stretch(stamps, slots, np.ascontiguousarray(boxes.transpose(2, 0, 1)), labels,
                       whole)


def _merged(entries: list[tuple[int, Crowd, np.ndarray]]
            ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    slots = np.unique(np.concatenate([crowd.slots for _, crowd, _ in entries]))
    merged = np.full((len(entries), len(slots), 6), np.nan, np.float32)
    labels = np.zeros((len(entries), len(slots)), np.uint16)
    column_of = np.zeros(slots[-1] + 1 if len(slots) else 0, np.intp)
    column_of[slots] = np.arange(len(slots))
    for row, (_, crowd, boxes) in enumerate(entries):
        columns = column_of[crowd.slots]
        merged[row, columns] = crowd.tracked(boxes)
        labels[row, columns] = crowd.labels
    return slots, merged, labels
