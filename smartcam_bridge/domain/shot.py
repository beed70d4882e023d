"""What is kept of a track in pictures: its best shot, and the files that show it."""
from dataclasses import dataclass
from typing import Any


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

    def box_in_crop(self) -> tuple[float, float, float, float]:
        """Return x1 y1 x2 y2 of the box in [0,1] of the thumbnail."""
        x, y, width, height = self.crop
        x1, y1, x2, y2 = self.box
        return ((x1 * self.width - x) / width, (y1 * self.height - y) / height,
                (x2 * self.width - x) / width, (y2 * self.height - y) / height)

    def as_json(self) -> dict[str, Any]:
        """Return what the store keeps."""
        x, y, width, height = self.crop
        return {'stamp_ns': self.stamp_ns, 'box': [round(edge, 6) for edge in self.box],
                'score': round(self.score, 4), 'width': self.width, 'height': self.height,
                'sharpness': round(self.sharpness, 2),
                'crop': {'x': x, 'y': y, 'w': width, 'h': height}}

    @classmethod
    def from_json(cls, form: dict[str, Any]) -> 'Shot':
        """Return what `as_json` was made of, rounded; raises KeyError, TypeError, ValueError."""
        crop = form['crop']
        x1, y1, x2, y2 = form['box']
        return cls(form['stamp_ns'], (x1, y1, x2, y2), form['score'], form['width'],
                   form['height'], form['sharpness'],
                   (crop['x'], crop['y'], crop['w'], crop['h']))


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
