"""How often a threshold would name the wrong person, or nobody, in the gallery at hand.

Leave-one-out: each template is taken for a probe. Genuine is its similarity to the best other
template of its own person, impostor that to the best template of anybody else. At a threshold,
false accepts are the impostors that reach it, false rejects the genuine ones that do not.
"""
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain.gallery import GallerySnapshot
from smartcam_bridge.domain.gallery_rows import gather, Held
from smartcam_bridge.domain.gallery_scan import scan

PAIRS = 100_000_000     # that are compared at most: a few seconds; 10,000 templates with all
_AT_ONCE = 4_000_000    # 16 MB of similarities
STEPS = tuple(round(0.01 * step, 2) for step in range(101))


@dataclass(frozen=True, slots=True)
class RatesAt:
    """Rates at a threshold, in [0,1]; None: there was nothing to count them of."""

    threshold: float
    false_accept: float | None
    false_reject: float | None


@dataclass(frozen=True, slots=True)
class FaceRates:
    """What leave-one-out found. Immutable: any thread may read.

    sampled: how many of the templates were probes, evenly spread in no order; all of them where
    that is `templates`. genuine, impostor: float32, ascending; their sizes are the counts, and
    genuine lacks people with one template, impostor is empty where there is one person.
    """

    people: int
    templates: int
    sampled: int
    genuine: np.ndarray
    impostor: np.ndarray

    def at(self, threshold: float) -> RatesAt:
        """Return the rates at a threshold."""
        below = _share_below(self.impostor, threshold)
        return RatesAt(threshold, None if below is None else 1 - below,
                       _share_below(self.genuine, threshold))

    def curve(self, thresholds: Iterable[float] = STEPS) -> list[RatesAt]:
        """Return the rates at each of several thresholds."""
        return [self.at(threshold) for threshold in thresholds]


def measure_rates(snapshot: GallerySnapshot, *, pairs: int = PAIRS) -> FaceRates:
    """Return the rates of a gallery; seconds where it is large. Any thread, never a loop's.

    pairs: compared at most, but at least one probe with all; where that is less than all with
    all, a sample of the templates are probes (the same ones of the same gallery), each of them
    compared with all.
    """
    held = snapshot.held
    rows = np.flatnonzero(held.people)
    asked = rows
    if len(rows) ** 2 > pairs:
        asked = np.random.default_rng(len(rows)).choice(
            rows, max(1, pairs // len(rows)), replace=False)
    found = _leave_one_out(held, asked)
    genuine, impostor = (np.sort(side[np.isfinite(side)]) for side in found)
    return FaceRates(len(np.unique(held.people[rows])), len(rows), len(asked), genuine, impostor)


def _leave_one_out(held: Held, asked: np.ndarray) -> np.ndarray:
    """Return for each probe the best of its own person and of others, float32 (2, m)."""
    found = np.full((2, len(asked)), -np.inf, np.float32)
    order = np.argsort(held.people, kind='stable')
    whose = held.people[asked]
    first = np.searchsorted(held.people[order], whose, 'left').tolist()
    last = np.searchsorted(held.people[order], whose, 'right').tolist()
    size = max(1, _AT_ONCE // max(1, len(held.people)))
    for begin in range(0, len(asked), size):
        rows = asked[begin:begin + size]
        similarities = scan(held.blocks, len(held.people), gather(held.blocks, rows))
        similarities[:, held.gaps] = -np.inf
        for at, (row, probe) in enumerate(zip(rows.tolist(), similarities), begin):
            own = order[first[at]:last[at]]
            probe[row] = -np.inf
            found[0, at] = probe[own].max()
            probe[own] = -np.inf
            found[1, at] = probe.max()
    return found


def _share_below(similarities: np.ndarray, threshold: float) -> float | None:
    if not len(similarities):
        return None
    return float(np.searchsorted(similarities, np.float32(threshold))) / len(similarities)
