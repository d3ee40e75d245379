"""What the answer of an HL7 v2 receiver means: MSA-1 and MSA-2 against the message that was sent."""

from collections.abc import Collection

from connectors.sinks.mllp import Judge, Outcome, Verdict
from parsers.hl7v2.acknowledgement import answer, control_id

ACCEPTED = frozenset({"AA", "CA"})
NEGATIVE = frozenset({"AE", "AR", "CE", "CR"})


def judge_of(application: bool, retry_on: Collection[str]) -> Judge:
    """`application`: a CA is not the end, AA is to come. `retry_on`: negative codes after which the same message is sent again."""

    def judge(sent: bytes, received: bytes) -> Verdict:
        found = answer(received)
        if found is None or found.control_id.strip() != control_id(sent).strip():
            return Verdict(Outcome.OTHER)
        code = found.code.upper()
        if code in ACCEPTED:
            return Verdict(Outcome.WAIT if application and code == "CA" else Outcome.ACCEPTED)
        if code in NEGATIVE:
            return Verdict(Outcome.AGAIN if code in retry_on else Outcome.REFUSED, code)
        return Verdict(Outcome.REFUSED, "an acknowledgement code that there is not")

    return judge


__all__ = ["judge_of"]
