"""Local time as people count it: every instant in one bucket, which its wall clock names."""
import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from smartcam_bridge.domain.buckets import buckets_of, UNITS, zone_named

ZONES = ('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Asia/Kathmandu',
         'Australia/Lord_Howe', 'Pacific/Chatham', 'America/Sao_Paulo', 'Africa/Casablanca',
         'Asia/Tehran', 'Pacific/Apia')
HOUR_S, DAY_S = 3600, 86400
SPAN_S = {'minute': HOUR_S, 'quarter': DAY_S, 'hour': 4 * DAY_S, 'day': 40 * DAY_S,
          'week': 100 * DAY_S, 'month': 400 * DAY_S}


def at(text: str, zone: str) -> int:
    """Return Unix seconds of a local time."""
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def of(first: str, last: str, unit: str, zone: str, most: int = 5000):
    """Return buckets between two local times."""
    return buckets_of(at(first, zone), at(last, zone), unit, ZoneInfo(zone), most)


def truncated(moment_s: int, unit: str, zone: str) -> tuple[int, ...]:
    """Return what the wall clock names the bucket of a moment."""
    local = datetime.datetime.fromtimestamp(moment_s, ZoneInfo(zone))
    if unit == 'week':
        return local.date().isocalendar()[:2]
    parts = (local.year, local.month, local.day, local.hour, local.minute)
    if unit == 'quarter':
        return (*parts[:4], parts[4] // 15)
    return parts[:{'month': 2, 'day': 3, 'hour': 4, 'minute': 5}[unit]]


@given(st.sampled_from(UNITS), st.sampled_from(ZONES), st.integers(0, 4_000_000_000),
       st.data())
def test_every_moment_lies_in_the_bucket_that_its_wall_clock_names(
        unit: str, zone: str, from_s: int, data: st.DataObject) -> None:
    to_s = from_s + data.draw(st.integers(1, SPAN_S[unit]))
    found = buckets_of(from_s, to_s, unit, ZoneInfo(zone), 5000)
    assert found.edges[0] <= from_s < found.edges[1]
    assert found.edges[-2] < to_s <= found.edges[-1]
    for begin_s, end_s in pairwise(found.edges):
        assert begin_s < end_s
        for moment_s in (begin_s, (begin_s + end_s) // 2, end_s - 1):
            assert truncated(moment_s, unit, zone) == truncated(begin_s, unit, zone)


@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000))
def test_two_days_that_follow_each_other_have_different_dates(zone: str, from_s: int) -> None:
    found = buckets_of(from_s, from_s + 5 * DAY_S, 'day', ZoneInfo(zone), 100)
    dates = [start.date() for start in found.starts()]
    assert dates == sorted(set(dates))


@pytest.mark.parametrize('zone, day, hours', [
    ('Europe/Berlin', '2026-03-29', 23), ('Europe/Berlin', '2026-10-25', 25),
    ('Europe/Berlin', '2026-07-01', 24), ('America/New_York', '2026-11-01', 25),
    ('Asia/Kolkata', '2026-03-29', 24),
    ('Asia/Kathmandu', '2026-03-29', 24)])
def test_a_day_has_as_many_hours_as_the_clock_shows(zone: str, day: str, hours: int) -> None:
    found = of(f'{day}T00:00', f'{day}T23:59', 'day', zone)
    assert found.edges[1] - found.edges[0] == hours * HOUR_S
    by_hour = of(f'{day}T00:00', f'{day}T23:59', 'hour', zone)
    assert len(by_hour) == hours
    assert {b - a for a, b in pairwise(by_hour.edges)} == {HOUR_S}


def test_an_hour_is_shortened_where_the_clock_skips_half_of_it() -> None:
    found = of('2026-10-04T00:00', '2026-10-04T04:00', 'hour', 'Australia/Lord_Howe')
    assert [f'{start:%H:%M}' for start in found.starts()] == ['00:00', '01:00', '02:30', '03:00']


def test_a_day_that_never_was_is_no_bucket() -> None:
    found = of('2011-12-29T12:00', '2011-12-31T12:00', 'day', 'Pacific/Apia')
    assert [start.day for start in found.starts()] == [29, 31]


def test_a_day_without_a_midnight_begins_with_its_first_hour() -> None:
    found = of('2018-11-04T12:00', '2018-11-04T13:00', 'day', 'America/Sao_Paulo')
    assert [start.isoformat() for start in found.starts()] == ['2018-11-04T01:00:00-02:00']
    assert found.edges[1] - found.edges[0] == 23 * HOUR_S


@pytest.mark.parametrize('unit, first, last, begin', [
    ('hour', '2026-03-30T00:00', '2026-03-31T00:00', '2026-03-29T00:00'),   # 24 and 23 hours
    ('day', '2026-03-30T00:00', '2026-04-06T00:00', '2026-03-23T00:00'),
    ('week', '2026-03-30T00:00', '2026-04-13T00:00', '2026-03-16T00:00'),
    ('month', '2026-01-01T00:00', '2026-03-01T00:00', '2025-11-01T00:00'),
    ('hour', '2026-03-29T12:00', '2026-03-29T18:00', '2026-03-29T06:00'),
    ('quarter', '2026-03-29T03:00', '2026-03-29T04:00', '2026-03-29T01:00')])
def test_the_period_before_is_as_long_by_the_calendar(
        unit: str, first: str, last: str, begin: str) -> None:
    asked = of(first, last, unit, 'Europe/Berlin')
    before = asked.before(5000)
    assert before.edges[-1] == asked.edges[0]
    assert before.local(before.edges[0]).isoformat()[:16] == begin


@pytest.mark.parametrize('from_s, to_s, unit, reason', [
    (100, 100, 'day', 'empty'), (200, 100, 'day', 'empty'), (-1, 100, 'day', 'outside'),
    (0, 10**12, 'month', 'outside'), (0, 10**9, 'minute', 'more than 50 buckets'),
    (0, 51 * 60, 'minute', 'more than 50 buckets')])
def test_a_range_that_cannot_be_is_refused_at_once(
        from_s: int, to_s: int, unit: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        buckets_of(from_s, to_s, unit, ZoneInfo('UTC'), 50)


def test_nothing_is_before_1970() -> None:
    with pytest.raises(ValueError, match='outside 1970'):
        buckets_of(3600, 7200, 'hour', ZoneInfo('UTC'), 50).before(50).before(50)


@pytest.mark.parametrize('name', ['', 'Mars/Olympus', '../etc/passwd', 'Europe', '/etc', 'a\0b'])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match='is no time zone'):
        zone_named(name)


def test_a_zone_is_found_by_its_name() -> None:
    assert zone_named('Asia/Kolkata') == ZoneInfo('Asia/Kolkata')
