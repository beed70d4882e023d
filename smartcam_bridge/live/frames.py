"""The newest frame of every camera, and who watches it."""
import asyncio
from collections import Counter
from contextlib import contextmanager
import dataclasses
from dataclasses import dataclass
from typing import Callable, Iterator

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame as it came.

    jpeg: the bytes of a JPEG where the frame is one, else None. pixels: returns BGR uint8
    (height, width, 3), possibly a view of the message; raises FrameError. Any thread.
    seq: counts the camera's frames, set by the board. size_bytes: what it keeps in memory.
    """

    camera: str
    stamp_ns: int
    received_ns: int
    width: int
    height: int
    jpeg: bytes | memoryview | None
    pixels: Callable[[], np.ndarray]
    seq: int = 0
    size_bytes: int = 0


class FrameBoard:
    """Keep the newest frame per camera and tell when somebody needs a camera's images.

    `publish` belongs to the ingest thread (one at a time), `latest` to any; everything else
    belongs to the web thread. `on_demand(camera, True)` is called for the first viewer,
    `on_demand(camera, False)` when the last one has been gone for `linger_s()`.
    """

    def __init__(self, on_demand: Callable[[str, bool], None],
                 linger_s: Callable[[], float]) -> None:
        self._on_demand = on_demand
        self._linger_s = linger_s
        self._slots: dict[str, Frame] = {}
        self._counts: Counter[str] = Counter()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._viewers: Counter[str] = Counter()
        self._leaving: dict[str, asyncio.TimerHandle] = {}

    def publish(self, frame: Frame) -> None:
        """Replace the camera's newest frame; wakes the web thread only when somebody waits."""
        self._counts[frame.camera] += 1
        self._slots[frame.camera] = dataclasses.replace(frame, seq=self._counts[frame.camera])
        loop = self._loop
        if loop is not None and frame.camera in self._waiting:
            try:
                loop.call_soon_threadsafe(self._wake_all, frame.camera)
            except RuntimeError:  # The loop was closed a moment ago: nobody waits any more.
                self._loop = None

    def latest(self, camera: str) -> Frame | None:
        """Return the newest frame, or None before the first."""
        return self._slots.get(camera)

    def forget(self, camera: str) -> None:
        """Drop the newest frame of a camera that was deleted or whose images were let go."""
        self._slots.pop(camera, None)

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to serve viewers on `loop`, the web thread's."""
        self._loop = loop

    def unbind(self) -> None:
        """Let every camera go at once."""
        self._loop = None
        for timer in self._leaving.values():
            timer.cancel()
        for camera in self._viewers.keys() | self._leaving.keys():
            self._on_demand(camera, False)
        self._leaving.clear()
        self._viewers.clear()

    @contextmanager
    def watch(self, camera: str) -> Iterator[None]:
        """Be a viewer of `camera` for the length of the block."""
        self._viewers[camera] += 1
        if self._viewers[camera] == 1:
            timer = self._leaving.pop(camera, None)
            if timer is None:
                self._on_demand(camera, True)
            else:
                timer.cancel()
        try:
            yield
        finally:
            self._left(camera)

    def _left(self, camera: str) -> None:
        if camera not in self._viewers:     # unbound meanwhile
            return
        self._viewers[camera] -= 1
        if not self._viewers[camera]:
            del self._viewers[camera]
            self._leaving[camera] = asyncio.get_running_loop().call_later(
                self._linger_s(), self._let_go, camera)

    def _let_go(self, camera: str) -> None:
        del self._leaving[camera]
        self._on_demand(camera, False)
        self.forget(camera)     # the next viewer must not take it for the present

    async def next_frame(self, camera: str, after_seq: int, timeout_s: float) -> Frame | None:
        """Return the newest frame after `after_seq`, or None when none came in time."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + timeout_s
        while True:
            woken = loop.create_future()
            self._waiting.setdefault(camera, set()).add(woken)
            timer = loop.call_at(deadline_s, _wake, woken)
            try:
                frame = self._slots.get(camera)     # after the wish to be woken is known
                if frame is not None and frame.seq > after_seq:
                    return frame
                if loop.time() >= deadline_s:
                    return None
                await woken
            finally:
                timer.cancel()
                self._forget_wish(camera, woken)

    def _forget_wish(self, camera: str, woken: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(camera, set())
        waiting.discard(woken)
        if not waiting:
            self._waiting.pop(camera, None)

    def _wake_all(self, camera: str) -> None:
        for woken in self._waiting.pop(camera, ()):
            _wake(woken)

    def counters(self) -> dict[str, int]:
        """Return viewers and watched cameras for the statistics."""
        return {'viewers': sum(self._viewers.values()),
                'watched': len(self._viewers) + len(self._leaving)}


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)
