"""Any stretch of time as a few stretches of whole rollups: days where they fit, else finer."""
import json
from typing import Iterator, Sequence

WIDTHS_S = (86400, 3600, 900, 60)
"""Every rollup is kept for each of these. A quarter of an hour divides every zone's offset, so
that a day of half-hour zones does not cost its minutes."""


def cover(begin_s: int, end_s: int, widths_s: Sequence[int] = WIDTHS_S,
          ) -> Iterator[tuple[int, int, int]]:
    """Yield (width, begin, end) of as few rollups as possible, in order.

    Both ends must be multiples of the last width.
    """
    if begin_s >= end_s:
        return
    width_s, *finer = widths_s
    first_s, last_s = -(-begin_s // width_s) * width_s, end_s // width_s * width_s
    if first_s >= last_s:
        yield from cover(begin_s, end_s, finer)
        return
    yield from cover(begin_s, first_s, finer)
    yield width_s, first_s, last_s
    yield from cover(last_s, end_s, finer)


def spans_of(edges: Sequence[int], widths_s: Sequence[int] = WIDTHS_S,
             ) -> Iterator[tuple[int, int, int, int]]:
    """Yield the cover of each bucket: (bucket, width, begin, end)."""
    for bucket, (begin_s, end_s) in enumerate(zip(edges, edges[1:])):
        for span in cover(begin_s, end_s, widths_s):
            yield bucket, *span


def spans_json(edges: Sequence[int], widths_s: Sequence[int] = WIDTHS_S) -> str:
    """Return the same as JSON: [[bucket, width, begin, end], ...]."""
    return json.dumps(list(spans_of(edges, widths_s)))


def joined_spans_json(edges: Sequence[int]) -> str:
    """Return the same without telling buckets apart, neighbours joined: few, however many."""
    joined: list[list[int]] = []
    for _, width_s, first_s, last_s in spans_of(edges):
        if joined and joined[-1][1] == width_s:
            joined[-1][3] = last_s
        else:
            joined.append([0, width_s, first_s, last_s])
    return json.dumps(joined)
