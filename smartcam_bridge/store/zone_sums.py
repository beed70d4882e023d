"""Questions about zones, answered from rollups: how many were there, and how long they stayed."""
from dataclasses import dataclass
import json

import numpy as np
from smartcam_bridge.domain.buckets import Buckets
from smartcam_bridge.domain.times import NS
from smartcam_bridge.store.rollup_tables import dwell_rollups, zone_rollups
from smartcam_bridge.store.spans import joined_spans_json, spans_json
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.sum_queries import (
    Fetch, labelled, Names, of_pairs, Pair, PAIRED, PAIRS, pairs_of, Scope)
from smartcam_bridge.store.zone_rollups import BINS_S, ERA_S
from sqlalchemy import bindparam, func, select

_STEP, _STAY = zone_rollups.c, dwell_rollups.c
_STEP_PAIRS, _STAY_PAIRS = labelled(zone_rollups), labelled(dwell_rollups)
_STEPS = compiled(
    select(PAIRED.c.id, PAIRED.c.label, _STEP.start_s, _STEP.width_s, _STEP.entered, _STEP.exited,
           _STEP.after, _STEP.peak, _STEP.occupied_ns)
    .where(*of_pairs(zone_rollups)).order_by(PAIRED.c.id, PAIRED.c.label, _STEP.start_s))
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
    steps: dict[Pair, list[tuple]] = {pair: [] for pair in pairs}
    for zone, label, *row in await fetch(_STEPS.sql, _STEPS.bound(
            spans=joined_spans_json(buckets.edges), pairs=given)):
        steps[zone, label].append(row)
    return [_stays(pair, np.array(rows, np.int64).reshape(-1, 7), levels.get(pair) or 0,
                   np.array(buckets.edges, np.int64), now_ns) for pair, rows in steps.items()]


def _stays(pair: Pair, rows: np.ndarray, level: int, edges_s: np.ndarray, now_ns: int) -> Stays:
    """Sum up steps (start_s, width_s, entered, exited, after, peak, occupied_ns)."""
    start_s, width_s, entered, exited, after, peak, occupied_ns = rows.T
    bucket = np.searchsorted(edges_s, start_s, 'right') - 1
    if len(rows):
        level = int(after[0] - entered[0] + exited[0])
    # Between the steps nothing changes: gap i lies before step i, the last one behind them all.
    levels = np.concatenate([[level], after])
    gap_begins = np.concatenate([edges_s[:1], start_s + width_s])
    gap_ends = np.concatenate([start_s, edges_s[-1:]])
    before = np.concatenate([[0], np.cumsum(levels * (gap_ends - gap_begins))])[:-1]
    gap = np.searchsorted(gap_begins, edges_s, 'right') - 1
    up_to_edge = before[gap] + levels[gap] * (np.minimum(edges_s, gap_ends[gap]) - gap_begins[gap])
    total_ns = np.diff(up_to_edge) * NS
    np.add.at(total_ns, bucket, occupied_ns)
    most = np.where(gap_ends[gap] > edges_s, levels[gap], 0)[:-1]
    np.maximum.at(most, bucket, peak)
    came = np.zeros(len(edges_s) - 1, np.int64)
    np.add.at(came, bucket, entered)
    begins_ns, ends_ns = edges_s[:-1] * NS, edges_s[1:] * NS
    elapsed_ns = np.clip(now_ns - begins_ns, 0, ends_ns - begins_ns)
    # Who is there now may leave at any time: what is to come is not counted.
    total_ns -= levels[-1] * (ends_ns - begins_ns - elapsed_ns)
    most[elapsed_ns == 0] = 0
    return Stays(*pair, came, most, np.maximum(total_ns, 0), elapsed_ns)


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
