"""Ids over time for boxes that come without any, where no tracker runs before us."""
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain.matching import centred, overlaps, pairs, W
from smartcam_bridge.domain.times import NS

BOXES_MAX = 1000
"""Of a message; of more, those with the best scores are followed. As many tracks are kept."""
_NOISE = 0.1
"""How far a box is off its target: a sigma, in sizes of the box, as all of the following."""
_ACCELERATION = 0.7     # sizes per second gained or lost within a second
_SPEED = 1.5            # sizes per second at which something new may move
_REACH = 1.0            # sigmas of a place by which boxes grow to be found again
_MARGIN_MAX = 1.0       # sizes by which they grow at most
_STRANGE = 0.5
"""What an overlap is worth where the labels differ: detectors take a van for a truck."""
_PP, _PV, _VV = range(3)
"""Rows of a spread: variance of the place, covariance with the velocity, its variance."""


@dataclass(frozen=True, slots=True)
class TrackerRules:
    """What of the settings decides over the built-in tracker. Scores and overlaps in [0,1]."""

    high_score: float = 0.5     # from here on a box may begin a track
    low_score: float = 0.1      # from here on a box may continue one
    overlap: float = 0.3        # least that a high score needs
    low_overlap: float = 0.4    # least that a low score needs
    lost_after_s: float = 2.0   # a track that is not seen is kept for this long


class Tracker:
    """Follows the boxes of one camera. Ingest thread only; time comes from stamps alone.

    High scores are matched first, low scores only with the tracks that are left over then, so
    that a target half hidden keeps its id while noise begins none: the idea of ByteTrack (Zhang
    et al., ECCV 2022). What is still left over is looked for once more where it may have got to.
    A track moves on at constant velocity, by a Kalman filter, so that what a box is worth follows
    from the time since the last one; noise is in proportion to the box, and so one covariance
    serves all of its numbers. A track is kept unseen for as long as it was seen before, at most
    `lost_after_s`. `refused` counts the boxes for which there was no room.
    """

    def __init__(self, rules: TrackerRules = TrackerRules()) -> None:
        self.rules = rules
        self.refused = 0
        self._prefix = ''
        self._met = 0
        self._newest_ns = 0
        self._told: tuple[bytes, tuple[str, ...]] = b'', ()
        self._clear()

    def __len__(self) -> int:
        """Return how many tracks are kept."""
        return len(self._numbers)

    def assign(self, stamp_ns: int, corners: np.ndarray, scores: np.ndarray,
               label_ids: np.ndarray) -> tuple[str, ...]:
        """Take in one message; return an id per box, '' for one that belongs to no track.

        corners: (n, 4), x1 y1 x2 y2 in any unit. scores: (n,). label_ids: (n,). No id is ever
        given twice. The same tuple object comes back while its texts stay the same. A message
        older than the one before is matched with where the tracks were, and teaches nothing.
        """
        if abs(stamp_ns - self._newest_ns) > self.rules.lost_after_s * NS:
            self._clear()
            self._newest_ns = stamp_ns
        elapsed_s = (stamp_ns - self._newest_ns) / NS
        boxes, scores = centred(corners), self._followed(scores)
        if elapsed_s >= 0:
            self._move_on(elapsed_s)
            self._forget(stamp_ns)
            self._newest_ns, tracks = stamp_ns, self._boxes
        else:
            tracks = self._boxes.copy()
            tracks[:, :W] += elapsed_s * self._velocities
        rows, columns = self._match(tracks, boxes, scores, label_ids)
        numbers = np.zeros(len(boxes), np.int64)
        numbers[columns] = self._numbers[rows]
        if elapsed_s >= 0:
            self._learn(rows, boxes[columns], label_ids[columns])
            new = np.flatnonzero((numbers == 0) & (scores >= self.rules.high_score))
            room = BOXES_MAX - len(self)
            self.refused += max(len(new) - room, 0)
            numbers[new[:room]] = self._begin(boxes[new[:room]], label_ids[new[:room]])
        return self._texts(numbers)

    def _followed(self, scores: np.ndarray) -> np.ndarray:
        """Return the scores, -1 in place of those that are too many."""
        spare = len(scores) - BOXES_MAX
        if spare <= 0:
            return scores
        self.refused += spare
        scores = scores.copy()
        scores[np.argpartition(scores, spare)[:spare]] = -1
        return scores

    def _match(self, tracks: np.ndarray, boxes: np.ndarray, scores: np.ndarray,
               label_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows of tracks and the columns of the boxes that continue them."""
        rules = self.rules
        everybody = np.arange(len(tracks))
        high = np.flatnonzero(scores >= rules.high_score)
        low = np.flatnonzero((scores >= rules.low_score) & (scores < rules.high_score))
        sure = np.zeros(len(tracks))
        reach = np.minimum(_REACH * np.sqrt(self._spreads[_PP]), _MARGIN_MAX)
        rows, columns = [], []
        for found, least, margins in ((high, rules.overlap, sure), (low, rules.low_overlap, sure),
                                      (high, rules.overlap, reach)):
            left = np.setdiff1d(everybody, rows, assume_unique=True)
            found = np.setdiff1d(found, columns, assume_unique=True)
            if not (len(left) and len(found)):
                continue
            likeness = overlaps(tracks[left], boxes[found], margins[left])
            likeness *= np.where(self._labels[left, None] == label_ids[found], 1, _STRANGE)
            more, whose = pairs(likeness, least)
            rows += left[more].tolist()
            columns += found[whose].tolist()
        return np.array(rows, np.intp), np.array(columns, np.intp)

    def _move_on(self, elapsed_s: float) -> None:
        """Predict where tracks are by now, and how far that may be off."""
        self._boxes[:, :W] += elapsed_s * self._velocities
        spreads, noise = self._spreads, _ACCELERATION ** 2 * elapsed_s
        spreads[_PP] += elapsed_s * (2 * spreads[_PV] + elapsed_s * spreads[_VV])
        spreads[_PP] += noise * elapsed_s ** 2 / 3
        spreads[_PV] += elapsed_s * spreads[_VV] + noise * elapsed_s / 2
        spreads[_VV] += noise

    def _learn(self, rows: np.ndarray, boxes: np.ndarray, label_ids: np.ndarray) -> None:
        """Bring tracks to where their boxes were found."""
        spreads = self._spreads[:, rows]
        gains = spreads[:_VV] / (spreads[_PP] + _NOISE ** 2)
        off = boxes - self._boxes[rows]
        self._boxes[rows] += gains[_PP, :, None] * off
        self._velocities[rows] += gains[_PV, :, None] * off[:, :W]
        spreads[_VV] -= gains[_PV] * spreads[_PV]
        spreads[:_VV] *= 1 - gains[_PP]
        self._spreads[:, rows] = spreads
        self._labels[rows] = label_ids
        self._seen_ns[rows] = self._newest_ns

    def _forget(self, now_ns: int) -> None:
        """Let go of tracks that the last message missed, if they left or are unseen for long."""
        patience_ns = np.minimum(self._seen_ns - self._first_ns,
                                 int(self.rules.lost_after_s * NS))
        inside = np.abs(self._boxes[:, :W] - 0.5).max(axis=1, initial=0) < 0.5
        kept = (now_ns - self._seen_ns <= patience_ns) & inside
        kept |= self._seen_ns == self._newest_ns
        if np.count_nonzero(kept) < len(kept):
            self._keep(kept)

    def _begin(self, boxes: np.ndarray, label_ids: np.ndarray) -> np.ndarray:
        """Open a track for each box; return their numbers."""
        count = len(boxes)
        numbers = np.arange(count) + self._met + 1
        if not count:
            return numbers
        if not self._prefix:
            self._prefix = f'{self._newest_ns // NS:x}-'
        spreads = np.empty((3, count))
        spreads[:] = [[_NOISE ** 2], [0], [_SPEED ** 2]]
        now = np.full(count, self._newest_ns)
        self._numbers = np.append(self._numbers, numbers)
        self._boxes = np.concatenate([self._boxes, boxes])
        self._velocities = np.concatenate([self._velocities, np.zeros((count, 2))])
        self._spreads = np.concatenate([self._spreads, spreads], axis=1)
        self._labels = np.append(self._labels, label_ids)
        self._first_ns = np.append(self._first_ns, now)
        self._seen_ns = np.append(self._seen_ns, now)
        self._met += count
        return numbers

    def _keep(self, kept: np.ndarray) -> None:
        self._numbers, self._labels = self._numbers[kept], self._labels[kept]
        self._boxes, self._velocities = self._boxes[kept], self._velocities[kept]
        self._first_ns, self._seen_ns = self._first_ns[kept], self._seen_ns[kept]
        self._spreads = self._spreads[:, kept]

    def _clear(self) -> None:
        self._numbers = np.empty(0, np.int64)       # one per track in each of these
        self._labels = np.empty(0, np.uint16)
        self._boxes = np.empty((0, 4))              # x y w h
        self._velocities = np.empty((0, 2))         # of x and y, per second
        self._spreads = np.empty((3, 0))            # in squares of its size
        self._first_ns = np.empty(0, np.int64)
        self._seen_ns = np.empty(0, np.int64)

    def _texts(self, numbers: np.ndarray) -> tuple[str, ...]:
        key = numbers.tobytes()
        if key != self._told[0]:
            self._told = key, tuple([f'{self._prefix}{number}' if number else ''
                                     for number in numbers.tolist()])
        return self._told[1]
