"""The bridge without ROS: what comes in is followed, stored, shown and served over HTTP."""
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
import contextlib
from dataclasses import replace
from functools import partial
from pathlib import Path
import time
from typing import Any

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Correction, Embedded
from smartcam_bridge.domain.labels import LabelBook
from smartcam_bridge.domain.model import Camera, Detections, EndReason, Observation, Source
from smartcam_bridge.domain.people import People
from smartcam_bridge.domain.pipeline import CameraPipeline, Outcome
from smartcam_bridge.domain.robot import Suspension
from smartcam_bridge.domain.rules import motion_rules, track_rules
from smartcam_bridge.domain.shapes import Shape
from smartcam_bridge.domain.whereabouts import Whereabouts
from smartcam_bridge.errors import StoreError
from smartcam_bridge.live.data_processing import data_processing
from smartcam_bridge.live.demand import Demand
from smartcam_bridge.live.frames import Frame, FrameBoard
from smartcam_bridge.live.hub import LiveHub
from smartcam_bridge.live.shots import Shots
from smartcam_bridge.live.status import BridgeStatus
from smartcam_bridge.outflow import Outflow
from smartcam_bridge.recognition import Recognition
from smartcam_bridge.run_file import local_url, run_file, write_private
from smartcam_bridge.settings import default_data_dir, Settings
from smartcam_bridge.store.batch import Fact
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.queries import Reader
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Backup, Barrier, Purge, RecordEvent
from smartcam_bridge.suspensions import Suspensions
from smartcam_bridge.web.auth import make_first_admin
from smartcam_bridge.web.server import WebServer
from smartcam_bridge.web.services import no_embedder, Services

_COMMIT_WAIT_S = 5.0    # a pause waits no longer than this for the disk
_STOP_WAIT_S = 0.3      # a stop, before it lets go of those who watch


class Bridge:
    """Owns recorder, pipelines, live hub and web server; starts and stops them in order.

    Everything without a remark belongs to the ingest thread (rclpy's). on_event gets every
    event there, after the commit that stored it. on_cameras, on_demand(camera, wanted),
    embed_picture and post(task), which has a task run on the ingest thread, are called from other
    threads.
    """

    def __init__(self, settings: Settings, *, on_event: Callable[[Event], None],
                 post: Callable[[Callable[[], None]], None],
                 on_cameras: Callable[[], None],
                 on_demand: Callable[[str, bool], None],
                 embed_picture: Callable[[bytes], 'Future[Embedded]'] = no_embedder) -> None:
        self.settings = settings
        self.cameras: tuple[Camera, ...] = ()   # replaced as a whole, by the recorder thread
        self.shapes: tuple[Shape, ...] = ()     # likewise
        self.people = People()                  # likewise
        self.data_dir = Path(settings.data_dir) if settings.data_dir else default_data_dir()
        self._database = self.data_dir / 'smartcam.sqlite3'
        self.port = 0
        self.hub = LiveHub()
        self._media = MediaFolder(self.data_dir)
        demand = Demand(on_demand)
        self.frames = FrameBoard(partial(demand.want, 'viewers'),
                                 lambda: self.settings.frame_linger_s)
        self.shots = Shots(lambda: self.settings, demand=demand, folder=self._media,
                           on_shot=lambda *shot: self._outflow.keep_shot(*shot))
        self.whereabouts = Whereabouts(lambda: motion_rules(self.settings))
        self._on_cameras = on_cameras
        self._post = post
        self._embed_picture = embed_picture
        self._outflow = Outflow(record=self._record, hub=self.hub, shots=self.shots,
                                whereabouts=self.whereabouts, on_event=on_event, post=post,
                                cameras=lambda: self.cameras, label_of=self._label_of)
        self.recognition = Recognition(settings, people=lambda: self.people, record=self._record,
                                       whereabouts=self.whereabouts, label_of=self._label_of,
                                       see_face=self.shots.see_face)
        self._suspensions = Suspensions(self.whereabouts.robot, record=self._record,
                                        carry_out=self._carry_out)
        self._status = BridgeStatus('unconfigured', time.time_ns())
        self._track_rules = track_rules(settings)
        self._pipelines: dict[str, CameraPipeline] = {}
        self._recorder: Recorder | None = None
        self._closing = contextlib.ExitStack()

    def open(self) -> None:
        """Open the store and serve history; raises SmartcamError, with everything closed."""
        with contextlib.ExitStack() as stack:
            self._recorder = Recorder(self._database, lambda: self.settings,
                                      on_cameras=self._set_cameras, on_shapes=self._set_shapes,
                                      on_people=self._set_people,
                                      on_events=self._outflow.committed)
            stored = self._recorder.start()
            stack.callback(self._recorder.close)
            self.shots.start()
            stack.callback(self.shots.close)
            self.cameras, self.shapes = stored.cameras, stored.shapes
            self.people = stored.people
            self.recognition.load(stored.strangers, stored.next_stranger_id)
            self._labels = LabelBook(stored.labels)
            self._track_ids = iter(range(stored.next_track_id, 1 << 32))
            # At the very first start an admin's token is left where only this user can read it.
            make_first_admin(self.submit, self._database, lambda secret: write_private(
                self.data_dir / 'first-admin-token', f'{secret}\n'))
            server = WebServer(
                Services(settings=lambda: self.settings, hub=self.hub, frames=self.frames,
                         open_reader=lambda: Reader(self._database),
                         submit=self._recorder.submit,
                         status=self.status, cameras=lambda: self.cameras,
                         shapes=lambda: self.shapes, occupancy=self._outflow.occupancy.now,
                         shots=self.shots.counters, find_picture=self._media.locate,
                         people=lambda: self.people, embed_picture=self._embed_picture,
                         privacy=self.privacy),
                host=self.settings.http_host, port=self.settings.http_port)
            self.port = server.start()
            stack.callback(server.close)
            stack.enter_context(run_file(self.data_dir, self.url, self.port))
            self._closing = stack.pop_all()

    def close(self) -> None:
        """End tracks, then web, recorder and store, in that order. Idempotent."""
        self.end_tracks(EndReason.RESTART)
        if self._recorder is not None:
            self.settle(_STOP_WAIT_S)
        self._closing.close()
        self._outflow.tell()

    def reconcile(self) -> None:
        """Give every enabled camera a pipeline and end those of cameras that are gone."""
        self.shots.resume()
        wanted = {camera.name: camera for camera in self.cameras if camera.enabled}
        for name, pipeline in list(self._pipelines.items()):
            if name not in wanted or wanted[name].id != pipeline.camera.id:
                self._carry_out(pipeline, pipeline.close(EndReason.PAUSED))
                del self._pipelines[name]
                self.recognition.drop(name)
                self._suspensions.follow(pipeline, gone=True)
        for name, camera in wanted.items():
            pipeline = self._pipelines.get(name)
            if pipeline is None:
                pipeline = self._pipelines[name] = CameraPipeline(
                    camera, self._labels, self._track_ids.__next__, lambda: self._track_rules,
                    waiting_max=self.settings.waiting_max)
                self._carry_out(pipeline, pipeline.change_shapes(self.shapes))
            configured = (camera.width, camera.height)
            if camera != pipeline.camera and all(configured):
                pipeline.resize(*configured)
            pipeline.camera = camera
            self.recognition.follow(pipeline)
            self._fall_back(pipeline)
            self._suspensions.follow(pipeline)

    def pipeline(self, camera: str) -> CameraPipeline:
        """Return the pipeline of an enabled camera."""
        return self._pipelines[camera]

    def receive(self, camera: str, detections: Detections, source: Source,
                received_ns: int) -> Observation | None:
        """Take in one decoded message; return what it is taken for, None where it waits."""
        pipeline = self._pipelines[camera]
        outcome = pipeline.advance(detections, source, received_ns)
        self._carry_out(pipeline, outcome)
        return outcome.observation

    def resize(self, camera: str, width: int, height: int) -> None:
        """Learn a camera's frame size (px), from CameraInfo or an image."""
        pipeline = self._pipelines[camera]
        if pipeline.size != (width, height) and width and height:
            for outcome in pipeline.resize(width, height):
                self._carry_out(pipeline, outcome)

    def sign_of_life(self, camera: str, received_ns: int) -> None:
        """Learn that a camera sent something else than boxes."""
        pipeline = self._pipelines[camera]
        self._carry_out(pipeline, pipeline.sign_of_life(received_ns))

    def locate(self, stamp_ns: int, frame: str, x: float, y: float, yaw: float) -> None:
        """Learn where the robot was: metres and radians in `frame`."""
        self._suspend(self.whereabouts.observe(stamp_ns, frame, x, y, yaw))

    def tick(self, now_ns: int) -> None:
        """Let time pass for cameras that are silent."""
        for pipeline in self._pipelines.values():
            self._carry_out(pipeline, pipeline.tick(now_ns))
        self.recognition.tick(now_ns)
        self.shots.allowed = self._recorder.media_allowed
        self.shots.tick()

    def end_tracks(self, reason: EndReason) -> None:
        """End all open tracks and forget the pipelines."""
        for name, pipeline in self._pipelines.items():
            self._carry_out(pipeline, pipeline.close(reason))
            self.recognition.drop(name)
        self._suspend(self.whereabouts.robot.close())
        self._pipelines.clear()
        self.shots.pause(_STOP_WAIT_S if reason is EndReason.RESTART else _COMMIT_WAIT_S)

    def show(self, frame: Frame) -> None:
        """Take in one frame."""
        self.frames.publish(frame)
        self.shots.show(frame)

    def settle(self, within_s: float = _COMMIT_WAIT_S) -> None:
        """Wait until what was received is committed, and tell the events of it.

        For a while only: where the disk is out the recorder goes on trying, and says so.
        """
        with contextlib.suppress(StoreError, FutureTimeout):
            self.submit(Barrier()).result(within_s)
        self._outflow.tell()

    def publish(self, event: Event) -> None:
        """Have an event stored and then told to everyone who listens."""
        self._recorder.record(RecordEvent(event))

    def submit(self, command: object) -> Future:
        """Hand a command to the recorder; raises QueueFull. Any thread."""
        return self._recorder.submit(command)

    def backup(self) -> Future:
        """Begin a backup; the Future resolves to its path. Any thread."""
        return self.submit(Backup())

    def purge(self) -> Future:
        """Begin a purge of what is older than the settings keep. Any thread."""
        return self.submit(Purge(time.time_ns()))

    def change(self, settings: Settings) -> None:
        """Take new live settings."""
        self.settings = settings
        self._track_rules = track_rules(settings)
        self.recognition.change(settings)
        for pipeline in self._pipelines.values():
            self._fall_back(pipeline)

    def show_status(self, status: BridgeStatus) -> None:
        """Replace the status that everybody sees."""
        self._status = status
        self.hub.publish_status(self.status())

    def status(self) -> BridgeStatus:
        """Return the present status. Any thread."""
        return replace(self._status, recorder=self._recorder.status())

    def privacy(self) -> dict[str, Any]:
        """Return what is kept of people, where and for how long, as JSON values. Any thread."""
        return data_processing(self.settings, self.cameras, self.data_dir)

    def _label_of(self, label_id: int) -> str:
        return self._labels.name_of(label_id)

    def _record(self, *facts: Fact) -> bool:
        return self._recorder.record(*facts)

    def _carry_out(self, pipeline: CameraPipeline, outcome: Outcome) -> None:
        self._outflow.hand_on(outcome, pipeline.size, self._labels.take_fresh())
        self.recognition.see(pipeline, outcome)

    def _suspend(self, suspension: Suspension | None) -> None:
        """Let the cameras on the robot count no more, or again; have that stored and told."""
        if suspension is not None:
            event = self._suspensions.follow_all(self._pipelines, suspension)
            self.publish(self.whereabouts.placed(event))

    def _fall_back(self, pipeline: CameraPipeline) -> None:
        """Use the settings' frame size where nothing else said one."""
        settings = self.settings
        if not all(pipeline.size) and settings.frame_width:
            for outcome in pipeline.resize(settings.frame_width, settings.frame_height):
                self._carry_out(pipeline, outcome)

    def _set_cameras(self, cameras: tuple[Camera, ...]) -> None:
        self.cameras = cameras
        self._on_cameras()

    def _set_shapes(self, shapes: tuple[Shape, ...]) -> None:
        self.shapes = shapes
        self._post(self._apply_shapes)

    def _set_people(self, people: People, corrections: tuple[Correction, ...]) -> None:
        self.people = people
        self._post(lambda: self.recognition.correct(corrections))

    def _apply_shapes(self) -> None:
        for pipeline in self._pipelines.values():
            self._carry_out(pipeline, pipeline.change_shapes(self.shapes))

    @property
    def url(self) -> str:
        """Return the address under which a program on this machine reaches the web server."""
        return local_url(self.settings.http_host, self.port)
