"""Read serialized messages of faces and of their embeddings: small, so field by field."""
import numpy as np

from smartcam_bridge.domain.faces import Embeddings, Faces
from smartcam_bridge.errors import DecodeError
from smartcam_bridge.ros.cdr import decode_image, ImageView, Reader
from smartcam_bridge.ros.cdr_walk import walk_boxes

ENCODING = '32FC1'
FACES_MAX = 1024        # of one message; a crowd in 4K has a few hundred
DIMENSION_MAX = 8192    # of an embedding; those in use have 128 to 4096
_FACE = 'face'
_QUALITY = ('size', 'sharpness', 'pose')


def decode_faces(data: bytes) -> Faces:
    """Return a serialized vision_msgs/Detection2DArray of faces; raises DecodeError.

    A face's score is that of its hypothesis 'face', else of the first one that is no quality,
    NaN without any. Quality is brought into [0,1]; what is not told or no number is NaN.
    """
    walked = walk_boxes(Reader(data))
    if len(walked.ids) > FACES_MAX:
        raise DecodeError(f'detections: more than {FACES_MAX} faces: {len(walked.ids)}', 0)
    quality = np.full((len(walked.ids), len(_QUALITY)), np.nan)
    for row, hypotheses in enumerate(walked.hypotheses):
        told = dict(reversed(hypotheses))       # the first of a name counts
        walked.boxes['score'][row] = told.get(_FACE, _first_score(hypotheses))
        quality[row] = [told.get(name, np.nan) for name in _QUALITY]
    quality[~np.isfinite(quality)] = np.nan
    return Faces(walked.stamp_ns, walked.frame_id, walked.boxes, walked.ids,
                 quality.clip(0, 1).astype(np.float32))


def decode_embeddings(data: bytes) -> Embeddings:
    """Return a serialized sensor_msgs/Image of 32FC1, a row a face; raises DecodeError."""
    view = decode_image(data)
    problem = _problem(view)
    if problem is not None:
        raise DecodeError(problem, len(data) - len(view.data))
    order = '>' if view.is_bigendian else '<'
    vectors = np.ndarray((view.height, view.width), order + 'f4', view.data,
                         strides=(view.step, 4))
    # Copied: what waits must not hold a message whose rows are padded without end.
    return Embeddings(view.stamp_ns, view.frame_id, vectors.astype(np.float32))


def _first_score(hypotheses: list[tuple[str, float]]) -> float:
    return next((score for name, score in hypotheses if name not in _QUALITY), float('nan'))


def _problem(view: ImageView) -> str | None:
    """Return why these are not embeddings, None where they are."""
    if view.encoding != ENCODING:
        return f'encoding: {view.encoding!r:.40} is not {ENCODING}'
    if view.height > FACES_MAX:
        return f'height: more than {FACES_MAX} faces: {view.height}'
    if not 0 < view.width <= DIMENSION_MAX and view.height:
        return f'width: a dimension of {view.width} is not within 1 to {DIMENSION_MAX}'
    if view.step < 4 * view.width:
        return f'step: {view.step} bytes do not hold {view.width} numbers'
    if len(view.data) < view.step * view.height:
        return (f'data: {len(view.data)} bytes are not {view.height} rows of {view.step}')
    return None
