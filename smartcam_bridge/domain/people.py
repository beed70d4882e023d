"""Who is in the gallery, as everybody but its owner sees it: one value, replaced as a whole."""
from dataclasses import dataclass, field
import enum
from types import MappingProxyType
from typing import Mapping

from smartcam_bridge.domain.gallery import GallerySnapshot


class Consent(str, enum.Enum):
    """What a person said of being recognised. Stored; never rename."""

    NOT_ASKED = 'not_asked'
    GIVEN = 'given'
    REFUSED = 'refused'
    WITHDRAWN = 'withdrawn'

    @property
    def allows(self) -> bool:
        """Say whether the person may be recognised."""
        return self in (Consent.NOT_ASKED, Consent.GIVEN)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a name."""

    id: int     # noqa: A003
    name: str
    notes: str
    consent: Consent
    consent_ns: int     # when that was said; 0: never
    created_ns: int


@dataclass(frozen=True, slots=True)
class People:
    """All people at one instant, after a commit. Immutable: any thread may read.

    names: by person id, of all. galleries: by model; only of those who may be recognised.
    withheld: likewise, of those who must not be: who is like them is nobody, and nothing is kept.
    refused: who these are, with templates or without.
    """

    names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    galleries: Mapping[str, GallerySnapshot] = field(
        default_factory=lambda: MappingProxyType({}))
    withheld: Mapping[str, GallerySnapshot] = field(
        default_factory=lambda: MappingProxyType({}))
    refused: frozenset[int] = frozenset()
