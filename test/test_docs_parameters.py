"""config/bridge.yaml, docs/parameters.md and the tables of settings say the same."""
import importlib.util
from pathlib import Path

import pytest
from smartcam_bridge.companions.embedder.settings import EmbedderSettings
from smartcam_bridge.companions.settings import DemoSettings, VideoSettings
from smartcam_bridge.settings import Settings
from smartcam_bridge.specs import specs_of
import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs' / 'parameters.md'
CONFIG = ROOT / 'config'
REMEDY = 'run `python tools/parameters.py` and commit what it wrote'


@pytest.fixture(scope='module')
def written():
    """Return tools/parameters.py as a module."""
    path = ROOT / 'tools' / 'parameters.py'
    if not path.exists():
        pytest.skip('the tools are not installed with the package')
    spec = importlib.util.spec_from_file_location('tools_parameters', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_yaml_is_up_to_date(written):
    assert (CONFIG / 'bridge.yaml').read_text() == written.parameters_yaml(), REMEDY
    assert (CONFIG / 'face_embedder.yaml').read_text() == written.embedder_yaml(), REMEDY


def test_the_page_is_up_to_date(written):
    assert PAGE.read_text() == written.parameters_page(), REMEDY


@pytest.mark.parametrize('file, name, table', [
    ('bridge', 'smartcam_bridge', Settings), ('face_embedder', 'face_embedder', EmbedderSettings)])
def test_the_yaml_has_every_parameter_at_its_default(file, name, table):
    (key, node), = yaml.safe_load((CONFIG / f'{file}.yaml').read_text()).items()
    values = {name: tuple(value) if isinstance(value, list) else value
              for name, value in node['ros__parameters'].items()}
    assert key == f'/**/{name}'
    assert values == {spec.name: spec.default for spec in specs_of(table)}
    assert {name: type(value) for name, value in values.items()} == {
        spec.name: spec.type for spec in specs_of(table)}


@pytest.mark.parametrize('table', [Settings, DemoSettings, VideoSettings, EmbedderSettings])
def test_the_page_tells_name_range_and_help_of_every_parameter(table):
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith('| `')]
    for spec in specs_of(table):
        assert any(row.startswith(f'| `{spec.name}` |') and spec.allowed in row
                   and spec.help.replace('<', '&lt;') in row for row in rows), spec.name


def test_every_default_is_allowed():
    for table in Settings, DemoSettings, VideoSettings, EmbedderSettings:
        assert not [text for spec in specs_of(table) if (text := spec.problem(spec.default))]


@pytest.mark.parametrize('node, table', [
    ('smartcam_bridge', Settings), ('demo_scene', DemoSettings), ('video_source', VideoSettings)])
def test_the_demo_gives_only_parameters_that_exist_and_are_allowed(node, table):
    demo = yaml.safe_load((CONFIG / 'demo.yaml').read_text())
    specs = {spec.name: spec for spec in specs_of(table)}
    for name, value in demo.get(f'/**/{node}', {}).get('ros__parameters', {}).items():
        value = tuple(value) if isinstance(value, list) else specs[name].widened(value)
        assert specs[name].problem(value) is None


def test_the_demo_records_every_camera_of_the_scene():
    demo = yaml.safe_load((CONFIG / 'demo.yaml').read_text())
    assert demo['/**/smartcam_bridge']['ros__parameters']['cameras'] == (
        demo['/**/demo_scene']['ros__parameters']['cameras'])
