"""A claim file with one thing wrong in it, for showing what a sender is told: the second of two claims was served on a day that no month has."""

from collections.abc import Iterator
from random import Random

from gateway.synth import claims
from gateway.synth.catalog import KEYSTONE
from gateway.synth.encounters import claim
from gateway.synth.files import CLOCK, HUB_ID, VERSIONS
from gateway.synth.identity import day
from gateway.synth.model import Submission
from gateway.synth.segments import Item
from parsers.x12.writer import Group, Interchange, Segment, Set, write
from schemas.x12 import guide

NUMBER = 900_000_001
"""Claims and control numbers from here on are in no world."""
NO_DAY = "20240231"
_BILLED = 60


def broken_claims(seed: int) -> bytes:
    """An 837P of two claims of one clinic."""
    rng = Random(f"broken {seed}")  # noqa: S311 - repeatable on purpose
    first, second = (claim(rng, seed, NUMBER + 2 * at, KEYSTONE, "837P", "paid", _BILLED) for at in range(2))
    submissions = [Submission(one, one.patient.first) for one in (first, second._replace(clinic=first.clinic))]
    body = _damaged(claims.body(KEYSTONE, f"B{NUMBER}", _BILLED, submissions))
    own, date = KEYSTONE.id.upper(), day(_BILLED)
    group = Group(guide("837P"), own, HUB_ID, date, CLOCK, NUMBER, [Set(f"{NUMBER}", body)], VERSIONS["837P"])
    return b"".join(write(Interchange(own, HUB_ID, date[2:], CLOCK, NUMBER), [group], newline="\n"))


def _damaged(body: Iterator[Segment]) -> Iterator[Segment]:
    """The first service date of the second claim becomes one that cannot be."""
    seen, done = 0, False
    for segment in body:
        seen += isinstance(segment, Item)
        if seen == 2 and not done and segment[0] == "DTP" and segment[1] == "472":
            done = True
            yield [*segment[:3], NO_DAY]
        else:
            yield segment
