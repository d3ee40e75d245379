"""Rows of an observation (OBX) and of a specimen (SPM)."""

from schemas.maps.v2 import types as t
from schemas.maps.v2.mapping import Group, Made, Part, Parts, Row, Seg
from schemas.maps.v2.order_parts import EIP, NOTE, PRT

_FROM_VALUE = ("value", "number", "numbers", "structured", "time", "period", "codes", "components", "contents")
_VALUE = Made("observation", (("containment", "4"), *((name, "5") for name in _FROM_VALUE), ("reference_range", "7")))
OBX: tuple[Row, ...] = (
    t.text("1", "set_id"), t.code("2", "value_type"), t.coded("3", "code"), t.text("4", "sub_id"), t.text("4.2", "sub_id_group"),
    t.text("4.3", "sub_id_sequence"), t.text("4.4", "sub_id_identifier"), _VALUE, t.coded("6", "units"), t.codes("8", "interpretations"),
    t.number("9", "probability"), t.each("10", "abnormality_natures"), t.code("11", "status"), t.moment("12", "reference_range_time"),
    t.text("13", "access_checks"), t.moment("14", "observation_time"), t.coded("15", "producer"), t.people("16", "observers"),
    t.codes("17", "methods"), Parts("18", "equipment", t.EI), t.moment("19", "analysis_time"), t.codes("20", "sites"),
    Part("21", "instance_id", t.EI), t.coded("22", "mood"), t.organizations("23", "performing_organizations"),
    t.addresses("24", "performing_addresses"), t.people("25", "medical_directors"), t.each("26", "release_categories"), t.coded("27", "root_cause"),
    t.codes("28", "process_controls"), t.each("29", "types"), t.each("30", "subtypes"), t.code("31", "action"), t.codes("32", "absent_reasons"),
    Parts("33", "specimen_ids", EIP),
)  # fmt: skip
SPM: tuple[Row, ...] = (
    t.text("1", "set_id"), Part("2", "id", EIP), Parts("3", "parent_ids", EIP), t.coded("4", "type"), t.codes("5", "type_modifiers"),
    t.codes("6", "additives"), t.coded("7", "collection_method"), t.coded("8", "source_site"), t.codes("9", "source_site_modifiers"),
    t.coded("10", "collection_site"), t.codes("11", "roles"), Part("12", "collection_amount", t.CQ), t.number("13", "grouped_count"),
    t.each("14", "descriptions"), t.codes("15", "handling_codes"), t.codes("16", "risk_codes"), t.moment("17", "collection_time"),
    t.moment("17.2", "collection_end_time"), t.moment("18", "received_time"), t.moment("19", "expiration_time"), t.code("20", "available"),
    t.codes("21", "reject_reasons"), t.coded("22", "quality"), t.coded("23", "appropriateness"), t.codes("24", "conditions"),
    Part("25", "current_quantity", t.CQ), t.number("26", "container_count"), t.coded("27", "container_type"), t.coded("28", "container_condition"),
    t.coded("29", "child_role"), t.idents("30", "accession_ids"), t.idents("31", "other_ids"), Parts("32", "shipment_ids", t.EI),
)  # fmt: skip


def observations(parent: str) -> tuple[Group, tuple[Seg, ...]]:
    """The group of an observation with its notes, standing in `parent`, and the rows of its segments."""
    name = "observation"
    return Group(name, ("OBX",), ("NTE", "PRT"), "observations[]", parent), (
        Seg("OBX", OBX, group=name),
        Seg("NTE", NOTE, "notes[]", name),
        Seg("PRT", PRT, "participations[]", name),
    )
