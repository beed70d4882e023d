"""Who may import whom; docs/architecture.md tells why."""
import ast
from pathlib import Path
from typing import Iterator

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / 'smartcam_bridge'
EVERYBODY = {'settings', 'setting_rules', 'specs', 'errors'}
MAY = {
    'errors': set(), 'settings': set(), 'setting_rules': set(), 'specs': set(), 'domain': set(),
    'live': {'domain'},
    'store': {'domain'},
    'exports': {'domain', 'store.people_queries', 'store.queries'},
    'web': {'live', 'domain', 'exports', 'store.analytics', 'store.places', 'store.queries',
            'store.people_queries', 'store.people_tasks', 'store.tasks', 'store.tokens'},
    'outflow': {'store', 'live', 'domain'},
    'suspensions': {'store', 'domain'},
    'recognition': {'store', 'domain'},
    'bridge': {'outflow', 'suspensions', 'recognition', 'store', 'live', 'web', 'domain',
               'run_file'},
    'run_file': {'domain'},
    'ros': {'bridge', 'live', 'domain'},
    'main': {'ros', 'bridge'},
    'companions': {'domain', 'ros.parameters', 'ros.memory', 'ros.cdr', 'ros.convert',
                   'ros.subscription'},
    'cli': {'store', 'domain', 'exports', 'web.openapi'},
}
ROS = {'rclpy', 'builtin_interfaces', 'diagnostic_msgs', 'geometry_msgs', 'lifecycle_msgs',
       'nav_msgs', 'rcl_interfaces', 'sensor_msgs', 'std_msgs', 'std_srvs', 'tf2_ros',
       'vision_msgs'}
WHERE = {'aiohttp': {'web'}, 'sqlalchemy': {'store'}, 'alembic': {'store'}, 'aiosqlite': {'store'},
         'cv2': {'live', 'ros', 'companions'}, **dict.fromkeys(ROS, {'main', 'ros', 'companions'})}


def imports(part: str) -> Iterator[tuple[str, str]]:
    """Return (file, module) of what a part of the package imports; names of modules count too."""
    files = (PACKAGE / part).rglob('*.py') if (PACKAGE / part).is_dir() else [
        PACKAGE / f'{part}.py']
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Import):
                yield from ((file.name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((file.name, f'{node.module}.{alias.name}') for alias in node.names)


def test_every_part_has_its_rule():
    parts = {path.stem for path in PACKAGE.iterdir()
             if path.suffix == '.py' or (path / '__init__.py').exists()}
    assert parts - {'__init__'} == set(MAY)


@pytest.mark.parametrize('part', MAY)
def test_a_part_imports_only_what_it_may(part):
    allowed = {f'smartcam_bridge.{name}.' for name in MAY[part] | EVERYBODY | {part}}
    assert [(file, module) for file, module in imports(part)
            if module.startswith('smartcam_bridge.')
            and not any(f'{module}.'.startswith(prefix) for prefix in allowed)] == []


@pytest.mark.parametrize('part', MAY)
def test_a_library_is_imported_only_where_it_belongs(part):
    assert [(file, module) for file, module in imports(part)
            if part not in WHERE.get(module.split('.')[0], {part})] == []


def test_the_domain_needs_numpy_and_no_more():
    # Of Python's own what reads no clock, file or socket and starts no thread.
    allowed = {'numpy', 'smartcam_bridge', 'bisect', 'collections', 'copy', 'dataclasses',
               'datetime', 'enum', 'functools', 'heapq', 're', 'json', 'math', 'types', 'typing',
               'weakref', 'zoneinfo'}
    assert {module.split('.')[0] for _, module in imports('domain')} <= allowed
