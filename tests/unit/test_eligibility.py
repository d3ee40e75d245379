"""Eligibility (270, 271): who the patient is, what each level says, and what stands where."""

from typing import Any

import pytest

from schemas.envelope import Finding, digest26
from schemas.x12 import guide, guide_for
from tests.conftest import converted
from tests.unit.guide_instances import interchange, outputs

_HEAD = ("BHT*0022*13*R1*20240131*1430", "HL*1**20*1", "NM1*PR*2*ALPHA*****PI*A1", "HL*2*1*21*1", "NM1*1P*2*CLINIC*****XX*1234567893")
_SUBSCRIBER = ("HL*3*2*22*0", "TRN*1*T1*9ALPHA0000", "NM1*IL*1*ROE*TIM****MI*M1")


def _asked(*segments: str) -> tuple[list[dict[str, Any]], list[Finding]]:
    events, findings = outputs(interchange("HS", "005010X279A1", *_HEAD, *segments, transaction="270"))
    assert {kind for kind, _ in events} <= {"eligibility.requested"}
    return [data for _, data in events], findings


def _answer(*segments: str) -> tuple[list[dict[str, Any]], list[Finding]]:
    head = "BHT*0022*11*R1*20240131*1430"
    events, findings = outputs(interchange("HB", "005010X279A1", head, *segments, transaction="271"))
    assert {kind for kind, _ in events} <= {"eligibility.answered"}
    return [data for _, data in events], findings


def _benefits(*segments: str) -> list[dict[str, Any]]:
    (answered,), findings = _answer(*_HEAD[1:], *_SUBSCRIBER, *segments)
    assert findings == []
    assert "unmapped" not in answered
    benefits: list[dict[str, Any]] = answered["benefits"]
    return benefits


# -- who is the patient


def test_subscriber_without_dependents_is_the_patient() -> None:
    (asked,), findings = _asked(*_SUBSCRIBER, "DMG*D8*19800229*F", "EQ*30")
    assert findings == []
    assert asked["patient"] == asked["subscriber"]
    assert asked["patient"]["birth_date"] == "1980-02-29"
    assert asked["traces"] == [{"type": "1", "number": "T1", "originator": "9ALPHA0000"}]


_FAMILY = (
    "HL*3*2*22*1", "TRN*1*T1*9ALPHA0000", "NM1*IL*1*ROE*TIM****MI*M1",
    "HL*4*3*23*0", "TRN*1*T2*9ALPHA0000", "NM1*03*1*ROE*ANN", "EQ*30",
    "HL*5*3*23*0", "TRN*1*T3*9ALPHA0000", "NM1*03*1*ROE*BEN", "EQ*35",
    "HL*6*2*22*0", "TRN*1*T4*9ALPHA0000", "NM1*IL*1*DOE*SAM****MI*M2", "EQ*1",
)  # fmt: skip


def test_dependents_show_the_subscriber_above_them_and_its_traces() -> None:
    events, findings = _asked(*_FAMILY)
    assert findings == []
    assert [(one["subscriber"]["id"], one["patient"]["first_name"], one["traces"][0]["number"]) for one in events] == [
        ("M1", "ANN", "T2"), ("M1", "BEN", "T3"), ("M2", "SAM", "T4"),
    ]  # fmt: skip
    assert [[trace["number"] for trace in one.get("subscriber_traces", [])] for one in events] == [["T1"], ["T1"], []]


def test_everybody_under_one_member_id_shares_a_lane() -> None:
    found = converted(interchange("HS", "005010X279A1", *_HEAD, *_FAMILY, transaction="270").encode())
    assert [event.attributes["subject"] for event in found.events] == [digest26("local", number) for number in ("M1", "M1", "M2")]
    assert {event.topic for event in found.events} == {"patients"}


def test_subscriber_and_dependent_may_both_be_asked_about() -> None:
    events, _ = _asked(*_SUBSCRIBER[:1], *_SUBSCRIBER[1:], "EQ*30", "HL*4*3*23*0", "NM1*03*1*ROE*ANN", "EQ*35", "EQ*38")
    assert [one["patient"]["first_name"] for one in events] == ["TIM", "ANN"]
    assert [[question["service_types"] for question in one["inquiries"]] for one in events] == [[["30"]], [["35"], ["38"]]]


# -- rejections


def test_rejection_at_each_level_stands_where_it_was_said() -> None:
    events, findings = _answer(
        "HL*1**20*1", "AAA*N**42*R", "NM1*PR*2*ALPHA*****PI*A1", "AAA*N**T4*C", "HL*2*1*21*1", "NM1*1P*2*CLINIC*****XX*1234567893", "AAA*N**51*C",
        "HL*3*2*22*1", "NM1*IL*1*ROE*TIM****MI*M1", "AAA*N**72*C", "AAA*N**71*C", "HL*4*3*23*0", "NM1*03*1*ROE*ANN", "AAA*N**67*C",
        "HL*5*3*23*0", "NM1*03*1*ROE*BEN", "EB*V**98", "AAA*N**33*R",
    )  # fmt: skip
    assert findings == []
    source, receiver, subscriber, dependent, benefit = events
    assert [one["reason"] for one in source["rejections"]] == ["42"]
    assert source["payer"]["rejections"] == [{"valid": "N", "reason": "T4", "follow_up": "C"}]
    assert [one["reason"] for one in receiver["provider"]["rejections"]] == ["51"]
    assert [one["reason"] for one in subscriber["subscriber"]["rejections"]] == ["72", "71"]
    assert [one["reason"] for one in dependent["patient"]["rejections"]] == ["67"]
    assert [one["reason"] for one in benefit["benefits"][0]["rejections"]] == ["33"]
    assert ["patient" in one for one in events] == [False, False, True, True, True]
    assert ["subscriber" in one for one in events] == [False, False, True, True, True]


def test_level_without_rejection_is_no_event_of_its_own() -> None:
    events, findings = _answer("HL*1**20*1", "NM1*PR*2*ALPHA*****PI*A1", "HL*2*1*21*0", "NM1*1P*2*CLINIC*****XX*1234567893", "AAA*N**50*N")
    assert findings == []
    assert [one["provenance"]["ordinal"] for one in events] == [5]
    assert events[0]["payer"]["name"] == "ALPHA"


@pytest.mark.parametrize(("said", "codes"), [("Y", ["REJECTION_OF_VALID_REQUEST"]), ("N", [])])
@pytest.mark.parametrize("place", ["2100B", "2100C", "2110C"])
def test_yes_with_a_reject_reason_is_told(said: str, codes: list[str], place: str) -> None:
    at = {name: [f"AAA*{said}**{reason}*N"] if name == place else [] for name, reason in (("2100B", "50"), ("2100C", "72"), ("2110C", "33"))}
    _, findings = _answer(*_HEAD[1:], *at["2100B"], *_SUBSCRIBER, *at["2100C"], "EB*1**30", *at["2110C"])
    assert [one.code for one in findings] == codes


# -- questions


def test_question_has_types_procedure_and_pointers() -> None:
    (asked,), findings = _asked(
        *_SUBSCRIBER, "HI*ABK:E119*ABF:I10", "EQ*30^98*HC:99213:25*FAM**1:2", "AMT*R*37.5", "AMT*PB*1200", "III*ZZ*11", "REF*9F*R7",
        "DTP*291*RD8*20240101-20240131",
    )  # fmt: skip
    assert findings == []
    assert asked["inquiries"] == [
        {
            "service_types": ["30", "98"], "procedure": {"qualifier": "HC", "code": "99213", "modifiers": ["25"]}, "coverage_level": "FAM",
            "diagnosis_pointers": ["1", "2"], "spend_down_amount": "37.50", "spend_down_billed_amount": "1200.00",
            "additional_information": [{"qualifier": "ZZ", "code": "11"}], "referral_number": "R7",
            "dates": [{"qualifier": "291", "period": {"start": "2024-01-01", "end": "2024-01-31"}}],
        }
    ]  # fmt: skip
    assert [one["code"] for one in asked["patient"]["diagnoses"]] == ["E119", "I10"]


def test_request_without_trace_is_told() -> None:
    _, findings = _asked("HL*3*2*22*0", "NM1*IL*1*ROE*TIM****MI*M1", "EQ*30")
    assert [one.code for one in findings] == ["TRACE_MISSING"]


# -- benefits


@pytest.mark.parametrize("segment", ["EB*1", "EB*1**30", "EB*L"])
def test_plan_level_benefit_is_no_finding(segment: str) -> None:
    assert _benefits(segment)[0]["information"] in ("1", "L")


def test_amount_and_share_are_different_fields() -> None:
    coinsurance, deductible, visits = _benefits("EB*A**98*****.2", "EB*C*IND*30***23*500", "EB*F**33***23***VS*20")
    assert (coinsurance["percent"], "amount" in coinsurance) == ("0.2", False)
    assert (deductible["amount"], deductible["time_period"], "percent" in deductible) == ("500.00", "23", False)
    assert (visits["quantity_qualifier"], visits["quantity"]) == ("VS", "20")


def test_authorisation_and_network_are_eleven_and_twelve() -> None:
    (benefit,) = _benefits("EB*B**98********Y*N*HC:99202::::::99215")
    assert (benefit["authorization_required"], benefit["in_network"]) == ("Y", "N")
    assert benefit["procedure"] == {"qualifier": "HC", "code": "99202", "last_code": "99215"}


def test_dates_stay_with_the_patient_and_with_the_benefit() -> None:
    segments = (*_HEAD[1:], *_SUBSCRIBER, "DTP*346*D8*20240101", "DTP*291*RD8*20240101-20241231", "EB*1**30", "EB*1**98", "DTP*348*D8*20240301")
    (answered,), findings = _answer(*segments)
    assert findings == []
    assert [one["qualifier"] for one in answered["patient"]["dates"]] == ["346", "291"]
    assert ["dates" in one for one in answered["benefits"]] == [False, True]
    assert answered["benefits"][1]["dates"] == [{"qualifier": "348", "period": {"start": "2024-03-01"}}]


def test_what_belongs_to_a_benefit_stays_with_it() -> None:
    first, second = _benefits(
        "EB*R**30", "HSD*VS*20***23*1", "REF*18*P1*PLAN ONE", "REF*G1*AUTH1", "MSG*ONE", "MSG*TWO", "III*ZZ*11", "III***44*ARM", "LS*2120",
        "NM1*PRP*2*BETA*****PI*B1*01", "PER*IC*DESK*WP*5550100", "NM1*IL*1*ROE*JOE", "LE*2120", "EB*L", "LS*2120", "NM1*P3*1*HAND*ANNA",
        "PRV*PC*PXC*207Q00000X", "LE*2120",
    )  # fmt: skip
    assert first["limits"] == [{"quantity_qualifier": "VS", "quantity": "20", "time_period": "23", "periods": "1"}]
    assert (first["plan_number"], first["plan_name"], first["references"]) == ("P1", "PLAN ONE", [{"qualifier": "G1", "value": "AUTH1"}])
    assert first["messages"] == ["ONE", "TWO"]
    assert first["additional_information"] == [{"qualifier": "ZZ", "code": "11"}, {"category": "44", "description": "ARM"}]
    assert [one["role"] for one in first["entities"]] == ["PRP", "IL"]
    assert first["entities"][0]["relationship"] == "01"
    assert second == {
        "information": "L",
        "entities": [{"role": "P3", "entity_type": "1", "name": "HAND", "first_name": "ANNA", "provider_role": "PC", "taxonomy": "207Q00000X"}],
    }


def test_bad_amount_takes_nothing_else_down() -> None:
    segments = (*_HEAD[1:], *_SUBSCRIBER, "EB*C*IND*30***23*FIVE", "EB*1**98")
    (answered,), findings = _answer(*segments)
    assert [(one.code, one.location.element) for one in findings] == [("ELEMENT_NUMBER", 7)]
    assert [one["information"] for one in answered["benefits"]] == ["C", "1"]
    assert answered["unmapped"] == [{"ordinal": 10, "tag": "EB", "loop": "2110C", "elements": {"07": "FIVE"}}]


def test_segments_behind_the_entities_are_kept_in_their_benefit() -> None:
    segments = (*_HEAD[1:], *_SUBSCRIBER, "EB*1**30", "LS*2120", "NM1*P3*1*HAND", "LE*2120", "MSG*LATE", "EB*1**98")
    (answered,), findings = _answer(*segments)
    assert [one.code for one in findings] == ["SEGMENT_ORDER"]
    assert [one.get("messages") for one in answered["benefits"]] == [["LATE"], None]


# -- the tables

_REASONS = {
    "2000A": "04 41 42 79",
    "2100A": "04 41 42 79 80 T4",
    "2100B": "15 41 43 44 45 46 47 48 50 51 79 97 T4",
    "2100C": "15 35 42 43 45 47 48 49 51 52 56 57 58 60 61 62 63 71 72 73 74 75 76 78",
    "2100D": "15 35 42 43 45 47 48 49 51 52 56 57 58 60 61 62 63 64 65 66 67 68 71 77",
    "2110C": "15 33 52 53 54 55 56 57 60 61 62 63 69 70 98 AA AE AF AG AO CI E8 IA MA",
    "2110D": "15 33 52 53 54 55 56 57 60 61 62 63 69 70 98 AA AE AF AG AO CI E8 IA MA",
}


def test_reject_reasons_by_level() -> None:
    found = {line.loop: " ".join(line.elements[2].codes) for line in guide("271").segments() if line.tag == "AAA"}
    assert found == _REASONS


@pytest.mark.parametrize("name", ["270", "271"])
def test_dependent_reads_like_a_subscriber(name: str) -> None:
    """The two levels have the same segments in the same order; what they allow differs."""
    rows: dict[str, list[tuple[str, str]]] = {"C": [], "D": []}
    for line in guide(name).segments():
        if line.loop[-1] in rows and line.tag != "AMT":
            rows[line.loop[-1]].append((line.loop[:-1], line.tag))
    assert rows["C"] == rows["D"]


@pytest.mark.parametrize("version", ["005010X279", "005010X279A1"])
@pytest.mark.parametrize("transaction", ["270", "271"])
def test_versions(version: str, transaction: str) -> None:
    found = guide_for(version, transaction)
    assert found is not None
    assert (found.name, found.partial) == (transaction, False)


def test_forerunner_is_read_without_being_held_to_the_guide() -> None:
    text = interchange("HS", "004010X092A1", *_HEAD, "HL*3*2*22*0", "TRN*1*T1", "NM1*IL*1*ROE*TIM****MI*M1", "EQ*30", transaction="270")
    events, findings = outputs(text.replace("*004010X092A1~BHT", "~BHT"))
    assert [(kind, data["patient"]["id"]) for kind, data in events] == [("eligibility.requested", "M1")]
    assert findings == []
