"""What decides over faces: of the settings, and of each camera whether and when."""
from dataclasses import dataclass
from functools import lru_cache
import json
from typing import Any

from smartcam_bridge.domain.face_models import FaceModel, find_model
from smartcam_bridge.domain.model import Camera
from smartcam_bridge.domain.schedules import is_open, parse_schedule, parse_timezone, Window
from smartcam_bridge.domain.times import NS
from smartcam_bridge.errors import RecognitionError, ShapeError
from smartcam_bridge.settings import Settings

_HOUR_NS = 3600 * NS


@dataclass(frozen=True, slots=True)
class Hours:
    """Whether and when a camera's faces are recognised. schedule empty: always."""

    enabled: bool = True
    schedule: tuple[Window, ...] = ()
    timezone: str = 'UTC'

    def as_json(self) -> dict[str, Any]:
        """Return what `parse_recognition` reads, with all that was left out."""
        return {'enabled': self.enabled, 'timezone': self.timezone,
                'schedule': [window.as_json() for window in self.schedule]}


@dataclass(frozen=True, slots=True)
class FaceRules:
    """The rules of all cameras' faces. One object for as long as they stay the same."""

    enabled: bool = True
    margin: float = 0.05
    min_probes: int = 3
    min_px: float = 32
    min_quality: float = 0.2
    pair_wait_s: float = 2.0
    stranger_window_ns: int = 12 * _HOUR_NS
    model: str = 'sface'        # of cameras that do not say
    thresholds: tuple[str, ...] = ()

    def is_on(self, camera: Camera, stamp_ns: int) -> bool:
        """Say whether faces that a camera saw at this instant may be recognised."""
        if not self.enabled:
            return False
        hours = stored_recognition(camera.recognition)
        return hours.enabled and is_open(hours.schedule, hours.timezone, stamp_ns)

    def model_of(self, camera: Camera) -> FaceModel | None:
        """Return who makes a camera's embeddings; None: its threshold is not known."""
        return find_model(camera.face_model or self.model, self.thresholds)


def face_rules(settings: Settings) -> FaceRules:
    """Take the rules from the settings."""
    return FaceRules(
        settings.recognition, settings.face_margin, settings.face_min_probes,
        settings.face_min_px, settings.face_min_quality, settings.face_pair_wait_s,
        int(settings.stranger_window_h * _HOUR_NS), settings.face_model,
        settings.face_thresholds)


def parse_recognition(given: Any) -> Hours:
    """Read a camera's rules from their JSON form; raise RecognitionError with all that is wrong.

    The form is `{"enabled": true, "schedule": [...], "timezone": "Europe/Berlin"}`, each may lack;
    a schedule is as that of a zone.
    """
    if not isinstance(given, dict):
        raise RecognitionError(['recognition: is not an object'])
    values, problems = {}, []
    for name, value in given.items():
        try:
            values[name] = _PARSERS[name](value)
        except KeyError:
            problems.append(f'recognition.{name[:64]}: is not one of {", ".join(_PARSERS)}')
        except ShapeError as error:
            problems.append(f'recognition.{error.where}: {error.reason}')
    if problems:
        raise RecognitionError(problems)
    return Hours(**values)


@lru_cache(maxsize=256)
def stored_recognition(text: str) -> Hours:
    """Read what a camera's row holds; where that cannot be read, nobody is recognised."""
    try:
        return parse_recognition(json.loads(text))
    except (RecognitionError, ValueError):
        return Hours(enabled=False)


def _enabled(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ShapeError('enabled', 'is not true or false')
    return value


_PARSERS = {'enabled': _enabled, 'schedule': parse_schedule, 'timezone': parse_timezone}
