"""Pictures from a file, a webcam or a network camera, one after the other."""
import os
import re
import threading
from typing import Callable, Iterator

import cv2
import numpy as np

from smartcam_bridge.errors import SmartcamError

_TIMEOUT_MS = 5000
"""A network camera that says nothing for so long is lost."""
_BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Pauses before the next attempts to reach a live source; the last one stays."""
_NS_PER_MS = 1_000_000


class SourceError(SmartcamError):
    """There is nothing to be had from a source, and waiting will not help."""


def is_live(source: str) -> bool:
    """Say whether `source` is a webcam or an address, which give pictures as time passes."""
    return source.isdigit() or '://' in source or source.startswith('/dev/')


def shown(source: str) -> str:
    """Return `source` without the password that an address may carry."""
    return re.sub(r'(://[^/@:]*):[^/@]*@', r'\1:***@', source)


def file_frames(path: str, *, loop: bool) -> Iterator[tuple[np.ndarray, int]]:
    """Yield each picture, BGR, and its media time in ns, which starts at 0 and always grows.

    With `loop` the file begins again and its time goes on. Raises SourceError.
    """
    if not os.path.isfile(path):
        raise SourceError(f'source: there is no file {path!r}')
    time_ns = -1
    while True:
        start_ns, count = time_ns, 0
        for pixels, file_ns, period_ns in _once(path):
            # The first picture comes one period after the last one of the round before.
            start_ns = start_ns + period_ns if count == 0 and start_ns >= 0 else max(0, start_ns)
            time_ns = max(time_ns + 1, start_ns + file_ns)
            count += 1
            yield pixels, time_ns
        if count == 0:
            raise SourceError(f'source: no picture in {path!r}: not a video, or one of a kind '
                              'that this OpenCV cannot read')
        if not loop:
            return


def _once(path: str) -> Iterator[tuple[np.ndarray, int, int]]:
    """Yield picture, time since the first one, and the nominal time between two."""
    capture = cv2.VideoCapture(path)
    rate_hz = capture.get(cv2.CAP_PROP_FPS)
    period_ns = round(1e9 / rate_hz) if 0.1 < rate_hz < 1000 else 40 * _NS_PER_MS
    first_ns, last_ns, count = 0, -1, 0
    try:
        while True:
            taken, pixels = capture.read()
            if not taken:
                return
            told_ns = round(capture.get(cv2.CAP_PROP_POS_MSEC) * _NS_PER_MS)
            first_ns = first_ns if count else told_ns
            # Some containers tell no time, or the same one again: then the nominal rate counts.
            last_ns = (told_ns - first_ns if told_ns - first_ns > last_ns
                       else last_ns + period_ns)
            count += 1
            yield pixels, last_ns, period_ns
    finally:
        capture.release()


class LiveCapture:
    """The newest picture of a webcam or an address, whoever is slower.

    `start` begins a thread that reads (and reconnects for ever, with growing pauses); `newest`
    is for one other thread. Pictures that were overtaken are counted in `skipped`.
    """

    def __init__(self, source: str, log: Callable[[str], object]) -> None:
        self.skipped = 0
        self._source = source
        self._log = log
        self._fresh = threading.Condition()
        self._pixels: np.ndarray | None = None
        self._stop = threading.Event()
        # A daemon: a camera that hangs in its driver must not keep the process from ending.
        self._thread = threading.Thread(target=self._read, name='live capture', daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def close(self) -> None:
        """Stop reading after the picture under way; does not wait for it."""
        self._stop.set()

    def newest(self, timeout_s: float) -> np.ndarray | None:
        """Return a picture, BGR, that was not returned before, or None when time is over."""
        with self._fresh:
            self._fresh.wait_for(lambda: self._pixels is not None, timeout_s)
            pixels, self._pixels = self._pixels, None
            return pixels

    def _read(self) -> None:
        attempts = 0
        while not self._stop.is_set():
            came = self._read_until_lost()
            attempts = 0 if came else attempts + 1
            pause_s = _BACKOFF_S[min(attempts, len(_BACKOFF_S) - 1)]
            if not self._stop.is_set():
                self._log(f'{shown(self._source)}: {"lost" if came else "not reached"}; '
                          f'tries again in {pause_s:g} s')
            self._stop.wait(pause_s)

    def _read_until_lost(self) -> int:
        """Read while pictures come and return how many did."""
        capture = _open_live(self._source)
        count = 0
        try:
            while not self._stop.is_set():
                taken, pixels = capture.read()
                if not taken:
                    break
                count += 1
                with self._fresh:
                    self.skipped += self._pixels is not None
                    self._pixels = pixels
                    self._fresh.notify()
        finally:
            capture.release()
        return count


def _open_live(source: str) -> cv2.VideoCapture:
    if source.isdigit():
        return cv2.VideoCapture(int(source))
    if '://' not in source:
        return cv2.VideoCapture(source)
    return cv2.VideoCapture(source, cv2.CAP_FFMPEG, [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _TIMEOUT_MS])
