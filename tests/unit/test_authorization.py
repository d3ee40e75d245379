"""Authorisations (278): what is an item, where decisions and rejections go, what the checks find, and how samples of a wrong dialect are read."""

import re
from typing import Any

import pytest

from schemas.envelope import Finding
from schemas.x12 import guide
from tests.unit.guide_instances import interchange, outputs

X217, X215, X216 = "005010X217", "005010X215", "005010X216"
_TOP = ("HL*1**20*1", "NM1*X3*2*REVIEW COMPANY*****PI*RC100")
_REQUESTER = ("HL*2*1*21*1", "NM1*1P*1*FENN*OLA****XX*1234567893")
_SUBSCRIBER = ("HL*3*2*22*1", "NM1*IL*1*ROE*JANE****MI*M1001")
_ABOVE = (*_TOP, *_REQUESTER, *_SUBSCRIBER)
_EVENT = ("HL*4*3*EV*1", "TRN*2*T1*9CLINICONE", "UM*HS*I*1")
_DECIDED = (*_EVENT, "HCR*A1*AUTH1")


def _read(purpose: str, *segments: str, version: str = X217, group: str = "HI") -> tuple[list[tuple[str, dict[str, Any]]], list[Finding]]:
    return outputs(interchange(group, version, f"BHT*0007*{purpose}*R1*20240131*1430", *segments, transaction="278"))


def _answer(*segments: str) -> dict[str, Any]:
    events, _ = _read("11", *_ABOVE, *segments)
    ((kind, data),) = events
    assert kind == "authorization.answered"
    return data


def _codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("version", "purpose", "kind"),
    [
        (X217, "13", "requested"), (X217, "01", "requested"), (X217, "36", "requested"), (X217, "11", "answered"), (X217, "08", "answered"),
        (X215, "28", "inquired"), (X215, "11", "answered"), (X215, "49", "answered"),
        (X216, "14", "notified"), (X216, "53", "acknowledged"), (X216, "44", "acknowledged"),
    ],
)  # fmt: skip
def test_kind_follows_guide_and_purpose(version: str, purpose: str, kind: str) -> None:
    events, _ = _read(purpose, *_ABOVE, "HL*4*3*EV*0", "UM*HS*I*1", version=version)
    assert [name for name, _ in events] == [f"authorization.{kind}"]


def test_each_patient_event_is_an_event_with_its_own_services() -> None:
    more = ("HL*6*3*EV*1", "TRN*2*T2*9CLINICONE", "UM*SC*I*3", "HCR*A3**0V", "HL*7*6*SS*0", "SV1*HC:99213", "HL*8*6*SS*0", "SV1*HC:99214")
    events, findings = _read("11", *_ABOVE, *_DECIDED, "HL*5*4*SS*0", "SV1*HC:97110", *more)
    assert [[line["procedure"]["code"] for line in data["services"]] for _, data in events] == [["97110"], ["99213", "99214"]]
    assert [data["decision"] for _, data in events] == [{"action": "A1", "review_number": "AUTH1"}, {"action": "A3", "reasons": ["0V"]}]
    assert [data["subscriber"]["id"] for _, data in events] == ["M1001", "M1001"]
    assert findings == []


def test_service_keeps_its_own_decision_and_only_that() -> None:
    services = ("HL*5*4*SS*0", "HCR*A3**0V^0W^25", "SV1*HC:97110", "HL*6*4*SS*0", "SV1*HC:97112")
    first, second = _answer(*_DECIDED, *services)["services"]
    assert first["decision"] == {"action": "A3", "reasons": ["0V", "0W", "25"]}
    assert "decision" not in second


def test_answer_tells_the_numbers_of_both_sides_apart() -> None:
    data = _answer("HL*4*3*EV*0", "TRN*1*OURS*9REVIEWCO1", "TRN*2*THEIRS*9CLINICONE", "TRN*2*HOUSE*9CLEARING1", "UM*HS*I*1", "HCR*NA")
    assert [trace["number"] for trace in data["traces"]] == ["THEIRS", "HOUSE"]
    assert [trace["number"] for trace in data["reviewer_traces"]] == ["OURS"]


_LEVELS = {
    "2000A": ((_TOP[0], "AAA*Y**42*P", _TOP[1]), "", ("reviewer",)),
    "2010A": ((*_TOP, "AAA*N**79*C"), "reviewer", ("reviewer",)),
    "2010B": ((*_TOP, *_REQUESTER, "AAA*N**51*C"), "requester", ("reviewer", "requester")),
    "2010C": ((*_ABOVE, "AAA*N**75*C"), "subscriber", ("reviewer", "requester", "subscriber")),
    "2010D": (
        (*_ABOVE, "HL*4*3*23*0", "NM1*QC*1*ROE*TIM", "AAA*N**67*C"),
        "patient",
        ("reviewer", "requester", "subscriber", "patient"),
    ),
}


@pytest.mark.parametrize("level", _LEVELS)
def test_rejection_above_the_patient_event_is_an_event(level: str) -> None:
    segments, owner, parties = _LEVELS[level]
    events, _ = _read("11", *segments)
    ((kind, data),) = events
    assert kind == "authorization.answered"
    assert tuple(name for name in ("reviewer", "requester", "subscriber", "patient") if name in data) == parties
    rejected = data[owner] if owner else data
    assert rejected["rejections"][0]["reason"] in segments[1] + segments[-1]
    assert data["transaction"]["reference"] == "R1"


def test_rejection_and_events_below_it_all_count() -> None:
    events, _ = _read("11", *_ABOVE, "AAA*N**75*C", *_DECIDED)
    assert ["decision" in data for _, data in events] == [False, True]
    assert all(data["subscriber"]["rejections"] == [{"valid": "N", "reason": "75", "follow_up": "C"}] for _, data in events)


# -- the tables

_PLACES: dict[tuple[str, str, str], str] = {
    ("278-request", "2000E", "HL"): "EV", ("278-request", "2000F", "HL"): "SS", ("278-response", "2000E", "HL"): "EV",
    ("278-request", "2010A", "NM1"): "2B 36 PR X3", ("278-response", "2010A", "NM1"): "2B 36 PR X3",
    ("278-request", "2010B", "NM1"): "1P 2B 36 FA PR", ("278-response", "2010B", "NM1"): "1P FA",
    ("278-request", "2010C", "REF"): "1L 3L 6P DP EJ F6 HJ IG N6 NQ SY", ("278-request", "2010D", "REF"): "EJ SY",
    ("278-request", "2010EA", "NM1"): "71 72 73 77 AAJ DD DK DN FA G3 P3 QB QV SJ", ("278-request", "2010EB", "NM1"): "45 FS ND PW R3",
    ("278-request", "2010EC", "NM1"): "00 CA GG", ("278-response", "2010EB", "NM1"): "L5", ("278-response", "2010EC", "NM1"): "45 FS ND PW R3",
    ("278-request", "2010F", "NM1"): "1T 72 73 77 DD DK DQ FA G3 P3 QB QV SJ",
    ("278-response", "2010FA", "NM1"): "72 73 77 DD DK DQ FA G3 P3 QB QV SJ",
    ("278-response", "2010FB", "NM1"): "L5", ("278-request", "2000E", "TRN"): "1", ("278-response", "2000F", "TRN"): "1 2",
    ("278-request", "2000E", "UM"): "AR HS IN SC", ("278-request", "2000F", "UM"): "HS SC", ("278-response", "2000F", "UM"): "HS SC",
    ("278-response", "2000E", "HCR"): "A1 A2 A3 A4 A6 C CT NA", ("278-response", "2000F", "HCR"): "A1 A3 A4 A6 C CT NA",
    ("278-request", "2000E", "HCR"): "", ("278-request", "2000E", "AAA"): "", ("278-response", "2000E", "CRC"): "",
    ("278-request", "2000F", "HI"): "",
    ("278-request", "2000E", "DTP"): "096 431 435 439 484 AAH ABC", ("278-response", "2000E", "DTP"): "007 036 096 102 431 435 439 484 AAH ABC",
    ("278-request", "2000F", "DTP"): "472", ("278-response", "2000F", "DTP"): "007 036 102 472",
    ("278-request", "2000E", "CRC"): "07 08 09 11 75 76 77",
}  # fmt: skip
"""(guide, loop, tag) -> codes of the element that says what the segment is, as the domain facts have them; empty: no such segment."""


@pytest.mark.parametrize("place", _PLACES, ids=" ".join)
def test_codes_stand_where_the_guide_has_them(place: tuple[str, str, str]) -> None:
    name, loop, tag = place
    number = 3 if tag == "HL" else 1
    listed = {code for line in guide(name).segments() if (line.loop, line.tag) == (loop, tag) for code in line.elements[number - 1].codes}
    assert listed == set(_PLACES[place].split())


# -- rules


_RULES: dict[str, tuple[str, tuple[str, ...], list[str]]] = {
    "clean": ("11", (*_DECIDED, "HL*5*4*SS*0", "HCR*A1", "SV1*HC:97110"), []),
    "undecided": ("11", _EVENT, ["AUTHORIZATION_UNDECIDED"]),
    "undecided with a decided service": ("11", (*_EVENT, "HL*5*4*SS*0", "HCR*A3", "SV1*HC:97110"), ["AUTHORIZATION_UNDECIDED"]),
    "service rejected": ("11", (*_EVENT, "HL*5*4*SS*0", "AAA*N**57*C", "SV1*HC:97110"), []),
    "rejected": ("11", ("HL*4*3*EV*0", "TRN*2*T1*9CLINICONE", "AAA*N**33*C", "UM*HS*I*1"), []),
    "provider rejected": ("11", (*_EVENT, "NM1*SJ*1*HALE*IDA", "AAA*N**51*C"), []),
    "decided and rejected": (
        "11", ("HL*4*3*EV*0", "AAA*N**33*C", "UM*HS*I*1", "HCR*A4"), ["AUTHORIZATION_DECIDED_AND_REJECTED"],
    ),
    "not certified and rejected": ("11", ("HL*4*3*EV*0", "AAA*N**33*C", "UM*HS*I*1", "HCR*A3**25"), []),
    "no number": ("11", (*_EVENT, "HCR*A1"), ["AUTHORIZATION_NUMBER_MISSING"]),
    "modified without number": ("11", (*_EVENT, "HCR*A6"), ["AUTHORIZATION_NUMBER_MISSING"]),
    "no number needed": ("11", (*_EVENT, "HCR*CT"), []),
    "service without number": ("11", (*_EVENT, "HCR*A4", "HL*5*4*SS*0", "HCR*A1", "SV1*HC:97110"), ["AUTHORIZATION_NUMBER_MISSING"]),
    "referral below": ("13", ("HL*4*3*EV*1", "UM*HS*I*1", "HL*5*4*SS*0", "UM*SC*I*1"), ["AUTHORIZATION_REFERRAL_LEVEL"]),
    "referral throughout": ("13", ("HL*4*3*EV*1", "UM*SC*I*1", "HL*5*4*SS*0", "UM*SC*I*1"), []),
    "partly certified service": ("11", (*_DECIDED, "HL*5*4*SS*0", "HCR*A2*AUTH2", "SV1*HC:97110"), ["ELEMENT_CODE"]),
    "partly certified event": ("11", (*_EVENT, "HCR*A2*AUTH2"), []),
    "admission as a service": ("13", ("HL*4*3*EV*1", "UM*AR*I*1", "HL*5*4*SS*0", "UM*AR*I*1"), ["ELEMENT_CODE"]),
}  # fmt: skip


@pytest.mark.parametrize("rule", _RULES)
def test_rules(rule: str) -> None:
    purpose, segments, wanted = _RULES[rule]
    leaf = tuple(re.sub(r"^(HL\*4\*3\*EV)\*1", r"\1*0", one) for one in segments) if not any("*SS*" in one for one in segments) else segments
    events, findings = _read(purpose, *_ABOVE, *leaf)
    assert len(events) == 1
    assert _codes(findings) == wanted


def test_bad_event_leaves_its_neighbour_alone() -> None:
    events, findings = _read("11", *_ABOVE, *_DECIDED, "HL*5*3*EV*0", "UM*HS*I*1")
    assert len(events) == 2
    assert [finding.code for finding in findings] == ["HL_CHILD", "AUTHORIZATION_UNDECIDED"] or _codes(findings) == ["AUTHORIZATION_UNDECIDED"]
    assert findings[-1].item == str(_offset("HL*5*3*EV*0", *_ABOVE, *_DECIDED, "HL*5*3*EV*0", "UM*HS*I*1")) + ".HL"


def _offset(segment: str, *segments: str) -> int:
    return interchange("HI", X217, "BHT*0007*11*R1*20240131*1430", *segments, transaction="278").index(segment)


def test_inquiry_that_decides_is_reported() -> None:
    events, findings = _read("13", *_ABOVE, "HL*4*3*EV*0", "UM*HS*I*1", "HCR*A1*AUTH1", version=X215)
    assert (events[0][0], events[0][1]["decision"]["review_number"]) == ("authorization.inquired", "AUTH1")
    assert _codes(findings) == ["AUTHORIZATION_ANSWER_AS_INQUIRY"]


# -- what public samples do


def test_services_chained_under_services_are_services_of_the_event() -> None:
    chain = ("HL*5*4*SS*0", "SV1*HC:A0428:RX**UN*5", "HL*6*5*SS*0", "SV1*HC:A0428:PD**UN*8", "HL*7*6*SS*0", "SV1*HC:A0428:DR**UN*14")
    events, findings = _read("11", *_ABOVE, *_DECIDED, *chain)
    assert [service["units"] for service in events[0][1]["services"]] == ["5", "8", "14"]
    assert set(_codes(findings)) == {"HL_PARENT"}


def test_review_without_a_patient_event_is_kept_where_it_stands() -> None:
    """UM below the reviewer, a level 19 of the 4010 guide, answers as STC: every value is in the event, and every place is reported."""
    segments = ("HL*1**20*1", "NM1*IL*1*ROE*JANE****MI*M1001", "HL*2*1*19", "NM1*SJ*1*HALE*IDA", "TRN*2*T1", "STC*A1:CERTIFIED*20240131", "MSG*CALL")
    events, findings = _read("08", *segments)
    assert [kind for kind, _ in events] == ["authorization.answered"]
    kept = [(entry["tag"], *entry["elements"].values()) for entry in events[0][1]["unmapped"]]
    assert ("TRN", "2", "T1") in kept
    assert ("STC", "A1:CERTIFIED", "20240131") in kept
    assert ("MSG", "CALL") in kept
    assert {"SEGMENT_UNEXPECTED", "SEGMENT_UNKNOWN"} <= set(_codes(findings))


def test_group_of_another_function_is_read_and_reported() -> None:
    events, findings = _read("13", *_ABOVE, "HL*4*3*EV*0", "UM*HS*I*1", group="HC")
    assert len(events) == 1
    assert _codes(findings) == ["GS_FUNCTION"]


def test_guide_of_the_group_counts_when_the_set_names_none() -> None:
    text = interchange("HI", X217, "BHT*0007*13*R1*20240131*1430", *_ABOVE, "HL*4*3*EV*0", "UM*HS*I*1", transaction="278")
    events, findings = outputs(text.replace(f"ST*278*0001*{X217}", "ST*278*0001"))
    assert [kind for kind, _ in events] == ["authorization.requested"]
    assert _codes(findings) == ["ELEMENT_MISSING"]


def test_partial_guide_asks_for_nothing() -> None:
    events, findings = _read("28", *_TOP, *_REQUESTER, "HL*3*2*22*1", "HL*4*3*EV*0", "UM*HS", version=X215)
    assert [data["request_category"] for _, data in events] == ["HS"]
    assert findings == []
