"""What settings must look like beyond type and range, alone and together."""
import math
import re
from typing import Mapping

from smartcam_bridge.specs import Value

_SEVERITY_RULE = re.compile(
    r'(\*|[a-z]+(?:_[a-z]+)*)(?:@(\*|[A-Za-z]\w*)(?:/(.+))?)?=(info|notice|warning|alert)')
MODEL_NAME = r'[A-Za-z0-9][A-Za-z0-9._-]{0,63}'
_THRESHOLD_RULE = re.compile(r'([^=]+)=(.+)')


def contradictions(values: Mapping[str, Value]) -> list[str]:
    """Return what is wrong between `values` that are right by themselves; some may lack."""
    problems = []
    width, height = values.get('frame_width'), values.get('frame_height')
    if None not in (width, height) and (width == 0) != (height == 0):
        problems.append(f'frame_width, frame_height: set both or neither (now {width} x {height})')
    rows, bound = values.get('commit_rows', 0), values.get('queue_max', math.inf)
    if rows > bound:
        problems.append(f'commit_rows: {rows} is more than queue_max ({bound})')
    low, critical = values.get('disk_low_mb', math.inf), values.get('disk_critical_mb', 0)
    if low and critical > low:
        problems.append(f'disk_critical_mb: {critical} is more than disk_low_mb ({low})')
    if text := model_name_problem(values.get('face_model', 'sface')):
        problems.append(f'face_model: {text}')
    problems += [f'face_thresholds: {text!r} is not MODEL=COSINE with a cosine between 0 and 1 '
                 '(like sface=0.363)'
                 for text in values.get('face_thresholds', ())
                 if text and threshold_rule(text) is None]
    names = [name for name in values.get('cameras', ()) if name]
    problems += [f'cameras: {text}' for name in names if (text := camera_name_problem(name))]
    if len(set(names)) != len(names):
        problems.append(f'cameras: a name stands twice in {names}')
    return problems + [
        f'severities: {text!r} is not TYPE[@CAMERA[/SHAPE]]=SEVERITY, where SEVERITY is info, '
        'notice, warning or alert (like dwell_exceeded@front/yard=alert)'
        for text in values.get('severities', ()) if text and severity_rule(text) is None]


def severity_rule(text: str) -> tuple[str, str | None, str | None, str] | None:
    """Return type, camera, shape (None: any) and severity of a rule; None: it is none."""
    match = _SEVERITY_RULE.fullmatch(text)
    return match and match.groups()


def camera_name_problem(name: str) -> str | None:
    """Return why `name` cannot name a camera (and so prefix a ROS topic), or None."""
    ok = (0 < len(name) <= 64 and name.isascii() and not name[0].isdigit() and '__' not in name
          and name.replace('_', 'a').isalnum())
    return None if ok else (f'{name!r} is not a camera name: 1 to 64 letters, digits and single '
                            'underscores, not beginning with a digit')


def model_name_problem(name: str) -> str | None:
    """Return why `name` cannot name a model, or None."""
    return None if re.fullmatch(MODEL_NAME, name) else (
        f'{name!r} is not the name of a face model: 1 to 64 letters, digits, dots, dashes and '
        'underscores, beginning with a letter or digit')


def threshold_rule(text: str) -> tuple[str, float] | None:
    """Return model and threshold of a rule MODEL=COSINE; None where it is none."""
    match = _THRESHOLD_RULE.fullmatch(text)
    if match is None or model_name_problem(match[1]):
        return None
    try:
        value = float(match[2])
    except ValueError:
        return None
    return (match[1], value) if math.isfinite(value) and 0 < value < 1 else None
