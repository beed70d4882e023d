"""Faces meet the embeddings of their stamp, in any order, within bounds."""
from face_builders import embeddings, faces, no_faces
from hypothesis import given, strategies as st
import pytest

from smartcam_bridge.domain import pairing
from smartcam_bridge.domain.face_tally import FaceTally
from smartcam_bridge.domain.pairing import Pairer
from smartcam_bridge.domain.times import NS


def pairer(**bounds):
    tally = FaceTally()
    return Pairer(tally, **bounds), tally


@pytest.mark.parametrize('faces_first', [True, False])
def test_either_may_come_first(faces_first):
    pair, tally = pairer()
    one, two = faces(5), embeddings(5)
    if faces_first:
        assert pair.faces(one, 0) is None
        found = pair.embeddings(two, 1)
    else:
        assert pair.embeddings(two, 0) is None
        found = pair.faces(one, 1)
    assert found == (one, two)
    assert (tally.paired, len(pair)) == (1, 0)


@pytest.mark.parametrize('other', [embeddings(6), embeddings(5, frame_id='other')])
def test_stamp_and_frame_must_be_exactly_the_same(other):
    pair, tally = pairer()
    assert pair.faces(faces(5), 0) is None
    assert pair.embeddings(other, 0) is None
    pair.expire(3 * NS, 2.0)
    assert (tally.paired, tally.unpaired_faces, tally.unpaired_embeddings) == (0, 1, 1)


@given(st.permutations([(kind, stamp) for stamp in range(12) for kind in 'fe']),
       st.sets(st.sampled_from([(kind, stamp) for stamp in range(12) for kind in 'fe'])))
def test_any_order_pairs_everything_once_that_has_a_partner(order, lost):
    pair, tally = pairer()
    found = []
    for kind, stamp in order:
        if (kind, stamp) not in lost:
            message = faces(stamp) if kind == 'f' else embeddings(stamp)
            found.append((pair.faces if kind == 'f' else pair.embeddings)(message, 0))
    met = [one.stamp_ns for one, two in filter(None, found) if one.stamp_ns == two.stamp_ns]
    complete = {stamp for stamp in range(12) if not {('f', stamp), ('e', stamp)} & lost}
    assert sorted(met) == sorted(complete) and tally.paired == len(complete)
    pair.expire(3 * NS, 2.0)
    alone = 24 - len(lost) - 2 * len(complete)
    assert tally.unpaired_faces + tally.unpaired_embeddings == alone and not len(pair)


@given(st.lists(st.tuples(st.sampled_from('fe'), st.integers(0, 5), st.integers(0, 3)),
                max_size=60))
def test_a_stamp_is_paired_at_most_once_whatever_comes_again(messages):
    pair, tally = pairer()
    found, met = [], set()
    for kind, stamp, _ in messages:
        message = faces(stamp) if kind == 'f' else embeddings(stamp)
        found.append((pair.faces if kind == 'f' else pair.embeddings)(message, 0))
        met.add((kind, stamp))
    stamps = [one.stamp_ns for one, _ in filter(None, found)]
    assert sorted(stamps) == [stamp for stamp in range(6)
                              if {('f', stamp), ('e', stamp)} <= met]
    assert tally.twice == len(messages) - len(met)


def test_the_later_one_of_two_that_wait_counts():
    pair, tally = pairer()
    first, second = faces(5), faces(5)
    pair.faces(first, 0)
    pair.faces(second, 1)
    assert pair.embeddings(embeddings(5), 2)[0] is second
    assert tally.twice == 1


def test_rows_that_do_not_agree_are_refused_and_do_not_come_back():
    pair, tally = pairer()
    pair.faces(faces(5, (100, 100, 50), (300, 100, 50)), 0)
    assert pair.embeddings(embeddings(5, 3), 0) is None
    assert (tally.mismatched, tally.paired, len(pair)) == (1, 0, 0)
    assert tally.problems() == ['1 messages of faces had another number of embeddings.']


def test_waiting_ends_by_the_clock_of_receipt():
    pair, tally = pairer()
    pair.faces(faces(5), 10 * NS)
    pair.expire(12 * NS, 2.0)
    assert len(pair) == 1
    pair.expire(12 * NS + 1, 2.0)
    assert (len(pair), tally.unpaired_faces) == (0, 1)
    assert pair.embeddings(embeddings(5), 12 * NS + 2) is None


def test_a_clock_that_steps_back_keeps_nothing_for_ever():
    pair, tally = pairer()
    pair.faces(faces(5), 1000 * NS)
    pair.expire(10 * NS, 2.0)
    assert (len(pair), tally.unpaired_faces) == (0, 1)


def test_a_recording_that_begins_anew_is_paired_anew():
    pair, tally = pairer()
    for lap in range(3):
        now_ns = lap * 60 * NS
        pair.expire(now_ns, 2.0)
        pair.faces(faces(5), now_ns)
        assert pair.embeddings(embeddings(5), now_ns) is not None
    assert (tally.paired, tally.twice) == (3, 0)


def test_the_oldest_makes_room_and_is_counted():
    pair, tally = pairer(waiting_max=4)
    for stamp in range(7):
        pair.faces(faces(stamp), stamp)
        pair.embeddings(embeddings(100 + stamp), stamp)
    assert (len(pair), tally.dropped) == (8, 6)
    assert [pair.embeddings(embeddings(stamp), 9) is not None
            for stamp in range(7)] == [False] * 3 + [True] * 4


def test_what_waits_is_bounded_by_memory_too(monkeypatch):
    monkeypatch.setattr(pairing, 'WAITING_MAX_BYTES', 10 * 4 * 512)
    pair, tally = pairer()
    for stamp in range(7):
        pair.embeddings(embeddings(stamp, 4, 512), stamp)
    assert (len(pair), tally.dropped) == (2, 5)
    assert pair.faces(faces(6, *((100 * row, 100, 50) for row in range(4))), 9) is not None
    pair.embeddings(embeddings(9, 11, 512), 9)
    assert (len(pair), tally.dropped) == (0, 7)     # too large to wait at all


def test_messages_without_faces_are_paired_but_nobody_misses_them():
    pair, tally = pairer()
    pair.faces(no_faces(5), 0)
    assert pair.embeddings(embeddings(5, 0), 0) is not None
    pair.faces(no_faces(6), 0)
    pair.embeddings(embeddings(7, 0), 0)
    pair.expire(3 * NS, 2.0)
    assert (tally.paired, tally.unpaired_faces, tally.unpaired_embeddings) == (1, 0, 0)
