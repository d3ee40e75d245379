"""Rows of the segments that every order, result and answer is made of: ORC, OBR, TQ1, NTE, BLG, CTI, and datatypes that only they use."""

from schemas.maps.v2 import types as t
from schemas.maps.v2.mapping import Made, Part, Parts, Row, Seg, Value

EIP: tuple[Value | Part, ...] = (
    Part("1", "placer", t.EI), Part("2", "filler", t.EI),
)  # fmt: skip
OSD: tuple[Value, ...] = t.texts(
    1, "results_flag", "placer_id", "placer_authority", "filler_id", "filler_authority", "condition", "maximum_repeats", "placer_authority_id",
    "placer_authority_id_type", "filler_authority_id", "filler_authority_id_type",
)  # fmt: skip
TQ: tuple[Value | Part, ...] = (
    t.number("1.1", "quantity"), t.text("1.2", "quantity_units"), t.text("2.1", "pattern"), t.text("2.2", "times"), t.text("3", "duration"),
    t.moment("4", "start_time"), t.moment("5", "end_time"), t.text("6", "priority"), t.text("7", "condition"), t.text("8", "instructions"),
    t.text("9", "conjunction"), Part("10", "sequence", OSD), t.text("11", "occurrence_duration"), t.number("12", "total_occurrences"),
)  # fmt: skip
RPT: tuple[Value | Part, ...] = (
    t.text("1.1", "code"), t.text("1.2", "text"), t.text("1.3", "system"), t.text("2", "calendar_alignment"), t.number("3", "phase_begin"),
    t.number("4", "phase_end"), t.number("5", "period"), t.text("6", "period_units"), t.text("7", "institution_times"), t.text("8", "event"),
    t.number("9", "event_offset"), t.text("10", "event_offset_units"), t.text("11", "general"),
)  # fmt: skip
NDL: tuple[Value | Part, ...] = (
    t.text("1.1", "id"), t.text("1.2", "family"), t.text("1.3", "given"), t.text("1.4", "middle"), t.text("1.5", "suffix"), t.text("1.6", "prefix"),
    t.text("1.7", "degree"), t.text("1.8", "source_table"), t.text("1.9", "authority"), t.text("1.10", "authority_id"),
    t.text("1.11", "authority_type"), t.moment("2", "start_time"), t.moment("3", "end_time"), t.text("4", "point_of_care"), t.text("5", "room"),
    t.text("6", "bed"), t.text("7.1", "facility"), t.text("8", "location_status"), t.text("9", "location_type"), t.text("10", "building"),
    t.text("11", "floor"),
)  # fmt: skip
SPS: tuple[Value | Part, ...] = (
    t.text("1.1", "code"), t.text("1.2", "text"), t.text("1.3", "system"), t.text("2.1", "additive"), t.text("2.2", "additive_text"),
    t.text("3", "collection_method"), t.text("4.1", "body_site"), t.text("4.2", "body_site_text"), t.text("4.3", "body_site_system"),
    t.text("5.1", "site_modifier"), t.text("6.1", "method_modifier"), t.text("7.1", "role"),
)  # fmt: skip
PRL: tuple[Value | Part, ...] = (
    t.text("1.1", "code"), t.text("1.2", "text"), t.text("1.3", "system"), t.text("2", "sub_id"), t.text("3", "value"),
)  # fmt: skip
TIMING: tuple[Row, ...] = (
    t.text("1", "set_id"), Part("2", "quantity", t.CQ), Parts("3", "patterns", RPT), t.each("4", "times"), Parts("5", "relative_times", t.CQ),
    Part("6", "duration", t.CQ), t.moment("7", "start_time"), t.moment("8", "end_time"), t.codes("9", "priorities"), t.text("10", "condition"),
    t.text("11", "instructions"), t.code("12", "conjunction"), Part("13", "occurrence_duration", t.CQ), t.number("14", "total_occurrences"),
)  # fmt: skip
TIMING_RELATION: tuple[Row, ...] = (
    t.text("1", "set_id"), t.code("2", "sequence"), Parts("3", "placer_numbers", t.EI), Parts("4", "filler_numbers", t.EI),
    Parts("5", "placer_group_numbers", t.EI), t.code("6", "condition"), t.code("7", "cyclic_position"), Part("8", "interval", t.CQ),
    t.number("9", "maximum_repeats"), t.code("10", "service_relation"),
)  # fmt: skip
NOTE: tuple[Row, ...] = (
    t.text("1", "set_id"), t.code("2", "source"), Made("note", (("texts", "3"),)), t.coded("4", "type"), Part("5", "entered_by", t.XCN),
    t.moment("6", "entered_time"), t.moment("7", "start_time"), t.moment("8", "end_time"), t.coded("9", "code"),
)  # fmt: skip
ORC: tuple[Row, ...] = (
    t.code("1", "control"), Part("2", "placer_number", t.EI), Part("3", "filler_number", t.EI), Part("4", "placer_group_number", t.EI),
    t.code("5", "status"), t.code("6", "response_flag"), Parts("7", "quantity_timings", TQ), Part("8", "parent", EIP),
    t.moment("9", "transaction_time"), t.people("10", "entered_by"), t.people("11", "verified_by"), t.people("12", "ordering_providers"),
    t.place("13", "entering_location"), t.telecoms("14", "callback_telecoms"), t.moment("15", "effective_time"), t.coded("16", "control_reason"),
    t.coded("17", "entering_organization"), t.coded("18", "entering_device"), t.people("19", "action_by"), t.coded("20", "beneficiary_notice"),
    t.organizations("21", "ordering_facilities"), t.addresses("22", "ordering_facility_addresses"), t.telecoms("23", "ordering_facility_telecoms"),
    t.addresses("24", "ordering_provider_addresses"), t.coded("25", "status_modifier"), t.coded("26", "beneficiary_notice_override"),
    t.moment("27", "expected_available_time"), t.coded("28", "confidentiality"), t.coded("29", "type"), t.coded("30", "enterer_authorization"),
    t.coded("31", "parent_service"), t.moment("32", "beneficiary_notice_date"), t.idents("33", "alternate_placer_numbers"),
    t.codes("34", "workflow_profiles"), t.code("35", "action"), Part("36", "status_period", t.DR), t.moment("37", "created_time"),
    Part("38", "filler_group_number", t.EI),
)  # fmt: skip
OBR: tuple[Row, ...] = (
    t.text("1", "set_id"), Part("2", "placer_number", t.EI), Part("3", "filler_number", t.EI), t.coded("4", "service"), t.code("5", "priority"),
    t.moment("6", "requested_time"), t.moment("7", "observation_time"), t.moment("8", "observation_end_time"), Part("9", "collection_volume", t.CQ),
    t.people("10", "collectors"), t.code("11", "specimen_action"), t.coded("12", "danger"),
    Made("coded_text", (("clinical_information", "13"), ("clinical_codes", "13"))), t.moment("14", "specimen_received_time"),
    Part("15", "specimen_source", SPS), t.people("16", "ordering_providers"), t.telecoms("17", "callback_telecoms"), t.text("18", "placer_field_1"),
    t.text("19", "placer_field_2"), t.text("20", "filler_field_1"), t.text("21", "filler_field_2"), t.moment("22", "status_time"),
    t.money("23.1.1", "charge"), t.text("23.1.2", "charge_currency"), t.text("23.2.1", "charge_code"), t.code("24", "section"),
    t.code("25", "status"), Part("26", "parent_result", PRL), Parts("27", "quantity_timings", TQ), t.people("28", "copies_to"),
    Part("29", "parent", EIP), t.code("30", "transport_mode"), t.codes("31", "reasons"), Part("32", "principal_interpreter", NDL),
    Parts("33", "assistant_interpreters", NDL), Parts("34", "technicians", NDL), Parts("35", "transcriptionists", NDL),
    t.moment("36", "scheduled_time"), t.number("37", "container_count"), t.codes("38", "transport_logistics"), t.codes("39", "collector_comments"),
    t.coded("40", "transport_responsibility"), t.code("41", "transport_arranged"), t.code("42", "escort_required"),
    t.codes("43", "transport_comments"), t.coded("44", "procedure"), t.codes("45", "procedure_modifiers"), t.codes("46", "placer_supplements"),
    t.codes("47", "filler_supplements"), t.coded("48", "duplicate_reason"), t.coded("49", "result_handling"), t.coded("50", "parent_service"),
    Part("51", "observation_group_id", t.EI), Part("52", "parent_observation_group_id", t.EI), t.idents("53", "alternate_placer_numbers"),
    Part("54", "parent_order", EIP),
)  # fmt: skip
BLG: tuple[Row, ...] = (
    t.code("1", "when"), t.moment("1.2", "time"), t.code("2", "charge_type"), t.ident("3", "account"), t.coded("4", "reason"),
)  # fmt: skip
CTI: tuple[Row, ...] = (
    Part("1", "study", t.EI), t.coded("2", "phase"), t.coded("3", "time_point"),
)  # fmt: skip

PRT: tuple[Row, ...] = (
    Parts("1", "ids", t.EI), t.code("2", "action"), t.coded("3", "action_reason"), t.coded("4", "participation"), t.people("5", "people"),
    t.coded("6", "provider_type"), t.coded("7", "organization_unit_type"), t.organizations("8", "organizations"), Parts("9", "locations", t.PL),
    Parts("10", "devices", t.EI), t.moment("11", "start_time"), t.moment("12", "end_time"), t.coded("13", "duration"),
    t.addresses("14", "addresses"), t.telecoms("15", "telecoms"), Part("16", "device_id", t.EI), t.moment("17", "device_manufactured"),
    t.moment("18", "device_expires"), t.text("19", "device_lot"), t.text("20", "device_serial_number"), Part("21", "donation", t.EI),
    t.coded("22", "device_type"),
)  # fmt: skip

TIMING_TAGS = ("TQ1", "TQ2")


def timings(group: str) -> tuple[Seg, ...]:
    """When, and after what, in a group that holds these tags."""
    return Seg("TQ1", TIMING, "timings[]", group), Seg("TQ2", TIMING_RELATION, "timing_relations[]", group)


PLACING = ("NW", "SN", "RO", "CH")
"""Order controls (ORC-1) that say there is an order that was not there before: new, replacing, child. Any other tells of one that is: RP and RU
of the order that RO replaces."""
