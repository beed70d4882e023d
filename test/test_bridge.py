"""The bridge without ROS: what is told was stored before, and a stop still tells its end."""
from pathlib import Path
import sqlite3
import threading
from typing import Callable, Iterator

import numpy as np
import pytest

from smartcam_bridge.bridge import Bridge
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import DETECTION, Detections, EndReason, Source
from smartcam_bridge.settings import Settings

START_NS = 1_800_000_000_000_000_000
STEP_NS = 40_000_000


class Ingest:
    """A bridge, and what it posts and tells; the test's thread is the ingest thread."""

    def __init__(self, folder: Path) -> None:
        self.told: list[Event] = []
        self.posted = threading.Semaphore(0)
        self._tasks: list[Callable[[], None]] = []
        self._database = folder / 'smartcam.sqlite3'
        self._stamp_ns = START_NS
        self.bridge = Bridge(
            Settings.from_values({'data_dir': str(folder), 'http_port': 0, 'frame_width': 640,
                                  'frame_height': 480, 'event_period_s': 0.02}),
            on_event=self._tell, post=self._post, on_cameras=lambda: None,
            on_demand=lambda camera, wanted: None)
        self.bridge.open()
        self.bridge.reconcile()

    def see(self, count: int = 3) -> None:
        """Receive messages with one box."""
        box = np.array([(320, 240, 0, 60, 120, 0.9)], DETECTION)
        for _ in range(count):
            self._stamp_ns += STEP_NS
            self.bridge.receive('camera', Detections(
                self._stamp_ns, 'lens', box, ('person',), ('7',)), Source.TRACKS, self._stamp_ns)

    def run_posted(self) -> None:
        """Wait for a task and run it, as the executor does."""
        assert self.posted.acquire(timeout=10)
        self._tasks.pop(0)()

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


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    """Return a bridge that is open, with one camera."""
    made = Ingest(tmp_path / 'data')
    yield made
    made.bridge.close()


def test_an_event_is_told_on_the_ingest_thread_after_its_commit(ingest: Ingest) -> None:
    ingest.see()
    assert ingest.told == []
    ingest.run_posted()
    assert [(event.type, event.seq) for event in ingest.told] == [('track_started', 1)]
    assert ingest.rows('SELECT track_id FROM events') == ingest.rows('SELECT id FROM tracks')


def test_events_of_the_bridge_itself_go_the_same_way(ingest: Ingest) -> None:
    ingest.bridge.publish(Event('purge_finished', '', START_NS, {'tracks': 1}))
    ingest.run_posted()
    assert [event.as_json() for event in ingest.told] == [{
        'seq': 1, 'type': 'purge_finished', 'camera': '', 'severity': 'info',
        'stamp': '2027-01-15T08:00:00.000000000Z', 'tracks': 1}]


def test_a_pause_tells_the_ends_before_it_returns(ingest: Ingest) -> None:
    ingest.see()
    ingest.bridge.end_tracks(EndReason.PAUSED)
    ingest.bridge.settle()
    assert [event.type for event in ingest.told] == ['track_started', 'track_ended']
    ingest.run_posted()     # what was posted meanwhile finds nothing left
    assert [event.seq for event in ingest.told] == [1, 2]


def test_a_stop_tells_the_ends(ingest: Ingest) -> None:
    ingest.see()
    ingest.bridge.close()
    assert [(event.type, event.detail.get('end_reason')) for event in ingest.told] == [
        ('track_started', None), ('track_ended', 'restart')]
    ingest.bridge.close()
    assert len(ingest.told) == 2


def test_a_stop_tells_what_the_disk_took_late(ingest: Ingest) -> None:
    ingest.see()
    ingest.run_posted()
    holder = sqlite3.connect(ingest.bridge.data_dir / 'smartcam.sqlite3', isolation_level=None,
                             check_same_thread=False)
    holder.execute('BEGIN IMMEDIATE')
    release = threading.Timer(0.6, holder.execute, ('ROLLBACK',))
    release.start()
    ingest.bridge.close()
    release.join()
    holder.close()
    assert [event.type for event in ingest.told] == ['track_started', 'track_ended']


def test_the_size_of_frames_is_stored_when_it_is_news(ingest: Ingest) -> None:
    ingest.see()
    ingest.bridge.resize('camera', 1280, 720)
    ingest.see(2)
    ingest.bridge.settle()
    assert ingest.rows('SELECT since_ns, width, height FROM frame_sizes') == [
        (START_NS + STEP_NS, 640, 480), (START_NS + 4 * STEP_NS, 1280, 720)]
