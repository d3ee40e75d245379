"""Rules between the segments of a generated 837 or 835: levels, payers in order, days in order, codes of one era, pointers that point."""

from datetime import date, timedelta
from random import Random

from parsers.x12.instance_codes import code, part
from parsers.x12.instance_tree import Part, Row
from parsers.x12.writer import Element

MADE = "20260701"
"""BHT04: later than any day of service that is made here."""
_FIRST, _DAYS = date(2016, 1, 1), 3600
_FIRST_OLD, _DAYS_OLD = date(2009, 1, 1), 1800
_PAYERS = "STABCDEFGH"
_SENT = frozenset({"BM", "EL", "EM", "FT", "FX"})
_OLD = frozenset({"BK", "BF", "BJ", "PR", "BN", "BR", "BQ"})
_SETS = {
    **dict.fromkeys(("ABK", "ABF", "ABJ", "APR", "ABN"), "icd10cm"), **dict.fromkeys(("BK", "BF", "BJ", "PR", "BN"), "icd9cm"),
    "BBR": "icd10pcs", "BBQ": "icd10pcs", "BR": "icd9pcs", "BQ": "icd9pcs", "DR": "drg", **dict.fromkeys(("BI", "BH", "BE", "BG"), "two"),
}  # fmt: skip
_ERAS = {"BK": "ABK", "BF": "ABF", "BJ": "ABJ", "PR": "APR", "BN": "ABN", "BR": "BBR", "BQ": "BBQ"}
_NEW = {new: old for old, new in _ERAS.items()}
_DIAGNOSES = frozenset({"ABK", "BK", "ABF", "BF", "ABJ", "BJ", "APR", "PR", "ABN", "BN", "TQ"})
_AT_CLAIM = {"431": -10, "439": -10, "435": 0, "096": 5, "297": -5, "296": 20, "090": -5, "091": 5, "050": 9}
"""DTP01 of a claim -> days from the first day of service."""


def settle_claims(root: Part, rng: Random) -> None:
    """837."""
    for row in root.rows("BHT"):
        row.elements[4] = MADE
    for level in root.every("2000B"):
        own = level.rows("SBR")[0].elements
        own[1], own[2] = "P", "" if level.parts("2000C") else "18"
    for birth in root.every_row("DMG"):
        birth.elements[2] = f"{rng.randrange(1930, 2008)}0{rng.randrange(1, 10)}1{rng.randrange(10)}"
    for claim in root.every("2300"):
        _settle_claim(claim, rng)


def _settle_claim(claim: Part, rng: Random) -> None:
    head = claim.rows("CLM")[0]
    old = any(isinstance(value, tuple) and value[0] in _OLD for row in claim.rows("HI") for value in row.elements[1:])
    first = (_FIRST_OLD if old else _FIRST) + timedelta(days=rng.randrange(_DAYS_OLD if old else _DAYS))
    diagnoses = sum(_diagnosis_codes(row, old, rng) for row in claim.rows("HI"))
    _facility(claim, head.elements, rng)
    for row in claim.rows("DTP"):
        _moved(row, first + timedelta(days=_AT_CLAIM.get(str(row.elements[1]), 0)), 9)
    for row in claim.rows("CL1"):
        row.elements[3] = code(rng, "patient_status")
    for number, payer in enumerate(claim.parts("2320")):
        payer.rows("SBR")[0].elements[1] = _PAYERS[number]
    for line in claim.parts("2400"):
        _settle_line(line, first, diagnoses)
    for row in claim.every_row("PWK"):
        if row.elements[2] in _SENT:
            row.elements[5:7] = ["AC", row.elements[6] or "A1"]


def _facility(claim: Part, head: list[Element], rng: Random) -> None:
    place = head[5]
    institutional = isinstance(place, tuple) and place[1] == "A"
    admitted = bool(claim.rows("DTP", "435"))
    where = (
        ("11" if admitted else rng.choice(("13", "71", "83")))
        if institutional
        else rng.choice(("21", "11") if admitted else ("11", "12", "22", "81"))
    )
    head[5] = part(place, 1, where)
    cause = head[11] if len(head) > 11 else ""
    if isinstance(cause, tuple) and "AA" in cause[:2]:
        head[11] = part(cause, 4, "OH")


def _diagnosis_codes(row: Row, old: bool, rng: Random) -> int:
    """Codes of the composites of an HI, all of one era; returns how many of them lines can point to."""
    count = 0
    for at, value in enumerate(row.elements[1:], 1):
        if not isinstance(value, tuple) or not value[0]:
            continue
        said = (_NEW if old else _ERAS).get(value[0], value[0])
        if said in _SETS:
            value = part(part(value, 1, said), 2, code(rng, _SETS[said]))
        row.elements[at] = value
        count += said in _DIAGNOSES
    return count


def _moved(row: Row, day: date, span: int) -> None:
    """The date of a DTP in the format it has; a time alone stays."""
    last = day + timedelta(days=span)
    form, value = row.elements[2], str(row.elements[3])
    row.elements[3] = {"D8": f"{day:%Y%m%d}", "RD8": f"{day:%Y%m%d}-{last:%Y%m%d}", "DT": f"{day:%Y%m%d}{value[8:]}"}.get(str(form), value)


def _settle_line(line: Part, first: date, diagnoses: int) -> None:
    for row in line.rows("DTP", "472"):
        _moved(row, first, 1)
    for tag, at in (("SV1", 7), ("SV3", 11)):
        for row in line.rows(tag):
            if len(row.elements) > at and row.elements[at]:
                count = len([text for text in row.elements[at] if text]) if isinstance(row.elements[at], tuple) else 1
                row.elements[at] = tuple(str(number) for number in range(1, min(count, diagnoses) + 1)) or ""


def settle_remittance(root: Part, rng: Random) -> None:
    """835. A payment that says that it moves nothing is made one that may."""
    payment = root.rows("BPR")[0].elements
    if payment[1] == "H":
        payment[1] = "I"
    if payment[4] == "NON":
        payment[4] = "CHK"
    for claim in root.every("2100"):
        head = claim.rows("CLP")[0].elements
        if head[2] == "25":
            head[2] = "1"
        if len(head) > 11 and head[11]:
            head[11] = code(rng, "drg")
        _in_order(claim, "232", "233")
        for line in claim.parts("2110"):
            _in_order(line, "150", "151")


def _in_order(holder: Part, start: str, end: str) -> None:
    days = [*holder.rows("DTM", start), *holder.rows("DTM", end)]
    for row, value in zip(days, sorted(str(row.elements[2]) for row in days), strict=True):
        row.elements[2] = value
