"""Any stretch of time as a few stretches of whole rollups: days where they fit, else finer."""
from itertools import groupby
import json
from operator import itemgetter, sub
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


def spans_json(edges: Sequence[int], widths_s: Sequence[int] = WIDTHS_S) -> str:
    """Return the cover of all buckets as JSON: [[bucket, width, begin, end, length], ...].

    A rollup of this width in [begin, end) is of bucket + (its begin - begin) // length: buckets of
    equal length that one width covers are one entry, so a month of hours is one or two.
    """
    spans: list[tuple[int, ...]] = []
    for length_s, alike in groupby(enumerate(map(sub, edges[1:], edges)), itemgetter(1)):
        numbers = [number for number, _ in alike]
        first = numbers[0]
        (width_s, begin_s, _), *more = cover(edges[first], edges[first + 1], widths_s)
        if not more:
            spans.append((first, width_s, begin_s, edges[numbers[-1] + 1], length_s))
        else:
            spans += ((number, *span, length_s) for number in numbers
                      for span in cover(edges[number], edges[number + 1], widths_s))
    return json.dumps(spans)
