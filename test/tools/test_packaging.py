"""What package.xml promises, and that everything the package needs at run time is installed."""

import ast
from pathlib import Path
import subprocess
import sys
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ElementTree.parse(ROOT / 'package.xml').getroot()
# Imported name -> rosdep key, where they differ. None: optional, because it has no key.
KEYS = {'aiohttp': 'python3-aiohttp', 'alembic': 'python3-alembic', 'cv2': 'python3-opencv',
        'numpy': 'python3-numpy', 'sqlalchemy': 'python3-sqlalchemy', 'yaml': 'python3-yaml',
        'aiosqlite': None, 'dlib': None, 'onnxruntime': None, 'orjson': None, 'tf2_ros': None}


def test_the_manifest_is_valid_for_catkin_and_ament_python():
    catkin = pytest.importorskip('catkin_pkg.package')
    package = catkin.parse_package(str(ROOT), warnings=(warnings := []))
    assert not warnings
    assert package.get_build_type() == 'ament_python'


def test_every_third_party_import_has_its_dependency():
    declared = {element.text for element in MANIFEST if element.tag.endswith('depend')}
    imported = set()
    for file in [*ROOT.glob('smartcam_bridge/**/*.py'), *ROOT.glob('launch/*.py')]:
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split('.')[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module.split('.')[0])
    foreign = imported - sys.stdlib_module_names - {'smartcam_bridge'}
    needed = {KEYS.get(name, name) for name in foreign} - {None}
    assert needed <= declared


def test_versions_agree():
    version = MANIFEST.findtext('version')
    assert f"version='{version}'" in (ROOT / 'setup.py').read_text()


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """Install the package as colcon does and return the names of all files."""
    pytest.importorskip('setuptools')
    tree = tmp_path_factory.mktemp('installed')
    command = [sys.executable, 'setup.py', '--quiet', 'egg_info', '--egg-base', tree,
               'build', '--build-base', tree / 'build',
               'install', '--prefix', tree,
               '--single-version-externally-managed', '--record', tree / 'record']
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return [line for line in (tree / 'record').read_text().splitlines()
            if not line.endswith('.pyc')]


@pytest.mark.parametrize('folder', ['config', 'launch', 'web/static', 'store/migrations'])
def test_every_file_of_a_data_folder_is_installed(folder, installed):
    source = ROOT / 'smartcam_bridge' / folder if '/' in folder else ROOT / folder
    marker = f'/smartcam_bridge/{folder}/'
    expected = {path.relative_to(source).as_posix() for path in source.rglob('*')
                if path.is_file() and path.suffix != '.pyc'}
    assert expected <= {name.split(marker)[1] for name in installed if marker in name}


def test_ament_and_ros2_run_find_the_package(installed):
    programs = {Path(name).name for name in installed if '/lib/smartcam_bridge/' in name}
    assert programs == {'bridge', 'demo_scene', 'face_embedder', 'smartcam', 'video_source'}
    assert any(name.endswith('share/ament_index/resource_index/packages/smartcam_bridge')
               for name in installed)
    assert any(name.endswith('share/smartcam_bridge/package.xml') for name in installed)
