"""What became of the open tracks: scores, labels, paths, rest, worked through several at once."""
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain.crowd import Crowd, Log, MESSAGES_MAX
from smartcam_bridge.domain.paths import Paths
from smartcam_bridge.domain.rest import Rest
from smartcam_bridge.domain.scores import Scores
from smartcam_bridge.domain.votes import Votes

STILL_SAVE_NS = 60 * 10 ** 9    # a track that stays where it is is saved no more often than this


@dataclass(frozen=True, slots=True)
class Turn:
    """What a track did: came to rest (`stationary`), `moving` again, or changed its `label`."""

    slot: int
    change: str
    label_before: int = 0


class Ledger:
    """The accounts of tracks by slot. Ingest thread only.

    Messages are put down as they come (`add`) and worked through (`settle`) when there are
    enough of them, or somebody wants to know.
    """

    def __init__(self, capacity: int) -> None:
        self.scores = Scores(capacity)
        self.votes = Votes(capacity)
        self.paths = Paths(capacity)
        self.rest = Rest(capacity)
        self._log = Log()
        self._saved_at_ns = np.zeros(capacity, np.int64)
        self._relabelled: set[int] = set()      # since they were saved
        self._told: dict[int, tuple[int, int]] = {}     # slot -> the label told last, and when
        self._untold: set[int] = set()

    def open(self, slot: int, stamp_ns: int, label_id: int, x: float, y: float) -> None:
        """Begin an account; the observation that begins it is yet to be added."""
        self.scores.open(slot)
        self.votes.open(slot, stamp_ns, label_id)
        self.paths.open(slot, stamp_ns, x, y)
        self.rest.open(slot, stamp_ns, x, y)
        self._saved_at_ns[slot] = 0

    def close(self, slot: int) -> None:
        """Forget an account; settle first."""
        self.votes.close(slot)
        self.paths.close(slot)
        self._told.pop(slot, None)
        self._untold.discard(slot)
        self._relabelled.discard(slot)

    def add(self, stamp_ns: int, crowd: Crowd, boxes: np.ndarray) -> bool:
        """Put down one message; return whether another label leads a track for what was due."""
        changed = (len(self._log) >= MESSAGES_MAX or stamp_ns <= self._log.newest_ns
                   ) and self.settle()
        self._log.add(stamp_ns, crowd, boxes)
        return changed

    def settle(self) -> bool:
        """Work through what waits; return whether another label leads a track now."""
        stretch = self._log.take()
        if stretch is None or not len(stretch.slots):
            return False
        slots, scores = stretch.slots, stretch.scores
        totals = self.scores.take_in(slots, scores, stretch.whole)
        changed = self.votes.take_in(slots, stretch.stamps, stretch.labels, scores, totals)
        self._relabelled.update(changed)
        self._untold.update(changed)
        feet, whole = stretch.feet, stretch.whole
        news = self.paths.news(slots, stretch.stamps)
        if np.count_nonzero(news) < news.size:
            feet[:, ~news], whole = np.nan, False
        self.paths.extend(slots, stretch.stamps, feet)
        self.rest.take_in(slots, feet, whole)
        return bool(changed)

    def look(self, slots: np.ndarray, seen_ns: np.ndarray, scale: np.ndarray,
             quiet_ns: int) -> list[Turn]:
        """Return what tracks did since the last look; settle first.

        seen_ns: by slot. scale: of x and y to the frame's diagonal. quiet_ns: a label that
        changed again within so long is told later.
        """
        rested, woken = self.rest.look(slots, seen_ns, scale)
        turns = [Turn(slot, 'stationary') for slot in rested.tolist()]
        turns += [Turn(slot, 'moving') for slot in woken.tolist()]
        for slot in sorted(self._untold & self._told.keys()):
            told, told_ns = self._told[slot]
            label = int(self.votes.leading[slot])
            if label == told:
                self._untold.discard(slot)
            elif seen_ns[slot] - told_ns >= quiet_ns:
                self.tell_label(slot, int(seen_ns[slot]))
                turns.append(Turn(slot, 'label', told))
        return turns

    def tell_label(self, slot: int, stamp_ns: int) -> None:
        """Remember that a track's label as of now is known to others."""
        self._told[slot] = int(self.votes.leading[slot]), stamp_ns
        self._untold.discard(slot)

    def due(self, slots: np.ndarray, scale: np.ndarray, received_ns: int) -> np.ndarray:
        """Return bool (k,): which have moved or changed since they were saved, or wait long."""
        waited_ns = received_ns - self._saved_at_ns[slots]
        due = self.rest.stirred(slots, scale) | (waited_ns >= STILL_SAVE_NS) | (waited_ns < 0)
        if self._relabelled:
            due |= np.isin(slots, list(self._relabelled))
        return due

    def save(self, slots: list[int], received_ns: int) -> None:
        """Remember that these are saved as they are now."""
        self._saved_at_ns[slots] = received_ns
        self.rest.save(np.array(slots, np.intp))
        self._relabelled.difference_update(slots)
