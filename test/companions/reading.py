"""What stands in messages of the companions."""
from typing import Any


def stamp_ns(message: Any) -> int:
    """Return a message's stamp."""
    return message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec


def corners(detection: Any) -> list[float]:
    """Return x1, y1, x2, y2 of a Detection2D in pixels."""
    box, centre = detection.bbox, detection.bbox.center.position
    return [centre.x - box.size_x / 2, centre.y - box.size_y / 2,
            centre.x + box.size_x / 2, centre.y + box.size_y / 2]
