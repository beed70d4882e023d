"""The best people of many similarities, each once; exact.

Similarities are float32. Where that leaves open who is among the best, or first of them, those are
compared once more in float64.
"""
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from smartcam_bridge.domain.gallery_rows import gather, Held
from smartcam_bridge.domain.gallery_scan import ERROR, exactly

_STRIDE = 128       # rows of a group whose maximum is looked at, at most
_SPREAD = 2         # groups for each row that is wanted; with fewer, too many rows pass
_AT_ONCE = 1 << 20  # similarities looked through together: what is made of them stays small
_APART = 4.0        # more than similarities or their bounds can be apart
_NEVER = -np.inf


class Candidate(NamedTuple):
    """A person, with the template that is most similar to a probe. similarity: the cosine."""

    person_id: int
    template_id: int
    similarity: float


class Picked(NamedTuple):
    """Of one row of values the highest, the highest first, and what no other exceeds."""

    places: np.ndarray
    values: list[float]
    rest: float


def rank(held: Held, similarities: np.ndarray, probes: np.ndarray, k: int,
         rows: np.ndarray | None = None) -> list[list[Candidate]]:
    """Return for each probe the k most similar people, the best first; of equals the older.

    similarities: float32 (m, n) of the rows that are named (of all), which this spends; -inf
    leaves a row out. probes: float32 (m, d).
    """
    found = []
    for number, picked in enumerate(highest(similarities, _wanted(k))):
        own = picked.places if rows is None else rows[picked.places]
        people = held.people[own].tolist()
        clear = _clearly(held, people, picked, k)
        if clear is None:
            found.append(_rank_exactly(held, similarities[number], probes[number], k, rows))
        else:
            found.append([Candidate(people[at], int(held.template_ids[own[at]]),
                                    min(picked.values[at], 1.0)) for at in clear])
    return found


def highest(values: np.ndarray, wanted: int) -> Iterator[Picked]:
    """Yield for each row of values, float32 (m, n), at least the `wanted` highest above -inf.

    Groups are told apart by their maxima: whatever reaches the least of the best groups' maxima
    is taken. At a million 10 times faster than argpartition of all.
    """
    length = values.shape[1]
    stride = min(_STRIDE, length // (_SPREAD * wanted))
    rows = max(1, _AT_ONCE // max(1, length))
    for begin in range(0, len(values), rows):
        part = values[begin:begin + rows]
        rests = [_NEVER] * len(part)
        if stride:
            groups = length // stride   # group g: the values g, g + groups, g + 2 * groups, ...
            maxima = part[:, :groups * stride].reshape(len(part), stride, groups).max(axis=1)
            least = np.partition(maxima, groups - wanted, axis=1)[:, groups - wanted]
            rests = least.tolist()
        if _NEVER in rests:
            flat = np.flatnonzero(part > _NEVER)
        else:
            flat = np.flatnonzero(part >= least[:, None])
        yield from _in_order(part, flat, rests)


def _in_order(values: np.ndarray, flat: np.ndarray, rests: list[float]) -> Iterator[Picked]:
    """Yield what was picked of each row of values, by numbers in all of them."""
    best = values.ravel()[flat]
    if len(values) == 1:
        order = np.argsort(-best)
        yield Picked(flat[order], best[order].tolist(), rests[0])
        return
    of, places = np.divmod(flat, values.shape[1])
    order = np.argsort(of * _APART - best)
    ends = np.bincount(of, minlength=len(values)).cumsum().tolist()
    places, best = places[order], best[order].tolist()
    for begin, end, rest in zip([0, *ends], ends, rests):
        yield Picked(places[begin:end], best[begin:end], rest)


def _wanted(k: int) -> int:
    return 4 * k + 12


def _clearly(held: Held, people: list[int], picked: Picked, k: int) -> list[int] | None:
    """Return where the first k people are, or None where float32 leaves anything open."""
    chosen: list[int] = []
    best: dict[int, float] = {}
    last = np.inf
    for at, (person_id, value) in enumerate(zip(people, picked.values)):
        if person_id in best:
            if value >= best[person_id] - 2 * ERROR:
                return None     # which of their templates?
            continue
        if last - value <= 2 * ERROR:
            return None
        if len(chosen) == k:
            return chosen
        if person_id in held.rejected:
            return None
        best[person_id] = last = value
        chosen.append(at)
    settled = picked.rest == _NEVER or len(chosen) == k and last - picked.rest > 2 * ERROR
    return chosen if settled else None


def _rank_exactly(held: Held, similarities: np.ndarray, probe: np.ndarray, k: int,
                  rows: np.ndarray | None) -> list[Candidate]:
    """Return the k most similar people of one probe, float32 (d,).

    People who are settled are taken out where that was not enough, as with people who have very
    many templates.
    """
    wide = probe.astype(np.float64)
    found: list[Candidate] = []
    wanted = _wanted(k)
    while len(found) < k:
        picked, = highest(similarities[None], wanted)
        if not len(picked.places):
            break
        own = picked.places if rows is None else rows[picked.places]
        settled = _settle(held, own, picked, wide, k, found)
        if not settled and picked.rest == _NEVER:
            break   # nothing that can be compared
        if not settled:
            wanted *= 4
        elif len(found) < k:
            whose = held.people if rows is None else held.people[rows]
            similarities[np.isin(whose, settled)] = _NEVER
    return found


def _settle(held: Held, rows: np.ndarray, picked: Picked, probe: np.ndarray, k: int,
            found: list[Candidate]) -> list[int]:
    """Add people who are surely better than the rest, and return them and whom nobody may be.

    rows: those that were picked, the most similar first.
    """
    people = held.people[rows].tolist()
    chosen, rest = _in_question(people, picked, k - len(found))
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


def _in_question(people: list[int], picked: Picked, k: int) -> tuple[list[int], float]:
    """Return which rows may be the best of the first k people, and what no other exceeds."""
    best: dict[int, float] = {}
    chosen, least = [], _NEVER
    for at, (person_id, similarity) in enumerate(zip(people, picked.values)):
        if similarity < least:
            return chosen, max(picked.rest, similarity)
        if similarity >= best.setdefault(person_id, similarity) - 2 * ERROR:
            chosen.append(at)
        if len(best) == k and least == _NEVER:
            least = similarity - 2 * ERROR
    return chosen, picked.rest


def is_denied(held: Held, person_id: int, similarity: float, probe: np.ndarray) -> bool:
    """Say whether the probe is at least as similar to a face that is not theirs."""
    rejected = held.rejected.get(person_id)
    return rejected is not None and exactly(rejected, probe).max() >= similarity
