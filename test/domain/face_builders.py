"""Faces, embeddings and observations for tests, in a frame of 640 x 480."""
import numpy as np

from smartcam_bridge.domain.faces import Embeddings, Faces, Probe
from smartcam_bridge.domain.gallery import Gallery
from smartcam_bridge.domain.model import (
    Camera, DETECTION, Observation, PATH_POINT, Source, TrackState)
from smartcam_bridge.domain.pipeline import Outcome
from smartcam_bridge.domain.times import NS

SIZE = 640, 480
CAMERA = Camera(1, 'front', width=640, height=480)


def faces(stamp_ns=NS, *boxes, ids=None, quality=None, score=0.9, frame_id='lens'):
    """Build faces of boxes (cx, cy, side in px), one of 100 px without any."""
    rows = boxes or ((320, 240, 100),)
    array = np.array([(cx, cy, 0, side, side, score) for cx, cy, side in rows], DETECTION)
    if quality is None:
        quality = np.full((len(rows), 3), np.nan)
    return Faces(stamp_ns, frame_id, array, tuple(ids or [''] * len(rows)),
                 np.array(quality, np.float32).reshape(len(rows), 3))


def no_faces(stamp_ns=NS, frame_id='lens'):
    """Build a message without faces."""
    return Faces(stamp_ns, frame_id, np.empty(0, DETECTION), (), np.empty((0, 3), np.float32))


def embeddings(stamp_ns=NS, count=1, dimension=8, vectors=None, frame_id='lens'):
    """Build embeddings of ones, or of these vectors."""
    if vectors is None:
        vectors = np.ones((count, dimension))
    return Embeddings(stamp_ns, frame_id, np.array(vectors, np.float32))


def seen(stamp_ns, *tracks, camera=CAMERA, source=Source.TRACKS):
    """Build an observation of tracks (track id, tracker's id, x1, y1, x2, y2[, label])."""
    corners = np.array([track[2:6] for track in tracks], np.float32).reshape(-1, 4)
    labels = tuple(track[6] if len(track) > 6 else 'person' for track in tracks)
    return Observation(
        camera, source, stamp_ns, stamp_ns, corners, np.ones(len(tracks), np.float32),
        np.zeros(len(tracks), np.uint16), np.array([track[0] for track in tracks], np.uint32),
        labels, tuple(track[1] for track in tracks))


def state(track_id, stamp_ns=NS, end_reason=None, camera_id=1):
    """Build a confirmed track as the pipeline tells it."""
    return TrackState(track_id, camera_id, str(track_id), 0, 0, stamp_ns, 9, 1, 1, 1,
                      np.empty(0, PATH_POINT), end_reason)


def outcome(stamp_ns, *states):
    """Build what the pipeline made of one message."""
    return Outcome(seen(stamp_ns), list(states))


def probe(track_id, vector, stamp_ns=NS, quality=0.8, model='arcface', camera_id=1):
    """Build a checked face."""
    return Probe(camera_id, track_id, stamp_ns, model, np.asarray(vector, np.float32),
                 (0.1, 0.1, 0.2, 0.2), 80.0, 0.9, 1.0, 1.0, quality)


def gallery_of(world, count=3, model='arcface'):
    """Enrol the people of a FaceWorld: person i + 1 is identity i."""
    gallery = Gallery(model, world.identities.shape[1])
    for identity in world.people:
        for number, vector in enumerate(world.templates(identity, count)):
            gallery.add(1 + identity * count + number, 1 + identity, vector)
    return gallery
