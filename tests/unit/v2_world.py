"""HL7 v2 messages for the pipeline, and what reading them alone gives."""

from gateway.sites import Site
from parsers.formats import convert
from parsers.outputs import Event, Origin


def adt(number: int, patient: int = 1, trigger: str = "A08", control: str = "", text: str = "") -> bytes:
    """Distinct by `number`; `control` is its MSH-10 unless that shall be of its own."""
    lines = [
        f"MSH|^~\\&|REG|HOSP|ENGINE|HOSP|20260102030405||ADT^{trigger}^ADT_A01|{control or f'C{number}'}|T|2.5.1", f"EVN|{trigger}|20260102030405",
        f"PID|1||P{patient}^^^HOSP^MR||SAMPLE^PERSON{text}||19800101|F|||1 MAIN STREET^^ANYTOWN^NY^10001", f"PV1|1|O|||||||||||||||||V{number}",
    ]  # fmt: skip
    return ("\r".join(lines) + "\r").encode()


def batch(messages: list[bytes]) -> bytes:
    """A file of them with its envelope."""
    head = b"FHS|^~\\&|REG|HOSP\rBHS|^~\\&|REG|HOSP\r"
    return head + b"".join(messages) + b"BTS|%d\rFTS|1\r" % len(messages)


def expected(content: bytes, sha256: str, site: Site, feed: str) -> list[str]:
    """Ids of the events that converting the bytes by themselves gives."""
    origin = Origin(site.id, feed, sha256)
    outputs = convert(lambda offset, length: content[offset : offset + length], len(content), origin)
    return [output.attributes["id"] for output in outputs if isinstance(output, Event)]
