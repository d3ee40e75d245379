"""Rows of the pharmacy segments: RXO as asked for, RXE as encoded, RXR, RXC, RXD dispensed, RXA given, and the places they name."""

from schemas.maps.v2 import types as t
from schemas.maps.v2.mapping import Part, Parts, Row, Value
from schemas.maps.v2.order_parts import TQ

_ADDRESS = ("address_line1", "address_line2", "city", "state", "postal_code", "country", "address_type", "other_designation")
SERVICE_PLACE: tuple[Value | Part, ...] = (
    *(Value(f"{number}.1", name) for number, name in ((1, "point_of_care"), (2, "room"), (3, "bed"))), *t.authority(4, "facility"),
    *t.texts(5, "status", "type", "building", "floor"), *(Value(f"9.{number}", name) for number, name in enumerate(_ADDRESS, 1)),
    *t.texts(10, *_ADDRESS[1:]),
)  # fmt: skip
"""Place of a pharmacy service, before version 2.7: its address is one component (LA1) or eight (LA2)."""

RXA: tuple[Row, ...] = (
    t.code("1", "give_sub_id"), t.code("2", "administration_sub_id"), t.moment("3", "start_time"), t.moment("4", "end_time"), t.coded("5", "code"),
    t.number("6", "amount"), t.coded("7", "units"), t.coded("8", "form"), t.codes("9", "administration_notes"), t.people("10", "administered_by"),
    Part("11", "location", SERVICE_PLACE), t.text("12", "per_time_unit"), t.number("13", "strength"), t.coded("14", "strength_units"),
    t.each("15", "lots"), t.each("16", "expiration_dates", "datetime"), t.codes("17", "manufacturers"), t.codes("18", "refusal_reasons"),
    t.codes("19", "indications"), t.code("20", "completion_status"), t.code("21", "action"), t.moment("22", "entered_time"),
    t.number("23", "strength_volume"), t.coded("24", "strength_volume_units"), t.coded("25", "barcode"), t.code("26", "order_type"),
    t.place("27", "administered_at"), Part("28", "administered_at_address", t.XAD), Parts("29", "tags", t.EI),
)  # fmt: skip
RXR: tuple[Row, ...] = (
    t.coded("1", "route"), t.coded("2", "site"), t.coded("3", "device"), t.coded("4", "method"), t.coded("5", "instruction"),
    t.coded("6", "site_modifier"),
)  # fmt: skip
RXO: tuple[Row, ...] = (
    t.coded("1", "code"), t.number("2", "amount_minimum"), t.number("3", "amount_maximum"), t.coded("4", "units"), t.coded("5", "form"),
    t.codes("6", "pharmacy_instructions"), t.codes("7", "administration_instructions"), Part("8", "deliver_to_place", SERVICE_PLACE),
    t.code("9", "substitution"), t.coded("10", "dispense_code"), t.number("11", "dispense_amount"), t.coded("12", "dispense_units"),
    t.number("13", "refills"), t.people("14", "dea_numbers"), t.people("15", "verifiers"), t.code("16", "needs_review"),
    t.text("17", "per_time_unit"), t.number("18", "strength"), t.coded("19", "strength_units"), t.codes("20", "indications"), t.text("21", "rate"),
    t.coded("22", "rate_units"), Part("23", "daily_dose", t.CQ), t.codes("24", "supplements"), t.number("25", "strength_volume"),
    t.coded("26", "strength_volume_units"), t.code("27", "order_type"), t.number("28", "dispensing_interval"), Part("29", "instance_id", t.EI),
    Part("30", "segment_instance_id", t.EI), t.coded("31", "mood"), t.coded("32", "pharmacy"), Part("33", "pharmacy_address", t.XAD),
    t.place("34", "deliver_to"), Part("35", "deliver_to_address", t.XAD), t.telecoms("36", "pharmacy_telecoms"),
)  # fmt: skip
RXE: tuple[Row, ...] = (
    Part("1", "quantity_timing", TQ), t.coded("2", "code"), t.number("3", "amount_minimum"), t.number("4", "amount_maximum"), t.coded("5", "units"),
    t.coded("6", "form"), t.codes("7", "administration_instructions"), Part("8", "deliver_to_place", SERVICE_PLACE), t.code("9", "substitution"),
    t.number("10", "dispense_amount"), t.coded("11", "dispense_units"), t.number("12", "refills"), t.people("13", "dea_numbers"),
    t.people("14", "verifiers"), t.text("15", "prescription_number"), t.number("16", "refills_remaining"), t.number("17", "refills_dispensed"),
    t.moment("18", "last_dispensed_time"), Part("19", "daily_dose", t.CQ), t.code("20", "needs_review"), t.codes("21", "dispensing_instructions"),
    t.text("22", "per_time_unit"), t.text("23", "rate"), t.coded("24", "rate_units"), t.number("25", "strength"), t.coded("26", "strength_units"),
    t.codes("27", "indications"), t.number("28", "package_size"), t.coded("29", "package_units"), t.code("30", "package_method"),
    t.codes("31", "supplements"), t.moment("32", "original_order_time"), t.number("33", "strength_volume"), t.coded("34", "strength_volume_units"),
    t.coded("35", "controlled_schedule"), t.code("36", "formulary"), t.codes("37", "alternatives"), t.coded("38", "last_pharmacy"),
    t.number("39", "initial_dispense_amount"), t.coded("40", "pharmacy"), Part("41", "pharmacy_address", t.XAD), t.place("42", "deliver_to"),
    Part("43", "deliver_to_address", t.XAD), t.code("44", "order_type"), t.telecoms("45", "pharmacy_telecoms"),
)  # fmt: skip
RXG: tuple[Row, ...] = (
    t.code("1", "sub_id"), t.code("2", "dispense_sub_id"), Part("3", "quantity_timing", TQ), t.coded("4", "code"), t.number("5", "amount_minimum"),
    t.number("6", "amount_maximum"), t.coded("7", "units"), t.coded("8", "form"), t.codes("9", "administration_notes"), t.code("10", "substitution"),
    Part("11", "dispense_to_place", SERVICE_PLACE), t.code("12", "needs_review"), t.codes("13", "administration_instructions"),
    t.text("14", "per_time_unit"), t.text("15", "rate"), t.coded("16", "rate_units"), t.number("17", "strength"), t.coded("18", "strength_units"),
    t.each("19", "lots"), t.each("20", "expiration_dates", "datetime"), t.codes("21", "manufacturers"), t.codes("22", "indications"),
    t.number("23", "strength_volume"), t.coded("24", "strength_volume_units"), t.coded("25", "barcode"), t.code("26", "order_type"),
    t.coded("27", "pharmacy"), Part("28", "pharmacy_address", t.XAD), t.place("29", "deliver_to"), Part("30", "deliver_to_address", t.XAD),
    Parts("31", "tags", t.EI), t.number("32", "dispense_amount"), t.coded("33", "dispense_units"),
)  # fmt: skip
RXC: tuple[Row, ...] = (
    t.code("1", "type"), t.coded("2", "code"), t.number("3", "amount"), t.coded("4", "units"), t.number("5", "strength"),
    t.coded("6", "strength_units"), t.codes("7", "supplements"), t.number("8", "strength_volume"), t.coded("9", "strength_volume_units"),
    t.number("10", "dispense_amount"), t.coded("11", "dispense_units"),
)  # fmt: skip
RXD: tuple[Row, ...] = (
    t.code("1", "sub_id"), t.coded("2", "code"), t.moment("3", "time"), t.number("4", "amount"), t.coded("5", "units"), t.coded("6", "form"),
    t.text("7", "prescription_number"), t.number("8", "refills_remaining"), t.each("9", "dispense_notes"),
    Parts("9", "dispense_note_codes", t.CWE[1:]), t.people("10", "dispensed_by"), t.code("11", "substitution"), Part("12", "daily_dose", t.CQ),
    Part("13", "dispense_to", SERVICE_PLACE), t.code("14", "needs_review"), t.codes("15", "dispensing_instructions"), t.number("16", "strength"),
    t.coded("17", "strength_units"), t.each("18", "lots"), t.each("19", "expiration_dates", "datetime"), t.codes("20", "manufacturers"),
    t.codes("21", "indications"), t.number("22", "package_size"), t.coded("23", "package_units"), t.code("24", "package_method"),
    t.codes("25", "supplements"), t.coded("26", "initiating_location"), t.coded("27", "packaging_location"), t.number("28", "strength_volume"),
    t.coded("29", "strength_volume_units"), t.coded("30", "pharmacy"), Part("31", "pharmacy_address", t.XAD), t.code("32", "order_type"),
    t.coded("33", "type"), t.telecoms("34", "pharmacy_telecoms"), Parts("35", "tags", t.EI),
)  # fmt: skip
