"""Which cameras do not count at present, because the robot that carries them moves."""
from collections.abc import Callable, Mapping
from dataclasses import replace

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.pipeline import CameraPipeline, Outcome
from smartcam_bridge.domain.robot import Robot, Suspension
from smartcam_bridge.store.tasks import RecordSuspension


class Suspensions:
    """Ingest thread only.

    record: hands facts to the recorder. carry_out: takes what follows for a camera.
    """

    def __init__(self, robot: Robot, *, record: Callable[..., bool],
                 carry_out: Callable[[CameraPipeline, Outcome], None]) -> None:
        self._robot = robot
        self._record = record
        self._carry_out = carry_out
        self._running: dict[int, Suspension] = {}   # by camera id

    def follow(self, pipeline: CameraPipeline, *, gone: bool = False,
               end_ns: int | None = None) -> bool:
        """Suspend a camera, or no longer, as the robot moves; return whether that is news.

        gone: the camera is followed no more. end_ns: when the robot stood still; None: as of its
        newest pose.
        """
        camera = pipeline.camera
        suspension = None if gone or camera.count_while_moving else self._robot.suspension
        if (suspension is not None) == pipeline.moving:
            return False
        self._carry_out(pipeline, pipeline.suspend(suspension is not None))
        if suspension is None:
            begun = self._running.pop(camera.id)
            end_ns = self._robot.newest_ns if end_ns is None else end_ns
            suspension = replace(begun, end_ns=max(end_ns, begun.begin_ns))
        else:
            self._running[camera.id] = suspension
        self._record(RecordSuspension(camera.id, suspension))
        return True

    def follow_all(self, pipelines: Mapping[str, CameraPipeline], suspension: Suspension) -> Event:
        """Suspend cameras, or no longer, by a suspension that began or ended; return the event."""
        names = [name for name, pipeline in pipelines.items()
                 if self.follow(pipeline, end_ns=suspension.end_ns)]
        begun = suspension.end_ns is None
        return Event('counting_suspended' if begun else 'counting_resumed', '',
                     suspension.begin_ns if begun else suspension.end_ns,
                     {'reason': suspension.reason, 'cameras': names})
