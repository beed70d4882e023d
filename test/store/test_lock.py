"""A data folder belongs to one process, until that ends."""
from pathlib import Path
import subprocess
import sys

import pytest

from smartcam_bridge.errors import StoreUnavailable
from smartcam_bridge.store.lock import is_held, StoreLock

HOLDER = """
import pathlib, sys
sys.path.insert(0, {root!r})
from smartcam_bridge.store.lock import StoreLock
lock = StoreLock(pathlib.Path({folder!r}))
lock.acquire()
print('held', flush=True)
sys.stdin.read()
"""


def test_it_is_held_between_acquire_and_release(tmp_path: Path) -> None:
    lock = StoreLock(tmp_path)
    assert not is_held(tmp_path)
    with lock:
        assert is_held(tmp_path)
        with pytest.raises(StoreUnavailable, match='in use by another'):
            StoreLock(tmp_path).acquire()
    lock.release()
    assert not is_held(tmp_path)
    assert not is_held(tmp_path / 'missing')


def test_a_killed_process_leaves_it_free(tmp_path: Path) -> None:
    code = HOLDER.format(root=str(Path(__file__).parents[2]), folder=str(tmp_path))
    holder = subprocess.Popen([sys.executable, '-c', code], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == 'held\n'
    with pytest.raises(StoreUnavailable, match=f'process {holder.pid}'):
        StoreLock(tmp_path).acquire()
    holder.kill()
    holder.communicate(timeout=10)
    assert not is_held(tmp_path)
    with StoreLock(tmp_path):
        pass
