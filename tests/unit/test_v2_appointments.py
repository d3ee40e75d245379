"""Scheduling: which event a trigger makes, and that what is booked stays in its group."""

import pytest

from tests.unit.v2_messages import converted, message

SCH = "SCH|A1^EHR|B1^SCHED|||||CHECKUP^Check-up|ROUTINE|30|MIN|^^^202603051000|||||17^DOE^ANN|||||||||Booked"
PID = "PID|1||100^^^HOSP^MR||DOE^JANE||19800102|F"
PV1 = "PV1|1|O|CLINIC||||||||||||||||V1^^^HOSP^VN"

TRIGGERS = {
    "S12": ("appointment.booked", "book"),
    "S13": ("appointment.rescheduled", "reschedule"),
    "S14": ("appointment.updated", "modify"),
    "S15": ("appointment.cancelled", "cancel"),
    "S16": ("appointment.cancelled", "discontinue"),
    "S17": ("appointment.cancelled", "delete"),
    "S18": ("appointment.updated", "add_resource"),
    "S19": ("appointment.updated", "modify_resource"),
    "S20": ("appointment.updated", "cancel_resource"),
    "S21": ("appointment.updated", "discontinue_resource"),
    "S22": ("appointment.updated", "delete_resource"),
    "S26": ("appointment.noshow", "noshow"),
    "S27": ("appointment.updated", "broadcast"),
}


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_trigger_makes_its_event(trigger: str) -> None:
    found = converted(message(f"SIU^{trigger}", SCH, PID, PV1))
    assert [(kind, data["action"]) for kind, data in zip(found.kinds, found.data, strict=True)] == [TRIGGERS[trigger]]
    (data,) = found.data
    assert (data["appointment"]["placer_number"]["value"], data["appointment"]["filler_number"]["authority"]) == ("A1", "SCHED")
    assert (data["identity"]["patient"]["value"], data["identity"]["visit"]["value"]) == ("100", "V1")


@pytest.mark.parametrize(("trigger", "kind", "action"), [("S23", "appointment.blocked", "block"), ("S24", "appointment.unblocked", "unblock")])
def test_time_in_a_schedule_needs_no_patient(trigger: str, kind: str, action: str) -> None:
    found = converted(message(f"SIU^{trigger}", SCH, "RGS|1|A", "AIP|1|A|17^DOE^ANN"))
    assert (found.kinds, found.data[0]["action"]) == ([kind], action)
    assert found.data[0]["resource_groups"][0]["persons"][0]["practitioners"][0]["id"] == "17"


@pytest.mark.parametrize("trigger", ["S25", "S01", "S99"])
def test_other_triggers_make_no_event(trigger: str) -> None:
    found = converted(message(f"SIU^{trigger}", SCH, PID))
    assert (found.kinds, found.summary.counts.no_event_kind) == ([], 1)


def test_resources_in_any_order_stay_in_their_group() -> None:
    (data,) = converted(
        message(
            "SIU^S12", SCH, "NTE|1||bring papers", PID, PV1, "RGS|1|A|G1", "AIP|1|A|17^DOE^ANN|ATT", "NTE|1||on call", "AIL|1|A|CLINIC^5^^HOSP|ROOM",
            "AIS|1|A|99213^Visit^C4|202603051000|||30|MIN", "NTE|1||long visit", "AIS|2|A|36415^Draw^C4", "RGS|2|A|G2", "AIG|1|A|XR1^X-ray|EQ|||1",
        )
    ).data  # fmt: skip
    first, second = data["resource_groups"]
    assert (first["group"]["code"], second["group"]["code"]) == ("G1", "G2")
    assert [service["service"]["code"] for service in first["services"]] == ["99213", "36415"]
    assert [service.get("notes", [{}])[0].get("texts") for service in first["services"]] == [["long visit"], None]
    assert first["persons"][0]["notes"][0]["texts"] == ["on call"]
    assert first["locations"][0]["locations"] == [{"point_of_care": "CLINIC", "room": "5", "facility": "HOSP"}]
    assert (second["resources"][0]["resource"]["code"], "services" in second) == ("XR1", False)
    assert data["patient_notes"][0]["texts"] == ["bring papers"]
    service = first["services"][0]
    assert (service["start_time"], service["duration"], service["duration_units"]["code"]) == ("2026-03-05T10:00-06:00", "30", "MIN")


def test_resources_without_their_group_are_in_one() -> None:
    (data,) = converted(message("SIU^S12", SCH, PID, "AIS|1|A|99213", "AIP|1|A|17")).data
    assert [sorted(group) for group in data["resource_groups"]] == [["persons", "services"]]


def test_patients_of_one_appointment_have_an_event_each() -> None:
    found = converted(message("SIU^S12", SCH, PID, PV1, "PID|2||200^^^HOSP^MR||ROE^JOHN", "RGS|1|A", "AIS|1|A|90853"))
    assert found.kinds == ["appointment.booked"] * 2
    assert [data["identity"]["patient"]["value"] for data in found.data] == ["100", "200"]
    assert [data["appointment"]["placer_number"]["value"] for data in found.data] == ["A1", "A1"]
    assert [data["resource_groups"][0]["services"][0]["service"]["code"] for data in found.data] == ["90853", "90853"]
    assert len({event.attributes["id"] for event in found.events}) == 2


def test_an_appointment_without_a_patient_is_told_in_the_lane_of_nobody() -> None:
    found = converted(message("SIU^S12", SCH, "NTE|1||staff meeting", "RGS|1|A", "AIP|1|A|17^DOE^ANN"))
    (data,) = found.data
    assert (found.kinds, data["action"], "identity" in data) == (["appointment.booked"], "book", False)
    assert (data["patient_notes"][0]["texts"], data["resource_groups"][0]["persons"][0]["set_id"]) == (["staff meeting"], "1")
    assert found.events[0].attributes["partitionkey"] == found.events[0].attributes["id"].partition(".")[0]
    assert "V2_IDENTIFIER_MISSING" not in found.codes
