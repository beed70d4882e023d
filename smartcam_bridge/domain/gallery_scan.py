"""How similar rows are to probes, and the best of many, each person once; exact.

Similarities of all rows are float32 and may be off by ERROR. Where that leaves open who is among
the best, or first of them, those are compared once more in float64.
"""
from dataclasses import dataclass

import numpy as np

from smartcam_bridge.domain.gallery_heads import BLOCK_ROWS
from smartcam_bridge.domain.gallery_rows import gather, Held

ERROR = 1e-5        # of a cosine of two float32 unit vectors; seen: below 1e-6 at 512 numbers
_STRIDE = 128       # rows of a group whose maximum is looked at; more groups than needed: slower
_MANY = 6           # probes for which a matrix product is faster
_SLICE = 512        # rows that stay in the cache for the next probe, and start no threads of BLAS
_SMALL = 5000       # rows, up to which BLAS is faster than dots, whatever the machine
_AT_ONCE = 1024     # rows made float64: 4 MB at 512 numbers
_NEVER = -np.inf
_VECDOT = hasattr(np, 'vecdot')     # numpy 2; without it a scan takes half as long again


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
    few, small = len(probes) < _MANY, count <= _SMALL
    size = _SLICE if few and (small or len(probes) > 1) else BLOCK_ROWS
    for begin in range(0, count, size):
        end = min(begin + size, count)
        rows = blocks[begin // BLOCK_ROWS][begin % BLOCK_ROWS:][:end - begin]
        if not few:
            found[:, begin:end] = (rows @ probes.T).T
        else:
            for similarities, probe in zip(found, probes):
                (np.dot if small else dots)(rows, probe, similarities[begin:end])
    return found


def dots(rows: np.ndarray, probe: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return the similarities of rows, float32 (r, d), to one probe, float32 (r,).

    On this thread alone: a matrix product would wait for threads of its own, which on busy cores
    takes longer than all the rest.
    """
    if _VECDOT:
        return np.vecdot(rows, probe, out=out)
    return np.einsum('ij,j->i', rows, probe, out=out)


def dots_of(blocks: tuple[np.ndarray, ...], rows: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """Return the similarities of rows, ascending numbers, to one probe, float32 (r,).

    Through one small buffer: memory for many rows at once would be fresh, and cost more than they.
    """
    found = np.empty(len(rows), np.float32)
    buffer = np.empty((min(len(rows), _SLICE), len(probe)), np.float32)
    ends = np.searchsorted(rows, np.arange(1, len(blocks) + 1) * BLOCK_ROWS).tolist()
    for number, (begin, end) in enumerate(zip([0, *ends], ends)):
        inside = rows[begin:end] - number * BLOCK_ROWS
        for first in range(0, len(inside), _SLICE):
            some = inside[first:first + _SLICE]
            part = buffer[:len(some)]
            np.take(blocks[number], some, axis=0, out=part, mode='clip')    # clip: unbuffered
            dots(part, probe, found[begin + first:begin + first + len(some)])
    return found


def exactly(vectors: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """Return the cosines of unit vectors, float32 (r, d), to a float64 probe, float64 (r,).

    Equal vectors have equal cosines, wherever they stand (a matrix product would not do that).
    """
    found = np.empty(len(vectors))
    for begin in range(0, len(vectors), _AT_ONCE):
        part = vectors[begin:begin + _AT_ONCE].astype(np.float64)
        found[begin:begin + _AT_ONCE] = np.einsum('ij,j->i', part, probe)
    return found


def rank(held: Held, similarities: np.ndarray, probe: np.ndarray, k: int,
         rows: np.ndarray | None = None) -> list[Candidate]:
    """Return the k most similar people, the best first; of equal ones the older template.

    similarities: float32 (n,) of the rows that are named (of all), which this spends. Those of
    people who are settled are taken out where that was not enough, as with people who have very
    many templates.
    """
    wide = probe.astype(np.float64)
    found: list[Candidate] = []
    wanted = 4 * k + 12
    while len(found) < k:
        picked, best, rest = highest(similarities, wanted)
        if not len(picked):
            break
        numbers = picked if rows is None else rows[picked]
        settled = _settle(held, numbers, best.tolist(), wide, rest, k, found)
        if not settled and wanted >= len(similarities):
            break   # nothing that can be compared
        if not settled:
            wanted *= 4
        elif len(found) < k:
            whose = held.people if rows is None else held.people[rows]
            similarities[np.isin(whose, settled)] = _NEVER
    return found


def _settle(held: Held, rows: np.ndarray, similarities: list[float], probe: np.ndarray,
            rest: float, k: int, found: list[Candidate]) -> list[int]:
    """Add people who are surely better than the rest, and return them and whom nobody may be.

    rows: the most similar first, as float32 has it; none that is not named exceeds `rest`.
    """
    people = held.people[rows].tolist()
    chosen, rest = _in_question(people, similarities, k - len(found), rest)
    if _is_clear(people, similarities, chosen, rest, held):
        found += [Candidate(people[at], int(held.template_ids[rows[at]]),
                            min(similarities[at], 1.0)) for at in chosen]
        return [people[at] for at in chosen]
    rows = rows[chosen]
    exact = exactly(gather(held.blocks, rows), probe)
    template_ids = held.template_ids[rows]
    settled: list[int] = []
    for at in np.lexsort((template_ids, -exact)).tolist():
        person_id, similarity = people[chosen[at]], float(exact[at])
        if similarity <= rest + ERROR or len(found) == k:
            break
        if person_id not in settled:
            settled.append(person_id)
            if not is_denied(held, person_id, similarity, probe):
                found.append(Candidate(person_id, int(template_ids[at]), min(similarity, 1.0)))
    return settled


def _in_question(people: list[int], similarities: list[float], k: int,
                 rest: float) -> tuple[list[int], float]:
    """Return which rows may be the best of the first k people, and what no other exceeds."""
    best: dict[int, float] = {}
    chosen, least = [], _NEVER
    for at, (person_id, similarity) in enumerate(zip(people, similarities)):
        if similarity < least:
            return chosen, max(rest, similarity)
        if similarity >= best.setdefault(person_id, similarity) - 2 * ERROR:
            chosen.append(at)
        if len(best) == k and least == _NEVER:
            least = similarity - 2 * ERROR
    return chosen, rest


def _is_clear(people: list[int], similarities: list[float], chosen: list[int], rest: float,
              held: Held) -> bool:
    """Say whether float32 tells all apart that are in question, and nobody of them is denied."""
    below = [similarities[at] for at in chosen[1:]] + [rest]
    return (all(similarities[at] - next_one > 2 * ERROR for at, next_one in zip(chosen, below))
            and not any(people[at] in held.rejected for at in chosen))


def is_denied(held: Held, person_id: int, similarity: float, probe: np.ndarray) -> bool:
    """Say whether the probe is at least as similar to a face that is not theirs."""
    rejected = held.rejected.get(person_id)
    return rejected is not None and exactly(rejected, probe).max() >= similarity


def highest(values: np.ndarray, wanted: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return where about the `wanted` highest values are, they, and what no other exceeds.

    values: float32 (n,); the highest is first. -inf is never among them; where that is what no
    other exceeds, all others are -inf. In a large array only groups are told apart by their
    maxima and a few of them looked into: at a million 10 times faster than argpartition of all.
    """
    groups = len(values) // _STRIDE
    if wanted < groups // 2:
        picked, rest = _highest_of_groups(values, groups, wanted)
    elif wanted < len(values):
        picked = np.argpartition(values, len(values) - wanted)[len(values) - wanted:]
        rest = float(values[picked[0]])
    else:
        picked, rest = np.arange(len(values)), _NEVER
    best = values[picked]
    order = np.argsort(-best)
    picked, best = picked[order], best[order]
    if len(best) and best[-1] == _NEVER:
        known = int(np.searchsorted(-best, np.inf))
        picked, best = picked[:known], best[:known]
    return picked, best, rest


def _highest_of_groups(values: np.ndarray, groups: int, wanted: int) -> tuple[np.ndarray, float]:
    """Group g has the values g, g + groups, g + 2 * groups ...; the last few are in none."""
    maxima = values[:groups * _STRIDE].reshape(_STRIDE, groups).max(axis=0)
    chosen = np.argpartition(maxima, groups - wanted)[groups - wanted:]
    least = maxima[chosen[0]]
    inside = (np.arange(_STRIDE)[:, None] * groups + chosen).ravel()
    picked = np.concatenate([inside, np.arange(groups * _STRIDE, len(values))])
    return picked[values[picked] >= least], float(least)
