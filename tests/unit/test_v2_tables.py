"""The tables of HL7 v2 for all versions, and the forms of its texts."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.hl7v2.checks.forms import has_form
from schemas.hl7v2 import codes, datatypes, seed, segments, structures
from schemas.hl7v2.messages import NEEDED, structure, structure_allowed, structure_name, types
from schemas.hl7v2.tables import codes_of, fields_of, inner_forms, is_segment, tags
from schemas.hl7v2.versions import MARKS, VERSIONS, version_of


@pytest.mark.parametrize(("name", "table"), [("datatypes", datatypes.TABLE), ("segments", segments.TABLE), ("structures", structures.TABLE)])
def test_a_table_is_what_its_seed_prints(name: str, table: str) -> None:
    assert seed.table(name) == table


def test_codes_are_what_their_seed_prints() -> None:
    assert seed.table("codes") == codes.TABLE


@pytest.mark.parametrize(
    ("name", "version", "type_", "required", "repeats", "components"),
    [
        ("PID-3", "2.5", "CX", True, True, 12),
        ("PID-3", "2.1", "CK", True, True, 12),
        ("PID-7", "2.3", "TS", False, False, 2),
        ("PV1-2", "2.4", "IS", True, False, 22),
        ("MSH-10", "2.5", "ST", True, False, 1),
        ("OBX-5", "2.5", "-", False, True, 0),
        ("EVN-1", "2.3", "ID", False, False, 1),
        ("TXA-2", "2.5", "IS", True, False, 22),
        ("RXA-4", "2.5.1", "TS", False, False, 2),
        ("QPD-3", "2.5", "-", False, True, 0),
        ("OBX-33", "2.5", "-", False, True, 0),
    ],
)
def test_fields(name: str, version: str, type_: str, required: bool, repeats: bool, components: int) -> None:
    tag, number = name.split("-")
    field = fields_of(tag, version)[int(number) - 1]
    assert (field.type, field.required, field.repeats) == (type_, required, repeats)
    assert field.components == components


def test_every_version_of_every_segment_can_be_read() -> None:
    assert len(MARKS) == len(VERSIONS)
    for version in VERSIONS:
        for tag in tags():
            assert fields_of(tag, version)
    assert fields_of("ZPV", "2.5") == ()
    assert fields_of("PID", "2.5")[7].table == "0001"
    assert fields_of("PID", "2.6")[4].table == "", "of a later component: the type of a name"
    assert inner_forms("CQ", "2.5") == ("number",)
    assert inner_forms("XTN", "2.5") == ()


@pytest.mark.parametrize(
    ("text", "version", "known"),
    [("2.5", "2.5", True), ("2.5.1", "2.5.1", True), (" 2.3 ", "2.3", True), ("2.9", "2.8.2", True), ("", "2.5", False), ("x", "2.5", False)],
)
def test_versions(text: str, version: str, known: bool) -> None:
    assert version_of(text) == (version, known)


@pytest.mark.parametrize(
    ("kind", "event", "name"),
    [
        ("ADT", "A04", "ADT_A01"), ("ADT", "A31", "ADT_A05"), ("ADT", "A40", "ADT_A39"), ("ADT", "A62", "ADT_A61"), ("ADT", "A03", "ADT_A03"),
        ("SIU", "S15", "SIU_S12"), ("MDM", "T02", "MDM_T02"), ("MDM", "T09", "MDM_T01"), ("BAR", "P12", "BAR_P12"), ("DFT", "P11", "DFT_P11"),
        ("RDE", "O25", "RDE_O11"), ("ORU", "R32", "ORU_R30"), ("ACK", "A01", "ACK"), ("VXU", "V04", "VXU_V04"),
        ("ADT", "Z99", ""), ("XYZ", "A01", ""),
    ],
)  # fmt: skip
def test_the_structure_follows_from_the_event(kind: str, event: str, name: str) -> None:
    assert structure_name(kind, event) == name


def test_structures() -> None:
    assert structure_allowed("ADT", "A31", "ADT_A01")
    assert not structure_allowed("ADT", "A31", "ADT_A31")
    one = structure("ADT_A01")
    assert one.required == {"MSH", "EVN", "PID", "PV1"}
    assert {"IN1", "PR1", "ROL"} <= one.tags
    assert "IN1" not in one.order
    assert one.order["PID"] < one.order["PV1"] < one.order["DG1"]
    assert set(NEEDED) <= types()
    assert all(is_segment(tag) for needed in NEEDED.values() for choice in needed for tag in choice)
    assert codes_of("0203") is None


# -- forms


@pytest.mark.parametrize(
    ("form", "text", "right"),
    [
        ("date", "2026", True), ("date", "202603", True), ("date", "20260304", True), ("date", "2026030410", True), ("date", "202603041015", True),
        ("date", "20260304101502.1234-0500", True), ("date", "20260304-0500", True), ("date", "20240229", True), ("date", '""', True),
        ("date", "20240229101500+0100", True), ("date", "20260304  ", True),
        ("date", "20230229", False), ("date", "201904714005700", False), ("date", "00000000", False), ("date", "0000", False),
        ("date", "20261301", False),
        ("date", "20260431", False), ("date", "2026030424", False), ("date", "202603041060", False), ("date", "2026-03-04", False),
        ("date", "26", False),
        ("date", "20260304101502.12345", False), ("date", "20260304101502+2500", False), ("date", "19000229", False), ("date", "٢٠٢٦", False),
        ("clock", "10", True), ("clock", "1015", True), ("clock", "101502.5+0100", True), ("clock", "11:30:05", False), ("clock", "2460", False),
        ("number", "12", True), ("number", "-1.5", True), ("number", "+.5", True), ("number", "3.", True), ("number", "<5", False),
        ("number", ".", False),
        ("number", "1,5", False), ("number", "1e5", False), ("sequence", "0001", True), ("sequence", "-1", False), ("", "anything", True),
    ],
)  # fmt: skip
def test_forms(form: str, text: str, right: bool) -> None:
    assert has_form(form, text) is right


@given(st.text(alphabet="0123456789", min_size=8, max_size=8))
def test_days_are_those_of_the_calendar(text: str) -> None:
    try:
        datetime.strptime(text, "%Y%m%d")
    except ValueError:
        assert not has_form("date", text)
    else:
        assert has_form("date", text)
