"""Who a track is, by vote: every face speaks with its quality, and names are given sparingly."""
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from smartcam_bridge.domain.face_rules import FaceRules
from smartcam_bridge.domain.faces import Verdict
from smartcam_bridge.domain.gallery import Candidate

NOBODY = 0
VOTES_MAX = 32      # faces of a track that have a vote, the newest
# Similarities of one person's good faces to the gallery scatter by some 0.06, the mean of n by the
# square root of n less. Few faces must be the surer: for a name the mean must be above the
# threshold, and for nobody's below it, by one and a half times that. In 24 synthetic worlds (2880
# tracks, look-alikes at 0.5) nobody was falsely named, one with 0.06; it costs 0.6 % of the names.
_SCATTER = 0.09
_HOLD = 0.05        # a name is kept until its person's mean is below the threshold by this too
_FIRM = 2           # times the margin and the faces that it takes to change a name
_LONG = 4           # times the faces that it takes to lose one: somebody may look away for a while
_TIE = 1e-6         # nobody is ahead by less, whatever the margin


@dataclass(frozen=True, slots=True)
class Standing:
    """How the vote stands. Means are over all votes, weighted by the square of quality.

    person_id: who leads, NOBODY where the gallery is empty. margin: to the next person's mean, to
    0 where there is none. agreeing: votes of which the leader is the best and above the
    threshold; recognising: those of which anybody is. noise: how far means are off by chance.
    """

    person_id: int
    similarity: float
    margin: float
    agreeing: int
    recognising: int
    noise: float
    votes: int


@dataclass(frozen=True, slots=True)
class _Vote:
    """One face. floor: nobody who is not among `similarities` is more similar than this."""

    weight: float
    similarities: dict[int, float]
    floor: float
    first: int


class Ballot:
    """The votes of one track; constant memory."""

    def __init__(self) -> None:
        self._votes: deque[_Vote] = deque(maxlen=VOTES_MAX)

    def __len__(self) -> int:
        return len(self._votes)

    def add(self, quality: float, candidates: Iterable[Candidate],
            barred: Collection[int] = ()) -> None:
        """Let a face vote. candidates: the best first, of whom those barred do not count."""
        found = {one.person_id: one.similarity for one in candidates}
        floor = min(found.values(), default=0.0)
        open_ = {person: similarity for person, similarity in found.items()
                 if person not in barred}
        self._votes.append(_Vote(max(quality, 1e-3) ** 2, open_, floor,
                                 max(open_, key=open_.get, default=NOBODY)))

    def clear(self) -> None:
        """Begin anew."""
        self._votes.clear()

    def people(self) -> set[int]:
        """Return who has votes."""
        return {person for vote in self._votes for person in vote.similarities}

    def drop(self, gone: Collection[int]) -> None:
        """Forget these people; faces that were most like them agree with nobody."""
        for place, vote in enumerate(self._votes):
            if not vote.similarities.keys().isdisjoint(gone):
                left = {person: similarity for person, similarity in vote.similarities.items()
                        if person not in gone}
                self._votes[place] = _Vote(vote.weight, left, vote.floor,
                                           NOBODY if vote.first in gone else vote.first)

    def keep(self, newest: int) -> None:
        """Forget all votes but the newest ones."""
        while len(self._votes) > newest:
            self._votes.popleft()

    def similarity(self, person_id: int, newest: int = VOTES_MAX) -> float:
        """Return the mean of one person over the newest votes."""
        votes = list(self._votes)[-newest:]
        total = sum(vote.weight for vote in votes)
        return sum(vote.weight * vote.similarities.get(person_id, vote.floor)
                   for vote in votes) / total if total else 0.0

    def standing(self, threshold: float, newest: int = VOTES_MAX) -> Standing:
        """Count the newest votes."""
        votes = list(self._votes)[-newest:]
        weights = [vote.weight for vote in votes]
        total = sum(weights)
        if not total:
            return Standing(NOBODY, 0.0, 0.0, 0, 0, 0.0, 0)
        least = sum(vote.weight * vote.floor for vote in votes)
        above, agreeing = {}, {}
        for vote in votes:
            for person, similarity in vote.similarities.items():
                above[person] = above.get(person, 0.0) + vote.weight * (similarity - vote.floor)
            if vote.similarities.get(vote.first, -1.0) >= threshold:
                agreeing[vote.first] = agreeing.get(vote.first, 0) + 1
        ranks = sorted(above, key=above.get, reverse=True)
        best, second = [(least + above[person]) / total for person in ranks[:2]] + [0.0] * (
            2 - len(ranks[:2]))
        leader = ranks[0] if ranks else NOBODY
        noise = _SCATTER * sum(weight * weight for weight in weights) ** 0.5 / total
        return Standing(leader, best, best - second, agreeing.get(leader, 0),
                        sum(agreeing.values()), noise, len(votes))


def decide(standing: Standing, threshold: float, rules: FaceRules) -> Verdict | None:
    """Return what the vote says of a track without a name; None: too few faces.

    A name takes a best similarity that reaches the threshold, a margin to every other person, and
    faces that agree one by one. Who is like nobody is unknown, all between is ambiguous.
    """
    if standing.votes < rules.min_probes:
        return None
    if _convinces(standing, threshold, rules, 1):
        return Verdict.KNOWN
    seldom = 4 * standing.recognising <= standing.votes
    if (standing.similarity + standing.noise < threshold and seldom
            and standing.recognising < rules.min_probes):
        return Verdict.UNKNOWN
    return Verdict.AMBIGUOUS


def may_be(standing: Standing, people: Collection[int], threshold: float) -> bool:
    """Say whether a track is, as far as the vote tells, like one of these people."""
    return (standing.person_id in people
            and standing.similarity + standing.noise >= threshold)


def overturned(ballot: Ballot, named_id: int, threshold: float, rules: FaceRules) -> int | None:
    """Return who a track is that is named: another person, NOBODY, None for the same.

    It takes more to change a name than to give one, and most to lose it; only the newest faces
    count, so that a tracker that went over to somebody else is found out soon. Of the votes, those
    that led to a change are left.
    """
    newest = _FIRM * rules.min_probes
    standing = ballot.standing(threshold, newest)
    if standing.person_id != named_id and _convinces(standing, threshold, rules, _FIRM):
        ballot.keep(newest)
        return standing.person_id
    newest = _LONG * rules.min_probes
    standing = ballot.standing(threshold, min(newest, VOTES_MAX))
    if (standing.votes >= min(newest, VOTES_MAX) and standing.recognising < rules.min_probes
            and ballot.similarity(named_id, newest) + standing.noise < threshold - _HOLD):
        ballot.keep(newest)
        return NOBODY
    return None


def _convinces(standing: Standing, threshold: float, rules: FaceRules, firm: int) -> bool:
    return (standing.similarity - standing.noise >= threshold
            and standing.margin >= max(firm * rules.margin, _TIE)
            and standing.agreeing >= firm * rules.min_probes)
