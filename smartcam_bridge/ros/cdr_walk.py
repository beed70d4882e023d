"""Read a serialized vision_msgs/Detection2DArray field by field: any message, any damage."""
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain.model import DETECTION, Detections
from smartcam_bridge.ros.cdr import Reader

POSE_BYTES = 43 * 8     # PoseWithCovariance: 7 + 36 float64
BOX_BYTES = 5 * 8       # BoundingBox2D: x, y, theta, size_x, size_y
_RESULT_MIN_BYTES = 4 + 8 + POSE_BYTES
_DETECTION_MIN_BYTES = 8 + 4 + 4 + BOX_BYTES + 4


@dataclass(slots=True, eq=False)
class WalkedBoxes:
    """A whole message: hypotheses of each box as (class id, score), in their order.

    boxes: (n,) of DETECTION, whose score is not set.
    """

    stamp_ns: int
    frame_id: str
    boxes: np.ndarray
    hypotheses: list[list[tuple[str, float]]]
    ids: tuple[str, ...]


def walk_detections(reader: Reader) -> Detections:
    """Return the message; raises DecodeError with the place where it stops making sense.

    The best hypothesis of a box is the one of the highest score, the first of equals; NaN loses
    against every number. Without any hypothesis the label is '' and the score 0.
    """
    walked = walk_boxes(reader)
    best = [_best(hypotheses) for hypotheses in walked.hypotheses]
    walked.boxes['score'] = [score for _, score in best]
    return Detections(walked.stamp_ns, walked.frame_id, walked.boxes,
                      tuple(label for label, _ in best), walked.ids)


def walk_boxes(reader: Reader) -> WalkedBoxes:
    """Return the message with all its hypotheses; raises DecodeError."""
    stamp_ns = reader.stamp_ns()
    frame_id = reader.text('header.frame_id')
    count = reader.count('detections', _DETECTION_MIN_BYTES)
    boxes = np.zeros(count, DETECTION)
    numbers = boxes.view('<f8').reshape(count, 6)
    hypotheses: list[list[tuple[str, float]]] = []
    ids: list[str] = []
    for index in range(count):
        what = f'detections[{index}]'
        reader.stamp_ns(f'{what}.header.stamp')
        reader.text(f'{what}.header.frame_id')
        hypotheses.append(_hypotheses(reader, what))
        numbers[index, :5] = reader.f64(f'{what}.bbox', 5)
        ids.append(reader.text(f'{what}.id'))
    return WalkedBoxes(stamp_ns, frame_id, boxes, hypotheses, tuple(ids))


def _hypotheses(reader: Reader, what: str) -> list[tuple[str, float]]:
    found = []
    for _ in range(reader.count(f'{what}.results', _RESULT_MIN_BYTES)):
        label = reader.text(f'{what}.results.class_id')
        score, = reader.f64(f'{what}.results.score', 1)
        reader.skip(f'{what}.results.pose', POSE_BYTES)
        found.append((label, score))
    return found


def _best(hypotheses: list[tuple[str, float]]) -> tuple[str, float]:
    best: tuple[str, float] | None = None
    for label, score in hypotheses:
        if best is None or score > best[1] or (best[1] != best[1] and score == score):
            best = label, score
    return best or ('', 0.0)
