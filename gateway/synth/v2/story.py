"""The messages of a claim's visit, in the order in which they would happen."""

from collections.abc import Iterable, Iterator

from gateway.synth.model import Claim
from gateway.synth.v2.charges import charges
from gateway.synth.v2.documents import document
from gateway.synth.v2.model import Message, chance, visit_of
from gateway.synth.v2.orders import clinical
from gateway.synth.v2.visits import appointments, arrival, departure


def story(claim: Claim) -> Iterator[Message]:
    visit = visit_of(claim)
    yield from appointments(visit)
    if visit.is_treated:
        yield from arrival(visit)
        yield from clinical(visit)
        yield from departure(visit)
        if claim.inpatient or chance(claim, 3, 1):
            yield document(visit)
        yield from charges(visit)


def in_order(claims: Iterable[Claim]) -> list[tuple[Claim, Message]]:
    """Of several visits; messages of one minute stay as their visit has them."""
    return sorted(((claim, one) for claim in claims for one in story(claim)), key=lambda each: each[1].at)
