"""Specimens with their containers and inventory (SPM, SAC, INV): of an order, or with orders below them, as the structure of the message has it."""

from schemas.maps.v2 import types as t
from schemas.maps.v2.mapping import Group, Part, Row, Seg, Value
from schemas.maps.v2.observation_parts import OBX, SPM
from schemas.maps.v2.order_parts import NOTE, PRT, SPS, TQ

NA: tuple[Value, ...] = (t.number("1", "first"), t.number("2", "second"), t.number("3", "third"), t.number("4", "fourth"))
SN: tuple[Value, ...] = (t.text("1", "comparator"), t.number("2", "number"), t.text("3", "separator"), t.number("4", "second_number"))
SAC: tuple[Row, ...] = (
    Part("1", "external_accession", t.EI), Part("2", "accession", t.EI), Part("3", "id", t.EI), Part("4", "parent_id", t.EI),
    Part("5", "equipment_id", t.EI), Part("6", "specimen_source", SPS), t.moment("7", "registered_time"), t.coded("8", "status"),
    t.coded("9", "carrier_type"), Part("10", "carrier_id", t.EI), Part("11", "carrier_position", NA), t.coded("12", "tray_type"),
    Part("13", "tray_id", t.EI), Part("14", "tray_position", NA), t.codes("15", "locations"), t.number("16", "height"), t.number("17", "diameter"),
    t.number("18", "barrier_delta"), t.number("19", "bottom_delta"), t.coded("20", "size_units"), t.number("21", "volume"),
    t.number("22", "available_volume"), t.number("23", "initial_volume"), t.coded("24", "volume_units"), t.coded("25", "separator"),
    t.coded("26", "cap"), t.codes("27", "additives"), t.coded("28", "component"), Part("29", "dilution", SN), t.coded("30", "treatment"),
    Part("31", "temperature", SN), t.number("32", "hemolysis"), t.coded("33", "hemolysis_units"), t.number("34", "lipemia"),
    t.coded("35", "lipemia_units"), t.number("36", "icterus"), t.coded("37", "icterus_units"), t.number("38", "fibrin"),
    t.coded("39", "fibrin_units"), t.codes("40", "contaminants"), t.codes("41", "drug_interferences"), t.coded("42", "artificial_blood"),
    t.codes("43", "handling_codes"), t.codes("44", "environmental_factors"),
)  # fmt: skip
INV: tuple[Row, ...] = (
    t.coded("1", "substance"), t.codes("2", "statuses"), t.coded("3", "type"), t.coded("4", "container"), t.coded("5", "carrier"),
    t.coded("6", "position"), t.number("7", "initial_quantity"), t.number("8", "current_quantity"), t.number("9", "available_quantity"),
    t.number("10", "consumption_quantity"), t.coded("11", "units"), t.moment("12", "expiration_time"), t.moment("13", "first_used_time"),
    Part("14", "on_board_stability", TQ), t.codes("15", "tests"), t.text("16", "lot"), t.coded("17", "manufacturer"), t.coded("18", "supplier"),
    Part("19", "on_board_stability_time", t.CQ), Part("20", "target_value", t.CQ),
)  # fmt: skip
_CONTAINER_TAGS = ("SAC", "INV")
SPECIMEN_TAGS = ("SPM", *_CONTAINER_TAGS)


def specimens(*groups: str) -> tuple[Seg, ...]:
    """Specimens and what they are in, in each of these groups; "" is the message."""
    return tuple(row for group in groups for row in (Seg("SPM", SPM, "specimens[]", group), *_containers(group)))


def _containers(group: str) -> tuple[Seg, ...]:
    return Seg("SAC", SAC, "containers[]", group), Seg("INV", INV, "inventory[]", group)


def by_specimen(*, by_container: bool) -> tuple[str, tuple[Group, ...], tuple[Seg, ...]]:
    """Groups for orders that stand below their specimen, or in it below their container: (group they stand in, groups, rows)."""
    outer, inner, observed = "by_specimen", "by_container", "specimen_observation"
    held = ("NTE", "PRT") if by_container else ("NTE", "PRT", *_CONTAINER_TAGS)
    groups = (Group(outer, ("SPM",), held, f"{outer}[]", "patient"), Group(observed, ("OBX",), ("NTE", "PRT"), f"{observed}s[]", outer))
    rows = (
        Seg("SPM", SPM, "specimens[]", outer),
        Seg("NTE", NOTE, "specimen_notes[]", outer),
        Seg("PRT", PRT, "specimen_participations[]", outer),
        Seg("OBX", OBX, group=observed),
        Seg("NTE", NOTE, "notes[]", observed),
        Seg("PRT", PRT, "participations[]", observed),
    )
    if not by_container:
        return outer, groups, (*rows, *_containers(outer))
    return inner, (*groups, Group(inner, ("SAC",), ("INV",), f"{inner}[]", outer)), (*rows, *_containers(inner))


def of_patient() -> tuple[Group, tuple[Seg, ...]]:
    """What is observed on the patient before any specimen."""
    name = "patient_observation"
    return Group(name, ("OBX",), ("NTE", "PRT"), f"{name}s[]", "patient"), (
        Seg("OBX", OBX, group=name),
        Seg("NTE", NOTE, "notes[]", name),
        Seg("PRT", PRT, "participations[]", name),
    )
