"""A faster way through a gallery: look at the dimensions that tell most, then at few whole rows.

The gallery's rows are turned so that most of their energy lies in the first dimensions (principal
components), and those are kept apart: the heads. By Cauchy and Schwarz a cosine is at most that
of the heads plus the product of the lengths of what is left, so whoever stays below the k-th best
need not be read. Exact. It pays only where energy is uneven, which is measured before.
"""
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain.gallery_heads import BLOCK_ROWS, HEAD_SHARE, Heads, STRIP_ROWS
from smartcam_bridge.domain.gallery_rank import Candidate, highest, rank
from smartcam_bridge.domain.gallery_rows import gather, Held
from smartcam_bridge.domain.gallery_scan import dots, dots_of, ERROR, MANY, scan

PLAN_FROM = 5000        # templates; below, a scan of all is as fast
_BATCH_FROM = 40_000    # templates; below, a matrix product of all with many probes is faster
_BATCH_BELOW = 16       # probes; from there on a product is about as fast whatever the size
_SAMPLE = 16384         # rows that the rotation and the share are learned from
_PROBES = 32            # rows whose k-th best tells the share
_BEST = 5
_WORTH = 0.7            # of a scan of all; above, the plan is to scan all
_FETCH = 3.0            # what a row costs that is picked from anywhere, in rows read in order
_TOO_MANY = 0.3       # of all rows as candidates: then a scan of all is faster
_SEEDS = (48, 768)      # rows with the highest bounds, among which k people are looked for


@dataclass(frozen=True, slots=True)
class Plan:
    """How to go through a gallery; made by `GallerySnapshot.learn`, taken by `Gallery.adopt`.

    share: of all rows, what a stranger's probe has to read whole beside the heads, as measured
    (1 where nothing is gained). templates: how many there were. heads: None: scan all.
    template_ids: int64 (n,), whose rows the heads are of.
    """

    templates: int
    share: float
    heads: Heads | None
    template_ids: np.ndarray


def learn(held: Held) -> Plan:
    """Return the plan for a gallery; slow: it reads all rows several times. Any thread."""
    templates = len(held.people) - len(held.gaps)
    dimension = held.blocks[0].shape[1] if held.blocks else 0
    rows = np.flatnonzero(held.people)
    if templates >= PLAN_FROM:
        chosen = np.random.default_rng(templates).permutation(rows)[:_SAMPLE]
        sample = gather(held.blocks, chosen)
        basis = _principal(sample, int(HEAD_SHARE * dimension))
        limits = _limits(held, chosen[:_PROBES], sample[:_PROBES])
        costs = []
        for sixths in (6, 5, 4, 3, 2):
            size = len(basis) * sixths // 6
            found = _share(basis[:size], sample, limits)
            costs.append((size / dimension + _FETCH * found, size, found))
        cost, size, share = min(costs)
        if cost < _WORTH:
            heads = Heads(basis[:size], len(held.people))
            for begin in range(0, len(held.people), STRIP_ROWS):
                end = min(begin + STRIP_ROWS, len(held.people))
                block = held.blocks[begin // BLOCK_ROWS]
                heads.write(begin, block[begin % BLOCK_ROWS:][:end - begin])
            return Plan(templates, share, heads, held.template_ids)
    return Plan(templates, 1.0, None, held.template_ids)


def has_use(held: Held, probes: int) -> bool:
    """Say whether `match_by_heads` is there, and faster for so many probes than a scan."""
    return held.heads is not None and (
        probes < MANY or probes < _BATCH_BELOW and len(held.people) >= _BATCH_FROM)


def match_by_heads(held: Held, probes: np.ndarray, k: int) -> list[list[Candidate]]:
    """Return what `rank` returns of similarities of all rows; exact, with fewer rows read."""
    heads, count = held.heads, len(held.people)
    turned, rests = heads.turn(probes)
    bounds = heads.scan(turned, count)
    if len(held.gaps):
        bounds[:, held.gaps] = -np.inf
    return [_match_one(held, bound, probe, float(rest), k)
            for bound, probe, rest in zip(bounds, probes, rests)]


def _match_one(held: Held, bound: np.ndarray, probe: np.ndarray, rest: float,
               k: int) -> list[Candidate]:
    bound += held.heads.tails[:len(bound)] * np.float32(rest)
    least = _kth(held, bound, probe, k) - 2 * ERROR
    rows = np.flatnonzero(bound >= least)
    if len(rows) > _TOO_MANY * len(bound):
        rows = np.flatnonzero(held.people)
        similarities = scan(held.blocks, len(bound), probe[None])[0, rows]
    else:
        similarities = dots_of(held.blocks, rows, probe)
    return rank(held, similarities[None], probe[None], k, rows)[0]


def _kth(held: Held, bound: np.ndarray, probe: np.ndarray, k: int) -> float:
    """Return a similarity that k people reach; -inf where they were not found."""
    for seeds in _SEEDS:
        picked, = highest(bound[None], seeds + 4 * k)
        rows = picked.places
        similarities = dots(gather(held.blocks, rows), probe, np.empty(len(rows), np.float32))
        found, = rank(held, similarities[None], probe[None], k, rows)
        if 0 < k == len(found):
            return found[-1].similarity
    return -np.inf


def _principal(sample: np.ndarray, size: int) -> np.ndarray:
    """Return the directions with the most energy, the first the most, float32 (size, d)."""
    moments = (sample.T @ sample).astype(np.float64)
    _, directions = np.linalg.eigh(moments)
    return np.ascontiguousarray(directions.T[::-1][:size], np.float32)


def _limits(held: Held, rows: np.ndarray, probes: np.ndarray) -> np.ndarray:
    """Return for rows as probes the similarity of the k-th other person, float64 (m,)."""
    similarities = scan(held.blocks, len(held.people), probes)
    similarities[:, held.gaps] = -np.inf
    limits = []
    for row, all_rows, probe in zip(rows.tolist(), similarities, probes):
        all_rows[held.people == held.people[row]] = -np.inf
        found, = rank(held, all_rows[None], probe[None], _BEST)
        limits.append(found[-1].similarity if len(found) == _BEST else -2.0)
    return np.array(limits)


def _share(basis: np.ndarray, sample: np.ndarray, limits: np.ndarray) -> float:
    """Return the mean share of rows that may reach the limits; all where a scan is faster."""
    heads = Heads(basis, 0)
    turned, rests = heads.turn(sample)
    probes = len(limits)
    bounds = turned[:probes] @ turned.T + np.outer(rests[:probes], rests)
    shares = (bounds >= limits[:, None]).mean(axis=1)
    return float(np.where(shares > _TOO_MANY, 1.0, shares).mean())
