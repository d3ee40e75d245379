"""What the answer of an HL7 v2 receiver means: MSA-1 and MSA-2 against the message that was sent."""

from collections.abc import Collection

from connectors.sinks.mllp import Judge, Outcome, Verdict
from parsers.hl7v2.acknowledgement import ACKNOWLEDGEMENTS, answer, control_id, header

ACCEPTED = frozenset({"AA", "CA"})
NEGATIVE = frozenset({"AE", "AR", "CE", "CR"})
SHORT = 20
"""Characters of MSH-10 up to version 2.6; some receivers repeat no more of a longer one."""


def judge_of(application: bool, retry_on: Collection[str]) -> Judge:
    """`application`: a CA is not the end, AA is to come. `retry_on`: negative codes after which the same message is sent again."""

    def judge(sent: bytes, received: bytes) -> Verdict:
        found = answer(received)
        if found is None or not _is_to(found.control_id.strip(), control_id(sent).strip(), found.code.upper()):
            return Verdict(Outcome.OTHER)
        code = found.code.upper()
        if code in ACCEPTED:
            return Verdict(Outcome.WAIT if application and code == "CA" else Outcome.ACCEPTED)
        if code in NEGATIVE:
            return Verdict(Outcome.AGAIN if code in retry_on else Outcome.REFUSED, code)
        return Verdict(Outcome.REFUSED, "an acknowledgement code that there is not")

    return judge


def _is_to(named: bytes, own: bytes, code: str) -> bool:
    """One message is on its way at a time, so a refusal that names none is of this one: its receiver could not read so far."""
    return named == own or (len(own) > SHORT and named == own[:SHORT]) or (not named and code in NEGATIVE)


def asks_for_none(message: bytes) -> bool:
    """Whether a receiver that keeps to MSH-15 and MSH-16 does not answer this message when it takes it."""
    found = header(message)
    asked = {found.accept.strip().upper(), found.application.strip().upper()}
    return asked.isdisjoint({"AL", "SU"}) and (asked != {""} or found.type.upper() in ACKNOWLEDGEMENTS)


__all__ = ["asks_for_none", "judge_of"]
