"""Which frame shows a target best: one choice for one input, whatever the batches or timing.

Frames are judged in the order of their stamps. What a frame must be better in, in this order:
the area of its face, that the frame's edge does not cut the box, score, sharpness, size. Each is
cut into bands, and the better one wins in the first criterion whose band is higher and which is
clear of the other by a margin; a lower band loses. So the bands of the best shot, read in this
order, only ever rise: the choice cannot wander in circles, and changes a bounded number of times.
"""
from collections.abc import Callable, Iterator
from dataclasses import dataclass
import math

from smartcam_bridge.domain.model import Sight
from smartcam_bridge.domain.times import NS

_EDGE = 0.003               # nearer to the frame's edge than this (2 px of 640) a box is cut
_SCORE_BAND, _SCORE_MARGIN = 0.1, 0.05
_RATIO_BAND, _RATIO_MARGIN = math.log(1.5), math.log(1.25)     # of areas and sharpness
# A frame whose boxes say that it is better is opened always, which the bands keep rare; one that
# only its pixels could tell from the best is opened this seldom per camera.
_OPEN_EVERY_NS = NS // 2
_PAUSE_NS = (NS // 2, 30 * NS)  # between two looks at a track that only sharpness could improve
_FIRST_SAVE_NS = NS         # a target that enters gets better several times in its first second
_SAVE_EVERY_NS = 5 * NS
_STEP_BACK_NS = 10 * NS     # an older stamp than this begins the stream anew, as in the pipeline


@dataclass(frozen=True, slots=True)
class Candidate:
    """One frame's view of a track. box: x1 y1 x2 y2 in [0,1]. face_area: share of the frame."""

    stamp_ns: int
    box: tuple[float, float, float, float]
    score: float
    sharpness: float = 0.0      # variance of the Laplacian; 0 where nobody looked yet
    face_area: float = 0.0      # 0: no face

    @property
    def whole(self) -> bool:
        """Say whether the frame shows all of it."""
        x1, y1, x2, y2 = self.box
        return min(x1, y1) > _EDGE and max(x2, y2) < 1 - _EDGE

    @property
    def area(self) -> float:
        """Return the box's share of the frame."""
        x1, y1, x2, y2 = self.box
        return (x2 - x1) * (y2 - y1)


def compare_boxes(new: Candidate, best: Candidate) -> int:
    """Return 1 or -1 where face, edge and score say which is better, 0 where they do not."""
    face = _compare_ratios(new.face_area, best.face_area)
    if face < 0 or face == 0 and new.whole < best.whole:
        return -1
    if face > 0 or new.whole > best.whole:
        return 1
    return _compare(new.score, best.score, _SCORE_BAND, _SCORE_MARGIN)


def is_better(new: Candidate, best: Candidate) -> bool:
    """Say whether `new` is to replace `best`."""
    return (compare_boxes(new, best) or _compare_ratios(new.sharpness, best.sharpness)
            or _compare_ratios(new.area, best.area)) > 0


def rank(candidate: Candidate) -> tuple[int, bool, int, int, int]:
    """Return the bands of a candidate; those of a best shot only rise."""
    return (_band(_log(candidate.face_area), _RATIO_BAND), candidate.whole,
            _band(candidate.score, _SCORE_BAND), _band(_log(candidate.sharpness), _RATIO_BAND),
            _band(_log(candidate.area), _RATIO_BAND))


def _compare_ratios(new: float, best: float) -> int:
    return _compare(_log(new), _log(best), _RATIO_BAND, _RATIO_MARGIN)


def _compare(new: float, best: float, band: float, margin: float) -> int:
    """Return -1 for a lower band, 1 for one that is higher and clear of it, else 0."""
    bands = _band(new, band) - _band(best, band)
    return -1 if bands < 0 else int(bands > 0 and new >= best + margin)


def _band(value: float, width: float) -> int:
    return math.floor(value / width + 1e-6)     # 0.8 / 0.1 is a little less than 8


def _log(value: float) -> float:
    return math.log(value) if value > 1e-9 else math.log(1e-9)


@dataclass(slots=True)
class _Record:
    """What is known of a track's shots. All times are stamps."""

    best: Candidate
    save_after_ns: int
    looked_ns: int
    pause_ns: int = _PAUSE_NS[0]
    unsaved: bool = True


class ShotBook:
    """The best shot of every open track of one camera. One thread at a time; no I/O, no clock."""

    def __init__(self) -> None:
        self._records: dict[int, _Record] = {}
        self._newest_ns = -1
        self._open_after_ns = 0
        self.looks = 0      # crops whose sharpness was asked for
        self.late = 0       # sights that came after a later one was judged

    def __len__(self) -> int:
        return len(self._records)

    def judge(self, sight: Sight, sharpness: Callable[[int], float]) -> list[int]:
        """Take in a sight whose frame is there; return the tracks that it shows best so far.

        sharpness(row) opens the frame; it is asked for the few rows whose boxes are good enough,
        and what it raises is raised here, with nothing changed.
        """
        stamp_ns = sight.stamp_ns
        if self._newest_ns - _STEP_BACK_NS < stamp_ns <= self._newest_ns:
            self.late += 1
            return []
        if stamp_ns < self._newest_ns:
            self._open_after_ns = 0
        self._newest_ns = stamp_ns
        rows = self._promising(sight)
        if not rows:
            return []
        seen = [_with_sharpness(candidate, sharpness(row)) for row, _, candidate in rows]
        self._open_after_ns = stamp_ns + _OPEN_EVERY_NS
        self.looks += len(rows)
        return [track for (_, track, _), candidate in zip(rows, seen)
                if self._offer(track, candidate)]

    def best(self, track_id: int) -> Candidate | None:
        """Return the best shot so far."""
        record = self._records.get(track_id)
        return record.best if record else None

    def due(self) -> Iterator[int]:
        """Yield the tracks whose best shot should be saved now. Not while it is used: change."""
        for track_id, record in self._records.items():
            if record.unsaved and self._newest_ns >= record.save_after_ns:
                yield track_id

    def note_save(self, track_id: int, saved: bool) -> None:
        """Take notice of a try to save; one that failed is due again in a while."""
        record = self._records[track_id]
        record.unsaved = not saved
        record.save_after_ns = self._newest_ns + _SAVE_EVERY_NS

    def unsaved(self, track_id: int) -> bool:
        """Say whether the best shot is better than the one last saved."""
        record = self._records.get(track_id)
        return record is not None and record.unsaved

    def forget(self, track_id: int) -> None:
        """Free what is kept of a track that ended."""
        self._records.pop(track_id, None)

    def _promising(self, sight: Sight) -> list[tuple[int, int, Candidate]]:
        """Return row, track and candidate of those whose pixels deserve a look."""
        stamp_ns, sure, rows = sight.stamp_ns, False, []
        areas = sight.face_areas or {}
        for row, (track, box, score) in enumerate(zip(
                sight.track_ids.tolist(), sight.corners.tolist(), sight.scores.tolist())):
            record = self._records.get(track)
            candidate = Candidate(stamp_ns, tuple(box), score,
                                  face_area=areas.get(track, 0.0))
            verdict = 1 if record is None else compare_boxes(candidate, record.best)
            if verdict > 0 or verdict == 0 and _is_time(candidate, record):
                rows.append((row, track, candidate))
                sure = sure or verdict > 0
        return rows if sure or stamp_ns >= self._open_after_ns else []

    def _offer(self, track: int, candidate: Candidate) -> bool:
        stamp_ns = candidate.stamp_ns
        record = self._records.get(track)
        if record is None:
            self._records[track] = _Record(candidate, stamp_ns + _FIRST_SAVE_NS, stamp_ns)
            return True
        record.looked_ns = stamp_ns
        if not is_better(candidate, record.best):
            record.pause_ns = min(2 * record.pause_ns, _PAUSE_NS[1])
            return False
        record.best, record.unsaved, record.pause_ns = candidate, True, _PAUSE_NS[0]
        return True


def _is_time(candidate: Candidate, record: _Record) -> bool:
    """Say whether to look again at a track; a larger view of it is looked at sooner."""
    larger = _compare_ratios(candidate.area, record.best.area) > 0
    pause_ns = _PAUSE_NS[0] if larger else record.pause_ns
    return candidate.stamp_ns >= record.looked_ns + pause_ns


def _with_sharpness(candidate: Candidate, sharpness: float) -> Candidate:
    return Candidate(candidate.stamp_ns, candidate.box, candidate.score, sharpness,
                     candidate.face_area)
