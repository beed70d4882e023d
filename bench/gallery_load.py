"""Measure reading a gallery from the store at the start: 100,000 templates of 512 numbers.

ours    `Galleries.load`: rows checked, in a gallery that can be matched with
floor   reading the bytes of the file, and writing as many to memory as the vectors are
rival   plain sqlite3: fetchall, np.frombuffer of each row, np.stack; nothing is checked

Contestants take turns. The file lies in the cache of the operating system, but in the case `cold`,
where it is asked to forget it before each turn. The gallery is made in the temporary folder at the
first run (0.4 GB).
"""
from __future__ import annotations

import argparse
import contextlib
import os
from pathlib import Path
import sqlite3
import sys
import tempfile
import time

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.harness import Case, report, say  # noqa: E402
from bench.match_data import DIMENSION, gallery  # noqa: E402
import numpy as np  # noqa: E402
from smartcam_bridge.store.engine import connect, open_store, transaction  # noqa: E402
from smartcam_bridge.store.faces.galleries import Galleries  # noqa: E402

TEMPLATES = 100_000
LIMIT_BYTES = 1 << 40
_PERSON = "INSERT INTO people VALUES (?, ?, '', 'given', 1, 1, '[]')"
_TEMPLATE = ('INSERT INTO templates (person_id, model, dimension, vector, source, created_ns, '
             "created_by) VALUES (?, 'bench', ?, ?, 'vector', 1, 'bench')")


def made(path: Path) -> None:
    """Write the gallery, once."""
    if path.exists():
        return
    say(f'writing {TEMPLATES} templates to {path}')
    unfinished = path.with_suffix('.new')
    unfinished.unlink(missing_ok=True)
    rows, people = gallery(TEMPLATES, isotropic=False)
    with contextlib.closing(open_store(unfinished)) as connection, transaction(connection):
        connection.executemany(_PERSON, [(person, f'person {person}')
                                         for person in np.unique(people).tolist()])
        connection.executemany(_TEMPLATE, ((person, DIMENSION, row.tobytes())
                                           for person, row in zip(people.tolist(), rows)))
    unfinished.rename(path)


def ours(path: Path) -> int:
    """Load the gallery as the bridge does; return how many templates there are."""
    with contextlib.closing(connect(path)) as connection:
        galleries = Galleries(lambda: LIMIT_BYTES)
        galleries.load(connection)
        return len(galleries.view('bench'))


def floor(path: Path) -> int:
    """Read all bytes of the file, and write as many as the vectors are."""
    into, size_bytes = bytearray(1 << 20), 0
    with path.open('rb', buffering=0) as file:
        while got := file.readinto(into):
            size_bytes += got
    return len(np.ones((TEMPLATES, DIMENSION), np.float32))


def rival(path: Path) -> int:
    """Load it as one would."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT id, person_id, vector FROM templates WHERE model = 'bench'").fetchall()
    return len(np.stack([np.frombuffer(vector, np.float32) for _, _, vector in rows]))


def forget(path: Path) -> None:
    """Have the operating system drop the file from its cache."""
    with path.open('rb') as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    """Take turns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--cpu', action='store_true', help='CPU instead of time: a busy machine')
    args = parser.parse_args()
    clock = time.process_time if args.cpu else time.perf_counter
    path = Path(tempfile.gettempdir()) / 'smartcam_bench_gallery' / 'smartcam.sqlite3'
    path.parent.mkdir(exist_ok=True)
    made(path)
    cases = [Case(f'100k {name}', 'CPU s' if args.cpu else 's', 'sqlite3: fetchall')
             for name in ('warm', 'cold')]
    for case in cases * args.repeats:
        for contestant in (floor, ours, rival):
            forget(path) if case.case.endswith('cold') else floor(path)
            began_s = clock()
            assert contestant(path) == TEMPLATES
            case.add(contestant.__name__, clock() - began_s)
    report('gallery_load', cases)


if __name__ == '__main__':
    main()
