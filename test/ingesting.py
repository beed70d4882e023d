"""A bridge without ROS, whose ingest thread is the test's."""
from pathlib import Path
import sqlite3
import threading
from typing import Any, Callable

import numpy as np

from smartcam_bridge.bridge import Bridge
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Embeddings, Faces
from smartcam_bridge.domain.model import DETECTION, Detections, Observation, Source
from smartcam_bridge.settings import Settings

START_NS = 1_800_000_000_000_000_000
STEP_NS = 40_000_000


class Ingest:
    """A bridge, and what it posts and tells; the test's thread is the ingest thread."""

    def __init__(self, folder: Path, **values: Any) -> None:
        self.told: list[Event] = []
        self.posted = threading.Semaphore(0)
        self._tasks: list[Callable[[], None]] = []
        self._database = folder / 'smartcam.sqlite3'
        self.stamp_ns = START_NS
        self.bridge = Bridge(
            Settings.from_values({'data_dir': str(folder), 'http_port': 0, 'frame_width': 640,
                                  'frame_height': 480, 'event_period_s': 0.02} | values),
            on_event=self._tell, post=self._post, on_cameras=lambda: None,
            on_demand=lambda camera, wanted: None)
        self.bridge.open()
        self.bridge.reconcile()

    def see(self, count: int = 3, y: float = 240, tracker_id: str = '7') -> Observation | None:
        """Receive messages with one box; return what the last was taken for."""
        box = np.array([(320, y, 0, 60, 120, 0.9)], DETECTION)
        observation = None
        for _ in range(count):
            self.stamp_ns += STEP_NS
            observation = self.bridge.receive('camera', Detections(
                self.stamp_ns, 'lens', box, ('person',), (tracker_id,)), Source.TRACKS,
                self.stamp_ns)
        return observation

    def show_face(self, vector: np.ndarray, *, cx: float = 320, cy: float = 200,
                  tracker_id: str = '') -> None:
        """Receive a face, and its embedding, in the frame that was seen last."""
        box = np.array([(cx, cy, 0, 40, 40, 0.95)], DETECTION)
        take = self.bridge.recognition
        take.take_faces('camera', Faces(self.stamp_ns, 'lens', box, (tracker_id,),
                                        np.full((1, 3), np.nan, np.float32)), self.stamp_ns)
        take.take_embeddings('camera', Embeddings(
            self.stamp_ns, 'lens', vector[None].astype(np.float32)), self.stamp_ns)

    def types(self) -> list[str]:
        """Return the types of the events that were told."""
        return [event.type for event in self.told]

    def run_posted(self) -> None:
        """Wait for a task and run it, as the executor does."""
        assert self.posted.acquire(timeout=60)
        self._tasks.pop(0)()

    def ask(self, command: object) -> Any:
        """Have a command carried out, and run what it has posted; return its answer."""
        answer = self.bridge.submit(command).result(60)
        self.bridge.settle()
        while self._tasks:
            self.run_posted()
        return answer

    def rows(self, sql: str) -> list[tuple]:
        """Ask the file."""
        connection = sqlite3.connect(self._database)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def _post(self, task: Callable[[], None]) -> None:
        self._tasks.append(task)
        self.posted.release()

    def _tell(self, event: Event) -> None:
        assert threading.current_thread() is threading.main_thread()
        assert self.rows(f'SELECT type FROM events WHERE id = {event.seq}') == [(event.type,)]
        self.told.append(event)
