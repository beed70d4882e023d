"""Read a serialized vision_msgs/Detection2DArray field by field: any message, any damage."""
import numpy as np

from smartcam_bridge.domain.model import DETECTION, Detections
from smartcam_bridge.ros.cdr import Reader

POSE_BYTES = 43 * 8     # PoseWithCovariance: 7 + 36 float64
BOX_BYTES = 5 * 8       # BoundingBox2D: x, y, theta, size_x, size_y
_RESULT_MIN_BYTES = 4 + 8 + POSE_BYTES
_DETECTION_MIN_BYTES = 8 + 4 + 4 + BOX_BYTES + 4


def walk_detections(reader: Reader) -> Detections:
    """Return the message; raises DecodeError with the place where it stops making sense.

    The best hypothesis of a box is the one of the highest score, the first of equals; NaN loses
    against every number. Without any hypothesis the label is '' and the score 0.
    """
    stamp_ns = reader.stamp_ns()
    frame_id = reader.text('header.frame_id')
    count = reader.count('detections', _DETECTION_MIN_BYTES)
    boxes = np.empty((count, 6))
    labels: list[str] = []
    ids: list[str] = []
    for index in range(count):
        what = f'detections[{index}]'
        reader.stamp_ns(f'{what}.header.stamp')
        reader.text(f'{what}.header.frame_id')
        label, score = _best_hypothesis(reader, what)
        boxes[index, :5] = reader.f64(f'{what}.bbox', 5)
        boxes[index, 5] = score
        labels.append(label)
        ids.append(reader.text(f'{what}.id'))
    return Detections(stamp_ns, frame_id, boxes.view(DETECTION).reshape(count), tuple(labels),
                      tuple(ids))


def _best_hypothesis(reader: Reader, what: str) -> tuple[str, float]:
    best: tuple[str, float] | None = None
    for _ in range(reader.count(f'{what}.results', _RESULT_MIN_BYTES)):
        label = reader.text(f'{what}.results.class_id')
        score, = reader.f64(f'{what}.results.score', 1)
        reader.skip(f'{what}.results.pose', POSE_BYTES)
        if best is None or score > best[1] or (best[1] != best[1] and score == score):
            best = label, score
    return best or ('', 0.0)
