"""The decision: a name is given sparingly, kept, and changed only on clear grounds."""
from hypothesis import given, strategies as st
import pytest

from smartcam_bridge.domain.face_rules import FaceRules
from smartcam_bridge.domain.face_votes import Ballot, decide, overturned, VOTES_MAX
from smartcam_bridge.domain.faces import Verdict
from smartcam_bridge.domain.gallery import Candidate

T = 0.4
RULES = FaceRules()
KNOWN, UNKNOWN, AMBIGUOUS = Verdict.KNOWN, Verdict.UNKNOWN, Verdict.AMBIGUOUS


def ballot(*votes, quality=1.0, barred=()):
    """Build a ballot; a vote is {person: similarity}, or (quality, {...})."""
    made = Ballot()
    for vote in votes:
        weight, alike = vote if isinstance(vote, tuple) else (quality, vote)
        ranks = sorted(alike, key=alike.get, reverse=True)
        made.add(weight, [Candidate(person, person, alike[person]) for person in ranks], barred)
    return made


def verdict(*votes, rules=RULES, **options):
    return decide(ballot(*votes, **options).standing(T), T, rules)


@pytest.mark.parametrize('votes, expected', [
    ([], None), ([{1: 0.9}] * 2, None),                         # too few faces
    ([{1: 0.9}] * 3, KNOWN), ([{1: 0.9, 2: 0.3}] * 3, KNOWN),
    ([{1: 0.39}] * 32, AMBIGUOUS),                              # below, by less than chance
    ([{1: 0.42}] * 3, AMBIGUOUS), ([{1: 0.43}] * 20, KNOWN),    # above, by less than chance
    ([{1: 0.30}] * 3, UNKNOWN), ([{}] * 3, UNKNOWN),            # nobody is enrolled
    ([{1: 0.6, 2: 0.56}] * 9, AMBIGUOUS), ([{1: 0.6, 2: 0.54}] * 9, KNOWN),
    ([{1: 0.6, 2: 0.6}] * 9, AMBIGUOUS),                        # a tie
    ([{1: 0.6, 2: 0.1}, {1: 0.1, 2: 0.6}] * 4, AMBIGUOUS),      # they do not agree
    ([{1: 0.9}] * 2 + [{1: 0.38}] * 2, AMBIGUOUS),              # two do
    ([{1: 0.1}] * 9 + [{1: 0.6}] * 3, AMBIGUOUS),               # some see somebody
    ([{1: 0.1}] * 9 + [{1: 0.6}] * 2, UNKNOWN),
    ([{1: 0.6}, {2: 0.6}, {1: 0.1}], AMBIGUOUS)])
def test_a_name_needs_threshold_margin_and_faces_that_agree(votes, expected):
    assert verdict(*votes) is expected


def test_better_faces_count_more():
    good, poor = (1.0, {1: 0.6, 2: 0.2}), (0.3, {1: 0.2, 2: 0.3})
    assert verdict(*[good] * 3, *[poor] * 6) is KNOWN
    assert verdict(*[good] * 3, *[(1.0, poor[1])] * 6) is AMBIGUOUS


def test_rules_count():
    votes = [{1: 0.6, 2: 0.54}] * 3
    assert verdict(*votes, rules=FaceRules(margin=0.07)) is AMBIGUOUS
    assert verdict(*votes, rules=FaceRules(min_probes=4)) is None
    assert verdict({1: 0.6}, rules=FaceRules(min_probes=1)) is KNOWN
    assert verdict(*[{1: 0.6, 2: 0.6}] * 3, rules=FaceRules(margin=0.0)) is AMBIGUOUS


def test_who_is_not_among_the_most_similar_is_at_most_as_similar_as_the_last_of_them():
    votes = [{1: 0.9, 2: 0.62}] * 3 + [{3: 0.9, 2: 0.61}] * 3
    standing = ballot(*votes).standing(T)
    assert standing.similarity == pytest.approx((0.9 + 0.62) / 2)
    assert standing.person_id == 3 and standing.margin == pytest.approx(0.005, abs=1e-6)


def test_who_is_barred_is_never_named_nor_in_the_way():
    votes = [{1: 0.9, 2: 0.88}] * 3
    standing = ballot(*votes, barred={1}).standing(T)
    assert standing.person_id == 2 and decide(standing, T, RULES) is KNOWN
    assert decide(ballot(*[{1: 0.9}] * 3, barred={1}).standing(T), T, RULES) is UNKNOWN


def test_who_is_dropped_has_no_votes():
    made = ballot(*[{1: 0.9, 2: 0.5}] * 3)
    made.drop({1})
    standing = made.standing(T)
    assert (standing.person_id, standing.agreeing, made.people()) == (2, 0, {2})
    assert decide(standing, T, RULES) is AMBIGUOUS


@pytest.mark.parametrize('votes, expected', [
    ([{1: 0.6, 2: 0.1}] * 32, None),
    ([{1: 0.6, 2: 0.1}] * 9 + [{2: 0.6, 1: 0.1}] * 5, None),    # it takes twice as many
    ([{1: 0.6, 2: 0.1}] * 26 + [{2: 0.6, 1: 0.1}] * 6, 2),
    ([{1: 0.6, 2: 0.1}] * 9 + [{2: 0.6, 1: 0.51}] * 20, None),  # and twice the margin
    ([{1: 0.6, 2: 0.1}] * 9 + [{2: 0.1, 1: 0.1}] * 9, None),    # she looked away
    ([{1: 0.6, 2: 0.1}] * 9 + [{2: 0.1, 1: 0.1}] * 10, 0),      # for too long
    ([{1: 0.6, 2: 0.1}] * 9 + [{1: 0.36, 2: 0.1}] * 23, None),  # a little below is kept
    ([{1: 0.6}, {2: 0.6}] * 16, None)])
def test_a_name_is_changed_and_lost_on_clear_grounds_only(votes, expected):
    assert overturned(ballot(*votes), 1, T, RULES) == expected


def test_votes_before_a_change_do_not_count_afterwards():
    made = ballot(*[{1: 0.6, 2: 0.1}] * 26 + [{2: 0.6, 1: 0.1}] * 6)
    assert overturned(made, 1, T, RULES) == 2 and len(made) == 6
    assert made.standing(T).similarity == pytest.approx(0.6)
    assert overturned(made, 2, T, RULES) is None


share = st.floats(-1, 1)
alike = st.dictionaries(st.integers(1, 4), share, max_size=4)
votes_of_any = st.lists(st.tuples(st.floats(0.05, 1), alike), max_size=40)
rules_of_any = st.builds(FaceRules, margin=st.floats(0, 0.5), min_probes=st.integers(1, 10))


@given(votes_of_any, rules_of_any, st.floats(0.1, 0.9))
def test_whoever_is_named_has_the_threshold_the_margin_and_faces_that_agree(votes, rules, t):
    standing = ballot(*votes).standing(t)
    if decide(standing, t, rules) is not KNOWN:
        return
    newest = votes[-VOTES_MAX:]
    weight = sum(max(quality, 1e-3) ** 2 for quality, _ in newest)

    def mean(person):
        return sum(quality ** 2 * similarities.get(person, min(similarities.values(), default=0))
                   for quality, similarities in newest) / weight

    best = standing.person_id
    assert mean(best) >= t - 1e-9
    for other in {1, 2, 3, 4} - {best}:
        if any(other in similarities for _, similarities in newest):
            assert mean(best) - mean(other) >= rules.margin - 1e-9
            assert mean(best) > mean(other)
    assert sum(similarities.get(best, -1) == max(similarities.values(), default=2) >= t
               for _, similarities in newest) >= rules.min_probes


@given(votes_of_any, rules_of_any)
def test_whoever_is_unknown_is_like_nobody(votes, rules):
    standing = ballot(*votes).standing(T)
    if decide(standing, T, rules) is UNKNOWN:
        assert standing.similarity < T
        assert len(votes) >= rules.min_probes


@given(st.lists(st.tuples(st.floats(0.05, 1), share), min_size=1, max_size=40), rules_of_any)
def test_a_tie_never_gives_a_name(votes, rules):
    tied = [(quality, {1: similarity, 2: similarity}) for quality, similarity in votes]
    assert verdict(*tied, rules=rules) is not KNOWN


@given(votes_of_any)
def test_a_ballot_is_bounded_and_only_its_newest_votes_count(votes):
    made, short = ballot(*votes), ballot(*votes[-VOTES_MAX:])
    assert len(made) <= VOTES_MAX
    assert made.standing(T) == short.standing(T)
