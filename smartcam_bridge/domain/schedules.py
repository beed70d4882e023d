"""When a shape counts: weekdays and hours on the wall clocks of an IANA zone."""
from dataclasses import dataclass
import datetime
from typing import Any
import zoneinfo

from smartcam_bridge.domain.times import NS
from smartcam_bridge.errors import ShapeError

DAYS = ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')
MINUTE_NS = 60 * NS
_DAY_MIN = 24 * 60
_WINDOWS_MAX = 64


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of some weekdays; one that ends before it begins goes on into the next day.

    days: 0 is Monday. begin_min, end_min: minutes since midnight; the end is not included.
    """

    days: tuple[int, ...]
    begin_min: int
    end_min: int

    def includes(self, weekday: int, minute: int) -> bool:
        """Say whether this minute of this weekday is within."""
        if self.begin_min < self.end_min:
            return weekday in self.days and self.begin_min <= minute < self.end_min
        return (weekday in self.days and minute >= self.begin_min
                or (weekday - 1) % 7 in self.days and minute < self.end_min)

    def as_json(self) -> dict[str, Any]:
        """Return the JSON form of docs/api.md."""
        return {'days': [DAYS[day] for day in self.days], 'from': _clock(self.begin_min),
                'to': _clock(self.end_min)}


def is_open(schedule: tuple[Window, ...], timezone: str, stamp_ns: int) -> bool:
    """Say whether a schedule counts at an instant; an empty one always does.

    The answer holds for the whole minute of UTC: no zone in use today changes within one.
    """
    if not schedule:
        return True
    local = datetime.datetime.fromtimestamp(stamp_ns // NS, zoneinfo.ZoneInfo(timezone))
    minute = local.hour * 60 + local.minute
    return any(window.includes(local.weekday(), minute) for window in schedule)


def parse_schedule(value: Any) -> tuple[Window, ...]:
    """Read the JSON form; raise ShapeError with the reason."""
    if not isinstance(value, list) or len(value) > _WINDOWS_MAX:
        raise ShapeError('schedule', f'is not a list of at most {_WINDOWS_MAX} windows')
    return tuple(_parse_window(window, f'window {number}: ')
                 for number, window in enumerate(value, 1))


def parse_timezone(value: Any) -> str:
    """Return the name of a zone that there is; raise ShapeError."""
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, TypeError, AttributeError, OSError):
        raise ShapeError('timezone', f'{value!r:.80} is not the name of a time zone, '
                         "like 'Europe/Berlin' or 'UTC'") from None
    return value


def _parse_window(value: Any, which: str) -> Window:
    if not isinstance(value, dict) or set(value) != {'days', 'from', 'to'}:
        raise ShapeError('schedule', f'{which}is not an object of days, from and to')
    days = value['days']
    if not isinstance(days, list) or not days or any(day not in DAYS for day in days):
        raise ShapeError('schedule', f'{which}days is not a list of {", ".join(DAYS)}')
    begin_min, end_min = _minutes(value['from'], which), _minutes(value['to'], which)
    if begin_min == end_min or begin_min == _DAY_MIN or end_min == 0:
        raise ShapeError('schedule', f'{which}it holds no time; a whole day is 00:00 to 24:00')
    return Window(tuple(sorted({DAYS.index(day) for day in days})), begin_min, end_min)


def _minutes(value: Any, which: str) -> int:
    parts = value.split(':') if isinstance(value, str) and value.isascii() else []
    if len(parts) == 2 and all(len(part) == 2 and part.isdigit() for part in parts):
        hour, minute = map(int, parts)
        if minute < 60 and hour * 60 + minute <= _DAY_MIN:
            return hour * 60 + minute
    raise ShapeError('schedule', f"{which}{value!r:.40} is not a time of day like '08:30'")


def _clock(minutes: int) -> str:
    return f'{minutes // 60:02d}:{minutes % 60:02d}'
