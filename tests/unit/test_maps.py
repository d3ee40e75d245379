"""Map tables: they fit their guide tables, leave nothing over, and read the elements that are easily read wrong."""

from typing import Any

import pytest

from parsers.x12.program import TableError, compile_program, program_bytes, program_for
from schemas.maps import maps
from schemas.maps.mapping import Field, Map, Obj, Seg
from schemas.x12 import Loop, guide, guide_names
from tests.unit.guide_instances import every_element, interchange, outputs

GUIDES = tuple(sorted(maps()))
TURNS = range(14)
"""As many instances as the longest list of qualifiers of one line needs."""
STRUCTURE = ("HL", "LE", "LS", "LX", "SE")
"""Segments that may be nothing but structure."""


def test_every_guide_has_a_map() -> None:
    assert sorted(maps()) == sorted(guide_names())


@pytest.mark.parametrize("name", GUIDES)
def test_program_is_plain_and_repeatable(name: str) -> None:
    assert program_bytes(compile_program(maps()[name], guide(name))) == program_bytes(program_for(name))


def _taken(rows: list[dict[str, Any]]) -> set[str]:
    taken: set[str] = set()
    for row in rows:
        if row["kind"] == "field":
            taken.update(row["field"][0])
        elif row["kind"] == "texts":
            taken.update(row["paths"])
        elif row["kind"] == "repeat":
            taken.add(row["path"])
        else:
            taken.update(f"{number:02d}" for number in range(row["first"], row["first"] + row.get("step", 1) * row["count"]))
            taken.update(path for field in row.get("shared", []) for path in field[0])
    return taken


def _left_over(segment: dict[str, Any], code: str) -> list[str]:
    """Used elements of a line that no row takes, but for those of one fixed value and the qualifier a row stands for."""
    variants = segment["variants"]
    variant = variants.get(code) or variants.get("")
    if variant is None:
        return ["all"]
    taken = _taken(variant["rows"])
    place = segment["qualifier"] or [1, None]
    if code in variants and code:
        taken.add(f"{place[0]:02d}" + (f"-{place[1]}" if place[1] else ""))
    left: list[str] = []
    for number, element in enumerate(segment["elements"], 1):
        parts = [(f"{number:02d}-{at}", part) for at, part in enumerate(element.get("components", []), 1)] or [(f"{number:02d}", element)]
        if element["req"] != "N" and f"{number:02d}" not in taken:
            left += [path for path, part in parts if part["req"] != "N" and path not in taken and len(part.get("codes", [])) != 1]
    return left


@pytest.mark.parametrize("name", GUIDES)
def test_every_used_element_has_a_row(name: str) -> None:
    left = {
        (segment["loop"], segment["tag"], code): over
        for segment in program_for(name)["segments"]
        if segment["tag"] not in STRUCTURE or segment["variants"]
        for code in segment["codes"] or [""]
        if (over := _left_over(segment, code))
    }
    assert left == {}


def test_every_qualifier_of_a_row_is_in_a_guide() -> None:
    known: dict[tuple[str, str], set[str]] = {}
    for name in GUIDES:
        for segment in program_for(name)["segments"]:
            first = segment["elements"][0].get("codes", []) if segment["elements"] else []
            known.setdefault((segment["loop"], segment["tag"]), set()).update(segment["codes"] or first)
    rows = [(row.loop, *row.tag.partition(":")[::2]) for table in maps().values() for row in table.segments]
    named = {(loop, tag, code) for loop, tag, codes in rows for code in codes.split(",")}
    assert {(loop, tag, code) for loop, tag, code in named if code and code not in known[loop, tag]} == set()


def _with(row: Seg) -> Map:
    table = maps()["837P"]
    return table._replace(segments=(*table.segments, row))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (Seg("2399", "REF", (Field("02", "x"),)), "no segment REF in 2399"),
        (Seg("2300", "TOO", (Field("02", "x"),)), "no segment TOO in 2300"),
        (Seg("2300", "CR2", (Field("13", "x"),)), "no element 13"),
        (Seg("2300", "CLM", (Field("05-4", "x"),)), "no component 05-4"),
        (Seg("2300", "CLM", (Field("05", "x"),)), "must name a component"),
        (Seg("2300", "CR2", (Field("08", "x", "roman"),)), "no converter roman"),
    ],
)
def test_row_that_does_not_fit_is_refused(row: Seg, says: str) -> None:
    with pytest.raises(TableError, match=says):
        compile_program(_with(row), guide("837P"))


def test_object_of_no_loop_is_refused() -> None:
    table = maps()["837P"]
    with pytest.raises(TableError, match="no loop 2999"):
        compile_program(table._replace(objects=(*table.objects, Obj("2999", "x"))), guide("837P"))


def test_rows_of_a_loop_without_object_are_refused() -> None:
    table = maps()["837P"]
    with pytest.raises(TableError, match="becomes no object"):
        compile_program(table._replace(objects=tuple(row for row in table.objects if row.loop != "2430")), guide("837P"))


def _events(name: str) -> int:
    """Events of a set in which every loop stands once: one for each item loop that holds what it must, and that of the set if it has one."""
    wanted = {emit.loop: set(emit.holds) for emit in maps()[name].emits}

    def tags(loop: Loop) -> set[str]:
        return {line.tag for line in loop.segments}.union(*(tags(inner) for inner in loop.loops if inner.segments[0].tag != "HL"))

    def places(loop: Loop) -> int:
        held = loop.id in wanted and (not wanted[loop.id] or bool(wanted[loop.id] & tags(loop)))
        return held + sum(places(inner) for inner in loop.loops)

    return places(guide(name).root)


@pytest.mark.parametrize("name", GUIDES)
def test_nothing_of_a_valid_set_is_left_unmapped(name: str) -> None:
    for turn in TURNS:
        events, findings = outputs(every_element(guide(name), turn))
        assert [data["unmapped"] for _, data in events if "unmapped" in data] == []
        structural = [one for one in findings if one.code.startswith(("ELEMENT", "COMPONENT", "SEGMENT", "LOOP", "HL", "SE", "NPI"))]
        assert structural == []
        assert len(events) == _events(name)


# -- elements that other readers are known to get wrong

_HEAD_837I = (
    "BHT*0019*00*1*20240131*1430*CH", "NM1*41*2*SENDER*****46*S1", "PER*IC*DESK*TE*5550100", "NM1*40*2*RECEIVER*****46*R1", "HL*1**20*1",
    "NM1*85*2*HOSPITAL*****XX*1234567893", "N3*1 ROAD", "N4*TOWN*TX*750011234", "REF*EI*123456789", "HL*2*1*22*0", "SBR*P*18*******MA",
    "NM1*IL*1*DOE*JANE****MI*M1", "NM1*PR*2*PAYER*****PI*P1",
)  # fmt: skip
_HEAD_835 = (
    "BPR*I*90*C*CHK************20240131", "TRN*1*T1*1999999999", "N1*PR*PAYER", "N3*1 ROAD", "N4*TOWN*TX*75001", "PER*BL*DESK*TE*5550100",
    "N1*PE*CLINIC*XX*1234567893", "LX*1",
)  # fmt: skip


def _claim(*segments: str) -> dict[str, Any]:
    events, _ = outputs(interchange("HC", "005010X223A2", *_HEAD_837I, *segments))
    (claim,) = [data for kind, data in events if kind == "claim.submitted"]
    return claim


def _adjudicated(*segments: str) -> dict[str, Any]:
    events, _ = outputs(interchange("HP", "005010X221A1", *_HEAD_835, *segments))
    (claim,) = [data for kind, data in events if kind == "claim.adjudicated"]
    return claim


def test_institutional_codes() -> None:
    claim = _claim(
        "CLM*A1*100***11:A:7**A*Y*Y", "DTP*096*TM*1430", "DTP*434*RD8*20240101-20240103", "DTP*435*DT*202401010915", "CL1*1*7*30",
        "HI*ABK:I10:::::::Y", "HI*ABJ:R079", "HI*DR:470", "HI*ABF:E119:::::::N*ABF:Z7982", "HI*BBR:0JH60:D8:20240102",
        "HI*BI:70:RD8:20231201-20231205",
        "HI*BH:11:D8:20231230", "HI*BE:80:::3", "HI*BG:C1", "LX*1", "SV2*0300*HC:80053:91*100*UN*1**20",
    )  # fmt: skip
    assert claim["discharge_hour"] == "14:30"
    assert claim["statement_period"] == {"start": "2024-01-01", "end": "2024-01-03"}
    assert claim["admission_date"] == "2024-01-01T09:15"
    assert (claim["facility_type"], claim["frequency"]) == ("11", "7")
    assert (claim["admission_type"], claim["admission_source"], claim["patient_status"]) == ("1", "7", "30")
    assert claim["diagnoses"] == [
        {"kind": "principal", "qualifier": "ABK", "code": "I10", "present_on_admission": "Y"},
        {"kind": "admitting", "qualifier": "ABJ", "code": "R079"},
        {"kind": "other", "qualifier": "ABF", "code": "E119", "present_on_admission": "N"},
        {"kind": "other", "qualifier": "ABF", "code": "Z7982"},
    ]
    assert claim["drg"] == "470"
    assert claim["procedures"] == [{"kind": "principal", "qualifier": "BBR", "code": "0JH60", "date": "2024-01-02"}]
    assert claim["occurrence_spans"] == [{"code": "70", "period": {"start": "2023-12-01", "end": "2023-12-05"}}]
    assert claim["occurrences"] == [{"code": "11", "date": "2023-12-30"}]
    assert claim["values"] == [{"code": "80", "amount": "3.00"}]
    assert claim["condition_codes"] == [{"code": "C1"}]
    (line,) = claim["lines"]
    assert line["noncovered_charge"] == "20.00"
    assert line["procedure"] == {"qualifier": "HC", "code": "80053", "modifiers": ["91"]}
    assert claim["patient"] == claim["subscriber"]


def test_payer_of_another_payer_keeps_its_own_numbers() -> None:
    claim = _claim(
        "CLM*A1*100***11:A:1**A*Y*Y", "DTP*434*RD8*20240101-20240103", "CL1*1*7*30", "HI*ABK:I10", "SBR*S*18*******CI", "AMT*D*80", "OI***Y***Y",
        "NM1*IL*1*DOE*JANE****MI*M2", "NM1*PR*2*OTHER*****PI*P2", "REF*F8*THEIRS", "LX*1", "SV2*0300**100*UN*1", "SVD*P2*80**0300*1", "CAS*CO*45*20",
        "DTP*573*D8*20240201",
    )  # fmt: skip
    assert "payer_claim_number" not in claim
    (other,) = claim["other_payers"]
    assert other["payer"]["payer_claim_number"] == "THEIRS"
    assert (claim["payer"]["id"], other["payer"]["id"], other["paid_amount"]) == ("P1", "P2", "80.00")
    (adjudication,) = claim["lines"][0]["adjudications"]
    assert adjudication["adjustments"] == [{"group": "CO", "reason": "45", "amount": "20.00"}]
    assert adjudication["date"] == "2024-02-01"


def test_all_six_triplets_of_an_adjustment() -> None:
    claim = _adjudicated("CLP*A1*1*100*90*10*MC*C1", "CAS*PR*1*1*1*2*2**3*3**4*4**5*5**6*-5", "NM1*QC*1*DOE*JANE")
    assert [(entry["reason"], entry["amount"]) for entry in claim["adjustments"]] == [
        ("1", "1.00"), ("2", "2.00"), ("3", "3.00"), ("4", "4.00"), ("5", "5.00"), ("6", "-5.00"),
    ]  # fmt: skip
    assert claim["adjustments"][0]["quantity"] == "1"
    assert {entry["group"] for entry in claim["adjustments"]} == {"PR"}


def test_remark_codes_stand_at_their_own_elements() -> None:
    claim = _adjudicated("CLP*A1*1*100*90**MC*C1", "NM1*QC*1*DOE*JANE", "MIA*3***1200*MA01" + "*" * 15 + "N1*N2*N3*N4", "MOA*.5*70*MA02*MA18")
    assert claim["inpatient_adjudication"] == {"covered_days": "3", "drg_amount": "1200.00", "remark_codes": ["MA01", "N1", "N2", "N3", "N4"]}
    assert claim["outpatient_adjudication"] == {"reimbursement_rate": "0.5", "hcpcs_payable_amount": "70.00", "remark_codes": ["MA02", "MA18"]}


@pytest.mark.parametrize(("status", "reversal"), [("1", False), ("4", False), ("21", False), ("22", True)])
def test_only_status_22_is_a_reversal(status: str, reversal: bool) -> None:
    claim = _adjudicated(f"CLP*A1*{status}*-100*-90**MC*C1", "NM1*QC*1*DOE*JANE", "REF*F8*C0")
    assert (claim["status"], claim["reversal"]) == (status, reversal)
    assert (claim["payer_claim_number"], claim["original_payer_claim_number"]) == ("C1", "C0")


def test_revenue_code_and_units_of_a_payment_line() -> None:
    claim = _adjudicated(
        "CLP*A1*1*100*90*0*MC*C1", "NM1*QC*1*DOE*JANE", "SVC*HC:99213*100*90*0510*1*HC:99214*2", "DTM*472*20240102", "CAS*CO*45*10", "REF*6R*L1",
        "AMT*B6*95", "LQ*HE*N130",
    )  # fmt: skip
    (line,) = claim["lines"]
    assert (line["revenue_code"], line["units"], line["original_units"]) == ("0510", "1", "2")
    assert (line["procedure"]["code"], line["original_procedure"]["code"]) == ("99213", "99214")
    assert (line["allowed_amount"], line["control_number"], line["service_date"]) == ("95.00", "L1", "2024-01-02")
    assert line["remark_codes"] == [{"qualifier": "HE", "code": "N130"}]


def test_provider_adjustments_of_one_segment() -> None:
    claim = ("CLP*A1*1*100*90*10*MC*C1", "NM1*QC*1*DOE*JANE")
    events, _ = outputs(interchange("HP", "005010X221A1", *_HEAD_835, *claim, "PLB*1234567893*20241231*WO:OLD1*30*L6*-.5"))
    (remittance,) = [data for kind, data in events if kind == "remittance.received"]
    common = {"provider": "1234567893", "fiscal_period_end": "2024-12-31"}
    assert remittance["payment"]["provider_adjustments"] == [
        {**common, "reason": "WO", "reference": "OLD1", "amount": "30.00"},
        {**common, "reason": "L6", "amount": "-0.50"},
    ]
