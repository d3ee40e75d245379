"""Reading HL7 v2 beside two libraries that read it too: python-hl7 and hl7apy get the same fields from every sample they can read."""

import warnings
from collections import Counter, defaultdict
from pathlib import Path

import hl7  # type: ignore[import-untyped]
import pytest
from hl7apy.parser import parse_message  # type: ignore[import-untyped]

from parsers.hl7v2.delimiters import Delimiters
from parsers.hl7v2.message import Message
from parsers.hl7v2.segments import Segment
from tests.corpus.test_v2_reading import all_of, files

MESSAGES_OF_A_FILE = 20
FILES_OF_A_TYPE = 6
"""hl7apy reads some thirty messages a second, so it is asked about the first files of each folder only."""

PYTHON_HL7 = {
    "cosyte-hl7__malformed-mid-batch.hl7": "an MSH that ends in its MSH-2: python-hl7 takes its characters for components",
    "cosyte-hl7__malformed-mid-stream.hl7": "likewise",
    "johnpaulett-python-hl7__test_construction.py-L48.hl7": "an MSH that ends in its MSH-2: python-hl7 gives it one field less",
    "dcm4che-dcm4che__ORU_R01-PDF.hl7": "OBX-5 broken by a CR: python-hl7 makes a segment of its second line, we go on with the field",
    "microsoft-FHIR-Converter__PC1-Problem-Add-v2.3.1.hl7": "a blank before the line end: python-hl7 strips it, we keep what was sent",
    "microsoft-FHIR-Converter__PC1-Problem-Update-v2.3.1.hl7": "likewise",
}
"""Samples whose fields differ, and why. Samples that python-hl7 cannot read at all are not among them."""


def _peer_text(message: Message) -> str:
    """The message with CR alone between its segments, the only form both libraries take."""
    return "\r".join(line for line in message.text.replace("\n", "\r").split("\r") if line) + "\r"


def python_hl7(message: Message) -> list[list[str]] | None:
    """Its fields of each segment; None when it cannot read the message."""
    try:
        return [[str(field) for field in segment] for segment in hl7.parse(_peer_text(message))]
    except (AssertionError, hl7.HL7Exception):
        return None


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_python_hl7_reads_the_same_fields(path: Path) -> None:
    same = True
    for message in all_of(path)[1][:MESSAGES_OF_A_FILE]:
        theirs = python_hl7(message)
        same = same and (theirs is None or theirs == [segment.fields for segment in message.segments])
    assert same is (path.name not in PYTHON_HL7)


def _values(text: str, delimiters: Delimiters) -> Counter[str]:
    """The values in a field, whatever their place in it: hl7apy strips blanks and leading zeros, moves
    components that its version withdrew, and escapes formatting."""
    for mark in (delimiters.repetition, delimiters.component, delimiters.subcomponent):
        text = text.replace(mark, "\n")
    doubled = delimiters.escape + "E" + delimiters.escape
    parts = [part.strip() for part in text.replace(doubled, delimiters.escape).split("\n")]
    return Counter(part.lstrip("0") if part.isdigit() else part for part in parts if part)


def _differences(message: Message, ours: Segment, peer: object) -> list[str]:
    """Fields of a segment whose values differ, of those hl7apy has: it leaves out what its tables do not."""
    values: dict[int, list[str]] = defaultdict(list)
    for child in peer.children:  # type: ignore[attr-defined]
        if child.name is not None:
            values[int(child.name.rpartition("_")[2])].append(child.to_er7())
    marks = message.delimiters
    theirs = {number: _values(marks.repetition.join(found), marks) for number, found in values.items() if ours.tag != "MSH" or number > 2}
    return [f"{ours.tag}-{number}" for number, found in theirs.items() if found != _values(ours.fields[number], marks)]


def test_hl7apy_reads_the_same_fields() -> None:
    seen: Counter[str] = Counter()
    read = 0
    differences: dict[str, list[str]] = {}
    for path in files():
        seen[path.parent.name] += 1
        for message in all_of(path)[1][:1] if seen[path.parent.name] <= FILES_OF_A_TYPE else []:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    peer = parse_message("\r".join(segment.text for segment in message.segments), find_groups=False)
            except Exception:  # noqa: S112 - whatever it raises on what it cannot read
                continue
            read += 1
            differing = [place for ours, theirs in zip(message.segments, peer.children, strict=True) for place in _differences(message, ours, theirs)]
            if differing:
                differences[path.name] = differing
    assert read > 100
    assert differences == {}
