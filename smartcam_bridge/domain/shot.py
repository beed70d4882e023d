"""What is kept of a track in pictures: its best shot, and the files that show it."""
from dataclasses import dataclass
from datetime import datetime, timezone
import math
from typing import Any

from smartcam_bridge.domain.model import Pose
from smartcam_bridge.domain.times import NS

_CROP_PX = 32       # a crop is no narrower: a thumbnail of 3 pixels tells nothing


@dataclass(frozen=True, slots=True)
class Shot:
    """The frame that shows a track best. `width` and `height` are the frame's, in pixels.

    box: x1 y1 x2 y2 in [0,1] of the frame. crop: x, y, width, height in pixels of the frame, what
    the thumbnail shows of it, whatever size the thumbnail was brought to.
    """

    stamp_ns: int
    box: tuple[float, float, float, float]
    score: float
    width: int
    height: int
    sharpness: float
    crop: tuple[int, int, int, int]
    pose: Pose | None = None    # of the robot

    def box_in_crop(self) -> tuple[float, float, float, float]:
        """Return x1 y1 x2 y2 of the box in [0,1] of the thumbnail."""
        x, y, width, height = self.crop
        x1, y1, x2, y2 = self.box
        return ((x1 * self.width - x) / width, (y1 * self.height - y) / height,
                (x2 * self.width - x) / width, (y2 * self.height - y) / height)

    def as_json(self) -> dict[str, Any]:
        """Return what the store keeps."""
        x, y, width, height = self.crop
        form = {'stamp_ns': self.stamp_ns, 'box': [round(edge, 6) for edge in self.box],
                'score': round(self.score, 4), 'width': self.width, 'height': self.height,
                'sharpness': round(self.sharpness, 2),
                'crop': {'x': x, 'y': y, 'w': width, 'h': height}}
        return form if self.pose is None else form | {'pose': self.pose.as_json()}

    @classmethod
    def from_json(cls, form: dict[str, Any]) -> 'Shot':
        """Return what `as_json` was made of, rounded; raises KeyError, TypeError, ValueError."""
        crop = form['crop']
        x1, y1, x2, y2 = form['box']
        return cls(form['stamp_ns'], (x1, y1, x2, y2), form['score'], form['width'],
                   form['height'], form['sharpness'],
                   (crop['x'], crop['y'], crop['w'], crop['h']),
                   Pose(**form['pose']) if 'pose' in form else None)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file below the media folder, as its row says. `path` is relative, with forward slashes."""

    kind: str           # crop, frame
    camera_id: int
    track_id: int
    stamp_ns: int       # of the frame
    path: str
    size_bytes: int
    created_ns: int


@dataclass(frozen=True, slots=True)
class SavedShot:
    """A shot whose files are whole on the disk."""

    camera_id: int
    track_id: int
    shot: Shot
    files: tuple[MediaFile, ...]


def crop_around(box: tuple[float, float, float, float], width: int, height: int,
                margin: float) -> tuple[int, int, int, int]:
    """Return x, y, width, height of the pixels around a box, inside a frame of that size.

    margin: on each side, as a share of the box's longer side.
    """
    x1, y1, x2, y2 = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    room = margin * max(x2 - x1, y2 - y1)
    left, right = _span(x1, x2, room, width)
    top, bottom = _span(y1, y2, room, height)
    return left, top, right - left, bottom - top


def _span(low: float, high: float, room: float, limit: int) -> tuple[int, int]:
    room = max(room, (_CROP_PX - (high - low)) / 2)
    begin = min(max(math.floor(low - room), 0), limit - 1)
    return begin, max(min(math.ceil(high + room), limit), begin + 1)


def picture_path(kind: str, track_id: int, stamp_ns: int, created_ns: int) -> str:
    """Return where a picture belongs: a folder a day (UTC), since there will be many."""
    day = datetime.fromtimestamp(created_ns // NS, timezone.utc).strftime('%Y-%m-%d')
    return f'{day}/{track_id}-{stamp_ns}-{kind}.jpg'
