"""What codes look like, by code set (domain: formats and what may be shipped). A form says what can be a code, a list what is one.

`FORMS[name][text]` is whether the text has the form: each is a bounded memory of what it was asked, because codes repeat.
"""

import re
from collections.abc import Callable

from parsers.values import Memo
from parsers.x12.converters import npi_valid
from schemas.codes.known import POS, PROVINCES, STATES, STATUS_CATEGORIES, remark_code, status_code

PATTERNS = {
    "icd10cm": r"[A-Z]\d[0-9AB][0-9A-Z]{0,4}",
    "icd10pcs": r"[0-9A-HJ-NP-Z]{7}",
    "icd9cm": r"(?:\d{3}|V\d\d)\d{0,2}|E\d{3}\d?",
    "icd9pcs": r"\d{2}\d{0,2}",
    "cpt": r"\d{5}|\d{4}[AFMTU]",
    "hcpcs": r"[A-CE-V]\d{4}",
    "cdt": r"D\d{4}",
    "modifier": r"[0-9A-Z]{2}",
    "revenue": r"\d{4}",
    "ndc": r"\d{11,12}",
    "hipps": r"[0-9A-Z]{5}",
    "drg": r"\d{3,4}",
    "pos": r"\d{2}",
    "facility_type": r"\d{2}",
    "frequency": r"[0-9A-Z]",
    "two": r"[0-9A-Z]{2}",
    "patient_status": r"\d{2}",
    "poa": r"[NUWY1]",
    "taxonomy": r"[0-9A-Z]{9}X",
    "zip": r"\d{5}(?:\d{4})?",
    "country": r"[A-Z]{2,3}",
    "state": r"[A-Z]{2}",
    "carc": r"[A-Z]?\d{1,4}",
    "rarc": r"(?:M|MA|N)\d{1,4}",
    "status_category": r"[A-Z]\d{1,2}[A-Z]?|RQ",
    "status": r"\d{1,4}",
    "ein": r"\d{2}-?\d{7}",
    "ssn": r"(?!000|666|9\d\d)\d{3}-?(?!00)\d{2}-?(?!0000)\d{4}",
    "clia": r"\d{2}D\d{7}",
    "mbi": r"[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d[AC-HJKMNP-RT-Y]{2}\d{2}",
    "payer_identifier": r"1\d{9}",
    "tooth": r"[1-9]|[12]\d|3[0-2]|5[1-9]|[67]\d|8[0-2]|[A-T]S?",
}
"""Code set -> pattern of a whole code."""


def _matcher(pattern: str) -> Memo:
    matches = re.compile(pattern, re.ASCII).fullmatch
    return Memo(lambda text: matches(text) is not None)


FORMS: dict[str, Memo] = {**{name: _matcher(pattern) for name, pattern in PATTERNS.items()}, "npi": npi_valid}

_KNOWN: dict[str, Callable[[str], bool]] = {
    "pos": POS.__contains__,
    "state": (STATES | PROVINCES).__contains__,
    "rarc": remark_code,
    "status_category": STATUS_CATEGORIES.__contains__,
    "status": status_code,
}
KNOWN: dict[str, Memo] = {name: Memo(held) for name, held in _KNOWN.items()}
"""Whether a code is in the list shipped with the program, for the code sets that have one."""
