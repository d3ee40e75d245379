"""Each finding code: a good file broken in exactly that way gives that code at that place. What nothing gives is named at the end."""

import re
from typing import NamedTuple

import pytest

from parsers.x12.convert import Settings
from parsers.x12.plan import ScanLimits
from parsers.x12.reader import Limits
from schemas.codes.findings import FINDINGS
from tests.conftest import converted
from tests.golden.cases import cases

GOOD = {case.name: case.content.replace(b"~\n", b"~") for case in cases() if len(case.findings) == 1}
P, INPATIENT, D, R, COB, DEPENDENT, REVERSAL = (
    "837p_simple", "837i_inpatient", "837d_tooth", "835_paid_denied", "837p_cob", "837p_dependent", "835_reversal_plb",
)  # fmt: skip


class Break(NamedTuple):
    """`old`, which stands once in the good file, becomes `new`. `place` is segment ordinal, tag and element of the finding; `also` comes with it."""

    code: str
    case: str
    old: str
    new: str
    place: tuple[int | None, str | None, int | None]
    also: tuple[str, ...] = ()
    settings: Settings = Settings()
    recount: bool = True


ST2 = "ST*837*0002*005010X222A1~"
BREAKS = (
    # file and interchange
    Break("FILE_BOM", P, "ISA*00", "\xef\xbb\xbfISA*00", (None, None, None)),
    Break("FILE_LEADING_BLANKS", P, "ISA*00", "\r\n ISA*00", (None, None, None)),
    Break("FILE_JUNK", P, "ISA*00", "from: someone\nISA*00", (None, None, None)),
    Break("ENVELOPE_MISSING", P, "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240115*0930*^*00501*000000001*0*T*:~", "",
          (None, "GS", None)),
    Break("ISA_LENGTH", P, "*SENDER         *", "*SENDER*", (None, "ISA", None)),
    Break("ISA_REPETITION", P, "*^*00501", "*U*00501", (None, "ISA", None)),
    Break("ISA_VERSION", P, "*00501*", "*00401*", (None, "ISA", 12)),
    Break("ISA_ELEMENT", P, "*0*T*:", "*0*X*:", (None, "ISA", 15)),
    Break("ISA_COMPONENT_SEPARATOR", P, "SV1*HC:87880*", "SV1*HC>87880*", (25, "SV1", 1), ("ELEMENT_CODE",)),
    Break("IEA_MISSING", P, "IEA*1*000000001~", "", (None, "ISA", None)),
    Break("IEA_CONTROL_NUMBER", P, "IEA*1*000000001", "IEA*1*000000002", (None, "IEA", 2)),
    Break("IEA_COUNT", P, "IEA*1*", "IEA*2*", (None, "IEA", 1)),
    # group and set
    Break("GS_ELEMENT", P, "*0930*1*X*", "*0930*A*X*", (None, "GS", 6), ("GE_CONTROL_NUMBER",)),
    Break("GS_FUNCTION", P, "GS*HC*", "GS*HP*", (None, "GS", 1)),
    Break("GE_MISSING", P, "GE*1*1~", "", (None, "GS", None)),
    Break("GE_CONTROL_NUMBER", P, "GE*1*1~", "GE*1*2~", (None, "GE", 2)),
    Break("GE_COUNT", P, "GE*1*1~", "GE*2*1~", (None, "GE", 1)),
    Break("GS_DUPLICATE", P, "IEA*1*", "GS*HC*SENDER*RECEIVER*20240115*0930*1*X*005010X222A1~GE*0*1~IEA*2*", (None, "GS", 6)),
    Break("GUIDE_UNKNOWN", P, "*X*005010X222A1~ST*837*0001*005010X222A1", "*X*005010X999~ST*837*0001*005010X999", (1, "ST", None),
          ("ITEM_IN_REFUSED_SET",)),
    Break("GUIDE_MISMATCH", P, "*X*005010X222A1", "*X*005010X222", (1, "ST", None)),
    Break("GUIDE_GUESSED", R, "*X*005010X221A1", "*X*005010", (1, "ST", None)),
    Break("SE_MISSING", P, "SE*27*0001~", "", (1, "ST", None), ("ITEM_IN_REFUSED_SET",)),
    Break("SE_CONTROL_NUMBER", P, "SE*27*0001~", "SE*27*0002~", (1, "ST", None), ("ITEM_IN_REFUSED_SET",)),
    Break("ST_DUPLICATE", P, "GE*1*", "ST*837*0001*005010X222A1~CLM*2*1~SE*3*0001~GE*2*", (1, "ST", None), ("ITEM_IN_REFUSED_SET",)),
    Break("ST_CONTROL_NUMBER", P, "ST*837*0001*", "ST*837*01*", (1, "ST", 2), ("SE_CONTROL_NUMBER", "ITEM_IN_REFUSED_SET")),
    Break("SE_COUNT", P, "SE*27*", "SE*28*", (27, "SE", 1), recount=False),
    Break("SET_REFUSED", P, "*150*", "*151*", (1, "ST", None), ("CHARGE_BALANCE", "ITEM_IN_REFUSED_SET"),
          Settings(policy={"CHARGE_BALANCE": "reject_set"})),
    Break("ITEM_IN_REFUSED_SET", P, "SE*27*0001~", "", (None, "CLM", None), ("SE_MISSING",)),
    Break("ITEM_OUTSIDE_SET", P, "GE*1*", "CLM*1*2~GE*1*", (None, "CLM", None)),
    Break("SET_WITHOUT_ITEM", P, "GE*1*", f"{ST2}SE*2*0002~GE*2*", (1, "ST", None), ("SEGMENT_MISSING", "LOOP_MISSING")),
    # structure
    Break("SEGMENT_UNKNOWN", P, "HI*ABK", "QQQ*1~HI*ABK", (19, "QQQ", None)),
    Break("SEGMENT_UNEXPECTED", P, "HI*ABK", "DMG*D8*19800229*F~HI*ABK", (19, "DMG", None)),
    Break("SEGMENT_MISSING", P, "N3*1 MAIN ST~", "", (7, "NM1", None)),
    Break("SEGMENT_REPEATED", P, "N3*1 MAIN ST~", "N3*1 MAIN ST~N3*1 MAIN ST~", (9, "N3", None)),
    Break("SEGMENT_ORDER", P, "N3*1 MAIN ST~N4*SPRINGFIELD*OH*45501~", "N4*SPRINGFIELD*OH*45501~N3*1 MAIN ST~", (9, "N3", None)),
    Break("SEGMENT_LIMIT", P, "REF*6R*L1", f"REF*6R*{'1' * 300}", (23, None, None), settings=Settings(scan=ScanLimits(segment=200))),
    Break("LOOP_MISSING", P, "NM1*PR*2*ALPHA HEALTH*****PI*A100~", "", (11, "HL", None)),
    Break("LOOP_REPEATED", D, "LX*2~", "LX*2~SV3*AD:D0*0~DTP*472*D8*20240110~" * 49 + "LX*2~", (175, "LX", None)),
    Break("LOOP_ORDER", COB, "REF*F8*GAMMA-CLAIM-9~", "REF*F8*GAMMA-CLAIM-9~NM1*PW*2~N3*3 ELM ST~N4*DAYTON*OH*45402~", (30, "NM1", None)),
    Break("HL_NUMBER", P, "HL*2*1*", "HL*3*1*", (11, "HL", 1)),
    Break("HL_PARENT", P, "HL*2*1*", "HL*2*7*", (11, "HL", 2)),
    Break("HL_CHILD", DEPENDENT, "HL*2*1*22*1", "HL*2*1*22*0", (15, "HL", None)),
    Break("FINDINGS_LIMIT", P, "HI*ABK", "QQQ*1~" * 4 + "HI*ABK", (21, "QQQ", None), ("SEGMENT_UNKNOWN",), Settings(item=Limits(item_findings=2))),
    Break("ITEM_LIMIT", P, "REF*6R*L1", "REF*6R*L1", (24, "CLM", None), settings=Settings(item=Limits(item_segments=5))),
    Break("ITEM_NUMBER_MISSING", P, "CLM*PCN-1*", "CLM**", (18, "CLM", 1), ("ELEMENT_MISSING",)),
    # elements
    Break("ELEMENT_MISSING", P, "SBR*P*", "SBR**", (12, "SBR", 1)),
    Break("ELEMENT_NOT_USED", P, "*150***11", "*150*X**11", (18, "CLM", 3)),
    Break("ELEMENT_EXTRA", P, "REF*6R*L1", "REF*6R*L1****X", (23, "REF", 5)),
    Break("ELEMENT_SHORT", P, "*OH*45501", "*OH*45", (9, "N4", 3)),
    Break("ELEMENT_LONG", P, "REF*6R*L1", f"REF*6R*{'1' * 51}", (23, "REF", 2)),
    Break("ELEMENT_CODE", P, "SBR*P*", "SBR*?*", (12, "SBR", 1)),
    Break("ELEMENT_NUMBER", P, "*UN*1.0*", "*UN*1,0*", (25, "SV1", 4)),
    Break("ELEMENT_DATE", P, "DMG*D8*19800229", "DMG*D8*19810229", (16, "DMG", 2)),
    Break("ELEMENT_TIME", P, "*0930*CH", "*2530*CH", (2, "BHT", 5)),
    Break("ELEMENT_CHARACTER", P, "*JANE*", "*JA\x01NE*", (13, None, None)),
    Break("ELEMENT_PATTERN", INPATIENT, "*455010001", "*45501", (9, "N4", 3)),
    Break("ELEMENT_SYNTAX", P, "PER*IC*ANN DESK*TE*5550100", "PER*IC*ANN DESK*TE*5550100*EX", (4, "PER", 5)),
    Break("COMPONENT_EXTRA", P, "*11:B:1*", "*11:B:1:2*", (18, "CLM", 5)),
    Break("NPI_CHECK_DIGIT", P, "*2000000002", "*2000000003", (7, "NM1", 9)),
    # sums and rules
    Break("CHARGE_BALANCE", P, "*150*", "*151*", (18, "CLM", None)),
    Break("COB_LINE_BALANCE", COB, "SVD*G300*70*", "SVD*G300*71*", (30, None, None), ("COB_CLAIM_BALANCE",)),
    Break("COB_CLAIM_BALANCE", COB, "AMT*D*55", "AMT*D*56", (19, "CLM", None)),
    Break("REMIT_LINE_BALANCE", R, "CAS*CO*45*5~", "CAS*CO*45*6~", (19, None, None), ("REMIT_CLAIM_BALANCE",)),
    Break("REMIT_CLAIM_BALANCE", REVERSAL, "CAS*CO*45*-45~", "CAS*CO*45*-44~", (12, "CLP", None)),
    Break("REMIT_LINES_TO_CLAIM", R, "*50*30**1*", "*51*31**1*", (12, "CLP", None)),
    Break("REMIT_PAYMENT_BALANCE", R, "BPR*I*105*", "BPR*I*106*", (2, "BPR", 2)),
    Break("REMIT_PAYMENT_NEGATIVE", REVERSAL, "BPR*I*40*", "BPR*I*-40*", (2, "BPR", 2), ("REMIT_PAYMENT_BALANCE",)),
    Break("PATIENT_RESPONSIBILITY", R, "*150*105*20*", "*150*105*21*", (12, "CLP", None)),
    Break("CARC_UNKNOWN", R, "CAS*CO*50*90", "CAS*CO*9999*90", (32, None, None)),
    Break("CARC_GROUP", REVERSAL, "CAS*CO*45*-45", "CAS*OA*45*-45", (12, "CLP", None)),
    Break("CARC_PLACE", R, "CAS*CO*50*90", "CAS*CO*192*90", (32, None, None)),
    Break("CARC_WHOLE_CHARGE", R, "CAS*CO*50*90", "CAS*CO*45*90", (32, None, None)),
    Break("CARC_NEEDS_REMARK", R, "CAS*CO*50*90~LQ*HE*N115~", "CAS*CO*16*90~", (32, None, None)),
    Break("FREQUENCY_WITHOUT_REFERENCE", COB, "REF*F8*BETA-CLAIM-1~", "", (19, "CLM", None)),
    Break("ACCIDENT_DATE_MISSING", DEPENDENT, "DTP*439*D8*20240102~", "", (21, "CLM", None)),
)  # fmt: skip


def _broken(one: Break) -> bytes:
    good = GOOD[one.case]
    assert good.count(one.old.encode("latin-1")) == 1, one.old
    content = good.replace(one.old.encode("latin-1"), one.new.encode("latin-1"))
    return _recounted(content) if one.recount else content


def _recounted(content: bytes) -> bytes:
    """SE01 of the first set made right again."""
    start, end = content.find(b"ST*"), content.find(b"~SE*")
    if end < 0:
        return content
    count = content.count(b"~", start, end) + 2
    return content[:end] + re.sub(rb"~SE\*\d+", b"~SE*%d" % count, content[end:], count=1)


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.code)
def test_broken_in_one_way(one: Break) -> None:
    found = converted(_broken(one), one.settings).findings
    places = [finding.location[:3] for finding in found if finding.code == one.code]
    assert one.place in places
    assert {finding.code for finding in found} == {one.code, *one.also}


def test_good_files_are_good() -> None:
    assert {P, INPATIENT, D, R, COB, DEPENDENT, REVERSAL} <= set(GOOD)
    assert [name for name, content in GOOD.items() if converted(content).codes()] == []


WHOLE = {
    "FILE_EMPTY": b"",
    "FILE_UNREADABLE": b"Dear colleague, the file is attached.\n",
    "ISA_UNREADABLE": b"ISA*00*too short~" + GOOD[P],
    "ISA_DUPLICATE": GOOD[P] + GOOD[P],
}


@pytest.mark.parametrize("code", WHOLE)
def test_whole_files(code: str) -> None:
    assert code in converted(WHOLE[code]).codes()


ELSEWHERE = {
    "ISA_REUSED": "the gateway knows earlier files",
    "READ_FAILED": "the gateway says it of its own fault",
}


def test_every_code_is_here() -> None:
    """A new code needs its broken file."""
    assert {*(one.code for one in BREAKS), *WHOLE, *ELSEWHERE} == set(FINDINGS)
