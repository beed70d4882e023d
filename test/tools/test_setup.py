"""What the set-up refuses, what it skips, and what it says."""

import importlib.machinery
import importlib.util
import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNREACHABLE = {'PIP_INDEX_URL': 'http://127.0.0.1:9/simple', 'PIP_RETRIES': '0',
               'PIP_CONFIG_FILE': os.devnull, 'PIP_FIND_LINKS': ''}


@pytest.fixture
def tools(monkeypatch):
    """Return an importer of modules under tools/, which is no package of the product."""
    monkeypatch.syspath_prepend(str(ROOT / 'tools'))
    monkeypatch.setattr(sys, 'dont_write_bytecode', True)
    return lambda name: __import__(f'environment.{name}', fromlist=[name])


@pytest.fixture
def bare_tree(tmp_path):
    """Return a copy of what the set-up needs, with nothing set up."""
    return copy_tree(tmp_path / 'tree')


@pytest.fixture(scope='module')
def offline(tmp_path_factory):
    """Return a tree whose set-up found no network, and how that ended."""
    tree = copy_tree(tmp_path_factory.mktemp('offline') / 'tree')
    return tree, run_setup(tree, **UNREACHABLE)


def copy_tree(tree):
    for folder in ('tools', 'requirements'):
        shutil.copytree(ROOT / folder, tree / folder)
    return tree


def run_setup(tree, **environ):
    """Run tools/setup with the interpreter that .venv was made from, and no ROS 2 sourced."""
    base = {'HOME': os.environ.get('HOME', '/'), 'PATH': '/usr/bin:/bin'}
    return subprocess.run([sys._base_executable, tree / 'tools' / 'setup'], env=base | environ,
                          capture_output=True, text=True, timeout=200)


def test_a_path_with_a_space_is_refused_before_anything_is_made(bare_tree):
    spaced = bare_tree.rename(bare_tree.with_name('my robot'))
    result = run_setup(spaced)
    assert result.returncode == 1
    assert 'has a space in it' in result.stderr
    assert 'Traceback' not in result.stderr
    assert not (spaced / '.venv').exists()


def test_missing_compilers_are_named_with_the_apt_line(bare_tree, tmp_path):
    result = run_setup(bare_tree, PATH=str(tmp_path))
    assert result.returncode == 1
    assert 'gcc, g++, make' in result.stderr
    assert 'sudo apt install build-essential' in result.stderr


def test_missing_headers_and_venv_are_named_with_the_apt_line(tools, monkeypatch):
    preflight = tools('preflight')
    monkeypatch.setattr(preflight.importlib.util, 'find_spec', lambda name: None)
    monkeypatch.setattr(preflight.sysconfig, 'get_path', lambda name: '/nowhere')
    monkeypatch.setattr(preflight.shutil, 'which', lambda name: f'/usr/bin/{name}')
    version = f'{sys.version_info[0]}.{sys.version_info[1]}'
    assert list(preflight.missing_packages()) == [f'python{version}-venv', f'python{version}-dev']


def test_a_full_disk_is_refused_with_what_is_needed(tools, monkeypatch):
    preflight = tools('preflight')
    monkeypatch.setattr(preflight, 'missing_packages', dict)
    monkeypatch.setattr(preflight.shutil, 'disk_usage', lambda path: shutil._ntuple_diskusage(
        10**9, 9 * 10**8, 10**8))
    with pytest.raises(tools('report').SetupError, match='2 GB of disk, 0.1 GB are free'):
        preflight.check_machine()


def test_no_network_is_said_in_one_sentence_and_leaves_no_stamp(offline):
    tree, result = offline
    assert result.returncode == 1
    assert 'The package index could not be reached' in result.stderr
    assert 'Traceback' not in result.stderr
    assert not (tree / '.venv' / 'stamps' / 'wheels').exists()


def test_a_requirement_that_cannot_be_had_leaves_the_environment_as_it_was(offline):
    tree, _ = offline
    kept = tree / '.venv' / 'kept'
    kept.touch()
    run_setup(tree, **UNREACHABLE)
    assert kept.exists()


def test_an_environment_cut_short_is_moved_away_and_made_anew(offline):
    tree, _ = offline
    (tree / '.venv' / 'half').touch()
    (tree / '.venv' / 'unfinished').touch()
    run_setup(tree, **UNREACHABLE)
    assert (tree / '.venv' / 'bin' / 'python').exists()
    assert not (tree / '.venv' / 'half').exists()
    assert not (tree / '.venv.trash').exists()


def test_both_lists_of_pins_agree():
    def pins(name):
        lines = (ROOT / 'requirements' / name).read_text().splitlines()
        return dict(line.split()[0].split('==') for line in lines
                    if '==' in line and not line.startswith(' ') and ';' not in line)
    first, second = pins('plain.txt'), pins('environment.txt')
    assert 'empy' in second
    assert all(second[name] == first[name] for name in first.keys() & second.keys())


@pytest.mark.parametrize('version, accepted', [
    ((3, 9), False), ((3, 10), True), ((3, 13), True), ((3, 14), False), ((), False)])
def test_pythons_without_wheels_are_not_taken(version, accepted):
    assert load_script('setup')._is_supported(version) is accepted


def load_script(name):
    """Import a script of tools/ that has no suffix."""
    loader = importlib.machinery.SourceFileLoader(f'tools_{name}', str(ROOT / 'tools' / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def test_a_stamp_is_valid_only_for_the_inputs_it_was_earned_with(tools, tmp_path):
    stamp = tools('stamp')
    made_from = tmp_path / 'input'
    made_from.write_text('one')
    first = stamp.Stamp(tmp_path / 'stamps' / 'step', stamp.digest_of([made_from], 'word'))
    assert not first.valid
    with first.earning():
        pass
    assert first.valid
    made_from.write_text('two')
    assert not stamp.Stamp(tmp_path / 'stamps' / 'step', stamp.digest_of([made_from])).valid


def test_an_interrupted_step_leaves_no_stamp_even_if_there_was_one(tools, tmp_path):
    stamp = tools('stamp').Stamp(tmp_path / 'step', 'digest')
    with stamp.earning():
        pass
    with pytest.raises(KeyboardInterrupt), stamp.earning():
        raise KeyboardInterrupt
    assert not stamp.valid


def test_the_ros_of_this_tree_does_not_count_as_sourced(tools, monkeypatch):
    sourced = tools('sourced')
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'{ROOT}/install/smartcam_bridge:{ROOT}/.venv')
    assert not sourced.is_sourced()


def test_a_sourced_ros_without_libraries_names_them_and_rosdep(tools, monkeypatch):
    sourced = tools('sourced')
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    monkeypatch.setattr(sourced, 'NEEDED', ('sys', 'no_such_library', 'nor_this_one'))
    with pytest.raises(tools('report').SetupError) as caught:
        sourced.check_libraries()
    assert 'cannot find: no_such_library, nor_this_one' in str(caught.value)
    assert 'rosdep install --from-paths . --ignore-src -y' in str(caught.value)


def test_no_registry_and_no_unhashed_pin_is_committed():
    for file in (ROOT / 'requirements').glob('*.txt'):
        text = file.read_text()
        assert '://' not in text and '--index' not in text and '--find-links' not in text
        pins = text.replace('\\\n', ' ').splitlines()
        assert all('--hash=sha256:' in pin for pin in pins if '==' in pin.split(';')[0]), file
