"""`kill -9` at any moment: the file is whole, little is missing, open tracks are ended."""
import contextlib
from pathlib import Path
import random
import signal
import sqlite3
import subprocess
import sys
import time
from typing import Callable

from rollup_truth import expected as expected_rollups, stored as stored_rollups

from smartcam_bridge.store.backup import verify
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.track_ids import BLOCK

PERIOD_S = 0.1  # the child's commit_period_s
COMMIT_S = 0.4  # how long a commit may take, where nothing else keeps the machine busy
ROUNDS = 4


def test_kill_loses_one_commit_period_at_most(
        path: Path, make_recorder: Callable[..., Recorder],
        rows: Callable[..., list[tuple]]) -> None:
    dice = random.Random(7)
    for _ in range(ROUNDS):
        last_id, = rows('SELECT max(id) FROM observations')[0] if path.exists() else (None,)
        older = (last_id or 0,)
        number, handed, committed = _record_and_kill(path, dice.uniform(0.05, 1.2))
        assert verify(path) == []
        _assert_that_rollups_are_true(path)
        stored, = rows('SELECT count(*) FROM observations WHERE id > ?', *older)[0]
        assert stored >= committed, 'committed, yet missing'
        held_up_ns = max((b - a for a, b in zip(handed, handed[1:])), default=0)
        safe_ns = handed[-1] - (PERIOD_S + COMMIT_S) * 1e9 - held_up_ns
        late = sum(at_ns < safe_ns for at_ns in handed)
        assert stored >= late, 'older than a commit period (and the commit), yet missing'

        recorder = make_recorder()
        state = recorder.start()
        assert state.recovered_tracks == 1
        assert state.next_track_id == number + BLOCK, 'no id is used twice'
        recorder.close()
        _assert_that_rollups_are_true(path)
        last, seen, reason, top, mean, latest = rows(
            'SELECT last_ns, observations, end_reason, score_top, score_mean, score_last '
            'FROM tracks WHERE id = ?', number)[0]
        newest, = rows('SELECT max(stamp_ns) FROM observations WHERE id > ?', *older)[0]
        assert (reason, seen) == ('restart', 1 + stored)
        if stored:
            assert last == newest
            assert (top, round(latest, 4)) == (0.75, 0.25)
            assert abs(mean - (0.5 + 0.25 * stored) / (1 + stored)) < 1e-4


def _assert_that_rollups_are_true(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found = stored_rollups(connection)
        assert found == expected_rollups(connection)
        assert found['zone_rollups'] and found['tripwire_rollups']


def _record_and_kill(path: Path, after_s: float) -> tuple[int, list[int], int]:
    """Return the track's id, when each observation was handed over, and how many were kept."""
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name('recording_child.py')), str(path)],
        stdout=subprocess.PIPE, text=True)
    try:
        word, number = child.stdout.readline().split()
        assert word == 'ready'
        first = child.stdout.readline()
        time.sleep(after_s)     # the moment is what is tried here
    finally:
        child.send_signal(signal.SIGKILL)
    told = (first + child.stdout.read()).splitlines(keepends=True)
    child.wait(60)
    whole = [line.split() for line in told if line.endswith('\n')]
    return int(number), [int(at_ns) for _, at_ns, _ in whole], int(whole[-1][2])
