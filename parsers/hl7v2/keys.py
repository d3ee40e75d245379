"""Whose facts they are: the identifiers of patient, account and visit that the site's rule chooses, by authority and type, not by position."""

from __future__ import annotations

from typing import Any, NamedTuple

from parsers.hl7v2.fields import NULL, Style, plain_text
from parsers.hl7v2.profile import ROLES, split_path
from parsers.hl7v2.segments import Segment
from parsers.hl7v2.tree import Node, Walk

_RULES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "patient": (("PID-3", "", "MR"), ("PID-3", "", "MRN")),
    "account": (("PID-18", "", ""),),
    "visit": (("PV1-19", "", ""), ("PV1-50", "", "")),
}
"""Where the site says nothing: (field, authority, type)."""
_ANYWHERE = (("PID-3", "", ""), ("PID-2", "", ""), ("PID-4", "", ""))
"""Where the patient's rule finds nothing."""
_PRIOR = {"patient": 1, "account": 3, "visit": 5}
"""Field of MRG with the identifier that a merge ends."""
_VALUE, _AUTHORITY, _TYPE = 1, 4, 5
_MEMO_LIMIT = 1 << 10
_LONGEST_REMEMBERED = 256


class Identifier(NamedTuple):
    """An identifier and where it stands."""

    value: str
    authority: str
    type: str
    segment: Segment
    field: int
    repetition: int

    def same(self, other: Identifier) -> bool:
        return (self.value, self.authority) == (other.value, other.authority)


class Identity(NamedTuple):
    """The chosen identifiers; `guessed` when no rule for the patient was met and the first usable one was taken."""

    patient: Identifier | None
    account: Identifier | None
    visit: Identifier | None
    guessed: bool

    def data(self, style: Style) -> dict[str, Any]:
        """As events show it."""
        chosen = {role: getattr(self, role) for role in ROLES}
        return {role: _data(found, style) for role, found in chosen.items() if found is not None}


def _data(found: Identifier, style: Style) -> dict[str, Any]:
    parts = (("value", found.value, _VALUE), ("authority", found.authority, _AUTHORITY), ("type", found.type, _TYPE))
    if style.tokens is None:
        return {name: text for name, text, _ in parts if text}
    return {name: style.tokens.wrap(text, found.field, found.repetition, component, 0, found.segment) for name, text, component in parts if text}


class Rules:
    """The identifier rules of a program, ready to look."""

    def __init__(self, given: dict[str, list[list[str]]], style: Style) -> None:
        self.style = style
        self.memo: dict[str, list[_Read]] = {}
        self.given = bool(given.get("patient"))
        self.rules = {role: _places(given.get(role) or _RULES[role]) for role in ROLES}
        self.anywhere = _places(_ANYWHERE)
        prior = {role: [("MRG", number, authority, kind) for _, _, authority, kind in self.rules[role]] for role, number in _PRIOR.items()}
        self.prior = {role: (*places, ("MRG", _PRIOR[role], "", "")) for role, places in prior.items()}

    def identity(self, node: Node, walk: Walk) -> Identity:
        """Of what a node says and what stands around it; of a whole message, wherever in it that stands."""
        patient = self._first(node, walk, self.rules["patient"])
        guessed = patient is None
        if patient is None:
            patient = self._first(node, walk, self.anywhere)
        account, visit = (self._first(node, walk, self.rules[role]) for role in ("account", "visit"))
        return Identity(patient, account, visit, guessed and patient is not None)

    def retired(self, node: Node, walk: Walk) -> Identity:
        """Of the side of a merge that ends (MRG)."""
        patient, account, visit = (self._first(node, walk, self.prior[role]) for role in ROLES)
        return Identity(patient, account, visit, False)

    def _first(self, node: Node, walk: Walk, places: tuple[tuple[str, int, str, str], ...]) -> Identifier | None:
        for tag, number, authority, kind in places:
            segment = walk.firsts.get(tag) if node.parent is None else node.find(tag)
            if segment is not None and number < len(segment.fields) and segment.fields[number]:
                raw = segment.fields[number]
                for found in self.memo.get(raw) or self._identifiers(raw):
                    if (not authority or authority in (found.authority, found.authority_id)) and (not kind or kind == found.type):
                        return Identifier(found.value, found.authority or found.authority_id, found.type, segment, number, found.repetition)
        return None

    def _identifiers(self, raw: str) -> list[_Read]:
        """The CX of each repetition; one without a value does not count."""
        marks = self.style.delimiters
        found: list[_Read] = []
        for at, text in enumerate(raw.split(marks.repetition) if marks.repetition else [raw], 1):
            parts = text.split(marks.component) if marks.component else [text]
            value = plain_text(parts[0], self.style)
            if not value or parts[0] == NULL:
                continue
            authority = (parts[_AUTHORITY - 1] if len(parts) >= _AUTHORITY else "").split(marks.subcomponent or "\0")
            kind = parts[_TYPE - 1] if len(parts) >= _TYPE else ""
            names = [plain_text(part, self.style) for part in authority[:2]]
            found.append(_Read(value, names[0], names[1] if len(names) > 1 else "", plain_text(kind, self.style), at))
        if len(self.memo) >= _MEMO_LIMIT:
            self.memo.clear()
        if len(raw) <= _LONGEST_REMEMBERED:
            self.memo[raw] = found
        return found


class _Read(NamedTuple):
    value: str
    authority: str
    authority_id: str
    type: str
    repetition: int


def _places(rules: Any) -> tuple[tuple[str, int, str, str], ...]:
    places = []
    for field, authority, kind in rules:
        tag, number, _ = split_path(field)
        places.append((tag, number, authority, kind))
    return tuple(places)
