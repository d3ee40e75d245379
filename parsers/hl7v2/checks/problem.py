"""What a check says: a finding code and a place."""

from typing import NamedTuple


class Problem(NamedTuple):
    """`segment` is the ordinal in the message (MSH = 1; 0: the message as a whole), `tag` its name; `field`, `repetition`, `component` count from 1
    (0: none). `place` is the place in words, for the sentence of the finding; it holds no value of the data."""

    code: str
    segment: int
    tag: str
    field: int = 0
    repetition: int = 0
    component: int = 0
    place: str = ""


def at_segment(code: str, ordinal: int, tag: str) -> Problem:
    return Problem(code, ordinal, tag, place=tag)


def at_field(code: str, ordinal: int, tag: str, field: int, repetition: int = 0, component: int = 0) -> Problem:
    """Its place reads as `PID-3.4`, or `PID-3(2).4` in a repetition other than the first."""
    place = f"{tag}-{field}" + (f"({repetition})" if repetition > 1 else "") + (f".{component}" if component else "")
    return Problem(code, ordinal, tag, field, repetition, component, place)
