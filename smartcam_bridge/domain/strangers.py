"""Strangers: who is not in the gallery, and yet is the same one again.

Tracks that are nobody's join the stranger they are most like, or begin a new one. What is
compared is the mean cosine of a track's faces, weighted by quality, to a stranger's centre; that
centre is a sum of many faces, so it is nearer to all of them than any single one is, and the
model's own threshold serves. A track whose faces are all poor joins, but begins nobody: a blurred
face is like no one, and would be a new stranger each time. Nor does one whose faces are poor for
the most part and nearly like somebody: they may well be theirs.

Who was seen from two sides may begin two strangers. They are one as soon as their centres come
nearer to each other than `joins_from` says; the smaller number stays.
"""
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from smartcam_bridge.domain.face_models import FaceModel
from smartcam_bridge.domain.faces import Stranger

STRANGERS_MAX = 2000    # the one not seen for longest makes room; 4 MB with 512 dimensions
BEGIN_QUALITY = 0.4     # of a track's best face, for it to begin a stranger
_GOOD_QUALITY = 0.6     # of a track's faces in the mean, from which on they are like their own
_NEARLY = 0.1           # below the threshold, poor faces may be somebody's or another's
_FIRST_ROWS = 16
_JOINS = 0.2            # of the way from the threshold to 1


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a track's faces look like together.

    total: float32 (d,), the sum of its faces' unit vectors, each weighted by its quality. weight:
    the sum of these qualities, above 0. faces: how many. best: the highest quality.
    """

    total: np.ndarray
    weight: float
    faces: int
    best: float

    @property
    def mean(self) -> np.ndarray:
        """Return float32 (d,); times a unit vector, the mean cosine of its faces to it."""
        return self.total / np.float32(self.weight)

    @property
    def quality(self) -> float:
        """Return the mean of its faces' qualities."""
        return self.weight / self.faces


class _Centres:
    """Unit rows by stranger id, of one model; compared all at once."""

    def __init__(self, dimension: int) -> None:
        self.rows = np.zeros((_FIRST_ROWS, dimension), np.float32)
        self.ids: list[int] = []
        self._places: dict[int, int] = {}

    def put(self, stranger: Stranger) -> None:
        place = self._places.get(stranger.id)
        if place is None:
            place = self._places[stranger.id] = len(self.ids)
            self.ids.append(stranger.id)
            if place == len(self.rows):
                self.rows = np.concatenate([self.rows, np.zeros_like(self.rows)])
        self.rows[place] = stranger.centre / max(float(np.linalg.norm(stranger.centre)), 1e-9)

    def remove(self, stranger_id: int) -> None:
        place, last = self._places.pop(stranger_id), self.ids.pop()
        self.rows[place] = self.rows[len(self.ids)]
        self.rows[len(self.ids)] = 0
        if last != stranger_id:
            self.ids[place] = last
            self._places[last] = place

    def nearest(self, mean: np.ndarray) -> tuple[int, float]:
        """Return the id and similarity of the nearest, (0, -1) where there is none."""
        if not self.ids:
            return 0, -1.0
        similarities = self.rows[:len(self.ids)] @ mean
        best = int(similarities.argmax())
        return self.ids[best], float(similarities[best])

    def nearest_to(self, stranger_id: int) -> tuple[int, float]:
        """Return the id and similarity of who is nearest to one of them, likewise."""
        place = self._places[stranger_id]
        similarities = self.rows[:len(self.ids)] @ self.rows[place]
        similarities[place] = -1
        best = int(similarities.argmax())
        return (self.ids[best], float(similarities[best])) if best != place else (0, -1.0)


class Strangers:
    """The strangers of all cameras. Ingest thread only; no clock: times are stamps.

    next_id: gives numbers that are never used again. known: as stored. `take_changed` tells what
    is to be stored; strangers who had to make room stay in the store until a purge.
    """

    def __init__(self, next_id: Callable[[], int], known: Iterable[Stranger] = ()) -> None:
        self._next_id = next_id
        self._all: dict[int, Stranger] = {}
        self._centres: dict[tuple[str, int], _Centres] = {}
        self._changed: dict[int, None] = {}
        self._joined: list[tuple[int, int]] = []
        for stranger in sorted(known, key=lambda one: one.last_ns):
            self._put(stranger)
        self._changed.clear()

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, stranger_id: int) -> bool:
        return stranger_id in self._all

    def place(self, model: FaceModel, look: Look, stamp_ns: int) -> int:
        """Let a track be a stranger: one who was seen before, else a new one; return the id.

        0 where it is not like anybody and too poor to begin somebody: ask again with more faces.
        """
        centres = self._centres.get((model.name, len(look.total)))
        best, similarity = centres.nearest(look.mean) if centres else (0, -1.0)
        if similarity >= model.threshold:
            return self.add(model, best, look, stamp_ns, tracks=1)
        nearly = similarity >= model.threshold - _NEARLY
        if look.best < BEGIN_QUALITY or nearly and look.quality < _GOOD_QUALITY:
            return 0
        begun = Stranger(self._next_id(), model.name, stamp_ns, stamp_ns, 0, look.faces, 1,
                         np.array(look.total, np.float32))
        self._put(begun)
        return self._join_near(begun.id, model)

    def add(self, model: FaceModel, stranger_id: int, look: Look, stamp_ns: int,
            tracks: int = 0) -> int:
        """Learn further faces of a stranger; return the id, another where two are one now.

        Nothing is learnt of who is forgotten.
        """
        was = self._all.get(stranger_id)
        if was is None:
            return stranger_id
        self._put(replace(
            was, first_ns=min(was.first_ns, stamp_ns), last_ns=max(was.last_ns, stamp_ns),
            sightings=was.sightings + look.faces, tracks=was.tracks + tracks,
            centre=was.centre + look.total))
        return self._join_near(stranger_id, model)

    def take_back(self, stranger_id: int, look: Look) -> None:
        """Unlearn a track's faces: it has a name after all, or is another.

        A stranger of whom nothing is left joins nobody any more; its row, which says that there
        are no faces, goes with a purge.
        """
        was = self._all.get(stranger_id)
        if was is None:
            return
        left = was.sightings - look.faces
        if was.tracks > 1 and left > 0:
            self._put(replace(was, sightings=left, tracks=was.tracks - 1,
                              centre=was.centre - look.total))
        else:
            self._put(replace(was, sightings=0, tracks=0, centre=np.zeros_like(was.centre)))

    def tell(self, stranger_id: int, stamp_ns: int, window_ns: int) -> bool:
        """Say whether somebody is to be told that this one is here, and note that they were."""
        stranger = self._all.get(stranger_id)
        if stranger is None or (stranger.alerted_ns
                                and abs(stamp_ns - stranger.alerted_ns) < window_ns):
            return False
        self._put(replace(stranger, alerted_ns=stamp_ns))
        return True

    def forget(self, stranger_id: int) -> None:
        """Forget one, who was named or removed; nothing where that one is not there."""
        stranger = self._all.pop(stranger_id, None)
        if stranger is not None:
            self._centres[_key(stranger)].remove(stranger_id)
            self._changed.pop(stranger_id, None)

    def adopt(self, gone_id: int, heir: Stranger) -> None:
        """Learn that somebody said two are one; heir: as stored, with all of both."""
        gone, kept = self._all.get(gone_id), self._all.get(heir.id)
        self.forget(gone_id)
        if gone is not None and kept is not None:
            self._put(together(kept, gone))     # newer than what is stored
        elif gone is not None or kept is not None:
            self._put(heir)

    def take_joined(self) -> list[tuple[int, int]]:
        """Return who turned out to be whom since the last time: the id that is gone, and whose."""
        joined, self._joined = self._joined, []
        return joined

    def take_changed(self) -> list[Stranger]:
        """Return those that are to be stored, as they are now."""
        changed, self._changed = self._changed, {}
        return [self._all[stranger_id] for stranger_id in changed if stranger_id in self._all]

    def _join_near(self, stranger_id: int, model: FaceModel) -> int:
        """Let a stranger be one with whoever is near by now; return the id that stays."""
        while stranger_id in self._all:
            centres = self._centres[_key(self._all[stranger_id])]
            other, similarity = centres.nearest_to(stranger_id)
            if similarity < joins_from(model):
                break
            stays, goes = sorted((stranger_id, other))
            self._put(together(self._all[stays], self._all[goes]))
            self.forget(goes)
            self._joined.append((goes, stays))
            stranger_id = stays
        return stranger_id

    def _put(self, stranger: Stranger) -> None:
        # Last in the dictionary is who was seen last, roughly: who makes room is the first.
        self._all.pop(stranger.id, None)
        self._all[stranger.id] = stranger
        key = _key(stranger)
        if key not in self._centres:
            self._centres[key] = _Centres(key[1])
        self._centres[key].put(stranger)
        self._changed[stranger.id] = None
        while len(self._all) > STRANGERS_MAX:
            self.forget(next(iter(self._all)))


def joins_from(model: FaceModel) -> float:
    """Return from which cosine of their centres on two strangers are one.

    More than the threshold: centres have less noise than faces, so who is somebody else may come
    as near to a centre as the same one's poor face does (domain.test_strangers has the figures).
    """
    return model.threshold + _JOINS * (1 - model.threshold)


def together(kept: Stranger, gone: Stranger) -> Stranger:
    """Return a stranger with all of another, of the same model and dimension."""
    return replace(
        kept, first_ns=min(kept.first_ns, gone.first_ns), last_ns=max(kept.last_ns, gone.last_ns),
        alerted_ns=max(kept.alerted_ns, gone.alerted_ns), tracks=kept.tracks + gone.tracks,
        sightings=kept.sightings + gone.sightings, centre=kept.centre + gone.centre)


def _key(stranger: Stranger) -> tuple[str, int]:
    return stranger.model, len(stranger.centre)
