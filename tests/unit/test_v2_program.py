"""HL7 v2 programs: rows that cannot work fail at load, a site's overlay makes a program of its own, every shipped map compiles."""

from typing import Any

import orjson
import pytest

from parsers.hl7v2.profile import profile_of
from parsers.hl7v2.program import (
    TableError,
    compile_program,
    hash_for,
    map_names,
    map_of,
    problems_of,
    program_bytes,
    program_for,
    program_hash,
    program_of_hash,
)  # fmt: skip
from schemas.maps.v2 import maps
from schemas.maps.v2.mapping import Emit, Group, Made, Map, Part, Parts, Row, Seg, Value, Values
from schemas.maps.v2.types import XCN
from tests.unit.v2_toy import TOY, message, run


@pytest.mark.parametrize("name", sorted(maps()))
def test_a_program_is_plain_data_and_comes_out_the_same_twice(name: str) -> None:
    program = program_for(name)
    assert orjson.loads(program_bytes(program)) == program
    assert program_bytes(compile_program(maps()[name])) == program_bytes(program)
    assert program_of_hash(hash_for(name)) == program


def test_a_message_type_is_read_by_one_map() -> None:
    assert map_names().keys() == {f"{message} {table.shape}".strip() for table in maps().values() for message in table.messages}
    assert map_of("XXX", "A01") is None


def _broken(*rows: Row, **changes: Any) -> Map:
    return Map("broken", ("ADT",), (), (Seg("PID", rows, "patient"),), (Emit("patient.updated", ("A08",)),))._replace(**changes)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (_broken(Value("3", "a", "nothing")), "no converter nothing"),
        (_broken(Value("3.1.2.4", "a")), "no path"),
        (_broken(Value("0", "a")), "no path"),
        (_broken(Part("3.1", "a", (Value("1.2", "b"),))), "no path"),
        (_broken(Parts("3.1", "a", (Value("1", "b"),))), "repetitions"),
        (_broken(Values("x", "a")), "no path"),
        (_broken(Made("nothing", (("a", "5"),))), "no maker nothing"),
        (_broken(segments=(Seg("PID", (), "patient", "nowhere"),)), "no group nowhere"),
        (_broken(groups=(Group("a", ("OBR",), (), "a[]", "nowhere"),)), "no group nowhere"),
        (_broken(groups=(Group("a", (), (), "a[]"),)), "nothing opens it"),
        (_broken(groups=(Group("a", ("OBR",), (), "a[]"), Group("a", ("OBX",), (), "b[]"))), "one name"),
        (_broken(emits=(Emit("patient.updated", ("A08",), group="nowhere"),)), "no group nowhere"),
        (_broken(emits=(Emit("patient.updated", ("A08",), subject="somebody"),)), "no subject somebody"),
        (_broken(emits=(Emit("patient.updated", ("A08",), checks=("nothing",)),)), "no check nothing"),
        (_broken(emits=(Emit("patient.updated", ("A08",)), Emit("patient.updated", ("A08",)))), "twice"),
    ],
)
def test_rows_that_cannot_work_fail_at_load(table: Map, said: str) -> None:
    with pytest.raises(TableError, match=f"broken: .*{said}"):
        compile_program(table)


def test_an_overlay_makes_another_program_and_nothing_else_does() -> None:
    plain = hash_for("adt")
    assert hash_for("adt", profile_of({"zone": "America/Chicago", "charset": "latin-1", "duplicate_window_days": 3})) == plain
    changed = [
        profile_of({"events": {"ADT^A04": "patient.registered"}}), profile_of({"codes": {"PV1-2": {"X": "I"}}}),
        profile_of({"fields": {"ZPV-3": "extensions.source"}}), profile_of({"identifiers": {"patient": [{"field": "PID-2"}]}}),
    ]  # fmt: skip
    hashes = {hash_for("adt", profile) for profile in changed}
    assert len(hashes | {plain}) == len(changed) + 1


def test_the_site_decides_what_event_a_trigger_makes() -> None:
    moved = run(message("ADT^A01", "PID|||A^^^X^MR"), {"events": {"ADT^A01": "patient.merged"}})
    assert [made.event for made in moved.read.events] == []
    taken = run(message("DFT^P03", "FT1|1"), {"events": {"DFT^P03": "message.acknowledged"}})
    assert [made.event for made in taken.read.events] == ["message.acknowledged"]
    nothing = run(message("ADT^A01", "PID|||A"), {"events": {"ADT^A01": ""}})
    assert nothing.events == []
    assert run(message("ADT^A02", "PID|||A"), {"events": {"ADT^A02": "encounter.started"}}).event["action"] == "admit"
    with pytest.raises(TableError, match=r"ADT\^A04: no event patient.sold"):
        compile_program(TOY, {"events": {"ADT^A04": "patient.sold"}})


def test_the_action_stays_that_of_the_trigger() -> None:
    table = TOY._replace(emits=(*TOY.emits, Emit("encounter.updated", ("A08",), (("action", "update"),))))
    event = run(message("ADT^A08", "PID|||A"), {"events": {"ADT^A08": "encounter.started"}}, table=table).event
    assert (event["type"], event["action"]) == ("encounter.started", "update")


def test_codes_of_the_site_become_those_of_the_standard() -> None:
    codes = {"codes": {"PV1-2": {"STATIONAER": "I"}, "PID-3.5": {"KH": "MR"}}}
    event = run(message("ADT^A01", "PID|||7^^^X^KH", "PV1||STATIONAER"), codes).event
    assert event["visit"]["class"] == "I"
    assert event["patient"]["identifiers"] == [{"value": "7", "authority": "X", "type": "MR"}]
    assert run(message("ADT^A01", "PV1||O"), codes).event["visit"]["class"] == "O"


def test_fields_of_z_segments_go_where_the_site_says() -> None:
    fields = {"fields": {"ZPV-2.1": "extensions.origin", "ZPV-3": "visit.alternate", "PV1-50": "visit.other"}}
    event = run(message("ADT^A01", "PV1||I" + "|" * 48 + "N9", "ZPV|1|EPIC^EXT|ALT"), fields).event
    assert event["extensions"] == {"origin": "EPIC"}
    assert event["visit"] == {"class": "I", "other": "N9", "alternate": "ALT"}
    left = {entry["tag"]: entry["elements"] for entry in event["unmapped"]}
    assert left["ZPV"] == {"1": "1", "2.2": "EXT"}
    assert "PV1" not in left


def test_a_field_that_only_an_identifier_rule_reads_is_mapped_whole() -> None:
    rules = {"identifiers": {"visit": [["ZPV-2", "", ""]], "patient": [["PID-3", "", ""]]}}
    event = run(message("ADT^A01", "PID|||A^^^X^MR", "ZPV|1|V9^^^HOSP~V8|kept"), rules).event
    assert event["identity"]["visit"] == {"value": "V9", "authority": "HOSP"}
    assert event["site_identifiers"] == {"ZPV-2": [{"value": "V9", "authority": "HOSP"}, {"value": "V8"}]}
    assert {entry["tag"]: entry["elements"] for entry in event["unmapped"]}["ZPV"] == {"1": "1", "3": "kept"}
    named = run(message("ADT^A01", "ZPV|1|V9^^^HOSP"), {**rules, "fields": {"ZPV-2": "extensions.visit"}}).event
    assert (named["extensions"], "site_identifiers" in named) == ({"visit": "V9"}, False)


def test_what_no_map_can_do_is_said_in_sentences() -> None:
    found = problems_of(profile_of({"events": {"ADT^A04": "nothing.known", "QQQ^Q01": "patient.updated"}}))
    assert len(found) == 2
    assert "no event nothing.known" in found[0]
    assert "QQQ" in found[1]
    assert problems_of(profile_of({})) == []


def test_the_hash_is_of_what_is_kept() -> None:
    program = compile_program(TOY)
    assert program_hash(orjson.loads(program_bytes(program))) == program_hash(program)


def test_people_are_read_in_the_order_of_the_identifiers_that_the_site_prefers() -> None:
    rows: tuple[Row, ...] = (Part("7", "attending", XCN), Parts("8", "referring", XCN))
    table = Map("people", ("ADT",), (), (Seg("PV1", rows, "visit"),), (Emit("patient.updated", ("A08",)),))
    raw = message("ADT^A08", "PV1|||||||L1^LOCAL~N1^NATIONAL^^^^^^^NPI|L2^A^^^^^^^^^^^LOC~N2^B^^^^^^^^^^^NPI")
    plain = run(raw, table=table).event
    assert (plain["visit"]["attending"]["id"], [who["id"] for who in plain["visit"]["referring"]]) == ("L1", ["L2", "N2"])
    assert plain["unmapped"][-1]["elements"] == {"7(2)": "N1^NATIONAL^^^^^^^NPI"}
    chosen = run(raw, {"provider_ids": ["NPI"]}, table=table).event
    assert (chosen["visit"]["attending"]["id"], [who["id"] for who in chosen["visit"]["referring"]]) == ("N1", ["N2", "L2"])
    assert chosen["unmapped"][-1]["elements"] == {"7": "L1^LOCAL"}
