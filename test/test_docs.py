"""README and docs stay true: names, links, commands and examples are held against the code."""
import ast
import configparser
import json
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
from typing import Iterator

import pytest
from smartcam_bridge.cli.main import main as smartcam
from smartcam_bridge.settings import Settings, SPECS
import yaml

sys.path.insert(0, str(Path(__file__).parent / 'web'))  # for serving

from serving import frame, observation, serve, Served  # noqa: E402, I100

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / 'README.md').read_text(encoding='utf-8')
PAGES = {str(path.relative_to(ROOT)): path.read_text(encoding='utf-8')
         for path in (ROOT / 'README.md', *sorted((ROOT / 'docs').glob('*.md')))}
URL = 'http://127.0.0.1:8080'
DEADLINE_S = 200


def fences(text: str) -> list[tuple[str, str]]:
    """Return (language, content) of the fenced blocks."""
    return re.findall(r'^```(\w+)\n(.*?)^```', text, re.MULTILINE | re.DOTALL)


def commands(text: str) -> str:
    """Return what stands in code spans, fences and indented blocks, a line each."""
    blocks = [content for _, content in fences(text)]
    text = re.sub(r'^```.*?^```', '', text, flags=re.MULTILINE | re.DOTALL)
    return '\n'.join([*blocks, *re.findall(r'^ {4}(\S.*)', text, re.MULTILINE),
                      *re.findall(r'`([^`\n]+)`', text)])


def rows(header: str) -> dict[str, list[str]]:
    """Return the README's table that begins so: what stands in its first column, the rest."""
    table = README.partition(f'| {header} |')[2].partition('\n\n')[0]
    cells = [[cell.strip() for cell in line[1:-1].split('|')]
             for line in table.splitlines()[2:]]
    return {name: line[1:] for line in cells for name in re.findall(r'`([^`]+)`', line[0])}


def source(path: str) -> str:
    """Return a module's text, from the tree that the docs stand in."""
    return (ROOT / 'smartcam_bridge' / path).read_text(encoding='utf-8')


def test_parameters_have_the_default_unit_and_liveness_that_readme_tells():
    specs = {spec.name: spec for spec in SPECS}
    table = rows('parameter')
    assert len(table) >= 10
    for name, (default, unit, live, _) in table.items():
        spec = specs[name]
        wanted = list(spec.default) if isinstance(spec.default, tuple) else spec.default
        assert (json.loads(default.strip('`')), unit, live) == (
            wanted, spec.unit, 'yes' if spec.live else ''), name


def test_subscribed_topics_are_the_code_s():
    tree = ast.parse('\n'.join(map(source, (
        'ros/sources.py', 'ros/face_source.py', 'ros/picture_embedder.py'))))
    texts = {node.targets[0].id: ast.unparse(node.value) for node in ast.walk(tree)
             if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)}
    found = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).lower().endswith('subscription'):
            kind, topic = [ast.unparse(word) for word in call.args
                           if ast.unparse(word) != 'node'][:2]
            topic = texts.get(topic, topic).replace('{image}', '{name}/image')
            if name := re.search(r"'([^']+)'", topic):
                found[re.sub(r'\{(camera\.)?name\}', '<camera>', name[1])] = kind
    assert {topic: cells[0].strip('`').rpartition('/')[2]
            for topic, cells in rows('subscribes').items() if topic[0] in '<~'} == found


def test_the_pose_s_types_are_the_code_s():
    (kinds, _), = [cells for topic, cells in rows('subscribes').items() if 'pose' in topic]
    assert all(f'{name}' in kinds for name in re.findall(r"_?msgs/msg/(\w+)'",
                                                         source('ros/pose.py')))


@pytest.mark.parametrize('header, path, made', [
    ('publishes', 'publishers identities picture_embedder',
     r"create_publisher\(\s*(\w+), f?'([^']+)'"),
    ('service', 'services', r"create_service\(\s*(\w+), '([^']+)'")])
def test_outlets_are_the_code_s(header, path, made):
    found = {name.replace('{camera}', '<camera>'): kind for file in path.split()
             for kind, name in re.findall(made, source(f'ros/{file}.py'))}
    told = {name: re.search(r'`\w+/(\w+)`', cells[0])[1] for name, cells in rows(header).items()
            if not re.fullmatch(r'\w+', name)}
    assert told == found


def test_executables_are_those_of_setup():
    made = re.findall(r"'(\w+) = smartcam_bridge", (ROOT / 'setup.py').read_text())
    assert set(rows('executable')) == set(made)


def test_launch_arguments_exist():
    files = {path.name: path.read_text() for path in (ROOT / 'launch').glob('*.launch.py')}
    told = README.partition('`bridge.launch.py` takes')[2].partition('\n\n')[0]
    names = set(re.findall(r'`(\w+)`', told)) - {'none'}
    assert len(names) > 10
    assert {name for name in names
            if not any(f"'{name}'" in text for text in files.values())} == set()


@pytest.mark.parametrize('page', PAGES)
def test_make_targets_exist(page):
    targets = set(re.findall(r'^(\w+):', (ROOT / 'Makefile').read_text(), re.MULTILINE))
    assert set(re.findall(r'^make (\w+)\b(?!=)', commands(PAGES[page]), re.MULTILINE)) <= (
        targets), page


@pytest.mark.parametrize('page', PAGES)
def test_links_and_pictures_resolve(page):
    text = re.sub(r'^```.*?^```', '', PAGES[page], flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r'\]\(([^)#\s]+)\)', text)
    folder = (ROOT / page).parent
    assert [link for link in links
            if '://' not in link and not (folder / link).exists()] == []


def test_modules_that_the_architecture_names_exist():
    present = PAGES['docs/architecture.md'].partition('## Where later things go')[0]
    names = re.findall(r'`((?:domain|live|store|web|ros|cli)/\w+)`', present)
    assert len(names) > 10
    package = ROOT / 'smartcam_bridge'
    assert [name for name in names if not (package / name).is_dir()
            and not (package / f'{name}.py').exists()] == []


@pytest.mark.parametrize('page', PAGES)
def test_fences_parse(page):
    for language, content in fences(PAGES[page]):
        if language == 'python':
            ast.parse(content)
        elif language == 'json':
            json.loads(content)
        elif language == 'yaml':
            yaml.safe_load(content)
        elif language == 'ini':
            configparser.ConfigParser(interpolation=None).read_string(content)
        else:
            assert language == 'bash', f'{page}: a fence of {language}'
            subprocess.run(['bash', '-n'], input=content, text=True, check=True)


def test_the_robot_s_parameters_are_accepted():
    (text,) = [content for language, content in fences(README) if language == 'yaml']
    (node, content), = yaml.safe_load(text).items()
    assert node == '/**/smartcam_bridge'
    values = {name: tuple(value) if isinstance(value, list) else value
              for name, value in content['ros__parameters'].items()}
    assert Settings.from_values(values) != Settings()


@pytest.mark.parametrize('page', PAGES)
def test_smartcam_s_commands_exist(page, capsys):
    text = re.sub(r'(?<=\n)`?((?:db|token) [\w-]+)', r'smartcam \1', commands(PAGES[page]))
    for words in set(re.findall(r'\bsmartcam ((?:db|token) [\w-]+|[a-z]+(?:-[a-z]+)*)\b', text)):
        with pytest.raises(SystemExit) as ended:
            smartcam([*words.split(), '--help'])
        assert ended.value.code == 0, f'{page}: smartcam {words}'


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Run the web side with the cameras front and back."""
    with serve(tmp_path / 'data') as started:
        yield started


def test_the_shell_examples_work(served: Served, tmp_path: Path):
    if shutil.which('curl') is None:
        pytest.skip('curl is not installed')
    program = tmp_path / 'bin' / 'smartcam'
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m smartcam_bridge.cli.main "$@"\n')
    program.chmod(0o755)
    served.frames.publish(frame('front'))
    script = ''.join(content for language, content in fences(README)
                     if language == 'bash' and re.search(r'^(url=|api )', content, re.MULTILINE))
    result = subprocess.run(
        ['bash', '-euo', 'pipefail', '-c', script.replace(URL, served.url)], cwd=tmp_path,
        env=os.environ | {'PATH': f'{program.parent}:{os.environ["PATH"]}',
                          'SMARTCAM_DATA_DIR': str(tmp_path / 'data')},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=DEADLINE_S)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count('{"items":[') == 4 and '"buckets":[' in result.stdout
    assert '</html>' in (tmp_path / 'today.html').read_text()
    assert (tmp_path / 'tracks.csv').read_text().startswith('id,camera,')
    assert '"image_topic":"/camera/image_raw"' in result.stdout
    assert (tmp_path / 'front.jpg').read_bytes().startswith(b'\xff\xd8')


def test_the_live_example_works(served: Served):
    (script,) = [content for language, content in fences(README) if language == 'python']
    script = script.replace(URL, served.url).replace('sc_...', served.token)
    with subprocess.Popen([sys.executable, '-u', '-c', script], stdout=subprocess.PIPE,
                          text=True) as client:
        try:
            assert json.loads(client.stdout.readline())['op'] == 'subscribed'
            served.hub.publish_boxes(observation(served.cameras[0], 10**18))
            assert json.loads(client.stdout.readline())['type'] == 'boxes'
        finally:
            client.kill()
