"""A site's code maps against the tables of the standard."""

from parsers.hl7v2.checks import Codes
from parsers.hl7v2.profile import split_path
from schemas.hl7v2.tables import codes_of, fields_of
from schemas.hl7v2.versions import VERSIONS

_CLOSED = frozenset({"ID", "CNE"})
"""Data types whose tables are HL7's alone; a table of the users may hold codes that are not listed here."""


def impossible_codes(codes: Codes) -> list[tuple[str, str, str]]:
    """(field, code, table) of each code that the site gives a field whose table, which is HL7's alone, does not have it."""
    found = []
    for path, meant in codes.items():
        tag, number, below = split_path(path)
        fields = fields_of(tag, VERSIONS[-1])
        field = fields[number - 1] if number <= len(fields) and below in ((), (1,)) else None
        allowed = codes_of(field.table) if field is not None and field.type in _CLOSED else None
        if field is not None and allowed is not None:
            found += [(path, code, field.table) for code in meant.values() if code not in allowed]
    return found
