"""Which answer belongs to which request: a row a rule, the strongest first. Adding a rule is adding a row.

A field is a dotted path into the event's data, from its root (`0:`) or from the element that is looked at: `1:` is the first list of `each`,
no number the last. Behind `|` stands how values are compared: `pcn` as receivers return a patient control number (its first 20 characters),
`number` without leading zeros, `given` not when it is 0, which stands for no trace number. All fields must be there.
"""

from typing import Literal, NamedTuple

Level = Literal["event", "set", "group", "interchange"]
ANY = "*"
"""Every kind of event."""


class Side(NamedTuple):
    """Events of `kind`. `each`: lists to go through, one in the other; `where`: what an element must say to count."""

    kind: str
    fields: tuple[str, ...]
    each: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()


class Rule(NamedTuple):
    """`level`: what of the request is meant. `parts`: each element of the answer is linked for itself. `on`: the fields in words.

    `waits`: what is equal is the same in several requests, so that an answer with the fields of a stronger rule is given time to be linked by that.
    """

    name: str
    level: Level
    answer: Side
    request: Side
    on: tuple[str, ...]
    parts: bool = False
    waits: bool = False


_FROM, _TO = "0:envelope.interchange.sender", "0:envelope.interchange.receiver"
_SENT, _BACK = (_FROM, _TO), (_TO, _FROM)
"""Sender and receiver of the request, and the same two turned round in the answer."""
_APP_FROM, _APP_TO = "0:envelope.group.sender", "0:envelope.group.receiver"
_APP_SENT, _APP_BACK = (_APP_FROM, _APP_TO), (_APP_TO, _APP_FROM)
_PARTIES, _APPLICATIONS = ("interchange sender", "interchange receiver"), ("application sender", "application receiver")
_REFERENCE = "transaction.reference"
_ISA, _GS, _ST = "0:envelope.interchange.control_number|number", "0:envelope.group.control_number|number", "0:envelope.set.control_number|number"
_AK1, _AK2 = "0:acknowledged_group.control_number|number", "1:control_number|number"
_PCN = "patient_control_number|pcn"


def _traces(answer: str, request: str) -> tuple[Rule, ...]:
    """By a number that the request gave (TRN01 = 1) and the answer repeats (2), else by the reference of the batch."""
    theirs, ours = (("type", "2"),), (("type", "1"),)
    return (
        Rule(
            f"{request}.trace", "event", Side(answer, ("number|given", "originator"), ("traces",), theirs),
            Side(request, ("number|given", "originator"), ("traces",), ours), ("trace number", "originator"),
        ),
        Rule(
            f"{request}.trace_number", "event", Side(answer, ("number|given",), ("traces",), theirs),
            Side(request, ("number|given",), ("traces",), ours), ("trace number",),
        ),
        Rule(
            f"{request}.reference_member", "event", Side(answer, (_REFERENCE, "subscriber.id")), Side(request, (_REFERENCE, "subscriber.id")),
            ("reference", "member id"),
        ),
        Rule(
            f"{request}.reference", "set", Side(answer, (_REFERENCE, *_BACK)), Side(request, (_REFERENCE, *_SENT)), ("reference", *_PARTIES),
        ),
    )  # fmt: skip


_STATUS = (
    Rule(
        "status.trace", "event", Side("claim.status.answered", ("trace_number|given", *_BACK)),
        Side("claim.status.requested", ("trace_number|given", *_SENT)), ("trace number", *_PARTIES),
    ),
    Rule(
        "status.trace_number", "event", Side("claim.status.answered", ("trace_number|given",)),
        Side("claim.status.requested", ("trace_number|given",)), ("trace number",),
    ),
    Rule(
        "status.batch", "set", Side("claim.status.answered", ("trace_number|given", *_BACK)), Side("claim.status.requested", (_REFERENCE, *_SENT)),
        ("reference", *_PARTIES),
    ),
    Rule(
        "status.reference", "set", Side("claim.status.answered", (_REFERENCE, *_BACK)), Side("claim.status.requested", (_REFERENCE, *_SENT)),
        ("reference", *_PARTIES),
    ),
)  # fmt: skip

_CLAIMS = (
    Rule(
        "claim.reference", "event", Side("claim.acknowledged", ("receiver.trace_number|given", _PCN)), Side("claim.submitted", (_REFERENCE, _PCN)),
        ("reference", "patient control number"),
    ),
    Rule("claim.number", "event", Side("claim.acknowledged", (_PCN,)), Side("claim.submitted", (_PCN,)), ("patient control number",), waits=True),
    Rule(
        "batch.reference_parties", "set", Side("submission.acknowledged", ("receiver.trace_number|given", *_BACK)),
        Side("claim.submitted", (_REFERENCE, *_SENT)), ("reference", *_PARTIES),
    ),
    Rule(
        "batch.reference", "set", Side("submission.acknowledged", ("receiver.trace_number|given",)), Side("claim.submitted", (_REFERENCE,)),
        ("reference",),
    ),
)  # fmt: skip

_ENVELOPES = (
    Rule(
        "interchange", "interchange", Side("submission.acknowledged", ("acknowledged_interchange.control_number|number", *_BACK)),
        Side(ANY, (_ISA, *_SENT)), ("interchange control number", *_PARTIES),
    ),
    Rule(
        "group", "group", Side("submission.acknowledged", (_AK1, *_APP_BACK)), Side(ANY, (_GS, *_APP_SENT)), ("group control number", *_APPLICATIONS),
    ),
    Rule(
        "set", "set", Side("submission.acknowledged", (_AK2, _AK1, *_APP_BACK), ("sets",)), Side(ANY, (_ST, _GS, *_APP_SENT)),
        ("set control number", "group control number", *_APPLICATIONS), parts=True,
    ),
    Rule(
        "claim.context", "event",
        Side(
            "submission.acknowledged", ("value|pcn", _AK2, _AK1, *_APP_BACK), ("sets", "segments", "contexts", "subjects"), (("name", "CLM01"),),
        ),
        Side("claim.submitted", (_PCN, _ST, _GS, *_APP_SENT)),
        ("patient control number", "set control number", "group control number", *_APPLICATIONS), parts=True,
    ),
    Rule(
        "advice", "set",
        Side("application.advised", ("set_control_number|number", "group_control_number|number", "group_sender", "group_receiver")),
        Side(ANY, (_ST, _GS, *_APP_SENT)), ("set control number", "group control number", *_APPLICATIONS),
    ),
)  # fmt: skip

_FAMILIES = (
    _traces("eligibility.answered", "eligibility.requested"), _traces("authorization.answered", "authorization.requested"),
    _traces("authorization.answered", "authorization.inquired"), _traces("authorization.acknowledged", "authorization.notified"),
)  # fmt: skip

RULES: tuple[Rule, ...] = (*(rule for tier in zip(*_FAMILIES, strict=True) for rule in tier), *_STATUS, *_CLAIMS, *_ENVELOPES)
RANKS = {rule.name: rank for rank, rule in enumerate(RULES)}
BY_NAME = {rule.name: rule for rule in RULES}
"""Names are unique: they stand in events and in State."""
