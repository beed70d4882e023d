"""How the bridge is at this moment: one immutable snapshot for REST, live, diagnostics, ready."""
import dataclasses
from dataclasses import dataclass, field
from typing import Any

from smartcam_bridge.domain.model import Pose
from smartcam_bridge.domain.status import RecognitionStatus, RecorderStatus


@dataclass(frozen=True, slots=True)
class FaceStatus:
    """Recognition on one camera now; counters since the camera was first listened to."""

    state: str                      # on, off, closed (outside of its hours)
    model: str                      # who made its embeddings
    received: int                   # messages of faces
    embeddings_received: int
    lost: int                       # messages of both that the middleware says never arrived
    counters: dict[str, int]        # what became of them, by kind


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One camera now. Ages in seconds, None before the first message; counters since start."""

    state: str                      # live, silent, paused, disabled
    width: int = 0                  # px; 0 while unknown
    height: int = 0                 # px
    boxes_hz: float = 0.0
    frames_hz: float = 0.0
    boxes_age_s: float | None = None
    frames_age_s: float | None = None
    open_tracks: int = 0
    watched: bool = False           # images are subscribed for somebody
    received: int = 0               # box messages
    frames_received: int = 0
    boxes_lost: int = 0             # box messages that the middleware says never arrived
    frames_lost: int = 0
    invalid: int = 0                # messages and boxes refused
    waiting: int = 0                # box messages that wait for the frame's size
    source: str | None = None       # tracks, detections
    problems: tuple[str, ...] = ()  # sentences for people
    counters: dict[str, int] = field(default_factory=dict)  # what went wrong, by kind (Tally)
    faces: FaceStatus | None = None     # None while the camera is not listened to

    def as_json(self) -> dict[str, Any]:
        """Return the JSON form of docs/api.md."""
        return dataclasses.asdict(self) | {'problems': list(self.problems)}


@dataclass(frozen=True, slots=True)
class RobotStatus:
    """Where the robot is, where `pose_topic` is set."""

    pose: Pose | None = None        # the newest
    age_s: float | None = None      # since it came
    moving: str | None = None       # driving, turning; None: it stands still, as far as is known
    invalid: int = 0                # poses that are none
    late: int = 0                   # poses older than one that came before
    problems: tuple[str, ...] = ()  # sentences for people

    def as_json(self) -> dict[str, Any]:
        """Return the JSON form of docs/api.md."""
        return {'pose': self.pose and self.pose.as_json(), 'age_s': self.age_s,
                'moving': self.moving, 'invalid': self.invalid, 'late': self.late,
                'problems': list(self.problems)}


@dataclass(frozen=True, slots=True)
class BridgeStatus:
    """The whole bridge now. `state` is the lifecycle's: active, inactive (paused), ..."""

    state: str
    started_ns: int
    cameras: dict[str, CameraStatus] = field(default_factory=dict)
    recorder: RecorderStatus = RecorderStatus()
    robot: RobotStatus | None = None
    recognition: RecognitionStatus = RecognitionStatus(0, {}, {})

    def unready(self) -> list[str]:
        """Return why it does not record at present; empty when it does."""
        reasons = [] if self.state == 'active' else [f'the node is {self.state}, not active']
        if self.recorder.state != 'running':
            reasons.append(f'the recorder is {self.recorder.state}: '
                           f'{self.recorder.problem or "not started"}')
        return reasons
