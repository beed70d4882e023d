"""Ids over time for boxes that come without any, where no tracker runs before us."""
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain.matching import centred, overlaps, pairs
from smartcam_bridge.domain.times import NS

BOXES_MAX = 1000
"""Of a message; of more, those with the best scores are followed. As many tracks are kept."""
_NOISE = 0.1
"""How far a box is off its target: a sigma, in sizes of the box, as all of the following."""
_ACCELERATION = 0.5     # sizes per second gained or lost within a second
_SPEED = 1.5            # sizes per second at which something new may move
_REACH = 1.0            # sigmas of a place by which boxes grow to be found again
_MARGIN_MAX = 1.0       # sizes by which they grow at most
_CUT = 0.85
"""A box below this share of the known width or height shows a part of its target."""
_SHRINK_S = 1.0         # within which a known size goes two thirds of the way to a smaller one
_STRANGE = 0.6
"""What an overlap is worth where the labels differ: detectors take a van for a truck."""

# Rows of what is known of tracks, a column for each: float64, and int64.
_PLACE, _SIZE, _BOX, _VELOCITY = slice(0, 2), slice(2, 4), slice(0, 4), slice(4, 6)
_PP, _PV, _VV = 6, 7, 8     # variance of a place, covariance with its velocity, variance of that
_NUMBER, _LABEL, _FIRST, _SEEN = range(4)


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
    serves all of its numbers. A box much smaller than its target was shows a part of it, beside
    a pillar, say: then the side that is nearer to where it was expected tells where the target
    is, and what is hidden moves on as before. A track is kept unseen for as long as it was seen
    before, at most `lost_after_s`, and not beyond the frame. `refused` counts boxes for which
    there was no room.
    """

    def __init__(self, rules: TrackerRules = TrackerRules()) -> None:
        self.rules = rules
        self.refused = 0
        self._prefix = ''
        self._met = 0
        self._newest_ns = 0
        self._told: tuple[bytes, tuple[str, ...]] = b'', ()
        self._motion, self._marks = _nobody()

    def __len__(self) -> int:
        """Return how many tracks are kept."""
        return self._marks.shape[1]

    def assign(self, stamp_ns: int, corners: np.ndarray, scores: np.ndarray,
               label_ids: np.ndarray) -> tuple[str, ...]:
        """Take in one message; return an id per box, '' for one that belongs to no track.

        corners: (n, 4), x1 y1 x2 y2 in [0,1]. scores: (n,). label_ids: (n,). No id is ever given
        twice. The same tuple object comes back while its texts stay the same. A message older
        than the one before is matched with where the tracks were, and teaches nothing.
        """
        if abs(stamp_ns - self._newest_ns) > self.rules.lost_after_s * NS:
            self._motion, self._marks = _nobody()
            self._newest_ns = stamp_ns
        elapsed_s = (stamp_ns - self._newest_ns) / NS
        boxes, scores = centred(corners), self._followed(scores)
        if elapsed_s < 0:
            return self._look_back(elapsed_s, boxes, scores, label_ids)
        self._move_on(elapsed_s)
        self._forget(stamp_ns)
        self._newest_ns = stamp_ns
        columns, found = self._match(self._motion, boxes, scores, label_ids)
        self._learn(columns, boxes[:, found], label_ids[found])
        numbers = np.zeros(len(scores), np.int64)
        numbers[found] = self._marks[_NUMBER, columns]
        new = np.flatnonzero((numbers == 0) & (scores >= self.rules.high_score))
        if len(new):
            numbers[new] = self._begin(boxes[:, new], label_ids[new])
        return self._texts(numbers)

    def _look_back(self, elapsed_s: float, boxes: np.ndarray, scores: np.ndarray,
                   label_ids: np.ndarray) -> tuple[str, ...]:
        then = self._motion.copy()
        then[_PLACE] += elapsed_s * then[_VELOCITY]
        columns, found = self._match(then, boxes, scores, label_ids)
        numbers = np.zeros(len(scores), np.int64)
        numbers[found] = self._marks[_NUMBER, columns]
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

    def _match(self, motion: np.ndarray, boxes: np.ndarray, scores: np.ndarray,
               label_ids: np.ndarray) -> tuple[list[int], list[int]]:
        """Return columns of tracks and the boxes that continue them."""
        if not (motion.shape[1] and len(scores)):
            return [], []
        rules = self.rules
        tracks, boxes = _in_frame(motion[_BOX]).astype(np.float32), boxes.astype(np.float32)
        worth = np.where(self._marks[_LABEL, :, None] == label_ids, np.float32(1),
                         np.float32(_STRANGE))
        high = scores >= rules.high_score
        likeness = overlaps(tracks, boxes) * worth
        columns, found = pairs(likeness * high, rules.overlap)
        if len(found) < len(scores) and len(columns) < len(self):
            low = (scores >= rules.low_score) & ~high
            likeness[columns] = 0
            more, whose = pairs(likeness * low, rules.low_overlap)
            columns, found = columns + more, found + whose
            high[found] = False
            left = np.setdiff1d(np.arange(len(self)), columns, assume_unique=True)
            lone = np.flatnonzero(high)
            if len(left) and len(lone):
                reach = np.minimum(_REACH * np.sqrt(motion[_PP, left]), _MARGIN_MAX)
                reach = reach.astype(np.float32)
                likeness = overlaps(tracks[:, left], boxes[:, lone], reach)
                more, whose = pairs(likeness * worth[np.ix_(left, lone)], rules.overlap)
                columns, found = columns + left[more].tolist(), found + lone[whose].tolist()
        return columns, found

    def _move_on(self, elapsed_s: float) -> None:
        """Predict where tracks are by now, and how far that may be off."""
        motion, noise = self._motion, _ACCELERATION ** 2 * elapsed_s
        motion[_PLACE] += elapsed_s * motion[_VELOCITY]
        motion[_PP] += elapsed_s * (2 * motion[_PV] + elapsed_s * (motion[_VV] + noise / 3))
        motion[_PV] += elapsed_s * (motion[_VV] + noise / 2)
        motion[_VV] += noise

    def _learn(self, columns: list[int], boxes: np.ndarray, label_ids: np.ndarray) -> None:
        """Bring tracks to where their boxes were found."""
        motion = self._motion[:, columns]
        gains = motion[_PP:_VV] / (motion[_PP] + _NOISE ** 2)
        off = _off(motion[_BOX], boxes)
        motion[_PLACE] += gains[0] * off
        motion[_VELOCITY] += gains[1] * off
        more = boxes[_SIZE] - motion[_SIZE]
        unseen_s = (self._newest_ns - self._marks[_SEEN, columns]) / NS
        slowly = 1 - np.exp(unseen_s / -_SHRINK_S)
        motion[_SIZE] += np.where(more > 0, gains[0], np.minimum(gains[0], slowly)) * more
        motion[_VV] -= gains[1] * motion[_PV]
        motion[_PP:_VV] *= 1 - gains[0]
        self._motion[:, columns] = motion
        self._marks[_LABEL, columns] = label_ids
        self._marks[_SEEN, columns] = self._newest_ns

    def _forget(self, now_ns: int) -> None:
        """Let go of tracks that the last message missed, if they left or are unseen for long."""
        first_ns, seen_ns = self._marks[_FIRST], self._marks[_SEEN]
        kept = seen_ns == self._newest_ns
        if np.count_nonzero(kept) < len(kept):
            patience_ns = np.minimum(seen_ns - first_ns, int(self.rules.lost_after_s * NS))
            inside = (np.abs(self._motion[_PLACE] - 0.5) < 0.5).all(axis=0)
            kept |= inside & (now_ns - seen_ns <= patience_ns)
            self._motion, self._marks = self._motion[:, kept], self._marks[:, kept]

    def _begin(self, boxes: np.ndarray, label_ids: np.ndarray) -> np.ndarray:
        """Open a track for each box; return their numbers, 0 where there is no room."""
        count = min(boxes.shape[1], BOXES_MAX - len(self))
        numbers = np.zeros(boxes.shape[1], np.int64)
        numbers[:count] = np.arange(count) + self._met + 1
        self.refused += len(numbers) - count
        self._met += count
        self._prefix = self._prefix or f'{self._newest_ns // NS:x}-'
        motion, marks = _nobody(count)
        motion[_BOX], motion[_PP], motion[_VV] = boxes[:, :count], _NOISE ** 2, _SPEED ** 2
        marks[_NUMBER], marks[_LABEL] = numbers[:count], label_ids[:count]
        marks[_FIRST:] = self._newest_ns
        self._motion = np.concatenate([self._motion, motion], axis=1)
        self._marks = np.concatenate([self._marks, marks], axis=1)
        return numbers

    def _texts(self, numbers: np.ndarray) -> tuple[str, ...]:
        key = numbers.tobytes()
        if key != self._told[0]:
            self._told = key, tuple([f'{self._prefix}{number}' if number else ''
                                     for number in numbers.tolist()])
        return self._told[1]


def _nobody(count: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((_VV + 1, count)), np.zeros((_SEEN + 1, count), np.int64)


def _in_frame(boxes: np.ndarray) -> np.ndarray:
    """Return what the frame shows of boxes, (4, n)."""
    half = boxes[_SIZE] / 2
    low, high = np.clip([boxes[_PLACE] - half, boxes[_PLACE] + half], 0, 1)
    return np.concatenate([(low + high) / 2, high - low])


def _off(known: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return by how much places are off, (2, n), also where boxes show a part of what is known."""
    off = boxes[_PLACE] - known[_PLACE]
    missing = (known[_SIZE] - boxes[_SIZE]) / 2
    nearer_side = off - np.sign(off) * missing
    return np.where(boxes[_SIZE] < _CUT * known[_SIZE], nearer_side, off)
