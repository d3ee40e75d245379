"""Numbers of public code lists, without their texts: place of service, states and provinces, claim status, remark codes.

Sources: CMS's list of places of service; the code numbers that pyx12 4.0 ships (BSD), for the rest. Such a list is never newer than the program:
a number above the last one known here is taken as new, not as wrong. A list that the site loads goes before all of these.
"""

from typing import NamedTuple

_POS = (
    "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 31 32 33 34 41 42 49 50 51 52 53 54 55 56 57 58 60 61 62 65 "
    "66 71 72 81 99"
)
_STATES = (
    "AA AE AK AL AP AR AS AZ CA CO CT DC DE FL FM GA GU HI IA ID IL IN KS KY LA MA MD ME MH MI MN MO MP MS MT NC ND NE NH NJ NM NV NY OH OK OR PA PR "
    "PW RI SC SD TN TX UT VA VI VT WA WI WV WY"
)
_PROVINCES = "AB BC MB NB NL NF NS NT NU ON PE PQ QC SK YT"
_STATUS_CATEGORIES = (
    "A0 A1 A2 A3 A4 A5 A6 A7 A8 D0 E0 E1 E2 E3 E4 F0 F1 F2 F3 F3F F3N F4 F5 P0 P1 P2 P3 P4 P5 R0 R1 R3 R4 R5 R6 R7 R8 R9 R10 R11 R12 R13 R14 R15 R16 "
    "R17 RQ X0"
)

POS = frozenset(_POS.split())
STATES = frozenset(_STATES.split())
"""Of the United States, with territories and the military post."""
PROVINCES = frozenset(_PROVINCES.split())
"""Of Canada: senders leave the country out."""
STATUS_CATEGORIES = frozenset(_STATUS_CATEGORIES.split())


class Numbers(NamedTuple):
    """Codes of a list as numbers behind their letters; what is above `last` is not known."""

    held: frozenset[int]
    last: int

    def may_be(self, number: int) -> bool:
        return number in self.held or number > self.last


def _numbers(text: str) -> Numbers:
    found: set[int] = set()
    for word in text.split():
        first, _, last = word.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return Numbers(frozenset(found), max(found))


STATUS_CODES = _numbers("0-35 37-42 44-57 59-61 64-73 78 81 83-150 152-771")
REMARKS = {
    "M": _numbers("1-144"),
    "MA": _numbers("1-11 13-14 16-19 25 29-38 40-45 47-90 92-126 128-134"),
    "N": _numbers("1-734"),
}
"""Remark codes (RARC) by their letters."""


def status_code(code: str) -> bool:
    """Whether a claim status code is or may be one."""
    return code.isascii() and code.isdigit() and len(code) <= 4 and STATUS_CODES.may_be(int(code))


def remark_code(code: str) -> bool:
    """Whether a remark code is or may be one."""
    letters = code.rstrip("0123456789")
    digits = code[len(letters) :]
    return letters in REMARKS and 0 < len(digits) <= 4 and digits.isascii() and REMARKS[letters].may_be(int(digits))
