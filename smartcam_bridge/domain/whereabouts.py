"""Give tracks and events the place of the robot."""
from dataclasses import replace
from typing import Callable

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Pose, TrackState
from smartcam_bridge.domain.pipeline import Outcome
from smartcam_bridge.domain.robot import MotionRules, Robot, Suspension


class Whereabouts:
    """Where the robot was when something happened. Ingest thread; `pose_at`, `placed`: any.

    Poses may come a moment after what they belong to: of a track's start and end the pose is
    looked up when the track is first and last told, which is later still.
    """

    def __init__(self, rules: Callable[[], MotionRules]) -> None:
        self.robot = Robot()
        self._rules = rules
        self._starts: dict[int, Pose] = {}  # of open tracks, by their id

    def observe(self, stamp_ns: int, frame: str, x: float, y: float,
                yaw: float) -> Suspension | None:
        """Take in a pose; return a suspension that just began or ended."""
        return self.robot.observe(stamp_ns, frame, x, y, yaw, self._rules())

    def pose_at(self, stamp_ns: int) -> Pose | None:
        """Return where the robot was, None where that is not known."""
        return self.robot.pose_at(stamp_ns, self._rules().pose_age_max_s)

    def place(self, outcome: Outcome) -> None:
        """Add the poses of its tracks and events, in place."""
        if self.robot.newest_ns or self._starts:
            if outcome.tracks:
                outcome.tracks = [self._placed(track) for track in outcome.tracks]
            if outcome.events:
                outcome.events = [self.placed(event) for event in outcome.events]

    def placed(self, event: Event) -> Event:
        """Return the event with the robot's pose, where that is known."""
        pose = self.pose_at(event.stamp_ns)
        return event if pose is None else replace(event, pose=pose)

    def _placed(self, track: TrackState) -> TrackState:
        start = self._starts.get(track.id) or self.pose_at(track.first_ns)
        end = None
        if track.end_reason is not None:
            self._starts.pop(track.id, None)
            end = self.pose_at(track.last_ns)
        elif start is not None:
            self._starts[track.id] = start
        poses = tuple((moment, pose) for moment, pose in (('start', start), ('end', end))
                      if pose is not None)
        return replace(track, poses=poses) if poses else track
