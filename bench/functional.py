"""999 (005010X231A1): a group is answered by one set, an entry for each set of it; one in ten was accepted with errors or rejected."""

from collections.abc import Iterator
from random import Random

from bench.family import Family, Part
from bench.people import below, pick, scramble

VERSION = "005010X231A1"
GUIDE = "005010X222A1"
ELEMENTS = (("2*3", "1"), ("9*67", "7"), ("3*1036", "4"), ("1*98", "7"))


def head(control: int, _rng: Random, _total: int) -> list[str]:
    return [f"ST*999*{control:04d}*{VERSION}", f"AK1*HC*{control}*{GUIDE}"]


def entries(rng: Random, first: int) -> Iterator[Part]:
    """AK2 to IK5."""
    number = first
    while True:
        wrong = rng.random() < 0.1
        out = [f"AK2*837*{number % 10**9:09d}*{GUIDE}"]
        for _ in range(1 + below(rng, 5) if wrong else 0):
            place, code = pick(rng, ELEMENTS)
            segment = 10 + below(rng, 20_000)
            out += [f"IK3*NM1*{segment}*2010*8", f"CTX*CLM01:C{scramble(number):010d}", f"IK4*{place}*{code}"]
        yield [*out, "IK5*E*5" if wrong else "IK5*A"], 0
        number += 1


def tail(_control: int, _rng: Random, entries: int) -> Part:
    """All sets were taken, some with errors."""
    return [f"AK9*E*{entries}*{entries}*{entries}"], 0


ANSWERS = Family(VERSION, "FA", head, entries, tail, whole=True)
