"""A whole web side over a real store in a folder, without ROS; the browser tests use it too."""
from concurrent.futures import Future
import contextlib
import dataclasses
import itertools
from pathlib import Path
import threading
import time
from typing import Any, Callable, Iterator, Sequence

import numpy as np

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Camera, Observation, Source
from smartcam_bridge.domain.people import People
from smartcam_bridge.domain.shapes import Shape
from smartcam_bridge.live.frames import Frame, FrameBoard
from smartcam_bridge.live.hub import LiveHub
from smartcam_bridge.live.status import BridgeStatus, CameraStatus
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.queries import Reader
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import SaveToken
from smartcam_bridge.store.tokens import new_secret
from smartcam_bridge.web.auth import make_first_admin
from smartcam_bridge.web.server import WebServer
from smartcam_bridge.web.services import no_embedder, Services


@dataclasses.dataclass(eq=False)
class Served:
    """What `serve` has started. `demands`: what the frame board asked for, (camera, wanted)."""

    url: str
    token: str          # an admin's
    settings: Settings  # replace it to change live settings
    recorder: Recorder
    hub: LiveHub
    frames: FrameBoard
    server: WebServer
    cameras: tuple[Camera, ...]
    demands: list[tuple[str, bool]]
    camera_status: dict[str, CameraStatus] = dataclasses.field(default_factory=dict)
    shapes: tuple[Shape, ...] = ()
    occupancy: dict[int, int] = dataclasses.field(default_factory=dict)     # by zone
    people: People = dataclasses.field(default_factory=People)
    embed_picture: Any = no_embedder
    privacy: dict[str, Any] = dataclasses.field(default_factory=dict)
    on_events: Callable[[Sequence[Event]], None] = lambda events: None
    state: str = 'active'
    started_ns: int = dataclasses.field(default_factory=time.time_ns)

    def submit(self, command: Any) -> Any:
        """Return the recorder's answer."""
        return self.recorder.submit(command).result(60)

    def secret(self, role: str, kind: str = 'token', *, expires_ns: int = 0) -> str:
        """Make a token, session or login code."""
        secret, digest = new_secret(kind)
        self.submit(SaveToken(kind, f'a {role}', role, digest, time.time_ns(), expires_ns))
        return secret

    def status(self) -> BridgeStatus:
        """Return the status of this moment."""
        cameras = {camera.name: self.camera_status.get(camera.name, CameraStatus('silent'))
                   for camera in self.cameras}
        return BridgeStatus(self.state, self.started_ns, cameras, self.recorder.status())


@contextlib.contextmanager
def serve(folder: Path, *, status_period_s: float | None = None, stall_s: float = 10.0,
          **values: Any) -> Iterator[Served]:
    """Run store, hub, frame board and web server; keywords are settings.

    status_period_s: publish the status so often from a thread of its own, as the bridge does.
    """
    values = {'http_port': 0, 'frame_linger_s': 0.0, 'commit_period_s': 0.02,
              'cameras': ('front', 'back')} | values
    holder: list[Served] = []
    settings = Settings.from_values(values)
    database = folder / 'smartcam.sqlite3'
    with contextlib.ExitStack() as stack:
        recorder = Recorder(
            database, lambda: holder[0].settings if holder else settings,
            on_cameras=lambda cameras: setattr(holder[0], 'cameras', cameras),
            on_shapes=lambda shapes: setattr(holder[0], 'shapes', shapes),
            on_people=lambda people, corrections: setattr(holder[0], 'people', people),
            on_events=lambda events: holder[0].on_events(events) if holder else None)
        stored = recorder.start()
        stack.callback(recorder.close)
        demands: list[tuple[str, bool]] = []
        hub = LiveHub()
        frames = FrameBoard(lambda *demand: demands.append(demand),
                            lambda: holder[0].settings.frame_linger_s)

        def submit(command: Any) -> 'Future[Any]':
            return recorder.submit(command)

        server = WebServer(
            Services(settings=lambda: holder[0].settings, open_reader=lambda: Reader(database),
                     submit=submit, hub=hub, frames=frames, status=lambda: holder[0].status(),
                     shapes=lambda: holder[0].shapes, occupancy=lambda: holder[0].occupancy,
                     cameras=lambda: holder[0].cameras,
                     find_picture=MediaFolder(folder).locate,
                     people=lambda: holder[0].people,
                     embed_picture=lambda picture: holder[0].embed_picture(picture),
                     privacy=lambda: holder[0].privacy),
            host=settings.http_host, port=settings.http_port, stall_s=stall_s)
        secrets: list[str] = []
        make_first_admin(recorder.submit, database, secrets.append)
        served = Served('', secrets[0] if secrets else '', settings, recorder, hub, frames,
                        server, stored.cameras, demands, shapes=stored.shapes,
                        people=stored.people)
        holder.append(served)
        served.url = f'http://127.0.0.1:{server.start()}'
        stack.callback(server.close)
        if status_period_s is not None:
            stack.enter_context(_repeating(
                status_period_s, lambda: hub.publish_status(served.status())))
        yield served


@contextlib.contextmanager
def _repeating(period_s: float, act: Any) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(period_s):
            act()

    thread = threading.Thread(target=run, name='status')
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def observation(camera: Camera, stamp_ns: int, *, boxes: int = 2, label: str = 'car',
                label_id: int = 1, ids: tuple[str, ...] | None = None) -> Observation:
    """Return an observation of boxes in a row."""
    left = np.linspace(0.1, 0.5, boxes, dtype=np.float32)
    return Observation(
        camera, Source.TRACKS, stamp_ns, stamp_ns + 1000,
        np.stack([left, left, left + 0.1, left + 0.2], axis=1),
        np.full(boxes, 0.9, np.float32), np.full(boxes, label_id, np.uint16),
        np.arange(1, boxes + 1, dtype=np.uint32), (label,) * boxes,
        ids or tuple(map(str, range(1, boxes + 1))))


_shades = itertools.cycle(range(0, 256, 5))


def frame(camera: str, stamp_ns: int | None = None, *, size: tuple[int, int] = (64, 48),
          jpeg: bytes | None = None, pixels: Any = None) -> Frame:
    """Return a grey frame, each one of another shade."""
    now_ns = time.time_ns()
    width, height = size
    shade = next(_shades)
    return Frame(camera, now_ns if stamp_ns is None else stamp_ns, now_ns, width, height, jpeg,
                 pixels or (lambda: np.full((height, width, 3), shade, np.uint8)))
