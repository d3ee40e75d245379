"""Claim status (276, 277): which claim, which level, and what a status says."""

from typing import Any

import pytest

from schemas.envelope import Finding, claim_key
from schemas.x12 import guide
from tests.conftest import converted
from tests.unit.guide_instances import interchange, outputs

_LEVELS = ("HL*1**20*1", "NM1*PR*2*ALPHA*****PI*A1", "HL*2*1*21*1", "NM1*41*2*SERVICE*****46*S1", "HL*3*2*19*1", "NM1*1P*2*CLINIC*****XX*1234567893")
_ASKED = ("BHT*0010*13*Q1*20240131*1430", *_LEVELS)
_ANSWERED = ("BHT*0010*08*A1*20240131*1430*DG", *_LEVELS)
_SUBSCRIBER = ("HL*4*3*22*0", "NM1*IL*1*ROE*TIM****MI*M1")


def _file(transaction: str, *segments: str) -> str:
    return interchange("HR" if transaction == "276" else "HN", "005010X212", *segments, transaction=transaction)


def _made(transaction: str, *segments: str) -> tuple[list[dict[str, Any]], list[Finding]]:
    events, findings = outputs(_file(transaction, *segments))
    assert {kind for kind, _ in events} <= {"claim.status.requested" if transaction == "276" else "claim.status.answered"}
    return [data for _, data in events], findings


def _status(*segments: str) -> dict[str, Any]:
    (answered,), findings = _made("277", *_ANSWERED, *_SUBSCRIBER, "TRN*2*T1", *segments)
    assert findings == []
    assert "unmapped" not in answered
    return answered


# -- the request


def test_each_trace_is_a_question() -> None:
    events, findings = _made(
        "276", *_ASKED, "HL*4*3*22*0", "DMG*D8*19800229*F", "NM1*IL*1*ROE*TIM****MI*M1", "TRN*1*T1", "REF*EJ*PCN-1", "AMT*T3*150",
        "SVC*HC:99213:25*100**0450***1", "REF*FJ*L1", "DTP*472*D8*20240110", "TRN*1*T2", "REF*1K*ICN-2", "DTP*472*RD8*20240110-20240112",
        "HL*5*3*22*1", "NM1*IL*1*DOE*SAM****MI*M2", "HL*6*5*23", "DMG*D8*20100501*M", "NM1*QC*1*DOE*KIM", "TRN*1*T3",
    )  # fmt: skip
    assert findings == []
    assert [one["trace_number"] for one in events] == ["T1", "T2", "T3"]
    assert [(one["subscriber"]["id"], one["patient"]["first_name"]) for one in events] == [("M1", "TIM"), ("M1", "TIM"), ("M2", "KIM")]
    assert (events[0]["patient"]["birth_date"], events[2]["patient"]["sex"]) == ("1980-02-29", "M")
    assert events[0]["lines"] == [
        {
            "procedure": {"qualifier": "HC", "code": "99213", "modifiers": ["25"]}, "charge": "100.00", "revenue_code": "0450", "units": "1",
            "control_number": "L1", "service_period": {"start": "2024-01-10"},
        }
    ]  # fmt: skip
    assert (events[0]["total_charge"], events[1]["payer_claim_number"]) == ("150.00", "ICN-2")
    assert events[1]["service_period"] == {"start": "2024-01-10", "end": "2024-01-12"}


# -- what a status says


def test_positions_of_the_status_segment() -> None:
    answered = _status("STC*F1:65*20240114**150*105*20240113**20240120*EFT-1")
    assert answered["statuses"] == [
        {
            "codes": [{"category": "F1", "code": "65"}], "date": "2024-01-14", "total_charge": "150.00", "paid_amount": "105.00",
            "adjudicated_date": "2024-01-13", "payment_date": "2024-01-20", "payment_number": "EFT-1",
        }
    ]  # fmt: skip


def test_composites_one_ten_and_eleven_are_one_list_in_order() -> None:
    answered = _status("STC*F2:88:QC*20240114********F2:88::RX*F2:21:1P", "STC*P3:317:1P*20240115")
    assert [one["codes"] for one in answered["statuses"]] == [
        [
            {"category": "F2", "code": "88", "entity": "QC"},
            {"category": "F2", "code": "88", "code_list": "RX"},
            {"category": "F2", "code": "21", "entity": "1P"},
        ],
        [{"category": "P3", "code": "317", "entity": "1P"}],
    ]


@pytest.mark.parametrize(("segment", "element"), [("STC*F1:65*20240114*WQ*150", 3), ("STC*F1:65*20240114**150*100*20240113*CHK", 7)])
def test_action_and_payment_method_are_not_of_this_guide(segment: str, element: int) -> None:
    (answered,), findings = _made("277", *_ANSWERED, *_SUBSCRIBER, "TRN*2*T1", segment)
    assert [(one.code, one.location.element) for one in findings] == [("ELEMENT_NOT_USED", element)]
    assert list(answered["unmapped"][0]["elements"]) == [f"{element:02d}"]


def test_line_has_statuses_of_its_own() -> None:
    answered = _status(
        "STC*F1:65*20240114**150*105", "REF*EJ*PCN-1", "SVC*HC:99213*100*75*0450***1", "STC*F1:65*20240114", "REF*FJ*L1", "DTP*472*D8*20240110",
        "SVC*HC:87880*50*30****2", "STC*F2:88*20240114", "STC*F3:88*20240120", "DTP*472*D8*20240110",
    )  # fmt: skip
    first, second = answered["lines"]
    assert (first["charge"], first["paid_amount"], first["revenue_code"], first["units"]) == ("100.00", "75.00", "0450", "1")
    assert [[code["category"] for code in one["codes"]] for one in second["statuses"]] == [["F2"], ["F3"]]
    assert len(answered["statuses"]) == 1


# -- levels


def test_status_for_all_beneath_is_an_event_without_patient() -> None:
    events, findings = _made(
        "277", *_ANSWERED[:5], "TRN*2*Q1", "STC*E0:0*20240131", *_LEVELS[4:], "TRN*1*0", "STC*D0:24:1P*20240131",
        *_SUBSCRIBER, "TRN*2*T1", "STC*F0:3*20240131",
    )  # fmt: skip
    assert findings == []
    assert [one["trace_number"] for one in events] == ["Q1", "0", "T1"]
    assert [[name for name in ("information_receiver", "provider", "subscriber", "patient") if name in one] for one in events] == [
        ["information_receiver"], ["information_receiver", "provider"], ["information_receiver", "provider", "subscriber", "patient"],
    ]  # fmt: skip


def test_trace_of_a_level_without_status_is_told_and_no_event() -> None:
    events, findings = _made("277", *_ANSWERED[:5], "TRN*2*Q1", *_LEVELS[4:], *_SUBSCRIBER, "TRN*2*T1", "STC*F0:3*20240131")
    assert [one["trace_number"] for one in events] == ["T1"]
    assert "SEGMENT_MISSING" in [one.code for one in findings]


def test_patient_of_one_subscriber_is_not_that_of_the_next() -> None:
    events, _ = _made(
        "277", *_ANSWERED, "HL*4*3*22*1", "NM1*IL*1*DOE*SAM****MI*M2", "HL*5*4*23", "NM1*QC*1*DOE*KIM", "TRN*2*T1", "STC*F0:3*20240131",
        "HL*6*3*22*0", "NM1*IL*1*ROE*TIM****MI*M1", "TRN*2*T2", "STC*F0:3*20240131",
    )  # fmt: skip
    assert [one["patient"]["first_name"] for one in events] == ["KIM", "TIM"]


def test_second_identifier_of_a_provider_is_kept() -> None:
    (answered,), findings = _made("277", *_ANSWERED, "NM1*1P*2*CLINIC*****FI*123456789", *_SUBSCRIBER, "TRN*2*T1", "STC*F0:3*20240131")
    assert findings == []
    assert answered["provider"]["id"] == "1234567893"
    assert [one["elements"]["09"] for one in answered["unmapped"]] == ["123456789"]


def test_dependent_level_has_no_child_code() -> None:
    _, findings = _made(
        "277", *_ANSWERED, "HL*4*3*22*1", "NM1*IL*1*DOE*SAM****MI*M2", "HL*5*4*23*0", "NM1*QC*1*DOE*KIM", "TRN*2*T1", "STC*F0:3*20240131"
    )
    assert [(one.code, one.location.element) for one in findings] == [("ELEMENT_NOT_USED", 4)]


# -- lanes


@pytest.mark.parametrize("transaction", ["276", "277"])
def test_lane_is_that_of_the_claim(transaction: str) -> None:
    head, trace = (_ASKED, "TRN*1*T1") if transaction == "276" else (_ANSWERED, "TRN*2*T1")
    status = () if transaction == "276" else ("STC*F0:3*20240131",)
    found = converted(_file(transaction, *head, *_SUBSCRIBER, trace, *status, "REF*EJ*pcn-1", "TRN*2*T2", *status).encode())
    assert [event.attributes["subject"] for event in found.events] == [claim_key("local", "PCN-1"), claim_key("local", "T2")]
    assert {event.topic for event in found.events} == {"claims"}


# -- categories


@pytest.mark.parametrize("category", ["P0", "P5", "F0", "F1", "F3F", "F4", "R0", "R17", "RQ", "E1", "D0", "X0", "A4"])
def test_category_of_a_claim(category: str) -> None:
    _status(f"STC*{category}:20*20240131")


@pytest.mark.parametrize(("claim", "line", "where"), [("A1", "F1", [None]), ("F1", "A2", ["Line 2"]), ("A6", "A7", [None, "Line 2"])])
def test_category_of_an_acknowledgement_is_told(claim: str, line: str, where: list[str | None]) -> None:
    _, findings = _made(
        "277", *_ANSWERED, *_SUBSCRIBER, "TRN*2*T1", f"STC*{claim}:20*20240131", "SVC*HC:99213*100*75****1", "STC*F1:65*20240114",
        "DTP*472*D8*20240110", "SVC*HC:87880*50*30****2", f"STC*{line}:20*20240131", "DTP*472*D8*20240110",
    )  # fmt: skip
    assert [one.code for one in findings] == ["STATUS_CATEGORY"] * len(where)
    assert [one.text[:6] if one.text.startswith("Line") else None for one in findings] == where


@pytest.mark.parametrize(("category", "codes"), [("E0", []), ("D0", []), ("A3", []), ("F1", ["STATUS_CATEGORY"]), ("P1", ["STATUS_CATEGORY"])])
def test_category_for_all_beneath(category: str, codes: list[str]) -> None:
    _, findings = _made("277", *_ANSWERED[:5], "TRN*2*Q1", f"STC*{category}:0*20240131")
    assert [one.code for one in findings] == codes


# -- the tables


def test_question_and_answer_have_the_same_levels_and_names() -> None:
    """The 276 has no source as sure as that of the 277: what both have agrees."""
    both = [[line for line in guide(name).segments() if line.loop[:4] in ("2000", "2100")] for name in ("276", "277")]
    asked, answered = ({(line.loop, line.tag): line for line in lines} for lines in both)
    assert asked.keys() - answered.keys() == {("2000D", "DMG"), ("2000E", "DMG")}
    assert answered.keys() - asked.keys() == {("2100A", "PER")}
    for place in asked.keys() & answered.keys():
        if place[1] == "NM1":
            assert asked[place].elements == answered[place].elements, place


def test_service_line_of_question_and_answer_differ_by_payment_and_units() -> None:
    asked, answered = (next(line.elements for line in guide(name).segments() if line.tag == "SVC") for name in ("276", "277"))
    assert [at for at, (one, other) in enumerate(zip(asked, answered, strict=True), 1) if one != other] == [3, 7]
    assert (asked[2].req, answered[2].req) == ("N", "R")
