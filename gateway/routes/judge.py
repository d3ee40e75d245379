"""What the answer of an HL7 v2 receiver means: MSA-1 and MSA-2 against the message that was sent."""

from collections.abc import Collection

from connectors.sinks.mllp import Judge, Outcome, Verdict
from parsers.hl7v2.message import read

ACCEPTED = frozenset({"AA", "CA"})
NEGATIVE = frozenset({"AE", "AR", "CE", "CR"})


def judge_of(application: bool, retry_on: Collection[str]) -> Judge:
    """`application`: a CA is not the end, AA is to come. `retry_on`: negative codes after which the same message is sent again."""

    def judge(sent: bytes, answer: bytes) -> Verdict:
        code, of = _said(answer)
        if code is None or of != _control_id(sent):
            return Verdict(Outcome.OTHER)
        if code in ACCEPTED:
            return Verdict(Outcome.WAIT if application and code == "CA" else Outcome.ACCEPTED)
        if code in NEGATIVE:
            return Verdict(Outcome.AGAIN if code in retry_on else Outcome.REFUSED, code)
        return Verdict(Outcome.REFUSED, "an acknowledgement code that there is not")

    return judge


def _said(answer: bytes) -> tuple[str | None, str]:
    """MSA-1 and MSA-2; None without an MSA."""
    for segment in read(answer, 0).segments:
        if segment.tag == "MSA":
            fields = [*segment.fields, "", ""]
            return fields[1].strip().upper(), fields[2].strip()
    return None, ""


def _control_id(sent: bytes) -> str:
    """MSH-10, read as the answer is."""
    head = sent[:_HEAD_BYTES]
    segments = read(head, 0).segments
    fields = segments[0].fields if segments else []
    return fields[_CONTROL_ID].strip() if len(fields) > _CONTROL_ID else ""


_CONTROL_ID, _HEAD_BYTES = 10, 4096

__all__ = ["judge_of"]
