"""Pages of events, read along whichever index leaves least to look at."""
from dataclasses import dataclass
from typing import Any, NamedTuple, Sequence

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.store import places
from smartcam_bridge.store.cursors import Fetch, PageQuery, Position
from smartcam_bridge.store.event_rows import COLUMNS, event_of
from smartcam_bridge.store.event_sql import count_some, Frame, page_of, place_after

WINDOWS = (1000, 8000, 48000)   # entries of an index that one request looks at, in turn
FEW = 2000                      # so many are all looked at

_STAMP, _ID = COLUMNS.index('stamp_ns'), COLUMNS.index('id')


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event, whether it is kept for ever, who has seen to it, and whether it has a picture."""

    event: Event
    pinned: bool
    acknowledged: tuple[str, ...]
    has_shot: bool


@dataclass(frozen=True, slots=True)
class EventQuery(PageQuery):
    """Which events, and which page of them. None: any.

    types: any of these, or all types where it is empty. severity: at least. acknowledged: by
    `who`. near: x, y and radius in metres. within: a polygon, in metres. first_seq and last_seq
    are included.
    """

    types: tuple[str, ...] = ()
    severity: Severity | None = None
    shape_id: int | None = None
    track_id: int | None = None
    person_id: int | None = None
    was_person_id: int | None = None
    stranger_id: int | None = None
    pinned: bool | None = None
    acknowledged: bool | None = None
    who: str = ''
    frame: str | None = None
    near: places.Circle | None = None
    within: tuple[places.Point, ...] = ()
    first_seq: int | None = None
    last_seq: int | None = None

    def values(self) -> dict[str, Any]:
        """Return what its conditions are bound to, by the names of the parameters."""
        values = self.given('camera', 'label', 'from_ns', 'to_ns', 'shape_id', 'track_id',
                            'person_id', 'was_person_id', 'stranger_id', 'frame', 'first_seq',
                            'last_seq')
        values |= {f'type_{number}': kind for number, kind in enumerate(self.types)}
        if self.severity is not None:
            values['severity'] = int(self.severity)
        if self.near is not None:
            values |= places.near_values(self.near)
        values |= places.within_values(self.within)
        if self.acknowledged is not None:
            values['who'] = self.who
        return values


class _Way(NamedTuple):
    """One way through the events: an index, with a value each for the begin of its key.

    few: it is not in the order of the page, so it is for few events only.
    """

    index: str
    values: tuple[Any, ...]
    few: bool = False


class _Stretch(NamedTuple):
    """Rows found along one value; `end`: how far was looked (stamp, id), None: all the way."""

    rows: list[tuple]
    end: tuple[int, int] | None


async def read_events(fetch: Fetch, query: EventQuery, position: Position | None,
                      ) -> tuple[list[StoredEvent], Position | None]:
    """Return the events after `position`, and the position to go on from; None: there are none.

    The position is the last place that was looked at, so rows that come and go beside it neither
    hide others nor show them twice.
    """
    place = None if position is None else position[:2]
    way = await _shortest(fetch, query, place)
    stretches = [await _along(fetch, query, way, value, place) for value in way.values]
    sign = -1 if query.order == 'newest' else 1

    def key(place: Sequence[int]) -> tuple[int, int]:
        return place[0] * sign, place[1] * sign

    ends = [stretch.end for stretch in stretches if stretch.end is not None]
    end = min(ends, key=key) if ends else None
    rows = sorted((row for stretch in stretches for row in stretch.rows
                   if end is None or key(_place(row)) <= key(end)),
                  key=lambda row: key(_place(row)))
    if len(rows) > query.limit:
        rows = rows[:query.limit]
        end = _place(rows[-1])
    return [stored_of(row) for row in rows], None if end is None else (*end, 0)


def stored_of(row: Sequence[Any]) -> StoredEvent:
    """Make a StoredEvent of a row of this module's."""
    pinned, names, has_shot = row[len(COLUMNS):]
    return StoredEvent(event_of(row), bool(pinned), tuple(sorted(names.split('\n')))
                       if names else (), bool(has_shot))


async def _shortest(fetch: Fetch, query: EventQuery, place: tuple[int, int] | None) -> _Way:
    """Return the way with the fewest events, as far as counting a few tells."""
    ways = _ways(query)
    if len(ways) == 1:
        return ways[0]
    steps = [(way, value) for way in ways for value in way.values]
    built = count_some(tuple(way.index for way, _ in steps), *_frame_of(query, place))
    keys = {f'key_{number}': value for number, (_, value) in enumerate(steps)}
    found, = await fetch(built.sql, built.bound(
        **query.values(), **_bounds(place), **keys, rows=FEW))
    counts = dict.fromkeys(ways, 0)
    for (way, _), count in zip(steps, found):
        counts[way] += count
    few = min(counts, key=counts.__getitem__)
    return few if counts[few] < FEW else next(way for way in ways if not way.few)


def _ways(query: EventQuery) -> list[_Way]:
    """Return the ways that conditions of the query open, those that skip most quickly first."""
    ways = []
    if query.types:
        ways.append(_Way('type', query.types))
    if query.severity is not None and query.severity > Severity.INFO:
        ways.append(_Way('severity', tuple(
            int(one) for one in Severity if one >= query.severity)))
    if query.camera is not None:
        ways.append(_Way('camera', (query.camera,)))
    if query.label is not None:
        ways.append(_Way('label', (query.label,)))
    if query.shape_id is not None:
        ways.append(_Way('shape', (query.shape_id,)))
    if query.person_id is not None:
        ways.append(_Way('person', (query.person_id,)))
    if query.was_person_id is not None:
        ways.append(_Way('was', (query.was_person_id,)))
    if query.stranger_id is not None:
        ways.append(_Way('stranger', (query.stranger_id,)))
    if query.pinned:
        ways.append(_Way('pinned', (True,)))
    if query.track_id is not None:
        ways.append(_Way('track', (query.track_id,), few=True))
    if query.near is not None and query.frame is not None:
        ways.append(_Way('place', (query.frame,), few=True))
    if query.first_seq is not None and query.last_seq is not None:
        ways.append(_Way('seq', (query.first_seq,), few=True))
    if all(way.few for way in ways):
        ways.append(_Way('stamp', (None,)))
    return ways


async def _along(fetch: Fetch, query: EventQuery, way: _Way, value: Any,
                 place: tuple[int, int] | None) -> _Stretch:
    """Read along one value of a way, until the page is full or enough was looked at."""
    rows: list[tuple] = []
    wanted = query.limit + 1
    for window in (0,) if way.few else WINDOWS:
        values = query.values() | _bounds(place) | {'key': value}
        end = None
        if window:
            window = max(window // len(way.values), WINDOWS[0])
            built = place_after(way.index, *_frame_of(query, place))
            found = await fetch(built.sql, built.bound(**values, skipped=window - 1))
            end = found[0] if found else None
        built = page_of(way.index, way.few, *_frame_of(query, place), end is not None,
                        len(query.types), query.pinned, query.acknowledged, len(query.within),
                        _given(query))
        if end is not None:
            values |= {'end_ns': end[0], 'end_id': end[1]}
        rows += await fetch(built.sql, built.bound(**values, rows=wanted - len(rows)))
        if len(rows) == wanted:
            return _Stretch(rows, _place(rows[-1]))
        if end is None:
            return _Stretch(rows, None)
        place = end
    return _Stretch(rows, place)


def _place(row: Sequence[Any]) -> tuple[int, int]:
    return row[_STAMP], row[_ID]


def _bounds(place: tuple[int, int] | None) -> dict[str, int]:
    return {} if place is None else {'after_ns': place[0], 'after_id': place[1]}


def _frame_of(query: EventQuery, place: tuple[int, int] | None) -> Frame:
    return (query.order == 'newest', place is not None, query.from_ns is not None,
            query.to_ns is not None)


def _given(query: EventQuery) -> tuple[str, ...]:
    given = query.given('camera', 'label', 'severity', 'shape_id', 'track_id', 'person_id',
                        'was_person_id', 'stranger_id', 'frame', 'near', 'first_seq', 'last_seq')
    return tuple(given)
