"""One admission and one result as senders write them, for the tests of reading HL7 v2."""

from collections.abc import Callable

from parsers.hl7v2.limits import Limits
from parsers.hl7v2.message import Message, Reading, read
from parsers.hl7v2.scan import Span, messages
from schemas.envelope import Finding

ADMISSION = (
    "MSH|^~\\&|ADT|NORTH^1.2.3^ISO|GATE|RCM|20260304101502-0500||ADT^A01^ADT_A01|MSG01|P|2.5|||AL|NE|USA|UNICODE UTF-8\r"
    "EVN|A01|20260304101502\r"
    "PID|1||E100^^^EPI^MRN~A7^^^NORTH^MR||ROSALES^MARIA^ELENA||19710822|F|||118 N OAK AVE^APT 4^SPRINGFIELD^IL^62701\r"
    "PV1|1|I|4EAST^412^B|E|||17503^LINDQVIST^ANDERS|||MED\r"
    "PV2||PRIVATE|^Dyspnea\\T\\edema\r"
    "ZPV|1|EXT^1&2|Y\r"
)
RESULT = (
    "MSH|^~\\&|LAB|NORTH|GATE|RCM|20260304101502||ORU^R01^ORU_R01|MSG02|P|2.5.1\r"
    "PID|1||A7^^^NORTH^MR||ROSALES^MARIA\r"
    "OBR|1|ORD1|FIL1|24323-8^Metabolic panel^LN\r"
    "OBX|1|NM|2345-7^Glucose^LN||102|mg/dL|70-99|H|||F\r"
    "NTE|1|L|Specimen hemolyzed\r"
)

USUAL = Reading()


def reader(body: bytes) -> Callable[[int, int], bytes]:
    return lambda at, length: body[at : at + length]


def scanned(body: bytes, limits: Limits = USUAL.limits) -> tuple[list[Span], list[Finding]]:
    """(spans, findings) of a file."""
    found = list(messages(reader(body), len(body), limits))
    return [one for one in found if isinstance(one, Span)], [one for one in found if isinstance(one, Finding)]


def all_read(body: bytes, reading: Reading = USUAL) -> tuple[list[Message], list[Finding]]:
    """(messages, findings of the file and of its messages)."""
    spans, findings = scanned(body, reading.limits)
    read_ones = [read(body[span.start : span.end], span.start, reading) for span in spans]
    return read_ones, [*findings, *(finding for one in read_ones for finding in one.findings)]


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def field(message: Message, tag: str, number: int) -> str:
    """A field of the first segment with this tag."""
    return next(segment for segment in message.segments if segment.tag == tag).fields[number]
