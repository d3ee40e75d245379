"""What a kind of generated file is made of: one module writes one family of transaction sets, this is how it names its parts."""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

Part = tuple[list[str], int]
"""Segments without terminators, and the cents that count in the set's total."""


def nothing(_control: int, _rng: Random, _entries: int) -> Part:
    return [], 0


class Family(NamedTuple):
    """`head(control, rng, total)` begins a set with its ST, `loops(rng, first)` goes on without end, one more item or entry at a time,
    `tail(control, rng, entries)` ends it.

    `whole`: the set is one item, whatever stands in it. `single`: a set may hold no more than one of what the loops give.
    """

    version: str
    group: str
    head: Callable[[int, Random, int], list[str]]
    loops: Callable[[Random, int], Iterator[Part]]
    tail: Callable[[int, Random, int], Part] = nothing
    whole: bool = False
    single: bool = False
