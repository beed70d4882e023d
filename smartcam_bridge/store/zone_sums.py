"""Questions about zones, answered from rollups: how many were there, and how long they stayed."""
from collections.abc import Sequence
from dataclasses import dataclass
import json

import numpy as np
from smartcam_bridge.domain.buckets import Buckets
from smartcam_bridge.domain.times import NS
from smartcam_bridge.store.rollup_tables import dwell_rollups, zone_rollups
from smartcam_bridge.store.spans import spans_json
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.sum_queries import (
    columns, Fetch, labelled, Names, of_pairs, packed, Pair, PAIRED, PAIRS, pairs_of, Scope)
from smartcam_bridge.store.zone_rollups import BINS_S, ERA_S
from sqlalchemy import bindparam, func, select

_STEP, _STAY = zone_rollups.c, dwell_rollups.c
_STEP_PAIRS, _STAY_PAIRS = labelled(zone_rollups), labelled(dwell_rollups)
_STEPS = packed(
    select(PAIRED.c.id, PAIRED.c.label, _STEP.start_s, _STEP.width_s, _STEP.entered, _STEP.exited,
           _STEP.after, _STEP.peak, _STEP.occupied_ns).where(*of_pairs(zone_rollups)))
_earlier = zone_rollups.alias().c
_LEVELS = compiled(select(PAIRS.c.id, PAIRS.c.label, select(_earlier.after).where(
    _earlier.zone_id == PAIRS.c.id, _earlier.label_id == PAIRS.c.label, _earlier.width_s == 60,
    _earlier.start_s < bindparam('begin'), _earlier.start_s >= bindparam('era'))
    .order_by(_earlier.start_s.desc()).limit(1).scalar_subquery()))
_LASTED = compiled(
    select(PAIRED.c.id, func.sum(_STEP.exited), func.sum(_STEP.dwell_ns),
           func.max(_STEP.longest_ns))
    .where(*of_pairs(zone_rollups)).group_by(PAIRED.c.id))
_BINS = compiled(
    select(PAIRED.c.id, _STAY.bin, func.sum(_STAY.visits))
    .where(*of_pairs(dwell_rollups)).group_by(PAIRED.c.id, _STAY.bin))


@dataclass(frozen=True, slots=True)
class Stays:
    """Per bucket: visits that began, the most at once, the sum of all stays, and time passed."""

    zone_id: int
    label_id: int
    entered: np.ndarray         # all of them int64
    peak: np.ndarray
    occupied_ns: np.ndarray
    elapsed_ns: np.ndarray

    def mean(self) -> list[float | None]:
        """Return how many were there on average; None: the bucket is still to come."""
        mean = np.round(self.occupied_ns / np.maximum(self.elapsed_ns, 1), 6).tolist()
        return [value if passed else None
                for value, passed in zip(mean, self.elapsed_ns.tolist())]


@dataclass(frozen=True, slots=True)
class Dwell:
    """How long visits lasted. counts[i]: at least edges_s[i] and less than the next edge.

    Mean and longest are exact; median and p90 lie within their bin, between its edges in
    proportion. None: there were no visits.
    """

    names: dict[str, int | str]
    edges_s: tuple[int, ...]
    counts: list[int]
    visits: int
    mean_s: float | None
    median_s: float | None
    p90_s: float | None
    longest_s: float | None


async def stays(fetch: Fetch, names: Names, buckets: Buckets, scope: Scope, now_ns: int, *,
                by_label: bool = False) -> list[Stays]:
    """Return how many were in each zone that is asked about, of each label where wanted."""
    zones, label_id = names.shape_ids('zone', scope), names.label_id(scope)
    pairs = [(zone, label_id) for zone in zones]
    if by_label:
        pairs = [] if label_id < 0 else await pairs_of(fetch, _STEP_PAIRS, zones, label_id)
    begin_s, end_s = buckets.edges[0], buckets.edges[-1]
    given = json.dumps(pairs)
    levels = {(zone, label): after for zone, label, after in await fetch(
        _LEVELS.sql, _LEVELS.bound(pairs=given, begin=begin_s,
                                   era=ERA_S if end_s > ERA_S else 0))}
    found = await columns(fetch, _STEPS, spans=spans_json(buckets.edges), pairs=given)
    if not pairs:
        return []
    edges_s = np.array(buckets.edges, np.int64)
    steps = _Steps(_numbers(pairs, *found[:2]), found[2:],
                   np.array([levels.get(pair) or 0 for pair in pairs], np.int64), edges_s)
    begins_ns, lengths_ns = edges_s[:-1] * NS, np.diff(edges_s) * NS
    elapsed_ns = np.clip(now_ns - begins_ns, 0, lengths_ns)
    # Who is there now may leave at any time: what is to come is not counted.
    to_come_ns = steps.levels_at_end()[:, None] * (lengths_ns - elapsed_ns)
    occupied_ns = np.maximum(steps.occupied_ns() - to_come_ns, 0)
    peak = np.where(elapsed_ns == 0, 0, steps.peak())
    return [Stays(*pair, *each, elapsed_ns)
            for pair, *each in zip(pairs, steps.entered(), peak, occupied_ns)]


def _numbers(pairs: list[Pair], zones: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return for each row which of the pairs it is of."""
    keys = np.array([zone << 32 | label for zone, label in pairs], np.int64)
    order = np.argsort(keys)
    return order[np.searchsorted(keys, zones << 32 | labels, sorter=order)]


class _Steps:
    """Steps of pairs, laid out on one line of time: pair i has [i * length, (i + 1) * length).

    So whatever their number, each of numpy's steps is taken once. Answers are arrays (pair,
    bucket).
    """

    def __init__(self, number: np.ndarray, rows: Sequence[np.ndarray], levels: np.ndarray,
                 edges_s: np.ndarray) -> None:
        """Lay out rows; number: the pair of each; levels: of pairs without rows, those before.

        Rows: start_s, width_s, entered, exited, after, peak, occupied_ns.
        """
        order = np.lexsort((rows[0], number))
        number = number[order]
        start_s, width_s, entered, exited, after, self._peak, self._occupied_ns = (
            row[order] for row in rows)
        there, first = np.unique(number, return_index=True)
        levels[there] = (after - entered + exited)[first]
        length_s = edges_s[-1] - edges_s[0]
        pairs = np.arange(len(levels))
        self._edges = pairs[:, None] * length_s + edges_s - edges_s[0]
        start = number * length_s + start_s - edges_s[0]
        self._entered = entered
        self._bucket = np.searchsorted(self._edges[:, :-1].ravel(), start, 'right') - 1
        # Between steps nothing changes: a gap begins with each pair, and one behind each step.
        place = np.searchsorted(number, pairs)
        self._levels = np.insert(after, place, levels)
        self._begins = np.insert(start + width_s, place, self._edges[:, 0])
        self._ends = np.append(np.insert(start, place, self._edges[:, 0])[1:],
                               self._edges[-1, -1])
        self._last = np.append((place + pairs)[1:], len(self._levels)) - 1
        self._gap = np.searchsorted(self._begins, self._edges, 'right') - 1     # at each edge

    def entered(self) -> np.ndarray:
        """Return how many came."""
        return self._summed(self._entered)

    def levels_at_end(self) -> np.ndarray:
        """Return how many of each pair are there at the end of all buckets."""
        return self._levels[self._last]

    def peak(self) -> np.ndarray:
        """Return how many were there at most at once."""
        gap = self._gap[:, :-1]
        most = np.where(self._ends[gap] > self._edges[:, :-1], self._levels[gap], 0)
        np.maximum.at(most.reshape(-1), self._bucket, self._peak)
        return most

    def occupied_ns(self) -> np.ndarray:
        """Return the sum of all stays; one that has not ended counts to the end."""
        in_gaps = np.cumsum(self._levels * (self._ends - self._begins))
        begins, ends = self._begins[self._gap], self._ends[self._gap]
        up_to_edge = (np.append(0, in_gaps)[self._gap]
                      + self._levels[self._gap] * (np.minimum(self._edges, ends) - begins))
        return np.diff(up_to_edge) * NS + self._summed(self._occupied_ns)

    def _summed(self, numbers: np.ndarray) -> np.ndarray:
        sums = np.zeros((len(self._edges), self._edges.shape[1] - 1), np.int64)
        np.add.at(sums.reshape(-1), self._bucket, numbers)
        return sums


async def dwell(fetch: Fetch, names: Names, buckets: Buckets, scope: Scope) -> list[Dwell]:
    """Return how long the visits to each zone lasted."""
    zones, label_id = names.shape_ids('zone', scope), names.label_id(scope)
    pairs = await pairs_of(fetch, _STAY_PAIRS, zones, label_id)
    spans = spans_json([buckets.edges[0], buckets.edges[-1]])
    counts = {zone: np.zeros(len(BINS_S), np.int64) for zone in zones}
    for zone, number, count in await fetch(
            _BINS.sql, _BINS.bound(spans=spans, pairs=json.dumps(pairs))):
        counts[zone][number] += count
    whole = json.dumps([(zone, label_id) for zone in zones])
    lasted = {zone: rest for zone, *rest in await fetch(
        _LASTED.sql, _LASTED.bound(spans=spans, pairs=whole))}
    return [_dwell(names.shape(zone), counts[zone], *lasted.get(zone, (0, 0, 0)))
            for zone in zones]


def _dwell(names: dict[str, int | str], counts: np.ndarray, visits: int, dwell_ns: int,
           longest_ns: int) -> Dwell:
    longest_s = longest_ns / NS
    some = bool(visits)
    return Dwell(names, BINS_S, counts.tolist(), visits,
                 round(dwell_ns / visits / NS, 6) if some else None,
                 _quantile(counts, 0.5, longest_s) if some else None,
                 _quantile(counts, 0.9, longest_s) if some else None,
                 round(longest_s, 6) if some else None)


def _quantile(counts: np.ndarray, share: float, longest_s: float) -> float:
    """Return the dwell that `share` of the visits do not exceed, evenly spread in each bin."""
    wanted = share * counts.sum()
    below = np.cumsum(counts)
    number = int(np.searchsorted(below, wanted))
    first = BINS_S[number]
    last = min(BINS_S[number + 1] if number + 1 < len(BINS_S) else longest_s, longest_s)
    inside = (wanted - (below[number] - counts[number])) / counts[number]
    return round(first + float(inside) * max(last - first, 0), 6)
