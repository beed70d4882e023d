"""How much an event matters follows from its type and the rules of the settings."""
from typing import Any

import pytest

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.domain.severity import SeverityRules
from smartcam_bridge.errors import SettingsError
from smartcam_bridge.settings import Settings


def event(kind: str = 'dwell_exceeded', camera: str = 'front', **fields: Any) -> Event:
    """Return an event in a zone."""
    return Event(kind, camera, 1, {'zone': 3, 'zone_name': 'yard'}, **fields)


@pytest.mark.parametrize('rules, expected', [
    ((), Severity.WARNING),
    (('',), Severity.WARNING),
    (('dwell_exceeded=info',), Severity.INFO),
    (('dwell_exceeded@front=alert',), Severity.ALERT),
    (('dwell_exceeded@front/yard=alert',), Severity.ALERT),
    (('dwell_exceeded@*/yard=alert',), Severity.ALERT),
    (('*=notice',), Severity.NOTICE),
    (('*@front/*=notice',), Severity.NOTICE),
    (('dwell_exceeded@rear=alert',), Severity.WARNING),
    (('dwell_exceeded@front/door=alert',), Severity.WARNING),
    (('zone_entered=alert',), Severity.WARNING),
    (('dwell_exceeded@front/yard=alert', '*=info'), Severity.INFO),
    (('*=info', 'dwell_exceeded@front/yard=alert'), Severity.ALERT)])
def test_the_last_rule_that_matches_counts(rules: tuple[str, ...], expected: Severity) -> None:
    assert SeverityRules(rules).ranked(event()).severity is expected


def test_a_tripwire_is_a_shape_too_and_may_be_named_freely() -> None:
    crossed = Event('tripwire_crossed', 'front', 1, {'tripwire_name': 'a/b = c'})
    assert SeverityRules(('tripwire_crossed@front/a/b = c=alert',)).ranked(crossed).severity == 40
    assert SeverityRules(()).ranked(crossed).severity is Severity.NOTICE


def test_what_was_raised_where_it_began_stays_raised_unless_a_rule_says_otherwise() -> None:
    raised = event('track_started', severity=Severity.ALERT)
    assert SeverityRules(()).ranked(raised) is raised
    assert SeverityRules(('track_started=info',)).ranked(raised).severity is Severity.INFO


@pytest.mark.parametrize('text', [
    'dwell_exceeded', 'dwell_exceeded=urgent', '=alert', 'dwell exceeded=alert', 'x@=alert',
    'x@front/=alert', '@front=alert', 'x@front=alert ', 'X=alert'])
def test_what_is_no_rule_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingsError, match='dwell_exceeded@front/yard=alert') as caught:
        Settings.from_values({'severities': ('*=info', text)})
    assert repr(text) in str(caught.value)
