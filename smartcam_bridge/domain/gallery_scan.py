"""How similar rows are to probes, and the best of many, each person once; exact.

Similarities of all rows are float32 and may be off by ERROR. Whoever can be among the best is
compared once more in float64, so what comes out does not depend on how rows were scanned.
"""
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain.gallery_rows import BLOCK_ROWS, gather, Held

ERROR = 1e-5        # of a cosine of two float32 unit vectors; seen: below 1e-6 at 512 numbers
_STRIDE = 128       # rows of a group whose maximum is looked at; more groups than needed: slower
_NEVER = -np.inf


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person, with the template that is most similar to a probe. similarity: the cosine."""

    person_id: int
    template_id: int
    similarity: float


def scan(blocks: tuple[np.ndarray, ...], count: int, probes: np.ndarray) -> np.ndarray:
    """Return the similarities of the first rows to probes, float32 (m, count).

    probes: float32 (m, d). Reads every row once; takes 4 * m * count bytes.
    """
    found = np.empty((len(probes), count), np.float32)
    for begin in range(0, count, BLOCK_ROWS):
        end = min(begin + BLOCK_ROWS, count)
        rows = blocks[begin // BLOCK_ROWS][:end - begin]
        if len(probes) == 1:
            np.dot(rows, probes[0], out=found[0, begin:end])
        else:
            np.matmul(probes, rows.T, out=found[:, begin:end])
    return found


def exactly(vectors: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """Return the cosines of unit vectors, float32 (r, d), to a float64 probe, float64 (r,).

    Equal vectors have equal cosines, wherever they stand (a matrix product would not do that).
    """
    found = np.empty(len(vectors))
    for begin in range(0, len(vectors), BLOCK_ROWS):
        part = vectors[begin:begin + BLOCK_ROWS].astype(np.float64)
        found[begin:begin + BLOCK_ROWS] = np.einsum('ij,j->i', part, probe)
    return found


def rank(held: Held, similarities: np.ndarray, probe: np.ndarray, k: int,
         rows: np.ndarray | None = None) -> list[Candidate]:
    """Return the k most similar people, the best first; of equal ones the older template.

    similarities: float32 (n,) of the rows that are named (of all), which this spends. Those of
    one person who is found are taken out, so a person with many templates costs one more turn.
    """
    wide = probe.astype(np.float64)
    found: list[Candidate] = []
    wanted, rest = 3 * k + 5, 0.0
    while len(found) < k and rest != _NEVER:
        picked, rest = highest(similarities, wanted)
        numbers = picked if rows is None else rows[picked]
        settled = _settle(held, numbers, wide, rest, k, found)
        if settled and len(found) < k:
            whose = held.people if rows is None else held.people[rows]
            similarities[np.isin(whose, settled)] = _NEVER
        elif not settled:
            wanted *= 4
    return found


def _settle(held: Held, rows: np.ndarray, probe: np.ndarray, rest: float, k: int,
            found: list[Candidate]) -> list[int]:
    """Add people who are surely better than the rest, and return them and whom nobody may be."""
    exact = exactly(gather(held.blocks, rows), probe)
    template_ids = held.template_ids[rows]
    order = np.lexsort((template_ids, -exact))
    settled: list[int] = []
    for person_id, template_id, similarity in zip(
            held.people[rows[order]].tolist(), template_ids[order].tolist(),
            exact[order].tolist()):
        if similarity <= rest + ERROR or len(found) == k:
            break
        if person_id not in settled:
            settled.append(person_id)
            if not is_denied(held, person_id, similarity, probe):
                found.append(Candidate(person_id, template_id, min(similarity, 1.0)))
    return settled


def is_denied(held: Held, person_id: int, similarity: float, probe: np.ndarray) -> bool:
    """Say whether the probe is at least as similar to a face that is not theirs."""
    rejected = held.rejected.get(person_id)
    return rejected is not None and exactly(rejected, probe).max() >= similarity


def highest(values: np.ndarray, wanted: int) -> tuple[np.ndarray, float]:
    """Return where the highest values are, some `wanted` of them, and what no other exceeds.

    values: float32 (n,). -inf: is never among them; if that is what no other exceeds, the
    others are all -inf. Maxima of groups of rows are what is sorted: at a million 10 times
    faster than argpartition of all.
    """
    groups = len(values) // _STRIDE
    if wanted < groups // 2:
        return _highest_of_groups(values, groups, wanted)
    if wanted >= len(values):
        return np.flatnonzero(values > _NEVER), _NEVER
    picked = np.argpartition(values, len(values) - wanted)[len(values) - wanted:]
    best = values[picked]
    return picked[best > _NEVER], float(best[0])


def _highest_of_groups(values: np.ndarray, groups: int, wanted: int) -> tuple[np.ndarray, float]:
    """Group g has the values g, g + groups, g + 2 * groups ...; the last few are in none."""
    grouped = values[:groups * _STRIDE].reshape(_STRIDE, groups)
    maxima = grouped.max(axis=0)
    chosen = np.argpartition(maxima, groups - wanted)[groups - wanted:]
    least = maxima[chosen[0]]
    inside = (np.arange(_STRIDE)[:, None] * groups + chosen).ravel()
    picked = np.concatenate([inside, np.arange(groups * _STRIDE, len(values))])
    best = values[picked]
    return picked[(best >= least) & (best > _NEVER)], float(least)
