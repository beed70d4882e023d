"""A stretch of time is covered by whole rollups, once, and by few of them."""
import itertools
import json

from hypothesis import given, strategies as st
import pytest

from smartcam_bridge.store.spans import cover, spans_json, WIDTHS_S

MINUTES = st.integers(0, 200_000).map(lambda minute: minute * 60)


@given(MINUTES, MINUTES)
def test_a_cover_has_no_gap_and_no_overlap(begin_s: int, length_s: int) -> None:
    end_s = begin_s + length_s
    reached_s = begin_s
    for width_s, first_s, last_s in cover(begin_s, end_s):
        assert first_s == reached_s < last_s
        assert first_s % width_s == last_s % width_s == 0
        reached_s = last_s
    assert reached_s == end_s


@given(MINUTES, MINUTES)
def test_a_cover_is_at_most_a_few_rollups_besides_whole_days(begin_s: int, length_s: int) -> None:
    counts = {width_s: (last_s - first_s) // width_s
              for width_s, first_s, last_s in cover(begin_s, begin_s + length_s)}
    pieces = list(cover(begin_s, begin_s + length_s))
    assert len(pieces) <= 2 * len(WIDTHS_S) - 1
    assert counts.get(60, 0) <= 28 and counts.get(900, 0) <= 6 and counts.get(3600, 0) <= 46


@pytest.mark.parametrize('begin, end, expected', [
    (0, 86400, [(86400, 0, 86400)]),
    (0, 0, []),
    (-19800, 66600, [(900, -19800, -18000), (3600, -18000, 64800), (900, 64800, 66600)])])
def test_days_of_any_zone(begin: int, end: int, expected: list[tuple[int, int, int]]) -> None:
    assert list(cover(begin, end)) == expected


def test_the_spans_of_buckets_tell_whose_they_are() -> None:
    assert json.loads(spans_json([0, 60, 3600])) == [
        [0, 60, 0, 60, 60], [1, 60, 60, 900, 3540], [1, 900, 900, 3600, 3540]]


def test_a_month_of_hours_is_one_span_and_two_where_the_clocks_change() -> None:
    assert json.loads(spans_json(range(900, 900 + 721 * 3600, 3600))) == [
        [0, 900, 900, 900 + 720 * 3600, 3600]]
    assert json.loads(spans_json([0, 3600, 7200, 9000, 12600])) == [
        [0, 3600, 0, 7200, 3600], [2, 900, 7200, 9000, 1800], [3, 900, 9000, 12600, 3600]]


@given(MINUTES, st.lists(st.sampled_from([60, 900, 1800, 3600, 82800, 86400, 604800]),
                         min_size=1, max_size=40))
def test_every_minute_is_in_one_span_and_of_its_bucket(begin_s: int, lengths: list[int]) -> None:
    edges = list(itertools.accumulate(lengths, initial=begin_s))
    reached_s = begin_s
    for bucket, width_s, first_s, last_s, length_s in json.loads(spans_json(edges)):
        assert first_s == reached_s < last_s
        for start_s in range(first_s, last_s, width_s):
            number = bucket + (start_s - first_s) // length_s
            assert edges[number] <= start_s and start_s + width_s <= edges[number + 1]
        reached_s = last_s
    assert reached_s == edges[-1]
