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
    "A43": {("patient.moved", "patient"), ("patient.moved_away", "patient")},
    "A44": {("patient.moved", "account"), ("patient.moved_away", "account")},
    "A45": {("patient.moved", "visit"), ("patient.moved_away", "visit")},
    "A46": {("patient.identifier_changed", "patient"), ("patient.retired", "patient")},
    "A47": {("patient.identifier_changed", "patient"), ("patient.retired", "patient")},
    "A48": {("patient.identifier_changed", "patient"), ("patient.retired", "patient")},
    "A49": {("patient.identifier_changed", "account")},
    "A50": {("patient.identifier_changed", "visit")},
    "A51": {("patient.identifier_changed", "visit")},
}
LINKS = {"A24": "patient.linked", "A37": "patient.unlinked"}
NONE = {"A19", "A56", "A57", "A58", "A59"}
"""A query, and numbers that the standard gives to nothing."""


def _made(trigger: str, *segments: str) -> list[dict[str, Any]]:
    return converted(message(f"ADT^{trigger}", EVN, *segments)).data


def test_the_table_of_this_test_is_whole() -> None:
    tables = (set(VISITS), set(UNDONE), set(IDENTITIES), set(LINKS), NONE, {"A17", "A20"})
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
    gone = {lanes.pop(kind) for kind in ("patient.retired", "patient.moved_away") if kind in lanes}
    survivor = converted(message("ADT^A31", EVN, PID)).events[0].attributes["partitionkey"]
    prior = converted(message("ADT^A31", EVN, "PID|1||900^^^HOSP^MR")).events[0].attributes["partitionkey"]
    assert set(lanes.values()) == {survivor}
    assert gone <= {prior}
    for data in found.data:
        assert data["prior"]["identifiers"] == [{"value": "900", "authority": "HOSP", "type": "MR"}]
        assert data["patient"]["identifiers"] == [{"value": "100", "authority": "HOSP", "type": "MR"}]


def _two_patients(records: list[dict[str, Any]]) -> bool:
    told = [(record["patient"]["identifiers"][0]["value"], record["visit"]["location"]["point_of_care"]) for record in records]
    return told == [("100", "4W"), ("200", "5E")]


def test_patients_who_swap_beds_have_an_event_each() -> None:
    found = converted(message("ADT^A17", EVN, PID, PV1, OTHER, "PV1|1|I|5E^501^B"))
    assert found.kinds == ["encounter.transferred"] * 2
    assert _two_patients(found.data)
    assert len({event.attributes["id"] for event in found.events}) == 2


@pytest.mark.parametrize("trigger", LINKS)
def test_a_link_is_told_in_the_lane_of_each_patient_with_both(trigger: str) -> None:
    found = converted(message(f"ADT^{trigger}", EVN, PID, PV1, OTHER, "PV1|1|I|5E^501^B", "ZXX|1"))
    assert found.kinds == [LINKS[trigger]] * 2
    assert [data["identity"]["patient"]["value"] for data in found.data] == ["100", "200"]
    lanes = [converted(message("ADT^A31", EVN, pid)).events[0].attributes["partitionkey"] for pid in (PID, OTHER)]
    assert [event.attributes["partitionkey"] for event in found.events] == lanes
    for data, item in zip(found.data, (3, 5), strict=True):
        assert _two_patients(data["patients"])
        assert (data["provenance"]["ordinal"], data["provenance"]["parts"]) == (item, {"patients": [3, 5]})
        assert [entry["tag"] for entry in data["unmapped"]] == ["ZXX"]


def test_a_move_within_one_patient_leaves_nobody() -> None:
    assert converted(message("ADT^A44", EVN, PID, "MRG|100^^^HOSP^MR||ACC9")).kinds == ["patient.moved"]


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


@pytest.mark.parametrize(("stays", "gone"), [("100^^^HOSP^MR", "100"), ("100", "100^^^HOSP^MR"), ("100^^^HOSP&1.2&ISO^MR", "100^^^&1.2&ISO^MR")])
def test_nobody_is_merged_into_himself_under_a_shorter_name(stays: str, gone: str) -> None:
    found = converted(message("ADT^A40", EVN, f"PID|1||{stays}", f"MRG|{gone}"))
    assert found.events == []
    assert "V2_MERGE_SAME" in found.codes


def test_one_number_of_two_authorities_is_of_two_patients() -> None:
    found = converted(message("ADT^A40", EVN, "PID|1||100^^^HOSP&1.2&ISO^MR", "MRG|100^^^HOME&1.3&ISO^MR"))
    assert sorted(found.kinds) == ["patient.merged", "patient.retired"]


@pytest.mark.parametrize("trigger", ["A18", "A39"])
@pytest.mark.parametrize("prior", ["MRG||||900^^^HOSP^MR", "MRG||900^^^HOSP^MR"])
def test_a_merge_may_name_its_prior_patient_in_the_older_fields(trigger: str, prior: str) -> None:
    found = converted(message(f"ADT^{trigger}", EVN, PID, prior))
    told = {kind: data["identity"]["patient"]["value"] for kind, data in zip(found.kinds, found.data, strict=True)}
    assert told == {"patient.merged": "100", "patient.retired": "900"}


@pytest.mark.parametrize(("prior", "guessed"), [("900^^^HOSP^MR", False), ("E9^^^EPI^PI~900^^^HOSP^MR", False), ("900^^^HOSP", True), ("900", True)])
def test_who_is_retired_by_no_rule_is_guessed_aloud(prior: str, guessed: bool) -> None:
    found = converted(message("ADT^A40", EVN, PID, f"MRG|{prior}"))
    told = {kind: data["identity"]["patient"]["value"] for kind, data in zip(found.kinds, found.data, strict=True)}
    assert told == {"patient.merged": "100", "patient.retired": "900"}
    assert ("V2_IDENTIFIER_GUESSED" in found.codes) is guessed


def test_the_prior_patient_stands_where_the_rule_of_the_site_has_him() -> None:
    profile = {"identifiers": {"patient": [{"field": "PID-2"}]}}
    found = converted(message("ADT^A40", EVN, "PID|1|100|E1^^^EPI", "MRG|E9^^^EPI|||900"), profile)
    told = {kind: data["identity"]["patient"]["value"] for kind, data in zip(found.kinds, found.data, strict=True)}
    assert told == {"patient.merged": "100", "patient.retired": "900"}


def test_notes_and_reactions_stay_with_their_allergy() -> None:
    allergies = ("IAM|1|DA|PEN|SV", "NTE|1||as a child", "IAR|RASH|MO|AL|cream", "IAR|FEVER", "IAM|2|FA|EGG", "AL1|3|EA|POLLEN")
    (data,) = _made("A60", PID, "NTE|1||of the patient", PV1, *allergies)
    first, second, third = data["allergies"]
    assert (first["notes"][0]["texts"], [one["code"]["code"] for one in first["reaction_details"]]) == (["as a child"], ["RASH", "FEVER"])
    assert first["reaction_details"][0] | {"code": None} == {
        "code": None, "severity": {"code": "MO"}, "sensitivity": {"code": "AL"}, "management": "cream",
    }  # fmt: skip
    assert [sorted(one) for one in (second, third)] == [["allergen", "set_id", "type"]] * 2
    assert (data["provenance"]["parts"]["allergies"], [note["texts"] for note in data["patient_notes"]]) == ([6, 10, 11], [["of the patient"]])


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
    "PID", "PD1", "NK1", "MRG", "DB1", "PDA", "ARV", "ROL", "PV1", "PV2", "AL1", "IAM", "IAR", "DG1", "DRG", "ACC", "UB1", "UB2", "RF1", "NPU", "GP1",
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
