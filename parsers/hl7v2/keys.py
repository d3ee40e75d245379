"""Whose facts they are: the identifiers of patient, account and visit that the site's rule chooses, by authority and type, not by position."""

from __future__ import annotations

from typing import Any, NamedTuple

from parsers.hl7v2.fields import Style, plain_text
from parsers.hl7v2.profile import ROLES, split_path
from parsers.hl7v2.segments import Segment

_RULES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "patient": (("PID-3", "", "MR"), ("PID-3", "", "MRN")),
    "account": (("PID-18", "", ""),),
    "visit": (("PV1-19", "", ""), ("PV1-50", "", "")),
}
"""Where the site says nothing: (field, authority, type)."""
_ANYWHERE = (("PID-3", "", ""), ("PID-2", "", ""), ("PID-4", "", ""))
"""Where the patient's rule finds nothing."""
_PRIOR = {"patient": (1, 4, 2), "account": (3,), "visit": (5,)}
"""Fields of MRG with the identifier that a merge ends, the usual one first."""
_PRIOR_OF = {("PID", 2): 4, ("PID", 4): 2, ("PV1", 50): 6}
"""Field of MRG with what another field than the usual one said before."""
_AUTHORITY, _TYPE = 4, 5
_PLACES = {"value": 1, "authority": _AUTHORITY, "type": _TYPE}
_MEMO_LIMIT = 1 << 10
_LONGEST_REMEMBERED = 256


class Identifier(NamedTuple):
    """An identifier and where it stands. `authority`: its name, else its universal id, which `authority_id` is too."""

    value: str
    authority: str
    authority_id: str
    type: str
    segment: Segment
    field: int
    repetition: int

    def same(self, other: Identifier) -> bool:
        """The same value, of one authority as far as both name one: nobody is merged into himself because one side leaves it out."""
        mine, theirs = {self.authority, self.authority_id} - {""}, {other.authority, other.authority_id} - {""}
        return self.value == other.value and (not mine or not theirs or not mine.isdisjoint(theirs))


class Identity(NamedTuple):
    """The chosen identifiers; `guessed` when no rule for the patient was met and the first usable one was taken."""

    patient: Identifier | None
    account: Identifier | None
    visit: Identifier | None
    guessed: bool

    def data(self, style: Style) -> dict[str, Any]:
        """As events show it."""
        return {role: _data(found, style) for role, found in zip(ROLES, self[:3], strict=True) if found is not None}


def _data(found: Identifier, style: Style) -> dict[str, Any]:
    parts = {"value": found.value, "authority": found.authority, "type": found.type}
    wrap = style.tokens.wrap if style.tokens is not None else None
    shown = {name: text for name, text in parts.items() if text}
    if wrap is None:
        return shown
    return {name: wrap(text, found.field, found.repetition, _PLACES[name], 0, found.segment) for name, text in shown.items()}


Where = dict[str, int]
"""Tag -> ordinal of the segment that an item takes it from, 0 for none."""
_Read = tuple[str, str, str, str, int]
"""An identifier: value, authority, its universal id, type, repetition."""


class Rules:
    """The identifier rules of a program, ready to look."""

    def __init__(self, given: dict[str, list[list[str]]], style: Style) -> None:
        self.style = style
        self.memo: dict[str, list[_Read]] = {}
        self.issuers: dict[str, tuple[str, str, str]] = {}
        self.given = bool(given.get("patient"))
        self.rules = {role: _places(given.get(role) or _RULES[role]) for role in ROLES}
        self.anywhere = _places(_ANYWHERE)
        self.prior = {role: _prior(role, places) for role, places in self.rules.items()}
        self.prior_anywhere: _Places = tuple(("MRG", field, "", "") for field in _PRIOR["patient"])
        self.tags = tuple(dict.fromkeys(["MRG", *(tag for places in (*self.rules.values(), self.anywhere) for tag, *_ in places)]))
        """The segments that an identity is taken from."""

    def identity(self, where: Where, segments: list[Segment]) -> Identity:
        """Of what an item says and what stands around it."""
        rules = self.rules
        patient = self._first(where, segments, rules["patient"])
        guessed = patient is None
        if patient is None:
            patient = self._first(where, segments, self.anywhere)
        account, visit = self._first(where, segments, rules["account"]), self._first(where, segments, rules["visit"])
        return Identity(patient, account, visit, guessed and patient is not None)

    def retired(self, where: Where, segments: list[Segment]) -> Identity:
        """Of the side of a merge that ends (MRG)."""
        patient, account, visit = (self._first(where, segments, self.prior[role]) for role in ROLES)
        guessed = patient is None
        if patient is None:
            patient = self._first(where, segments, self.prior_anywhere)
        return Identity(patient, account, visit, guessed and patient is not None)

    def _first(self, where: Where, segments: list[Segment], places: _Places) -> Identifier | None:
        for tag, number, authority, kind in places:
            if not (ordinal := where[tag]):
                continue
            segment = segments[ordinal - 1]
            if number < len(segment.fields) and (raw := segment.fields[number]):
                for value, name, name_id, type_, repetition in self.memo.get(raw) or self._identifiers(raw):
                    if (not authority or authority in (name, name_id)) and (not kind or kind == type_):
                        return Identifier(value, name or name_id, name_id, type_, segment, number, repetition)
        return None

    def _identifiers(self, raw: str) -> list[_Read]:
        """The CX of each repetition; one without a value does not count."""
        marks, issuers = self.style.delimiters, self.issuers
        found: list[_Read] = []
        for at, text in enumerate(raw.split(marks.repetition) if marks.repetition else [raw], 1):
            first, _, rest = text.partition(marks.component) if marks.component else (text, "", "")
            if value := plain_text(first, self.style):
                found.append((value, *(issuers.get(rest) or self._issuer(rest)), at))
        if len(raw) <= _LONGEST_REMEMBERED:
            if len(self.memo) >= _MEMO_LIMIT:
                self.memo.clear()
            self.memo[raw] = found
        return found

    def _issuer(self, rest: str) -> tuple[str, str, str]:
        """Authority, its universal id, and type: of the components behind the value, which many identifiers share."""
        marks = self.style.delimiters
        parts = ["", *rest.split(marks.component)] if marks.component else []
        authority = (parts[_AUTHORITY - 1] if len(parts) >= _AUTHORITY else "").split(marks.subcomponent or "\0")
        kind = parts[_TYPE - 1] if len(parts) >= _TYPE else ""
        names = [plain_text(part, self.style) for part in authority[:2]]
        found = names[0], names[1] if len(names) > 1 else "", plain_text(kind, self.style)
        if len(rest) <= _LONGEST_REMEMBERED:
            if len(self.issuers) >= _MEMO_LIMIT:
                self.issuers.clear()
            self.issuers[rest] = found
        return found


_Places = tuple[tuple[str, int, str, str], ...]
"""Where an identifier may stand, in the order of preference: tag, field, authority, type."""


def _prior(role: str, places: _Places) -> _Places:
    """Where MRG has what stood in these places before; an account or visit whatever its authority and type, when there is none of theirs."""
    usual = _PRIOR[role][0]
    by_rule = tuple(("MRG", _PRIOR_OF.get((tag, number), usual), authority, kind) for tag, number, authority, kind in places)
    return by_rule if role == "patient" else (*by_rule, ("MRG", usual, "", ""))


def _places(rules: Any) -> _Places:
    places = []
    for field, authority, kind in rules:
        tag, number, _ = split_path(field)
        places.append((tag, number, authority, kind))
    return tuple(places)
