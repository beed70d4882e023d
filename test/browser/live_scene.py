"""A bridge without ROS, fed with pictures whose boxes are known to the pixel."""
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
import threading
import time
from typing import Any, Callable

import cv2
import numpy as np

from smartcam_bridge.bridge import Bridge
from smartcam_bridge.domain.faces import Embeddings, Faces
from smartcam_bridge.domain.model import DETECTION, Detections, Source
from smartcam_bridge.live.frames import Frame
from smartcam_bridge.live.status import BridgeStatus, CameraStatus
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.tasks import Barrier
from smartcam_bridge.web.auth import new_token, Role
from smartcam_bridge.web.services import no_embedder

WIDTH, HEIGHT = 640, 360    # px
BOX = (80, 100)             # px
FACE_PX = 64
STEP_PX = 17                # between two frames: more than the outline is wide
TOP_PX = 130
PERIOD_S = 0.05
LATE_STEPS = 2              # boxes come that much later than the frame they were found in
MAGENTA = (255, 0, 255)
HOSTILE = '<img src=x onerror="window.hacked=1">'
PROBLEM = 'no pictures: <b>best effort</b> is offered, reliable is asked for'


def left_px(step: int) -> int:
    """Return where the object stands at `step`."""
    return 40 + step * STEP_PX % 480


def picture(step: int) -> bytes:
    """Return the JPEG of `step`: one magenta object on grey."""
    pixels = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    x = left_px(step)
    pixels[TOP_PX:TOP_PX + BOX[1], x:x + BOX[0]] = MAGENTA
    return cv2.imencode('.jpg', pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def detections(stamp_ns: int, step: int, label: str, id: str) -> Detections:
    """Return the message of a tracker that saw the object of `step`."""
    boxes = np.zeros(1, DETECTION)
    boxes[0] = (left_px(step) + BOX[0] / 2, TOP_PX + BOX[1] / 2, 0, *BOX, 0.9)
    return Detections(stamp_ns, 'camera', boxes, (label,), (id,))


def face_of(stamp_ns: int, step: int, id: str) -> Faces:
    """Return the message of a detector that saw the face of the object of `step`."""
    boxes = np.zeros(1, DETECTION)
    boxes[0] = (left_px(step) + BOX[0] / 2, TOP_PX + BOX[1] / 3, 0, FACE_PX, FACE_PX, 0.9)
    return Faces(stamp_ns, 'camera', boxes, (id,), np.full((1, 3), 0.9, np.float32))


class LiveScene:
    """A running bridge on a port of its own, and the thread that feeds it.

    Cameras: `front` with boxes in step, `skewed` whose boxes are those of the step before,
    `blind` with boxes of a hostile label and no pictures, `silent` with nothing.
    """

    def __init__(self, data_dir: Path, cameras: tuple[str, ...] = (
            'front', 'skewed', 'blind', 'silent')) -> None:
        self._settings = Settings(data_dir=str(data_dir), cameras=cameras, http_port=0,
                                  confirm_hits=2, rejoin_s=0.5, commit_period_s=0.1,
                                  frame_linger_s=0.1, best_shots=False)  # who watches asks
        self._started_ns = time.time_ns()
        self._bridge: Bridge | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._reconcile = threading.Event()
        self._posted: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.wanted: dict[str, bool] = {}   # camera -> whether its images are asked for
        self.fed = threading.Event()        # cleared: nothing is fed, as with a paused robot
        self.fed.set()
        self.paused = threading.Event()     # set: the status says so
        self.frames_age_s = PERIOD_S        # what the status says
        self.embed_picture = no_embedder    # what finds faces in pictures
        self.embed: Callable[[int], np.ndarray] | None = None   # the face of a step in `front`

    @property
    def url(self) -> str:
        """Return the bridge's address."""
        return self._bridge.url

    def start(self) -> None:
        """Open the bridge, on the same port as before where there was one, and feed it."""
        self._bridge = Bridge(self._settings, on_event=lambda event: None,
                              on_cameras=self._reconcile.set, on_demand=self.wanted.__setitem__,
                              post=self._posted.put,
                              embed_picture=lambda picture: self.embed_picture(picture))
        self._stop.clear()
        opened: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(opened,), name='ingest')
        self._thread.start()
        self._settings = replace(self._settings, http_port=opened.result(60))

    def stop(self) -> None:
        """Stop feeding and close the bridge."""
        self._stop.set()
        self._thread.join()

    def login_link(self) -> str:
        """Return an address that logs in once."""
        secret, command = new_token('login', 'login link', Role.ADMIN, now_ns=time.time_ns(),
                                    lasts_s=60)
        self._bridge.submit(command).result(60)
        return f'{self.url}/login#{secret}'

    def submit(self, command: Any) -> Any:
        """Return what the recorder answers to a command."""
        return self._bridge.submit(command).result(60)

    def record(self, *facts: Any) -> None:
        """Store facts as if they had been seen."""
        self._bridge._recorder.record(*facts)
        self.submit(Barrier())

    def token(self) -> str:
        """Return the token of the first start."""
        return (self._bridge.data_dir / 'first-admin-token').read_text().strip()

    def _run(self, opened: 'Future[int]') -> None:
        try:
            self._bridge.open()
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(self._bridge.port)
        self._reconcile.set()
        try:
            self._feed()
        finally:
            self._bridge.close()

    def _feed(self) -> None:
        stamps: dict[int, int] = {}
        step = turn = 0
        while not self._stop.wait(PERIOD_S):
            turn += 1
            while not self._posted.empty():
                self._posted.get()()
            if self._reconcile.is_set():
                self._reconcile.clear()
                self._bridge.reconcile()
                for camera in self._bridge.cameras:
                    self._bridge.resize(camera.name, WIDTH, HEIGHT)
            now_ns = time.time_ns()
            if self.fed.is_set():
                self._show(step, stamps.setdefault(step, now_ns))
                if (late := step - LATE_STEPS) in stamps:
                    self._see(late, stamps.pop(late), now_ns)
                step += 1
            if turn % 10 == 0:
                self._bridge.tick(now_ns)
                self._bridge.show_status(self._status())

    def _show(self, step: int, stamp_ns: int) -> None:
        jpeg = picture(step)
        for name in ('front', 'skewed'):
            if self.wanted.get(name):
                self._bridge.frames.publish(Frame(
                    name, stamp_ns, time.time_ns(), WIDTH, HEIGHT, jpeg,
                    lambda: cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)))

    def _see(self, step: int, stamp_ns: int, now_ns: int) -> None:
        # A new target every three seconds, so that tracks begin and end.
        id = str(step // 60)
        for name, shown, label in (('front', step, 'robot'), ('skewed', step - 1, 'robot'),
                                   ('blind', step, HOSTILE)):
            if any(camera.name == name for camera in self._bridge.cameras):
                self._bridge.receive(name, detections(stamp_ns, shown, label, id), Source.TRACKS,
                                     now_ns)

        if self.embed is not None:
            recognition = self._bridge.recognition
            recognition.take_faces('front', face_of(stamp_ns, step, id), now_ns)
            recognition.take_embeddings('front', Embeddings(
                stamp_ns, 'camera', self.embed(step)[None]), now_ns)

    def _status(self) -> BridgeStatus:
        live = CameraStatus(
            'paused' if self.paused.is_set() else 'live', WIDTH, HEIGHT,
            boxes_hz=1 / PERIOD_S, frames_hz=1 / PERIOD_S, boxes_age_s=PERIOD_S,
            frames_age_s=self.frames_age_s, open_tracks=1, watched=True, received=100,
            frames_received=100, source='tracks')
        blind = replace(live, frames_hz=0.0, frames_age_s=None, frames_received=0)
        silent = CameraStatus('silent', problems=(PROBLEM,))
        special = {'silent': silent, 'blind': blind}
        cameras = {camera.name: special.get(camera.name, live)
                   for camera in self._bridge.cameras}
        return BridgeStatus('active', self._started_ns, cameras,
                            recognition=self._bridge.recognition.status())
