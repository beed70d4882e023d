"""What a person would want to know, as it happens. Published on `~/events` and live."""
from dataclasses import dataclass
from typing import Any

from smartcam_bridge.domain.times import iso


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `type` is in the past tense; `detail` holds JSON values only."""

    type: str
    camera: str
    stamp_ns: int
    detail: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return the one JSON form, the same on every outlet."""
        return {'type': self.type, 'camera': self.camera, 'stamp': iso(self.stamp_ns),
                **self.detail}
