"""`smartcam db reconcile` tells, mends, and asks before more than half goes."""
import os
from pathlib import Path
from typing import Callable

import pytest

from smartcam_bridge.cli.main import main
from smartcam_bridge.store.engine import database_path, open_store
from smartcam_bridge.store.lock import StoreLock


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Return a data folder with a picture that no row knows."""
    folder = tmp_path / 'data'
    open_store(database_path(folder)).close()
    stray = folder / 'media' / 'day' / '7-crop.jpg'
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b'x')
    os.utime(stray, (1, 1))
    return folder


@pytest.fixture
def run(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Return what runs the command: its exit status, and what it said."""
    def run(*options: str) -> tuple[int, str]:
        status = main(['db', 'reconcile', *options, '--data-dir', str(data_dir)])
        said = capsys.readouterr()
        return status, said.out + said.err
    return run


def pictures(data_dir: Path) -> int:
    """Count the files."""
    return len(list(data_dir.rglob('*.jpg')))


def test_a_dry_run_tells_also_beside_a_bridge(
        data_dir: Path, run: Callable[..., tuple[int, str]]) -> None:
    with StoreLock(data_dir):
        assert run('--dry-run') == (1, '1 picture files that no row knows\n')
        status, said = run('--yes')
        assert status == 1 and 'in use by another smartcam_bridge' in said
    assert pictures(data_dir) == 1


def test_more_than_half_needs_a_yes(
        data_dir: Path, run: Callable[..., tuple[int, str]],
        monkeypatch: pytest.MonkeyPatch) -> None:
    status, said = run()
    assert status == 1 and 'more than half' in said and 'give --yes' in said
    monkeypatch.setattr('sys.stdin.isatty', lambda: True, raising=False)
    for reply, left in (('', 1), ('no', 1), ('y', 0)):
        monkeypatch.setattr('builtins.input', lambda prompt: reply)
        assert run()[0] == left == pictures(data_dir)
    status, said = run()
    assert status == 0 and 'everything is in order' in said


def test_yes_asks_nothing(data_dir: Path, run: Callable[..., tuple[int, str]]) -> None:
    status, said = run('--yes')
    assert status == 0 and said.endswith('1 mended\n') and pictures(data_dir) == 0
