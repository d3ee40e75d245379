"""TA1, 997, 999 and 277CA: a valid file broken in exactly one way, and what the acknowledgement says of it. Neighbours are never touched."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
import pyx12  # type: ignore[import-untyped]

from gateway.cli.main import EXIT_FINDINGS, EXIT_OK, EXIT_UNREADABLE, EXIT_USAGE, main
from parsers.x12.acknowledgements import Numbers, Profile, claims, sweep, wanted, write
from parsers.x12.convert import Settings
from parsers.x12.frames import Limits
from parsers.x12.plan import ScanLimits
from schemas.codes.acknowledgement import ANSWERS, CLAIM_FORMAT, NEEDS_ENTITY, PLACE_STATUS, SET_FORMAT, answer_to, unanswered
from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location
from schemas.x12 import elements, seed_elements
from schemas.x12.elements import element_number
from tests.golden.cases import FOLDER
from tests.unit.acknowledgement_files import AT, EVERYTHING, REMITTANCE, Answers, answers, answers_to, findings_of, interchange, reader, to_bytes

Place = tuple[int | None, str | None, int | None, int | None]
"""Ordinal in the set, tag, element, component."""


def changed(old: str, new: str, recount: bool = True) -> bytes:
    """The valid file with the first `old` replaced; SE01 counts again unless that is what is broken."""
    text = "\n".join(interchange())
    assert old in text
    segments = [segment for segment in text.replace(old, new, 1).split("\n") if segment]
    if recount:
        start = 0
        for at, segment in enumerate(segments):
            start = at if segment.startswith("ST*") else start
            if segment.startswith("SE*"):
                segments[at] = f"SE*{at - start + 1}*{segment.split('*')[2]}"
    return to_bytes(segments)


def of_set(answered: Answers, number: str) -> list[str]:
    """The segments of the 999 about one received set, from behind its AK2 to its IK5."""
    lines = answered.segments("999")
    start = next(at for at, line in enumerate(lines) if line.startswith(("AK2*837*" + number, "AK2*835*" + number)))
    end = next(at for at in range(start, len(lines)) if lines[at].startswith("IK5"))
    return lines[start + 1 : end + 1]


def groups(answered: Answers) -> list[str]:
    return [line for line in answered.segments("999") if line.startswith("AK9")]


def note(answered: Answers) -> str:
    (line,) = [line for line in answered.segments("TA1") if line.startswith("TA1")]
    return line.removeprefix("TA1*000000905*240115*0930*")


def claim_statuses(answered: Answers) -> dict[str, str]:
    """Patient control number -> the STC of its claim."""
    lines = answered.segments("277CA")
    patients = {at: line.removeprefix("TRN*2*") for at, line in enumerate(lines) if line.startswith("TRN*2*PCN") or line == "TRN*2*0"}
    return {patient: lines[at + 1] for at, patient in patients.items()}


ACCEPTED = {"PCN-A": "STC*A2:20*20260304*WQ*100", "PCN-B": "STC*A2:20*20260304*WQ*101", "PCN-C": "STC*A2:20*20260304*WQ*100"}
A_UNIT = "CTX*CLM01:PCN-A"


def test_a_valid_file_is_accepted_at_every_level() -> None:
    answered = answers(to_bytes(interchange()))
    assert answered.findings == []
    assert note(answered) == "A*000"
    assert of_set(answered, "0001") == of_set(answered, "0002") == of_set(answered, "0009") == ["IK5*A"]
    assert groups(answered) == ["AK9*A*2*2*2", "AK9*A*1*1*1"]
    assert claim_statuses(answered) == ACCEPTED


def test_the_envelope_is_the_received_one_turned_round() -> None:
    lines = answers(to_bytes(interchange())).segments("999")
    assert lines[0] == "ISA*00*          *00*          *30*RECEIVER       *ZZ*SENDER         *260304*0506*^*00501*000000700*0*T*:"
    assert lines[1] == "GS*FA*APPRECV*APPSEND*20260304*0506*70*X*005010X231A1"
    assert lines[3] == "AK1*HC*31*005010X222A1"
    assert lines[4] == "AK2*837*0001*005010X222A1"
    assert [line for line in lines if line.startswith("AK2*835")] == ["AK2*835*0009"]
    assert lines[-2:] == ["GE*2*70", "IEA*1*000000700"]


class Mutation(NamedTuple):
    """`said`: the lines about set 0001 without IK5; `result` its IK5. Findings of SNIP 3 and higher may come with it and are not looked at."""

    code: str
    old: str
    new: str
    place: Place
    said: list[str]
    result: str = "IK5*E*5"
    also: tuple[str, ...] = ()


SYNTAX = [
    Mutation("SEGMENT_UNKNOWN", "REF*D9*TRACE-PCN-A", "REF*D9*TRACE-PCN-A\nZZZ*1", (20, "ZZZ", None, None), ["IK3*ZZZ*20*2300*1", A_UNIT]),
    Mutation("SEGMENT_UNEXPECTED", "HI*ABK:J45909", "HI*ABK:J45909\nPAT*19", (21, "PAT", None, None), ["IK3*PAT*21*2300*2", A_UNIT]),
    Mutation("SEGMENT_MISSING", "N3*1 MAIN ST\n", "", (7, "NM1", None, None), ["IK3*N3*7*2010*3"]),
    Mutation("SEGMENT_REPEATED", "REF*EI*990000001", "REF*EI*990000001\nREF*EI*990000002", (11, "REF", None, None), ["IK3*REF*11*2010*5"]),
    Mutation(
        "SEGMENT_ORDER", "REF*D9*TRACE-PCN-A\nHI*ABK:J45909", "HI*ABK:J45909\nREF*D9*TRACE-PCN-A", (20, "REF", None, None),
        ["IK3*REF*20*2300*7", A_UNIT],
    ),
    Mutation("LOOP_MISSING", "NM1*40*2*PAYER HUB*****46*R200\n", "", (1, "ST", None, None), ["IK3*NM1*1*1000*3"]),
    Mutation(
        "LOOP_REPEATED", "NM1*PR*2*ALPHA HEALTH*****PI*A100", "NM1*PR*2*ALPHA HEALTH*****PI*A100\nNM1*PR*2*ALPHA HEALTH*****PI*A100",
        (18, "NM1", None, None), ["IK3*NM1*18*2010*4"],
    ),
    Mutation(
        "LOOP_ORDER", "REF*6R*LINE-PCN-A",
        "REF*6R*LINE-PCN-A\nSVD*A100*100*HC:99213**1\nDTP*573*D8*20240115\nNM1*DN*1*ROE*JO****XX*1234567893", (27, "NM1", None, None),
        ["IK3*NM1*27*2420*7", A_UNIT],
    ),
    Mutation("HL_NUMBER", "HL*2*1*22*0", "HL*3*1*22*0", (11, "HL", 1, None), ["IK3*HL*11*2000*8", "IK4*1*628*I12*3"], "IK5*E*I5"),
    Mutation("HL_PARENT", "HL*2*1*22*0", "HL*2*9*22*0", (11, "HL", 2, None), ["IK3*HL*11*2000*8", "IK4*2*734*I12*9"], "IK5*E*I5"),
    Mutation(
        "HL_CHILD", "HL*1**20*1", "HL*1**20*0", (11, "HL", None, None), ["IK3*HL*6*2000*8", "IK4*4*736*7*0", "IK3*HL*11*2000*2"],
        also=("ELEMENT_CODE",),
    ),
    Mutation(
        "ITEM_NUMBER_MISSING", "CLM*PCN-A*", "CLM**", (18, "CLM", 1, None), ["IK3*CLM*18*2300*8", "IK4*1*1028*1"], also=("ELEMENT_MISSING",)
    ),
    Mutation("ELEMENT_MISSING", "REF*EI*990000001", "REF*EI", (10, "REF", 2, None), ["IK3*REF*10*2010*8", "IK4*2*127*1"]),
    Mutation(
        "ELEMENT_NOT_USED", "CLM*PCN-A*100**", "CLM*PCN-A*100*X*", (18, "CLM", 3, None), ["IK3*CLM*18*2300*8", A_UNIT, "IK4*3*1032*I10*X"],
        "IK5*E*I5",
    ),
    Mutation("ELEMENT_EXTRA", "N3*1 MAIN ST", "N3*1 MAIN ST**X", (8, "N3", 3, None), ["IK3*N3*8*2010*8", "IK4*3**3"]),
    Mutation("ELEMENT_SHORT", "N4*SPRINGFIELD*OH*455", "N4*S*OH*455", (9, "N4", 1, None), ["IK3*N4*9*2010*8", "IK4*1*19*4*S"]),
    Mutation("ELEMENT_LONG", "REF*EI*990000001", f"REF*EI*{'9' * 51}", (10, "REF", 2, None), ["IK3*REF*10*2010*8", f"IK4*2*127*5*{'9' * 51}"]),
    Mutation("ELEMENT_CODE", "NM1*41*2*BIL", "NM1*41*7*BIL", (3, "NM1", 2, None), ["IK3*NM1*3*1000*8", "IK4*2*1065*7*7"]),
    Mutation("ELEMENT_NUMBER", "SV1*HC:99213*100", "SV1*HC:99213*1OO", (22, "SV1", 2, None), ["IK3*SV1*22*2400*8", A_UNIT, "IK4*2*782*6*1OO"]),
    Mutation(
        "ELEMENT_DATE", "DTP*472*D8*20240110", "DTP*472*D8*20240132", (23, "DTP", 3, None),
        ["IK3*DTP*23*2400*8", A_UNIT, "IK4*3*1251*8*20240132"],
    ),
    Mutation("ELEMENT_TIME", "BATCH0001*20240115*0930", "BATCH0001*20240115*2530", (2, "BHT", 5, None), ["IK3*BHT*2**8", "IK4*5*337*9*2530"]),
    Mutation("ELEMENT_CHARACTER", "PER*IC*ANN DESK", "PER*IC*ANN\x07DESK", (4, None, None, None), ["IK3*PER*4**8", "IK4*2*93*6"]),
    Mutation("ELEMENT_SYNTAX", "CLINIC ONE*****XX*1234567893", "CLINIC ONE*****XX", (7, "NM1", 8, None), ["IK3*NM1*7*2010*8", "IK4*8*66*2"]),
    Mutation("COMPONENT_EXTRA", "HI*ABK:J45909", "HI*ABK:J45909:::::::::X", (20, "HI", 1, None), ["IK3*HI*20*2300*8", A_UNIT, "IK4*1**13"]),
    Mutation("SE_COUNT", "SE*32*0001", "SE*31*0001", (32, "SE", 1, None), [], "IK5*E*4"),
    Mutation("GUIDE_MISMATCH", "ST*837*0001*005010X222A1", "ST*837*0001*005010X222", (1, "ST", None, None), [], "IK5*E*19"),
]  # fmt: skip


@pytest.mark.parametrize("one", SYNTAX, ids=lambda one: one.code)
def test_a_syntax_error_is_one_finding_and_the_999_names_its_place(one: Mutation) -> None:
    answered = answers(changed(one.old, one.new, one.code != "SE_COUNT"))
    found = [(finding.code, tuple(finding.location[:4])) for finding in answered.findings if finding.snip is None or finding.snip < 3]
    assert [line for line in found if line[0] not in one.also] == [(one.code, one.place)]
    assert of_set(answered, "0001") == [*one.said, one.result]
    assert note(answered) == "A*000"
    assert of_set(answered, "0002") == of_set(answered, "0009") == ["IK5*A"]
    assert groups(answered) == ["AK9*E*2*2*2", "AK9*A*1*1*1"]
    statuses = claim_statuses(answered)
    if one.code == "ITEM_NUMBER_MISSING":
        assert statuses == {"0": "STC*A6:478*20260304*U*100", "PCN-B": ACCEPTED["PCN-B"], "PCN-C": ACCEPTED["PCN-C"]}
    else:
        assert statuses == ACCEPTED


@pytest.mark.parametrize(
    ("code", "old", "new", "result", "statuses"),
    [
        ("SE_CONTROL_NUMBER", "SE*32*0001", "SE*32*0007", "IK5*R*3", "A3:481"),
        ("SE_MISSING", "SE*32*0001\n", "", "IK5*R*2", "A3:481"),
        ("GUIDE_UNKNOWN", "ST*850*0001*005010X999", "", "IK5*R*1", ""),
        ("GUIDE_UNKNOWN", "ST*837*0001*005010X999", "", "IK5*R*I6", "A3:493"),
    ],
)
def test_a_refused_set_is_rejected_and_so_is_each_of_its_claims(code: str, old: str, new: str, result: str, statuses: str) -> None:
    if code == "GUIDE_UNKNOWN":
        text = "\n".join(interchange()).replace("ST*837*0001*005010X222A1", old).replace("*31*X*005010X222A1", "*31*X*005010X999")
        answered = answers(to_bytes(text.replace("ST*837*0002*005010X222A1", "ST*837*0002").split("\n")))
        assert groups(answered)[0].endswith("*2")
    else:
        answered = answers(changed(old, new, False))
        assert groups(answered) == ["AK9*P*2*2*1", "AK9*A*1*1*1"]
        assert claim_statuses(answered)["PCN-C"] == ACCEPTED["PCN-C"]
        assert of_set(answered, "0002") == ["IK5*A"]
    assert next(found.code for found in answered.findings if found.outcome == "refused") == code
    lines = answered.segments("999")
    assert next(line for line in lines if line.startswith("IK5")) == result
    assert of_set(answered, "0009") == ["IK5*A"]
    if statuses:
        rejected = claim_statuses(answered)
        assert (rejected["PCN-A"], rejected["PCN-B"]) == (f"STC*{statuses}*20260304*U*100", f"STC*{statuses}*20260304*U*101")
        assert f"STC*{statuses}*20260304*U*201.00" in answered.segments("277CA")
        assert [line for line in answered.segments("277CA") if line.startswith(("QTY", "AMT"))][:2] == ["QTY*AA*2", "AMT*YY*201.00"]


def test_a_repeated_set_is_rejected_and_the_first_is_not() -> None:
    segments = "\n".join(interchange()).replace("ST*837*0002", "ST*837*0001").replace("*0002\nGE", "*0001\nGE").split("\n")
    answered = answers(to_bytes(segments))
    assert [line for line in answered.segments("999") if line.startswith("IK5")] == ["IK5*A", "IK5*R*23", "IK5*A"]
    assert claim_statuses(answered) == {**ACCEPTED, "PCN-C": "STC*A3:54*20260304*U*100"}


@pytest.mark.parametrize(
    ("code", "old", "new", "first"),
    [
        ("GE_MISSING", "GE*2*31\n", "", "AK9*E*2*2*2*3"),
        ("GE_CONTROL_NUMBER", "GE*2*31", "GE*2*99", "AK9*E*2*2*2*4"),
        ("GE_COUNT", "GE*2*31", "GE*3*31", "AK9*E*3*2*2*5"),
        ("GS_FUNCTION", "GS*HC*", "GS*HP*", "AK9*E*2*2*2*1"),
    ],
)
def test_what_is_wrong_with_a_group_is_in_ak9_and_its_sets_stay_accepted(code: str, old: str, new: str, first: str) -> None:
    answered = answers(changed(old, new))
    assert [found.code for found in answered.findings] == [code]
    assert groups(answered) == [first, "AK9*A*1*1*1"]
    assert of_set(answered, "0001") == of_set(answered, "0002") == ["IK5*A"]


def test_group_numbers_that_are_repeated_or_no_number() -> None:
    repeated = "\n".join(interchange()).replace("*0930*32*X", "*0930*31*X").replace("GE*1*32", "GE*1*31")
    assert groups(answers(to_bytes(repeated.split("\n")))) == ["AK9*A*2*2*2", "AK9*E*1*1*1*19"]
    odd = "\n".join(interchange()).replace("*0930*31*X", "*0930*3A*X").replace("GE*2*31", "GE*2*3A")
    answered = answers(to_bytes(odd.split("\n")))
    assert groups(answered) == ["AK9*E*2*2*2*6", "AK9*A*1*1*1"]
    assert "AK1*HC*0*005010X222A1" in answered.segments("999")


@pytest.mark.parametrize(
    ("code", "old", "new", "said"),
    [
        ("IEA_CONTROL_NUMBER", "IEA*2*000000905", "IEA*2*000000906", "E*001"),
        ("IEA_COUNT", "IEA*2*000000905", "IEA*3*000000905", "E*021"),
        ("IEA_MISSING", "\nIEA*2*000000905", "", "E*023"),
        ("ISA_VERSION", "*00501*000000905", "*00401*000000905", "E*017"),
        ("ISA_ELEMENT", "*000000905*1*T", "*000000905*7*T", "E*019"),
        ("ISA_ELEMENT", "*000000905*1*T", "*000000905*1*X", "E*020"),
        ("ITEM_OUTSIDE_SET", "GE*1*32", "GE*1*32\nCLM*X*1", "E*024"),
        ("ISA_COMPONENT_SEPARATOR", "CLM*PCN-A*100***11:B:1", "CLM*PCN-A*100***11>B>1", "E*027"),
    ],
)
def test_what_is_wrong_with_an_interchange_is_in_the_ta1(code: str, old: str, new: str, said: str) -> None:
    answered = answers(changed(old, new))
    assert code in [found.code for found in answered.findings]
    assert note(answered) == said
    assert of_set(answered, "0002") == of_set(answered, "0009") == ["IK5*A"]


def test_an_interchange_of_which_nothing_was_taken_is_rejected() -> None:
    data = changed("SE*32*0001", "SE*32*0007", False).replace(b"SE*25*0002", b"SE*25*0008").replace(b"SE*15*0009", b"SE*15*0008")
    assert note(answers(data.replace(b"IEA*2", b"IEA*3"))) == "R*021"
    assert note(answers(data)) == "A*000"


def test_an_interchange_that_repeats_another_of_its_file() -> None:
    data = to_bytes(interchange()) * 2
    answered = answers(data)
    assert [line for line in answered.segments("TA1") if line.startswith("TA1")][1].endswith("*E*025")
    assert [one.answers for one, _ in answered.written] == [0, 0, 0, *[len(data) // 2] * 3]
    assert len({one.name for one, _ in answered.written}) == 6


# -- rules of a claim: SNIP 3 to 7


def test_a_reported_balance_error_rejects_nothing() -> None:
    answered = answers(changed("SV1*HC:99213*100", "SV1*HC:99213*99"))
    assert [found.code for found in answered.findings] == ["CHARGE_BALANCE"]
    assert of_set(answered, "0001") == ["IK5*A"]
    assert claim_statuses(answered) == ACCEPTED


def test_a_claim_refused_for_its_balance_is_rejected_alone() -> None:
    answered = answers(changed("SV1*HC:99213*100", "SV1*HC:99213*99"), policy={"CHARGE_BALANCE": "reject"})
    assert [(found.code, found.outcome) for found in answered.findings] == [("CHARGE_BALANCE", "refused")]
    assert of_set(answered, "0001") == ["IK3*CLM*18*2300*8", A_UNIT, "IK5*E*5"]
    assert groups(answered) == ["AK9*E*2*2*2", "AK9*A*1*1*1"]
    assert claim_statuses(answered) == {**ACCEPTED, "PCN-A": "STC*A8:400*20260304*U*100"}
    sums = [line for line in answered.segments("277CA") if line.startswith(("QTY", "AMT"))]
    assert sums[:8] == ["QTY*90*1", "QTY*AA*1", "AMT*YU*101.00", "AMT*YY*100.00", "QTY*QA*1", "QTY*QC*1", "AMT*YU*101.00", "AMT*YY*100.00"]
    assert "STC*A1:19:PR*20260304*WQ*201.00" in answered.segments("277CA")


def test_what_refuses_a_claim_is_said_before_what_else_is_wrong_with_it() -> None:
    data = changed("CLM*PCN-A*100***11:B:1", "CLM*PCN-A*99***11:Q:1")
    assert claim_statuses(answers(data, policy={"CHARGE_BALANCE": "reject"}))["PCN-A"] == "STC*A8:400*20260304*U*99******A7:275"


def test_a_refusal_within_a_line_is_said_of_the_line() -> None:
    answered = answers(changed("SV1*HC:99213*100*UN*1", "SV1*HC:99213*100*XX*1"), policy={"ELEMENT_CODE": "reject"})
    lines = answered.segments("277CA")
    start = lines.index("TRN*2*PCN-A")
    assert lines[start : start + 8] == [
        "TRN*2*PCN-A",
        "STC*A7:247*20260304*U*100",
        "REF*D9*TRACE-PCN-A",
        "DTP*472*D8*20240110",
        "SVC*HC:99213*100****1".replace("****", "*****"),
        "STC*A7:684*20260304*U",
        "REF*FJ*LINE-PCN-A",
        "DTP*472*D8*20240110",
    ]
    assert of_set(answered, "0001") == ["IK3*SV1*22*2400*8", A_UNIT, "IK4*3*355*7*XX", "IK5*E*5"]


def test_a_line_finding_without_a_place_of_its_own_is_found_by_its_ordinal() -> None:
    data = to_bytes(interchange())
    at = data.index(b"CLM*PCN-B")
    refusal = Finding("DIAGNOSIS_POINTER", "error", "line", "refused", "Line 1 points", Location(28, offset=None, loop="2300"), f"{at}.CLM", 4)
    lines = answers_to(data, [refusal]).segments("277CA")
    start = lines.index("TRN*2*PCN-B")
    assert lines[start + 1] == "STC*A8:247*20260304*U*101"
    assert lines[start + 4 : start + 7] == ["SVC*HC:99213*101*****1", "STC*A8:477*20260304*U", "REF*FJ*LINE-PCN-B"]


@pytest.mark.parametrize("code", sorted(code for code, kind in FINDINGS.items() if kind.snip and kind.snip > 2 and kind.scope != "set"))
def test_every_rule_of_a_claim_can_reject_it_and_stays_out_of_the_999(code: str) -> None:
    data = to_bytes(interchange())
    at = data.index(b"CLM*PCN-A")
    kind = FINDINGS[code]
    text = kind.text.format(place="The claim")
    reported = Finding(code, kind.severity, kind.scope, "reported", text, Location(18, "CLM", offset=at, loop="2300"), f"{at}.CLM", kind.snip)
    assert of_set(answers_to(data, [reported]), "0001") == ["IK5*A"]
    answered = answers_to(data, [reported._replace(outcome="refused")])
    assert of_set(answered, "0001") == ["IK3*CLM*18*2300*8", A_UNIT, "IK5*E*5"]
    status = claim_statuses(answered)["PCN-A"]
    assert status.startswith(("STC*A6:", "STC*A7:", "STC*A8:"))
    assert "*U*100" in status
    assert findings_of(answered.written[-1][1]) == []


def test_a_number_of_a_provider_names_the_provider() -> None:
    data = to_bytes(interchange())
    at = data.index(b"CLM*PCN-A")
    where = Location(21, "NM1", 9, offset=at + 60, loop="2310B")
    refusal = Finding("NPI_CHECK_DIGIT", "error", "element", "refused", "NM109 in loop 2310B", where, f"{at}.CLM", 5)
    assert claim_statuses(answers_to(data, [refusal]))["PCN-A"] == "STC*A7:562:82*20260304*U*100"


def test_a_site_that_refuses_the_whole_set() -> None:
    answered = answers(changed("SV1*HC:99213*100", "SV1*HC:99213*1OO"), policy={"ELEMENT_NUMBER": "reject_set"})
    assert of_set(answered, "0001") == ["IK3*SV1*22*2400*8", A_UNIT, "IK4*2*782*6*1OO", "IK5*R*5"]
    assert groups(answered) == ["AK9*P*2*2*1", "AK9*A*1*1*1"]
    assert [status.split("*")[3] for status in claim_statuses(answered).values()] == ["U", "U", "WQ"]


# -- limits and layouts


def test_positions_do_not_count_blank_segments_and_layout_does_not_matter() -> None:
    data = changed("SV1*HC:99213*100", "SV1*HC:99213*1OO")
    flat = data.replace(b"\n", b"")
    for layout in (flat, flat.replace(b"LX*1~", b"~ ~LX*1~", 1), flat.replace(b"~", b"~\r\n"), data.replace(b"~\n", b"\n")):
        assert of_set(answers(layout), "0001") == ["IK3*SV1*22*2400*8", A_UNIT, "IK4*2*782*6*1OO", "IK5*E*5"]


def test_other_delimiters_are_read_and_never_written_inside_data() -> None:
    data = changed("CLM*PCN-A*100***11:B:1", "CLM*PCN-A*1OO***11:B:1").translate(bytes.maketrans(b"*:~", b"|>!"))
    answered = answers(data.replace(b"PCN-A", b"PCN*A"))
    assert [line for line in of_set(answered, "0001") if line[:3] in ("IK3", "CTX", "IK4")] == ["IK3*CLM*18*2300*8", "IK4*2*782*6*1OO"]
    assert "TRN*2*PCNA" in answered.segments("277CA")
    same = answers(data.replace(b"PCN-A", b"PCN*A"), EVERYTHING._replace(delimiters=""))
    assert b"TRN|2|PCN*A!" in same.written[-1][1]
    assert b"CTX|CLM01>PCN*A!" in same.written[1][1]


def test_a_component_is_named_with_its_own_value() -> None:
    answered = answers(changed("CLM*PCN-A*100***11:B:1", "CLM*PCN-A*100***11:Q:1"))
    assert of_set(answered, "0001") == ["IK3*CLM*18*2300*8", A_UNIT, "IK4*5:2*1332*7*Q", "IK5*E*5"]


def test_control_numbers_are_repeated_as_far_as_they_fit() -> None:
    text = "\n".join(interchange()).replace("ST*837*0001", "ST*837*7").replace("SE*32*0001", "SE*32*7")
    text = text.replace("ST*837*0002", "ST*837*1234567890").replace("SE*25*0002", "SE*25*1234567890")
    answered = answers(to_bytes(text.split("\n")))
    assert [line for line in answered.segments("999") if line.startswith(("AK2*837", "IK5*E"))] == [
        "AK2*837*0007*005010X222A1", "IK5*E*7*5", "AK2*837*123456789*005010X222A1", "IK5*E*7*5",
    ]  # fmt: skip


def test_a_bad_value_is_cut_and_left_out_where_it_cannot_be_shown() -> None:
    long = answers(changed("REF*EI*990000001", f"REF*EI*{'9' * 120}"))
    assert f"IK4*2*127*5*{'9' * 99}" in long.segments("999")
    marked = answers(changed("DTP*472*D8*20240110", "DTP*472*D8*2024:110"))
    assert "IK4*3*1251*8" in marked.segments("999")


def test_segments_in_error_are_listed_up_to_the_limit_and_the_set_still_says_e() -> None:
    data = to_bytes("\n".join(interchange()).replace("SV1*HC:99213*10", "SV1*HC:99213*X").split("\n"))
    answered = answers(data, EVERYTHING._replace(most_segments=1))
    assert len([line for line in answered.segments("999") if line.startswith("IK3")]) == 2
    assert [line for line in answered.segments("999") if line.startswith("IK5")] == ["IK5*E*5", "IK5*E*5", "IK5*A"]


def test_what_is_over_a_limit_of_the_reader() -> None:
    data = changed("REF*D9*TRACE-PCN-A", f"REF*D9*{'T' * 300}")
    long = findings_of(data, settings=Settings(scan=ScanLimits(segment=256)))
    answered = answers_to(data, long)
    assert [found.code for found in long] == ["SEGMENT_LIMIT"]
    assert of_set(answered, "0001") == ["IK3*REF*19**8", A_UNIT, "IK5*E*5"]
    assert claim_statuses(answered)["PCN-A"].startswith("STC*A7:")
    data = to_bytes(interchange())
    many = answers_to(data, findings_of(data, settings=Settings(item=Limits(item_segments=2))))
    assert {line[:4] for line in of_set(many, "0001")} == {"IK3*", "CTX*", "IK5*"}
    assert [status.split("*")[3] for status in claim_statuses(many).values()] == ["U", "U", "U"]


def test_a_set_that_may_have_more_findings_says_e() -> None:
    data = changed("SV1*HC:99213*100", "SV1*HC:99213*1OO")
    answered = answers_to(data, findings_of(data), complete=False)
    assert [line for line in answered.segments("999") if line.startswith("IK5")] == ["IK5*E*5", "IK5*E*5", "IK5*E*5"]
    assert [line for line in answers_to(data, findings_of(data)).segments("999") if line.startswith("IK5")] == ["IK5*E*5", "IK5*A", "IK5*A"]


def test_what_could_not_be_read_is_not_answered() -> None:
    data = to_bytes(interchange())
    kind = FINDINGS["READ_FAILED"]
    fault = Finding("READ_FAILED", kind.severity, kind.scope, kind.outcome, kind.text, Location(offset=300))
    assert [one.kind for one, _ in answers_to(data, [fault]).written] == ["TA1"]


# -- an 835


def test_a_remittance_is_acknowledged_without_st03_and_names_its_payment() -> None:
    answered = answers(changed("CAS*PR*1*40", "CAS*PR*1*40\nQQ*1"))
    assert of_set(answered, "0009") == ["IK3*QQ*13*2100*1", "CTX*TRN02:CHECK77", "IK5*E*5"]
    assert of_set(answered, "0001") == ["IK5*A"]
    assert groups(answered) == ["AK9*A*2*2*2", "AK9*E*1*1*1"]
    assert [line for line in answered.segments("277CA") if line.startswith("ST*")] == ["ST*277*0001*005010X214", "ST*277*0002*005010X214"]


def test_the_balance_of_a_remittance_is_no_syntax() -> None:
    answered = answers(changed("BPR*I*60", "BPR*I*61"))
    assert [found.code for found in answered.findings] == ["REMIT_PAYMENT_BALANCE"]
    assert of_set(answered, "0009") == ["IK5*A"]


@pytest.mark.parametrize(
    ("case", "before", "unit"),
    [
        ("271_benefits", "EB*", "CTX*TRN02:TRACE-1"),
        ("276_claims", "DTP*", "CTX*TRN02:Q-1"),
        ("278_request", "UM*", "CTX*TRN02:TRACE-1"),
        ("834_family", "DTP*356", "CTX*SUBSCRIBER NUMBER REF02:M100200"),
        ("820_groups", "RMR*IG", "CTX*ENT01:2"),
    ],
)
def test_what_names_the_business_unit_of_other_sets(case: str, before: str, unit: str) -> None:
    data = (FOLDER / case / "input.x12").read_bytes()
    at = re.search(rf"~\s*{re.escape(before)}".encode(), data)
    assert at is not None
    lines = answers(data[: at.start()] + b"~QQ*1" + data[at.start() :]).segments("999")
    assert [line[:7] for line in lines if line.startswith("IK3")] == ["IK3*QQ*"]
    assert [line for line in lines if line.startswith("CTX")] == [unit]


# -- profiles


def kinds(profile: Profile, data: bytes | None = None) -> list[str]:
    return [one.kind for one, _ in answers(data or to_bytes(interchange()), profile).written]


def test_which_acknowledgements_a_profile_asks_for() -> None:
    assert kinds(Profile()) == ["TA1", "999"]
    assert kinds(Profile(ta1="never", functional="997", claims="277CA")) == ["997", "277CA"]
    assert kinds(Profile(ta1="never", functional="none")) == []
    quiet = to_bytes(interchange()).replace(b"*000000905*1*T", b"*000000905*0*T")
    assert kinds(Profile(), quiet) == ["999"]
    assert kinds(Profile(ta1="errors"), quiet) == ["999"]
    assert kinds(Profile(ta1="errors"), quiet.replace(b"IEA*2", b"IEA*4")) == ["TA1", "999"]
    assert kinds(Profile(ta1="always"), quiet) == ["TA1", "999"]
    assert kinds(Profile(claims="277CA"), to_bytes([*interchange()[:1], *_remittance_group(), "IEA*1*000000905"])) == ["TA1", "999"]


def _remittance_group() -> Iterator[str]:
    yield "GS*HP*APPSEND*APPRECV*20240115*0930*32*X*005010X221A1"
    yield from REMITTANCE
    yield "GE*1*32"


def test_a_ta1_in_front_of_the_groups() -> None:
    answered = answers(to_bytes(interchange()), Profile(ta1_place="front"))
    ((one, _),) = answered.written
    assert (one.kind, one.leads) == ("999", True)
    assert [line[:3] for line in answered.segments("999")[:3]] == ["ISA", "TA1", "GS*"]


def test_a_997_has_no_codes_of_the_guides_and_no_context() -> None:
    answered = answers(changed("CLM*PCN-A*100**", "CLM*PCN-A*100*X*"), Profile(ta1="never", functional="997"))
    lines = answered.segments("997")
    assert lines[1] == "GS*FA*APPRECV*APPSEND*20260304*0506*70*X*005010"
    assert lines[5:8] == ["AK3*CLM*18*2300*8", "AK4*3*1032*10*X", "AK5*E*5"]


def test_identities_and_layout_of_a_profile() -> None:
    profile = Profile(
        ta1="never", sender="WE", sender_qualifier="27", receiver="THEY", receiver_qualifier="28", application_sender="APPWE",
        application_receiver="APPTHEY", usage="P", delimiters="|>^!", newline="\n",
    )  # fmt: skip
    ((_, data),) = answers(to_bytes(interchange()), profile).written
    first, second, *_ = data.decode().split("\n")
    assert first == "ISA|00|          |00|          |27|WE             |28|THEY           |260304|0506|^|00501|000000700|0|P|>!"
    assert second == "GS|FA|APPWE|APPTHEY|20260304|0506|70|X|005010X231A1!"


def test_the_source_of_a_277ca_and_receipt_instead_of_acceptance() -> None:
    profile = Profile(ta1="never", functional="none", claims="277CA", accepted="A1", source_entity="AY", source_name="HUB", source_id="H9")
    answered = answers(to_bytes(interchange()), profile)
    assert "NM1*AY*2*HUB*****46*H9" in answered.segments("277CA")
    assert claim_statuses(answered)["PCN-A"] == "STC*A1:19:AY*20260304*WQ*100"


def test_groups_between_other_parties_get_groups_of_their_own_and_numbers_are_announced() -> None:
    data = to_bytes(interchange()).replace(b"GS*HP*APPSEND", b"GS*HP*OTHERS")
    answered = answers(data)
    lines = [line for line in answered.segments("999") if line.startswith(("GS*", "ST*", "GE*", "IEA*"))]
    assert lines == [
        "GS*FA*APPRECV*APPSEND*20260304*0506*70*X*005010X231A1", "ST*999*0001*005010X231A1", "GE*1*70",
        "GS*FA*APPRECV*OTHERS*20260304*0506*71*X*005010X231A1", "ST*999*0002*005010X231A1", "GE*1*71", "IEA*2*000000700",
    ]  # fmt: skip
    assert [(one.kind, one.groups, one.sets) for one, _ in answered.written] == [("TA1", 0, 0), ("999", 2, 2), ("277CA", 1, 2)]


def test_acknowledgements_are_not_acknowledged() -> None:
    for one, data in answers(to_bytes(interchange())).written:
        expected = {"TA1": [], "999": [], "277CA": ["TA1", "999"]}[one.kind]
        assert kinds(Profile(ta1="always", claims="277CA"), data) == expected


def test_groups_of_acknowledgements_among_others_are_passed_over_with_their_findings() -> None:
    theirs = [
        "GS*FA*APPSEND*APPRECV*20240115*0930*33*X*005010X231A1",
        "ST*999*0001*005010X231A1",
        "AK1*QQ*1*005010X222A1",
        "AK9*A*1*1*1",
        "SE*4*0001",
    ]
    segments = interchange()
    end = segments.index("GE*2*31")
    segments[end : end + 1] = [*theirs, "SE*4*0001", "GE*1*33"]  # the group before it has no GE
    segments[1:1] = [*(line.replace("*33", "*34") for line in theirs), "SE*4*0001", "GE*1*34"]
    answered = answers(to_bytes(segments))
    assert len([found for found in answered.findings if found.code == "ELEMENT_CODE"]) == 2
    assert [line for line in answered.segments("999") if line.startswith(("AK1", "IK5", "AK9"))] == [
        "AK1*HC*31*005010X222A1", "IK5*A", "IK5*A", "AK9*E*2*2*2*3", "AK1*HP*32*005010X221A1", "IK5*A", "AK9*A*1*1*1",
    ]  # fmt: skip


def test_a_held_interchange_gets_r_025_and_nothing_else() -> None:
    data = to_bytes(interchange()) + to_bytes(interchange()).replace(b"000000905", b"000000906")
    kind = FINDINGS["ISA_REUSED"]
    reused = Finding("ISA_REUSED", kind.severity, kind.scope, kind.outcome, kind.text, Location(None, "ISA", 13, offset=0))
    answered = answers_to(data, [reused], held=True)
    assert [(one.kind, one.answers) for one, _ in answered.written] == [("TA1", 0)]
    assert note(answered) == "R*025"
    assert note(answers_to(data[: len(data) // 2], [reused])) == "E*025"


def test_bytes_without_an_interchange_get_no_answer() -> None:
    for data in (b"", b"hello", to_bytes(interchange()[1:-1]), b"ISA*00*"):
        assert answers(data).written == []


def test_a_group_without_sets() -> None:
    data = to_bytes([*interchange()[:2], "GE*0*31", "IEA*1*000000905"])
    assert groups(answers(data)) == ["AK9*A*0*0*0"]
    assert groups(answers(data.replace(b"GE*0", b"GE*2"))) == ["AK9*R*2*0*0*5"]


# -- as a whole


def test_every_acknowledgement_reads_back_without_a_finding() -> None:
    for one in SYNTAX:
        for written, data in answers(changed(one.old, one.new)).written:
            found = [finding.text for finding in findings_of(data)]
            # A claim whose only date cannot be read has none to repeat.
            assert found == [] or (one.code, found) == ("ELEMENT_DATE", ["DTP (472) in loop 2200D is required and missing"]), (one.code, written.kind)


def test_the_same_arguments_give_the_same_bytes() -> None:
    data = to_bytes(interchange())
    assert answers(data).written == answers(data).written
    (one, *_) = wanted(reader(data), len(data), [], EVERYTHING)
    other = b"".join(write(one, reader(data), len(data), [], EVERYTHING, Numbers(701, 71, 5), AT))
    assert other == answers(data).written[0][1].replace(b"000000700", b"000000701")


def test_sums_of_many_providers_are_added_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    data = to_bytes(interchange())
    held = answers(data).written
    monkeypatch.setattr(claims, "_HELD_PROVIDERS", 0)
    assert answers(data).written == held


@pytest.mark.parametrize("block", [110, 211, 1009])
def test_where_blocks_end_does_not_matter(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    data = to_bytes(interchange()) * 2
    whole = answers(data).written
    monkeypatch.setattr(sweep, "_BLOCK", block)
    assert answers(data).written == whole


def test_patients_and_providers_of_a_277ca_are_those_of_their_claim() -> None:
    second = [
        "HL*3*1*22*1",
        "SBR*P**GRP8******CI",
        "NM1*IL*1*DOE*ANN****II*M2",
        "NM1*PR*2*ALPHA HEALTH*****PI*A100",
        "HL*4*3*23*0",
        "PAT*19",
        "NM1*QC*1*DOE*KIM*X",
    ]
    third = [
        "HL*5**20*1",
        "NM1*85*1*POE*ED****XX*1245319599",
        "N3*1",
        "N4*AB*OH*455010000",
        "REF*EI*990000007",
        "HL*6*5*22*0",
        "SBR*P*18",
        "NM1*IL*1*MOE*MO",
    ]
    segments = interchange()
    start = segments.index("CLM*PCN-B*101***11:B:1*Y*A*Y*Y")
    more = [segment.replace("PCN-B", "PCN-D") for segment in segments[start : start + 7]]
    segments[start:start] = second
    at = start + len(second) + 7
    segments[at:at] = [*third, *more]
    lines = answers(to_bytes(segments), Profile(ta1="never", functional="none", claims="277CA")).segments("277CA")
    levels = [line for line in lines[: lines.index("ST*277*0002*005010X214")] if line.startswith(("HL", "NM1*85", "NM1*QC", "TRN*2*PCN", "QTY*QA"))]
    assert levels == [
        "HL*1**20*1", "HL*2*1*21*1",
        "HL*3*2*19*1", "NM1*85*2*CLINIC ONE*****XX*1234567893", "QTY*QA*2",
        "HL*4*3*PT", "NM1*QC*1*ROE*JANE*Q***MI*M1001", "TRN*2*PCN-A",
        "HL*5*3*PT", "NM1*QC*1*DOE*KIM*X***II*M2", "TRN*2*PCN-B",
        "HL*6*2*19*1", "NM1*85*1*POE*ED****XX*1245319599", "QTY*QA*1",
        "HL*7*6*PT", "NM1*QC*1*MOE*MO****MI*UNKNOWN", "TRN*2*PCN-D",
    ]  # fmt: skip


def test_a_subscriber_without_a_name_does_not_get_that_of_another() -> None:
    segments = interchange()
    at = segments.index("CLM*PCN-B*101***11:B:1*Y*A*Y*Y")
    segments[at:at] = ["HL*3*1*22*0", "SBR*P*18*GRP8******CI"]
    lines = answers(to_bytes(segments)).segments("277CA")
    assert lines[lines.index("TRN*2*PCN-B") - 1] == "NM1*QC*1*UNKNOWN*****MI*UNKNOWN"


def test_an_institutional_claim_has_its_bill_type_and_statement_dates() -> None:
    text = "\n".join(interchange()).replace("005010X222A1", "005010X223A2")
    text = text.replace("***11:B:1*Y*A*Y*Y\nREF*D9", "***13:A:7**A*Y*Y\nDTP*434*RD8*20240108-20240112\nREF*D9")
    lines = answers(to_bytes(text.split("\n"))).segments("277CA")
    assert lines[lines.index("TRN*2*PCN-A") + 3 :][:2] == ["REF*BLT*137", "DTP*472*RD8*20240108-20240112"]


def test_service_dates_are_the_first_and_the_last_of_the_lines() -> None:
    more = "DTP*472*D8*20240110\nREF*6R*LINE-PCN-A\nLX*2\nSV1*HC:99213*0*UN*1***1\nDTP*472*RD8*20240105-20240107\nREF*6R*L2"
    lines = answers(changed("DTP*472*D8*20240110\nREF*6R*LINE-PCN-A", more)).segments("277CA")
    assert lines[lines.index("TRN*2*PCN-A") + 3] == "DTP*472*RD8*20240105-20240110"


# -- tables


def test_every_finding_of_syntax_has_its_row() -> None:
    assert unanswered() == set()
    covered = {one.code for one in SYNTAX}
    elsewhere = {
        "SEGMENT_LIMIT", "ITEM_LIMIT", "LEVEL_WITHOUT_ITEM", "BINARY_LENGTH", "ELEMENT_PATTERN", "ELEMENT_REPEATED",
    }  # fmt: skip
    assert {code for code, row in ANSWERS.items() if row.segment} - covered - elsewhere == set()


def test_rules_of_snip_3_to_7_have_no_codes_of_a_999() -> None:
    rules = [ANSWERS[code] for code, kind in FINDINGS.items() if kind.snip and kind.snip > 2 and code in ANSWERS]
    assert {(row.interchange, row.group, row.set, row.segment, row.element) for row in [*rules, answer_to("SITE_ANYTHING")]} == {("",) * 5}


def test_codes_are_those_of_the_guide_table_of_the_999() -> None:
    from schemas.x12 import guide

    lines = {segment.tag: segment for segment in guide("999").segments()}
    for code, row in ANSWERS.items():
        assert row.segment in ("", *lines["IK3"].elements[3].codes), code
        assert row.element in ("", *lines["IK4"].elements[2].codes), code
        assert row.set in ("", *lines["IK5"].elements[1].codes), code
        assert row.group in ("", *lines["AK9"].elements[4].codes), code
    assert answer_to("SITE_ANYTHING").category == "A7"


def test_statuses_and_data_element_numbers_are_known_to_pyx12() -> None:
    folder = Path(pyx12.__file__).parent / "map"
    lists = {one.findtext("id"): {code.text for code in one.iter("code")} for one in ElementTree.parse(folder / "codes.xml").iter("codeset")}  # noqa: S314
    assert {row.category for row in ANSWERS.values()} <= lists["claim_status_cat"] | {""}
    used = {row.status for row in ANSWERS.values()} | set(PLACE_STATUS.values()) | {CLAIM_FORMAT, SET_FORMAT} | NEEDS_ENTITY
    assert used <= lists["claim_status"] | {""}
    assert seed_elements.seed() == elements.TABLE


def test_data_element_numbers() -> None:
    assert [element_number("CLM", 1), element_number("CLM", 5, 1), element_number("SV1", 1, 2), element_number("HI", 12, 2)] == [
        "1028",
        "1331",
        "234",
        "1271",
    ]
    assert [element_number("CLM", 5), element_number("CLM", 99), element_number("QQQ", 1), element_number("NM1", 9)] == ["", "", "", "67"]


# -- the command


def test_the_command_prints_what_would_be_answered(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "claims.x12"
    path.write_bytes(changed("CLM*PCN-A*100**", "CLM*PCN-A*1OO**"))
    assert main(["acknowledge", str(path), "--kinds", "999", "--number", "44", "--at", "2026-03-04T05:06:00"]) == EXIT_FINDINGS
    lines = capsysbinary.readouterr().out.decode().splitlines()
    assert lines[0].startswith("ISA*00*")
    assert "*260304*0506*^*00501*000000044*0*T*:~" in lines[0]
    assert lines[5:8] == ["IK3*CLM*18*2300*8~", "CTX*CLM01:PCN-A~", "IK4*2*782*6*1OO~"]
    assert lines[-1] == "IEA*1*000000044~"


def test_the_command_writes_files_under_numbers_that_do_not_repeat(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "claims.x12"
    path.write_bytes(to_bytes(interchange()))
    out = tmp_path / "answers"
    assert main(["acknowledge", str(path), str(path), "--out", str(out)]) == EXIT_OK
    names = ["claims.x12.277CA-000000905-0.x12", "claims.x12.999-000000905-0.x12", "claims.x12.TA1-000000905-0.x12"]
    assert sorted(file.name for file in out.iterdir()) == names
    assert [(out / name).read_bytes()[90:99] for name in names] == [b"000000006", b"000000005", b"000000004"]
    assert main(["acknowledge", str(path), "--kinds", "999,997"]) == EXIT_USAGE
    (tmp_path / "letter.txt").write_text("Dear colleague")
    assert main(["acknowledge", str(tmp_path / "letter.txt")]) == EXIT_UNREADABLE
