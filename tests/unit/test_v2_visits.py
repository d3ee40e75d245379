"""Several visits or merges of one patient in a message: each is told alone, with what is the patient's, and none is mixed or lost."""

from typing import Any

import pytest

from tests.unit.v2_messages import Converted, converted, message

EVN = "EVN||20260302"
PID = "PID|1||100^^^HOSP^MR||DOE^JANE"
FIRST, SECOND, THIRD = ("PV1|{0}|{1}|||||||||||||||||V{0}^^^HOSP^VN".format(*each) for each in ((1, "O"), (2, "I"), (3, "E")))


def _visits(found: Converted) -> list[str]:
    return [data["identity"]["visit"]["value"] for data in found.data]


def _codes(data: dict[str, Any]) -> list[str]:
    return [entry["code"]["code"] for entry in data.get("diagnoses", [])]


@pytest.mark.parametrize("event", ["P01", "P05"])
def test_an_account_has_an_event_for_each_of_its_visits(event: str) -> None:
    of_visits = (FIRST, "DG1|1||A", "IN1|1|PLAN1", SECOND, "DG1|1||B", THIRD)
    found = converted(message(f"BAR^{event}", EVN, PID, "PD1|1", "NK1|1|DOE^JOHN", *of_visits))
    assert _visits(found) == ["V1", "V2", "V3"]
    assert [_codes(data) for data in found.data] == [["A"], ["B"], []]
    assert ["insurances" in data for data in found.data] == [True, False, False]
    assert [data["visit"]["patient_class"] for data in found.data] == ["O", "I", "E"]
    assert {data["identity"]["patient"]["value"] for data in found.data} == {"100"}
    assert [data["related_persons"][0]["names"][0]["given"] for data in found.data] == ["JOHN"] * 3
    assert not any("unmapped" in data for data in found.data)
    assert "V2_SEVERAL_VISITS" not in found.codes
    assert len({one.attributes["id"] for one in found.events}) == 3
    assert len({one.attributes["partitionkey"] for one in found.events}) == 1


@pytest.mark.parametrize("kind", ["ADT^A01", "ADT^A08", "SIU^S12", "ORU^R01"])
def test_a_visit_that_the_standard_does_not_have_there_is_named(kind: str) -> None:
    facts = {"SIU^S12": ("SCH|1",), "ORU^R01": ("OBR|1||F1|A",)}.get(kind, ())
    found = converted(message(kind, *facts[: kind == "SIU^S12"], EVN, PID, FIRST, *facts, SECOND, *facts))
    assert found.codes.count("V2_SEVERAL_VISITS") == 1
    assert _visits(found) == ["V1", "V2"]
    assert [data["visit"]["number"]["value"] for data in found.data] == ["V1", "V2"]


def test_results_are_those_of_the_visit_before_them() -> None:
    found = converted(message("ORU^R01", PID, "OBR|1||F1|A", FIRST, "OBR|2||F2|B", "OBX|1|NM|X||1", SECOND, "OBR|3||F3|C", "OBX|1|NM|Y||2"))
    told = [(data["report"]["filler_number"]["value"], data["visit"]["number"]["value"]) for data in found.data]
    assert told == [("F1", "V1"), ("F2", "V1"), ("F3", "V2")]
    assert [data["observations"][0]["code"]["code"] for data in found.data[1:]] == ["X", "Y"]


def test_an_order_that_its_segment_does_not_open_is_told_once() -> None:
    found = converted(message("ORL^O36", "MSA|AA|1", PID, "RXG|1||DRUG", "ORC|OK|P1", FIRST, SECOND, "ORC|OK|P2"))
    orders = [data for kind, data in zip(found.kinds, found.data, strict=True) if kind == "order.updated"]
    told = [(data.get("order", {}).get("placer_number"), data["identity"].get("visit", {}).get("value")) for data in orders]
    assert told == [({"value": "P1"}, "V1"), ({"value": "P2"}, "V2")]


def test_prior_results_of_an_order_are_of_the_visit_they_came_from() -> None:
    found = converted(message("OML^O21", PID, FIRST, "ORC|NW|P1", "OBR|1|P1||A", SECOND, "ORC|SC|P0", "OBR|1|P0||B"))
    assert [(data["request"]["placer_number"]["value"], data["visit"]["number"]["value"]) for data in found.data] == [("P1", "V1"), ("P0", "V2")]
    assert "V2_SEVERAL_VISITS" not in found.codes


def test_each_move_of_a_visit_is_told() -> None:
    moved = [line for number, visit in ((1, FIRST), (2, SECOND)) for line in (f"MRG|90^^^HOSP^MR||||V{number}^^^HOSP^VN", visit)]
    found = converted(message("ADT^A45", EVN, PID, *moved))
    assert found.kinds == ["patient.moved", "patient.moved_away"] * 2
    told = [(data["prior"]["visit_number"]["value"], data["visit"]["number"]["value"]) for data in found.data]
    assert told == [("V1", "V1"), ("V1", "V1"), ("V2", "V2"), ("V2", "V2")]
    assert not any("unmapped" in data for data in found.data)


def test_each_patient_that_is_merged_into_one_is_retired() -> None:
    found = converted(message("ADT^A40", EVN, PID, "MRG|90^^^HOSP^MR", "MRG|91^^^HOSP^MR", FIRST))
    assert sorted(found.kinds) == ["patient.merged"] * 2 + ["patient.retired"] * 2
    retired = [data["identity"]["patient"]["value"] for kind, data in zip(found.kinds, found.data, strict=True) if kind == "patient.retired"]
    assert retired == ["90", "91"]


@pytest.mark.parametrize("event", ["A24", "A37"])
def test_what_is_about_two_patients_has_a_record_for_each_visit(event: str) -> None:
    found = converted(message(f"ADT^{event}", EVN, PID, "PD1|S", FIRST, SECOND, "PID|2||200^^^HOSP^MR||ROE^RICHARD", THIRD))
    assert _visits(found) == ["V1", "V2", "V3"]
    for data in found.data:
        told = [(one["patient"]["identifiers"][0]["value"], one["visit"]["number"]["value"]) for one in data["patients"]]
        assert told == [("100", "V1"), ("100", "V2"), ("200", "V3")]
        assert ["demographics" in one for one in data["patients"]] == [True, True, False]
        assert "unmapped" not in data
    assert "V2_SEVERAL_VISITS" in found.codes


def test_a_visit_without_a_patient_before_it_overwrites_nothing() -> None:
    (data,) = converted(message("ORU^R01", "OBR|1||F1|A", FIRST, SECOND)).data
    assert data["visit"]["number"]["value"] == "V1"
    assert [(entry["tag"], entry["elements"]["2"]) for entry in data["unmapped"]] == [("PV1", "I")]


def test_what_every_visit_repeats_is_bounded() -> None:
    """Each of the visits would tell of each of the relatives."""
    relatives, visits = ["NK1|1|DOE^JOHN"] * 1100, ["PV1|1|O"] * 1100
    found = converted(message("BAR^P01", EVN, PID, *relatives, *visits))
    assert (found.events, found.codes[-1:]) == ([], ["V2_EVENTS_LIMIT"])
