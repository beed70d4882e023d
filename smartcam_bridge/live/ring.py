"""The last frames of one camera, as they came, until the boxes that belong to them are here."""
from collections import deque
import threading

from smartcam_bridge.live.frames import Frame

_STEP_BACK_NS = 10_000_000_000  # an older stamp than this begins the stream anew


class FrameRing:
    """A few frames by their exact stamps, bounded by bytes and by age. Any thread.

    The oldest by stamp go first. Of two frames with one stamp the first stays.
    """

    def __init__(self) -> None:
        self._frames: dict[int, Frame] = {}
        self._order: deque[int] = deque()   # stamps, ascending
        self._lock = threading.Lock()
        self.newest_ns = 0
        self.size_bytes = 0
        self.evicted = 0        # frames that left for want of room, before their boxes came
        self.repeated = 0       # frames with the stamp of another

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: Frame, *, bytes_max: int, age_max_ns: int) -> None:
        """Keep a frame; older ones make room."""
        stamp_ns = frame.stamp_ns
        with self._lock:
            if stamp_ns < self.newest_ns - _STEP_BACK_NS:
                self._clear()
            if stamp_ns in self._frames:
                self.repeated += 1
                return
            self._frames[stamp_ns] = frame
            self.size_bytes += frame.size_bytes
            self._order.append(stamp_ns)
            if stamp_ns < self.newest_ns:
                self._order = deque(sorted(self._order))
            self.newest_ns = max(self.newest_ns, stamp_ns)
            self._release(self.newest_ns - age_max_ns)
            while self.size_bytes > bytes_max and self._order:
                self._drop_oldest()
                self.evicted += 1

    def get(self, stamp_ns: int) -> Frame | None:
        """Return the frame of exactly this stamp."""
        return self._frames.get(stamp_ns)

    def release(self, before_ns: int) -> None:
        """Let go of the frames that nobody will ask for any more."""
        with self._lock:
            self._release(before_ns)

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        self._frames.clear()
        self._order.clear()
        self.size_bytes = self.newest_ns = 0

    def _release(self, before_ns: int) -> None:
        while self._order and self._order[0] < before_ns:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self.size_bytes -= self._frames.pop(self._order.popleft()).size_bytes
