"""Codes for generated instances: a few of each code set, by their form; whether they exist nobody says."""

from random import Random

from parsers.x12.instance_tree import Part, Row
from parsers.x12.writer import Composite, Element

CODES = {
    "hcpcs": ("99213", "80053", "71046", "J1100", "G0463", "0001F"),
    "hipps": ("1AFKS", "2CGMS"),
    "cdt": ("D0120", "D1110", "D2740"),
    "revenue": ("0300", "0450", "0120"),
    "ndc": ("00002111401", "50242004062"),
    "modifier": ("25", "59", "LT", "RT", "GA"),
    "icd10cm": ("I10", "E119", "S52501A", "Z0000"),
    "icd9cm": ("4019", "25000", "V700"),
    "icd10pcs": ("0SRD0J9", "30233N1"),
    "icd9pcs": ("8154", "9904"),
    "drg": ("470", "291"),
    "taxonomy": ("207Q00000X", "282N00000X", "1223G0001X"),
    "two": ("01", "11", "A1", "24"),
    "patient_status": ("01", "03", "30"),
    "tooth": ("1", "14", "32", "C"),
    "state": ("FL", "OH", "PA"),
    "zip": ("45501", "455010001"),
    "ein": ("581234567",),
    "ssn": ("123456789",),
    "clia": ("45D0000001",),
    "status_category": ("A1", "A2"),
    "status": ("20", "21"),
    "rarc": ("N19", "M15", "MA130"),
    "payer_identifier": ("1512345678",),
}
PROCEDURES = {"HC": "hcpcs", "HP": "hipps", "AD": "cdt", "N4": "ndc", "NU": "revenue"}
IN_COMPOSITES = {"SV1": 1, "SV2": 2, "SV3": 1, "SVD": 3, "SVC": 1}
"""Where the procedure of a line stands."""
_MODIFIERS = range(2, 6)
_COVERAGE_DAYS = ("348", "349")
"""First and last day of a coverage (834): each is one day, though the guide lets the format be a range."""
IN_REFERENCES = {"EI": "ein", "SY": "ssn", "X4": "clia", "F4": "clia"}


def code(rng: Random, name: str) -> str:
    return rng.choice(CODES[name])


def procedure(rng: Random, value: Element) -> Element:
    """A procedure composite with a code and modifiers of their form; anything else as it is."""
    if not isinstance(value, tuple) or len(value) < 2:
        return value
    parts = list(value)
    name = PROCEDURES.get(parts[0])
    if name and parts[1]:
        parts[1] = code(rng, name)
    for at in _MODIFIERS:
        if at < len(parts) and parts[at]:
            parts[at] = code(rng, "modifier")
    return tuple(parts)


def part(value: Element, number: int, text: str) -> Composite:
    """The composite with component `number` (from 1) changed."""
    parts = list(value) if isinstance(value, tuple) else [str(value)]
    parts += [""] * (number - len(parts))
    parts[number - 1] = text
    return tuple(parts)


def settle_codes(root: Part, rng: Random) -> None:
    """Codes and identifiers that have one form wherever they stand."""
    for row in root.every_row():
        e = row.elements
        tag = row.segment.tag
        if tag in IN_COMPOSITES:
            at = IN_COMPOSITES[tag]
            e[at] = procedure(rng, e[at])
            if tag == "SVC" and len(e) > 6:
                e[6] = procedure(rng, e[6])
        _by_tag(row, rng)


def _by_tag(row: Row, rng: Random) -> None:
    e, tag = row.elements, row.segment.tag
    if tag == "PRV" and e[3]:
        e[3] = code(rng, "taxonomy")
    elif tag == "REF" and e[1] in IN_REFERENCES and e[2]:
        e[2] = code(rng, IN_REFERENCES[str(e[1])])
    elif tag == "N4":
        _place(row, rng)
    elif tag == "LIN" and e[2] == "N4":
        e[3] = code(rng, "ndc")
    elif tag == "TOO" and e[1] == "JP" and e[2]:
        e[2] = code(rng, "tooth")
    elif (tag == "SV2" and e[1]) or (tag in ("SVD", "SVC") and e[4]):
        e[1 if tag == "SV2" else 4] = code(rng, "revenue")
    elif tag == "STC":
        for at in (1, 10, 11):
            if at < len(e) and isinstance(e[at], tuple):
                e[at] = part(part(e[at], 1, code(rng, "status_category")), 2, code(rng, "status"))
    elif tag == "DTP" and e[1] in _COVERAGE_DAYS and e[2] == "RD8":
        e[2:4] = ["D8", str(e[3])[:8]]
    elif tag == "UM" and e[1] == "SC":
        e[1] = "HS"
    elif tag == "LQ" and e[1] == "HE":
        e[2] = code(rng, "rarc")
    elif tag == "TRN" and row.segment.loop == "ST" and len(e) > 3:
        e[3] = code(rng, "payer_identifier")


def _place(row: Row, rng: Random) -> None:
    """State and postal code, each only where the segment has one that the guide leaves open."""
    e = row.elements
    if len(e) > 2 and e[2]:
        e[2] = code(rng, "state")
    if len(e) > 3 and e[3] and not row.segment.elements[2].pattern:
        e[3] = code(rng, "zip")
