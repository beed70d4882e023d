"""docs/api.md says what there is."""
from pathlib import Path
import re

from smartcam_bridge.web.openapi import plain_path
from smartcam_bridge.web.routes import ROUTES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / 'docs' / 'api.md').read_text()


def test_every_route_is_documented_and_no_other():
    known = {plain_path(route) for route in ROUTES}
    table = TEXT.partition('## Routes')[2].partition('### Values')[0]
    named = set(re.findall(r'`(?:[A-Z/]+ )?(/[^ `?]*)', table))
    assert named == known


def test_every_code_is_documented():
    sources = '\n'.join(path.read_text() for path in (ROOT / 'smartcam_bridge/web').rglob('*.py'))
    codes = set(re.findall(r"(?:Problem\(\d{3}, |busy\()'(\w+)'", sources))
    codes |= set(re.findall(r"NotUnderstood\(\w+, '(\w+)'", sources))
    assert len(codes) > 15
    assert {code for code in codes if f'`{code}`' not in TEXT and f'"{code}"' not in TEXT} == set()
