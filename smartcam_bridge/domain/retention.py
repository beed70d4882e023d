"""How long what is kept: the rule of the settings, and what a camera or its labels have of theirs.

A rule is the age from which on something goes. The most particular one counts: of the camera's
label, else of the camera, else of the settings. 0 keeps for ever.
"""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
import json
from typing import Any

from smartcam_bridge.domain.model import Camera
from smartcam_bridge.errors import RetentionError
from smartcam_bridge.settings import Settings, SPECS

_NS = {'h': 3600 * 10 ** 9, 'days': 86400 * 10 ** 9}

RULES = {'observations': 'observations_keep_h', 'tracks': 'tracks_keep_days',
         'events': 'events_keep_days', 'media': 'media_keep_days',
         'rollups': 'rollups_keep_days', 'sightings': 'sightings_keep_days'}
"""What is kept -> the setting that says how long. Visits and crossings go with their track."""

_SPECS = {spec.name: spec for spec in SPECS if spec.name in RULES.values()}
_LABELS_MAX = 200
_TEXT_MAX = 256


@dataclass(frozen=True, slots=True)
class Retention:
    """What one camera has of its own, by the names of the settings; `labels` by label."""

    keep: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def parse_retention(given: Any) -> Retention:
    """Read its JSON form; raise RetentionError with all that is wrong.

    The form is that of docs/api.md: `{"tracks_keep_days": 7, "labels": {"person":
    {"tracks_keep_days": 1}}}`. Observations hold the boxes of all labels, so that they go by
    camera alone.
    """
    if not isinstance(given, dict):
        raise RetentionError(['retention: is not an object'])
    own = {name: value for name, value in given.items() if name != 'labels'}
    labels = given.get('labels', {})
    problems = _problems('retention', own, _SPECS)
    if not isinstance(labels, dict) or len(labels) > _LABELS_MAX:
        raise RetentionError([*problems, f'retention.labels: is not an object of at most '
                                         f'{_LABELS_MAX} labels'])
    by_label = {name: spec for name, spec in _SPECS.items() if name != RULES['observations']}
    for label, rules in labels.items():
        where = f'retention.labels.{label[:64]}'
        if not 0 < len(label) <= _TEXT_MAX:
            problems.append(f'{where}: a label has 1 to {_TEXT_MAX} characters')
        elif not isinstance(rules, dict):
            problems.append(f'{where}: is not an object')
        else:
            problems += _problems(where, rules, by_label)
    if problems:
        raise RetentionError(problems)
    return Retention(own, labels)


def stored_retention(text: str) -> Retention:
    """Read what a camera's row holds; where that cannot be read, it has none of its own."""
    try:
        return parse_retention(json.loads(text))
    except (RetentionError, ValueError):
        return Retention()


class Rules:
    """The rule for everything there is. A camera whose own rules cannot be read has none."""

    def __init__(self, settings: Settings, cameras: Iterable[Camera]) -> None:
        self._settings = settings
        self._own = {camera.id: stored_retention(camera.retention) for camera in cameras}

    def keep_ns(self, kind: str, camera_id: int, label: str = '') -> int | None:
        """Return the age from which on it goes; None: never."""
        name = RULES[kind]
        own = self._own.get(camera_id, Retention())
        value = own.labels.get(label, {}).get(name, own.keep.get(name))
        if value is None:
            value = getattr(self._settings, name)
        return round(value * _NS[name.rsplit('_', 1)[1]]) or None

    def shortest_ns(self, kind: str) -> int | None:
        """Return the shortest of all its rules: nothing younger can go. None: nothing goes."""
        found = [self.keep_ns(kind, camera_id, label) for camera_id, own in self._own.items()
                 for label in ('', *own.labels)]
        return min((ns for ns in (*found, self.keep_ns(kind, 0)) if ns is not None), default=None)


def _problems(where: str, rules: Mapping[str, Any], specs: Mapping[str, Any]) -> list[str]:
    found = []
    for name, value in rules.items():
        if name not in specs:
            found.append(f'{where}: {str(name)[:64]!r} is not one of {", ".join(specs)}')
        elif problem := specs[name].problem(specs[name].widened(value)):
            found.append(f'{where}.{problem}')
    return found
