"""The detectors' class names and the small numbers they are stored as."""
import numpy as np

UNKNOWN = 'unknown'     # what a box without any hypothesis is called
OTHER = 'other'         # what further names are called when there are too many
LABELS_MAX = 4096       # detectors know tens to thousands of classes; more is a broken publisher
LABEL_LENGTH_MAX = 200


class LabelBook:
    """All labels met so far, shared by the cameras. Ingest thread only."""

    def __init__(self, known: dict[str, int]) -> None:
        self._ids = dict(known)
        self._names = {number: name for name, number in known.items()}
        self._next = max(known.values(), default=0) + 1
        self._fresh: list[tuple[int, str]] = []

    def look_up(self, labels: tuple[str, ...]) -> tuple[tuple[str, ...], np.ndarray]:
        """Return the names that `labels` are kept under, and their ids: uint16 (n,)."""
        ids = list(map(self._ids.get, labels))
        if None in ids:
            labels = tuple([self._name(label) for label in labels])
            ids = [self._ids[label] for label in labels]
        return labels, np.array(ids, np.uint16)

    def name_of(self, label_id: int) -> str:
        """Return the name of an id that this book gave."""
        return self._names[label_id]

    def take_fresh(self) -> list[tuple[int, str]]:
        """Return (id, name) of what was added since the last call."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def _name(self, label: str) -> str:
        """Return the name under which `label` is kept, making it known if it is new."""
        label = label[:LABEL_LENGTH_MAX] or UNKNOWN
        if label not in self._ids and len(self._ids) >= LABELS_MAX:
            label = OTHER
        self._add(label)
        return label

    def _add(self, label: str) -> None:
        if label not in self._ids:
            self._ids[label] = self._next
            self._names[self._next] = label
            self._fresh.append((self._next, label))
            self._next += 1
