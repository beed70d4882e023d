"""What is done with the pixels of a best shot: how sharp it is, its crop, its files."""
import contextlib
from dataclasses import replace
from functools import cached_property

import numpy as np

from smartcam_bridge.errors import FrameError
from smartcam_bridge.live.frames import Frame

_SHARPNESS_PX = 64      # a crop is judged at one size, so that near and far can be compared
_GREY_WIDTH = 640       # a JPEG is decoded at a half, quarter, eighth as long as it is this wide
_TAIL_BYTES = 4096      # some cameras pad behind a JPEG's end
_END = b'\xff\xd9'

Crop = tuple[int, int, int, int]


class Pixels:
    """One frame, opened as far as is asked for and once only. One thread.

    Everything raises FrameError where the frame is damaged.
    """

    def __init__(self, frame: Frame, quality: int) -> None:
        self.frame = frame
        self._quality = quality

    @cached_property
    def bgr(self) -> np.ndarray:
        """Return uint8 (height, width, 3)."""
        if self.frame.jpeg is None:
            return self.frame.pixels()
        import cv2
        return self._decoded(cv2.IMREAD_COLOR)

    def compact(self) -> Frame:
        """Return the frame as a JPEG, so that it can be kept; as it came where it was one."""
        if self.frame.jpeg is not None:
            return self.frame
        jpeg = encode(self.bgr, self._quality)
        return replace(self.frame, jpeg=jpeg, pixels=_refuse, size_bytes=len(jpeg))

    def sharpness(self, box: tuple[float, float, float, float]) -> float:
        """Return the variance of the Laplacian of a box (x1 y1 x2 y2 in [0,1]), brought to size.

        Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy (2000).
        """
        import cv2
        height, width = self._grey.shape
        left, top = int(box[0] * width), int(box[1] * height)
        inner = self._grey[top:max(top + 1, round(box[3] * height)),
                           left:max(left + 1, round(box[2] * width))]
        small = cv2.resize(inner, (_SHARPNESS_PX, _SHARPNESS_PX), interpolation=cv2.INTER_AREA)
        return float(cv2.Laplacian(small, cv2.CV_32F).var())

    @cached_property
    def _grey(self) -> np.ndarray:
        import cv2
        if self.frame.jpeg is None:
            return cv2.cvtColor(self.bgr, cv2.COLOR_BGR2GRAY)
        shrunk = {2: cv2.IMREAD_REDUCED_GRAYSCALE_2, 4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
                  8: cv2.IMREAD_REDUCED_GRAYSCALE_8}
        by = max((n for n in shrunk if self.frame.width >= n * _GREY_WIDTH), default=1)
        return self._decoded(shrunk.get(by, cv2.IMREAD_GRAYSCALE))

    def _decoded(self, form: int) -> np.ndarray:
        """Decode the JPEG; one that breaks off is refused, it would be filled up with grey."""
        import cv2
        jpeg, picture = self.frame.jpeg, None
        if _END in bytes(jpeg[-_TAIL_BYTES:]):
            with contextlib.suppress(cv2.error):
                picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8),
                                       form | cv2.IMREAD_IGNORE_ORIENTATION)
        if picture is None:
            raise FrameError(f'{self.frame.camera}: a JPEG of {len(jpeg)} bytes is damaged')
        return picture


def cut_out(bgr: np.ndarray, crop: Crop, longest_px: int) -> np.ndarray:
    """Return the pixels of a crop, shrunk where its longer side is more than `longest_px`."""
    x, y, width, height = crop
    return shrink(bgr[y:y + height, x:x + width], longest_px / max(width, height))


def shrink(bgr: np.ndarray, scale: float) -> np.ndarray:
    """Return a picture at that scale; never enlarged."""
    if scale >= 1:
        return bgr
    import cv2
    size = max(1, round(bgr.shape[1] * scale)), max(1, round(bgr.shape[0] * scale))
    return cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)


def encode(bgr: np.ndarray, quality: int) -> bytes:
    """Return a picture as a JPEG."""
    import cv2
    ok, jpeg = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise FrameError(f'a {bgr.shape} picture cannot be encoded')
    return jpeg.tobytes()


def _refuse() -> np.ndarray:
    raise FrameError('only the JPEG of this frame was kept')
