"""The sights of one camera on their way to be judged: by stamp, each with its frame."""
from dataclasses import replace
import heapq
from typing import NamedTuple

from smartcam_bridge.domain.model import Sight
from smartcam_bridge.live.frames import Frame
from smartcam_bridge.live.ring import FrameRing

PENDING_MAX = 600       # sights: 20 s at 30 Hz, while the disk or the frames make them wait
_SLACK_NS = 300_000_000     # how far messages may overtake each other without changing the choice
_FACES_SLACK_NS = 1_000_000_000     # and how far faces are behind: they take a network or two
_STEP_BACK_NS = 10_000_000_000  # an older stamp than this begins the stream anew


class Entry(NamedTuple):
    """A sight, or the id of a track that ended; `order` counts what has the same stamp."""

    stamp_ns: int
    order: int
    arrived_s: float
    what: Sight | int


class SightQueue:
    """Puts sights in the order of their stamps and finds frame and faces of exactly that stamp.

    A sight is due as soon as boxes and frames are both past it by a slack, so it makes no
    difference which of the two comes first, nor how many come at once. Where either stops, it is
    due after a while. One thread at a time, but for the ring.
    """

    def __init__(self) -> None:
        self.ring = FrameRing()
        self._heap: list[Entry] = []
        self._overtaken: list[tuple[Sight | int, Frame | None]] = []
        self._faces: dict[int, dict[int, float]] = {}   # stamp, track id: share of the frame
        self._slack_ns = _SLACK_NS
        self._newest_ns = 0
        self._count = 0
        self.dropped = 0        # sights that found no room

    def __len__(self) -> int:
        return len(self._heap) + len(self._overtaken)

    def advance(self, stamp_ns: int) -> None:
        """Take notice of a message of boxes, whether it holds a sight or not."""
        if stamp_ns < self._newest_ns - _STEP_BACK_NS:
            self._overtaken += self._taken(self._heap)
            self._heap, self._newest_ns = [], 0
        self._newest_ns = max(self._newest_ns, stamp_ns)
        if not self._heap:
            self.ring.release(self._newest_ns - self._slack_ns)

    def put(self, sight: Sight, now_s: float) -> None:
        """Add a sight; it is counted and left out where too many wait."""
        if len(self._heap) >= PENDING_MAX:
            self.dropped += 1
            return
        self._add(sight.stamp_ns, now_s, sight)

    def put_face(self, stamp_ns: int, track_id: int, area: float) -> None:
        """Add the face of a track; from the first one on, sights wait longer for theirs."""
        self._slack_ns = _FACES_SLACK_NS
        faces = self._faces.setdefault(stamp_ns, {})
        faces[track_id] = max(area, faces.get(track_id, 0.0))
        if len(self._faces) > PENDING_MAX:
            del self._faces[next(iter(self._faces))]

    def end(self, track_id: int, now_s: float) -> None:
        """Add the end of a track: due after everything that is there now."""
        self._add(self._newest_ns, now_s, track_id)

    def take(self, now_s: float, *, wait_s: float, everything: bool = False,
             ) -> list[tuple[Sight | int, Frame | None]]:
        """Return what is due, in order, with its frame; or everything."""
        taken, self._overtaken = self._overtaken, []
        past_ns = min(self._newest_ns, self.ring.newest_ns) - self._slack_ns
        due = []
        while self._heap and (everything or self._heap[0].stamp_ns <= past_ns
                              or self._heap[0].arrived_s + wait_s <= now_s):
            due.append(heapq.heappop(self._heap))
        taken += self._taken(due)
        needed_ns = self._heap[0].stamp_ns if self._heap else self._newest_ns
        self.ring.release(min(needed_ns, self._newest_ns - self._slack_ns))
        return taken

    def _add(self, stamp_ns: int, now_s: float, what: Sight | int) -> None:
        self._count += 1
        heapq.heappush(self._heap, Entry(stamp_ns, self._count, now_s, what))

    def _taken(self, entries: list[Entry]) -> list[tuple[Sight | int, Frame | None]]:
        return [(self._with_faces(entry.what), self.ring.get(entry.stamp_ns))
                for entry in sorted(entries)]

    def _with_faces(self, what: Sight | int) -> Sight | int:
        faces = self._faces.pop(what.stamp_ns, None) if isinstance(what, Sight) else None
        return replace(what, face_areas=faces) if faces else what
