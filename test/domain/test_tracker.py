"""The built-in tracker: who keeps an id, who gets a new one, and what is kept in memory."""
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from smartcam_bridge.domain.times import NS
from smartcam_bridge.domain.tracker import BOXES_MAX, Tracker, TrackerRules

START = 1_800_000_000 * NS
PERSON, DOG = 1, 2


class Feed:
    """Puts messages into a tracker; boxes are given by centre x (0.1 wide, 0.2 high, y 0.5)."""

    def __init__(self, rules=None):
        self.tracker = Tracker(rules or TrackerRules())

    def __call__(self, at_s, *places, scores=0.9, labels=PERSON):
        middles = np.array([place if isinstance(place, tuple) else (place, 0.5)
                            for place in places], np.float32).reshape(-1, 2)
        corners = np.concatenate([middles - (0.05, 0.1), middles + (0.05, 0.1)], axis=1)
        size = len(places)
        return self.tracker.assign(
            START + round(at_s * NS), corners.astype(np.float32),
            np.broadcast_to(np.float32(scores), size).copy(),
            np.broadcast_to(np.uint16(labels), size).copy())


@pytest.fixture
def feed():
    return Feed()


def test_a_box_keeps_its_id_while_it_moves_whatever_the_order(feed):
    a, b = feed(0, 0.2, 0.8)
    assert a and b and a != b
    for step in range(1, 20):
        way = step * 0.01
        assert feed(step / 30, 0.8 - way, 0.2 + way) == (b, a)


def test_those_who_meet_keep_their_ids(feed):
    first = feed(0, (0.2, 0.5), (0.8, 0.51))
    for step in range(1, 61):
        last = feed(step / 30, (0.2 + step * 0.01, 0.5), (0.8 - step * 0.01, 0.51))
    assert last == first


@pytest.mark.parametrize('periods_s', [[1 / 30], [1 / 5], [0.5], [0.02, 0.4, 0.1, 0.03, 0.25]])
def test_velocity_is_told_by_stamps_not_by_messages(feed, periods_s):
    at_s, seen = 0.0, set()
    for step in range(40):
        seen.add(feed(at_s, 0.1 + 0.04 * at_s))
        at_s += periods_s[step % len(periods_s)]
    assert len(seen) == 1


def test_a_target_that_was_hidden_is_found_where_it_went(feed):
    for step in range(40):
        before = feed(step / 30, 0.1 + step * 0.01)
    for step in range(40, 70):
        assert feed(step / 30) == ()
    assert feed(70 / 30, 0.1, 0.1 + 70 * 0.01)[1:] == before


def visible(left, right):
    """Return corners of what a pillar between 0.5 and 0.6 leaves of a box, None for nothing."""
    if left < 0.5:
        right = min(right, 0.5)
    else:
        left = max(left, 0.6)
    return np.array([[left, 0.4, right, 0.6]], np.float32) if right - left > 0.03 else None


@pytest.mark.parametrize('rate_hz, speed', [(30, 0.1), (30, 0.25), (10, 0.1), (5, 0.15)])
def test_who_walks_behind_a_pillar_comes_out_as_the_same(rate_hz, speed):
    tracker, seen, hidden = Tracker(), [], 0
    for step in range(round(0.8 / speed * rate_hz)):
        left = 0.1 + speed * step / rate_hz
        corners = visible(left, left + 0.1)
        hidden += corners is None
        count = 0 if corners is None else 1
        seen += tracker.assign(
            START + step * NS // rate_hz, np.empty((0, 4)) if corners is None else corners,
            np.full(count, 0.9), np.full(count, PERSON))
    assert set(seen) == {seen[0]} and hidden >= 2


def test_who_stands_is_still_there_when_another_has_passed_before():
    tracker, seen, hidden = Tracker(), [], 0
    for step in range(90):
        passing = -0.1 + step / 30 * 0.3      # the left side of one that is 0.15 wide
        sides = [(0.4, min(0.5, passing)), (max(0.4, passing + 0.15), 0.5)]
        shown = max(sides, key=lambda side: side[1] - side[0])
        boxes = [(passing, 0.45, passing + 0.15, 0.8)] if passing + 0.075 > 0 else []
        labels = [DOG] * len(boxes)
        if shown[1] - shown[0] > 0.03:
            boxes, labels = [*boxes, (shown[0], 0.4, shown[1], 0.6)], [*labels, PERSON]
        else:
            hidden += 1
        ids = tracker.assign(START + step * NS // 30,
                             np.clip(np.array(boxes).reshape(-1, 4), 0, 1),
                             np.full(len(boxes), 0.9), np.array(labels, int))
        seen += [one for one, label in zip(ids, labels) if label == PERSON]
    assert set(seen) == {seen[0]} and hidden >= 2


@pytest.mark.parametrize('silence_s, same', [(1.9, True), (2.1, False)])
def test_a_track_is_kept_for_lost_after(feed, silence_s, same):
    for step in range(91):
        before = feed(step / 30, 0.5)
    for step in range(1, 10):
        feed(3 + silence_s * step / 10)
    assert (feed(3 + silence_s, 0.5) == before) is same


def test_what_was_seen_once_is_forgotten_at_once(feed):
    once = feed(0, 0.5)
    feed(0.1)
    assert feed(0.2, 0.5) not in (once, ('',))
    assert len(feed.tracker) == 1


def test_a_low_score_continues_a_track_and_begins_none(feed):
    assert feed(0, 0.5, scores=0.3) == ('',)
    known = feed(0.1, 0.5)
    assert feed(0.2, 0.5, 0.9, scores=0.3) == known + ('',)
    assert feed(0.3, 0.5, scores=0.05) == ('',)


def test_high_scores_choose_first(feed):
    known = feed(0, 0.5)
    assert feed(0.1, 0.5, 0.52, scores=[0.3, 0.9]) == ('', *known)


def test_the_own_label_is_preferred_and_another_one_tolerated(feed):
    person = feed(0, 0.5)
    feed(0.1, 0.5)
    assert feed(0.2, 0.5, 0.51, labels=[DOG, PERSON])[1] == person[0]


def test_another_label_at_the_same_place_is_the_same_target(feed):
    assert feed(0, 0.5) == feed(0.1, 0.51, labels=DOG) == feed(0.2, 0.52)


def test_the_same_tuple_comes_back_while_texts_stay(feed):
    first = feed(0, 0.2, 0.8)
    assert feed(0.1, 0.21, 0.79) is first
    assert feed(0.2, 0.79, 0.21) is not first


def test_a_late_message_is_matched_where_the_tracks_were_and_teaches_nothing(feed):
    for step in range(30):
        known = feed(step / 10, 0.1 + step * 0.02)
    assert feed(2.0, 0.1 + 20 * 0.02, 0.9) == (*known, '')
    assert len(feed.tracker) == 1
    assert feed(3.0, 0.1 + 30 * 0.02) == known


@pytest.mark.parametrize('jump_s', [3600, -3600])
def test_a_step_of_the_clock_begins_anew_with_ids_never_given_before(feed, jump_s):
    before = feed(0, 0.5)
    after = feed(jump_s, 0.5)
    assert after != before and len(feed.tracker) == 1
    assert feed(jump_s + 0.1, 0.5) == after


def test_two_detectors_may_speak_of_the_same_instant(feed):
    a, = feed(0, 0.2)
    b, = feed(0, 0.8, labels=DOG)
    assert a != b and len(feed.tracker) == 2
    assert feed(0.1, 0.2, 0.8, labels=[PERSON, DOG]) == (a, b)


def test_ids_of_another_run_are_different():
    first, second = Feed(), Feed()
    assert set(first(0, 0.2, 0.5)).isdisjoint(second(1, 0.2, 0.5))


@pytest.mark.parametrize('boxes', [0, 1, 1000, 1500])
def test_any_number_of_boxes(boxes):
    rng, tracker = np.random.default_rng(boxes), Tracker()
    for step in range(4):
        low = rng.random((boxes, 2))
        corners = np.concatenate([low, low + rng.uniform(0, 0.1, (boxes, 2))], axis=1)
        ids = tracker.assign(START + step * NS // 30, corners.astype(np.float32),
                             rng.random(boxes, np.float32), np.ones(boxes, np.uint16))
        told = [one for one in ids if one]
        assert len(ids) == boxes and len(set(told)) == len(told) <= BOXES_MAX
        assert len(tracker) <= BOXES_MAX
    assert (tracker.refused > 0) is (boxes > BOXES_MAX)


def test_state_is_freed_with_its_tracks():
    tracker, most = Tracker(), 0
    for step in range(3000):
        rng = np.random.default_rng(step // 5)      # everybody new five times a second or so
        low = rng.random((10, 2)).astype(np.float32)
        tracker.assign(START + step * NS // 25, np.concatenate([low, low + 0.1], axis=1),
                       np.full(10, 0.9, np.float32), np.ones(10, np.uint16))
        most = max(most, len(tracker))
    assert most < 40 and tracker._met > 1500
    for step in range(3000, 3060):
        tracker.assign(START + step * NS // 25, np.empty((0, 4), np.float32),
                       np.empty(0, np.float32), np.empty(0, np.uint16))
    assert len(tracker) == 0
    assert tracker._motion.size == tracker._marks.size == 0


MESSAGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2**32),
                              st.sampled_from([-1.0, -0.05, 0.0, 0.03, 0.2, 1.0, 5.0])),
                    max_size=15)


def random_message(count, seed):
    """Return corners, scores and labels of boxes that lie close together."""
    rng = np.random.default_rng(seed)
    low = rng.random((count, 2)) * 0.3
    corners = np.concatenate([low, low + rng.uniform(0.05, 0.3, (count, 2))], axis=1)
    return (corners.astype(np.float32), rng.random(count).astype(np.float32),
            rng.integers(1, 3, count).astype(np.uint16))


@settings(max_examples=150, deadline=None)
@given(MESSAGES)
def test_no_two_boxes_of_a_message_share_an_id(messages):
    tracker, at_ns = Tracker(), START
    for count, seed, step_s in messages:
        at_ns += round(step_s * NS)
        ids = tracker.assign(at_ns, *random_message(count, seed))
        told = [one for one in ids if one]
        assert len(ids) == count and len(set(told)) == len(told)
        assert np.isfinite(tracker._motion).all()
        assert (tracker._motion[[2, 3, 6, 8]] > 0).all()    # sizes and variances


@settings(max_examples=150, deadline=None)
@given(MESSAGES, st.integers(0, 2**32))
def test_the_order_of_boxes_does_not_matter(messages, seed):
    rng, plain, mixed = np.random.default_rng(seed), Tracker(), Tracker()
    at_ns, names = START, {'': ''}
    for count, content, step_s in messages:
        at_ns += round(step_s * NS)
        message = random_message(count, content)
        order = rng.permutation(count)
        ids = plain.assign(at_ns, *message)
        others = mixed.assign(at_ns, *(values[order] for values in message))
        for place, other in zip(order.tolist(), others):
            assert names.setdefault(ids[place], other) == other
    assert len(set(names.values())) == len(names)


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_an_id_is_never_given_again(seed):
    rng, tracker = np.random.default_rng(seed), Tracker()
    last_seen: dict[str, int] = {}
    for step in range(40):
        ids = tracker.assign(START + step * NS // 2, *random_message(4, rng.integers(2**32)))
        for one in filter(None, ids):
            assert step - last_seen.get(one, step) <= 5
            last_seen[one] = step
