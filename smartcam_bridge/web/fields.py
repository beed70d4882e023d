"""What may stand in a query or a body: one definition for checking and for OpenAPI."""
from dataclasses import dataclass, replace
import math
import re
from typing import Any, Callable, Iterable, Mapping

from smartcam_bridge.domain.times import parse_iso
from smartcam_bridge.errors import SmartcamError
from smartcam_bridge.web.problems import Problem

_WHOLE = re.compile(r'-?\d{1,19}', re.ASCII)
_HUGE = 1e9     # no embedder says more; its square is far from infinity in float32
_NUMBER = re.compile(r'-?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,2})?', re.ASCII)


@dataclass(frozen=True, slots=True)
class Text:
    """Text of `shortest` to `longest` characters, or one of `choices`."""

    name: str
    help: str
    longest: int = 256
    shortest: int = 0
    pattern: str = ''
    choices: tuple[str, ...] = ()
    default: str | None = None
    required: bool = False

    def read(self, text: str) -> str:
        """Take it from a query."""
        return self.check(text)

    def check(self, value: Any) -> str:
        """Return `value` or raise ValueError that says what is accepted."""
        if not isinstance(value, str):
            raise ValueError('is not text')
        if self.choices and value not in self.choices:
            raise ValueError(f'is not one of {", ".join(self.choices)}')
        if not self.shortest <= len(value) <= self.longest:
            raise ValueError(f'is not {self.shortest} to {self.longest} characters long')
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise ValueError(f'does not match {self.pattern}')
        return value

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema."""
        schema: dict[str, Any] = {'type': 'string', 'description': self.help}
        if self.choices:
            return schema | {'enum': list(self.choices)} | _default(self.default)
        schema |= {'minLength': self.shortest, 'maxLength': self.longest}
        if self.pattern:
            schema['pattern'] = f'^(?:{self.pattern})$'
        return schema | _default(self.default)


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`, both included; `whole` allows no fraction."""

    name: str
    help: str
    low: float
    high: float
    whole: bool = False
    default: float | None = None
    required: bool = False

    def read(self, text: str) -> float:
        """Take it from a query."""
        if not (_WHOLE if self.whole else _NUMBER).fullmatch(text):
            raise ValueError('is not a whole number' if self.whole else 'is not a number')
        return self.check(int(text) if self.whole else float(text))

    def check(self, value: Any) -> float:
        """Return `value` or raise ValueError that says what is accepted."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            raise ValueError('is not a whole number' if self.whole else 'is not a number')
        if not (math.isfinite(value) and self.low <= value <= self.high):
            raise ValueError(f'is outside {self.low} to {self.high}')
        return value

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema."""
        return {'type': 'integer' if self.whole else 'number', 'description': self.help,
                'minimum': self.low, 'maximum': self.high} | _default(self.default)


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    name: str
    help: str
    default: bool | None = None
    required: bool = False

    def read(self, text: str) -> bool:
        """Take it from a query."""
        if text not in ('true', 'false'):
            raise ValueError('is not true or false')
        return text == 'true'

    def check(self, value: Any) -> bool:
        """Return `value` or raise ValueError."""
        if not isinstance(value, bool):
            raise ValueError('is not true or false')
        return value

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema."""
        return {'type': 'boolean', 'description': self.help} | _default(self.default)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time with a zone; nanoseconds since the epoch inside."""

    name: str
    help: str
    default: int | None = None
    required: bool = False

    def read(self, text: str) -> int:
        """Take it from a query, where a '+' of the zone may have become a blank."""
        return self.check(re.sub(r' (\d\d:?\d\d)$', r'+\1', text))

    def check(self, value: Any) -> int:
        """Return nanoseconds or raise ValueError that says what is missing."""
        if not isinstance(value, str):
            raise ValueError('is not a time')
        stamp_ns = parse_iso(value)
        if not 0 <= stamp_ns < 2 ** 63:     # what a file, and a stamp of ROS, can hold
            raise ValueError('is outside 1970 to 2262')
        return stamp_ns

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema."""
        return {'type': 'string', 'format': 'date-time', 'description': self.help}


@dataclass(frozen=True, slots=True)
class Form:
    """A JSON object in a body; `parse` reads it, and raises SmartcamError with what is wrong."""

    name: str
    help: str
    parse: Callable[[Any], Any]
    properties: Mapping[str, Any]
    values: Mapping[str, Any] | None = None     # schema of all further ones; None: there are none
    default: Any = None
    required: bool = False

    def read(self, text: str) -> Any:
        """Refuse: an object is no part of a query."""
        raise ValueError('belongs into a body')

    def check(self, value: Any) -> Any:
        """Return `value` or raise ValueError that says what is accepted."""
        try:
            self.parse(value)
        except SmartcamError as error:
            raise ValueError(f'is refused: {error}') from error
        return value

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema."""
        return {'type': 'object', 'description': self.help, 'properties': dict(self.properties),
                'additionalProperties': dict(self.values) if self.values else False}


@dataclass(frozen=True, slots=True)
class Items:
    """A JSON array in a body; `item` is the schema of one, whoever takes them looks closer."""

    name: str
    help: str
    item: Mapping[str, Any]
    default: Any = None
    required: bool = False

    def needed(self) -> 'Items':
        """Return the same, but required."""
        return replace(self, required=True)

    def read(self, text: str) -> Any:
        """Refuse: an array is no part of a query."""
        raise ValueError('belongs into a body')

    def check(self, value: Any) -> list[Any]:
        """Return `value` or raise ValueError."""
        if not isinstance(value, list):
            raise ValueError('is not a list')
        return value

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema."""
        return {'type': 'array', 'description': self.help, 'items': dict(self.item)}


@dataclass(frozen=True, slots=True)
class Vector:
    """Numbers in a body, 1 to `longest` of them."""

    name: str
    help: str
    longest: int
    default: Any = None
    required: bool = False

    def read(self, text: str) -> Any:
        """Refuse: numbers in a row are no part of a query."""
        raise ValueError('belongs into a body')

    def check(self, value: Any) -> list[float]:
        """Return `value` or raise ValueError that says what is accepted."""
        if not isinstance(value, list) or not 1 <= len(value) <= self.longest:
            raise ValueError(f'is not a list of 1 to {self.longest} numbers')
        if not all(type(each) in (int, float) and abs(each) <= _HUGE for each in value):
            raise ValueError(f'holds what is no number from -{_HUGE:g} to {_HUGE:g}')
        return value

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema."""
        return {'type': 'array', 'description': self.help, 'minItems': 1, 'maxItems': self.longest,
                'items': {'type': 'number', 'minimum': -_HUGE, 'maximum': _HUGE}}


Field = Text | Number | Flag | Moment | Form | Items | Vector


def _default(value: Any) -> dict[str, Any]:
    return {} if value is None else {'default': value}


def read_query(fields: tuple[Field, ...], given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return a value per field, defaults included; raise Problem 422 with all that is wrong."""
    given = list(given)
    names = [name for name, _ in given]
    twice = [(name, 'is given more than once') for name in sorted(set(names))
             if names.count(name) > 1]
    return _values(fields, dict(given), 'query', twice)


def check_body(fields: tuple[Field, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value per field that is given or has a default; raise Problem 422 with all."""
    return _values(fields, given, 'body', [])


def _values(fields: tuple[Field, ...], given: Mapping[str, Any], where: str,
            wrong: list[tuple[str, str]]) -> dict[str, Any]:
    known = {field.name: field for field in fields}
    wrong += [(repr(name)[1:65].rstrip("'"), 'there is no such key')
              for name in given if name not in known]
    values = {}
    for name, field in known.items():
        if name in given:
            try:
                values[name] = (field.read if where == 'query' else field.check)(given[name])
            except (ValueError, OverflowError) as error:
                wrong.append((name, str(error)))
        elif field.required:
            wrong.append((name, 'is missing'))
        elif field.default is not None or where == 'query':
            values[name] = field.default
    if wrong:
        raise Problem(422, f'invalid_{where}', f'{where}: ' + '; '.join(
            f'{name} {detail}' for name, detail in wrong), errors=tuple(wrong))
    return values
