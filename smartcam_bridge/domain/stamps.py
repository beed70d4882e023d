"""Which stamps are believed: what comes late, twice, from the future, or after a clock's step."""
from collections import deque
import enum

import numpy as np

from smartcam_bridge.domain.model import Detections
from smartcam_bridge.domain.tally import Tally
from smartcam_bridge.domain.times import NS

LATE_NS = 2 * NS        # a message that is older than the newest by no more is merely out of order
FUTURE_NS = 10 * NS     # a stamp further ahead of the clock here is not believed
_REMEMBERED = 128       # messages that a doublet is looked for among


class Verdict(enum.Enum):
    """What to do with a message."""

    NEXT = enum.auto()      # follow it
    LATE = enum.auto()      # count it for the tracks that it speaks of
    STALE = enum.auto()     # store it, and no more
    TWICE = enum.auto()     # forget it
    ANEW = enum.auto()      # end all tracks, then follow it: time went back


class StampJudge:
    """Judges the stamps of one camera's messages, in the order of their arrival."""

    def __init__(self, tally: Tally) -> None:
        self.newest_ns = 0
        self._tally = tally
        self._stale_ns: int | None = None   # of the message before, if that was stale
        self._recent: deque[tuple[int, Detections]] = deque(maxlen=_REMEMBERED)

    def judge(self, detections: Detections, received_ns: int,
              stepped_back: bool) -> tuple[Verdict, int]:
        """Return what to do with a message, and the stamp to take for it.

        stepped_back: the clock here just did, so that stamps which follow it are no surprise.
        """
        stamp_ns = detections.stamp_ns
        if stamp_ns <= 0:
            self._tally.stamps_zero += 1
            stamp_ns = received_ns
        elif stamp_ns > received_ns + FUTURE_NS:
            self._tally.stamps_future += 1
            stamp_ns = received_ns
        verdict = Verdict.NEXT
        if stamp_ns <= self.newest_ns:
            verdict = self._judge_old(stamp_ns, detections, stepped_back)
        if verdict in (Verdict.NEXT, Verdict.ANEW):
            self.newest_ns = stamp_ns
        if verdict not in (Verdict.TWICE, Verdict.STALE):
            self._stale_ns = None
            self._recent.append((stamp_ns, detections))
        return verdict, stamp_ns

    def _judge_old(self, stamp_ns: int, detections: Detections, stepped_back: bool) -> Verdict:
        """Judge a stamp that is not ahead of all before.

        One straggler proves nothing. Two in a row that go on from each other are a clock that
        stepped back, or a recording that began anew.
        """
        tally = self._tally
        if any(stamp_ns == seen_ns and _same(detections, seen) for seen_ns, seen in self._recent):
            tally.stamps_twice += 1
            return Verdict.TWICE
        if stamp_ns == self.newest_ns:  # another part of the same moment
            return Verdict.NEXT
        if stamp_ns >= self.newest_ns - LATE_NS:
            tally.stamps_late += 1
            return Verdict.LATE
        if stepped_back or (self._stale_ns is not None and stamp_ns >= self._stale_ns):
            tally.clock_steps += not stepped_back
            self._recent.clear()
            return Verdict.ANEW
        tally.stamps_stale += 1
        self._stale_ns = stamp_ns
        return Verdict.STALE


def _same(one: Detections, other: Detections) -> bool:
    return (one.ids == other.ids and one.labels == other.labels
            and np.array_equal(one.boxes, other.boxes))
