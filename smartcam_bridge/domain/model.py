"""The values that everything else speaks of: cameras, observations, tracks. No behaviour."""
from dataclasses import dataclass
import enum

import numpy as np

DETECTION = np.dtype([
    ('cx', '<f8'), ('cy', '<f8'), ('theta', '<f8'), ('w', '<f8'), ('h', '<f8'), ('score', '<f8')])
"""One decoded box: centre, rotation in radians, size in pixels, score of its best hypothesis."""

PATH_POINT = np.dtype([('stamp_ns', '<i8'), ('x', '<f4'), ('y', '<f4')])
"""One point of a track's path: the bottom centre of its box, in [0,1]."""


class Source(enum.IntEnum):
    """Which topic an observation came from. Stored; never renumber."""

    DETECTIONS = 0
    TRACKS = 1


class EndReason(str, enum.Enum):
    """Why a track ended. Stored; never rename."""

    LOST = 'lost'
    PAUSED = 'paused'
    RESTART = 'restart'


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera as configured. Topics are relative to the node unless they begin with '/'."""

    id: int
    name: str
    enabled: bool = True
    width: int = 0          # px; 0: not known from the configuration
    height: int = 0         # px
    image_topic: str = ''   # empty: <name>/image (and <name>/image/compressed)
    info_topic: str = ''    # empty: <name>/camera_info
    detections_topic: str = ''  # empty: <name>/detections
    tracks_topic: str = ''  # empty: <name>/tracks


@dataclass(frozen=True, slots=True)
class Detections:
    """One Detection2DArray as decoded, in pixels.

    boxes: (n,) of DETECTION. labels, ids: class id of the best hypothesis ('' without one) and
    the tracker's id ('' without one) per box. The decoder hands out the same tuple object while
    its texts stay the same, so identity (`is`) is a sound key for caches.
    """

    stamp_ns: int
    frame_id: str
    boxes: np.ndarray
    labels: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """What one message said of one camera at one instant, ready to store and to show.

    corners: float32 (n, 4), x1 y1 x2 y2 in [0,1]. scores: float32 (n,) in [0,1].
    label_ids: uint16 (n,). track_ids: uint32 (n,), 0 where no track. labels, ids: the texts.
    Immutable by agreement: arrays are never written after construction, so any thread may read.
    """

    camera: Camera
    source: Source
    stamp_ns: int
    received_ns: int
    corners: np.ndarray
    scores: np.ndarray
    label_ids: np.ndarray
    track_ids: np.ndarray
    labels: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrackState:
    """A confirmed track as it stands; `end_reason` is None while it is open.

    path: (k,) of PATH_POINT, thinned, oldest first.
    """

    id: int
    camera_id: int
    tracker_id: str
    label_id: int
    first_ns: int
    last_ns: int
    observations: int
    score_top: float
    score_mean: float
    score_last: float
    path: np.ndarray
    end_reason: EndReason | None = None
