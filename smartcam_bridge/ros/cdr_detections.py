"""Read a serialized vision_msgs/Detection2DArray into numpy, fast where messages are alike.

Nearly every message is *plain*: one hypothesis a box, all boxes with the same frame id. Two reads
a box find all its places; numpy then gathers the numbers. And most messages of a stream have the
layout of the one before: as many boxes, the same labels and ids, other numbers. Such a layout is
kept: the places of every word that decides it (lengths, counts, texts) with what stood there,
and the places of the numbers. One `take` gathers both from the next message of that size; where
the deciding words are equal, the layout is equal (each place follows from the lengths before it,
and those were just compared), and the numbers are already at hand. Whatever is not plain, or is
damaged, goes to `cdr_walk`, which reads field by field and knows the words for what is wrong.

Places are counted from the end of the CDR header, in bytes or in 32-bit words.
"""
from dataclasses import dataclass
import struct

import numpy as np

from smartcam_bridge.domain.model import DETECTION, Detections
from smartcam_bridge.ros.cdr import HEADER_BYTES, Reader, text_of
from smartcam_bridge.ros.cdr_walk import BOX_BYTES, POSE_BYTES, walk_detections

_LAYOUTS_MAX = 16       # several detectors may share a topic; more than this is no pattern
_TEXTS_MAX = 4096       # a hostile stream of ever new texts must not grow memory
_LAST_WORD = np.array([0xFFFFFFFF, 0xFF, 0xFFFF, 0xFFFFFF], '<u4')  # by size % 4
_NUMBERS = np.arange(0, BOX_BYTES, 8)
_PAIR = np.arange(2)    # a float64 is two words


@dataclass(slots=True, eq=False)
class _Places:
    """Where things stand in a plain message, in bytes; arrays are intp (n,), one item a box."""

    frame_id_size: int      # of each box; the message's own may be another
    header_text_size: int   # the message's own frame id
    header_size: int        # up to the first box
    starts: np.ndarray
    label_sizes: np.ndarray
    boxes: np.ndarray
    id_sizes: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        return self.starts + (20 + _aligned(self.frame_id_size, 4))

    @property
    def numbers(self) -> np.ndarray:
        """Return the words of x y theta w h score, box by box."""
        table = np.empty((len(self.boxes), 6), np.intp)
        np.add.outer(self.boxes, _NUMBERS, out=table[:, :5])
        table[:, 5] = self.boxes - (POSE_BYTES + 8)
        return ((table >> 2).reshape(-1, 1) + _PAIR).reshape(-1)


@dataclass(slots=True, eq=False)
class _Layout:
    """What `take` needs. mask clears padding, whose content is undefined."""

    places: np.ndarray      # intp: words of numbers (first, so that they are aligned), then
    numbers: int            # from this many on the words that decide
    mask: np.ndarray        # uint32, one per deciding word
    key: bytes              # the masked deciding words
    tail: bytes             # what follows the last whole word
    frame_id: str
    labels: tuple[str, ...]
    ids: tuple[str, ...]


class DetectionsDecoder:
    """Decode one topic's messages. Not thread-safe: one per subscription.

    `hits` counts the messages of a kept layout, `misses` the other ones.
    """

    def __init__(self) -> None:
        self.hits = 0
        self.misses = 0
        self._layouts: dict[int, _Layout] = {}
        self._texts: dict[bytes, str] = {}
        self._last_size = 0
        self._pays = True       # the layout that was kept last has been met again

    def decode(self, data: bytes) -> Detections:
        """Return the message; raises DecodeError with the place where it stops making sense."""
        layout = self._layouts.get(len(data))
        if layout is not None and data[:2] == b'\0\1':
            words = _words(data)
            taken = words.take(layout.places)
            split = layout.numbers
            if ((taken[split:] & layout.mask).tobytes() == layout.key
                    and data.endswith(layout.tail)):
                self.hits += 1
                self._pays = True
                return Detections(_stamp_ns(words), layout.frame_id,
                                  taken[:split].view(DETECTION), layout.labels, layout.ids)
        self.misses += 1
        places = _find_places(data)
        if places is None:
            return walk_detections(Reader(data))
        return self._decode_plain(data, places)

    def _decode_plain(self, data: bytes, places: _Places) -> Detections:
        words = _words(data)
        numbers = places.numbers
        frame_id = text_of(data[16:16 + int(words[2])])
        labels = self._read(data, places.labels, places.label_sizes)
        ids = self._read(data, places.boxes + (BOX_BYTES + 4), places.id_sizes)
        if self._pays or len(data) == self._last_size:     # else to keep it is wasted work
            self._pays = False
            if len(self._layouts) >= _LAYOUTS_MAX and len(data) not in self._layouts:
                self._layouts.clear()
            self._layouts[len(data)] = _layout(data, places, numbers, frame_id, labels, ids)
        self._last_size = len(data)
        return Detections(_stamp_ns(words), frame_id, words.take(numbers).view(DETECTION),
                          labels, ids)

    def _read(self, data: bytes, places: np.ndarray, sizes: np.ndarray) -> tuple[str, ...]:
        """Return the texts at `places`; a stream says the same few over and over."""
        known = self._texts
        starts = places + HEADER_BYTES
        raws = [data[start:end] for start, end in zip(starts.tolist(), (starts + sizes).tolist())]
        texts = tuple(map(known.get, raws))
        if None in texts:
            if len(known) > _TEXTS_MAX:
                known.clear()
            known.update((raw, text_of(raw)) for raw in raws)
            texts = tuple(map(known.get, raws))
        return texts


def _words(data: bytes) -> np.ndarray:
    return np.frombuffer(data, '<u4', (len(data) - HEADER_BYTES) // 4, HEADER_BYTES)


def _stamp_ns(words: np.ndarray) -> int:
    seconds, nanos = words[:2].tolist()
    return (seconds - ((seconds & 0x80000000) << 1)) * 1_000_000_000 + nanos


def _aligned(place: int, size: int) -> int:
    return (place + size - 1) & -size


def _find_places(data: bytes) -> _Places | None:
    """Return the places of a plain little-endian message, None for any other message."""
    body = data[HEADER_BYTES:]
    end = len(body)
    u32 = struct.Struct('<I').unpack_from
    rows: list[int] = []
    try:
        if data[:2] != b'\0\1' or u32(body, 8)[0] > end:
            return None
        header_size = at = _aligned(12 + u32(body, 8)[0], 4) + 4
        count, = u32(body, at - 4)
        frame_id_size = u32(body, at + 8)[0] if count else 0    # the first box speaks for all
        if frame_id_size > end:
            return None
        frame_id_bytes = _aligned(frame_id_size, 4)
        head = struct.Struct(f'<8xI{frame_id_bytes}xII').unpack_from   # frame id, results, label
        for _ in range(count):
            at = (at + 3) & ~3
            size, results, label_size = head(body, at)
            if size != frame_id_size or results != 1:
                return None
            box = ((at + 20 + frame_id_bytes + label_size + 7) & ~7) + (8 + POSE_BYTES)
            id_size, = u32(body, box + BOX_BYTES)
            rows += (at, label_size, box, id_size)
            at = box + (BOX_BYTES + 4) + id_size
    except struct.error:
        return None
    if at > end:
        return None
    starts, label_sizes, boxes, id_sizes = np.array(rows, np.intp).reshape(-1, 4).T
    return _Places(frame_id_size, u32(body, 8)[0], header_size, starts, label_sizes, boxes,
                   id_sizes)


def _layout(data: bytes, places: _Places, numbers: np.ndarray, frame_id: str,
            labels: tuple[str, ...], ids: tuple[str, ...]) -> _Layout:
    words = _words(data)
    deciding, mask = _deciding_words(places, len(words))
    return _Layout(
        places=np.concatenate([numbers, deciding]), numbers=len(numbers), mask=mask,
        key=(words.take(deciding) & mask).tobytes(),
        tail=data[HEADER_BYTES + 4 * len(words):], frame_id=frame_id, labels=labels, ids=ids)


def _deciding_words(places: _Places, words: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (places, mask) of all words with lengths, counts and texts in them."""
    count = len(places.starts)
    at = np.concatenate([[8, places.header_size - 4], places.starts + 8, places.labels - 8,
                         places.boxes + BOX_BYTES])
    size = np.concatenate([[4 + places.header_text_size, 4],
                           np.full(count, 4 + places.frame_id_size),
                           places.label_sizes + 8, places.id_sizes + 4])
    runs = (size + 3) >> 2
    ends = runs.cumsum()
    spread = np.repeat((at >> 2) - (ends - runs), runs) + np.arange(ends[-1])
    mask = np.full(len(spread), 0xFFFFFFFF, '<u4')
    mask[ends - 1] = _LAST_WORD[size & 3]
    whole = spread < words      # the rest is the tail, compared as bytes
    return spread[whole], mask[whole]
