"""Where the vectors of a gallery lie: blocks that never move, so that snapshots share them."""
from collections import deque
from dataclasses import dataclass
import heapq
from typing import Mapping
import weakref

import numpy as np

from smartcam_bridge.domain.gallery_heads import (
    BLOCK_ROWS, HEAD_SHARE, Heads, longer, STRIP_ROWS)
from smartcam_bridge.errors import GalleryError

NOBODY = 0
_MOVES = 64             # rows moved at a time to close gaps: 128 kB at 512 numbers
_FEW = 32


def row_bytes(dimension: int) -> int:
    """Return the memory of one template: its row, a plan's share, ids here and in a snapshot."""
    return 4 * (dimension + int(HEAD_SHARE * dimension) + 1) + 32


def gather(blocks: tuple[np.ndarray, ...], rows: np.ndarray) -> np.ndarray:
    """Return rows by number, in their order, float32 (r, d)."""
    if len(blocks) == 1:
        return blocks[0].take(rows, axis=0)
    found = np.empty((len(rows), blocks[0].shape[1]), np.float32)
    if len(rows) < _FEW:
        for at, row in enumerate(rows.tolist()):
            found[at] = blocks[row // BLOCK_ROWS][row % BLOCK_ROWS]
        return found
    order = np.argsort(rows, kind='stable')
    ordered = rows[order]
    ends = np.searchsorted(ordered, np.arange(1, len(blocks) + 1) * BLOCK_ROWS).tolist()
    for number, (begin, end) in enumerate(zip([0, *ends], ends)):
        if begin < end:
            found[order[begin:end]] = blocks[number][ordered[begin:end] - number * BLOCK_ROWS]
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """What a snapshot holds. Immutable but for rows that nobody has, which are left out.

    blocks: float32 (BLOCK_ROWS, d), the first `len(people)` rows of them count. template_ids,
    people: int64 (n,), person 0 in rows that nobody has; gaps: their numbers. rejected: by
    person, float32 (r, d), faces that are not theirs. heads: None: there is no plan.
    """

    blocks: tuple[np.ndarray, ...]
    template_ids: np.ndarray
    people: np.ndarray
    gaps: np.ndarray
    rejected: Mapping[int, np.ndarray]
    heads: Heads | None


class Rows:
    """The owner's side: which row is whose, and which can be written. One thread at a time.

    A row that is retired is out of every later snapshot at once. Its vector is overwritten with
    zeros, and the row free for another, when the last earlier snapshot is gone: at the next
    `reclaim`, which every `put`, `retire` and `read_by` begins with.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.count = 0
        self.blocks: list[np.ndarray] = []
        self.template_ids = np.zeros(_FEW, np.int64)     # 0: free
        self.people = np.zeros(_FEW, np.int64)
        self.heads: Heads | None = None
        self._free: list[int] = []      # a heap: the lowest first
        self._retired: deque[tuple[int, np.ndarray]] = deque()
        self._readers: list[tuple[int, weakref.ref]] = []
        self._age = 0
        self._nothing = np.zeros((1, dimension), np.float32)

    @property
    def waiting(self) -> int:
        """Return how many retired rows a snapshot can still read."""
        return sum(len(rows) for _, rows in self._retired)

    @property
    def taken(self) -> int:
        """Return how many rows are not free."""
        return self.count - len(self._free)

    def put(self, template_id: int, person_id: int, vector: np.ndarray) -> None:
        """Write a vector, float32 (d,), into a row that nobody reads."""
        self.reclaim()
        row = heapq.heappop(self._free) if self._free else self._grow(1)
        self._write(row, vector[None])
        self.template_ids[row], self.people[row] = template_id, person_id

    def extend(self, template_ids: np.ndarray, people: np.ndarray, matrix: np.ndarray) -> None:
        """Write many vectors, float32 (r, d), behind all others."""
        first = self._grow(len(matrix))
        begin = 0
        while begin < len(matrix):
            row = first + begin
            end = begin + STRIP_ROWS - row % STRIP_ROWS
            self._write(row, matrix[begin:end])
            begin = end
        self.template_ids[first:self.count] = template_ids
        self.people[first:self.count] = people

    def retire(self, rows: np.ndarray) -> None:
        """Let rows be nobody's."""
        if len(rows):
            self.people[rows] = NOBODY
            self._retired.append((self._age, rows))
            self.reclaim()

    def reclaim(self) -> None:
        """Overwrite retired rows that no snapshot can read any more."""
        self._readers = [reader for reader in self._readers if reader[1]() is not None]
        oldest = min((age for age, _ in self._readers), default=self._age + 1)
        while self._retired and self._retired[0][0] < oldest:
            for row in self._retired.popleft()[1].tolist():
                self._write(row, self._nothing)
                self.template_ids[row] = 0
                heapq.heappush(self._free, row)
        self._drop_tail()

    def read_by(self, reader: object) -> None:
        """Note a snapshot of how things are now; rows it reads stay until it is gone."""
        self.reclaim()
        self._age += 1
        self._readers.append((self._age, weakref.ref(reader)))

    def adopt(self, heads: Heads | None, template_ids: np.ndarray) -> None:
        """Keep heads, which were of the rows of other ids; what changed since is written anew."""
        self.heads = heads
        if heads is None:
            return
        known = np.zeros(self.count, np.int64)
        known[:len(template_ids)] = template_ids[:self.count]
        heads.blocks = heads.blocks[:len(self.blocks)]
        for row in np.flatnonzero(known != self.template_ids[:self.count]).tolist():
            number, at = divmod(row, BLOCK_ROWS)
            heads.write(row, self.blocks[number][at:at + 1])

    def close_gaps(self) -> None:
        """Move some of the last rows into free ones where a quarter of all is free."""
        if len(self._free) < max(BLOCK_ROWS, self.count // 4):
            return
        held = np.flatnonzero(self.people[:self.count])[-_MOVES:]
        moved = [row for row in held.tolist()[::-1] if self._move_down(row)]
        self.retire(np.array(moved, np.int64))

    def _move_down(self, row: int) -> bool:
        if not self._free or self._free[0] > row:
            return False
        vector = self.blocks[row // BLOCK_ROWS][row % BLOCK_ROWS]
        to = heapq.heappop(self._free)
        self._write(to, vector[None])
        self.template_ids[to], self.people[to] = self.template_ids[row], self.people[row]
        return True

    def _drop_tail(self) -> None:
        if not self.count or self.template_ids[self.count - 1]:
            return
        used = np.flatnonzero(self.template_ids[:self.count])
        self.count = int(used[-1]) + 1 if len(used) else 0
        self._free = [row for row in sorted(self._free) if row < self.count]
        del self.blocks[-(-self.count // BLOCK_ROWS):]
        if self.heads is not None:
            self.heads.blocks = self.heads.blocks[:len(self.blocks)]

    def _grow(self, more: int) -> int:
        first, self.count = self.count, self.count + more
        if self.count > len(self.people):
            size = max(self.count, 2 * len(self.people))
            self.people = longer(self.people, size)
            self.template_ids = longer(self.template_ids, size)
        while len(self.blocks) * BLOCK_ROWS < self.count:
            self.blocks.append(np.empty((BLOCK_ROWS, self.dimension), np.float32))
        return first

    def _write(self, row: int, vectors: np.ndarray) -> None:
        """Write vectors into the rows from `row` on, all of one strip."""
        at = row % BLOCK_ROWS
        self.blocks[row // BLOCK_ROWS][at:at + len(vectors)] = vectors
        if self.heads is not None:
            self.heads.write(row, vectors)


def require_room(model: str, dimension: int, templates: int, max_bytes: int | None) -> None:
    """Raise GalleryError where so many templates would not fit."""
    needed = templates * row_bytes(dimension)
    if max_bytes is not None and needed > max_bytes:
        raise GalleryError(
            'gallery_full', f'{templates} templates of {model!r} take {_mb(needed)} MB of memory, '
            f'and {_mb(max_bytes)} MB are allowed')


def _mb(size_bytes: int) -> str:
    return f'{size_bytes / 1e6:,.1f}'
