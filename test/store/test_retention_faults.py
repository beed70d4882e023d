"""A purge that ends at any statement leaves nothing that points to nothing, and no orphan file."""
import contextlib
from pathlib import Path
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from typing import Any

from kept_things import (
    add_labels, add_track, dangling, files, folder_of, ids, NOW_NS)
import pytest
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.backup import verify
from smartcam_bridge.store.cameras import create_camera, delete_camera
from smartcam_bridge.store.engine import connect, open_store
from smartcam_bridge.store.media import MediaFolder
from smartcam_bridge.store.retention import purge

KEEP = Settings(tracks_keep_days=9.0, media_keep_days=5.0, events_keep_days=7.0, media_max_mb=2)
KILLS = 6
CHILD = """
import pathlib, sys
sys.path[:0] = {paths!r}
from kept_things import add_track, folder_of, NOW_NS
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.engine import open_store, transaction
from smartcam_bridge.store.retention import purge
path = pathlib.Path({path!r})
connection = open_store(path)
first, = connection.execute('SELECT coalesce(max(id), 0) + 1 FROM tracks').fetchone()
with transaction(connection):
    for number in range(first, first + 150):
        add_track(connection, folder_of(path), number, age_days=30, pinned=number % 30 == 0)
print('purging', flush=True)
for report in purge(connection, NOW_NS, Settings(tracks_keep_days=9.0), folder_of(path)):
    pass
print('done', report.tracks, flush=True)
"""


class Killed(BaseException):
    """The process ends here."""


class Fuse:
    """Blows after so many steps, and once only: what cleans up afterwards is not disturbed."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self) -> None:
        """Count one more."""
        self.left -= 1
        if self.left == 0:
            raise Killed


class FailingConnection(sqlite3.Connection):
    """A connection on which the process ends before a statement."""

    fuse = Fuse(0)

    def execute(self, *args: Any) -> sqlite3.Cursor:
        """Run it, unless the fuse blows."""
        self.fuse.step()
        return super().execute(*args)

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        """Run it, unless the fuse blows."""
        self.fuse.step()
        return super().executemany(*args)


class FailingFolder(MediaFolder):
    """A folder in which the process ends before a file is removed."""

    fuse = Fuse(0)

    def remove(self, path: str) -> None:
        """Remove it, unless the fuse blows."""
        self.fuse.step()
        super().remove(path)


@pytest.fixture(scope='module')
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a store of which something goes for every reason there is."""
    path = tmp_path_factory.mktemp('template') / 'smartcam.sqlite3'
    connection, folder = open_store(path), folder_of(path)
    for name in 'one', 'two', 'gone':
        create_camera(connection, name, {})
    add_labels(connection)
    for number, age_days in enumerate((20, 20, 8, 6, 4, 3, 1, 1), 1):
        add_track(connection, folder, number, age_days=age_days, pinned=number == 2,
                  is_open=number == 8, picture_bytes=(400_000, 400_000))
    add_track(connection, folder, 9, camera_id=3, age_days=1, event_pinned=True)
    connection.execute('INSERT INTO observations (camera_id, source, stamp_ns, received_ns, count,'
                       " boxes) VALUES (1, 1, 5, 5, 0, x'01')")
    connection.execute("UPDATE media SET doomed = 1 WHERE track_id = 7 AND kind = 'crop'")
    delete_camera(connection, 'gone')
    connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    connection.close()
    return path.parent


def run(data_dir: Path, steps: int) -> bool:
    """Purge a store until the process ends after so many steps; return whether it did."""
    FailingConnection.fuse = FailingFolder.fuse = fuse = Fuse(0)
    connection = connect(data_dir / 'smartcam.sqlite3', kind=FailingConnection)
    fuse.left = steps
    with contextlib.closing(connection), contextlib.suppress(Killed):
        for _ in purge(connection, NOW_NS, KEEP, FailingFolder(data_dir)):
            pass
        return False
    return True


def state(data_dir: Path) -> tuple[Any, ...]:
    """Return all that is left."""
    with contextlib.closing(connect(data_dir / 'smartcam.sqlite3')) as connection:
        return (*(ids(connection, table) for table in (
            'tracks', 'visits', 'crossings', 'events', 'media', 'observations')),
            ids(connection, 'settings', 'key'), files(MediaFolder(data_dir)))


def test_it_may_end_at_every_statement(template: Path, tmp_path: Path) -> None:
    whole = tmp_path / 'whole'
    shutil.copytree(template, whole)
    assert not run(whole, 0)
    wanted = state(whole)
    assert wanted[0] == {2, 3, 4, 5, 6, 7, 8} and len(wanted[-1]) < 10
    steps, ended, states = 0, True, set()
    while ended:
        steps += 1
        data_dir = tmp_path / 'ended'
        shutil.copytree(template, data_dir)
        ended = run(data_dir, steps)
        with contextlib.closing(connect(data_dir / 'smartcam.sqlite3')) as connection:
            assert dangling(connection, MediaFolder(data_dir)) == [], f'after {steps} steps'
        states.add(str(state(data_dir)))
        assert not run(data_dir, 0)
        assert state(data_dir) == wanted, f'after {steps} steps, and once more'
        shutil.rmtree(data_dir)
    assert steps > 100 and len(states) > 15, 'it ended in the middle of things'


def test_a_real_kill_leaves_nothing_that_points_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / 'data' / 'smartcam.sqlite3'
    connection = open_store(path)
    create_camera(connection, 'one', {})
    connection.close()
    script = tmp_path / 'child.py'
    script.write_text(CHILD.format(paths=[str(Path(__file__).parents[2]),
                                          str(Path(__file__).parent)], path=str(path)))
    dice, killed, longest_s = random.Random(5), 0, 0.06
    while killed < KILLS:
        with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE,
                              text=True) as child:
            assert child.stdout.readline() == 'purging\n'
            time.sleep(dice.uniform(0.0, longest_s))    # the moment is what is tried here
            child.send_signal(signal.SIGKILL)
            if child.stdout.read():
                longest_s *= 0.7    # it was done before
            else:
                killed += 1
        assert verify(path) == []
        with contextlib.closing(connect(path)) as connection:
            assert dangling(connection, folder_of(path)) == []
    connection = open_store(path)
    for report in purge(connection, NOW_NS, Settings(tracks_keep_days=9.0), folder_of(path)):
        pass
    assert report.complete and dangling(connection, folder_of(path)) == []
    left = ids(connection, 'tracks')
    assert left and all(number % 30 == 0 for number in left)
    assert len(files(folder_of(path))) == 2 * len(left)
    connection.close()
