"""How well the built-in tracker follows, by the field's measures; `pytest -s` prints them."""
from pathlib import Path
import sys

import pytest

from smartcam_bridge.domain.tracker import Tracker

ROOT = Path(__file__).resolve().parents[2]
SEEDS, SECONDS = range(1, 3), 40.0


@pytest.fixture(scope='module')
def scoring():
    """Return bench/scoring.py as a module."""
    pytest.importorskip('trackeval', reason='needs trackeval (pip install trackeval)')
    if not (ROOT / 'bench').exists():
        pytest.skip('the benchmarks are not installed with the package')
    sys.path.insert(0, str(ROOT))
    try:
        import bench.scoring
    finally:
        sys.path.remove(str(ROOT))
    return bench.scoring


def follow(steps):
    assign = Tracker().assign
    return [assign(step.stamp_ns, step.corners, step.scores, step.label_ids) for step in steps]


@pytest.mark.timeout(300)
@pytest.mark.parametrize('task, hota, mota, idf1', [
    ('easy', 0.96, 0.97, 0.97), ('hard', 0.51, 0.56, 0.65), ('slow', 0.57, 0.64, 0.71),
    ('driving', 0.46, 0.46, 0.52)])
def test_targets_are_followed_at_least_this_well(scoring, task, hota, mota, idf1):
    alone, stored, ceiling = (
        scoring.score_all(scoring.TASKS[task], how, seeds=SEEDS, seconds=SECONDS)
        for how in (follow, scoring.stored, scoring.true_ids))
    print(f'\n{task}: {alone}\n{task}, as stored: {stored}\n{task}, ceiling: {ceiling}')
    for figures in alone, stored:
        assert figures.hota >= hota and figures.mota >= mota and figures.idf1 >= idf1
        assert figures.hota <= ceiling.hota


def test_the_measures_tell_good_from_bad(scoring):
    task = scoring.Task(4, 10.0, scoring.Faults())
    everybody_new = iter(range(10**9))
    good, swapped, nothing = (
        scoring.score_all(task, how, seeds=[1], seconds=10.0) for how in (
            scoring.true_ids,
            lambda steps: [tuple(map(str, range(len(step.scores)))) for step in steps],
            lambda steps: [tuple(str(next(everybody_new)) for _ in step.scores)
                           for step in steps]))
    assert good.hota == good.mota == good.idf1 == 1
    assert swapped.mota < 1 and swapped.idf1 < 0.8 and swapped.switches
    assert nothing.hota == nothing.idf1 == nothing.ids == 0
