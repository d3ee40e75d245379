"""The mutation table: a good file, the one thing that is broken in it, the finding that must come, and what the acknowledgements say of it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from parsers.x12.checks.codes import CodeList
from parsers.x12.checks.judge import Extra
from parsers.x12.convert import Settings
from parsers.x12.frames import Limits
from parsers.x12.plan import ScanLimits
from tests.golden.cases import cases

P, INPATIENT, D, R, COB, DEPENDENT, REVERSAL = (
    "837p_simple", "837i_inpatient", "837d_tooth", "835_paid_denied", "837p_cob", "837p_dependent", "835_reversal_plb",
)  # fmt: skip
MENDED = {
    "275_binary": (("BIN*999*TOO SHORT", "BIN*9*TOO SHORT"),),
    "270_dependents": (("HL*7*6*23*0~", "HL*7*6*23*0~TRN*1*TRACE-21*9990000001~"), ("SE*30*", "SE*31*")),
    "278_inquiry": (("UM*HS*I~HCR*A1*AUTH78~SE*13*0003", "UM*HS*I~SE*12*0003"), ("UM*SC*I*3~HCR*A1~", "UM*SC*I*3~HCR*A3~")),
}
"""Golden inputs that have a finding, made good."""


def _good() -> Iterator[tuple[str, bytes]]:
    for case in cases():
        content = case.content.replace(b"~\n", b"~")
        for old, new in MENDED.get(case.name, ()):
            content = content.replace(old.encode(), new.encode())
        if case.name in MENDED or len(case.findings) == 1:
            yield case.name, content


GOOD = dict(_good())


class Break(NamedTuple):
    """`old`, which stands once in the good file, becomes `new`; the segments of the first set are counted again if `recount`.

    `place` is `{segment ordinal} {tag}{element}-{component} {loop}`, `-` for what the finding does not say. `said` is what TA1, 999 and 277CA
    say otherwise than of the good file. `also` comes with it, as nothing else can be broken in this way; `times`: one for each of several values.
    """

    code: str
    case: str
    old: str
    new: str
    place: str
    said: tuple[str, ...]
    times: int = 1
    also: tuple[str, ...] = ()
    settings: Settings = Settings()
    recount: bool = True

    def content(self) -> bytes:
        """The broken file."""
        good = GOOD[self.case]
        if good.count(self.old.encode("latin-1")) != 1:
            raise AssertionError(f"{self.code}: {self.old} does not stand once in {self.case}")
        content = good.replace(self.old.encode("latin-1"), self.new.encode("latin-1"))
        return _recounted(content) if self.recount else content


def _recounted(content: bytes) -> bytes:
    """SE01 of the first set made right again."""
    start, end = content.find(b"ST*"), content.find(b"~SE*")
    if end < 0:
        return content
    count = content.count(b"~", start, end) + 2
    return content[:end] + re.sub(rb"~SE\*\d+", b"~SE*%d" % count, content[end:], count=1)


LISTS = {"icd10cm": CodeList({"E119": ("", ""), "I10": ("2020-10-01", "2023-09-30")})}
ST2 = "ST*837*0002*005010X222A1~"
BREAKS = (
    # file and interchange
    Break("FILE_BOM", P, "ISA*00", "\xef\xbb\xbfISA*00", "- - -", ()),
    Break("FILE_LEADING_BLANKS", P, "ISA*00", "\r\n ISA*00", "- - -", ()),
    Break("FILE_JUNK", P, "ISA*00", "from: someone\nISA*00", "- - -", ()),
    Break("ENVELOPE_MISSING", P, "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240115*0930*^*00501*000000001*0*T*:~", "",
          "- GS -", ()),
    Break("ISA_LENGTH", P, "*SENDER         *", "*SENDER*", "- ISA -", ("TA1*E*022",)),
    Break("ISA_REPETITION", P, "*^*00501", "*U*00501", "- ISA -", ()),
    Break("ISA_VERSION", P, "*00501*", "*00401*", "- ISA12 -", ("TA1*E*017",)),
    Break("ISA_ELEMENT", P, "*0*T*:", "*0*X*:", "- ISA15 -", ("TA1*E*020",)),
    Break("ISA_COMPONENT_SEPARATOR", P, "SV1*HC:87880*", "SV1*HC>87880*",
          "25 SV101 2400", ("TA1*E*027", "IK3*SV1*25*2400*8", "CTX*CLM01:PCN-1", "IK4*1:1*235*7*HC>87880", "IK5*E*5"), also=("ELEMENT_CODE",)),
    Break("IEA_MISSING", P, "IEA*1*000000001~", "", "- ISA -", ("TA1*E*023",)),
    Break("IEA_CONTROL_NUMBER", P, "IEA*1*000000001", "IEA*1*000000002", "- IEA02 -", ("TA1*E*001",)),
    Break("IEA_COUNT", P, "IEA*1*", "IEA*2*", "- IEA01 -", ("TA1*E*021",)),
    # group and set
    Break("GS_ELEMENT", P, "*0930*1*X*", "*0930*A*X*", "- GS06 -", ("AK9*E*1*1*1*6*4",), also=("GE_CONTROL_NUMBER",)),
    Break("GS_FUNCTION", P, "GS*HC*", "GS*HP*", "- GS01 -", ("AK9*E*1*1*1*1",)),
    Break("GE_MISSING", P, "GE*1*1~", "", "- GS -", ("AK9*E*1*1*1*3",)),
    Break("GE_CONTROL_NUMBER", P, "GE*1*1~", "GE*1*2~", "- GE02 -", ("AK9*E*1*1*1*4",)),
    Break("GE_COUNT", P, "GE*1*1~", "GE*2*1~", "- GE01 -", ("AK9*E*2*1*1*5",)),
    Break("GS_DUPLICATE", P, "IEA*1*", "GS*HC*SENDER*RECEIVER*20240115*0930*1*X*005010X222A1~GE*0*1~IEA*2*", "- GS06 -", ("AK9*R*0*0*0*19",)),
    Break("GUIDE_UNKNOWN", P, "*X*005010X222A1~ST*837*0001*005010X222A1", "*X*005010X999~ST*837*0001*005010X999",
          "1 ST -", ("IK5*R*I6", "AK9*R*1*1*0*2", "STC*A3:493"), also=("ITEM_IN_REFUSED_SET",)),
    Break("GUIDE_MISMATCH", P, "*X*005010X222A1", "*X*005010X222", "1 ST -", ("IK5*E*19",)),
    Break("GUIDE_GUESSED", R, "*X*005010X221A1", "*X*005010", "1 ST -", ()),
    Break("SE_MISSING", P, "SE*27*0001~", "", "1 ST -", ("IK5*R*2", "STC*A3:481"), also=("ITEM_IN_REFUSED_SET",)),
    Break("SE_CONTROL_NUMBER", P, "SE*27*0001~", "SE*27*0002~", "1 ST -", ("IK5*R*3", "STC*A3:481"), also=("ITEM_IN_REFUSED_SET",)),
    Break("ST_DUPLICATE", P, "GE*1*", "ST*837*0001*005010X222A1~CLM*2*1~SE*3*0001~GE*2*",
          "1 ST -", ("IK5*R*23", "STC*A3:54"), also=("ITEM_IN_REFUSED_SET",)),
    Break("ST_CONTROL_NUMBER", P, "ST*837*0001*", "ST*837*01*",
          "1 ST02 -", ("IK5*R*3*7", "STC*A3:481"), also=("SE_CONTROL_NUMBER", "ITEM_IN_REFUSED_SET")),
    Break("SE_COUNT", P, "SE*27*", "SE*28*", "27 SE01 -", ("IK5*E*4",), recount=False),
    Break("SET_REFUSED", P, "*150*", "*151*",
          "1 ST -", ("IK3*CLM*18*2300*8", "CTX*CLM01:PCN-1", "IK5*R*5", "STC*A3:481"), also=("CHARGE_BALANCE", "ITEM_IN_REFUSED_SET"),
          settings=Settings(policy={"CHARGE_BALANCE": "reject_set"})),
    Break("ITEM_IN_REFUSED_SET", P, "SE*27*0001~", "", "- CLM -", ("IK5*R*2", "STC*A3:481"), also=("SE_MISSING",)),
    Break("ITEM_OUTSIDE_SET", P, "GE*1*", "CLM*1*2~GE*1*", "- CLM -", ("TA1*E*024",)),
    Break("SET_WITHOUT_ITEM", P, "GE*1*", f"{ST2}SE*2*0002~GE*2*",
          "1 ST -", ("IK3*BHT*1**3", "IK3*NM1*1*1000*3", "IK3*HL*1*2000*3", "IK5*E*I5*5"),
          also=("SEGMENT_MISSING", "LOOP_MISSING", "LOOP_MISSING", "LOOP_MISSING")),
    # structure
    Break("SEGMENT_UNKNOWN", P, "HI*ABK", "QQQ*1~HI*ABK", "19 QQQ 2300", ("IK3*QQQ*19*2300*1", "CTX*CLM01:PCN-1", "IK5*E*5")),
    Break("SEGMENT_UNEXPECTED", P, "HI*ABK", "DMG*D8*19800229*F~HI*ABK", "19 DMG 2300", ("IK3*DMG*19*2300*2", "CTX*CLM01:PCN-1", "IK5*E*5")),
    Break("SEGMENT_MISSING", P, "N3*1 MAIN ST~", "", "7 NM1 2010AA", ("IK3*N3*7*2010*3", "IK5*E*5")),
    Break("SEGMENT_REPEATED", P, "N3*1 MAIN ST~", "N3*1 MAIN ST~N3*1 MAIN ST~", "9 N3 2010AA", ("IK3*N3*9*2010*5", "IK5*E*5")),
    Break("SEGMENT_ORDER", P, "N3*1 MAIN ST~N4*SPRINGFIELD*OH*45501~", "N4*SPRINGFIELD*OH*45501~N3*1 MAIN ST~",
          "9 N3 2010AA", ("IK3*N3*9*2010*7", "IK5*E*5")),
    Break("SEGMENT_LIMIT", P, "REF*6R*L1", f"REF*6R*{'1' * 300}",
          "23 - -", ("IK3*REF*23**8", "CTX*CLM01:PCN-1", "IK5*E*5", "STC*A7:684"), settings=Settings(scan=ScanLimits(segment=200))),
    Break("LOOP_MISSING", P, "NM1*PR*2*ALPHA HEALTH*****PI*A100~", "", "11 HL 2000B", ("IK3*NM1*11*2010*3", "IK5*E*5")),
    Break("LOOP_REPEATED", D, "LX*2~", "LX*2~SV3*AD:D0120*0~DTP*472*D8*20240110~" * 49 + "LX*2~",
          "175 LX 2400", ("IK3*LX*175*2400*4", "CTX*CLM01:PCN-5", "IK5*E*5")),
    Break("LOOP_ORDER", COB, "REF*F8*GAMMA-CLAIM-9~", "REF*F8*GAMMA-CLAIM-9~NM1*PW*2~N3*3 ELM ST~N4*DAYTON*OH*45402~",
          "30 NM1 2310E", ("IK3*NM1*30*2310*7", "CTX*CLM01:PCN-3", "IK5*E*5")),
    Break("HL_NUMBER", P, "HL*2*1*", "HL*3*1*", "11 HL01 2000B", ("IK3*HL*11*2000*8", "IK4*1*628*I12*3", "IK5*E*I5")),
    Break("HL_PARENT", P, "HL*2*1*", "HL*2*7*", "11 HL02 2000B", ("IK3*HL*11*2000*8", "IK4*2*734*I12*7", "IK5*E*I5")),
    Break("HL_CHILD", DEPENDENT, "HL*2*1*22*1", "HL*2*1*22*0", "15 HL 2000C", ("IK3*HL*15*2000*2", "IK5*E*5")),
    Break("FINDINGS_LIMIT", P, "HI*ABK", "QQQ*1~" * 4 + "HI*ABK",
          "21 QQQ 2300", ("IK3*QQQ*19*2300*1", "CTX*CLM01:PCN-1", "IK3*QQQ*20*2300*1", "IK5*E*5"), also=("SEGMENT_UNKNOWN", "SEGMENT_UNKNOWN"),
          settings=Settings(item=Limits(item_findings=2))),
    Break("ITEM_LIMIT", P, "REF*6R*L1", "REF*6R*L1",
          "24 CLM -", ("IK3*CLM*24**4", "CTX*CLM01:PCN-1", "IK5*E*5", "STC*A7:275"), settings=Settings(item=Limits(item_segments=5))),
    Break("ITEM_NUMBER_MISSING", P, "CLM*PCN-1*", "CLM**",
          "18 CLM01 2300", ("IK3*CLM*18*2300*8", "IK4*1*1028*1", "IK5*E*5", "STC*A6:478"), also=("ELEMENT_MISSING",)),
    # elements
    Break("ELEMENT_MISSING", P, "SBR*P*", "SBR**", "12 SBR01 2000B", ("IK3*SBR*12*2000*8", "IK4*1*1138*1", "IK5*E*5")),
    Break("ELEMENT_NOT_USED", P, "*150***11", "*150*X**11",
          "18 CLM03 2300", ("IK3*CLM*18*2300*8", "CTX*CLM01:PCN-1", "IK4*3*1032*I10*X", "IK5*E*I5")),
    Break("ELEMENT_EXTRA", P, "REF*6R*L1", "REF*6R*L1****X", "23 REF05 2400", ("IK3*REF*23*2400*8", "CTX*CLM01:PCN-1", "IK4*5**3", "IK5*E*5")),
    Break("ELEMENT_SHORT", P, "*OH*45501", "*OH*45", "9 N403 2010AA", ("IK3*N4*9*2010*8", "IK4*3*116*4*45", "IK5*E*5")),
    Break("ELEMENT_LONG", P, "REF*6R*L1", f"REF*6R*{'1' * 51}",
          "23 REF02 2400", ("IK3*REF*23*2400*8", "CTX*CLM01:PCN-1", "IK4*2*127*5*111111111111111111111111111111111111111111111111111", "IK5*E*5")),
    Break("ELEMENT_CODE", P, "SBR*P*", "SBR*?*", "12 SBR01 2000B", ("IK3*SBR*12*2000*8", "IK4*1*1138*7*?", "IK5*E*5")),
    Break("ELEMENT_NUMBER", P, "*UN*1.0*", "*UN*1,0*", "25 SV104 2400", ("IK3*SV1*25*2400*8", "CTX*CLM01:PCN-1", "IK4*4*380*6*1,0", "IK5*E*5")),
    Break("ELEMENT_DATE", P, "DMG*D8*19800229", "DMG*D8*19810229", "16 DMG02 2010BA", ("IK3*DMG*16*2010*8", "IK4*2*1251*8*19810229", "IK5*E*5")),
    Break("ELEMENT_TIME", P, "*0930*CH", "*2530*CH", "2 BHT05 ST", ("IK3*BHT*2**8", "IK4*5*337*9*2530", "IK5*E*5")),
    Break("ELEMENT_CHARACTER", P, "*JANE*", "*JA\x01NE*", "13 - -", ("IK3*NM1*13**8", "IK4*4*1036*6", "IK5*E*5")),
    Break("ELEMENT_PATTERN", INPATIENT, "*455010001", "*45501", "9 N403 2010AA", ("IK3*N4*9*2010*8", "IK4*3*116*I12*45501", "IK5*E*I5")),
    Break("ELEMENT_SYNTAX", P, "PER*IC*ANN DESK*TE*5550100", "PER*IC*ANN DESK*TE*5550100*EX",
          "4 PER05 1000A", ("IK3*PER*4*1000*8", "IK4*5*365*2", "IK5*E*5")),
    Break("COMPONENT_EXTRA", P, "*11:B:1*", "*11:B:1:2*", "18 CLM05 2300", ("IK3*CLM*18*2300*8", "CTX*CLM01:PCN-1", "IK4*5**13", "IK5*E*5")),
    Break("NPI_CHECK_DIGIT", DEPENDENT, "*2000000028", "*2000000029", "29 NM109 2310B", ("IK5*E*5", "STC*A7:562:82")),
    # sums and rules
    Break("CHARGE_BALANCE", P, "*150*", "*151*", "18 CLM 2300", ("IK5*E*5", "STC*A8:400")),
    Break("COB_LINE_BALANCE", COB, "SVD*G300*70*", "SVD*G300*71*", "30 LX 2400", ("IK5*E*5", "STC*A8:672"), also=("COB_CLAIM_BALANCE",)),
    Break("COB_CLAIM_BALANCE", COB, "AMT*D*55", "AMT*D*56", "19 CLM 2300", ("IK5*E*5", "STC*A8:672"), times=2),
    Break("REMIT_LINE_BALANCE", R, "CAS*CO*45*5~", "CAS*CO*45*6~", "19 SVC 2110", ("IK5*E*5",), also=("REMIT_CLAIM_BALANCE",)),
    Break("REMIT_CLAIM_BALANCE", REVERSAL, "CAS*CO*45*-45~", "CAS*CO*45*-44~", "12 CLP 2100", ("IK5*E*5",)),
    Break("REMIT_LINES_TO_CLAIM", R, "*50*30**1*", "*51*31**1*", "12 CLP 2100", ("IK5*E*5",), times=2),
    Break("REMIT_PAYMENT_BALANCE", R, "BPR*I*105*", "BPR*I*106*", "2 BPR02 ST", ("IK5*R*5",)),
    Break("REMIT_PAYMENT_NEGATIVE", REVERSAL, "BPR*I*40*", "BPR*I*-40*", "2 BPR02 ST", ("IK5*R*5",), also=("REMIT_PAYMENT_BALANCE",)),
    Break("PATIENT_RESPONSIBILITY", R, "*150*105*20*", "*150*105*21*", "12 CLP 2100", ("IK5*E*5",)),
    Break("CARC_UNKNOWN", R, "CAS*CO*50*90", "CAS*CO*9999*90", "32 SVC 2110", ("IK5*E*5",)),
    Break("CARC_GROUP", REVERSAL, "CAS*CO*45*-45", "CAS*OA*45*-45", "12 CLP 2100", ("IK5*E*5",)),
    Break("CARC_PLACE", R, "CAS*CO*50*90", "CAS*CO*192*90", "32 SVC 2110", ("IK5*E*5",)),
    Break("CARC_WHOLE_CHARGE", R, "CAS*CO*50*90", "CAS*CO*45*90", "32 SVC 2110", ("IK5*E*5",)),
    Break("CARC_NEEDS_REMARK", R, "CAS*CO*50*90~LQ*HE*N115~", "CAS*CO*16*90~", "32 SVC 2110", ("IK5*E*5",)),
    Break("FREQUENCY_WITHOUT_REFERENCE", COB, "REF*F8*BETA-CLAIM-1~", "", "19 CLM 2300", ("IK5*E*5", "STC*A6:464")),
    Break("ACCIDENT_DATE_MISSING", DEPENDENT, "DTP*439*D8*20240102~", "", "21 CLM 2300", ("IK5*E*5", "STC*A6:727")),
    # acknowledgements and enrolments
    Break("STATUS_DISAGREES", "277ca_claims", "STC*A7:562:85*20240205*U*", "STC*A7:562:85*20240205*WQ*", "32 TRN 2200D", ("IK5*E*5",)),
    Break("ACK_GROUP_DISAGREES", "999_errors", "AK9*P*3*3*2*5", "AK9*A*3*3*2", "1 ST ST", ()),
    Break("ENROLLMENT_DATES", "834_family", "DTP*349*D8*20240229", "DTP*349*D8*20240131", "12 INS 2000", ("IK5*E*5",)),
    # rules between segments
    Break("ACCIDENT_STATE_MISSING", DEPENDENT, "**AA:::OH", "**AA", "21 CLM 2300", ("IK5*E*5", "STC*A6:728")),
    Break("ADMISSION_DATE_MISSING", INPATIENT, "DTP*435*DT*202401020815~", "", "18 CLM 2300", ("IK5*E*5", "STC*A6:189")),
    Break("AMBULANCE_INFORMATION_MISSING", P, "***11:B:1*", "***41:B:1*", "18 CLM 2300", ("IK5*E*5", "STC*A6:337")),
    Break("AMBULANCE_PLACE_MISSING", P, "SV1*HC:87880*50*UN*1.0***1~", "SV1*HC:A0425*50*UN*1.0***1~CR1*LB*140**A*DH*12~",
          "24 LX 2400", ("IK5*E*5", "STC*A6:247", "STC*A6:266")),
    Break("ATTACHMENT_NUMBER_MISSING", P, "HI*ABK", "PWK*OZ*BM~HI*ABK", "18 CLM 2300", ("IK5*E*5", "STC*A6:489")),
    Break("COB_PAYER_UNKNOWN", COB, "SVD*G300*", "SVD*G301*", "30 LX 2400", ("IK5*E*5", "STC*A8:672", "STC*A8:479"), also=("COB_CLAIM_BALANCE",)),
    Break("DATE_ORDER", DEPENDENT, "DTP*439*D8*20240102", "DTP*439*D8*20240112", "21 CLM 2300", ("IK5*E*5", "STC*A8:187")),
    Break("DIAGNOSIS_POINTER", P, "***1:2~", "***1:3~", "20 LX 2400", ("IK5*E*5", "STC*A8:247", "STC*A8:477")),
    Break("LINE_OUTSIDE_STATEMENT", INPATIENT, "DTP*472*D8*20240103~", "DTP*472*D8*20240106~", "38 LX 2400", ("IK5*E*5", "STC*A8:247", "STC*A8:188")),
    Break("MSP_TYPE_MISSING", COB, "SBR*S*18*******CI", "SBR*S*18*******MB", "19 CLM 2300", ("IK5*E*5", "STC*A6:578")),
    Break("PATIENT_DETAILS_MISSING", P, "DMG*D8*19800229*F~", "", "17 CLM 2300", ("IK5*E*5", "STC*A6:684")),
    Break("PATIENT_LEVEL", P, "SBR*P*18*", "SBR*P**", "18 CLM 2300", ("IK5*E*5", "STC*A8:156")),
    Break("PAYER_SEQUENCE", P, "SBR*P*", "SBR*S*", "18 CLM 2300", ("IK5*E*5", "STC*A8:742")),
    Break("PAYMENT_METHOD", R, "BPR*I*105*C*ACH*", "BPR*I*105*C*NON*", "2 BPR02 ST", ("IK5*R*5",)),
    Break("PREDETERMINATION_PAID", REVERSAL, "CLP*PCN-8*21*", "CLP*PCN-8*25*", "20 CLP 2100", ("IK5*E*5",)),
    Break("REVERSAL_SIGN", REVERSAL, "CLP*PCN-8*21*", "CLP*PCN-8*22*", "20 CLP 2100", ("IK5*E*5",)),
    Break("SERVICE_IN_FUTURE", P, "DTP*472*D8*20240110~REF*6R*L1", "DTP*472*D8*20240116~REF*6R*L1",
          "20 LX 2400", ("IK5*E*5", "STC*A7:247", "STC*A7:187")),
    # codes
    Break("CODE_FORM", P, "SV1*HC:99213:25*", "SV1*HC:9921:25*", "20 LX 2400", ("IK5*E*5", "STC*A7:247", "STC*A7:454")),
    Break("CODE_UNKNOWN", P, "***11:B:1*", "***97:B:1*", "18 CLM 2300", ("IK5*E*5", "STC*A7:249")),
    Break("CODE_SET_DATE", P, "HI*ABK:J029*ABF:R509", "HI*BK:0340*BF:7806", "18 CLM 2300", ("IK5*E*5", "STC*A8:187")),
    Break("CODE_NOT_LISTED", P, "HI*ABK", "HI*ABK", "18 CLM 2300", ("IK5*E*5", "STC*A7:275"), times=2, settings=Settings(extra=Extra(lists=LISTS))),
    Break("CODE_NOT_VALID", INPATIENT, "HI*ABK", "HI*ABK",
          "18 CLM 2300", ("IK5*E*5", "STC*A8:275"), also=("CODE_NOT_LISTED", "CODE_NOT_LISTED", "CODE_NOT_LISTED", "CODE_NOT_LISTED"),
          settings=Settings(extra=Extra(lists=LISTS))),
    # eligibility, authorisations, attachments
    Break("LEVEL_WITHOUT_ITEM", "271_benefits", "EB*6**35~DTP*357*D8*20231231~", "", "51 HL 2000D", ("IK3*HL*51*2000*I7", "IK5*E*I5")),
    Break("LIST_LIMIT", "277ca_claims", "QTY*90*1", "QTY*90*1", "45 - -", (), times=2, settings=Settings(item=Limits(gathered=0))),
    Break("ELEMENT_REPEATED", "278_response", "0V^0W~", "0V^0W^0X^0Y^0Z^1A~",
          "35 HCR03 2000F", ("IK3*HCR*35*2000*8", "CTX*TRN02:RC-55", "IK4*3*901*12", "IK5*E*5")),
    Break("BINARY_LENGTH", "275_binary", "BIN*9*TOO SHORT", "BIN*8*TOO SHORT", "32 - -", ("IK3*BIN*32**8", "IK4*1**7", "IK5*E*5"), recount=False),
    Break("TRACE_MISSING", "270_dependents", "TRN*1*TRACE-12*9990000001~", "", "18 HL 2000D", ("IK5*E*5",)),
    Break("REJECTION_OF_VALID_REQUEST", "271_benefits", "REF*SY*123456789~", "REF*SY*123456789~AAA*Y**42*Y~", "51 HL 2000D", ("IK5*E*5",)),
    Break("STATUS_CATEGORY", "277ca_claims", "STC*A4:35*20240205", "STC*F2:35*20240205", "42 TRN 2200D", ("IK5*E*5",)),
    Break("AUTHORIZATION_UNDECIDED", "278_response", "HCR*A4**0U~", "", "43 HL 2000E", ("IK5*E*5",)),
    Break("AUTHORIZATION_DECIDED_AND_REJECTED", "278_response", "UM*HS*I*1~HCR*A4", "AAA*N**33*C~UM*HS*I*1~HCR*A4", "43 HL 2000E", ("IK5*E*5",)),
    Break("AUTHORIZATION_NUMBER_MISSING", "278_response", "HCR*A2*AUTH77**N", "HCR*A2***N", "12 HL 2000E", ("IK5*E*5",)),
    Break("AUTHORIZATION_REFERRAL_LEVEL", "278_request", "UM*HS*I*2~DTP*472", "UM*SC*I*2~DTP*472", "23 HL 2000E", ("IK5*E*5",)),
    Break("AUTHORIZATION_ANSWER_AS_INQUIRY", "278_inquiry", "UM*HS*I~SE*12*0003", "UM*HS*I~HCR*A1*AUTH78~SE*13*0003",
          "9 HL 2000D", ("IK5*E*5",), recount=False),
)  # fmt: skip
