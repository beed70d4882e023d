"""CSV as RFC 4180 has it, safe to open in a spreadsheet."""
import asyncio
import csv
import io
import re
from typing import Any, AsyncIterator, Iterable, Mapping, Sequence

import numpy as np
from smartcam_bridge.domain.model import Source
from smartcam_bridge.domain.times import iso
from smartcam_bridge.exports.sizes import FrameSizes
from smartcam_bridge.exports.walk import pixel_boxes, Walk
from smartcam_bridge.store.queries import BoxChunk

MEDIA_TYPE = 'text/csv'
DETECTIONS = ('camera', 'stamp', 'received', 'source', 'label', 'score', 'x1', 'y1', 'x2', 'y2',
              'left', 'top', 'width', 'height', 'track')
_NUMBER = re.compile(r'[-+]?\d+(\.\d+)?')
_SOURCES = {int(source): source.name.lower() for source in Source}


async def detections_csv(walk: Walk) -> AsyncIterator[bytes]:
    """Write one line a box: corners in [0,1], then pixels where the size is known."""
    yield lines([DETECTIONS])
    labels = {id_: safe(name) for id_, name in walk.labels.items()}
    async for chunk in walk.chunks():
        yield await asyncio.to_thread(_boxes, chunk, walk.sizes, labels)


def lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Write rows; None is an empty field."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def safe(value: Any) -> Any:
    """Return a text that no spreadsheet takes for a formula: those begin with = + - @ or a tab.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if isinstance(value, str) and value[:1] in tuple('=+-@\t\r') and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


def _boxes(chunk: BoxChunk, sizes: FrameSizes, labels: Mapping[int, str]) -> bytes:
    stamps = [iso(stamp_ns) for stamp_ns in chunk.stamps_ns]
    received = [iso(stamp_ns) for stamp_ns in chunk.received_ns]
    places = np.round(chunk.corners, 6).tolist()
    pixels = _texts(pixel_boxes(chunk, sizes.at(chunk.cameras, chunk.stamps_ns)))
    scores = np.round(chunk.scores, 4).tolist()
    return lines(
        (chunk.cameras[row], stamps[row], received[row], _SOURCES[chunk.sources[row]],
         labels.get(label, ''), score, *place, *pixel, track or None)
        for row, label, score, place, pixel, track in zip(
            chunk.row_of.tolist(), chunk.boxes['label'].tolist(), scores, places, pixels,
            chunk.boxes['track'].tolist()))


def _texts(pixels: np.ndarray) -> list[list[float | None]]:
    """Return pixels to the thousandth; None where the size is not known."""
    rounded = np.round(pixels, 3).astype(object)
    rounded[np.isnan(pixels)] = None
    return rounded.tolist()
