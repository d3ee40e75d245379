"""Provenance: every field of every golden event is in its bytes, at places counted by hand for a few."""

from typing import Any

import orjson
import pytest

from parsers.traces import Unexplainable
from parsers.x12.explain import explain
from parsers.x12.program import program_of_hash
from tests.conftest import converted, reader_of
from tests.corpus.fields import check_fields, traces_of
from tests.golden.cases import Case, cases

CASES = {case.name: case for case in cases()}


def _events(case: Case) -> list[dict[str, Any]]:
    return [orjson.loads(event.to_json()) for event in converted(case.content, case.settings).events]


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_every_field(case: Case) -> None:
    events = _events(case)
    assert events
    for event in events:
        check_fields(case.content, event)


PLACES = {
    ("837p_simple", 0, "/total_charge"): (18, "CLM", 2, None, b"150"),
    ("837p_simple", 0, "/frequency"): (18, "CLM", 5, 3, b"1"),
    ("837p_simple", 0, "/lines/1/units"): (25, "SV1", 4, None, b"1.0"),
    ("837p_simple", 0, "/lines/0/procedure/modifiers/0"): (21, "SV1", 1, 3, b"25"),
    ("837p_simple", 0, "/diagnoses/1/kind"): (19, "HI", 2, 1, b"ABF"),
    ("837p_simple", 0, "/patient/name"): (13, "NM1", 3, None, b"ROE"),
    ("837p_simple", 0, "/use"): (2, "BHT", 6, None, b"CH"),
    ("837p_simple", 0, "/envelope/interchange/sender"): (None, "ISA", 6, None, b"SENDER"),
    ("837p_dependent", 1, "/lines/0/drugs/0/unit"): (41, "CTP", 5, 1, b"ML"),
    ("837p_cob", 0, "/lines/0/adjudications/0/adjustments/1/amount"): (34, "CAS", 6, None, b"10"),
    ("837i_inpatient", 0, "/diagnoses/5/present_on_admission"): (29, "HI", 2, 9, b"W"),
    ("837i_inpatient", 0, "/statement_period/end"): (20, "DTP", 3, None, b"20240102-20240105"),
    ("835_paid_denied", 0, "/lines/1/adjustments/5/reason"): (27, "CAS", 17, None, b"16"),
    ("835_paid_denied", 0, "/outpatient_adjudication/remark_codes/2"): (15, "MOA", 5, None, b"MA01"),
    ("835_reversal_plb", 3, "/payment/provider_adjustments/1/amount"): (24, "PLB", 6, None, b"-5"),
}
"""(case, event, field) -> segment ordinal, tag, element, component and bytes, read from the file."""


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0]}{place[2]}")
def test_places(place: tuple[str, int, str]) -> None:
    name, number, field = place
    content = CASES[name].content
    trace = traces_of(content, _events(CASES[name])[number])[field]
    assert (trace.segment, trace.tag, trace.element, trace.component, content[trace.start : trace.end]) == PLACES[place]


def _asked(case: Case, event: dict[str, Any], field: str) -> list[str]:
    program = program_of_hash(event["data"]["provenance"]["map"])
    kind = event["type"].removeprefix("clearplane.").removesuffix(".v1")
    return [trace.field for trace in explain(program, reader_of(case.content), len(case.content), kind, event["data"], field)]


def test_one_field_and_what_is_below_it() -> None:
    case = CASES["837p_simple"]
    (event,) = _events(case)
    assert _asked(case, event, "/lines/1/procedure") == ["/lines/1/procedure/qualifier", "/lines/1/procedure/code"]
    with pytest.raises(KeyError):
        _asked(case, event, "/lines/9")


def test_other_bytes_are_not_explained() -> None:
    case = CASES["837p_simple"]
    (event,) = _events(case)
    with pytest.raises(Unexplainable):
        _asked(case._replace(content=b"x" * len(case.content)), event, "/total_charge")


def test_text_that_is_not_ascii() -> None:
    """Byte ranges count bytes, in UTF-8 as in Latin-1."""
    usual = CASES["837p_simple"].content
    for name in ("JÖRGÉ".encode(), "JÖRGÉ".encode("latin-1")):
        content = usual.replace(b"*ROE*JANE*Q*", b"*ROE*" + name + b"*Q*")
        (event,) = [orjson.loads(one.to_json()) for one in converted(content).events]
        traces = traces_of(content, event)
        assert event["data"]["subscriber"]["first_name"] == traces["/subscriber/first_name"].value == "JÖRGÉ"
        assert content[traces["/subscriber/first_name"].start : traces["/subscriber/first_name"].end] == name
        assert content[traces["/subscriber/middle_name"].start : traces["/subscriber/middle_name"].end] == b"Q"
