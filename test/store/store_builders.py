"""Things to store, with what a test does not care about filled in."""
import time
from typing import Any, Sequence

import numpy as np

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Camera, Observation, PATH_POINT, Source, TrackState
from smartcam_bridge.domain.shot import MediaFile, SavedShot, Shot
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.tasks import RecordEvent, RecordObservation, RecordShot, RecordTrack

CAMERA = Camera(1, 'camera')
SECOND = 1_000_000_000
START_NS = 1_800_000_000 * SECOND


def observation(stamp_ns: int = START_NS, *, camera: Camera = CAMERA, boxes: int = 1,
                tracks: Sequence[int] | None = None, labels: Sequence[int] | None = None,
                scores: Sequence[float] | None = None, received_ns: int | None = None,
                source: Source = Source.TRACKS) -> Observation:
    """Return an observation; the number of boxes follows from tracks, labels or scores."""
    count = next((len(v) for v in (tracks, labels, scores) if v is not None), boxes)
    steps = np.linspace(0.1, 0.4, count, dtype=np.float32)
    return Observation(
        camera=camera, source=source, stamp_ns=stamp_ns,
        received_ns=stamp_ns if received_ns is None else received_ns,
        corners=np.stack([steps, steps + 0.1, steps + 0.2, steps + 0.3], axis=1),
        scores=np.array(scores if scores is not None else [0.5] * count, np.float32),
        label_ids=np.array(labels if labels is not None else [1] * count, np.uint16),
        track_ids=np.array(tracks if tracks is not None else [0] * count, np.uint32),
        labels=('person',) * count, ids=('',) * count)


def fact(stamp_ns: int = START_NS, **fields: Any) -> RecordObservation:
    """Return the task that stores an observation."""
    return RecordObservation(observation(stamp_ns, **fields))


def track(id_: int = 1, **fields: Any) -> TrackState:
    """Return an open track of one second."""
    path = np.array([(START_NS, 0.25, 0.5), (START_NS + SECOND, 0.5, 0.75)], PATH_POINT)
    values = {'id': id_, 'camera_id': 1, 'tracker_id': f't{id_}', 'label_id': 1,
              'first_ns': START_NS, 'last_ns': START_NS + SECOND, 'observations': 2,
              'score_top': 0.75, 'score_mean': 0.5, 'score_last': 0.25, 'path': path}
    return TrackState(**{**values, **fields})


def track_fact(id_: int = 1, **fields: Any) -> RecordTrack:
    """Return the task that stores a track."""
    return RecordTrack(track(id_, **fields))


def event(stamp_ns: int = START_NS, kind: str = 'track_started', **fields: Any) -> Event:
    """Return an event of the first camera."""
    return Event(kind, 'camera', stamp_ns, **{
        'detail': {'tracker_id': 't1'}, 'camera_id': 1, 'track_id': 1, 'label': 'person',
        **fields})


def event_fact(stamp_ns: int = START_NS, kind: str = 'track_started',
               **fields: Any) -> RecordEvent:
    """Return the task that stores an event."""
    return RecordEvent(event(stamp_ns, kind, **fields))


def wait_until(condition: Any, *, within_s: float = 60.0) -> None:
    """Return as soon as `condition()` holds; fail when it does not in time."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, f'not within {within_s} s'
        time.sleep(0.005)


def shot_fact(folder: MediaFolder, stamp_ns: int, *, track: int = 1) -> RecordShot:
    """Write both pictures and return the task that stores them."""
    files = tuple(MediaFile(kind, 1, track, stamp_ns, f'day/{track}-{stamp_ns}-{kind}.jpg', 3,
                            START_NS) for kind in ('crop', 'frame'))
    for file in files:
        folder.write(file.path, b'jpg')
    return RecordShot(SavedShot(1, track, Shot(
        stamp_ns, (0.25, 0.25, 0.5, 0.5), 0.75, 640, 480, 9.0, (150, 110, 180, 140)), files))
