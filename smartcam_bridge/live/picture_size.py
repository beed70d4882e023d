"""How large a picture says it is, from its first bytes: before anybody decodes it."""
import re
import struct
from typing import NamedTuple

from smartcam_bridge.errors import FrameError

_JPEG = b'\xff\xd8\xff'
_PNG = b'\x89PNG\r\n\x1a\n'
_MARKER = re.compile(rb'\xff[\x02-\xcf\xd8-\xfe]')      # with a length behind it, or the end
_SCAN, _END = 0xDA, 0xD9
_NO_FRAME = (0xFFC4, 0xFFC8, 0xFFCC)    # among FFC0 to FFCF: tables and the like


class PictureSize(NamedTuple):
    """Width and height in px. pixels_at: no byte before this one is a pixel's."""

    width: int
    height: int
    is_jpeg: bool
    pixels_at: int


def picture_size(data: bytes | memoryview) -> PictureSize:
    """Return what a JPEG or PNG says of itself; raise FrameError where it is neither."""
    magic = bytes(data[:8])
    if magic[:3] == _JPEG:
        return _jpeg_size(data)
    if magic == _PNG and len(data) >= 24:
        return PictureSize(*struct.unpack_from('>II', data, 16), False, 24)
    raise FrameError(f'{len(data)} bytes are neither JPEG nor PNG')


def _jpeg_size(data: bytes | memoryview) -> PictureSize:
    """Read the frame header (ITU-T T.81, B.2.2)."""
    at = 2

    def read(place: int) -> int:
        return struct.unpack_from('>H', data, place)[0]

    try:
        while True:
            marker, size = read(at), read(at + 2)
            if 0xFFC0 <= marker <= 0xFFCF and marker not in _NO_FRAME:
                return PictureSize(read(at + 7), read(at + 5), True, at + 2 + size)
            if marker < 0xFF00:
                raise FrameError(f'JPEG of {len(data)} bytes has no marker at byte {at}')
            at += 2 + size
    except struct.error as cause:
        raise FrameError(f'JPEG of {len(data)} bytes ends before its size') from cause


def jpeg_scans(data: bytes, pixels_at: int) -> int:
    """Return how often a JPEG goes over its pixels; raise FrameError where it is cut off."""
    scans, at = 0, pixels_at
    while found := _MARKER.search(data, at):
        marker, at = data[found.start() + 1], found.end()
        if marker == _END:
            return scans
        scans += marker == _SCAN
        at += int.from_bytes(data[at:at + 2], 'big')
    raise FrameError(f'JPEG of {len(data)} bytes is cut off')
