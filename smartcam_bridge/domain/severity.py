"""How much an event matters: by its type, or as the settings say."""
from dataclasses import replace
from typing import Iterable

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.setting_rules import severity_rule

BY_TYPE = {
    'tripwire_crossed': Severity.NOTICE, 'dwell_exceeded': Severity.WARNING,
    'camera_offline': Severity.WARNING, 'backup_failed': Severity.WARNING,
    'purge_failed': Severity.WARNING}
"""Where no rule matches; all others are for information."""

_ANY = (None, '*')


class SeverityRules:
    """The rules of a setting, `TYPE[@CAMERA[/SHAPE]]=SEVERITY`; the last that matches counts.

    SHAPE is the name of a zone or tripwire; `*` matches any. Texts that are no rules are left
    out: the settings were checked.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(texts)
        rules = [rule for text in self.texts if (rule := severity_rule(text)) is not None]
        self._rules = [(kind, camera, shape, Severity[word.upper()])
                       for kind, camera, shape, word in reversed(rules)]

    def ranked(self, event: Event) -> Event:
        """Return the event with its severity; one that was raised where it began keeps that."""
        severity = self._matching(event)
        if severity is None:
            severity = max(event.severity, BY_TYPE.get(event.type, Severity.INFO))
        return event if severity == event.severity else replace(event, severity=severity)

    def _matching(self, event: Event) -> Severity | None:
        shape = event.detail.get('zone_name', event.detail.get('tripwire_name'))
        for kind, camera, name, severity in self._rules:
            if (kind in (event.type, '*') and camera in (event.camera, *_ANY)
                    and name in (shape, *_ANY)):
                return severity
        return None
