"""BAR: which event each trigger makes, and what is billed on an account."""

import pytest

from tests.unit.v2_messages import converted, message, segment

PID = "PID|1||100^^^HOSP^MR||DOE^JANE||19800102|F||||||||||ACC1^^^HOSP^AN"
PV1 = "PV1|1|O|ER||||||||||||||||V1^^^HOSP^VN"
TRIGGERS = {
    "P01": ("account.created", "add"),
    "P02": ("account.deleted", "purge"),
    "P05": ("account.updated", "update"),
    "P06": ("account.ended", "end"),
    "P10": ("account.updated", "outpatient_grouping"),
    "P12": ("account.updated", "diagnoses_and_procedures"),
}


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_trigger_makes_its_event(trigger: str) -> None:
    found = converted(message(f"BAR^{trigger}", "EVN||20260302", PID, PV1))
    (data,) = found.data
    assert [(kind, data["action"]) for kind in found.kinds] == [TRIGGERS[trigger]]
    assert data["identity"]["account"]["value"] == "ACC1"
    assert data["identity"]["visit"]["value"] == "V1"


def test_account_without_a_visit_is_an_account() -> None:
    found = converted(message("BAR^P01", "EVN||20260302", PID))
    assert found.kinds == ["account.created"]
    assert "visit" not in found.data[0]


@pytest.mark.parametrize("trigger", ["P02", "P06"])
def test_every_patient_of_a_message_has_an_event(trigger: str) -> None:
    found = converted(message(f"BAR^{trigger}", "EVN||20260302", PID, PV1, segment("PID", {1: "2", 3: "200^^^HOSP^MR", 18: "ACC2"})))
    assert [data["identity"]["account"]["value"] for data in found.data] == ["ACC1", "ACC2"]
    assert len({event.attributes["partitionkey"] for event in found.events}) == 2


def test_trigger_of_no_version_makes_no_event() -> None:
    found = converted(message("BAR^P99", "EVN||20260302", PID))
    assert found.events == []
    assert found.summary.counts.no_event_kind == 1


def test_insurances_keep_their_details_and_certifications_apart() -> None:
    (data,) = converted(
        message(
            "BAR^P05",
            "EVN||20260302",
            PID,
            PV1,
            segment("IN1", {1: "1", 2: "PPO", 3: "P1", 4: "FIRST HEALTH", 8: "GRP1", 36: "POL1", 49: "MEM1^^^P1^MI"}),
            segment("IN2", {2: "123456789", 26: "MB1^^^P1^MI"}),
            "IN3|1|CERT1|||PC^20",
            "IN3|2|CERT2",
            segment("IN1", {1: "2", 2: "HMO", 3: "P2", 4: "SECOND HEALTH", 36: "POL2"}),
        )
    ).data
    first, second = data["insurances"]
    assert (first["policy_number"], first["group_number"], first["insured_ids"][0]["value"]) == ("POL1", "GRP1", "MEM1")
    assert first["details"] == {
        "social_security_number": "123456789",
        "payor_subscriber_ids": [{"value": "MB1", "authority": "P1", "type": "MI"}],
    }
    assert [certification["number"]["value"] for certification in first["certifications"]] == ["CERT1", "CERT2"]
    assert first["certifications"][0]["penalty"] == {"unit": "PC", "share": "20"}
    assert (second["policy_number"], "details" in second) == ("POL2", False)


def test_procedures_keep_who_took_part_and_how_they_are_paid() -> None:
    (data,) = converted(
        message(
            "BAR^P10",
            "EVN||20260302",
            PID,
            PV1,
            "GP1|131|0450~0250||E1|125.5&USD^AP",
            "PR1|1||99283^ER visit^C4||20260302",
            "ROL|1|AD|AT|77^SURGEON",
            "GP2|0450|2|300&USD^UP||||0612|||||||41.5",
            "PR1|2||12001^Repair^C4||20260302",
        )
    ).data
    assert [code["code"] for code in data["outpatient"]["revenue_codes"]] == ["0450", "0250"]
    assert data["outpatient"]["outlier_cost"] == {"amount": "125.50", "currency": "USD", "type": "AP"}
    first, second = data["procedures"]
    assert first["roles"][0]["people"] == [{"id": "77", "family": "SURGEON"}]
    assert first["outpatient"] == {
        "revenue_code": {"code": "0450"},
        "units": "2",
        "charge": {"amount": "300.00", "currency": "USD", "type": "UP"},
        "apc": {"code": "0612"},
        "rate": "41.5",
    }
    assert second == {"set_id": "2", "code": {"code": "12001", "text": "Repair", "system": "C4"}, "time": "2026-03-02"}


def test_billing_codes_of_the_institutional_bill() -> None:
    (data,) = converted(message("BAR^P01", "EVN||20260302", PID, PV1, "UB2|1|3|01~02|||A1^150&USD~80^^3|11^20260301|70^20260301^20260305")).data
    assert data["ub92"] == {
        "set_id": "1",
        "coinsurance_days": "3",
        "conditions": [{"code": "01"}, {"code": "02"}],
        "values": [{"code": "A1", "amount": "150.00", "currency": "USD"}, {"code": "80", "quantity": "3"}],
        "occurrences": [{"code": "11", "date": "2026-03-01"}],
        "occurrence_spans": [{"code": "70", "start": "2026-03-01", "end": "2026-03-05"}],
    }
