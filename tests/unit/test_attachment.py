"""Attachments (275): documents stay in the file, whatever bytes they hold, and the event says where they are."""

import json
from hashlib import sha256
from typing import Any

import pytest

from parsers.x12.convert import Event, Origin, convert
from schemas.envelope import Finding
from tests.conftest import converted, reader_of
from tests.golden.cases import cases

_ISA = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240131*1430*^*00501*000000001*0*T*:~"
_HEAD = (b"BGN*02*ATT-1*20240131", b"NM1*PR*2*PAYER*****PI*P1", b"NM1*QC*1*ROE*JANE****MI*M1001", b"REF*EJ*PCN-1", b"LX*1", b"TRN*1*CTRL-1")
_FORMAT = (b"DTP*368*D8*20240131", b"CAT*AE*TX", b"EFI*05")
EVERY_BYTE = bytes(range(256)) * 4


def _file(*segments: bytes, version: bytes = b"005010X210") -> bytes:
    body = (b"ST*275*0001*" + version, *_HEAD, *segments)
    trailer = (b"SE*%d*0001" % (len(body) + 1), b"GE*1*1", b"IEA*1*000000001")
    return _ISA + b"~".join((b"GS*PI*SENDER*RECEIVER*20240131*1430*1*X*" + version, *body, *trailer)) + b"~"


def _read(content: bytes) -> tuple[list[Event], list[Finding]]:
    made = list(convert(reader_of(content), len(content), Origin(sha256=sha256(content).hexdigest())))
    return [one for one in made if isinstance(one, Event)], [one for one in made if isinstance(one, Finding)]


def _data(content: bytes) -> tuple[dict[str, Any], list[Finding]]:
    events, findings = _read(content)
    (event,) = events
    assert event.attributes["type"] == "clearplane.attachment.submitted.v1"
    return json.loads(event.data), findings


def _bytes_at(content: bytes, holder: dict[str, Any]) -> list[bytes]:
    return [content[one["data"]["offset"] :][: one["data"]["length"]] for one in holder["contents"]]


def _binary(data: bytes, said: int | None = None) -> bytes:
    return b"BIN*%d*%b" % (len(data) if said is None else said, data)


def test_documents_of_any_bytes_are_found_where_the_event_says() -> None:
    documents = [EVERY_BYTE, b"SE*2*0001~GE*1*1~IEA*1*000000001~", b"~", b"plain"]
    content = _file(*_FORMAT, *map(_binary, documents))
    data, findings = _data(content)
    assert findings == []
    assert _bytes_at(content, data["attachments"][0]["submissions"][0]["documents"][0]) == documents
    assert "unmapped" not in data


def test_documents_of_the_later_guide() -> None:
    content = _file(b"BDS*B64*%d*%b" % (len(EVERY_BYTE), EVERY_BYTE), version=b"006020X314")
    data, findings = _data(content)
    assert findings == []
    (found,) = data["attachments"][0]["contents"]
    assert (found["filter"], found["declared_length"]) == ("B64", len(EVERY_BYTE))
    assert _bytes_at(content, data["attachments"][0]) == [EVERY_BYTE]


@pytest.mark.parametrize("said", [2, 400])
def test_untrue_length_takes_up_to_the_next_terminator(said: int) -> None:
    content = _file(*_FORMAT, _binary(b"SECRET NOTE", said), b"LX*2", b"TRN*1*CTRL-2", *_FORMAT, _binary(b"RIGHT~ONE"))
    data, findings = _data(content)
    assert [(finding.code, finding.location and finding.location.segment) for finding in findings] == [("BINARY_LENGTH", 11)]
    held = [_bytes_at(content, one["submissions"][0]["documents"][0]) for one in data["attachments"]]
    assert held == [[b"SECRET NOTE"], [b"RIGHT~ONE"]]


def test_document_is_neither_in_the_event_nor_in_a_finding() -> None:
    events, findings = _read(_file(*_FORMAT, _binary(b"SECRET NOTE", 3), _binary(b"HIDDEN*NOTE~")))
    shown = events[0].data + repr(findings).encode()
    assert b"SECRET" not in shown
    assert b"HIDDEN" not in shown


def test_document_longer_than_any_segment_may_be() -> None:
    large = EVERY_BYTE * 4096
    content = _file(*_FORMAT, _binary(large), _binary(b"after"))
    data, findings = _data(content)
    assert findings == []
    assert _bytes_at(content, data["attachments"][0]["submissions"][0]["documents"][0]) == [large, b"after"]


def test_lane_is_that_of_the_claim() -> None:
    from tests.unit.guide_instances import interchange

    claim = interchange("HC", "005010X222A1", "BHT*0019*00*1*20240131*1430*CH", "HL*1**20*1", "HL*2*1*22*0", "CLM*pcn-1*10***11:B:1*Y*A*Y*Y").encode()
    lanes = {event.attributes["partitionkey"] for event in (*_read(claim)[0], *_read(_file())[0])}
    assert len(lanes) == 1


@pytest.mark.parametrize("version", ["005010X211", "006020X316", "005010X215"])
def test_other_versions_borrow_the_table(version: str) -> None:
    data, findings = _data(_file(*_FORMAT, version=version.encode()))
    assert data["patient_control_number"] == "PCN-1"
    assert findings == []


def test_stranger_segments_stay_in_the_event_of_their_set() -> None:
    """A dialect with levels and a claim in a 275: one event still, and every value is in it."""
    data, findings = _data(_file(b"HL*1**20*1", b"PWK*OZ*EL***AC*CTRL-9"))
    assert [(entry["tag"], entry["elements"].get("06")) for entry in data["unmapped"]] == [("HL", None), ("PWK", "CTRL-9")]
    assert [finding.code for finding in findings] == ["SEGMENT_UNKNOWN"] * 2


def test_where_binary_data_is_can_be_told_under_any_delimiters() -> None:
    content = next(case.content for case in cases() if case.name == "275_binary")
    usual, plus = converted(content).data(), converted(content.replace(b"*", b"+")).data()
    assert [one["attachments"] for one in usual] == [one["attachments"] for one in plus]
