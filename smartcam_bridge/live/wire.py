"""The messages of the live WebSocket, and the one way to write JSON."""
import json
import struct
from typing import Any

import numpy as np

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Observation
from smartcam_bridge.domain.times import iso
from smartcam_bridge.live.status import BridgeStatus

try:
    import orjson
except ImportError:  # Optional: pip only, so a released ROS package may not depend on it.
    orjson = None

_DIGITS = 6  # of a float32 in [0,1]; half a pixel of an 8K frame is 6e-5


def to_json(value: Any) -> bytes:
    """Write JSON as UTF-8; numpy arrays become lists. Any thread."""
    if orjson is not None:
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    return json.dumps(value, separators=(',', ':'), ensure_ascii=False, allow_nan=False,
                      default=_as_list).encode()


def _as_list(value: Any) -> list[Any]:
    if not isinstance(value, np.ndarray):
        raise TypeError(f'{type(value).__name__} has no JSON form')
    if value.dtype.kind == 'f':
        value = np.round(value.astype(np.float64), _DIGITS)
    return value.tolist()


def boxes_message(seq: int, observation: Observation) -> str:
    """Write an observation in columns: ten times cheaper than an object per box."""
    return to_json({
        'type': 'boxes', 'seq': seq, 'camera': observation.camera.name,
        'stamp': iso(observation.stamp_ns), 'source': observation.source.name.lower(),
        'boxes': np.ascontiguousarray(observation.corners),
        'labels': observation.labels,
        'scores': np.ascontiguousarray(observation.scores),
        'ids': observation.ids,
        'tracks': np.ascontiguousarray(observation.track_ids)}).decode()


def event_message(seq: int, event: Event) -> str:
    """Write an event."""
    return to_json({'type': 'event', 'seq': seq, 'event': event.as_json()}).decode()


def status_message(seq: int, status: BridgeStatus, cameras: frozenset[str] | None) -> str:
    """Write the status of `cameras` (None: all), of the recorder and of recognition."""
    chosen = {name: camera.as_json() for name, camera in status.cameras.items()
              if cameras is None or name in cameras}
    return to_json({'type': 'status', 'seq': seq, 'cameras': chosen,
                    'recorder': status.recorder.as_json(),
                    'recognition': status.recognition.as_json(),
                    'robot': status.robot and status.robot.as_json()}).decode()


def frame_message(header: dict[str, Any], jpeg: bytes | memoryview) -> bytes:
    """Join length, JSON header and JPEG into one binary message."""
    text = to_json(header)
    return b''.join((struct.pack('<I', len(text)), text, jpeg))
