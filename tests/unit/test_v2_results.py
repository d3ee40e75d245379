"""Results: an event for each OBR with its observations, whatever their values are; documents and long texts by reference."""

import base64
from hashlib import sha256
from typing import Any

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.hl7v2.observations import TEXT_LIMIT
from tests.unit.v2_messages import converted, message

PID = "PID|1||100^^^HOSP^MR||DOE^JANE||19800102|F"
OBR = "OBR|1|P1^EHR|F1^LAB|24323-8^Metabolic panel^LN|||202603020915|||||||||||||||||LAB|F"


def _reports(*segments: str) -> list[dict[str, Any]]:
    found = converted(message("ORU^R01", *segments))
    assert set(found.kinds) <= {"result.reported"}
    return found.data


def _observation(*fields: str) -> dict[str, Any]:
    """The observation of an OBX with these fields from OBX-2 on."""
    (report,) = _reports(PID, OBR, "|".join(("OBX", "1", *fields)))
    (observation,) = report["observations"]
    return dict(observation)


# -- reports


def test_each_request_is_a_report_with_its_own_numbers_and_observations() -> None:
    first, second = _reports(
        PID, "NTE|1||fasting", "ORC|RE|P1^EHR|F1^LAB", OBR, "NTE|1|L|hemolyzed", "OBX|1|NM|2345-7^Glucose^LN||102|mg/dL|70-99|H|||F",
        "NTE|1|L|repeat",
        "OBX|2|NM|2951-2^Sodium^LN||138", f"OBR|2|P2^EHR|F2^LAB|57021-8^CBC^LN{'|' * 21}P", "OBX|1|NM|718-7^Hemoglobin^LN||11.2",
    )  # fmt: skip
    assert (first["order"]["placer_number"], first["report"]["filler_number"]) == (
        {"value": "P1", "authority": "EHR"},
        {"value": "F1", "authority": "LAB"},
    )
    assert "order" not in second
    assert [report["report"]["status"] for report in (first, second)] == ["F", "P"]
    assert [[one["code"]["code"] for one in report["observations"]] for report in (first, second)] == [["2345-7", "2951-2"], ["718-7"]]
    assert [report["patient_notes"][0]["texts"] for report in (first, second)] == [["fasting"], ["fasting"]]
    assert [one["texts"] for one in first["notes"]] == [["hemolyzed"]]
    assert [one.get("notes", [{}])[0].get("texts") for one in first["observations"]] == [["repeat"], None]
    assert "notes" not in second


def test_results_of_two_patients_stay_with_their_own() -> None:
    first, second = _reports(PID, OBR, "OBX|1|NM|A||1", "PID|2||200^^^HOSP^MR||ROE^JOHN", OBR, "OBX|1|NM|B||2")
    assert [report["identity"]["patient"]["value"] for report in (first, second)] == ["100", "200"]
    assert [[one["code"]["code"] for one in report["observations"]] for report in (first, second)] == [["A"], ["B"]]
    assert [report["patient"]["names"][0]["family"] for report in (first, second)] == ["DOE", "ROE"]


@pytest.mark.parametrize("between", ["PV1|1|I|4W^401^A", "ROL|1|AD|CP", "AL1|1|DA|X", "DG1|1||I10", "ZZZ|1"])
def test_a_segment_out_of_its_order_takes_no_observation_from_its_report(between: str) -> None:
    (report,) = _reports(PID, OBR, "OBX|1|NM|A||1", between, "OBX|2|NM|B||2")
    assert [one["code"]["code"] for one in report["observations"]] == ["A", "B"]


def test_observations_without_a_request_are_a_report() -> None:
    (report,) = _reports(PID, "OBX|1|NM|A||1", "OBX|2|NM|B||2")
    assert [one["number"] for one in report["observations"]] == ["1", "2"]
    assert "report" not in report


def test_specimen_and_its_numbers() -> None:
    (report,) = _reports(PID, OBR, "OBX|1|NM|A||1", "SPM|1|S1&EHR^S2&LAB||BLD^Blood^HL70487|||||||||||||202603020915^202603020920", "OBX|2|NM|B||2")
    (specimen,) = report["specimens"]
    assert specimen["id"] == {"placer": {"value": "S1", "authority": "EHR"}, "filler": {"value": "S2", "authority": "LAB"}}
    assert (specimen["collection_time"], specimen["collection_end_time"]) == ("2026-03-02T09:15-06:00", "2026-03-02T09:20-06:00")
    assert [one["code"]["code"] for one in report["observations"]] == ["A", "B"]


def test_specimen_before_the_request_and_request_before_the_order() -> None:
    found = converted(
        message("OUL^R22", PID, "SPM|1|^S1||BLD", "OBR|1||F1|A", "ORC|RE|P1", "OBX|1|NM|A||1", "OBR|2||F2|B", "ORC|RE|P2", "OBX|1|NM|B||2")
    )
    told = [
        (data["report"]["filler_number"]["value"], data["order"]["placer_number"]["value"], data["observations"][0]["number"]) for data in found.data
    ]
    assert told == [("F1", "P1", "1"), ("F2", "P2", "2")]
    assert [data["specimens"][0]["id"]["filler"]["value"] for data in found.data] == ["S1", "S1"]


def test_header_of_a_transcribed_report_is_kept() -> None:
    (report,) = _reports(PID, OBR, "TXA|1|RAD^Radiology report||202603020915||||||||D1^RIS|||||AU", "OBX|1|TX|A||clear")
    assert (report["document"]["number"]["value"], report["document"]["completion_status"]) == ("D1", "AU")
    assert report["observations"][0]["value"] == "clear"


# -- values


VALUES: dict[tuple[str, str], dict[str, Any]] = {
    ("NM", "102.50"): {"value": "102.50", "number": "102.5"},
    ("NM", "+7"): {"value": "+7", "number": "7"},
    ("NM", ">5"): {"value": ">5"},
    ("NM", "1~2"): {"value": "1\n2", "numbers": ["1", "2"]},
    ("NM", "1~x"): {"value": "1\nx"},
    ("SN", "^100"): {"value": "100", "number": "100", "structured": {"number": "100"}},
    ("SN", ">^100"): {"value": ">100", "structured": {"comparator": ">", "number": "100"}},
    ("SN", "^1^:^128"): {"value": "1:128", "structured": {"number": "1", "separator": ":", "second_number": "128"}},
    ("SN", "^abc"): {"value": "^abc", "components": [["", "abc"]]},
    ("ST", "nothing \\T\\ normal"): {"value": "nothing & normal"},
    ("TX", "line 1~line 2"): {"value": "line 1\nline 2"},
    ("FT", "first\\.br\\second \\H\\bold\\N\\"): {"value": "first\nsecond bold"},
    ("TX", "5^6"): {"value": "5^6"},
    ("", "free"): {"value": "free"},
    ("CE", "A^Alpha^L"): {"value": "Alpha", "codes": [{"code": "A", "text": "Alpha", "system": "L"}]},
    ("CWE", "^^^B^Beta^M^1^2^as seen~C"): {
        "value": "as seen\nC",
        "codes": [
            {"alternate_code": "B", "alternate_text": "Beta", "alternate_system": "M", "version": "1",
             "alternate_version": "2", "original_text": "as seen"},
            {"code": "C"},
        ],
    },
    ("CE", 'A^""^L'): {"value": "A", "codes": [{"code": "A", "text": None, "system": "L"}]},
    ("IS", "POS"): {"value": "POS", "codes": [{"code": "POS"}]},
    ("DT", "20260302"): {"value": "20260302", "time": "2026-03-02"},
    ("TS", "202603020915-0500^M"): {"value": "202603020915-0500^M", "time": "2026-03-02T09:15-05:00", "components": [["202603020915-0500", "M"]]},
    ("DTM", "20261399"): {"value": "20261399"},
    ("TM", "0915"): {"value": "0915"},
    ("DR", "20260301^20260302"): {
        "value": "20260301^20260302", "period": {"start": "2026-03-01", "end": "2026-03-02"}, "components": [["20260301", "20260302"]],
    },
    ("CQ", "5^mL"): {"value": "5^mL", "number": "5", "components": [["5", "mL"]]},
    ("MO", "12.50^USD"): {"value": "12.50^USD", "number": "12.5", "components": [["12.50", "USD"]]},
    ("CP", "12&USD^UP"): {"value": "12&USD^UP", "number": "12", "components": [["12&USD", "UP"]]},
    ("NA", "1^2~3^4"): {"value": "1^2\n3^4", "components": [["1", "2"], ["3", "4"]]},
    ("XCN", "17^DOE^JOHN"): {"value": "17^DOE^JOHN", "components": [["17", "DOE", "JOHN"]]},
    ("ST", '""'): {"value": None},
    ("NM", ""): {},
}  # fmt: skip
_OF_VALUE = ("value", "number", "numbers", "structured", "time", "period", "codes", "components", "contents")


@pytest.mark.parametrize(("kind", "text"), VALUES)
def test_value_is_read_as_its_type_says(kind: str, text: str) -> None:
    observation = _observation(kind, "X", "", text)
    assert {name: observation[name] for name in _OF_VALUE if name in observation} == VALUES[kind, text]
    assert observation.get("value_type", "") == kind


def test_fields_beside_the_value() -> None:
    observation = _observation(
        "NM",
        "2345-7^Glucose^LN",
        "1",
        "102",
        "mg/dL^mg/dL^UCUM",
        "70^99",
        "H~A",
        "0.9",
        "A",
        "C",
        "2026",
        "",
        "20260302094200-0500",
        "LAB1",
        "17^DOE^JOHN",
    )
    assert observation["code"] == {"code": "2345-7", "text": "Glucose", "system": "LN"}
    assert (observation["sub_id"], observation["units"]["system"], observation["reference_range"]) == ("1", "UCUM", "70^99")
    assert [one["code"] for one in observation["interpretations"]] == ["H", "A"]
    assert (observation["probability"], observation["abnormality_natures"], observation["status"]) == ("0.9", ["A"], "C")
    assert (observation["reference_range_time"], observation["observation_time"]) == ("2026", "2026-03-02T09:42:00-05:00")
    assert (observation["producer"], observation["observers"]) == ({"code": "LAB1"}, [{"id": "17", "family": "DOE", "given": "JOHN"}])


# -- device observations (IHE PCD-01)


@pytest.mark.parametrize(
    ("sub_id", "levels"),
    [
        ("1.0.0.0", {"mds": 1, "vmd": 0, "channel": 0, "metric": 0}),
        ("1.2.3.4.5", {"mds": 1, "vmd": 2, "channel": 3, "metric": 4, "facet": 5}),
        ("1.2.3.4.5.6", {"mds": 1, "vmd": 2, "channel": 3, "metric": 4, "facet": 5, "subfacet": 6}),
        ("1.2", None),
        ("2", None),
        ("1.2.x.4", None),
        ("1.2.3.4.5.6.7", None),
    ],
)
def test_containment_of_a_device_observation(sub_id: str, levels: dict[str, int] | None) -> None:
    observation = _observation("NM", "150456^MDC_PULS_OXIM_SAT_O2^MDC", sub_id, "98", "262688^MDC_DIM_PERCENT^MDC")
    assert (observation["sub_id"], observation.get("containment")) == (sub_id, levels)
    assert (observation["number"], observation["units"]["code"]) == ("98", "262688")


# -- by reference


def _content(segments: tuple[str, ...], head: str = "ORU^R01") -> tuple[bytes, list[dict[str, Any]], dict[str, Any]]:
    body = message(head, PID, OBR, *segments)
    (data,) = converted(body).data
    (observation,) = data["observations"]
    return body, observation["contents"], observation


def test_document_stays_in_the_file_and_the_event_says_where() -> None:
    data = base64.b64encode(bytes(range(256)) * 40)
    body, (content,), observation = _content((f"OBX|1|ED|PDF^Report^L||APP&1.2&ISO^application^pdf^Base64^{data.decode()}||||||F",))
    place = (content["offset"], content["length"])
    assert body[place[0] : place[0] + place[1]] == data
    assert content["sha256"] == sha256(data).hexdigest()
    assert {name: content[name] for name in ("application", "application_id", "application_id_type", "type", "subtype", "encoding")} == {
        "application": "APP", "application_id": "1.2", "application_id_type": "ISO", "type": "application", "subtype": "pdf", "encoding": "Base64",
    }  # fmt: skip
    assert "value" not in observation


def test_bytes_of_a_document_behind_text_of_many_bytes() -> None:
    body, (content,), _ = _content(("NTE|1||caf\u00e9 \u2013 \u6f22", "OBX|1|ED|X||^text^plain^Hex^DEADBEEF"))
    assert body[content["offset"] : content["offset"] + content["length"]] == b"DEADBEEF"


def test_plain_text_in_a_document_is_shown_and_placed() -> None:
    body, (content,), observation = _content(("OBX|1|ED|X||^text^plain^A^one \\T\\ two^three",))
    assert observation["value"] == "one & two^three"
    assert body[content["offset"] : content["offset"] + content["length"]] == b"one \\T\\ two^three"


def test_document_without_a_description_is_placed_whole() -> None:
    body, (content,), _ = _content(("OBX|1|ED|X||QUJD",))
    assert body[content["offset"] : content["offset"] + content["length"]] == b"QUJD"


def test_every_repetition_of_a_document_has_its_place() -> None:
    body, contents, _ = _content(("OBX|1|ED|X||^a^b^Base64^QQ==~^c^d^Base64^Qg==",))
    assert [body[one["offset"] : one["offset"] + one["length"]] for one in contents] == [b"QQ==", b"Qg=="]
    assert [one["type"] for one in contents] == ["a", "c"]


def test_pointer_names_the_other_system() -> None:
    observation = _observation("RP", "X", "", "\\\\share\\E\\doc.pdf^DMS&1.2&ISO^application^pdf")
    (content,) = observation["contents"]
    assert (content["application"], content["application_id"], content["type"], content["subtype"]) == ("DMS", "1.2", "application", "pdf")
    assert content["pointer"].endswith("doc.pdf")


@pytest.mark.parametrize(("length", "shown"), [(TEXT_LIMIT, True), (TEXT_LIMIT + 1, False)])
def test_text_up_to_the_limit_is_in_the_event(length: int, shown: bool) -> None:
    text = "x" * length
    observation = _observation("TX", "X", "", text)
    assert (observation.get("value") == text, "contents" in observation) == (shown, not shown)
    if not shown:
        (content,) = observation["contents"]
        assert (content["length"], content["sha256"]) == (length, sha256(text.encode()).hexdigest())


# -- another reader's view


def test_values_agree_with_another_reader() -> None:
    body = message(
        "ORU^R01", PID, OBR, "OBX|1|NM|2345-7^Glucose^LN||102|mg/dL|70-99|H|||F|||20260302", "OBX|2|ST|A^Alpha^L||some text||||||P",
        "OBX|3|CE|B^Beta^L||X^Xi^L||||||F",
    )  # fmt: skip
    (report,) = converted(body).data
    for ours, theirs in zip(report["observations"], hl7.parse(body.decode()).segments("OBX"), strict=True):
        assert (ours["code"]["code"], ours["code"]["text"]) == (str(theirs[3][0][0]), str(theirs[3][0][1]))
        assert (ours["value_type"], ours["status"], ours["set_id"]) == (str(theirs[2]), str(theirs[11]), str(theirs[1]))
        assert ours["value"] == (str(theirs[5][0][1]) if ours["value_type"] == "CE" else str(theirs[5]))


@pytest.mark.parametrize(
    "junk",
    ["OBX", "OBX|", "OBX|1|ED|X||^", "OBX|1|ED|X||^^^^", "OBX|1|RP|X||^^^^^^", "OBX|1|SN|X||^", "OBX|1|SN|X||^^^^^^^^", "OBX|1|NM|X|1.1.1.1|~"],
)
def test_nothing_in_an_observation_stops_the_reading(junk: str) -> None:
    reports = _reports(PID, OBR, junk, "OBX|2|NM|B||2")
    assert reports[0]["observations"][-1]["number"] == "2"


@pytest.mark.parametrize("kind", ["ED", "RP", "TX", "NM", "NA", "CE"])
@pytest.mark.parametrize("mark", ["~", "^"])
def test_a_long_value_of_many_parts_is_one_document(kind: str, mark: str) -> None:
    value = f"a{mark}" * (TEXT_LIMIT // 2 + 1)
    body = message("ORU^R01", PID, OBR, f"OBX|1|{kind}|X||{value}")
    (report,) = converted(body).data
    (content,) = report["observations"][0]["contents"]
    assert body[content["offset"] : content["offset"] + content["length"]] == value.encode()


def test_document_of_a_later_message_is_where_the_event_says() -> None:
    first = message("ORU^R01", PID, OBR, "OBX|1|TX|X||caf\u00e9")
    body = first + message("ORU^R01", PID, OBR, "OBX|1|ED|X||^a^b^Base64^QQ==").replace(b"|C1|", b"|C2|")
    (content,) = converted(body).data[1]["observations"][0]["contents"]
    assert content["offset"] > len(first)
    assert body[content["offset"] : content["offset"] + content["length"]] == b"QQ=="
    assert content["sha256"] == sha256(b"QQ==").hexdigest()


_KINDS = st.sampled_from(["NM", "SN", "TX", "CE", "CWE", "ED", "RP", "DT", "TM", "DR", "CQ", "NA", "XCN", "", "ZZ"])
_PIECES = st.lists(st.sampled_from(["~", "^", "&", "\\", "\\F\\", '""', "1", ".", "-", ">", "2026", "x", "\u00e9", " "]), max_size=12).map("".join)


@settings(max_examples=150, deadline=None)
@given(_KINDS, _PIECES, _PIECES)
def test_any_value_is_read_without_an_exception_and_keeps_its_text(kind: str, sub_id: str, text: str) -> None:
    (report,) = _reports(PID, OBR, f"OBX|1|{kind}|X|{sub_id}|{text}|||||F", "OBX|2|NM|Y||2")
    read = [one for one in report["observations"] if one.get("code") == {"code": "X"}]
    assert (len(read), report["observations"][-1]["number"]) == (1, "2")
    assert not [name for name in _OF_VALUE if read[0].get(name) in ("", [], {})]
    if set(text) & set("12.->x\u00e9"):
        assert any(name in read[0] for name in _OF_VALUE)
