import os
from pathlib import Path
import subprocess
import sys

import pytest
import smartcam_bridge
from smartcam_bridge.ros.memory import keep_large_blocks

PACKAGES = os.pathsep.join([str(Path(smartcam_bridge.__file__).resolve().parents[1]),
                            os.environ.get('PYTHONPATH', '')])
FAULTS = """
import resource, sys
import numpy as np
from smartcam_bridge.ros.memory import keep_large_blocks
if sys.argv[1] == 'kept':
    assert keep_large_blocks()
picture = np.ones(6_000_000, np.uint8)
for _ in range(3):
    bytes(picture)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(30):
    bytes(picture), picture.copy()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(mode: str) -> int:
    done = subprocess.run([sys.executable, '-c', FAULTS, mode], capture_output=True, text=True,
                          timeout=200, env={**os.environ, 'PYTHONPATH': PACKAGES})
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_large_blocks_are_reused_instead_of_faulted_in_anew():
    import ctypes
    if not hasattr(ctypes.CDLL(None), 'mallopt'):
        pytest.skip('this C library has no mallopt')
    assert faults('kept') * 20 < faults('given back')


def test_a_c_library_without_mallopt_is_left_alone(monkeypatch):
    monkeypatch.setattr('ctypes.CDLL', lambda name: object())
    assert keep_large_blocks() is False


def test_a_refused_option_is_told(monkeypatch, caplog):
    class Library:
        @staticmethod
        def mallopt(option, value):
            return 0 if option == -3 else 1
    monkeypatch.setattr('ctypes.CDLL', lambda name: Library)
    with caplog.at_level('DEBUG'):
        assert keep_large_blocks() is False
    assert 'refused option [-3]' in caplog.text
