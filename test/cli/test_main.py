"""`smartcam` does what it says, and says what it cannot do, without a traceback."""
import json
import os
from pathlib import Path
import sqlite3
import subprocess
import sys
from typing import Any, Iterator

import pytest

from smartcam_bridge.cli.main import main
from smartcam_bridge.settings import default_data_dir, Settings
from smartcam_bridge.store.engine import database_path, open_current, open_store
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier
from smartcam_bridge.store.tokens import digest_of, list_tokens


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Return a data folder with an empty store."""
    folder = tmp_path / 'data'
    open_store(database_path(folder)).close()
    return folder


@pytest.fixture
def bridge(data_dir: Path) -> Iterator[Recorder]:
    """Stand in for a running bridge: its recorder, and its run file."""
    recorder = Recorder(database_path(data_dir), Settings)
    recorder.start()
    (data_dir / 'run').mkdir()
    (data_dir / 'run' / 'bridge.json').write_text(
        json.dumps({'pid': os.getpid(), 'port': 8080, 'url': 'http://127.0.0.1:8080'}))
    yield recorder
    recorder.close()


def tokens(data_dir: Path) -> list[Any]:
    """Return the rows of the store."""
    connection = open_current(database_path(data_dir))
    try:
        return list_tokens(connection)
    finally:
        connection.close()


def failure(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must fail; return the one line that it says."""
    assert main([str(a) for a in arguments]) == 1
    said = capsys.readouterr()
    assert said.out == '' and said.err.startswith('smartcam: ') and said.err.count('\n') == 1
    return said.err


def test_a_token_is_shown_once_and_only_its_digest_is_kept(
        data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['token', 'create', '--name', 'ci', '--role', 'operator', '--days', '1.5',
                 '--data-dir', str(data_dir)]) == 0
    secret = capsys.readouterr().out.strip()
    row, = tokens(data_dir)
    assert (row.kind, row.name, row.role) == ('token', 'ci', 'operator')
    assert row.digest == digest_of(secret)
    assert row.expires_ns - row.created_ns == pytest.approx(1.5 * 86400e9, abs=1e9)
    assert secret.encode() not in database_path(data_dir).read_bytes()
    assert main(['--data-dir', str(data_dir), 'token', 'list']) == 0
    listed = capsys.readouterr().out
    assert 'operator' in listed and 'ci' in listed and secret not in listed
    assert main(['token', 'revoke', str(row.id), '--data-dir', str(data_dir)]) == 0
    assert tokens(data_dir) == []
    capsys.readouterr()
    assert 'no token' in failure(capsys, 'token', 'revoke', row.id, '--data-dir', data_dir)


def test_revoking_a_token_ends_the_sessions_that_came_of_it(
        data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection = open_current(database_path(data_dir))
    for number, (kind, name) in enumerate(
            [('token', 'ci'), ('session', 'ci'), ('session', 'me'), ('token', 'me')]):
        connection.execute("INSERT INTO tokens VALUES (NULL, ?, ?, 'viewer', ?, 1, 0)",
                           (kind, name, bytes([number])))
    connection.close()
    options = ['--data-dir', str(data_dir)]
    assert main(['token', 'revoke', '1', *options]) == 0
    assert [(row.kind, row.name) for row in tokens(data_dir)] == [
        ('session', 'me'), ('token', 'me')]
    assert 'and 1 of its sessions' in capsys.readouterr().out
    assert main(['token', 'revoke', '3', *options]) == 0   # a session goes alone
    assert [(row.kind, row.name) for row in tokens(data_dir)] == [('token', 'me')]


@pytest.mark.parametrize('arguments', [
    [], ['token'], ['db'], ['nonsense'], ['token', 'create'],
    ['token', 'create', '--name', 'x', '--role', 'king'], ['token', 'create', '--name', ' '],
    ['token', 'create', '--name', 'x', '--days', '-1'],
    ['token', 'create', '--name', 'x', '--days', 'nan'], ['token', 'revoke', 'x'],
    ['db', 'backup', '--keep', '0'], ['db', 'restore']])
def test_a_misspelt_command_exits_with_two(
        arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2
    assert 'usage:' in capsys.readouterr().err


@pytest.mark.parametrize('arguments', [
    ['token', 'list'], ['token', 'create', '--name', 'x'], ['db', 'check'], ['db', 'backup'],
    ['db', 'upgrade']])
def test_where_there_is_no_store_none_is_made(
        tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / 'elsewhere'
    assert 'there is no store' in failure(capsys, *arguments, '--data-dir', missing)
    assert not missing.exists()


def test_tokens_are_made_beside_a_running_bridge(
        bridge: Recorder, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['token', 'create', '--name', 'x', '--data-dir', str(data_dir)]) == 0
    bridge.submit(Barrier()).result(60)
    assert len(tokens(data_dir)) == 1


def test_a_login_link_is_for_the_bridge_that_runs(
        bridge: Recorder, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['login-link', '--data-dir', str(data_dir)]) == 0
    link = capsys.readouterr().out.strip()
    address, code = link.split('#')
    assert address == 'http://127.0.0.1:8080/login'
    row, = tokens(data_dir)
    assert (row.kind, row.role, row.digest) == ('login', 'admin', digest_of(code))
    assert row.expires_ns - row.created_ns == pytest.approx(600e9, abs=1e9)


def test_without_a_bridge_there_is_no_login_link(
        data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 'no bridge runs' in failure(capsys, 'login-link', '--data-dir', data_dir)
    (data_dir / 'run').mkdir()   # left behind by a bridge that was killed
    (data_dir / 'run' / 'bridge.json').write_text('{"pid": 1, "port": 1, "url": "http://x"}')
    assert 'no bridge runs' in failure(capsys, 'login-link', '--data-dir', data_dir)
    assert tokens(data_dir) == []


def test_the_first_token_is_shown_once(
        data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = data_dir / 'first-admin-token'
    file.write_text('sc_secret\n')
    assert main(['first-token', '--data-dir', str(data_dir)]) == 0
    assert capsys.readouterr().out == 'sc_secret\n'
    assert not file.exists()
    assert 'token create --role admin' in failure(capsys, 'first-token', '--data-dir', data_dir)


def test_backup_check_and_restore(
        data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ['--data-dir', str(data_dir)]
    main(['token', 'create', '--name', 'before', *options])
    assert main(['db', 'backup', *options]) == 0
    main(['token', 'create', '--name', 'after', *options])
    assert main(['db', 'check', *options]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith('smartcam.sqlite3: ok')
    assert main(['db', 'restore', 'latest', *options]) == 0
    assert [row.name for row in tokens(data_dir)] == ['before']
    assert len(list(data_dir.glob('smartcam.sqlite3.replaced-*'))) == 1


@pytest.mark.parametrize('when, stays', [('before', True), ('after', False)])
def test_a_restore_removes_a_first_token_that_is_no_good_any_more(
        when: str, stays: bool, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ['--data-dir', str(data_dir)]
    file = data_dir / 'first-admin-token'
    for moment in ('before', 'after'):
        main(['token', 'create', '--name', moment, '--role', 'admin', *options])
        if when == moment:
            file.write_text(capsys.readouterr().out)
        if moment == 'before':
            main(['db', 'backup', *options])
    capsys.readouterr()
    assert main(['db', 'restore', 'latest', *options]) == 0
    assert file.exists() == stays
    assert ('first-admin-token' in capsys.readouterr().out) == (not stays)


def test_a_restore_needs_a_backup_and_a_stopped_bridge(
        bridge: Recorder, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 'there are no backups' in failure(
        capsys, 'db', 'restore', 'latest', '--data-dir', data_dir)
    assert main(['db', 'backup', '--data-dir', str(data_dir)]) == 0
    capsys.readouterr()
    for command in (['restore', 'latest'], ['upgrade']):
        assert 'in use by another' in failure(capsys, 'db', *command, '--data-dir', data_dir)


def test_damage_is_found(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = database_path(data_dir)
    data = bytearray(path.read_bytes())
    data[4096 * 2:4096 * 3] = b'\xff' * 4096
    path.write_bytes(data)
    assert main(['db', 'check', '--data-dir', str(data_dir)]) == 1
    assert 'ok' not in capsys.readouterr().out


def test_a_newer_schema_is_refused(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection = sqlite3.connect(database_path(data_dir))
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    for command in (['token', 'list'], ['db', 'upgrade']):
        assert 'install the newer version' in failure(capsys, *command, '--data-dir', data_dir)


def test_an_upgrade_of_what_is_up_to_date_says_so(
        data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['db', 'upgrade', '--data-dir', str(data_dir)]) == 0
    assert 'up to date' in capsys.readouterr().out


@pytest.mark.parametrize('environment, expected', [
    ({'SMARTCAM_DATA_DIR': '/a/b'}, '/a/b'), ({'XDG_DATA_HOME': '/x'}, '/x/smartcam_bridge'),
    ({'XDG_DATA_HOME': 'relative', 'HOME': '/h'}, '/h/.local/share/smartcam_bridge'),
    ({'HOME': '/h'}, '/h/.local/share/smartcam_bridge')])
def test_the_data_folder_follows_the_environment(
        environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('SMARTCAM_DATA_DIR', 'XDG_DATA_HOME'):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_data_dir() == Path(expected)


def test_it_runs_as_a_process_and_prints_the_api() -> None:
    pytest.importorskip('aiohttp')
    done = subprocess.run([sys.executable, '-m', 'smartcam_bridge.cli.main', 'openapi'],
                          capture_output=True, text=True, timeout=200,
                          cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)['openapi'].startswith('3.1')
