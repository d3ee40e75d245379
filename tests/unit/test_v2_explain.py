"""Where the fields of an HL7 v2 event came from: every field names bytes of the file that hold its text, in any character set."""

import re
from typing import Any

import orjson
import pytest

from parsers import formats
from parsers.formats import convert, explain, program_of_hash
from parsers.hl7v2.convert import Settings
from parsers.hl7v2.profile import profile_of
from parsers.outputs import Event, Origin
from parsers.traces import Trace, Unexplainable
from tests.unit.v2_toy import message

PID = "PID|1||E1^^^EPI^MRN~A2^^^NMH^MR||MÜLLER^ZOË\\T\\X~ALIAS||19710822|F|||1 WAY^^TOWN|||||||ACC1"
MESSAGES = {
    "admission": (
        "ADT^A01",
        PID,
        'PV1|1|I|4EAST^412^B^NMH||||""|||||||||||VN|CSN1' + "|" * 25 + "20260304093000",
        "DG1|1||I50^Ärger^I10",
        "ZPV|1|EPIC^ÄÖ",
    ),
    "result": ("ORU^R01", PID, "ORC|RE|P1", "OBR|1|P1|F1|24323-8^Panel^LN", "OBX|1|NM|2345-7^Glucose^LN||102|mg/dL", "OBX|2|TX|1||größer\\.br\\als"),
    "charges": ("DFT^P03", PID, "FT1|1|T1||20260304|20260304|CG|99223||||1|412.50", "FT1|2|T2||20260304|20260304|CG|93306||||2|9.5"),
    "visits": ("BAR^P01", PID, "PV1|1|O|||||||||||||||||V1", "DG1|1||R07^Weh^I10", "PV1|2|I|||||||||||||||||V2", "DG1|1||I50^Ärger^I10"),
    "specimens": ("OUL^R22", PID, "SPM|1|S1||BLD^Blüt", "SAC|||C1", "OBR|1|P1|F1|NA", "SPM|2|S2", "OBX|1|ST|X||trüb", "OBR|2|P2|F2|K"),
    "appointment": ("SIU^S12", "SCH|A1^EPIC|||||FU^Follow up", PID, "RGS|1", "AIS|1|A|99214^Visit^C4|20260311090000", "NTE|1||nüchtern"),
}
SHOWN_ELSEWHERE = re.compile("/provenance|/unmapped/[0-9]+/(group|ordinal|tag)$")
"""The places themselves."""


def _read(data: bytes, offset: int, length: int) -> bytes:
    return data[offset : offset + length]


def _events(data: bytes, settings: Any = None) -> list[Event]:
    return [
        one
        for one in convert(lambda offset, length: _read(data, offset, length), len(data), Origin(sha256="1" * 64), settings)
        if isinstance(one, Event)
    ]


def _explain(data: bytes, event: Event, field: str | None = None, profile: Any = None) -> tuple[dict[str, Any], list[Trace]]:
    content: dict[str, Any] = orjson.loads(event.data)
    program = program_of_hash(content["provenance"]["map"], profile)
    kind = event.attributes["id"].split(".", 2)[2]
    return content, explain(program, lambda offset, length: _read(data, offset, length), len(data), kind, content, field)


def _leaves(value: Any, pointer: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and value:
        found: dict[str, Any] = {}
        for name, inner in value.items():
            found |= _leaves(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
        return found
    if isinstance(value, list) and value:
        return {place: leaf for index, inner in enumerate(value) for place, leaf in _leaves(inner, f"{pointer}/{index}").items()}
    return {pointer: value}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le"])
@pytest.mark.parametrize("kind", MESSAGES)
def test_every_field_is_shown_in_the_bytes(kind: str, encoding: str) -> None:
    name, *segments = MESSAGES[kind]
    text = message(name, *segments).decode()
    data = ("junk\r" if encoding != "utf-16-le" else "").encode() + text.encode(encoding)
    events = _events(data)
    assert events
    for event in events:
        content, traces = _explain(data, event)
        leaves = {place: leaf for place, leaf in _leaves(content).items() if not SHOWN_ELSEWHERE.match(place)}
        shown = {trace.field: trace for trace in traces}
        assert leaves.keys() <= shown.keys(), sorted(leaves.keys() - shown.keys())
        for place, leaf in leaves.items():
            trace = shown[place]
            assert data[trace.start : trace.end].decode(encoding) == trace.text
            assert trace.value == leaf
            if place.startswith("/unmapped/"):
                assert trace.text == leaf
            elif leaf is None:
                assert trace.text == '""'


def test_a_field_is_shown_with_its_segment_and_place() -> None:
    data = message("ADT^A01", PID, "PV1|1|I")
    _, (trace,) = _explain(data, _events(data)[0], "/identity/patient/value")
    assert (trace.tag, trace.segment, trace.element, trace.repetition, trace.component, trace.text) == ("PID", 2, 3, 2, 1, "A2")
    assert data[trace.start : trace.end] == b"A2"
    assert trace.segment_start == data.index(b"PID")
    _, traces = _explain(data, _events(data)[0], "/patient/names/0/given")
    text = traces[0].segment_text
    at = traces[0].mark if traces[0].mark is not None else traces[0].start - traces[0].segment_start
    assert text[at : at + len(traces[0].text)] == traces[0].text == "ZOË\\T\\X"


@pytest.mark.parametrize(("kind", "place"), [("ADT^A01", ("MSH", 9, 2, "A01")), ("ADT", ("EVN", 1, None, "A01"))])
def test_what_follows_from_the_event_of_a_message_is_shown_where_that_stands(kind: str, place: tuple[Any, ...]) -> None:
    """Old versions name it in EVN-1 alone."""
    data = message(kind, "EVN|A01", PID, "PV1|1|I")
    _, (trace,) = _explain(data, _events(data)[0], "/action")
    assert (trace.value, (trace.tag, trace.element, trace.component, trace.text)) == ("admit", place)


def test_the_event_of_a_further_message_is_found() -> None:
    data = b"".join(message("ADT^A08", f"PID|1||X{number}^^^H^MR||N{number}") for number in range(3))
    event = _events(data)[2]
    _, traces = _explain(data, event, "/identity/patient/value")
    assert traces[0].start == data.index(b"X2^")


def test_other_bytes_are_refused_and_an_unknown_field_is_named() -> None:
    data = message("ADT^A01", PID, "PV1|1|I")
    event = _events(data)[0]
    with pytest.raises(Unexplainable):
        _explain(b" " * len(data), event)
    with pytest.raises(Unexplainable):
        _explain(data.replace(b"A01", b"A28"), event)
    with pytest.raises(KeyError):
        _explain(data, event, "/patient/nothing")


def test_fields_that_the_site_maps_are_explained_under_its_program() -> None:
    profile = profile_of({"fields": {"ZPV-2.2": "extensions.source"}, "codes": {"PV1-2": {"X": "I"}}})
    data = message("ADT^A01", PID, "PV1|1|X", "ZPV|1|EPIC^EXT")
    event = _events(data, formats.Settings(hl7v2=Settings(profile=profile)))[0]
    content, traces = _explain(data, event, "/extensions", profile)
    assert content["extensions"] == {"source": "EXT"}
    assert [(trace.field, trace.tag, trace.text) for trace in traces] == [("/extensions/source", "ZPV", "EXT")]
    (patient_class,) = _explain(data, event, "/visit/patient_class", profile)[1]
    assert (patient_class.value, patient_class.text) == ("I", "X")
    with pytest.raises(KeyError):
        program_of_hash(content["provenance"]["map"])
