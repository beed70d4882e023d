"""Frames and boxes meet by their stamp, in the module of the page that brings them together."""
from collections.abc import Callable
from typing import Any

import pytest

STEPS = """
    const pairing = new m.Pairing();
    const stamp = (ms) => new Date(1700000000000 + ms).toISOString().replace('Z', '000000Z');
    const seen = [];
    for (const [step, ms, at, source] of argument) {
        if (step === 'frame') pairing.addFrame({ stamp: stamp(ms), jpeg: ms }, at);
        if (step === 'boxes') pairing.addBoxes(
            { stamp: stamp(ms), source: source || 'tracks', boxes: ms }, at);
        if (step === 'take') {
            const picture = pairing.take(at);
            seen.push(picture && [picture.frame.jpeg, picture.boxes && picture.boxes.boxes,
                                  Math.round(picture.lateMs)]);
        }
    }
    return { seen, hold: pairing.holdMs, waiting: pairing.waiting };
"""

Run = Callable[..., Any]


def played(run_module: Run, *steps: tuple[Any, ...]) -> dict[str, Any]:
    """Return what was taken, the hold in ms and how many frames wait after `steps`."""
    return run_module('pairing.js', STEPS, [list(step) for step in steps])


def lags(lag_ms: float, count: int = 200, period_ms: float = 40) -> list[tuple[Any, ...]]:
    """Return frames and boxes that follow each frame by `lag_ms`, each frame taken in time."""
    steps = []
    for i in range(count):
        at = i * period_ms
        steps += [(at, ('frame', at, at)), (at + lag_ms, ('boxes', at, at + lag_ms))]
    return [step for _, step in sorted(steps, key=lambda item: item[0])]


def test_frame_is_shown_with_the_boxes_of_its_own_stamp(run_module: Run) -> None:
    result = played(run_module, ('frame', 0, 0), ('boxes', -33, 5), ('boxes', 0, 40),
                    ('boxes', 33, 60), ('take', None, 200))
    assert result['seen'] == [[0, 0, 0]]


def test_frame_waits_for_its_boxes_a_bounded_time(run_module: Run) -> None:
    result = played(run_module, ('boxes', -100, 0), ('frame', 0, 0), ('take', None, 100),
                    ('take', None, 140))
    assert result['seen'] == [None, [0, -100, 100]]


@pytest.mark.parametrize(('older_ms', 'boxes'), [(999, -999), (1000, -1000), (1001, None)])
def test_boxes_of_up_to_a_second_before_stand_in(
        run_module: Run, older_ms: int, boxes: int | None) -> None:
    result = played(run_module, ('boxes', -older_ms, 0), ('frame', 0, 0), ('take', None, 500))
    assert result['seen'][0][:2] == [0, boxes]


def test_boxes_of_a_later_frame_are_never_shown_on_an_earlier_one(run_module: Run) -> None:
    result = played(run_module, ('frame', 0, 0), ('boxes', 33, 10), ('take', None, 500))
    assert result['seen'] == [[0, None, 0]]


def test_newest_frame_whose_time_has_come_is_shown_and_older_ones_are_left_out(
        run_module: Run) -> None:
    result = played(run_module, ('frame', 0, 0), ('frame', 33, 33), ('frame', 66, 66),
                    ('boxes', 33, 70), ('take', None, 180), ('take', None, 181))
    assert (result['seen'], result['waiting']) == ([[33, 33, 0], None], 1)


@pytest.mark.parametrize(('lag_ms', 'low', 'high'), [(0, 15, 30), (50, 60, 70), (300, 315, 316)])
def test_hold_follows_how_late_the_boxes_are(
        run_module: Run, lag_ms: int, low: float, high: float) -> None:
    assert low <= played(run_module, *lags(lag_ms))['hold'] <= high


def test_frames_are_not_held_for_boxes_that_never_come(run_module: Run) -> None:
    steps = [step for i in range(20) for step in (
        ('frame', i * 200, i * 200), ('take', None, i * 200 + 199))]
    assert played(run_module, *steps)['hold'] == 0


def test_frames_are_held_again_when_boxes_come_in_time_again(run_module: Run) -> None:
    steps = [step for i in range(20) for step in (
        ('frame', i * 200, i * 200), ('take', None, i * 200 + 199))]
    result = played(run_module, *steps, ('frame', 9000, 9000), ('boxes', 9000, 9050))
    assert result['hold'] > 50


def test_frames_that_nobody_takes_are_bounded(run_module: Run) -> None:
    steps = [('frame', i, i) for i in range(1000)]
    assert played(run_module, *steps)['waiting'] == 16


def test_detections_are_left_out_while_a_tracker_speaks(run_module: Run) -> None:
    result = played(run_module, ('boxes', -40, 0, 'tracks'), ('frame', 0, 10),
                    ('boxes', 0, 20, 'detections'), ('take', None, 300))
    assert result['seen'] == [[0, -40, 40]]


def test_detections_are_shown_where_no_tracker_speaks_any_more(run_module: Run) -> None:
    result = played(run_module, ('boxes', -3000, 0, 'tracks'), ('frame', 0, 3000),
                    ('boxes', 0, 3010, 'detections'), ('take', None, 3300))
    assert result['seen'] == [[0, 0, 0]]
