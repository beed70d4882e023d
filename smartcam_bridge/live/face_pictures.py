"""Small pictures of faces, and the large ones that people send to be looked at."""
import numpy as np

from smartcam_bridge.domain.shot import crop_around
from smartcam_bridge.errors import FrameError
from smartcam_bridge.live.picture_size import jpeg_scans, picture_size
from smartcam_bridge.live.pixels import cut_out, encode, shrink

SENT_PIXELS_MAX = 32_000_000    # 96 MB when decoded; a phone's picture has 12 to 50 million
_SENT_PX = 1920     # the longer side of what an embedder gets: faces in it are large enough
_FACE_PX = 160      # the longer side of what is kept: more than any embedder looks at
_MARGIN = 0.25      # around a face, so that people recognise it too
_SENT_QUALITY = 95
_FACE_QUALITY = 85
_SCANS_MAX = 64     # a progressive JPEG has some ten; 8 MB could hold 150,000, and take minutes

Box = tuple[float, float, float, float]
"""x1 y1 x2 y2 in [0,1]."""


def open_sent(data: bytes) -> np.ndarray:
    """Return a JPEG or PNG that somebody sent as BGR, upright, no larger than is of use.

    What it claims is checked before it is decoded. Raises FrameError.
    """
    size = picture_size(data)
    if not 0 < size.width * size.height <= SENT_PIXELS_MAX:
        raise FrameError(f'the picture has {size.width} x {size.height} pixels, '
                         f'{SENT_PIXELS_MAX // 1_000_000} million at most are taken')
    # A JPEG that breaks off would be filled up with grey. Behind its end phones put all sorts.
    if size.is_jpeg and (scans := jpeg_scans(data, size.pixels_at)) > _SCANS_MAX:
        raise FrameError(f'the JPEG has {scans} scans, {_SCANS_MAX} at most are taken')
    import cv2
    bgr = _decoded(data, cv2.IMREAD_COLOR)
    return shrink(bgr, _SENT_PX / max(bgr.shape[:2]))


def to_embed(bgr: np.ndarray) -> bytes:
    """Return a picture as a JPEG that is good enough for an embedder."""
    return encode(bgr, _SENT_QUALITY)


def face_jpeg(bgr: np.ndarray, box: Box | None) -> bytes:
    """Return a small JPEG of a face in a picture; None: all of it."""
    height, width = bgr.shape[:2]
    if box is None:
        return encode(shrink(bgr, _FACE_PX / max(width, height)), _FACE_QUALITY)
    return encode(cut_out(bgr, crop_around(box, width, height, _MARGIN), _FACE_PX), _FACE_QUALITY)


def kept_face_jpeg(jpeg: bytes, box: Box | None) -> bytes:
    """Return a small JPEG of a face in a picture of ours; None: all of it. Raises FrameError."""
    import cv2
    return face_jpeg(_decoded(jpeg, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION), box)


def _decoded(data: bytes, form: int) -> np.ndarray:
    import cv2
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), form)
    except cv2.error as error:
        raise FrameError(f'the picture cannot be decoded: {error.err}') from error
    if bgr is None:
        raise FrameError('the picture is damaged')
    return bgr
