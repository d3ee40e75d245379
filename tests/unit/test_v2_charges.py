"""Charges: an event for each FT1 with all that a claim line needs, and with the visit and insurance it stands in."""

import pytest

from tests.unit.v2_messages import converted, message

EVN = "EVN|P03|20260302101400"
PID = "PID|1||100^^^HOSP^MR||DOE^JANE||19800102|F||||||||||ACC1^^^HOSP^AN"
PV1 = "PV1|1|O|CLINIC||||||||||||||||V1^^^HOSP^VN"
FT1 = (
    "FT1|1|T1|B7|20260302091500^20260302093000|202603022359|CG|99213^Visit^L|Office visit||1|150.00&USD|150|MED||120.5|CLINIC||O|R07.9^^I10~I10^^I10"
    "|17^DOE^ANN|18^ROE^BOB|60|F1^RIS|19^POE^CAT|99213^Office visit^C4|25~59|||00069-1234-01^Drug^NDC"
)
IN1 = "IN1|1|PPO|BCBS^^^NAIC|BLUE||||GRP1||||||||DOE^JANE|18|||||||||||||||||||MEM1"


def test_every_part_of_a_charge_is_told() -> None:
    found = converted(
        message("DFT^P03", EVN, PID, PV1, FT1, "PR1|1||99213^^C4|Visit|202603020915", "DG1|1||R07.9^Chest pain^I10", "GT1|1||DOE^JANE", IN1)
    )
    assert found.kinds == ["charge.posted"]
    (data,) = found.data
    charge = data["charge"]
    assert (charge["id"], charge["batch"], charge["type"], charge["quantity"]) == ("T1", "B7", {"code": "CG"}, "1")
    assert (charge["transaction_time"], charge["transaction_end_time"]) == ("2026-03-02T09:15:00-06:00", "2026-03-02T09:30:00-06:00")
    assert charge["posted_time"] == "2026-03-02T23:59-06:00"
    assert (charge["amount"], charge["currency"], charge["unit_amount"], charge["insurance_amount"], charge["unit_cost"]) == (
        "150.00", "USD", "150.00", "120.50", "60.00",
    )  # fmt: skip
    assert charge["procedure"] == {"code": "99213", "text": "Office visit", "system": "C4"}
    assert [modifier["code"] for modifier in charge["modifiers"]] == ["25", "59"]
    assert [(code["code"], code["system"]) for code in charge["diagnosis_codes"]] == [("R07.9", "I10"), ("I10", "I10")]
    assert [charge[name][0]["id"] for name in ("performed_by", "ordered_by", "entered_by")] == ["17", "18", "19"]
    assert (charge["filler_number"], charge["drug"]["code"]) == ({"value": "F1", "authority": "RIS"}, "00069-1234-01")
    assert (charge["location"]["point_of_care"], charge["department"]["code"], charge["patient_type"]["code"]) == ("CLINIC", "MED", "O")
    assert data["charge_procedures"][0]["code"]["code"] == "99213"
    assert (data["diagnoses"][0]["code"]["code"], data["guarantors"][0]["set_id"], data["insurances"][0]["policy_number"]) == ("R07.9", "1", "MEM1")
    assert {name: key["value"] for name, key in data["identity"].items()} == {"patient": "100", "account": "ACC1", "visit": "V1"}


@pytest.mark.parametrize("code", ["CG", "CD", "PY", "AJ"])
def test_kind_of_transaction_is_kept(code: str) -> None:
    (data,) = converted(message("DFT^P03", EVN, PID, f"FT1|1|T1||20260302||{code}|A||||-12.5")).data
    assert (data["charge"]["type"]["code"], data["charge"]["amount"]) == (code, "-12.50")


def test_charges_of_a_message_have_their_own_procedures_and_share_the_visit() -> None:
    found = converted(
        message(
            "DFT^P03", EVN, PID, PV1, "FT1|1|T1||20260302||CG|A", "NTE|1||late", "PR1|1||A", "ROL|1|AD|SU|17", "PR1|2||B", "ORC|RE|P1", "OBR|1|P1||X",
            "FT1|2|T2||20260302||CG|B", "DG1|1||R07.9", IN1, "FT1|3|T3||20260302||CG|C",
        )
    )  # fmt: skip
    assert found.kinds == ["charge.posted"] * 3
    first, second, third = found.data
    assert [data["charge"]["id"] for data in found.data] == ["T1", "T2", "T3"]
    assert [[one["code"]["code"] for one in data.get("charge_procedures", [])] for data in found.data] == [["A", "B"], [], []]
    assert first["charge_procedures"][0]["roles"][0]["people"][0]["id"] == "17"
    assert first["charge_orders"][0]["request"]["service"]["code"] == "X"
    assert (first["notes"][0]["texts"], "notes" in second, "charge_orders" in second) == (["late"], False, False)
    for data in (first, second, third):
        assert (data["diagnoses"][0]["code"]["code"], data["insurances"][0]["policy_number"], data["visit"]["number"]["value"]) == (
            "R07.9",
            "MEM1",
            "V1",
        )
    offsets = [data["provenance"]["item"] for data in found.data]
    assert len(set(offsets)) == 3
    assert [event.attributes["id"].split(".")[1] for event in found.events] == [str(offset) for offset in offsets]


@pytest.mark.parametrize("kind", ["DFT^P03", "DFT^P11"])
def test_an_order_before_the_charges_is_for_all_of_them(kind: str) -> None:
    visit = ("ORC|RE|P0", "OBR|1|P0||X", "NTE|1||why", "OBX|1|NM|W||80")
    found = converted(
        message(kind, EVN, PID, PV1, *visit, "FT1|1|T1||20260302||CG|A", "ORC|RE|P1", "OBR|1|P1||Y", "OBX|1|NM|H||2", "FT1|2|T2||20260302||CG|B")
    )
    first, second = found.data
    for data in (first, second):
        (order,) = data["visit_orders"]
        assert (order["request"]["placer_number"]["value"], order["notes"][0]["texts"], order["observations"][0]["value"]) == ("P0", ["why"], "80")
    assert [order["order"]["placer_number"]["value"] for order in first["charge_orders"]] == ["P1"]
    assert ([one["value"] for one in first["observations"]], "charge_orders" in second, "observations" in second) == (["2"], False, False)
    assert first["provenance"]["ordinal"] == 9


def test_insurance_of_one_charge_stays_with_it() -> None:
    found = converted(
        message(
            "DFT^P11", EVN, PID, PV1, "DG1|1||Z00", IN1, "FT1|1|T1||20260302||CG|A", "DG1|1||R07.9", "GT1|1||ROE", IN1.replace("MEM1", "MEM2"),
            "IN2|1|E9",
            "FT1|2|T2||20260302||CG|B",
        )
    )  # fmt: skip
    first, second = found.data
    assert [entry["code"]["code"] for entry in first["charge_diagnoses"]] == ["R07.9"]
    assert [entry["policy_number"] for entry in first["charge_insurances"]] == ["MEM2"]
    assert "details" in first["charge_insurances"][0]
    assert len(first["charge_guarantors"]) == 1
    assert {"charge_diagnoses", "charge_insurances", "charge_guarantors"}.isdisjoint(second)
    for data in (first, second):
        assert ([entry["code"]["code"] for entry in data["diagnoses"]], data["insurances"][0]["policy_number"]) == (["Z00"], "MEM1")
