"""Whether a camera gives signs of life, by the wall clock, which may step."""
from smartcam_bridge.domain.tally import Tally
from smartcam_bridge.domain.times import NS

_BACK_NS = 2 * NS       # a clock that goes back further has stepped
_FORWARD_NS = 60 * NS   # time passes at least once a second, so one that leaps so far has stepped


class Presence:
    """When one camera was last heard of. Ingest thread only."""

    def __init__(self, tally: Tally) -> None:
        self.online = False
        self.alive_ns = 0       # the last sign of life, 0: none yet
        self.boxes_ns = 0       # the last message of boxes, 0: none since tracks ended for that
        self._now_ns = 0
        self._tally = tally

    def pass_time(self, now_ns: int) -> bool:
        """Let time pass; return whether the clock stepped back. What was before goes with it."""
        leap_ns, before_ns = now_ns - self._now_ns, self._now_ns
        self._now_ns = now_ns
        if not before_ns or -_BACK_NS <= leap_ns <= _FORWARD_NS:
            return False
        self._tally.clock_steps += 1
        if leap_ns > 0:
            return False
        self.alive_ns = max(1, self.alive_ns + leap_ns) if self.alive_ns else 0
        self.boxes_ns = max(1, self.boxes_ns + leap_ns) if self.boxes_ns else 0
        return True

    def silent_for(self, now_ns: int, seconds: float) -> bool:
        """Return whether a camera that is online gave no sign of life for so long."""
        return self.online and now_ns - self.alive_ns > seconds * NS

    def boxless_for(self, now_ns: int, seconds: float) -> bool:
        """Return whether a camera sends no boxes for so long although it lives."""
        return bool(self.boxes_ns and now_ns - self.boxes_ns > seconds * NS
                    and self.alive_ns - self.boxes_ns > seconds * NS)
