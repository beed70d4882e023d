"""What may be said of a setting: its type, range and unit, beside its default."""
import dataclasses
from dataclasses import dataclass
import math
from typing import Any

_WORDS = {bool: 'boolean', int: 'whole number', float: 'number', str: 'text',
          tuple: 'list of texts'}

Value = bool | int | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """What may be said of one setting. `minimum` and `maximum` are inclusive; None: no bound."""

    name: str
    type: type
    default: Value
    help: str
    unit: str = ''
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    live: bool = False

    @property
    def allowed(self) -> str:
        """Say in words which values are accepted."""
        if self.choices:
            return 'one of ' + ', '.join(self.choices)
        if self.minimum is not None:
            unit = f' {self.unit}' if self.unit else ''
            return f'{self.minimum:.12g} to {self.maximum:.12g}{unit}'
        return {bool: 'true or false', str: 'any text', tuple: 'any texts'}[self.type]

    @property
    def kind(self) -> str:
        """Name the type in words."""
        return _WORDS[self.type]

    def widened(self, value: Any) -> Any:
        """Take a whole number where a number or a text is: people write `2` for `2.0` or `'2'`."""
        return self.type(value) if self.type in (float, str) and type(value) is int else value

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with `value`, naming the setting and the range, or None."""
        wrong_type = not isinstance(value, self.type) or (
            self.type is not bool and isinstance(value, bool))
        if self.type is tuple and not wrong_type:
            wrong_type = not all(isinstance(item, str) for item in value)
        if wrong_type:
            return f'{self.name}: {value!r} is not a {self.kind} ({self.allowed})'
        if self.choices and value not in self.choices:
            return f'{self.name}: {value!r} is not {self.allowed}'
        if self.minimum is not None and not (
                math.isfinite(value) and self.minimum <= value <= self.maximum):
            return f'{self.name}: {value!r} is outside {self.allowed}'
        return None


def setting(default: Value, help: str, unit: str = '', *,
            between: tuple[float, float] | None = None, choices: tuple[str, ...] = (),
            live: bool = False) -> Any:
    """Return a dataclass field that carries its own Spec (see specs_of)."""
    low, high = between or (None, None)
    return dataclasses.field(default=default, metadata={
        'help': help, 'unit': unit, 'minimum': low, 'maximum': high,
        'choices': choices, 'live': live})


def specs_of(table: type) -> tuple[Spec, ...]:
    """Return the specs of a dataclass whose fields were made with `setting`."""
    return tuple(Spec(field.name, type(field.default), field.default, **field.metadata)
                 for field in dataclasses.fields(table))
