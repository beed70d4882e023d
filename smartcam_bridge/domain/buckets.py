"""Stretches of local time: minutes to months in any IANA zone, however long a day is."""
from dataclasses import dataclass
import datetime
from typing import Iterator
from zoneinfo import ZoneInfo

UNITS = ('minute', 'quarter', 'hour', 'day', 'week', 'month')

_SIZE_S = {'minute': 60, 'quarter': 900, 'hour': 3600}
_SHORTEST_S = {**_SIZE_S, 'day': 82_800, 'week': 601_200, 'month': 2_415_600}
_DAY_S = 86400
_LAST_S = 253_000_000_000   # in 9987: no walk meets the end of Python's calendar
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Buckets without gaps: number i is [edges[i], edges[i + 1]), in whole minutes of Unix time.

    A day begins when its midnight is first reached, an hour whenever the clock shows a full one
    or skips into another; so an hour that the clock shows twice is two buckets.
    """

    unit: str
    zone: ZoneInfo
    edges: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.edges) - 1

    def starts(self) -> list[datetime.datetime]:
        """Return when each begins, in local time."""
        return [self.local(edge) for edge in self.edges[:-1]]

    def local(self, moment_s: int) -> datetime.datetime:
        """Return a moment in local time."""
        return datetime.datetime.fromtimestamp(moment_s, self.zone)

    def begin_before(self) -> int:
        """Return when the period begins that ends with this one's begin, and is as long.

        By the calendar: of days, weeks and months as many; of hours and less as many days where
        this one begins and ends with a day, else as many seconds.
        """
        begin_s, end_s = self.edges[0], self.edges[-1]
        first = self.local(begin_s).date()
        if self.unit == 'month':
            months = first.year * 12 + first.month - 1 - len(self)
            return _midnight(datetime.date(months // 12, months % 12 + 1, 1), self.zone)
        if self.unit == 'week':
            return _midnight(first - 7 * len(self) * _DAY, self.zone)
        last = self.local(end_s).date()
        if (_midnight(first, self.zone), _midnight(last, self.zone)) != (begin_s, end_s):
            return 2 * begin_s - end_s
        return _midnight(first - (last - first), self.zone)

    def before(self, most: int) -> 'Buckets':
        """Return the buckets of the period before; raise ValueError where that is before 1970."""
        return buckets_of(self.begin_before(), self.edges[0], self.unit, self.zone, most)


def span_of(from_s: int, to_s: int, zone: ZoneInfo) -> Buckets:
    """Return [from_s, to_s) as one bucket of whole minutes; raise ValueError as `buckets_of`."""
    _check(from_s, to_s)
    return Buckets('minute', zone, (from_s - from_s % 60, to_s + -to_s % 60))


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone; raise ValueError where there is none of this name."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError(f'{name!r} is no time zone that is known here, '
                         "like 'Europe/Berlin' or 'UTC'") from error


def buckets_of(from_s: int, to_s: int, unit: str, zone: ZoneInfo, most: int) -> Buckets:
    """Return the buckets that hold any of [from_s, to_s): whole ones, so they may reach beyond.

    Raises ValueError where that is empty, outside 1970 to 9987, or more than `most` buckets.
    """
    _check(from_s, to_s)
    if (to_s - from_s) // _SHORTEST_S[unit] <= most + 1:
        edges = sorted({edge - edge % 60    # offsets of seconds ended in 1972
                        for edge in _edges(from_s, to_s, unit, zone)})
        begin_s = max(edge for edge in edges if edge <= from_s)
        end_s = min(edge for edge in edges if edge >= to_s)
        edges = [edge for edge in edges if begin_s <= edge <= end_s]
        if len(edges) - 1 <= most:
            return Buckets(unit, zone, tuple(edges))
    raise ValueError(f'the range has more than {most} buckets of one {unit}: '
                     'take longer buckets or a shorter range')


def _check(from_s: int, to_s: int) -> None:
    if not from_s < to_s:
        raise ValueError('the range is empty: `to` must be after `from`')
    if from_s < 0 or to_s > _LAST_S:
        raise ValueError('the range is outside 1970 to 9987')


def _edges(from_s: int, to_s: int, unit: str, zone: ZoneInfo) -> Iterator[int]:
    """Yield edges from one at or before `from_s` to one at or after `to_s`."""
    if unit in _SIZE_S:
        around_s = 4 * _SIZE_S[unit] + 7200
        return _clock_edges(from_s - around_s, to_s + around_s, _SIZE_S[unit], zone)
    return _calendar_edges(from_s, to_s, unit, zone)


def _calendar_edges(from_s: int, to_s: int, unit: str, zone: ZoneInfo) -> Iterator[int]:
    day = datetime.datetime.fromtimestamp(from_s, zone).date() - _DAY
    if unit == 'week':
        day -= day.weekday() * _DAY
    elif unit == 'month':
        day = day.replace(day=1)
    edge_s = -1
    while edge_s < to_s:
        edge_s = _midnight(day, zone)
        yield edge_s
        if unit == 'month':
            day = (day.replace(day=28) + 4 * _DAY).replace(day=1)
        else:
            day += 7 * _DAY if unit == 'week' else _DAY


def _clock_edges(from_s: int, to_s: int, size_s: int, zone: ZoneInfo) -> Iterator[int]:
    """Yield when the local clock shows a multiple of `size_s`, or skips past one."""
    begin_s, shown = from_s, None
    while begin_s < to_s:
        offset_s = _offset_s(begin_s, zone)
        end_s = _offset_ends(begin_s, to_s, zone)
        first_s = begin_s + -(begin_s + offset_s) % size_s
        if shown is not None and first_s != begin_s and (begin_s + offset_s) // size_s != shown:
            yield begin_s
        yield from range(first_s, end_s, size_s)
        begin_s, shown = end_s, (end_s - 1 + offset_s) // size_s


def _offset_ends(begin_s: int, to_s: int, zone: ZoneInfo) -> int:
    """Return when the offset from UTC changes next, or `to_s`."""
    offset_s = _offset_s(begin_s, zone)
    same_s = begin_s
    while _offset_s(other_s := min(same_s + _DAY_S, to_s), zone) == offset_s:
        if other_s == to_s:
            return to_s
        same_s = other_s
    while other_s - same_s > 1:
        middle_s = (same_s + other_s) // 2
        if _offset_s(middle_s, zone) == offset_s:
            same_s = middle_s
        else:
            other_s = middle_s
    return other_s


def _offset_s(moment_s: int, zone: ZoneInfo) -> int:
    local = datetime.datetime.fromtimestamp(moment_s, zone)
    return int(local.utcoffset().total_seconds())


def _midnight(day: datetime.date, zone: ZoneInfo) -> int:
    """Return the first moment of a local day; of one that was skipped, that of the next."""
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
