"""What runs in the worker processes: which acknowledgements a file gets, and their bytes into the blob store."""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.answers.findings import Findings
from gateway.answers.profile import answered_at, profile_of
from gateway.pipeline import worker
from gateway.pipeline.reading import away, fault_of
from gateway.state import Arrival
from gateway.state.answers import Answer, Draft
from parsers.x12.acknowledgements import Numbers, Profile, Wanted, wanted, write
from parsers.x12.delimiters import ISA_WINDOW, read_isa

SUFFIX = ".x12"


class Call(NamedTuple):
    """A file to be answered for `cause`. `profile` as gateway.answers.profile gives it."""

    arrival: Arrival
    cause: str
    findings: Findings
    profile: str


class Drafted(NamedTuple):
    """`fault` is set when it failed."""

    drafts: list[Draft]
    fault: str = ""


class Sealed(NamedTuple):
    """`answers` with the hash and size of their bytes, which are safe."""

    answers: list[Answer]
    fault: str = ""


def draft(calls: Sequence[Call]) -> list[Drafted]:
    """For each file what is to be written. A fault of ours is told, not raised: it may not hold up the neighbours."""
    return [_draft(call) for call in calls]


def _draft(call: Call) -> Drafted:
    try:
        return Drafted([_named(call, found) for found in _wanted(call)])
    except Exception as error:
        if away(error):
            raise
        return Drafted([], fault_of(error))


def seal(calls: Sequence[tuple[Call, Sequence[Answer]]]) -> list[Sealed]:
    """For each file its acknowledgements, written."""
    return [_seal(*call) for call in calls]


def _seal(call: Call, answers: Sequence[Answer]) -> Sealed:
    try:
        found: dict[tuple[str, int], Wanted] = {(each.kind, each.answers): each for each in _wanted(call)}
        return Sealed([_written(call, answer, found[answer.kind, answer.isa]) for answer in answers])
    except Exception as error:
        if away(error):
            raise
        return Sealed([], fault_of(error))


def _wanted(call: Call) -> list[Wanted]:
    kept = profile_of(call.profile)
    read_at, size, profile = worker.reader_of(call.arrival), call.arrival.size, Profile(**kept["profile"])
    return list(wanted(read_at, size, call.findings, profile, kept["complete"], call.cause == "held"))


def _named(call: Call, found: Wanted) -> Draft:
    """A held file that was released is answered once more, under another name."""
    receipt = call.arrival.receipt
    held = "-held" if call.cause == "held" else ""
    name = f"{receipt}.{found.answers}.{found.kind.lower()}{held}{SUFFIX}"
    return Draft(receipt, call.cause, found.kind, found.answers, name, *_partners(call, found), call.profile, found.groups, found.sets)


def _partners(call: Call, found: Wanted) -> tuple[str, str]:
    """Sender and receiver of what is written: numbers are counted for each pair."""
    profile = Profile(**profile_of(call.profile)["profile"])
    isa = read_isa(worker.reader_of(call.arrival)(found.answers, ISA_WINDOW))
    assert isa is not None  # there the interchange was found
    theirs, their_id, ours, our_id = (text.strip() for text in isa.elements[4:8])
    sender = f"{profile.sender_qualifier or ours}:{profile.sender or our_id}"
    return sender, f"{profile.receiver_qualifier or theirs}:{profile.receiver or their_id}"


def _written(call: Call, answer: Answer, found: Wanted) -> Answer:
    arrival, kept = call.arrival, profile_of(call.profile)
    numbers = Numbers(answer.number, answer.first_group, answer.first_set)
    at = answered_at(arrival.received_at, kept["zone"])
    read_at = worker.reader_of(arrival)
    writer = worker.blobs().writer()
    try:
        for piece in write(found, read_at, arrival.size, call.findings, Profile(**kept["profile"]), numbers, at):
            writer.write(piece)
        size = writer.size
        return answer._replace(sha256=writer.commit(), size=size)
    except BaseException:
        writer.abort()
        raise
