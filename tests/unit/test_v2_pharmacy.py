"""Pharmacy and vaccination: stages of an order with the routes and components of each, one event for an order or a vaccination."""

import pytest

from tests.unit.v2_messages import converted, message

PID = "PID|1||100^^^HOSP^MR||DOE^JANE||19800102|F"
PV1 = "PV1|1|I|4W||||||||||||||||V1^^^HOSP^VN"
ORC = "ORC|NW|P1^EHR|F1^RX"
RXE = "RXE|1^BID^D7^202603021000|0069^Amoxicillin 500 mg^NDC|500||mg|CAP||||14|CAP|2||17^DOE^ANN|RX123"


@pytest.mark.parametrize(
    ("kind", "segments", "event"),
    [
        ("OMP^O09", ("RXO|0069^Amoxicillin",), "medication.ordered"),
        ("RDE^O11", (RXE,), "medication.ordered"),
        ("RDE^O01", (RXE,), "medication.ordered"),
        ("RDE^O25", (RXE,), "medication.ordered"),
        ("RDS^O13", (RXE, "RXD|1|0069|202603021100|14"), "medication.dispensed"),
        ("RDS^O01", ("RXD|1|0069|202603021100|14",), "medication.dispensed"),
        ("RAS^O17", (RXE, "RXA|0|1|202603021200||0069|500"), "medication.administered"),
        ("RAS^O01", ("RXA|0|1|202603021200||0069|500",), "medication.administered"),
    ],
)
def test_message_makes_the_event_of_its_stage(kind: str, segments: tuple[str, ...], event: str) -> None:
    found = converted(message(kind, PID, PV1, ORC, *segments))
    assert found.kinds == [event]
    assert found.data[0]["order"]["placer_number"]["value"] == "P1"


def test_encoded_order_is_told_in_full() -> None:
    (data,) = converted(message("RDE^O11", PID, PV1, ORC, RXE, "RXR|PO^Oral^HL70162", "TQ1|1||BID", "FT1|1|T1||20260302||CG|A||||12.5")).data
    encoded = data["encoded"]
    assert encoded["code"] == {"code": "0069", "text": "Amoxicillin 500 mg", "system": "NDC"}
    assert [encoded[name] for name in ("amount_minimum", "dispense_amount", "refills", "prescription_number")] == ["500", "14", "2", "RX123"]
    assert [encoded[name]["code"] for name in ("units", "form", "dispense_units")] == ["mg", "CAP", "CAP"]
    assert (encoded["quantity_timing"]["pattern"], encoded["quantity_timing"]["duration"]) == ("BID", "D7")
    assert (encoded["routes"][0]["route"]["code"], data["timings"][0]["patterns"][0]["code"]) == ("PO", "BID")
    assert data["charges"][0]["amount"] == "12.50"


def test_routes_and_components_belong_to_the_stage_they_follow() -> None:
    first, second = converted(
        message(
            "RDE^O11", PID, ORC, "RXO|A", "NTE|1||asked", "RXR|IV", "RXC|B|NACL|1000||", RXE, "NTE|1||encoded", "RXR|IV", "RXC|B|NACL|1000|mL",
            "RXC|A|KCL|20",
            "ORC|NW|P2", RXE, "RXR|PO",
        )
    ).data  # fmt: skip
    assert [component["code"]["code"] for component in first["requested"]["components"]] == ["NACL"]
    assert [(component["type"], component["code"]["code"]) for component in first["encoded"]["components"]] == [("B", "NACL"), ("A", "KCL")]
    assert [first[stage]["notes"][0]["texts"] for stage in ("requested", "encoded")] == [["asked"], ["encoded"]]
    assert [route["route"]["code"] for route in second["encoded"]["routes"]] == ["PO"]
    assert ("requested" in second, second["order"]["placer_number"]["value"]) == (False, "P2")


def test_dispense_and_its_notes_stay_apart() -> None:
    (data,) = converted(
        message(
            "RDS^O13", PID, ORC, "RXD|1|0069^Amoxicillin^NDC|202603021100|14|CAP||RX123|1|counsel~again|17^DOE^ANN", "NTE|1||handed over", "RXR|PO"
        )
    ).data
    dispense = data["dispense"]
    assert (dispense["time"], dispense["amount"], dispense["prescription_number"], dispense["refills_remaining"]) == (
        "2026-03-02T11:00-06:00", "14", "RX123", "1",
    )  # fmt: skip
    assert (dispense["dispense_notes"], dispense["notes"][0]["texts"], dispense["routes"][0]["route"]["code"]) == (
        ["counsel", "again"], ["handed over"], "PO",
    )  # fmt: skip


def test_every_administration_of_an_order_is_told() -> None:
    (data,) = converted(
        message("RAS^O17", PID, ORC, RXE, "RXA|0|1|202603021200||0069|500|mg", "RXA|0|2|202603022200||0069|0|mg|||||||||||REF^Refused||RE", "RXR|PO")
    ).data
    assert [(one["start_time"], one["amount"], one.get("completion_status")) for one in data["administrations"]] == [
        ("2026-03-02T12:00-06:00", "500", None), ("2026-03-02T22:00-06:00", "0", "RE"),
    ]  # fmt: skip
    assert [[route["route"]["code"] for route in one.get("routes", [])] for one in data["administrations"]] == [[], ["PO"]]


def test_medication_without_order_control_is_told() -> None:
    found = converted(message("RDE^O11", PID, RXE, RXE))
    assert found.kinds == ["medication.ordered"] * 2


# -- vaccination

RXA = (
    "RXA|0|1|20260302|20260302|208^COVID-19 mRNA^CVX|0.3|mL^milliliter^UCUM||00^New^NIP001|17^DOE^ANN|^^^CLINIC1||||LOT1~LOT2|20261231"
    "|PFR^Pfizer^MVX|||CP|A|202603021500"
)


def test_vaccination_is_told_in_full() -> None:
    found = converted(
        message(
            "VXU^V04",
            PID,
            "ORC|RE|P1|F1",
            RXA,
            "RXR|IM^Intramuscular^NCIT|LD^Left deltoid^HL70163",
            "OBX|1|CE|64994-7^Eligibility^LN|1|V01^No^HL70064",
        )
    )
    assert found.kinds == ["immunization.recorded"]
    (data,) = found.data
    given = data["administration"]
    assert (given["code"], given["start_time"], given["amount"]) == ({"code": "208", "text": "COVID-19 mRNA", "system": "CVX"}, "2026-03-02", "0.3")
    assert (given["lots"], given["expiration_dates"], given["manufacturers"][0]["code"]) == (["LOT1", "LOT2"], ["2026-12-31"], "PFR")
    assert (given["completion_status"], given["action"], given["administration_notes"][0]["code"]) == ("CP", "A", "00")
    assert (given["location"], given["administered_by"][0]["id"]) == ({"facility": "CLINIC1"}, "17")
    assert [(route["route"]["code"], route["site"]["code"]) for route in data["routes"]] == [("IM", "LD")]
    assert (data["observations"][0]["codes"][0]["code"], data["order"]["filler_number"]["value"]) == ("V01", "F1")


@pytest.mark.parametrize("orders", [True, False])
def test_each_vaccination_is_an_event(orders: bool) -> None:
    segments = [
        segment for number in "12" for segment in ([f"ORC|RE||F{number}"] if orders else []) + [RXA.replace("208", number), "RXR|IM", "OBX|1|ST|A||B"]
    ]
    found = converted(message("VXU^V04", PID, *segments, version="2.3.1"))
    assert [data["administration"]["code"]["code"] for data in found.data] == ["1", "2"]
    assert [(len(data["routes"]), len(data["observations"])) for data in found.data] == [(1, 1), (1, 1)]


def test_order_without_a_vaccine_makes_no_event() -> None:
    found = converted(message("VXU^V04", PID, "ORC|RE||F1"))
    assert (found.kinds, found.summary.counts.no_event_kind) == ([], 1)
