"""The values of recognition: faces, probes, what is known of a track's person."""
from dataclasses import dataclass
import enum

import numpy as np


class Verdict(str, enum.Enum):
    """What is known of who a track is. Stored; never rename."""

    KNOWN = 'known'
    UNKNOWN = 'unknown'         # nobody in the gallery is like this
    AMBIGUOUS = 'ambiguous'     # more than one is, or one is too near the threshold to tell


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """One message of `<camera>/faces` as decoded, in pixels.

    boxes: (n,) of model.DETECTION; its score is the face detector's. ids: the tracker's id of the
    track that a face belongs to, '' where that is not told. quality: float32 (n, 3) in [0,1],
    size, sharpness and pose, NaN where not told.
    """

    stamp_ns: int
    frame_id: str
    boxes: np.ndarray
    ids: tuple[str, ...]
    quality: np.ndarray

    @property
    def size_bytes(self) -> int:
        """Return the memory of what is large of it."""
        return self.boxes.nbytes + self.quality.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """One message of `<camera>/face_embeddings`: row i belongs to face i. float32 (n, d)."""

    stamp_ns: int
    frame_id: str
    vectors: np.ndarray

    @property
    def size_bytes(self) -> int:
        """Return the memory of the vectors."""
        return self.vectors.nbytes


Embedded = tuple[Faces, Embeddings, tuple[int, int]]
"""The faces of a picture, what they were embedded to, and its width and height in px."""


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One face of which an embedding is at hand, checked and of unit length.

    vector: float32 (d,). box: x1 y1 x2 y2 in [0,1] of the frame. face_px: its shorter side.
    sharpness, pose: in [0,1], 1 where not told. quality: in [0,1], what the face is worth as a
    whole (domain.face_quality). track_id: 0 where it belongs to no track.
    """

    camera_id: int
    track_id: int
    stamp_ns: int
    model: str
    vector: np.ndarray
    box: tuple[float, float, float, float]
    face_px: float
    score: float
    sharpness: float
    pose: float
    quality: float


@dataclass(frozen=True, slots=True)
class TrackIdentity:
    """Who an open track is, as far as is known; a later one replaces an earlier one.

    person_id: 0 unless `verdict` is KNOWN. stranger_id: 0 unless it is UNKNOWN and the stranger
    was given a number. similarity: cosine of the best person in the vote; margin: to the next.
    withheld: it is or may be somebody who must not be recognised; none of its faces is kept.
    """

    track_id: int
    camera_id: int
    verdict: Verdict
    person_id: int
    stranger_id: int
    similarity: float
    margin: float
    probes: int
    stamp_ns: int
    withheld: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """A probe that is kept, one of the few best of its track; (track id, slot) is its key."""

    slot: int
    probe: Probe
    person_id: int = 0
    stranger_id: int = 0
    similarity: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Stranger:
    """Somebody who was seen and is not in the gallery: a cluster of probes.

    centre: float32 (d,), the sum of its probes' unit vectors, weighted by quality. tracks: how
    many were taken to be this one. alerted_ns: when somebody was told last, by stamps; 0: never.
    """

    id: int     # noqa: A003
    model: str
    first_ns: int
    last_ns: int
    alerted_ns: int
    sightings: int
    tracks: int
    centre: np.ndarray


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody, or a change among the people, said of a track that may be open.

    person_id: who it is, 0: nobody knows. not_person_id: who it is not, ever; 0: nothing said.
    gone_stranger_id: of no track (0), but a stranger who was named or removed; 0: none was. heir:
    the stranger, as stored, who has all of theirs; None: nobody has.
    """

    track_id: int
    person_id: int
    not_person_id: int = 0
    gone_stranger_id: int = 0
    heir: Stranger | None = None
