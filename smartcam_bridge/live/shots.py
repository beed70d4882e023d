"""Best shots: from what is seen, and the frames it was seen in, to pictures on the disk."""
from collections import Counter
from collections.abc import Callable
import logging
import threading
import time

import numpy as np

from smartcam_bridge.domain.best_shot import ShotBook
from smartcam_bridge.domain.model import Camera, Sight, TrackState
from smartcam_bridge.domain.pipeline import Outcome
from smartcam_bridge.domain.shot import SavedShot
from smartcam_bridge.errors import FrameError, StoreError
from smartcam_bridge.live.demand import Demand
from smartcam_bridge.live.frames import Frame
from smartcam_bridge.live.pixels import Pixels
from smartcam_bridge.live.shot_writer import PictureFolder, ShotWriter
from smartcam_bridge.live.sight_queue import SightQueue
from smartcam_bridge.settings import Settings

_POLL_S = 0.1       # while sights wait; else the thread sleeps
_JOIN_S = 1.0       # a frame on its way through the decoder is not worth a longer stop
_WHO = 'best shots'
_COUNTERS = ('saved', 'failed', 'lost', 'damaged', 'without_frame', 'looks', 'late', 'dropped',
             'evicted')
_log = logging.getLogger(__name__)


class _Lane:
    """One camera. The queue belongs to whoever holds the lock, the rest to the thread."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self.queue = SightQueue()
        self.tracks: dict[int, TrackState] = {}     # with the lock; open, and ended but not done
        self.wanted_s: float | None = None          # with the lock; None: no images are asked for
        self.book = ShotBook()
        self.held: dict[int, Frame] = {}            # of shots that are not saved yet
        self.troubled = False                       # since the last shot that was saved

    def counters(self) -> dict[str, int]:
        return {'looks': self.book.looks, 'late': self.book.late, 'dropped': self.queue.dropped,
                'evicted': self.queue.ring.evicted}


class Shots:
    """Keep the best shot of every track. A thread of its own opens frames and writes files.

    `see`, `see_face`, `show`, `tick`, `resume` and `pause` belong to the ingest thread. on_shot
    gets what was saved and the track's state, None once the track has ended; it must not wait,
    and returns whether the row will be written: else the files are removed. It is called with the
    lock that `see` takes, so that what it says of an open track comes before its end.
    """

    def __init__(self, settings: Callable[[], Settings], *, demand: Demand,
                 folder: PictureFolder,
                 on_shot: Callable[[SavedShot, TrackState | None], bool],
                 now_ns: Callable[[], int] = time.time_ns) -> None:
        self._settings = settings
        self._demand = demand
        self._writer = ShotWriter(settings, folder, now_ns)
        self._on_shot = on_shot
        self._lanes: dict[int, _Lane] = {}      # by camera id; replaced as a whole
        self._by_name: dict[str, _Lane] = {}    # the newest of each name
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._seeing = False        # False: the privacy pause
        self._everything = False    # whatever waits is to be judged and saved now
        self._closing = False
        self._counts: Counter[str] = Counter()
        self.allowed = True         # False: the disk has no room for new pictures

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name='shots', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread; what was not saved by a `pause` before is not. Idempotent."""
        self.pause(0.0)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_JOIN_S)

    def resume(self) -> None:
        """Let what is seen be kept."""
        self._seeing = True
        self._writer.open()

    def pause(self, within_s: float) -> None:
        """Save what is left, for so long at most; when this returns nothing is written any more.

        A file that is being written is waited for.
        """
        with self._changed:
            if self._seeing and self._thread is not None and within_s:
                self._everything = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self._everything, within_s)
            self._seeing = False
        self._writer.shut()
        with self._changed:
            self._everything = False
            lanes, self._lanes, self._by_name = self._lanes, {}, {}
            for lane in lanes.values():
                self._counts['lost'] += sum(map(lane.book.unsaved, list(lane.held)))
                for name, count in lane.counters().items():
                    self._counts[name] += count
                self._let_go(lane)

    def see(self, outcome: Outcome) -> None:
        """Take in what followed from a message or from time passing, for one camera."""
        observation, tracks = outcome.observation, outcome.tracks
        if observation is None and not tracks:
            return
        camera_id = tracks[0].camera_id if observation is None else observation.camera.id
        lane, on = self._lanes.get(camera_id), self._settings().best_shots
        if lane is None:
            if observation is None or not (on and self._seeing):
                return
            lane = self._add(observation.camera)
        now_s = time.monotonic()
        with self._changed:
            idle = not len(lane.queue)
            if observation is not None and on:
                lane.queue.advance(observation.stamp_ns)
                if outcome.sight is not None:
                    lane.queue.put(outcome.sight, now_s)
                if np.count_nonzero(observation.track_ids):
                    self._want(lane, now_s)
            for track in tracks:
                lane.tracks[track.id] = track
                if track.end_reason is not None:
                    lane.queue.end(track.id, now_s)
            if idle and len(lane.queue):
                self._changed.notify_all()

    def see_face(self, camera_id: int, track_id: int, stamp_ns: int, area: float) -> None:
        """Take in that the frame of a stamp shows a track's face, and as what share of it."""
        lane = self._lanes.get(camera_id)
        if lane is not None:
            with self._changed:
                lane.queue.put_face(stamp_ns, track_id, area)

    def show(self, frame: Frame) -> None:
        """Take in a frame, as long as its camera has tracks."""
        lane = self._by_name.get(frame.camera)
        if lane is not None and lane.wanted_s is not None:
            settings = self._settings()
            lane.queue.ring.put(frame, bytes_max=int(settings.shot_ring_mb * 1e6),
                                age_max_ns=int(settings.shot_wait_s * 1e9))

    def tick(self) -> None:
        """Let go of the images of cameras that had no tracks for a while."""
        settings = self._settings()
        latest_s = time.monotonic() - max(settings.frame_linger_s, settings.shot_wait_s)
        with self._changed:
            for lane in self._lanes.values():
                if lane.wanted_s is not None and lane.wanted_s < latest_s:
                    self._let_go(lane)

    def counters(self) -> dict[str, int]:
        """Return the counters for the statistics. Any thread."""
        lanes = list(self._lanes.values())
        counts = sum((Counter(lane.counters()) for lane in lanes), Counter(self._counts))
        return {name: counts[name] for name in _COUNTERS} | {
            'waiting': sum(len(lane.queue) for lane in lanes),
            'frames': sum(len(lane.queue.ring) for lane in lanes),
            'frame_bytes': sum(lane.queue.ring.size_bytes for lane in lanes)}

    def _add(self, camera: Camera) -> _Lane:
        lane = _Lane(camera)
        self._lanes = self._lanes | {camera.id: lane}
        self._by_name = self._by_name | {camera.name: lane}
        return lane

    def _want(self, lane: _Lane, now_s: float) -> None:
        if lane.wanted_s is None:
            self._demand.want(_WHO, lane.camera.name, True)
        lane.wanted_s = now_s

    def _let_go(self, lane: _Lane) -> None:
        if lane.wanted_s is not None:
            self._demand.want(_WHO, lane.camera.name, False)
        lane.wanted_s = None
        lane.queue.ring.clear()

    # What follows runs on the thread.

    def _run(self) -> None:
        while not self._closing:
            try:
                self._turn()
            except Exception:  # the outermost loop: whatever it was, the next shot gets its try
                self._counts['failed'] += 1
                _log.exception('best shots failed for no known reason; they go on')

    def _turn(self) -> None:
        with self._changed:
            if not (self._closing or self._everything):
                waiting = any(len(lane.queue) for lane in self._lanes.values())
                self._changed.wait(_POLL_S if waiting else None)
            everything, now_s = self._everything, time.monotonic()
            wait_s = self._settings().shot_wait_s
            work = [(lane, what, frame) for lane in self._lanes.values() for what, frame in
                    lane.queue.take(now_s, wait_s=wait_s, everything=everything)]
        try:
            for lane, what, frame in work:
                if not self._seeing:
                    break
                if isinstance(what, Sight):
                    self._judge(lane, what, frame)
                else:
                    self._end(lane, what)
        finally:
            if everything:
                with self._changed:
                    self._everything = False
                    self._changed.notify_all()

    def _judge(self, lane: _Lane, sight: Sight, frame: Frame | None) -> None:
        if frame is None:
            self._counts['without_frame'] += 1
            return
        pixels = Pixels(frame, self._settings().shot_quality)
        corners = sight.corners.tolist()
        try:
            won = lane.book.judge(sight, lambda row: pixels.sharpness(corners[row]))
            if won:
                lane.held.update(dict.fromkeys(won, pixels.compact()))
        except FrameError as error:
            self._trouble(lane, 'damaged', error)
        for track_id in list(lane.book.due()):
            self._save(lane, track_id)

    def _end(self, lane: _Lane, track_id: int) -> None:
        if lane.book.unsaved(track_id):
            self._save(lane, track_id)
            self._counts['lost'] += lane.book.unsaved(track_id)
        lane.book.forget(track_id)
        lane.held.pop(track_id, None)
        with self._changed:
            lane.tracks.pop(track_id, None)

    def _save(self, lane: _Lane, track_id: int) -> None:
        """Write the pictures of a track's best shot and have them recorded."""
        saved, frame = False, lane.held.get(track_id)
        try:
            if frame is not None and self.allowed and self._settings().best_shots:
                saved = self._record(lane, self._writer.write(
                    lane.camera.id, track_id, lane.book.best(track_id), frame))
        except (FrameError, StoreError) as error:
            self._trouble(lane, 'failed', error)
        lane.book.note_save(track_id, saved)
        if saved:
            self._counts['saved'] += 1
            lane.troubled = False
            del lane.held[track_id]

    def _record(self, lane: _Lane, saved: SavedShot | None) -> bool:
        if saved is None:
            return False
        with self._changed:
            track = lane.tracks.get(saved.track_id)
            is_open = track is not None and track.end_reason is None
            taken = self._on_shot(saved, track if is_open else None)
        if not taken:
            self._writer.remove(saved)
        return taken

    def _trouble(self, lane: _Lane, counter: str, error: Exception) -> None:
        self._counts[counter] += 1
        if not lane.troubled:
            _log.warning('%s: a best shot is missing: %s', lane.camera.name, error)
        lane.troubled = True
