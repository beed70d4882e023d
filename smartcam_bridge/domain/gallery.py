"""Templates of one face model, and who is most like a probe.

A gallery has one owner, who adds and removes; everybody else reads snapshots. Vectors lie in
blocks that never move; a row is written before a snapshot knows of it, and again only when no
snapshot that knew of it is left, so snapshots share the blocks.
"""
from collections.abc import Iterable
from copy import copy

import numpy as np

from smartcam_bridge.domain.gallery_plan import (
    has_use, learn, match_by_heads, Plan, PLAN_FROM)
from smartcam_bridge.domain.gallery_rank import Candidate, rank
from smartcam_bridge.domain.gallery_rows import (
    gather, Held, NOBODY, require_room, row_bytes, Rows)
from smartcam_bridge.domain.gallery_scan import exactly, scan
from smartcam_bridge.errors import GalleryError

__all__ = ['bytes_for', 'Candidate', 'Gallery', 'GallerySnapshot', 'unit']

_PROBES = 32            # compared at once: 4 * 32 bytes a template meanwhile
_OUTGROWN = 2           # times as many templates as at the last plan, or as few
_UNIT_ERROR = 1e-3      # of the square of a length; float32 leaves 1e-6


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


def bytes_for(templates: int, dimension: int) -> int:
    """Return the memory that so many templates take, with a plan and one snapshot."""
    return templates * row_bytes(dimension)


class GallerySnapshot:
    """What a gallery held at one instant. Immutable: any thread may read. held: for its kin."""

    def __init__(self, model: str, dimension: int, held: Held,
                 planned: int = 0) -> None:
        self.model = model
        self.dimension = dimension
        self.held = held
        self._planned = planned

    def __len__(self) -> int:
        """Return how many templates there are."""
        return len(self.held.people) - len(self.held.gaps)

    def match(self, probes: np.ndarray, k: int = 5) -> list[list[Candidate]]:
        """Return for each probe the k most similar people, the best first, each once.

        probes: float32 (m, d), of unit length. A person is left out for a probe that is at least
        as similar to a face somebody said is not theirs. Of equally similar people the one with
        the older template is first. Raises GalleryError where d differs.
        """
        self._require_dimension(probes.shape[-1])
        probes = np.ascontiguousarray(probes, np.float32)
        if not len(self):
            return [[] for _ in probes]
        return [found for begin in range(0, len(probes), _PROBES)
                for found in self._match(probes[begin:begin + _PROBES], k)]

    def similarity(self, person_id: int, probe: np.ndarray) -> Candidate | None:
        """Return how similar a person is to a probe, float32 (d,); None: has no template."""
        self._require_dimension(probe.shape[-1])
        own = np.flatnonzero(self.held.people == person_id)
        if person_id == NOBODY or not len(own):
            return None
        similarities = exactly(gather(self.held.blocks, own), probe.astype(np.float64))
        best = int(np.lexsort((self.held.template_ids[own], -similarities))[0])
        return Candidate(person_id, int(self.held.template_ids[own[best]]),
                         min(float(similarities[best]), 1.0))

    @property
    def is_plan_due(self) -> bool:
        """Say whether a plan is worth learning: the gallery is large, and has grown or shrunk."""
        templates = len(self)
        return templates >= PLAN_FROM and not (
            self._planned / _OUTGROWN <= templates <= self._planned * _OUTGROWN)

    def learn(self) -> Plan:
        """Find out how to match faster, for `Gallery.adopt`. Slow (seconds); any thread."""
        return learn(self.held)

    def _match(self, probes: np.ndarray, k: int) -> list[list[Candidate]]:
        if has_use(self.held, len(probes)):
            return match_by_heads(self.held, probes, k)
        similarities = scan(self.held.blocks, len(self.held.people), probes)
        if len(self.held.gaps):
            similarities[:, self.held.gaps] = -np.inf
        return rank(self.held, similarities, probes, k)

    def _require_dimension(self, dimension: int) -> None:
        if dimension != self.dimension:
            raise GalleryError('vector_dimension', f'the embedding has {dimension} numbers, the '
                               f'gallery of {self.model!r} has {self.dimension}')


class Gallery:
    """The owner's side. One thread at a time. Vectors are float32 (d,) of unit length.

    max_bytes: memory it may take, as `bytes_for` reckons; more templates are refused with
    GalleryError 'gallery_full' before anything is allocated. Ids of templates and people are
    above 0. A vector that was removed is overwritten with zeros when the last snapshot that has
    it is gone, at the next change, snapshot or `reclaim`.
    """

    def __init__(self, model: str, dimension: int, *, max_bytes: int | None = None) -> None:
        self.model = model
        self.dimension = dimension
        self._max_bytes = max_bytes
        self._rows = Rows(dimension)
        self._planned = 0       # templates that the plan was made for
        self._rejections: dict[int, tuple[int, np.ndarray]] = {}
        self._rejected: dict[int, np.ndarray] = {}      # as a snapshot has them

    @property
    def size_bytes(self) -> int:
        """Return the memory of what is held, as `bytes_for` reckons."""
        return bytes_for(self._rows.taken, self.dimension)

    def add(self, template_id: int, person_id: int, vector: np.ndarray) -> None:
        """Add a template; raise GalleryError where its dimension is another or it is full."""
        self._require_dimension(vector.shape)
        self._require_room(1)
        self._rows.put(template_id, person_id, vector)

    def load(self, template_ids: np.ndarray, people: np.ndarray, matrix: np.ndarray) -> list[int]:
        """Add many templates at once; return the ids of damaged ones, which are left out.

        template_ids, people: integers (n,). matrix: float32 (n, d), as `np.frombuffer` makes it
        of joined blobs; it is copied, so it may be read-only and come page by page. Damaged: not
        of unit length, or not finite. Raises GalleryError as `add`, and then adds nothing.
        """
        self._require_dimension(matrix.shape[1:])
        self._require_room(len(matrix))
        with np.errstate(over='ignore', invalid='ignore'):
            sound = np.abs(np.einsum('ij,ij->i', matrix, matrix) - 1) < _UNIT_ERROR
        template_ids, people = np.asarray(template_ids), np.asarray(people)
        if sound.all():
            self._rows.extend(template_ids, people, matrix)
            return []
        self._rows.extend(template_ids[sound], people[sound], matrix[sound])
        return template_ids[~sound].tolist()

    def remove(self, template_ids: Iterable[int]) -> None:
        """Remove templates by id; those that are not there do not matter."""
        held = self._rows.people[:self._rows.count] != NOBODY
        gone = np.isin(self._rows.template_ids[:self._rows.count], list(template_ids))
        self._rows.retire(np.flatnonzero(held & gone))

    def give(self, person_id: int, to_id: int) -> None:
        """Let all templates and rejections of a person be another's."""
        people = self._rows.people[:self._rows.count]
        people[people == person_id] = to_id
        self._rejections = {key: (to_id if whose == person_id else whose, vector)
                            for key, (whose, vector) in self._rejections.items()}
        self._gather_rejected(person_id)
        self._gather_rejected(to_id)

    def reject(self, rejection_id: int, person_id: int, vector: np.ndarray) -> None:
        """Learn that a face is not a person's; raise GalleryError where its dimension differs."""
        self._require_dimension(vector.shape)
        self.withdraw([rejection_id])
        self._rejections[rejection_id] = (person_id, np.array(vector, np.float32))
        self._gather_rejected(person_id)

    def withdraw(self, rejection_ids: Iterable[int]) -> None:
        """Take back rejections by id; those that are not there do not matter."""
        for rejection_id in rejection_ids:
            whose, _ = self._rejections.pop(rejection_id, (NOBODY, None))
            self._gather_rejected(whose)

    def reclaim(self) -> int:
        """Overwrite what was removed and nobody can read; return how many rows wait for that."""
        self._rows.reclaim()
        return self._rows.waiting

    def adopt(self, plan: Plan) -> None:
        """Match by a plan of a snapshot of this gallery from now on; a plan is adopted once.

        Templates that came since are written into it, one by one: learn again after a load.
        """
        self._rows.adopt(plan.heads, plan.template_ids)
        self._planned = plan.templates

    def snapshot(self) -> GallerySnapshot:
        """Return what there is now."""
        rows = self._rows
        rows.reclaim()
        rows.close_gaps()
        people = rows.people[:rows.count].copy()
        snapshot = GallerySnapshot(self.model, self.dimension, Held(
            tuple(rows.blocks), rows.template_ids[:rows.count].copy(), people,
            np.flatnonzero(people == NOBODY), self._rejected,
            copy(rows.heads)), self._planned)
        rows.read_by(snapshot)
        return snapshot

    def _gather_rejected(self, person_id: int) -> None:
        """Rebuild what snapshots share; the old one stays as it is."""
        own = [vector for whose, vector in self._rejections.values() if whose == person_id]
        self._rejected = {whose: faces for whose, faces in self._rejected.items()
                          if whose != person_id} | ({person_id: np.stack(own)} if own else {})

    def _require_room(self, more: int) -> None:
        require_room(self.model, self.dimension, self._rows.taken + more, self._max_bytes)

    def _require_dimension(self, shape: tuple[int, ...]) -> None:
        if shape != (self.dimension,):
            numbers = shape[0] if shape else 0
            raise GalleryError('vector_dimension', f'the embedding has {numbers} numbers, '
                               f'the gallery of {self.model!r} has {self.dimension}')
