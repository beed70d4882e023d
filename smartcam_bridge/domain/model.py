"""The values that everything else speaks of: cameras, observations, tracks. No behaviour."""
from dataclasses import dataclass
import enum
from typing import Mapping

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

    LEFT = 'left'           # its last box touched the frame's edge
    LOST = 'lost'
    PAUSED = 'paused'
    RESTART = 'restart'
    CAMERA_OFFLINE = 'camera_offline'


class Direction(enum.IntEnum):
    """How a tripwire was crossed, seen along its line. Stored; never renumber."""

    IN = 1      # from its left to its right
    OUT = -1


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the robot was: metres and radians in `frame`; age_s: how far from a measured pose."""

    frame: str
    x: float
    y: float
    yaw: float
    age_s: float

    def as_json(self) -> dict[str, str | float]:
        """Return the JSON form of docs/api.md."""
        return {'frame': self.frame, 'x': round(self.x, 4), 'y': round(self.y, 4),
                'yaw': round(self.yaw, 5), 'age_s': round(self.age_s, 4)}


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
    label_rules: str = '{}'     # JSON; domain.filters
    retention: str = '{}'   # JSON; domain.retention
    count_while_moving: bool = False    # it does not move with the robot, or shall count anyway
    faces_topic: str = ''   # empty: <name>/faces
    embeddings_topic: str = ''  # empty: <name>/face_embeddings
    face_model: str = ''    # who made its embeddings; empty: the setting face_model
    recognition: str = '{}'     # JSON; domain.face_rules: whether and when faces are recognised


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
    moving: bool = False    # the robot moved: places in the picture do not compare


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
    score_median: float = 0.0
    label_changes: tuple[tuple[int, int], ...] = ()     # stamp_ns, label id; the first one too
    stationary_ns: int = 0                              # since when it has not moved; 0: it moves
    poses: tuple[tuple[str, Pose], ...] = ()            # of 'start' and 'end', where known


@dataclass(frozen=True, slots=True)
class Sight:
    """The confirmed tracks that one message saw, row i of each array belongs together.

    track_ids: uint32 (k,). corners: float32 (k, 4), x1 y1 x2 y2 in [0,1]. scores: float32 (k,).
    label_ids: uint16 (k,), of the tracks (by vote), not of the boxes. Never written after
    construction. face_areas: by track id, shares of the frame; None while no face is known.
    """

    stamp_ns: int
    track_ids: np.ndarray
    corners: np.ndarray
    scores: np.ndarray
    label_ids: np.ndarray
    face_areas: Mapping[int, float] | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A track's stay in a zone; `exited_ns` is None while it goes on.

    (zone_id, track_id, entered_ns) tells visits apart.
    """

    zone_id: int
    camera_id: int
    track_id: int
    label_id: int
    entered_ns: int
    exited_ns: int | None = None
    loitered: bool = False


@dataclass(frozen=True, slots=True)
class Crossing:
    """A track's pass over a tripwire."""

    tripwire_id: int
    camera_id: int
    track_id: int
    label_id: int
    stamp_ns: int
    direction: Direction
