"""What people said since the start, which facts that are still under way do not know of."""
from collections import OrderedDict
from dataclasses import dataclass, field

from smartcam_bridge.domain.faces import Correction

_REMEMBERED = 10_000    # tracks; an open one is corrected again by who follows it


@dataclass(slots=True)
class Hindsight:
    """Recorder's thread only.

    heirs: whose somebody's data are now, by who they were before; stranger_heirs: likewise.
    """

    heirs: dict[int, int] = field(default_factory=dict)
    stranger_heirs: dict[int, int] = field(default_factory=dict)
    gone_strangers: set[int] = field(default_factory=set)     # their numbers never come again
    _corrections: 'OrderedDict[int, Correction]' = field(default_factory=OrderedDict)

    def learn(self, corrections: list[Correction], heirs: dict[int, int],
              gone_strangers: set[int]) -> None:
        """Take what a commit made so."""
        for old, new in heirs.items():
            self.heirs = {id_: new if heir == old else heir for id_, heir in self.heirs.items()}
            self.heirs[old] = new
        self.gone_strangers |= gone_strangers
        for correction in corrections:
            if correction.heir is not None:
                self.gone_strangers.add(correction.gone_stranger_id)
                self.stranger_heirs[correction.gone_stranger_id] = correction.heir.id
                continue
            self._corrections[correction.track_id] = correction
            self._corrections.move_to_end(correction.track_id)
        while len(self._corrections) > _REMEMBERED:
            self._corrections.popitem(last=False)

    def person(self, track_id: int, person_id: int) -> int:
        """Return who a track is that recognition takes for this one: what people said counts."""
        said = self._corrections.get(track_id)
        if said is not None and said.person_id:
            person_id = said.person_id
        person_id = self.heirs.get(person_id, person_id)
        return 0 if said is not None and said.not_person_id == person_id else person_id
