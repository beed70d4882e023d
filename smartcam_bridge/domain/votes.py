"""What a target is: each observation votes for its label with its score."""
import numpy as np

_RIVALS_MAX = 16        # labels besides the leading one that a track keeps votes for
CHANGES_MAX = 32        # changes of label that a track remembers: its first and the newest ones


class Votes:
    """The labels of all open tracks by slot."""

    def __init__(self, capacity: int) -> None:
        self.leading = np.zeros(capacity, np.uint16)
        self._votes = np.zeros(capacity)
        self._rivals: dict[int, dict[int, float]] = {}
        self._changes: dict[int, list[tuple[int, int]]] = {}

    def open(self, slot: int, stamp_ns: int, label_id: int) -> None:
        """Begin with a label; its vote is yet to be taken in."""
        self.leading[slot], self._votes[slot] = label_id, 0
        self._rivals[slot] = {}
        self._changes[slot] = [(stamp_ns, label_id)]

    def close(self, slot: int) -> None:
        """Forget a track."""
        del self._rivals[slot], self._changes[slot]

    def take_in(self, slots: np.ndarray, stamps: np.ndarray, labels: np.ndarray,
                scores: np.ndarray, totals: np.ndarray) -> list[int]:
        """Take in votes; return the slots that another label leads now.

        labels, scores: (m, k), NaN for no vote; totals: (k,), the scores' sums.
        """
        apart = (labels != self.leading[slots]) & (scores == scores)
        if not np.count_nonzero(apart):
            self._votes[slots] += totals
            return []
        divided = apart.any(axis=0)
        self._votes[slots[~divided]] += totals[~divided]
        changed = []
        for column in np.flatnonzero(divided).tolist():
            slot = int(slots[column])
            before = self.leading[slot]
            for stamp_ns, label_id, score in zip(
                    stamps.tolist(), labels[:, column].tolist(), scores[:, column].tolist()):
                if score == score:
                    self._vote(slot, stamp_ns, label_id, score)
            if self.leading[slot] != before:
                changed.append(slot)
        return changed

    def changes(self, slot: int) -> tuple[tuple[int, int], ...]:
        """Return when which label came to lead, the first one too."""
        return tuple(self._changes[slot])

    def _vote(self, slot: int, stamp_ns: int, label_id: int, score: float) -> None:
        if label_id == self.leading[slot]:
            self._votes[slot] += score
            return
        rivals = self._rivals[slot]
        if label_id not in rivals and len(rivals) >= _RIVALS_MAX:
            return
        rivals[label_id] = votes = rivals.get(label_id, 0.0) + score
        if votes <= self._votes[slot]:
            return
        rivals[int(self.leading[slot])] = float(self._votes[slot])
        del rivals[label_id]
        self.leading[slot], self._votes[slot] = label_id, votes
        changes = self._changes[slot]
        changes.append((stamp_ns, label_id))
        if len(changes) > CHANGES_MAX:
            del changes[1]
