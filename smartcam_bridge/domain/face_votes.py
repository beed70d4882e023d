"""Who a track is, by vote: every face speaks with its quality, and names are given sparingly."""
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from smartcam_bridge.domain.face_rules import FaceRules
from smartcam_bridge.domain.faces import Verdict
from smartcam_bridge.domain.gallery import Candidate

NOBODY = 0
VOTES_MAX = 32      # faces of a track that have a vote, the newest
# How far similarities of one person's good faces to the gallery scatter; the mean of n scatters
# by the square root of n less. Few faces must be the surer: a name needs a mean that is above the
# threshold by so much, and who is nobody's one that is below it by so much.
_SCATTER = 0.06
_HOLD = 0.05        # a name is kept until its person's mean is below the threshold by this too
_FIRM = 2           # times the margin and the faces that it takes to change a name
_TIE = 1e-6         # nobody is ahead by less, whatever the margin


@dataclass(frozen=True, slots=True)
class Standing:
    """How the vote stands. Means are over all votes, weighted by the square of quality.

    person_id: who leads, NOBODY where the gallery is empty. margin: to the next person's mean, to
    0 where there is none. agreeing: votes of which the leader is the best and above the
    threshold; most_agreeing: the same of whoever has most. noise: how far means are off by chance.
    """

    person_id: int
    similarity: float
    margin: float
    agreeing: int
    most_agreeing: int
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

    def similarity(self, person_id: int) -> float:
        """Return the mean of one person."""
        total = sum(vote.weight for vote in self._votes)
        return sum(vote.weight * vote.similarities.get(person_id, vote.floor)
                   for vote in self._votes) / total if total else 0.0

    def standing(self, threshold: float) -> Standing:
        """Count the votes."""
        weights = [vote.weight for vote in self._votes]
        total = sum(weights)
        if not total:
            return Standing(NOBODY, 0.0, 0.0, 0, 0, 0.0, 0)
        least = sum(vote.weight * vote.floor for vote in self._votes)
        above, agreeing = {}, {}
        for vote in self._votes:
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
                        max(agreeing.values(), default=0), noise, len(self._votes))


def decide(standing: Standing, threshold: float, rules: FaceRules) -> Verdict | None:
    """Return what the vote says of a track without a name; None: too few faces.

    A name takes a best similarity that reaches the threshold, a margin to every other person, and
    faces that agree one by one. Who is like nobody is unknown, all between is ambiguous.
    """
    if standing.votes < rules.min_probes:
        return None
    if _convinces(standing, threshold, rules, 1):
        return Verdict.KNOWN
    if (standing.similarity + standing.noise < threshold
            and standing.most_agreeing < rules.min_probes):
        return Verdict.UNKNOWN
    return Verdict.AMBIGUOUS


def overturns(standing: Standing, named_id: int, named: float, threshold: float,
              rules: FaceRules) -> Verdict | None:
    """Return what becomes of a track that is named: None for the same, KNOWN for another person.

    It takes more to change a name than to give one. UNKNOWN: it is not this person any more, and
    not clearly anybody else. named: the mean of whom it is named.
    """
    other = standing.person_id not in (NOBODY, named_id)
    if other and _convinces(standing, threshold, rules, _FIRM):
        return Verdict.KNOWN
    lost = named + standing.noise < threshold - _HOLD
    return Verdict.UNKNOWN if lost and standing.votes >= _FIRM * rules.min_probes else None


def _convinces(standing: Standing, threshold: float, rules: FaceRules, firm: int) -> bool:
    return (standing.similarity - standing.noise >= threshold
            and standing.margin >= max(firm * rules.margin, _TIE)
            and standing.agreeing >= firm * rules.min_probes)
