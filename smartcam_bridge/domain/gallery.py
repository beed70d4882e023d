"""Templates of one face model, and who is most like a probe.

A gallery has one owner, who adds and removes; everybody else reads snapshots. Rows of the matrix
are written once, before a snapshot knows of them, so snapshots share it.
"""
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.errors import GalleryError

_FIRST_ROWS = 64
_NOBODY = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person, with the template that is most similar to a probe. similarity: the cosine."""

    person_id: int
    template_id: int
    similarity: float


def unit(vector: np.ndarray) -> np.ndarray:
    """Return a vector at unit length, float32 (d,); raise GalleryError where it has none."""
    wide = np.asarray(vector, np.float64)
    if wide.ndim != 1 or not wide.size:
        raise GalleryError('vector_shape', f'an embedding is one row, not {wide.shape}')
    if not np.isfinite(wide).all():
        raise GalleryError('vector_not_finite', 'the embedding holds NaN or infinity')
    length = float(np.linalg.norm(wide))
    if length < 1e-9:
        raise GalleryError('vector_zero', 'the embedding has no length')
    return (wide / length).astype(np.float32)


class GallerySnapshot:
    """What a gallery held at one instant. Immutable: any thread may read.

    rows: float32 (n, d), unit rows. template_ids, people: int64 (n,), person 0 where a row was
    removed. rejected: float32 (r, d) and rejected_people: int64 (r,), who these are not.
    """

    def __init__(self, model: str, rows: np.ndarray, template_ids: np.ndarray,
                 people: np.ndarray, rejected: np.ndarray, rejected_people: np.ndarray) -> None:
        self.model = model
        self.dimension = rows.shape[1]
        self._rows = rows
        self._template_ids = template_ids
        self._people = people
        self._rejected = rejected
        self._rejected_people = rejected_people

    def __len__(self) -> int:
        """Return how many templates there are."""
        return int((self._people != _NOBODY).sum())

    def match(self, probes: np.ndarray, k: int = 5) -> list[list[Candidate]]:
        """Return for each probe the k most similar people, the best first, each once.

        probes: float32 (m, d), of unit length. A person is left out for a probe that is at least
        as similar to a face somebody said is not theirs. Raises GalleryError where d differs.
        """
        self._require_dimension(probes.shape[-1])
        similarities = probes @ self._rows.T
        against = probes @ self._rejected.T
        return [self._best(*pair, k) for pair in zip(similarities, against)]

    def similarity(self, person_id: int, probe: np.ndarray) -> Candidate | None:
        """Return how similar a person is to a probe, float32 (d,); None: has no template."""
        self._require_dimension(probe.shape[-1])
        own = np.flatnonzero(self._people == person_id)
        if not len(own):
            return None
        similarities = self._rows[own] @ probe
        best = int(similarities.argmax())
        return Candidate(person_id, int(self._template_ids[own[best]]),
                         float(similarities[best]))

    def _best(self, similarities: np.ndarray, against: np.ndarray, k: int) -> list[Candidate]:
        found: dict[int, Candidate] = {}
        for row in np.argsort(-similarities).tolist():
            person_id, similarity = int(self._people[row]), float(similarities[row])
            if person_id == _NOBODY or person_id in found:
                continue
            said = against[self._rejected_people == person_id]
            if not (len(said) and said.max() >= similarity):
                found[person_id] = Candidate(person_id, int(self._template_ids[row]), similarity)
            if len(found) == k:
                break
        return list(found.values())

    def _require_dimension(self, dimension: int) -> None:
        if dimension != self.dimension:
            raise GalleryError('vector_dimension', f'the embedding has {dimension} numbers, the '
                               f'gallery of {self.model!r} has {self.dimension}')


class Gallery:
    """The owner's side. One thread at a time. Vectors are float32 (d,) of unit length."""

    def __init__(self, model: str, dimension: int) -> None:
        self.model = model
        self.dimension = dimension
        self._rows = np.empty((_FIRST_ROWS, dimension), np.float32)
        self._count = 0
        self._template_ids = np.zeros(0, np.int64)
        self._people = np.zeros(0, np.int64)
        self._rejections: dict[int, tuple[int, np.ndarray]] = {}

    def add(self, template_id: int, person_id: int, vector: np.ndarray) -> None:
        """Add a template; raise GalleryError where its dimension is another."""
        if vector.shape != (self.dimension,):
            raise GalleryError('vector_dimension', f'the embedding has {vector.size} numbers, '
                               f'the gallery of {self.model!r} has {self.dimension}')
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = vector
        self._count += 1
        self._template_ids = np.append(self._template_ids, template_id)
        self._people = np.append(self._people, person_id)

    def remove(self, template_ids: Iterable[int]) -> None:
        """Remove templates by id; those that are not there do not matter."""
        gone = np.isin(self._template_ids, list(template_ids))
        self._people = np.where(gone, _NOBODY, self._people)

    def give(self, person_id: int, to_id: int) -> None:
        """Let all templates and rejections of a person be another's."""
        self._people = np.where(self._people == person_id, to_id, self._people)
        self._rejections = {key: (to_id if whose == person_id else whose, vector)
                            for key, (whose, vector) in self._rejections.items()}

    def reject(self, rejection_id: int, person_id: int, vector: np.ndarray) -> None:
        """Learn that a face is not a person's."""
        self._rejections[rejection_id] = (person_id, vector)

    def withdraw(self, rejection_ids: Iterable[int]) -> None:
        """Take back rejections by id; those that are not there do not matter."""
        for rejection_id in rejection_ids:
            self._rejections.pop(rejection_id, None)

    def snapshot(self) -> GallerySnapshot:
        """Return what there is now."""
        whose = [whose for whose, _ in self._rejections.values()]
        rejected = np.array([vector for _, vector in self._rejections.values()], np.float32)
        return GallerySnapshot(
            self.model, self._rows[:self._count], self._template_ids, self._people,
            rejected.reshape(-1, self.dimension), np.array(whose, np.int64))
