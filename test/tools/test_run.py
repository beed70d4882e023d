"""`make run` from outside: a terminal, signals, dying children. The bridge is a stand-in."""

import json
import os
from pathlib import Path
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from smartcam_bridge.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60.0
STOP_S = 2.0
STARTED_S = 1.0     # the stand-ins are up within this where nothing else keeps the machine busy

BRIDGE = """
import json, os, pathlib, signal, sys, threading
data_dir = next(word.split(':=')[1] for word in sys.argv if word.startswith('data_dir:='))
file = pathlib.Path(json.loads(data_dir)) / 'run' / 'bridge.json'
file.parent.mkdir(parents=True, exist_ok=True)
done = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: done.set())
file.write_text(json.dumps({'pid': os.getpid(), 'port': 1, 'url': 'http://127.0.0.1:1'}))
done.wait()
file.unlink()
"""
DEAF = BRIDGE.replace('done.set()', 'None')
SCENE = """
import signal, sys
print(sys.argv[1:], flush=True)
signal.pause()
"""
DYING = 'import sys; print("no camera", flush=True); sys.exit(3)'
LOGIN = 'import sys; print("http://127.0.0.1:1/login#code", *sys.argv[2:])'
TAKEN = 'import sys; print("cannot listen", flush=True); sys.exit(1)'


@pytest.fixture
def tree(tmp_path):
    """Return a tree with the real Makefile and tools/run, and stand-ins for what is built."""
    shutil.copytree(ROOT / 'tools', tmp_path / 'tools',
                    ignore=shutil.ignore_patterns('vision_msgs', '__pycache__'))
    shutil.copy(ROOT / 'Makefile', tmp_path)
    for name in ('setup', 'build'):
        write_program(tmp_path / 'tools' / name, '')
    (tmp_path / 'tools' / 'env.sh').write_text('')
    programs = tmp_path / 'install' / 'smartcam_bridge' / 'lib' / 'smartcam_bridge'
    programs.mkdir(parents=True)
    for name, text in {'bridge': BRIDGE, 'demo_scene': SCENE, 'video_source': SCENE,
                       'smartcam': LOGIN}.items():
        write_program(programs / name, text)
    return tmp_path


def write_program(file, text):
    file.write_text(f'#!{sys.executable}\n{text}')
    file.chmod(0o755)


def program(tree, name):
    return tree / 'install' / 'smartcam_bridge' / 'lib' / 'smartcam_bridge' / name


def start(tree, *arguments, **options):
    """Start `make run` with its output in a pipe, out of any terminal."""
    return subprocess.Popen(
        ['make', 'run', f'DATA_DIR={tree / "data"}', *arguments], cwd=tree, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        start_new_session=True, env=environ(), **options)


def environ():
    """Return an environment with no ros2 in it, and nothing that says where to record."""
    unwanted = ('VIRTUAL_ENV', 'DATA_DIR', 'SMARTCAM_DATA_DIR')
    return {key: value for key, value in os.environ.items() if key not in unwanted} | {
        'PATH': f'{Path(sys.executable).parent}:/usr/bin:/bin'}


def stop_s(began):
    """Return what a stop may take now: as many times more as the start that ends here took."""
    return STOP_S * max(1.0, (time.monotonic() - began) / STARTED_S)


def read_until(process, text):
    seen = ''
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    pytest.fail(f'{text!r} never came, but:\n{seen}')


def link(tree, *arguments, **variables):
    """Run `make link` and return its exit code and what it said."""
    done = subprocess.run(['make', 'link', *arguments], cwd=tree, text=True, timeout=DEADLINE_S,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=environ() | variables)
    return done.returncode, done.stdout


def finish(process):
    rest, _ = process.communicate(timeout=DEADLINE_S)
    return process.returncode, rest


def test_run_prints_the_address_and_the_login_link_on_one_line(tree):
    process = start(tree)
    line = read_until(process, 'login#code').splitlines()[-1]
    assert 'http://127.0.0.1:1 ' in line
    assert 'http://127.0.0.1:1/login#code' in line
    os.killpg(process.pid, signal.SIGTERM)
    finish(process)


def test_ctrl_c_on_a_terminal_ends_make_with_zero_in_under_two_seconds(tree):
    began = time.monotonic()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tree)
        os.execvpe('make', ['make', 'run', f'DATA_DIR={tree / "data"}'], environ())
    seen = read_terminal(terminal, until='login#code')
    allowed_s, told = stop_s(began), time.monotonic()
    os.write(terminal, b'\x03')
    seen += read_terminal(terminal, until=None)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, seen
    assert time.monotonic() - told < allowed_s
    assert not (tree / 'data' / 'run' / 'bridge.json').exists()


def read_terminal(terminal, *, until):
    seen = ''
    deadline = time.monotonic() + DEADLINE_S
    while until is None or until not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        assert ready, f'{until!r} never came, but:\n{seen}'
        try:
            seen += os.read(terminal, 4096).decode()
        except OSError:  # the terminal's other end is closed
            return seen
    return seen


@pytest.mark.parametrize('send', [
    pytest.param(lambda pid: os.kill(pid, signal.SIGINT), id='SIGINT to make alone'),
    pytest.param(lambda pid: os.killpg(pid, signal.SIGINT), id='SIGINT to the group'),
    pytest.param(lambda pid: os.kill(pid, signal.SIGTERM), id='SIGTERM to make alone'),
    pytest.param(lambda pid: os.kill(pid, signal.SIGKILL), id='make is killed'),
])
def test_everything_stops_in_under_two_seconds_when_make_is_told_to(tree, send):
    began = time.monotonic()
    process = start(tree)
    read_until(process, 'login#code')
    allowed_s, told = stop_s(began), time.monotonic()
    send(process.pid)
    _, rest = finish(process)
    assert '[run] stopped' in rest
    assert time.monotonic() - told < allowed_s
    assert not (tree / 'data' / 'run' / 'bridge.json').exists()


def test_run_itself_ends_with_zero_at_sigint(tree):
    process = subprocess.Popen(
        [sys.executable, tree / 'tools' / 'run'], text=True, stdout=subprocess.PIPE,
        env=environ() | {'DATA_DIR': str(tree / 'data')}, start_new_session=True)
    read_until(process, 'login#code')
    os.killpg(process.pid, signal.SIGINT)
    code, _ = finish(process)
    assert code == 0


def test_a_child_that_still_starts_is_stopped_without_a_traceback(tree):
    process = start(tree)   # the scene knows nothing of signals, as before its imports are done
    read_until(process, 'login#code')
    os.killpg(process.pid, signal.SIGINT)
    _, rest = finish(process)
    assert '[run] stopped\n' in rest
    assert 'Traceback' not in rest


def test_a_child_that_does_not_listen_is_stopped_by_force_in_time(tree):
    write_program(program(tree, 'bridge'), DEAF)
    began = time.monotonic()
    process = start(tree)
    read_until(process, 'login#code')
    bridge = json.loads((tree / 'data' / 'run' / 'bridge.json').read_text())['pid']
    allowed_s, told = stop_s(began), time.monotonic()
    os.killpg(process.pid, signal.SIGTERM)
    finish(process)
    assert time.monotonic() - told < allowed_s
    with pytest.raises(ProcessLookupError):
        os.kill(bridge, 0)


@pytest.mark.parametrize('name', ['bridge', 'demo_scene'])
def test_a_child_that_dies_ends_the_run_with_its_name_and_an_error(tree, name):
    write_program(program(tree, name), DYING)
    code, output = finish(start(tree))
    assert code != 0
    assert f'{name} ended by itself with exit code 3' in output
    assert 'Traceback' not in output


def test_a_second_run_on_the_same_folder_is_refused(tree):
    first = start(tree)
    read_until(first, 'login#code')
    code, output = finish(start(tree))
    assert code != 0
    assert 'already records to' in output
    os.killpg(first.pid, signal.SIGTERM)
    finish(first)


def test_a_run_file_left_by_a_crash_is_no_hindrance(tree):
    run = tree / 'data' / 'run'
    run.mkdir(parents=True)
    (run / 'bridge.json').write_text(json.dumps({'pid': os.getpid(), 'url': 'old'}))
    process = start(tree)
    read_until(process, 'login#code')
    os.killpg(process.pid, signal.SIGTERM)
    finish(process)


@pytest.mark.parametrize('arguments, expected', [
    (['VIDEO=0'], ['source:="0"', 'loop:=false']),
    (['VIDEO=rtsp://me:secret@cam/1', 'LOOP=1'], ['source:="$VIDEO"', 'loop:=true']),
])
def test_a_video_starts_video_source_with_it(tree, arguments, expected):
    process = start(tree, *arguments)
    seen = read_until(process, 'source:=')
    assert all(repr(word) in seen for word in expected), seen
    assert 'secret' not in seen
    os.killpg(process.pid, signal.SIGTERM)
    finish(process)


def test_a_missing_video_file_is_named(tree):
    code, output = finish(start(tree, 'VIDEO=nowhere.mp4'))
    assert code != 0
    assert 'VIDEO=nowhere.mp4: there is no such file' in output


def test_the_page_stays_when_the_video_ends(tree):
    write_program(program(tree, 'video_source'), '')
    process = start(tree, 'VIDEO=0')
    read_until(process, '[run] the video is at its end')
    os.killpg(process.pid, signal.SIGTERM)
    _, rest = finish(process)
    assert '[run] stopped' in rest


ENROLLING = """
import sys
if sys.argv[1] == 'enroll':
    print('enroll', *sys.argv[2:], flush=True)
    sys.exit(CODE)
print('http://127.0.0.1:1/login#code')
"""


def test_the_people_of_the_demo_are_enrolled_after_the_address_is_told(tree):
    write_program(program(tree, 'smartcam'), ENROLLING.replace('CODE', '0'))
    process = start(tree)
    seen = read_until(process, 'login#code') + read_until(process, 'enroll ')
    gallery = tree / 'data' / 'demo-people.npz'
    assert f'enroll {gallery} --data-dir {tree / "data"} --if-empty --wait' in seen
    assert f"'gallery_path:=\"{gallery}\"'" in seen
    os.killpg(process.pid, signal.SIGTERM)
    finish(process)


def test_the_demo_goes_on_where_its_people_cannot_be_enrolled(tree):
    write_program(program(tree, 'smartcam'), ENROLLING.replace('CODE', '1'))
    process = start(tree)
    read_until(process, '[run] the people of the demo are not all enrolled')
    os.killpg(process.pid, signal.SIGTERM)
    _, rest = finish(process)
    assert '[run] stopped' in rest


def test_nobody_is_enrolled_for_a_video(tree):
    write_program(program(tree, 'smartcam'), ENROLLING.replace('CODE', '0'))
    write_program(program(tree, 'video_source'), '')
    process = start(tree, 'VIDEO=0')
    seen = read_until(process, '[run] the video is at its end')
    os.killpg(process.pid, signal.SIGTERM)
    assert 'enroll' not in seen + finish(process)[1]


def test_the_data_folder_is_for_its_owner_only(tree):
    process = start(tree)
    read_until(process, 'login#code')
    assert (tree / 'data').stat().st_mode & 0o777 == 0o700
    os.killpg(process.pid, signal.SIGTERM)
    finish(process)


def test_a_port_that_is_taken_is_told_with_a_way_out(tree):
    write_program(program(tree, 'bridge'), TAKEN)
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]
        code, output = finish(start(tree, f'PORT={port}'))
    assert code != 0
    assert f'Port {port} is taken: PORT=0 finds a free one' in output
    assert 'is taken' not in finish(start(tree, f'PORT={port}'))[1]


@pytest.mark.parametrize('port', ['x', '-1', '65536'])
def test_a_port_that_is_none_is_refused(tree, port):
    code, output = finish(start(tree, f'PORT={port}'))
    assert code != 0
    assert f'PORT={port}: a port is a number up to 65535' in output


def test_the_port_that_is_looked_at_is_the_bridge_s_default():
    default = re.search(r'DEFAULT_PORT = (\d+)', (ROOT / 'tools' / 'run').read_text())[1]
    assert int(default) == Settings().http_port


def test_link_prints_another_login_link_of_the_run(tree):
    process = start(tree)
    read_until(process, 'login#code')
    assert link(tree, f'DATA_DIR={tree / "data"}') == (
        0, f'http://127.0.0.1:1/login#code --data-dir {tree / "data"}\n')
    os.killpg(process.pid, signal.SIGTERM)
    finish(process)
    code, said = link(tree, f'DATA_DIR={tree / "data"}')
    assert code != 0
    assert f'No bridge records to {tree / "data"}: start one with make run' in said


@pytest.mark.parametrize('arguments, kind', [([], 'demo'), (['VIDEO=0'], 'video')])
def test_link_finds_the_folder_that_run_chose(tree, arguments, kind):
    process = subprocess.Popen(
        ['make', 'run', *arguments], cwd=tree, text=True, stdout=subprocess.PIPE,
        start_new_session=True, env=environ() | {'XDG_DATA_HOME': str(tree)})
    read_until(process, 'login#code')
    code, said = link(tree, XDG_DATA_HOME=str(tree))
    os.killpg(process.pid, signal.SIGTERM)
    finish(process)
    assert (code, said.split()[-1]) == (0, str(tree / 'smartcam_bridge' / kind))


@pytest.mark.parametrize('name', ['', 'NAME=harness', 'NAME=__init__', 'NAME=no'])
def test_bench_offers_what_measures_something(tree, name):
    shutil.copytree(ROOT / 'bench', tree / 'bench')
    done = subprocess.run(['make', 'bench', name or 'NAME='], cwd=tree, text=True,
                          capture_output=True, env=environ())
    assert done.returncode != 0
    found = re.search(r'Name one: make bench NAME=\.\.\. \((.*)\)', done.stderr)
    measures = [path.stem for path in (ROOT / 'bench').glob('*.py')
                if '\nif __name__' in path.read_text()]
    assert sorted(found[1].split()) == sorted(measures) and 'ingest' in measures
