"""ADT: which event each trigger makes, whose lane it goes by, and that no field of a segment is left over."""

import itertools
import re
from typing import Any

import pytest

from schemas.maps.v2 import maps
from tests.unit.v2_messages import converted, message, segment
from tests.unit.v2_segments import VERSIONS, WORDS, fields, full, texts

EVN = "EVN||20260302101400-0600"
PID = "PID|1||100^^^HOSP^MR||DOE^JANE||19800102|F||||||||||ACC1^^^HOSP^AN"
OTHER = "PID|2||200^^^HOSP^MR||ROE^JOHN||19790102|M"
PV1 = "PV1|1|I|4W^401^A||||||||||||||||V1^^^HOSP^VN"
MRG = "MRG|900^^^HOSP^MR"

VISITS = {
    "A01": ("encounter.started", "admit"),
    "A02": ("encounter.transferred", "transfer"),
    "A03": ("encounter.ended", "discharge"),
    "A04": ("encounter.started", "register"),
    "A05": ("encounter.planned", "preadmit"),
    "A06": ("encounter.updated", "outpatient_to_inpatient"),
    "A07": ("encounter.updated", "inpatient_to_outpatient"),
    "A08": ("patient.updated", "update_patient"),
    "A09": ("encounter.updated", "departing"),
    "A10": ("encounter.updated", "arriving"),
    "A14": ("encounter.planned", "pending_admit"),
    "A15": ("encounter.updated", "pending_transfer"),
    "A16": ("encounter.updated", "pending_discharge"),
    "A21": ("encounter.updated", "leave_started"),
    "A22": ("encounter.updated", "leave_ended"),
    "A23": ("patient.deleted", "delete_patient"),
    "A28": ("patient.registered", "add_person"),
    "A29": ("patient.deleted", "delete_person"),
    "A31": ("patient.updated", "update_person"),
    "A54": ("encounter.updated", "attending_changed"),
    "A60": ("patient.updated", "update_allergies"),
    "A61": ("encounter.updated", "consulting_changed"),
}
UNDONE = {
    "A11": {"A01", "A04"}, "A12": {"A02"}, "A13": {"A03"}, "A25": {"A16"}, "A26": {"A15"}, "A27": {"A14"}, "A32": {"A10"}, "A33": {"A09"},
    "A38": {"A05"}, "A52": {"A21"}, "A53": {"A22"}, "A55": {"A54"}, "A62": {"A61"},
}  # fmt: skip
IDENTITIES = {
    "A18": {("patient.merged", "patient"), ("patient.retired", "patient")},
    "A30": {("patient.merged", "patient"), ("patient.retired", "patient")},
    "A34": {("patient.merged", "patient"), ("patient.retired", "patient")},
    "A35": {("account.merged", "account")},
    "A36": {("patient.merged", "patient"), ("patient.retired", "patient"), ("account.merged", "account")},
    "A39": {("patient.merged", "patient"), ("patient.retired", "patient")},
    "A40": {("patient.merged", "patient"), ("patient.retired", "patient")},
    "A41": {("account.merged", "account")},
    "A42": {("encounter.merged", "visit")},
    "A43": {("patient.moved", "patient")},
    "A44": {("patient.moved", "account")},
    "A45": {("patient.moved", "visit")},
    "A46": {("patient.identifier_changed", "patient"), ("patient.retired", "patient")},
    "A47": {("patient.identifier_changed", "patient"), ("patient.retired", "patient")},
    "A48": {("patient.identifier_changed", "patient"), ("patient.retired", "patient")},
    "A49": {("patient.identifier_changed", "account")},
    "A50": {("patient.identifier_changed", "visit")},
    "A51": {("patient.identifier_changed", "visit")},
}
PAIRS = {"A17": ["encounter.transferred"] * 2, "A24": ["patient.linked"], "A37": ["patient.unlinked"]}
NONE = {"A19", "A56", "A57", "A58", "A59"}
"""A query, and numbers that the standard gives to nothing."""


def _made(trigger: str, *segments: str) -> list[dict[str, Any]]:
    return converted(message(f"ADT^{trigger}", EVN, *segments)).data


def test_the_table_of_this_test_is_whole() -> None:
    tables = (set(VISITS), set(UNDONE), set(IDENTITIES), set(PAIRS), NONE, {"A20"})
    assert sorted(itertools.chain(*tables)) == [f"A{number:02d}" for number in range(1, 63)]


@pytest.mark.parametrize("trigger", VISITS)
def test_trigger_makes_its_event(trigger: str) -> None:
    found = converted(message(f"ADT^{trigger}", EVN, PID, PV1))
    assert [(kind, data["action"]) for kind, data in zip(found.kinds, found.data, strict=True)] == [VISITS[trigger]]
    assert found.data[0]["identity"] == {
        "patient": {"value": "100", "authority": "HOSP", "type": "MR"},
        "account": {"value": "ACC1", "authority": "HOSP", "type": "AN"},
        "visit": {"value": "V1", "authority": "HOSP", "type": "VN"},
    }


@pytest.mark.parametrize("trigger", UNDONE)
def test_cancellation_says_what_it_undoes(trigger: str) -> None:
    found = converted(message(f"ADT^{trigger}", EVN, PID, PV1))
    (data,) = found.data
    assert found.kinds == ["encounter.cancelled"]
    undone = {VISITS[other] for other in UNDONE[trigger]}
    assert {data["undoes"]} == {kind for kind, _ in undone}
    assert {data.get("undoes_action")} == ({action for _, action in undone} if len(undone) == 1 else {None})
    assert data["action"].startswith("cancel_")


@pytest.mark.parametrize("trigger", IDENTITIES)
def test_identity_is_told_at_its_level(trigger: str) -> None:
    found = converted(message(f"ADT^{trigger}", EVN, PID, "MRG|900^^^HOSP^MR||ACC9^^^HOSP^AN||V9^^^HOSP^VN|A9^^^HOSP", PV1))
    assert {(kind, data["level"]) for kind, data in zip(found.kinds, found.data, strict=True)} == IDENTITIES[trigger]
    lanes = {kind: event.attributes["partitionkey"] for kind, event in zip(found.kinds, found.events, strict=True)}
    retired = lanes.pop("patient.retired", None)
    survivor = converted(message("ADT^A31", EVN, PID)).events[0].attributes["partitionkey"]
    prior = converted(message("ADT^A31", EVN, "PID|1||900^^^HOSP^MR")).events[0].attributes["partitionkey"]
    assert set(lanes.values()) == {survivor}
    assert retired in (None, prior)
    for data in found.data:
        assert data["prior"]["identifiers"] == [{"value": "900", "authority": "HOSP", "type": "MR"}]
        assert data["patient"]["identifiers"] == [{"value": "100", "authority": "HOSP", "type": "MR"}]


@pytest.mark.parametrize("trigger", PAIRS)
def test_two_patients_of_a_message_stay_apart(trigger: str) -> None:
    found = converted(message(f"ADT^{trigger}", EVN, PID, PV1, OTHER, "PV1|1|I|5E^501^B"))
    assert found.kinds == PAIRS[trigger]
    records = [record for data in found.data for record in data.get("patients", [data])]
    assert [record["patient"]["identifiers"][0]["value"] for record in records] == ["100", "200"]
    assert [record["visit"]["location"]["point_of_care"] for record in records] == ["4W", "5E"]
    assert len({event.attributes["id"] for event in found.events}) == len(found.events)


@pytest.mark.parametrize("trigger", sorted(NONE))
def test_what_changes_nothing_makes_no_event(trigger: str) -> None:
    found = converted(message(f"ADT^{trigger}", EVN, PID, PV1))
    assert found.events == []
    assert found.summary.counts.no_event_kind == 1
    assert "V2_NO_EVENT" in found.codes


def test_bed_status_needs_no_patient() -> None:
    found = converted(message("ADT^A20", EVN, "NPU|4W^401^A|U"))
    assert found.kinds == ["encounter.updated"]
    assert found.data[0]["bed"] == {"location": {"point_of_care": "4W", "room": "401", "bed": "A"}, "status": {"code": "U"}}


def test_several_merges_of_one_message_stay_apart() -> None:
    found = converted(message("ADT^A40", EVN, PID, MRG, OTHER, "MRG|800^^^HOSP^MR"))
    merged = [data for kind, data in zip(found.kinds, found.data, strict=True) if kind == "patient.merged"]
    pairs = [(data["patient"]["identifiers"][0]["value"], data["prior"]["identifiers"][0]["value"]) for data in merged]
    assert pairs == [("100", "900"), ("200", "800")]
    assert found.kinds.count("patient.retired") == 2


@pytest.mark.parametrize(("prior", "code"), [("MRG|", "V2_MERGE_INCOMPLETE"), ("MRG|100^^^HOSP^MR", "V2_MERGE_SAME"), (None, "V2_MERGE_INCOMPLETE")])
def test_merge_of_nothing_or_of_itself_is_named_and_retires_nobody(prior: str | None, code: str) -> None:
    found = converted(message("ADT^A40", EVN, PID, *([prior] if prior else [])))
    assert code in found.codes
    assert "patient.retired" not in found.kinds


@pytest.mark.parametrize("trigger", ["A35", "A41", "A42", "A49", "A50", "A51"])
def test_account_or_visit_of_another_patient_is_named(trigger: str) -> None:
    prior = "MRG|{}^^^HOSP^MR||ACC9^^^HOSP^AN||V9^^^HOSP^VN|A9^^^HOSP"
    same, other = (converted(message(f"ADT^{trigger}", EVN, PID, prior.format(number), PV1)) for number in ("100", "900"))
    assert "V2_MERGE_OTHER_PATIENT" not in same.codes
    assert "V2_MERGE_OTHER_PATIENT" in other.codes


def test_nobody_is_merged_into_himself() -> None:
    found = converted(message("ADT^A40", EVN, PID, "MRG|100^^^HOSP^MR"))
    assert found.events == []
    assert found.summary.counts.no_event_kind == 1


def test_order_of_segments_does_not_matter() -> None:
    usual = _made("A01", PID, "PD1|S", PV1, "PV2|||CHEST^Chest pain")
    turned = _made("A01", "PV2|||CHEST^Chest pain", PV1, PID, "PD1|S")
    for data in (*usual, *turned):
        del data["provenance"]
    assert turned == usual


def test_null_empty_and_absent_stay_apart() -> None:
    (data,) = _made("A08", 'PID|1||100^^^HOSP^MR||DOE^""||""|F|||""||""', 'PV1|1|I|""')
    assert data["patient"]["names"] == [{"family": "DOE", "given": None}]
    assert [data["patient"][name] for name in ("birth_date", "addresses", "home_phones")] == [None, None, None]
    assert "aliases" not in data["patient"]
    assert data["visit"]["location"] is None


# -- no field is left over

_SEGMENTS = (
    "SFT", "EVN",
    "PID", "PD1", "NK1", "MRG", "DB1", "PDA", "ARV", "ROL", "PV1", "PV2", "AL1", "IAM", "DG1", "DRG", "ACC", "UB1", "UB2", "RF1", "NPU", "GP1",
    "PR1", "GP2", "GT1", "IN1", "IN2", "IN3",
)  # fmt: skip
CODES = {"PID-8", "NK1-15", "GT1-9", "IN1-43", "PV1-2"}
"""Codes of tables that say everything; later versions may spell them out behind."""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["adt", "bar"])
def test_every_field_of_every_segment_has_its_place(version: str, name: str) -> None:
    kind = {"adt": "ADT^A01", "bar": "BAR^P01"}[name]
    assert maps()[name].messages == (kind[:3],)
    segments = [full(version, tag) for tag in _SEGMENTS if list(fields(version, tag))]
    found = converted(message(kind, *segments, version=version))
    (data,) = found.data
    left = {f"{entry['tag']}-{place}" for entry in data.get("unmapped", []) for place in entry["elements"]}
    assert {place for place in left if place.partition(".")[0] not in CODES} == set()
    told = set(texts({name: value for name, value in data.items() if name not in ("provenance", "identity", "unmapped")}))
    words = {word for segment in segments for word in re.split(r"[|^]", segment)[1:]}
    of_codes = {word for word in words if word.partition(".")[0] in {code.replace("-", "") for code in CODES}}
    assert words - told - of_codes - set(WORDS.values()) <= {""}


@pytest.mark.parametrize("null", ['""', '""^""^""^""^""', '1~""'])
def test_null_is_valid_wherever_it_stands(null: str) -> None:
    """`converted` holds the event to its model."""
    segments = [segment(tag, {number: null for number, _ in fields("2.8.2", tag)}) for tag in _SEGMENTS]
    (data,) = converted(message("ADT^A08", *segments)).data
    assert data["patient"]["sex"] == (None if null.startswith('"') else "1")
    assert data["visit"]["valuables"] in (None, [None], ["1", None])
