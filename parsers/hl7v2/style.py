"""How the fields of a message are read; in a trace, what makes values that know their place."""

from __future__ import annotations

from typing import Any, NamedTuple

from parsers.hl7v2.converters import Convert
from parsers.hl7v2.delimiters import Delimiters
from parsers.hl7v2.segments import Segment


class Token:
    """A value with its place, which is how a trace is made: segment, field, repetition, component, subcomponent (from 1; 0 the whole)."""

    __slots__ = ("component", "field", "repetition", "segment", "subcomponent", "value")

    def __init__(self, value: Any, segment: Segment, field: int, repetition: int, component: int, subcomponent: int) -> None:
        self.value, self.segment, self.field = value, segment, field
        self.repetition, self.component, self.subcomponent = repetition, component, subcomponent


class Tokens:
    """Makes the values of a trace; `here` is the segment being read."""

    def __init__(self) -> None:
        self.here: Segment | None = None

    def wrap(self, value: Any, field: int, repetition: int, component: int, subcomponent: int, segment: Segment | None = None) -> Token:
        at = segment or self.here
        assert at is not None
        return Token(value, at, field, repetition, component, subcomponent)


class Style(NamedTuple):
    """How the fields of a message are read: its delimiters and codec, converters of its time zone, and in a trace what makes its values."""

    delimiters: Delimiters
    encoding: str
    converters: dict[str, Convert]
    tokens: Tokens | None = None
