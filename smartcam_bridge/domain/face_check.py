"""From a pair of messages to probes that may be compared; one bad row spoils no other."""
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain import geometry
from smartcam_bridge.domain.containment import NO_TRACK, TrackBoxes
from smartcam_bridge.domain.face_models import FaceModel
from smartcam_bridge.domain.face_quality import face_quality, or_one
from smartcam_bridge.domain.face_rules import FaceRules
from smartcam_bridge.domain.face_tally import FaceTally
from smartcam_bridge.domain.faces import Embeddings, Faces, Probe

_LENGTH_MIN = 1e-9      # as of domain.gallery.unit


@dataclass(frozen=True, slots=True)
class Source:
    """Where a pair comes from. size: px of the frame, 0 while not known. dimension 0: any."""

    camera_id: int
    size: tuple[int, int]
    model: FaceModel | None
    dimension: int


def checked(faces: Faces, embeddings: Embeddings, source: Source, rules: FaceRules,
            tracks: TrackBoxes, tally: FaceTally) -> list[Probe]:
    """Return the probes of faces that belong to a track and may be compared.

    The rows of both must be as many. Every row is either returned or counted with its reason.
    """
    vectors, model, count = embeddings.vectors, source.model, len(faces.boxes)
    if not count:
        return []
    if model is None:
        tally.unknown_model += count
        return []
    if source.dimension not in (0, vectors.shape[1]) or not vectors.shape[1]:
        tally.wrong_dimension += count
        return []
    corners = face_corners(faces.boxes, source.size)
    rows = with_area(corners)
    tally.no_box += count - len(rows)
    # Of all faces, also those that are not compared: they tell whose box is whose.
    track_ids = np.array(tracks.tracks_of(
        faces.stamp_ns, [faces.ids[row] for row in rows], corners[rows]), np.int64)
    rows, track_ids = rows[track_ids != NO_TRACK], track_ids[track_ids != NO_TRACK]
    units, lengths = _units(vectors[rows])
    px = ((corners[rows, 2:] - corners[rows, :2]) * source.size).min(axis=1)
    told, score = faces.quality[rows], faces.boxes['score'][rows]
    quality = face_quality(px, told, score)
    good = _good(tally, not_finite=~np.isfinite(lengths), no_length=lengths < _LENGTH_MIN,
                 too_small=px < rules.min_px, too_poor=quality < rules.min_quality)
    tally.compared += len(good)
    plain = or_one(np.column_stack([score, told[:, 1:]])).tolist()
    return [Probe(source.camera_id, int(track_ids[i]), faces.stamp_ns, model.name, units[i],
                  tuple(corners[rows[i]].tolist()), float(px[i]), *plain[i], float(quality[i]))
            for i in good]


@np.errstate(invalid='ignore', over='ignore')   # what is not finite is looked for below
def face_corners(boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return float64 (n, 4), x1 y1 x2 y2 in [0,1] of the frame; NaN where they are no box."""
    plain = boxes.view('<f8').reshape(-1, 6)
    if np.count_nonzero(plain[:, geometry.THETA]):
        plain = geometry.upright(plain)
    middle, half = plain[:, [geometry.CX, geometry.CY]], plain[:, [geometry.W, geometry.H]] / 2
    corners = np.hstack([middle - half, middle + half])
    corners[~np.isfinite(corners).all(axis=1)] = np.nan
    return np.clip(corners / (size * 2), 0, 1) if all(size) else np.full_like(corners, np.nan)


def with_area(corners: np.ndarray) -> np.ndarray:
    """Return which rows are boxes that show anything of the frame."""
    return np.flatnonzero(geometry.has_area(corners).all(axis=1))


@np.errstate(invalid='ignore', divide='ignore', over='ignore')
def _units(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows at unit length, float32, and the lengths they had."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1)
    return (wide / lengths[:, None]).astype(np.float32), lengths


def _good(tally: FaceTally, **reasons: np.ndarray) -> list[int]:
    """Return which rows no reason refuses; count each with the first that does."""
    refused = np.zeros_like(next(iter(reasons.values())))
    for name, bad in reasons.items():
        setattr(tally, name, getattr(tally, name) + int((bad & ~refused).sum()))
        refused |= bad
    return np.flatnonzero(~refused).tolist()
