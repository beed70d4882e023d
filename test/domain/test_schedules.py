"""Schedules: weekdays and hours on local clocks, days of 23 and 25 hours included."""
import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from smartcam_bridge.domain.schedules import is_open, MINUTE_NS, parse_schedule, parse_timezone
from smartcam_bridge.domain.times import NS, parse_iso
from smartcam_bridge.errors import ShapeError

WORK = [{'days': ['mon', 'tue', 'wed', 'thu', 'fri'], 'from': '08:00', 'to': '18:00'}]
NIGHT = [{'days': ['fri'], 'from': '22:00', 'to': '06:00'}]
ALL = [{'days': ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], 'from': '00:00',
        'to': '24:00'}]


def opened(schedule, time, timezone='UTC'):
    return is_open(parse_schedule(schedule), timezone, parse_iso(time))


@pytest.mark.parametrize('schedule, time, expected', [
    (WORK, '2026-11-23T08:00:00Z', True),       # a Monday
    (WORK, '2026-11-23T07:59:59.999Z', False), (WORK, '2026-11-23T17:59:59.999Z', True),
    (WORK, '2026-11-23T18:00:00Z', False), (WORK, '2026-11-22T12:00:00Z', False),
    (NIGHT, '2026-11-27T21:59:00Z', False), (NIGHT, '2026-11-27T22:00:00Z', True),
    (NIGHT, '2026-11-28T05:59:00Z', True), (NIGHT, '2026-11-28T06:00:00Z', False),
    (NIGHT, '2026-11-27T03:00:00Z', False),     # Friday's own small hours are Thursday's night
    (WORK + NIGHT, '2026-11-28T01:00:00Z', True), ([], '2026-11-22T12:00:00Z', True)])
def test_hours_of_weekdays(schedule, time, expected):
    assert opened(schedule, time) is expected


@pytest.mark.parametrize('time, expected', [
    ('2026-03-27T07:00:00Z', True),     # 08:00 in winter
    ('2026-03-30T06:00:00Z', True),     # 08:00 in summer, after a day of 23 hours
    ('2026-03-30T16:00:00Z', False), ('2026-10-26T07:00:00Z', True),
    ('2026-10-26T06:59:00Z', False)])   # after one of 25
def test_hours_are_those_of_the_zones_own_clocks(time, expected):
    assert opened(WORK, time, 'Europe/Berlin') is expected


def test_zone_of_half_an_hour():
    assert not opened(WORK, '2026-11-23T02:29:59Z', 'Asia/Kolkata')
    assert opened(WORK, '2026-11-23T02:30:00Z', 'Asia/Kolkata')


@given(st.integers(0, 4_000_000_000), st.sampled_from(
    ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns']))
def test_answer_holds_for_the_whole_minute(second, timezone):
    stamp_ns = second * NS // MINUTE_NS * MINUTE_NS
    for schedule in (WORK, NIGHT):
        windows = parse_schedule(schedule)
        answers = {is_open(windows, timezone, stamp_ns + offset)
                   for offset in (0, NS, MINUTE_NS - 1)}
        local = datetime.datetime.fromtimestamp(stamp_ns // NS, ZoneInfo(timezone))
        clock, day = local.hour, local.weekday()
        expected = (day < 5 and 8 <= clock < 18 if schedule is WORK
                    else day == 4 and clock >= 22 or day == 5 and clock < 6)
        assert answers == {expected}
    assert is_open(parse_schedule(ALL), timezone, stamp_ns)


@pytest.mark.parametrize('window', [
    {}, {'days': [], 'from': '08:00', 'to': '09:00'},
    {'days': ['monday'], 'from': '08:00', 'to': '09:00'},
    {'days': [['mon']], 'from': '08:00', 'to': '09:00'},
    {'days': ['mon'], 'from': '8:00', 'to': '09:00'},
    {'days': ['mon'], 'from': '08:00', 'to': '08:00'},
    {'days': ['mon'], 'from': '08:00', 'to': '24:01'},
    {'days': ['mon'], 'from': '24:00', 'to': '06:00'},
    {'days': ['mon'], 'from': '08:60', 'to': '09:00'},
    {'days': ['mon'], 'from': '٠٨:٠٠', 'to': '09:00'},
    {'days': ['mon'], 'from': 8, 'to': 9},
    {'days': ['mon'], 'from': '08:00', 'to': '09:00', 'name': 'x'}])
def test_bad_window_is_refused_with_its_number(window):
    with pytest.raises(ShapeError, match='schedule: window 2'):
        parse_schedule([WORK[0], window])


def test_schedule_comes_back_as_it_was():
    for schedule in (WORK, NIGHT, ALL):
        assert [window.as_json() for window in parse_schedule(schedule)] == schedule


def test_zone_must_exist():
    assert parse_timezone('Europe/Berlin') == 'Europe/Berlin'
    for name in ('Nowhere', '', 7, None, '/etc/localtime', '..', 'Europe', ['UTC']):
        with pytest.raises(ShapeError, match='timezone'):
            parse_timezone(name)
