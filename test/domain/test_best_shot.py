"""Which frame is the best: the order of what counts, hysteresis, and how little it costs."""
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, strategies as st
import numpy as np
import pytest

from smartcam_bridge.domain.best_shot import Candidate, is_better, rank, ShotBook
from smartcam_bridge.domain.model import Sight

MS = 1_000_000
SECOND = 1000 * MS
INSIDE = (0.4, 0.4, 0.5, 0.6)
CUT = (0.0, 0.4, 0.1, 0.6)
LARGE = (0.3, 0.3, 0.6, 0.8)
PLAIN = Candidate(0, INSIDE, 0.68, 100.0)


def sight(stamp_ns: int, *rows: tuple) -> Sight:
    """Return a sight of (track, box, score)."""
    return Sight(stamp_ns, np.array([row[0] for row in rows], np.uint32),
                 np.array([row[1] for row in rows], np.float32).reshape(-1, 4),
                 np.array([row[2] for row in rows], np.float32),
                 np.zeros(len(rows), np.uint16))


def same(row: int) -> float:
    """Be as sharp as always."""
    return 100.0


@pytest.mark.parametrize('change, better', [
    ({'face_area': 0.01}, True),
    ({'face_area': 0.01, 'box': CUT, 'score': 0.3, 'sharpness': 1.0}, True),
    ({'box': CUT}, False),
    ({'box': CUT, 'score': 0.99, 'sharpness': 1e4}, False),
    ({'score': 0.8}, True),
    ({'score': 0.8, 'sharpness': 1.0}, True),
    ({'score': 0.71}, False),                       # a higher band, but not clearly higher
    ({'score': 0.71, 'sharpness': 400.0}, True),
    ({'score': 0.55, 'sharpness': 1e4, 'box': LARGE}, False),
    ({'sharpness': 200.0}, True),
    ({'sharpness': 110.0}, False),
    ({'sharpness': 40.0, 'box': LARGE}, False),
    ({'box': LARGE}, True),
    ({'box': (0.4, 0.4, 0.502, 0.602)}, False),
    ({}, False),
])
def test_criteria_count_in_their_order_and_only_when_clear(change: dict, better: bool) -> None:
    assert is_better(replace(PLAIN, **change), PLAIN) is better


candidates = st.builds(
    lambda x, y, w, h, score, sharp, face: Candidate(
        0, (x, y, min(1.0, x + w), min(1.0, y + h)), score, sharp, face),
    st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.01, 0.5), st.floats(0.01, 0.5),
    st.floats(0, 1), st.floats(0, 5000), st.sampled_from([0.0, 0.001, 0.01, 0.02]))


@given(st.lists(candidates, min_size=2, max_size=40))
def test_the_bands_of_the_best_only_rise(stream: list[Candidate]) -> None:
    bests = [stream[0]]
    for candidate in stream[1:]:
        if is_better(candidate, bests[-1]):
            bests.append(candidate)
    assert all(rank(a) < rank(b) for a, b in pairwise(bests))


@given(candidates)
def test_nothing_is_better_than_itself(candidate: Candidate) -> None:
    assert not is_better(candidate, candidate)


def test_a_track_that_enters_is_best_where_the_edge_no_longer_cuts_it() -> None:
    book = ShotBook()
    for step in range(20):
        left = max(0.0, step * 0.02 - 0.1)
        right = step * 0.02 + 0.05
        book.judge(sight(step * 100 * MS, (7, (left, 0.4, right, 0.6), 0.8)), same)
    assert book.best(7).whole
    assert book.best(7).box[0] > 0


def test_jitter_of_scores_changes_nothing() -> None:
    book, rng = ShotBook(), np.random.default_rng(1)
    won = [book.judge(sight(step * 100 * MS, (7, INSIDE, 0.8 + rng.uniform(-.04, .04))),
                      lambda row: 100 * rng.uniform(0.9, 1.1)) for step in range(2000)]
    assert len([w for w in won if w]) <= 3


def test_tracks_are_judged_apart_and_freed() -> None:
    book = ShotBook()
    assert book.judge(sight(0, (1, INSIDE, 0.9), (2, CUT, 0.4)), same) == [1, 2]
    assert book.judge(sight(SECOND, (1, CUT, 0.9), (2, INSIDE, 0.4)), same) == [2]
    book.forget(1)
    book.forget(1)
    assert (len(book), book.best(1)) == (1, None)


def test_frames_that_only_their_pixels_could_tell_apart_are_opened_seldom() -> None:
    book, opened = ShotBook(), set()
    for step in range(300):
        growing = (0.4, 0.4, 0.41 + step * 0.001, 0.6)
        at = sight(step * 33 * MS, *((track, growing, 0.8) for track in range(50)))
        book.judge(at, lambda row, step=step: opened.add(step) or 100.0 + step)
    assert len(opened) <= 10 * 2 + 1
    assert book.looks == 50 * len(opened)


def test_the_one_better_moment_is_never_missed() -> None:
    for moment in range(1, 20):
        book = ShotBook()
        for step in range(20):
            book.judge(sight(step * 33 * MS, (1, INSIDE, 0.9 if step == moment else 0.6)), same)
        assert book.best(1).stamp_ns == moment * 33 * MS


@pytest.mark.parametrize('seed', range(20))
def test_a_track_is_looked_at_a_bounded_number_of_times(seed: int) -> None:
    """Twice a second where pixels decide, and as often as boxes can get better: in bands."""
    book, rng = ShotBook(), np.random.default_rng(seed)
    for step in range(400):
        x, y, wide, tall = rng.uniform(0, 0.5, 4)
        box = (x * (rng.random() < 0.9), y, x + wide, y + tall)
        book.judge(sight(step * 10 * MS, (1, box, rng.random() * step / 400)), same)
    assert book.looks <= 2 * 10 + 4 * 2 + 1


def test_eight_hours_of_the_same_view_cost_next_to_nothing() -> None:
    book = ShotBook()
    for step in range(8 * 3600 * 2):
        book.judge(sight(step * SECOND // 2, (1, INSIDE, 0.8)), same)
    assert book.looks < 8 * 3600 / 30 + 20


def test_a_larger_view_is_looked_at_sooner() -> None:
    book = ShotBook()
    for second in range(600):
        book.judge(sight(second * SECOND, (1, INSIDE, 0.8)), same)
    assert book.judge(sight(600 * SECOND, (1, LARGE, 0.8)), same) == [1]


def test_a_late_or_repeated_stamp_is_counted_and_changes_nothing() -> None:
    book = ShotBook()
    book.judge(sight(SECOND, (1, INSIDE, 0.5)), same)
    assert book.judge(sight(SECOND, (1, INSIDE, 0.9)), same) == []
    assert book.judge(sight(SECOND - 1, (1, INSIDE, 0.9)), same) == []
    assert (book.late, book.best(1).score) == (2, 0.5)


def test_a_looped_recording_begins_anew() -> None:
    book = ShotBook()
    book.judge(sight(100 * SECOND, (1, INSIDE, 0.5)), same)
    assert book.judge(sight(SECOND, (2, INSIDE, 0.5)), same) == [2]
    assert book.late == 0


def test_a_face_is_of_the_track_it_is_told_of() -> None:
    book = ShotBook()
    rows = (1, INSIDE, 0.8), (2, INSIDE, 0.8)
    assert book.judge(sight(0, *rows), same) == [1, 2]
    assert book.judge(replace(sight(SECOND, *rows), face_areas={2: 0.01}), same) == [2]
    assert (book.best(1).face_area, book.best(2).face_area) == (0.0, 0.01)
    assert book.judge(sight(2 * SECOND, (1, LARGE, 0.95), (2, LARGE, 0.95)), same) == [1]


def test_pixels_that_cannot_be_read_leave_the_choice_as_it_was() -> None:
    book = ShotBook()
    book.judge(sight(0, (1, INSIDE, 0.5)), same)

    def broken(row: int) -> float:
        raise ValueError

    with pytest.raises(ValueError):
        book.judge(sight(SECOND, (1, INSIDE, 0.9), (2, INSIDE, 0.9)), broken)
    assert (book.best(1).score, book.best(2)) == (0.5, None)
    assert book.judge(sight(SECOND + 1, (2, INSIDE, 0.9)), same) == [2]


def test_the_first_save_waits_for_the_flurry_of_an_entrance_and_the_next_for_longer() -> None:
    book, saves = ShotBook(), []
    for step in range(150):
        score = min(0.95, 0.05 + 0.006 * step)
        book.judge(sight(step * 100 * MS, (1, INSIDE, score)), same)
        for track in list(book.due()):
            book.note_save(track, True)
            saves.append(step)
    assert saves[0] == 10      # one second
    assert 1 < len(saves) <= 4
    assert all(b - a >= 50 for a, b in pairwise(saves))


def test_a_save_that_failed_is_tried_again_later() -> None:
    book = ShotBook()
    book.judge(sight(0, (1, INSIDE, 0.8)), same)
    book.judge(sight(SECOND, (1, INSIDE, 0.8)), same)
    assert list(book.due()) == [1]
    book.note_save(1, False)
    assert (list(book.due()), book.unsaved(1)) == ([], True)
    book.judge(sight(6 * SECOND, (1, INSIDE, 0.8)), same)
    assert list(book.due()) == [1]
    book.note_save(1, True)
    assert not book.unsaved(1)
