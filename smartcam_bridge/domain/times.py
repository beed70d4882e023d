"""UTC integer nanoseconds inside, ISO-8601 outside."""
import datetime
import re

NS = 1_000_000_000
_ISO = re.compile(
    r'(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:?\d\d)')
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MAX_NS = 253_402_300_799 * NS + NS - 1  # 9999-12-31T23:59:59.999999999Z


def iso(stamp_ns: int) -> str:
    """Write nanoseconds since the epoch as ISO-8601 in UTC with nine digits, exactly."""
    seconds, nanos = divmod(min(max(stamp_ns, 0), MAX_NS), NS)
    moment = _EPOCH + datetime.timedelta(seconds=seconds)
    return f'{moment:%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z'


def parse_iso(text: str) -> int:
    """Read ISO-8601 with a zone as nanoseconds; raise ValueError that says what is missing."""
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is not an ISO-8601 time with a zone, '
                         "like '2026-01-31T12:00:00Z' or '2026-01-31T13:00:00+01:00'")
    day, clock, fraction, zone = match.groups()
    zone = '+00:00' if zone in 'Zz' else zone if ':' in zone else f'{zone[:3]}:{zone[3:]}'
    moment = datetime.datetime.fromisoformat(f'{day}T{clock}{zone}')
    span = moment - _EPOCH
    return (span.days * 86400 + span.seconds) * NS + int((fraction or '').ljust(9, '0'))
