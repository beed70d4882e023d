"""Write config/*.yaml of the defaults and docs/parameters.md from the tables of settings.

Run `python tools/parameters.py` after a change of one; test/test_docs_parameters.py compares.
"""
import json
from pathlib import Path
import sys
import textwrap

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from smartcam_bridge.companions.embedder.settings import EmbedderSettings  # noqa: E402
from smartcam_bridge.companions.settings import DemoSettings, VideoSettings  # noqa: E402
from smartcam_bridge.settings import Settings  # noqa: E402
from smartcam_bridge.specs import Spec, specs_of, Value  # noqa: E402

_YAML_HEAD = """\
# Every parameter of the bridge at its default, with what it accepts.
# Copy what you change into a file of your own and give it to launch: params_file:=my.yaml
# "live": `ros2 param set /smartcam_bridge NAME VALUE` changes it while the bridge runs.
/**/smartcam_bridge:
  ros__parameters:
"""
_EMBEDDER_HEAD = """\
# Every parameter of face_embedder at its default, with what it accepts.
# Copy what you change into the file that you give to launch: params_file:=my.yaml
/**/face_embedder:
  ros__parameters:
"""
_PAGE_HEAD = """\
# Parameters

Written by `tools/parameters.py` from the tables in the code; `config/bridge.yaml` has the
bridge's with their defaults, `config/face_embedder.yaml` those of `face_embedder`. A wrong value
ends the node at start, with every problem and what is allowed. *Live* parameters can be changed
while the bridge runs, and are refused with a reason when they are out of range:

    ros2 param set /smartcam_bridge jpeg_quality 70
    ros2 param describe /smartcam_bridge jpeg_quality

No secret is a parameter: tokens are made by the bridge, and the address of a network camera can
name environment variables.
"""
_PAGE_FOOT = """\
## What a companion sent

`truth_path` of `demo_scene` and `report_path` of `video_source` name a file that is written when
the node ends, also by Ctrl-C. It is one JSON object:

| key | what |
|---|---|
| `cameras.<name>.width`, `height` | size of the pictures in pixels |
| `cameras.<name>.frames` | pictures published to at least one subscriber |
| `cameras.<name>.messages` | messages published on each topic of boxes |
| `cameras.<name>.boxes` | boxes in all messages of tracks |
| `cameras.<name>.detected` | the same of detections, which may have faults |
| `cameras.<name>.tracks[].id`, `label` | the tracker's id, the class |
| `cameras.<name>.tracks[].observations`, `first_ns`, `last_ns` | how often and when it was sent |
| `cameras.<name>.tracks[].stamps_ns`, `corners_px` | stamp and box (x1, y1, x2, y2) of each |
| `cameras.<name>.tracks[].object`, `spots_m` | who it is, whatever its id, and where: x, y in m |
| `cameras.<name>.tracks[].person` | whose face it has, whether or not that was ever seen |
| `cameras.<name>.faces[].stamp_ns`, `track` | when a face was sent, the id of its track |
| `cameras.<name>.faces[].id` | what was told of that id: the same, or nothing |
| `cameras.<name>.faces[].person`, `corners`, `quality` | whose; box; size, sharpness, pose |
| `robot.frame`, `stamps_ns`, `poses` | its true pose at each stamp: x, y in m, yaw in rad |

`object`, `spots_m` and `robot` are there where a robot drives (`drives`); `person` and `faces`
where there are faces (`faces`).

The score of a box of `video_source` is the share of its pixels that move. Its label is always
`moving`: it knows that something moves, not what.
"""


def parameters_yaml() -> str:
    """Return config/bridge.yaml."""
    return _yaml(_YAML_HEAD, Settings)


def embedder_yaml() -> str:
    """Return config/face_embedder.yaml."""
    return _yaml(_EMBEDDER_HEAD, EmbedderSettings)


def _yaml(head: str, table: type) -> str:
    lines = [head]
    for spec in specs_of(table):
        note = f'{spec.help} ({spec.allowed}{", live" if spec.live else ""})'
        lines += [f'    # {line}\n' for line in textwrap.wrap(note, 92)]
        lines.append(f'    {spec.name}: {_written(spec.default)}\n')
    return ''.join(lines)


def parameters_page() -> str:
    """Return docs/parameters.md."""
    tables = (('The bridge: `smartcam_bridge`', Settings),
              ('`demo_scene`', DemoSettings),
              ('`video_source`', VideoSettings),
              ('`face_embedder`', EmbedderSettings))
    parts = [_PAGE_HEAD]
    for title, table in tables:
        rows = ''.join(map(_row, specs_of(table)))
        parts.append(f'## {title}\n\n| name | default | accepts | live | what |\n'
                     f'|---|---|---|---|---|\n{rows}')
    return '\n'.join([*parts, _PAGE_FOOT])


def _row(spec: Spec) -> str:
    default = f'`{_written(spec.default)}`'
    cells = (f'`{spec.name}`', default, spec.allowed, 'yes' if spec.live else '', spec.help)
    cells = [cell.replace('|', r'\|').replace('<', '&lt;') for cell in cells]
    return f'| {" | ".join(cells)} |\n'


def _written(value: Value) -> str:
    """Return a value as YAML; JSON is YAML, and never surprises (no, on, 010)."""
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def main() -> None:
    """Write the files."""
    (ROOT / 'config' / 'bridge.yaml').write_text(parameters_yaml(), encoding='utf-8')
    (ROOT / 'config' / 'face_embedder.yaml').write_text(embedder_yaml(), encoding='utf-8')
    (ROOT / 'docs' / 'parameters.md').write_text(parameters_page(), encoding='utf-8')


if __name__ == '__main__':
    main()
