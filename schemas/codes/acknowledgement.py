"""What an acknowledgement says of each finding: codes of TA1, 997/999, 277CA and of ERR in HL7 v2. Every finding code of SNIP 1 and 2 has a row.

Source: the decision table of acknowledgement codes (pyx12 and published code lists; numbers only). Two rules stand above the rows: a finding
of SNIP 3 to 7 is never named by a 999, and R is said only of what was refused and of which nothing was published.
"""

from typing import Literal, NamedTuple

from schemas.codes.findings import FINDINGS


class Answer(NamedTuple):
    """Codes of one finding; "" where that acknowledgement does not speak of it.

    `interchange` is TA105, `group` AK905, `set` IK502, `segment` IK304, `element` IK403. `category` (A3, A6, A7, A8) and `status` make the
    277CA status of a refused claim; an empty `status` is taken from the place (`PLACE_STATUS`). `value`: IK404 shows what stands there.
    """

    interchange: str = ""
    group: str = ""
    set: str = ""
    segment: str = ""
    element: str = ""
    category: str = ""
    status: str = ""
    value: bool = False


def _segment(code: str, category: str) -> Answer:
    return Answer(segment=code, category=category)


def _element(code: str, category: str = "A7", value: bool = False) -> Answer:
    return Answer(segment="8", element=code, category=category, value=value)


def _claim(category: str, status: str = "") -> Answer:
    return Answer(category=category, status=status)


NOTHING = Answer()
CLAIM_FORMAT = "684"
"""277CA status of a claim that syntax refuses in a set that was accepted: see the 999."""
SET_FORMAT = "481"
"""277CA status of a set that was refused: its format is invalid."""
PARTNER_RULE = _claim("A7", "732")
"""What breaks a rule that has no row: inconsistent with the receiver's billing guidelines."""

ANSWERS: dict[str, Answer] = {
    # file and interchange
    "FILE_EMPTY": NOTHING,
    "FILE_UNREADABLE": NOTHING,
    "FILE_BOM": NOTHING,
    "FILE_LEADING_BLANKS": NOTHING,
    "FILE_JUNK": NOTHING,
    "ENVELOPE_MISSING": NOTHING,
    "ISA_LENGTH": Answer(interchange="022"),
    "ISA_UNREADABLE": NOTHING,
    "ISA_REPETITION": NOTHING,
    "ISA_VERSION": Answer(interchange="017"),
    "ISA_ELEMENT": Answer(interchange="022"),
    "ISA_COMPONENT_SEPARATOR": Answer(interchange="027"),
    "IEA_MISSING": Answer(interchange="023"),
    "IEA_CONTROL_NUMBER": Answer(interchange="001"),
    "IEA_COUNT": Answer(interchange="021"),
    "ISA_DUPLICATE": Answer(interchange="025"),
    "ISA_REUSED": Answer(interchange="025"),
    # functional group and transaction set
    "GS_ELEMENT": Answer(group="6"),
    "GS_FUNCTION": Answer(group="1"),
    "GE_MISSING": Answer(group="3"),
    "GE_CONTROL_NUMBER": Answer(group="4"),
    "GE_COUNT": Answer(group="5"),
    "GS_DUPLICATE": Answer(group="19"),
    "GUIDE_UNKNOWN": Answer(set="I6", category="A3", status="493"),
    "GUIDE_MISMATCH": Answer(set="19", category="A3", status="493"),
    "GUIDE_GUESSED": NOTHING,
    "SE_MISSING": Answer(set="2", category="A3", status=SET_FORMAT),
    "SE_CONTROL_NUMBER": Answer(set="3", category="A3", status=SET_FORMAT),
    "SE_COUNT": Answer(set="4", category="A3", status=SET_FORMAT),
    "ST_CONTROL_NUMBER": Answer(set="7", category="A3", status=SET_FORMAT),
    "ST_DUPLICATE": Answer(set="23", category="A3", status="54"),
    "SET_REFUSED": NOTHING,
    "ITEM_IN_REFUSED_SET": NOTHING,
    "ITEM_OUTSIDE_SET": Answer(interchange="024"),
    "SET_WITHOUT_ITEM": Answer(set="I5"),
    # structure
    "SEGMENT_UNKNOWN": _segment("1", "A7"),
    "SEGMENT_UNEXPECTED": _segment("2", "A7"),
    "SEGMENT_MISSING": _segment("3", "A6"),
    "SEGMENT_REPEATED": _segment("5", "A7"),
    "SEGMENT_ORDER": _segment("7", "A7"),
    "SEGMENT_LIMIT": _segment("8", "A7"),
    "LOOP_MISSING": _segment("3", "A6"),
    "LOOP_REPEATED": _segment("4", "A7"),
    "LOOP_ORDER": _segment("7", "A7"),
    "HL_NUMBER": _element("I12", "A7", value=True),
    "HL_PARENT": _element("I12", "A8", value=True),
    "HL_CHILD": _segment("2", "A8"),
    "LEVEL_WITHOUT_ITEM": _segment("I7", "A6"),
    "LIST_LIMIT": NOTHING,
    "ITEM_LIMIT": _segment("4", "A7"),
    "ITEM_NUMBER_MISSING": _element("1", "A6"),
    # elements
    "ELEMENT_MISSING": _element("1", "A6"),
    "ELEMENT_NOT_USED": _element("I10", value=True),
    "ELEMENT_EXTRA": _element("3"),
    "ELEMENT_SHORT": _element("4", value=True),
    "ELEMENT_LONG": _element("5", value=True),
    "ELEMENT_CODE": _element("7", value=True),
    "ELEMENT_NUMBER": _element("6", value=True),
    "ELEMENT_DATE": _element("8", value=True),
    "ELEMENT_TIME": _element("9", value=True),
    "ELEMENT_CHARACTER": _element("6"),
    "ELEMENT_PATTERN": _element("I12", value=True),
    "ELEMENT_SYNTAX": _element("2", "A8"),
    "ELEMENT_REPEATED": _element("12"),
    "COMPONENT_EXTRA": _element("13"),
    "BINARY_LENGTH": _element("7"),
    # rules of a claim, its balance and its codes: a 277CA when they refuse it, never a 999
    "NPI_CHECK_DIGIT": _claim("A7", "562"),
    "CHARGE_BALANCE": _claim("A8", "400"),
    "COB_LINE_BALANCE": _claim("A8", "672"),
    "COB_CLAIM_BALANCE": _claim("A8", "672"),
    "CARC_UNKNOWN": _claim("A7", "521"),
    "CARC_GROUP": _claim("A8", "696"),
    "CARC_PLACE": _claim("A8", "521"),
    "CARC_WHOLE_CHARGE": _claim("A8", "519"),
    "CARC_NEEDS_REMARK": _claim("A6", "634"),
    "FREQUENCY_WITHOUT_REFERENCE": _claim("A6", "464"),
    "ACCIDENT_DATE_MISSING": _claim("A6", "727"),
    "ACCIDENT_STATE_MISSING": _claim("A6", "728"),
    "ADMISSION_DATE_MISSING": _claim("A6", "189"),
    "AMBULANCE_INFORMATION_MISSING": _claim("A6", "337"),
    "AMBULANCE_PLACE_MISSING": _claim("A6", "266"),
    "ATTACHMENT_NUMBER_MISSING": _claim("A6", "489"),
    "COB_PAYER_UNKNOWN": _claim("A8", "479"),
    "DATE_ORDER": _claim("A8", "187"),
    "DIAGNOSIS_POINTER": _claim("A8", "477"),
    "LINE_OUTSIDE_STATEMENT": _claim("A8", "188"),
    "MSP_TYPE_MISSING": _claim("A6", "578"),
    "PATIENT_DETAILS_MISSING": _claim("A6", "125"),
    "PATIENT_LEVEL": _claim("A8", "156"),
    "PAYER_SEQUENCE": _claim("A8", "742"),
    "SERVICE_IN_FUTURE": _claim("A7", "187"),
    "CODE_FORM": _claim("A7"),
    "CODE_UNKNOWN": _claim("A7"),
    "CODE_SET_DATE": _claim("A8", "187"),
    "CODE_NOT_LISTED": _claim("A7"),
    "CODE_NOT_VALID": _claim("A8"),
    "READ_FAILED": NOTHING,
    "FINDINGS_LIMIT": NOTHING,
}

ISA_ELEMENTS = {13: "018", 14: "019", 15: "020"}
"""TA105 by element of the ISA that does not have its form."""
INTERCHANGE_ORDER = ("025", "023", "022", "001", "021", "017", "018", "019", "020", "024", "027")
"""A TA1 has room for one code: the first of these that holds."""
SET_UNSUPPORTED, GROUP_VERSION_UNSUPPORTED = "1", "2"
"""IK502 where no guide has that ST01; AK905 where no guide has that GS08."""

WITHOUT_IMPLEMENTATION = {
    "segment": {"I4": "2", "I6": "3", "I7": "3", "I8": "3", "I9": "2"},
    "element": {"I6": "7", "I9": "2", "I10": "10", "I11": "1", "I12": "7", "I13": "10"},
    "set": {"I5": "5", "I6": "1"},
}
"""A 997 knows no codes of the implementation guides: the base code that comes nearest."""

ACCEPTED = {"A1": ("A1", "19", "PR"), "A2": ("A2", "20", "")}
"""277CA status of an accepted claim: received, or taken into adjudication. Status 19 needs an entity, which is the source's."""

LOOP_ENTITIES = {
    "1000A": "41", "1000B": "40", "2000A": "85", "2010AA": "85", "2010AB": "87", "2010AC": "PE", "2000B": "IL", "2010BA": "IL", "2010BB": "PR",
    "2000C": "QC", "2010CA": "QC", "2320": "PR", "2330A": "IL", "2330B": "PR",
}  # fmt: skip
PROVIDER_ENTITIES = {
    "837P": {
        "2310A": "DN", "2310B": "82", "2310C": "77", "2310D": "DQ", "2420A": "82", "2420B": "QB", "2420C": "77", "2420D": "DQ", "2420E": "DK",
        "2420F": "DN",
    },
    "837I": {
        "2310A": "71", "2310B": "72", "2310C": "ZZ", "2310D": "82", "2310E": "77", "2310F": "DN", "2420A": "72", "2420B": "ZZ", "2420C": "82",
        "2420D": "DN",
    },
    "837D": {
        "2310A": "DN", "2310B": "82", "2310C": "77", "2310D": "DD", "2310E": "DQ", "2420A": "82", "2420B": "DD", "2420C": "DQ", "2420D": "77",
    },
}  # fmt: skip
"""Entity code (STC01-3) by loop; provider loops differ by guide."""
STC_ENTITIES = frozenset(
    "03 1P 1Z 40 41 71 72 73 77 82 85 87 DK DN DQ FA GB HK IL LI MSC PR PRP QB QC QD SEP TL TTP TU".split()  # noqa: SIM905
)
"""Entity codes that the claim and line levels of a 277CA allow."""
NEEDS_ENTITY = frozenset("19 125 126 127 128 145 153 157 158 164 500 501 502 504 505 516 560 562 680".split())  # noqa: SIM905
"""Statuses that mean nothing without an entity."""

PLACE_STATUS = {
    "CLM01": "478", "CLM02": "178", "CLM0501": "249", "CLM0503": "535", "CLM07": "589", "CLM08": "360", "CLM11": "633", "CLM20": "555", "CLM": "275",
    "NM103": "125", "NM104": "505", "NM109": "153", "NM1": "125", "N3": "126", "N401": "502", "N402": "501", "N403": "500", "N4": "126",
    "DMG02": "158", "DMG03": "157", "PRV": "145", "PER": "127", "SBR01": "742", "SBR02": "156", "SBR": "171", "PAT01": "156",
    "HI": "255", "SV101": "454", "SV102": "583", "SV104": "476", "SV105": "249", "SV107": "477",
    "SV201": "455", "SV202": "454", "SV203": "583", "SV205": "476",
    "SV301": "454", "SV302": "583", "DTP": "187", "CL101": "231", "CL102": "229", "CL103": "234", "LIN03": "218", "CTP": "216", "PWK": "489",
    "CAS": "521", "SVD": "286", "CR1": "337", "REF": "560", "LX": "247", "TOO": "244",
}  # fmt: skip
"""277CA status by place: segment with element (and component), else segment; what is not here is CLAIM_FORMAT."""

BUSINESS_UNITS: dict[str, tuple[str, str, int, str, Literal["item", "set", "above"]]] = {
    "837": ("CLM01", "CLM", 1, "", "item"),
    "835": ("TRN02", "TRN", 2, "1", "set"),
    "270": ("TRN02", "TRN", 2, "", "item"),
    "271": ("TRN02", "TRN", 2, "", "item"),
    "276": ("TRN02", "TRN", 2, "", "item"),
    "277": ("TRN02", "TRN", 2, "", "item"),
    "278": ("TRN02", "TRN", 2, "", "item"),
    "820": ("ENT01", "ENT", 1, "", "above"),
    "834": ("SUBSCRIBER NUMBER REF02", "REF", 2, "0F", "item"),
}
"""What names the business unit of an error (CTX01 of a 999): (name, tag, element, qualifier in element 1, where that segment stands: in the item,
at the head of the set, or as the last one above the error)."""


def answer_to(code: str) -> Answer:
    """The row of a finding code. Without one: a rule of SNIP 3 to 7, a site's for instance, is a billing rule; what has no level is not answered."""
    row = ANSWERS.get(code)
    if row is None:
        kind = FINDINGS.get(code)
        row = NOTHING if kind is not None and kind.snip is None else PARTNER_RULE
    return row


def unanswered() -> set[str]:
    """Finding codes that need a row and have none: must be empty."""
    return {code for code, kind in FINDINGS.items() if kind.snip in (1, 2) and code not in ANSWERS}


ERROR_CODES = {
    "V2_SEGMENT_MISSING": "100", "V2_SEGMENT_ORDER": "100", "V2_SEGMENT_UNEXPECTED": "100", "V2_SEGMENT_NAME": "100",
    "V2_NO_MESSAGE": "100", "V2_SEGMENT_ABSENT": "100", "V2_SEGMENT_UNKNOWN": "100", "V2_SEGMENT_REPEATED": "100", "V2_TRUNCATED": "100",
    "V2_UNTERMINATED": "100", "V2_SEVERAL_VISITS": "100", "V2_LINE_WRAPPED": "100", "V2_SEGMENT_CASE": "100",
    "V2_FIELD_MISSING": "101", "V2_CONTROL_ID_MISSING": "101", "V2_TYPE_MISSING": "101", "V2_TRIGGER_MISSING": "101",
    "V2_VERSION_MISSING": "101", "V2_IDENTIFIER_MISSING": "101", "V2_MERGE_INCOMPLETE": "101",
    "V2_DATE": "102", "V2_NUMBER": "102", "V2_VALUE": "102", "V2_VALUE_TYPE": "102", "V2_FIELD_LONG": "102", "V2_FIELD_REPEATED": "102",
    "V2_FIELD_EXTRA": "102", "V2_COMPONENT_EXTRA": "102", "V2_ESCAPE": "102", "V2_CHARACTER": "102", "V2_CHARSET_WRONG": "102",
    "V2_CODE": "103", "V2_CHARSET_UNKNOWN": "103", "V2_STRUCTURE": "103",
    "V2_TYPE_UNKNOWN": "200", "V2_TRIGGER_UNKNOWN": "201", "V2_NO_EVENT": "201", "V2_VERSION_UNKNOWN": "203",
    "V2_IDENTIFIER_GUESSED": "204", "V2_MERGE_SAME": "204", "V2_MERGE_ACROSS": "204", "V2_MERGE_OTHER_PATIENT": "204",
    "V2_CONTROL_ID_REUSED": "205", "V2_DUPLICATE": "205",
}  # fmt: skip
"""ERR-3 (table 0357) of an HL7 v2 finding: 100 segment sequence, 101 required field, 102 data type, 103 table value, 200 to 203 unsupported type,
event, processing id, version, 204 unknown key, 205 duplicate key."""
INTERNAL_ERROR = "207"
"""ERR-3 of everything else."""


def error_code(code: str) -> str:
    """ERR-3 of a finding code."""
    return ERROR_CODES.get(code, INTERNAL_ERROR)
