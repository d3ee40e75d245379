"""What the tables say of one version. Each row is read when it is first asked for, so importing costs next to nothing."""

import re
from functools import cache, lru_cache
from typing import Final, NamedTuple

from schemas.hl7v2 import codes, datatypes, segments
from schemas.hl7v2.lengths import LENGTHS
from schemas.hl7v2.versions import MARKS, VERSIONS

_STATE = re.compile(r"([1-9a-c]?)(\w+|-|\?)(!?)(\*?)(?:#(\w+))?")
_UNSIZED = VERSIONS.index("2.7")
"""From here on the standard gives recommended lengths only."""


FORMS = {"DT": "date", "TS": "date", "DTM": "date", "TM": "clock", "NM": "number", "SI": "sequence"}
"""Data type -> the form its text must have; every other primitive type takes any text."""
_LOOSE = frozenset({"XTN", "XON"})
"""Telephone numbers and ids of organisations are written in too many ways for their numeric components to be judged."""
_SAID_BY_ANOTHER = frozenset({"RXA-4"})
"""Required, but where it is not there the standard takes another field for it (RXA-3), so nothing is missing."""
_CODED = frozenset({"ID", "IS", "CE", "CWE", "CNE", "CF"})
"""Types whose first component is the code; elsewhere the table number of a field belongs to a later one."""


class Field(NamedTuple):
    """A field as one version has it, or the first that has it. Senders are often ahead of their MSH-12, so what a later version allows is
    allowed: `required` says that it and every later version require it, `repeats` that one of them lets it repeat, `components` is the most that
    any has (0: no limit), `form` is one that none has dropped. `inner` has the forms of its components up to the last with one. `table` is a code
    table number, `length` the most characters of one repetition (0: no limit)."""

    type: str
    required: bool
    repeats: bool
    table: str
    components: int
    form: str
    inner: tuple[str, ...]
    length: int


ANY: Final = Field("-", False, True, "", 0, "", (), 0)
"""A field of which nothing is known."""
OPEN_ENDED: Final = frozenset({"QPD", "RDT"})
"""Segments whose last field is the first of any number, as the query has them."""
_LAST_OF_29: Final = {"NTE": 9, "OBR": 55, "OBX": 33}
"""Fields that 2.9 has added, of which the source has no table."""


class _State(NamedTuple):
    since: int
    type: str
    required: bool
    repeats: bool
    table: str


def rows(table: str) -> dict[str, str]:
    """First word of each row -> the rest of it."""
    joined = table.replace("\n ", " ")
    return {key: rest for key, _, rest in (line.partition(" ") for line in joined.splitlines())}


@cache
def _segments() -> dict[str, str]:
    return rows(segments.TABLE)


@cache
def _datatypes() -> dict[str, str]:
    return rows(datatypes.TABLE)


@cache
def _codes() -> dict[str, frozenset[str]]:
    return {number: frozenset(rest.split()) for number, rest in rows(codes.TABLE).items()}


def codes_of(table: str) -> frozenset[str] | None:
    """The codes of a table; None where it is not kept."""
    return _codes().get(table)


def is_segment(tag: str) -> bool:
    """ORO, of 2.1 and 2.2, has no row: the source has no usable one."""
    return tag in _segments() or tag == "ORO"


def tags() -> frozenset[str]:
    return frozenset(_segments())


@lru_cache(maxsize=2048)
def fields_of(tag: str, version: str) -> tuple[Field, ...]:
    """The fields of a segment in order, also those of later versions; () for a segment that no version has."""
    row = _segments().get(tag)
    if row is None:
        return ()
    at = VERSIONS.index(version)
    fields = [_field(f"{tag}-{number}", _states(cell), at) for number, cell in enumerate(row.split(), 1)]
    return (*fields, *[ANY] * (_LAST_OF_29.get(tag, 0) - len(fields)))


@lru_cache(maxsize=2048)
def inner_forms(datatype: str, version: str) -> tuple[str, ...]:
    """Forms of the components of a composite, "" for any text, up to the last that has one."""
    row = _datatypes().get(datatype)
    if row is None or datatype in _LOOSE:
        return ()
    at = VERSIONS.index(version)
    forms = [_form(_ahead(_states(cell), at)) for cell in row.split()]
    return tuple(forms[: max((number for number, form in enumerate(forms, 1) if form), default=0)])


def _states(cell: str) -> list[_State]:
    found = []
    for one in cell.split(","):
        match = _STATE.fullmatch(one)
        assert match is not None, f"{cell} is no cell of a table"
        mark, kind, required, repeats, table = match.groups()
        found.append(_State(MARKS.index(mark or MARKS[0]), kind, bool(required), bool(repeats), table or ""))
    return found


def _ahead(states: list[_State], at: int) -> list[_State]:
    """The state in force (or the first there will be) and those to come."""
    now = next((number for number in range(len(states) - 1, -1, -1) if states[number].since <= at), 0)
    return states[now:]


def _form(ahead: list[_State]) -> str:
    forms = {FORMS.get(state.type, "") for state in ahead}
    return forms.pop() if len(forms) == 1 else ""


def _field(name: str, states: list[_State], at: int) -> Field:
    ahead = _ahead(states, at)
    now = ahead[0]
    required = now.since <= at and all(state.required for state in ahead) and name not in _SAID_BY_ANOTHER
    form = _form(ahead)
    inner = () if form else inner_forms(now.type, VERSIONS[at])
    length = LENGTHS.get(name, 0) if at < _UNSIZED else 0
    most = _most([state.type for state in ahead])
    repeats = now.type == ANY.type or any(state.repeats for state in ahead)
    return Field(now.type, required, repeats, now.table if now.type in _CODED else "", most, form, inner, length)


def _most(types: list[str]) -> int:
    """Components of the widest of the types; one that takes anything has no limit."""
    if "-" in types or "?" in types:
        return 0
    return max(1 + _datatypes().get(kind, "").count(" ") for kind in types)
