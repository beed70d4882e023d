"""ISO-8601 outside, nanoseconds inside, and no time zone guessed."""
from hypothesis import given
from hypothesis import strategies as st
import pytest

from smartcam_bridge.domain.times import iso, MAX_NS, parse_iso


@given(st.integers(0, MAX_NS))
def test_every_nanosecond_survives(stamp_ns):
    assert parse_iso(iso(stamp_ns)) == stamp_ns


@pytest.mark.parametrize('text, stamp_ns', [
    ('1970-01-01T00:00:00Z', 0), ('1970-01-01T01:00:00.5+01:00', 500_000_000),
    ('1970-01-01 00:00:01.000000001-0000', 1_000_000_001)])
def test_zones_and_fractions_are_read(text, stamp_ns):
    assert parse_iso(text) == stamp_ns


@pytest.mark.parametrize('text', [
    '2026-01-01T00:00:00', '2026-01-01', 'now', '', '2026-13-01T00:00:00Z',
    '2026-01-01T00:00:00.1234567890Z'])
def test_what_is_no_time_with_a_zone_is_refused(text):
    with pytest.raises(ValueError):
        parse_iso(text)
