"""Every public HL7 v2 sample: nothing raises, each MSH that the bytes show is one message, and every field is at its bytes."""

import os
from functools import cache
from pathlib import Path

import pytest

from parsers.hl7v2.message import Message, read
from tests.unit.v2_samples import codes, scanned

NAMED = {
    "cosyte-hl7__mllp-framing-stripped.hl7": {"V2_FRAME_BYTES"},
    "cosyte-hl7__count-mismatch.hl7": {"V2_BATCH_COUNT"},
    "cosyte-hl7__mixed-line-endings.hl7": {"V2_LINE_ENDS"},
    "cosyte-hl7__mixed-terminators.hl7": {"V2_LINE_ENDS", "V2_SEVERAL_MESSAGES"},
    "cosyte-hl7__unknown-charset.hl7": {"V2_CHARSET_UNKNOWN"},
    "rethinkhealth-hl7v2__invalid-segment-header-length.hl7": {"V2_SEGMENT_NAME"},
    "dcm4che-dcm4che__ORU_R01-PDF.hl7": {"V2_LINE_WRAPPED"},
    "microsoft-FHIR-Converter__ADT04-23.hl7": {"FILE_BOM", "V2_LINE_ENDS"},
    "johnpaulett-python-hl7__samples.py-L120.hl7": {"V2_BATCH", "V2_BATCH_EMPTY"},
    "google-simhospital__messages.out": {"V2_SEVERAL_MESSAGES"},
    "CDCgov-prime-reportstream__test-0001-input-covid-19.hl7": {"V2_BATCH_COUNT"},
    "LinuxForHealth-connect__adt_a01_26.hl7": {"V2_DELIMITERS"},
    "LinuxForHealth-hl7v2-fhir-converter__sample_unix.hl7": {"V2_DELIMITERS"},
    "LinuxForHealth-hl7v2-fhir-converter__sample_win.hl7": {"V2_DELIMITERS"},
    "crs4-hl7apy__test_parser.py-L215.hl7": {"V2_DELIMITERS"},
    "crs4-hl7apy__test_parser.py-L218.hl7": {"V2_DELIMITERS"},
    "crs4-hl7apy__test_to_string.py-L49.hl7": {"V2_DELIMITERS"},
    "dcm4che-dcm4che__OMG_O19-GeneralClinicalOrder-Eyecare.hl7": {"V2_CHARSET_WRONG"},
    "dcm4che-dcm4che__OMI_O23-ImagingOrder.hl7": {"V2_CHARSET_WRONG"},
    "dcm4che-dcm4che__ORM_O01-GeneralOrder.hl7": {"V2_CHARSET_WRONG"},
    "CDCgov-prime-reportstream__elims_29_5065302_35227_NoPII_CANCELED.hl7": {"V2_CHARSET_WRONG"},
    "CDCgov-prime-reportstream__elims_29_5065302_35227_NoPII_CANCELED-expected.hl7": {"V2_CHARSET_WRONG"},
}
"""What the names and the manifest of these samples say of them, or their bytes show to a person, and so must be said of them: doubled escape
characters, a letter as separator, UTF-8 under the name of 8859/1, a count of messages that is wrong."""


@cache
def files() -> list[Path]:
    root = Path(os.environ["CLEARPLANE_CORPORA"]) / "hl7v2"
    return sorted(path for path in root.rglob("*") if path.is_file())


@cache
def all_of(path: Path) -> tuple[bytes, list[Message], set[str]]:
    """(bytes, messages, finding codes) of a file."""
    body = path.read_bytes()
    spans, findings = scanned(body)
    found = [read(body[span.start : span.end], span.start) for span in spans]
    return body, found, {*codes(findings), *(code for message in found for code in codes(message.findings))}


every = pytest.mark.parametrize("path", files(), ids=lambda path: path.name)


def headers(body: bytes) -> list[int]:
    """Offsets of MSH and a separator at the start of a line, by a rule of the tests' own."""
    found, at = [], 3 if body.startswith(b"\xef\xbb\xbf") else 0
    for line in body[at:].replace(b"\x0b", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if line.startswith(b"MSH") and not line[3:4].isalnum():
            found.append(at)
        at += len(line) + 1
    return found


@every
def test_each_header_is_one_message(path: Path) -> None:
    body, found, _ = all_of(path)
    assert [message.offset for message in found] == headers(body)


@every
def test_every_field_is_at_its_bytes(path: Path) -> None:
    body, found, _ = all_of(path)
    for message in found[:40]:
        for segment in message.segments:
            for number in range(len(segment.fields)):
                start, end = message.place(segment, number)
                expected = segment.text if number == 0 else segment.fields[number]
                assert body[start:end].decode(message.encoding) == expected


@every
def test_all_text_is_in_the_segments(path: Path) -> None:
    """No character of a message is lost but the ends of its segments and blanks around them."""
    for message in all_of(path)[1]:
        kept = "".join(segment.text for segment in message.segments)
        assert kept.translate(_NO_BLANKS) == message.text.translate(_NO_BLANKS)


_NO_BLANKS = str.maketrans("", "", " \t\r\n")


@pytest.mark.parametrize("path", [path for path in files() if path.name in NAMED], ids=lambda path: path.name)
def test_what_a_sample_is_known_for_is_named(path: Path) -> None:
    assert NAMED[path.name] <= all_of(path)[2]


def test_unnamed_samples_are_unremarkable() -> None:
    """No finding that questions what was read in a sample that nobody calls odd."""
    odd = {"V2_LINE_WRAPPED", "V2_LINE_FEED", "V2_SEGMENT_NAME", "V2_DELIMITERS", "V2_JUNK", "V2_NO_MESSAGE", "V2_CHARSET_WRONG", "V2_BATCH_COUNT"}
    named = {path.name: sorted(all_of(path)[2] & odd) for path in files() if path.name not in NAMED and all_of(path)[2] & odd}
    assert named == {}
