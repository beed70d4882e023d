"""Measure matching: how long it takes to find who is most like a face, of many templates.

ours    `GallerySnapshot.match` of the best five people, with the plan that the gallery's own
        measure asks for. `100k single scan` is without one.
floor   one read of the gallery, `np.dot(flat, flat)`; batches too are reckoned against one read
        for each probe.
rival   `faiss-cpu`, IndexFlatIP, the five best templates (not people), at one thread or at as
        many as there are cores, whichever is faster in that case. Install it in an environment
        of its own and run this file with it (nothing of ROS is needed): pip install faiss-cpu
plain   what one would write: `matrix @ probe` and argpartition, the five best templates. In the
        progress only.

Galleries of 512 numbers, four templates a person; half of the probes are of people who are in
them. Energy falls like 1/i unless a case says isotropic. In every case the people that are found
are compared with a float64 reference, and so are their cosines; the bench fails where they differ.
All contestants take turns, each probe of each in its turn, and every contestant has its own copy
of the gallery, so none finds it in the cache because another has just read it.
"""
from __future__ import annotations

import argparse
from collections.abc import Callable
import os
from pathlib import Path
import sys
import time

# Single probes start no threads of BLAS whatever this says. Batches would, and on busy cores those
# wait for each other longer than the work takes (docs/performance.md).
os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.harness import Case, report, say  # noqa: E402
from bench.match_data import DIMENSION, gallery, probes  # noqa: E402
import numpy as np  # noqa: E402
from smartcam_bridge.domain.gallery import Gallery, GallerySnapshot  # noqa: E402

try:
    import faiss
except ImportError as missing:
    faiss = None
    say(f'without the rival: {missing}')

RIVAL = 'faiss-cpu: IndexFlatIP'
BEST = 5
PROBES = 32
SIZES = {'1k': 1000, '10k': 10_000, '100k': 100_000, '1M': 1_000_000}
REPEATS = {'1k': 101, '10k': 41, '100k': 21, '1M': 5}
BATCHES = {'single': 1, 'batch8': 8, 'batch32': 32}
Match = Callable[[np.ndarray], object]


def ours(rows: np.ndarray, people: np.ndarray, plan: bool) -> GallerySnapshot:
    """Return a gallery of all rows, with its plan or without one."""
    filled = Gallery('bench', DIMENSION)
    filled.load(np.arange(1, len(rows) + 1), people, rows)
    if plan and filled.snapshot().is_plan_due:
        began = time.perf_counter()
        learnt = filled.snapshot().learn()
        filled.adopt(learnt)
        heads = 0 if learnt.heads is None else len(learnt.heads.basis)
        say(f'  a plan of {heads} directions, learnt in {time.perf_counter() - began:.2f} s; '
            f'beside them {learnt.share:.3f} of all rows are read')
    return filled.snapshot()


def plain(rows: np.ndarray) -> Match:
    """Return what compares with all and sorts with argpartition."""
    def match(asked: np.ndarray) -> object:
        similarities = asked @ rows.T if len(asked) > 1 else (rows @ asked[0])[None]
        best = np.argpartition(similarities, -BEST, axis=1)[:, -BEST:]
        order = np.argsort(-np.take_along_axis(similarities, best, 1), axis=1)
        return np.take_along_axis(best, order, 1)
    return match


def rivals(rows: np.ndarray) -> dict[str, Match]:
    """Return faiss at one thread and at all cores; nothing where it is not installed."""
    if faiss is None:
        return {}

    def at(threads: int) -> Match:
        index = faiss.IndexFlatIP(DIMENSION)
        index.add(rows)

        def match(asked: np.ndarray) -> object:
            faiss.omp_set_num_threads(threads)
            return index.search(asked, BEST)
        return match
    return {f'faiss at {threads}': at(threads) for threads in {1, os.cpu_count() or 1}}


def check(snapshot: GallerySnapshot, rows: np.ndarray, asked: np.ndarray, people: np.ndarray,
          batch: int) -> None:
    """Fail unless the people are those of a float64 reference, with its cosines."""
    wide, firsts = asked.astype(np.float64).T, np.flatnonzero(np.diff(people, prepend=0))
    all_rows = np.concatenate([rows[begin:begin + 16384].astype(np.float64) @ wide
                               for begin in range(0, len(rows), 16384)])
    best = np.maximum.reduceat(all_rows, firsts, axis=0).T
    found = [one for begin in range(0, len(asked), batch)
             for one in snapshot.match(asked[begin:begin + batch], BEST)]
    for told, truth in zip(found, best):
        order = np.argpartition(-truth, BEST)[:BEST]
        order = order[np.argsort(-truth[order])]
        assert [one.person_id for one in told] == people[firsts[order]].tolist()
        assert np.abs([one.similarity for one in told] - truth[order]).max() < 1e-5


def measure(size: str, batches: list[str], isotropic: bool, plan: bool,
            args: argparse.Namespace) -> list[Case]:
    """Return the cases of one gallery."""
    clock = time.process_time if args.cpu else time.perf_counter
    kind = ' isotropic' if isotropic else '' if plan else ' scan'
    say(f'{size}{kind}: building')
    rows, people = gallery(SIZES[size], isotropic)
    asked = probes(rows, isotropic, PROBES)
    snapshot = ours(rows, people, plan)
    flat, others = rows.reshape(-1), rivals(rows) | {'plain': plain(rows)}
    cases = []
    for batch in batches:
        count = BATCHES[batch]
        check(snapshot, rows, asked, people, count)
        case, times = Case(f'{size} {batch}{kind}', 'ms/probe', RIVAL), {}
        say(case.case)
        for number in range(-1, args.repeats or REPEATS[size]):
            some = np.roll(asked, -number * count, axis=0)[:count].copy()
            for name, match in ({'ours': lambda some: snapshot.match(some, BEST),
                                 'floor': lambda some: np.dot(flat, flat)} | others).items():
                began = clock()
                match(some)
                took_ms = (clock() - began) * 1000 / (1 if name == 'floor' else count)
                if number >= 0:     # the first is to warm up
                    times.setdefault(name, []).append(took_ms)
        case.figures.update(ours=times['ours'], floor=times['floor'])
        faster = min((np.median(figures), name) for name, figures in times.items()
                     if name.startswith('faiss')) if faiss else (0, '')
        case.figures['rival'] = times.get(faster[1], [])
        case.rival_name += faster[1].removeprefix('faiss')
        say(f'  {case.row()}, plain {np.median(times["plain"]):.4g}')
        cases.append(case)
    return cases


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n', 1)[0])
    parser.add_argument('--sizes', nargs='+', choices=SIZES, default=list(SIZES))
    parser.add_argument('--batches', nargs='+', choices=BATCHES, default=list(BATCHES))
    parser.add_argument('--repeats', type=int, help='of each case; else more of the small ones')
    parser.add_argument('--cpu', action='store_true', help='CPU of the process, not time')
    args = parser.parse_args()
    cases = []
    for size in args.sizes:
        cases += measure(size, args.batches, False, True, args)
        if size == '100k' and 'single' in args.batches:
            cases += measure(size, ['single'], False, False, args)
            cases += measure(size, ['single'], True, True, args)
    report('match', cases)


if __name__ == '__main__':
    main()
