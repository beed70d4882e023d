"""`kill -9` in the middle of anything about people leaves a store that is as it was or will be."""
import contextlib
from pathlib import Path
import random
import signal
import sqlite3
import subprocess
import sys
import time
from typing import Callable

from people_truth import assert_gallery_is_as_the_rows, nobody_named

from smartcam_bridge.store.backup import verify
from smartcam_bridge.store.recorder import Recorder

ROUNDS = 5


def test_a_kill_at_any_moment_leaves_nobody_half(path: Path,
                                                 make_recorder: Callable[..., Recorder]) -> None:
    dice, forgotten, rounds = random.Random(3), [], 0
    while rounds < ROUNDS or len(forgotten) < ROUNDS:
        rounds += 1
        forgotten += _change_and_kill(path, dice.uniform(0.2, 0.5))
        assert verify(path) == []
        with contextlib.closing(sqlite3.connect(path)) as connection:
            assert nobody_named(connection) == []
            there = {id_ for id_, in connection.execute('SELECT id FROM people')}
            assert not there & set(forgotten), 'what was answered is done'
        recorder = make_recorder()
        state = recorder.start()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            assert_gallery_is_as_the_rows(state.people, connection)
            last, = connection.execute('SELECT max(id) FROM strangers').fetchone()
            assert state.next_stranger_id > (last or 0)
        recorder.close()


def _change_and_kill(path: Path, after_s: float) -> list[int]:
    """Return who was forgotten, as far as it said so."""
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name('people_child.py')), str(path)],
        stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == 'ready\n'
        time.sleep(after_s)     # the moment is what is tried here
    finally:
        child.send_signal(signal.SIGKILL)
    said = [line.split() for line in child.stdout.read().splitlines()]
    child.wait(10)
    return [int(words[1]) for words in said if len(words) == 2]
