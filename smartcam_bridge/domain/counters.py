"""Counters of what went wrong, told to people and to programs alike."""
from collections.abc import Mapping
from dataclasses import fields
from typing import ClassVar


class Counters:
    """Base of dataclasses whose fields count. SENTENCES: by field, with {} for its number."""

    __slots__ = ()
    SENTENCES: ClassVar[Mapping[str, str]] = {}

    def problems(self) -> list[str]:
        """Say for people what they may want to mend."""
        return [sentence.format(getattr(self, name)) for name, sentence in self.SENTENCES.items()
                if getattr(self, name)]

    def as_json(self) -> dict[str, int]:
        """Return the JSON form of docs/api.md."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
