"""Orders: what the order control makes of them, services and medication apart, answers tied to the message they answer."""

from typing import Any

import pytest

from tests.unit.v2_messages import Converted, converted, message

PID = "PID|1||100^^^HOSP^MR||DOE^JANE||19800102|F||||||||||ACC1^^^HOSP^AN"
PV1 = "PV1|1|O|CLINIC||||||||||||||||V1^^^HOSP^VN"
OBR = "OBR|1|P1^EHR|F1^RIS|71250^CT chest^C4"

CONTROLS = {
    "NW": "order.placed", "SN": "order.placed", "RO": "order.placed", "CH": "order.placed",
    "CA": "order.updated", "OC": "order.updated", "DC": "order.updated", "HD": "order.updated", "RL": "order.updated", "XO": "order.updated",
    "SC": "order.updated", "SS": "order.updated", "PA": "order.updated", "RP": "order.updated", "RU": "order.updated",
    "PR": "order.updated", "": "order.updated",
}  # fmt: skip
"""Table 0119: only these say that there is an order that was not there before."""


def _order(kind: str, *segments: str) -> Converted:
    return converted(message(kind, PID, PV1, *segments))


@pytest.mark.parametrize("kind", ["ORM^O01", "OML^O21", "OMG^O19", "OMD^O03", "OMS^O05", "OMN^O07", "OMI^O23", "OMB^O27"])
def test_order_messages_make_order_events(kind: str) -> None:
    assert _order(kind, "ORC|NW|P1", OBR).kinds == ["order.placed"]


@pytest.mark.parametrize("control", CONTROLS)
def test_order_control_says_whether_the_order_is_new(control: str) -> None:
    found = _order("ORM^O01", f"ORC|{control}|P1^EHR|F1^RIS||IP", OBR)
    assert found.kinds == [CONTROLS[control]]
    (data,) = found.data
    assert data["order"].get("control", "") == control
    assert (data["order"]["status"], data["request"]["service"]["code"]) == ("IP", "71250")
    assert (data["identity"]["account"]["value"], data["identity"]["visit"]["value"]) == ("ACC1", "V1")


def test_of_a_replacement_only_what_replaces_is_new() -> None:
    found = _order("ORM^O01", "ORC|RU|P1", OBR, "ORC|RU|P2", OBR, "ORC|RO|P3", OBR)
    assert found.kinds == ["order.updated", "order.updated", "order.placed"]


def test_cancelling_needs_no_request() -> None:
    found = _order("ORM^O01", "ORC|CA|P1^EHR|F1^RIS")
    assert found.kinds == ["order.updated"]
    assert "request" not in found.data[0]


def test_request_without_an_order_before_it_is_not_taken_as_new() -> None:
    found = _order("ORM^O01", "ORC|CA|P1", OBR, OBR.replace("P1", "P2"))
    assert found.kinds == ["order.updated", "order.updated"]
    assert [data["request"]["placer_number"]["value"] for data in found.data] == ["P1", "P2"]


def test_each_order_has_what_stands_with_it() -> None:
    first, second = _order(
        "OML^O21", "ORC|NW|P1", "TQ1|1||BID&twice&L~QD|||5^D&days|20260302||S^Stat", OBR, "NTE|1||why", "DG1|1||R07.9^Chest pain^I10",
        "OBX|1|ST|WT^Weight||80", "SPM|1|S1||BLD", "FT1|1|T1||20260302||CG|99213|||1|150.00", "CTI|STUDY1", "BLG|D|CH|ACC1",
        "ORC|NW|P2", OBR,
    ).data  # fmt: skip
    assert [entry["code"]["code"] for entry in first["order_diagnoses"]] == ["R07.9"]
    (timing,) = first["timings"]
    assert [pattern["code"] for pattern in timing["patterns"]] == ["BID", "QD"]
    assert (timing["duration"], timing["start_time"], timing["priorities"][0]["code"]) == (
        {"value": "5", "units": "D", "units_text": "days"}, "2026-03-02", "S",
    )  # fmt: skip
    assert (first["notes"][0]["texts"], first["observations"][0]["value"], first["specimens"][0]["type"]["code"]) == (["why"], "80", "BLD")
    assert (first["charges"][0]["amount"], first["trials"][0]["study"]["value"], first["billing"]["account"]["value"]) == ("150.00", "STUDY1", "ACC1")
    assert {"timings", "notes", "observations", "specimens", "charges", "trials", "billing", "order_diagnoses"}.isdisjoint(second)


def test_old_quantity_and_timing_is_kept() -> None:
    (data,) = _order("ORM^O01", "ORC|NW|P1|||||1^BID&0800,2000^D7^202603021000^202603091000^R", OBR).data
    assert data["order"]["quantity_timings"] == [
        {
            "quantity": "1", "pattern": "BID", "times": "0800,2000", "duration": "D7", "start_time": "2026-03-02T10:00-06:00",
            "end_time": "2026-03-09T10:00-05:00", "priority": "R",
        }
    ]  # fmt: skip


def test_medication_in_a_general_order_is_a_medication_order() -> None:
    found = _order("ORM^O01", "ORC|NW|P1", "RXO|0069^Amoxicillin^NDC|500||mg", "RXR|PO", "ORC|NW|P2", OBR)
    assert found.kinds == ["medication.ordered", "order.placed"]
    assert found.data[0]["requested"]["routes"] == [{"route": {"code": "PO"}}]


def test_null_takes_a_value_away_and_empty_says_nothing() -> None:
    (data,) = _order("ORM^O01", 'ORC|XO|P1||""', 'OBR|1||""|71250').data
    assert data["order"]["placer_group_number"] is None
    assert data["request"]["filler_number"] is None
    assert "filler_number" not in data["order"]


# -- answers


@pytest.mark.parametrize("kind", ["ORR^O02", "ORL^O22", "ORG^O20", "ORP^O10", "RRE^O12", "RRD^O14", "RRA^O18"])
def test_answer_tells_of_the_message_and_of_each_order(kind: str) -> None:
    found = converted(message(kind, "MSA|AA|MSG7", PID, "ORC|OK|P1^EHR|F1^RIS", OBR, "ORC|UA|P2"))
    assert found.kinds == ["message.acknowledged", "order.updated", "order.updated"]
    assert {data["acknowledgement"]["control_id"] for data in found.data} == {"MSG7"}
    assert [data["order"]["control"] for data in found.data[1:]] == ["OK", "UA"]
    acknowledged, order, _ = found.events
    assert acknowledged.attributes["partitionkey"] != order.attributes["partitionkey"]


OUTCOMES = {"AA": "accepted", "CA": "accepted", "AE": "error", "CE": "error", "AR": "rejected", "CR": "rejected"}


@pytest.mark.parametrize("code", OUTCOMES)
def test_acknowledgement_says_what_became_of_the_message(code: str) -> None:
    found = converted(message("ACK^A01", f"MSA|{code}|MSG7|all is well"))
    assert found.kinds == ["message.acknowledged"]
    assert found.data[0]["acknowledgement"] == {"code": code, "outcome": OUTCOMES[code], "control_id": "MSG7", "text": "all is well"}


def _errors(version: str, segment: str) -> Any:
    (data,) = converted(message("ACK", "MSA|AE|MSG7", segment, version=version)).data
    return data["errors"]


def test_errors_of_an_acknowledgement_by_version() -> None:
    assert _errors("2.3.1", "ERR|PID^1^5^101&Required field missing&HL70357~PV1^1^2^103") == [
        {
            "located_codes": [
                {"segment": "PID", "sequence": "1", "field": "5", "code": "101", "text": "Required field missing", "system": "HL70357"},
                {"segment": "PV1", "sequence": "1", "field": "2", "code": "103"},
            ]
        }
    ]
    assert _errors("2.5.1", "ERR||PID^1^3^2^4^1~PID^1^5|101^Required field missing^HL70357|E|X1|p1~p2|detail|please mend") == [
        {
            "locations": [
                {"segment": "PID", "sequence": "1", "field": "3", "repetition": "2", "component": "4", "subcomponent": "1"},
                {"segment": "PID", "sequence": "1", "field": "5"},
            ],
            "code": {"code": "101", "text": "Required field missing", "system": "HL70357"},
            "severity": "E", "application_code": {"code": "X1"}, "parameters": ["p1", "p2"], "diagnostics": "detail", "text": "please mend",
        }
    ]  # fmt: skip


def test_acknowledgement_tells_of_the_patient_only_the_keys() -> None:
    found = converted(message("ORR^O02", PV1, "AL1|1|DA|X", "MSA|AA|MSG7", PID, "ORC|OK|P1"))
    assert found.kinds == ["message.acknowledged", "order.updated"]
    assert set(found.data[0]) <= {"message", "acknowledgement", "identity", "provenance", "unmapped"}
    assert found.data[1]["identity"]["patient"]["value"] == "100"
