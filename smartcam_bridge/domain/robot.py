"""Where the robot was at a stamp, and whether it moved: cameras see the world shift then."""
import bisect
from dataclasses import dataclass, field
import math

from smartcam_bridge.domain.model import Pose
from smartcam_bridge.domain.times import NS

KEPT_NS = 60 * NS       # poses older than this are forgotten
KEPT_MAX = 8192         # poses; 136 a second for as long
_WINDOW_NS = NS // 4    # speeds are taken over at least this long: shorter ones are noise
_STEP_BACK_NS = 10 * NS     # an older pose than this begins anew (a bag was looped)


@dataclass(frozen=True, slots=True)
class MotionRules:
    """From when on the robot moves. A limit of 0: any movement at all."""

    speed_m_s: float
    turn_rad_s: float
    settle_s: float         # it stands still after so long below both limits
    pose_age_max_s: float   # a pose farther away in time than this is none


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time in which the robot moved; `end_ns` is None while it goes on."""

    begin_ns: int
    reason: str     # 'driving' or 'turning': what began it
    end_ns: int | None = None


@dataclass(slots=True, eq=False)
class _Route:
    """Poses in one frame, oldest first; stamps is the last to grow, so readers see whole rows."""

    frame: str = ''
    stamps: list[int] = field(default_factory=list)
    places: list[tuple[float, float, float]] = field(default_factory=list)  # x, y, unwrapped yaw


class Robot:
    """The robot's poses of late. Ingest thread only, but for `pose_at`: any thread.

    Counters: `late` (older than one that came before; left out), `invalid` (not finite, or no
    rotation).
    """

    def __init__(self) -> None:
        self.late = 0
        self.invalid = 0
        self.suspension: Suspension | None = None   # the present one
        self._route = _Route()      # replaced, never cut: others may be reading it
        self._still_since_ns = 0

    @property
    def moves(self) -> bool:
        """Say whether it moves, as far as is known."""
        return self.suspension is not None

    @property
    def newest_ns(self) -> int:
        """Return the stamp of the newest pose, 0 before the first."""
        return self._route.stamps[-1] if self._route.stamps else 0

    def observe(self, stamp_ns: int, frame: str, x: float, y: float, yaw: float,
                rules: MotionRules) -> Suspension | None:
        """Take in a pose, in metres and radians; return a suspension that just began or ended."""
        if not (stamp_ns > 0 and math.isfinite(x + y + yaw)):
            self.invalid += 1
            return None
        ended = None
        if frame != self._route.frame or stamp_ns < self.newest_ns - _STEP_BACK_NS:
            ended = self._end(self.newest_ns)
            self._route = _Route(frame)
        elif stamp_ns <= self.newest_ns:
            self.late += 1
            return None
        places = self._route.places
        if places:
            yaw = places[-1][2] + wrapped(yaw - places[-1][2])
        places.append((x, y, yaw))
        self._route.stamps.append(stamp_ns)
        self._forget()
        return ended or self._judge(rules)

    def pose_at(self, stamp_ns: int, age_max_s: float) -> Pose | None:
        """Return where it was, between two poses by straight interpolation; None: not known.

        age_s is the time to the nearest measured pose.
        """
        route = self._route
        stamps = route.stamps
        count = len(stamps)
        if not count:
            return None
        after = bisect.bisect_left(stamps, stamp_ns, 0, count)
        before = max(after - 1, 0)
        after = min(after, count - 1)
        first_ns, last_ns = stamps[before], stamps[after]
        age_s = min(abs(stamp_ns - first_ns), abs(last_ns - stamp_ns)) / NS
        if age_s > age_max_s:
            return None
        share = (min(max((stamp_ns - first_ns) / (last_ns - first_ns), 0.0), 1.0)
                 if last_ns > first_ns else 0.0)
        x, y, yaw = (a + share * (b - a)
                     for a, b in zip(route.places[before], route.places[after]))
        return Pose(route.frame, x, y, wrapped(yaw), age_s)

    def close(self) -> Suspension | None:
        """Forget all poses; return the suspension that ends with that."""
        ended = self._end(self.newest_ns)
        self._route = _Route()
        return ended

    def _judge(self, rules: MotionRules) -> Suspension | None:
        reason = self._reason(rules)
        now_ns = self.newest_ns
        if reason:
            self._still_since_ns = now_ns
            if self.suspension is None:
                self.suspension = Suspension(now_ns, reason)
                return self.suspension
        elif self.moves and now_ns - self._still_since_ns >= rules.settle_s * NS:
            return self._end(now_ns)
        return None

    def _reason(self, rules: MotionRules) -> str:
        """Say how it moves over the last window, '' where it stands still."""
        now_ns = self.newest_ns
        stamps, places = self._route.stamps, self._route.places
        then = bisect.bisect_right(stamps, now_ns - _WINDOW_NS) - 1
        if then < 0:
            if len(stamps) < 2 or now_ns - stamps[0] < _WINDOW_NS // 2:
                return ''
            then = 0
        (x0, y0, yaw0), (x1, y1, yaw1) = places[then], places[-1]
        elapsed_s = (now_ns - stamps[then]) / NS
        if math.hypot(x1 - x0, y1 - y0) / elapsed_s > rules.speed_m_s:
            return 'driving'
        return 'turning' if abs(yaw1 - yaw0) / elapsed_s > rules.turn_rad_s else ''

    def _end(self, stamp_ns: int) -> Suspension | None:
        begun, self.suspension = self.suspension, None
        return begun and Suspension(begun.begin_ns, begun.reason, max(stamp_ns, begun.begin_ns))

    def _forget(self) -> None:
        """Drop what is too old, many at once since dropping one moves all others."""
        route = self._route
        if self.newest_ns - route.stamps[0] > 2 * KEPT_NS or len(route.stamps) > 2 * KEPT_MAX:
            keep = bisect.bisect_left(route.stamps, self.newest_ns - KEPT_NS)
            keep = max(keep, len(route.stamps) - KEPT_MAX)
            self._route = _Route(route.frame, route.stamps[keep:], route.places[keep:])


def wrapped(angle: float) -> float:
    """Return an angle (rad) in [-pi, pi]."""
    return math.remainder(angle, math.tau)


def yaw_of(x: float, y: float, z: float, w: float) -> float:
    """Return a quaternion's rotation about the vertical, NaN where it is no rotation.

    The norm cancels out; REP-103: x forward, y left, z up.
    """
    if not 0.25 < x * x + y * y + z * z + w * w < 4:
        return math.nan
    return math.atan2(2 * (w * z + x * y), w * w + x * x - y * y - z * z)
