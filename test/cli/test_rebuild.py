"""`smartcam db rebuild-rollups` makes damaged or missing sums right, beside no running bridge."""
import contextlib
from pathlib import Path
import sqlite3
import sys

import pytest

from smartcam_bridge.cli.main import main
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.engine import database_path
from smartcam_bridge.store.recorder import Recorder

sys.path.insert(0, str(Path(__file__).parents[1] / 'store'))
from store_builders import fact, SECOND, START_NS, track_fact  # noqa: E402


def sums(path: Path) -> list[tuple]:
    """Return all sums of a camera."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute('SELECT * FROM camera_rollups').fetchall()


def test_rollups_are_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = database_path(tmp_path)
    recorder = Recorder(path, Settings)
    recorder.start()
    for second in range(100):
        recorder.record(fact(START_NS + second * SECOND, labels=[1, 2]))
    recorder.record(track_fact(1))
    assert main(['db', 'rebuild-rollups', '--data-dir', str(tmp_path)]) == 1
    assert 'in use' in capsys.readouterr().err
    recorder.close()
    right = sums(path)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('DELETE FROM camera_rollups WHERE width_s = 3600')
        connection.execute('UPDATE camera_rollups SET boxes = 0, tracks = 9')
    assert sums(path) != right
    assert main(['db', 'rebuild-rollups', '--data-dir', str(tmp_path)]) == 0
    assert sums(path) == right and len(right) > 12
    assert 'made again' in capsys.readouterr().out


def test_without_a_store_there_is_nothing_to_make(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['db', 'rebuild-rollups', '--data-dir', str(tmp_path)]) == 1
    assert 'there is no store' in capsys.readouterr().err
