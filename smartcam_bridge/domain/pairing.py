"""Faces and their embeddings come on two topics; what has one stamp belongs together."""
from typing import Generic, TypeVar

from smartcam_bridge.domain.face_tally import FaceTally
from smartcam_bridge.domain.faces import Embeddings, Faces
from smartcam_bridge.domain.times import NS

WAITING_MAX_BYTES = 64_000_000  # of either half: 60 messages of 500 faces, or one of the largest
Half = TypeVar('Half', Faces, Embeddings)
Key = tuple[int, str]


class Pairer:
    """Pairs the messages of one camera by exact stamp and frame_id. Ingest thread only.

    Each half waits for the other, within bounds of time, number and memory. What comes again while
    its first is waiting takes its place; what comes again after it was paired is left out.
    """

    def __init__(self, tally: FaceTally, *, waiting_max: int = 64) -> None:
        self._tally = tally
        self._faces: _Waiting[Faces] = _Waiting(waiting_max)
        self._embeddings: _Waiting[Embeddings] = _Waiting(waiting_max)
        self._paired: dict[Key, int] = {}       # when, the oldest first
        self._waiting_max = waiting_max

    def __len__(self) -> int:
        """Return how many messages wait."""
        return len(self._faces.halves) + len(self._embeddings.halves)

    def faces(self, faces: Faces, received_ns: int) -> tuple[Faces, Embeddings] | None:
        """Take in faces, received by the wall clock; return the pair that they complete."""
        key = faces.stamp_ns, faces.frame_id
        other = self._embeddings.take(key)
        if other is None:
            self._wait(self._faces, key, faces, received_ns)
            return None
        return self._pair(key, faces, other, received_ns)

    def embeddings(self, embeddings: Embeddings,
                   received_ns: int) -> tuple[Faces, Embeddings] | None:
        """Take in embeddings, received by the wall clock; return the pair that they complete."""
        key = embeddings.stamp_ns, embeddings.frame_id
        other = self._faces.take(key)
        if other is None:
            self._wait(self._embeddings, key, embeddings, received_ns)
            return None
        return self._pair(key, other, embeddings, received_ns)

    def expire(self, now_ns: int, wait_s: float) -> None:
        """Give up on halves that came more than `wait_s` ago by the wall clock."""
        wait_ns = int(wait_s * NS)
        gone = self._faces.expire(now_ns, wait_ns)
        self._tally.unpaired_faces += sum(len(faces.boxes) > 0 for faces in gone)
        lonely = self._embeddings.expire(now_ns, wait_ns)
        self._tally.unpaired_embeddings += sum(len(half.vectors) > 0 for half in lonely)
        self._paired = {key: paired_ns for key, paired_ns in self._paired.items()
                        if abs(now_ns - paired_ns) <= wait_ns}

    def _pair(self, key: Key, faces: Faces, embeddings: Embeddings,
              received_ns: int) -> tuple[Faces, Embeddings] | None:
        self._paired[key] = received_ns
        if len(self._paired) > self._waiting_max:
            del self._paired[next(iter(self._paired))]
        if len(faces.boxes) != len(embeddings.vectors):
            self._tally.mismatched += 1
            return None
        self._tally.paired += 1
        return faces, embeddings

    def _wait(self, side: '_Waiting[Half]', key: Key, half: Half, received_ns: int) -> None:
        if key in self._paired:
            self._tally.twice += 1
            return
        self._tally.twice += key in side.halves
        self._tally.dropped += side.put(key, half, received_ns)


class _Waiting(Generic[Half]):
    """Halves by key, in the order of their receipt."""

    def __init__(self, most: int) -> None:
        self.halves: dict[Key, tuple[Half, int]] = {}
        self._most = most

    def take(self, key: Key) -> Half | None:
        return self.halves.pop(key, (None, 0))[0]

    def put(self, key: Key, half: Half, received_ns: int) -> int:
        """Keep a half; return how many of the oldest had to make room."""
        self.halves.pop(key, None)
        self.halves[key] = half, received_ns
        gone = 0
        while len(self.halves) > self._most or self._size_bytes() > WAITING_MAX_BYTES:
            del self.halves[next(iter(self.halves))]
            gone += 1
        return gone

    def _size_bytes(self) -> int:
        return sum(half.size_bytes for half, _ in self.halves.values())

    def expire(self, now_ns: int, wait_ns: int) -> list[Half]:
        """Return what came too long ago, or is of a future because the clock stepped back."""
        late = [key for key, (_, received_ns) in self.halves.items()
                if abs(now_ns - received_ns) > wait_ns]
        return [self.halves.pop(key)[0] for key in late]
