"""Field readers: the text of one field to the keys and values that the rows of a map make of it, made once for each field and remembered.

A reader is asked by the text: `reader[text]` is what goes under the reader's `name` (of one without a name a dictionary of keys and values)
when all is well; else a `Rough` that also says what no row took and what could not be converted. Both are shared, so nobody may change them.
All rows of a field are one flat plan, which component and subcomponent goes to which key of which object, so that what is left over is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from parsers.hl7v2.converters import FINDING, Convert
from parsers.hl7v2.delimiters import Delimiters
from parsers.hl7v2.escapes import unescape
from parsers.hl7v2.segments import Segment

NULL = '""'
"""The HL7 null: delete the value."""
_MEMO_LIMIT = 1 << 10
_LONGEST_REMEMBERED = 256
_AUTHORITY, _ID_TYPE = 9, 13
_WHOLE = frozenset({"text", "code", "upper"})
"""Converters that keep an unescaped subcomponent separator where no row names a subcomponent: it is text that a sender forgot to escape."""


class Token:
    """A value with its place, which is how a trace is made: segment, field, repetition, component, subcomponent (from 1; 0 the whole)."""

    __slots__ = ("component", "field", "repetition", "segment", "subcomponent", "value")

    def __init__(self, value: Any, segment: Segment, field: int, repetition: int, component: int, subcomponent: int) -> None:
        self.value, self.segment, self.field = value, segment, field
        self.repetition, self.component, self.subcomponent = repetition, component, subcomponent


class Tokens:
    """Makes the values of a trace; `here` is the segment being read."""

    def __init__(self) -> None:
        self.here: Segment | None = None

    def wrap(self, value: Any, field: int, repetition: int, component: int, subcomponent: int, segment: Segment | None = None) -> Token:
        at = segment or self.here
        assert at is not None
        return Token(value, at, field, repetition, component, subcomponent)


class Issue(NamedTuple):
    """What could not be converted: a finding code and its place, counted from 1."""

    code: str
    field: int
    repetition: int
    component: int
    subcomponent: int


class Rough(NamedTuple):
    """A field that was not read without a rest: its values, what no row took by place ("5.3"), what is wrong."""

    values: dict[str, Any]
    left: dict[str, str]
    issues: tuple[Issue, ...]


EMPTY = Rough({}, {}, ())
"""A field of blanks, or one that says nothing."""


class Style(NamedTuple):
    """How the fields of a message are read: its delimiters and codec, converters of its time zone, and in a trace what makes its values."""

    delimiters: Delimiters
    encoding: str
    converters: dict[str, Convert]
    tokens: Tokens | None = None


class _Leaf(NamedTuple):
    """One value: the keys of the objects around it, its own key, how it is made, and the site's codes for it."""

    slot: tuple[str, ...]
    name: str
    convert: str
    codes: dict[str, str] | None


class _Cross(NamedTuple):
    """One value of several components."""

    places: tuple[tuple[int, int], ...]
    leaf: _Leaf


class _Component:
    """What takes a component: leaves of the whole, leaves by subcomponent."""

    def __init__(self) -> None:
        self.whole: list[_Leaf] = []
        self.parts: dict[int, list[_Leaf]] = {}
        self.split = True

    def settle(self) -> None:
        self.split = bool(self.parts) or any(leaf.convert not in _WHOLE for leaf in self.whole)


class Plan:
    """All rows of one field, flat: `first` are those of the first repetition, `every` those that make lists, by name."""

    def __init__(self, number: int, codes: dict[str, dict[str, str]]) -> None:
        self.number, self.codes = number, codes
        self.first: dict[int, _Component] = {}
        self.every: dict[int, _Component] = {}
        self.lists: list[str] = []
        self.names: list[str] = []
        self.ids: list[str] = []
        self.crosses: list[_Cross] = []
        self.every_crosses: list[_Cross] = []

    def add(self, row: list[Any]) -> None:
        """A row whose paths all start with this field."""
        kind, paths, name, last, *ids = row
        self.ids = ids[0] if ids else self.ids
        many = kind in ("values", "parts")
        (self.lists if many else self.names).append(name)
        below = [tuple(map(int, path.split(".")[1:])) for path in paths]
        if kind in ("value", "values"):
            self._leaf(below, (), name, last, many)
        else:
            self._object(below[0], (name,), last, many)

    def _object(self, at: tuple[int, ...], slot: tuple[str, ...], rows: list[Any], many: bool) -> None:
        for kind, paths, name, last in rows:
            below = [(*at, *map(int, path.split("."))) for path in paths]
            if kind == "value":
                self._leaf(below, slot, name, last, many)
            else:
                self._object(below[0], (*slot, name), last, many)

    def _leaf(self, places: list[tuple[int, ...]], slot: tuple[str, ...], name: str, convert: str, many: bool) -> None:
        holder = self.every if many else self.first
        codes = self.codes.get(".".join(map(str, (self.number, *(places[0] or (1,)))))) if self.codes else None
        leaf = _Leaf(slot, name, convert, codes)
        if len(places) > 1:
            pairs = tuple((place[0] if place else 1, place[1] if len(place) > 1 else 0) for place in places)
            (self.every_crosses if many else self.crosses).append(_Cross(pairs, leaf))
        for place in places:
            component = holder.setdefault(place[0] if place else 1, _Component())
            taken = component.parts.setdefault(place[1], []) if len(place) > 1 else component.whole
            if len(places) == 1:
                taken.append(leaf)

    def take(self, component: int = 1) -> None:
        """A value made of several fields takes this component."""
        self.first.setdefault(component, _Component())

    def settle(self) -> None:
        """All rows are in: what takes the first repetition is the rows of the first and of every one."""
        for number, component in self.every.items():
            mine = self.first.setdefault(number, _Component())
            mine.whole += component.whole
            for part, leaves in component.parts.items():
                mine.parts.setdefault(part, []).extend(leaves)
        self.crosses += self.every_crosses
        for component in (*self.first.values(), *self.every.values()):
            component.settle()


class FieldReader(dict[str, Any]):
    """The plan of one field as the dictionary of what it gave, bounded; in a trace nothing is remembered. `name` is the only key it makes."""

    def __init__(self, plan: Plan, style: Style) -> None:
        super().__init__()
        self.plan, self.style, self.number = plan, style, plan.number
        self.component, self.repetition = style.delimiters.component, style.delimiters.repetition
        self.subcomponent, self.escape = style.delimiters.subcomponent, style.delimiters.escape
        names = [*plan.names, *plan.lists]
        self.name = names[0] if len(names) == 1 else None
        self.simple = self._simple()

    def _simple(self) -> Callable[[str], Any] | None:
        """A field of one plain value, which most are, is read without its plan."""
        plan = self.plan
        leaves = plan.first[1].whole if set(plan.first) == {1} and not plan.first[1].parts and not plan.lists and not plan.crosses else []
        if len(leaves) != 1 or self.style.tokens is not None:
            return None
        (leaf,) = leaves
        if leaf.slot or self.name is None:
            return None
        convert, codes = self.style.converters[leaf.convert], leaf.codes
        marks = [mark for mark in (self.component, self.repetition, self.subcomponent, self.escape, '"') if mark]

        def read(raw: str) -> Any:
            for mark in marks:
                if mark in raw:
                    return None
            text = raw.strip()
            try:
                return convert(codes.get(text, text) if codes else text) if text else EMPTY
            except (ValueError, OverflowError):
                return None

        return read

    def __missing__(self, raw: str) -> Any:
        result = self.simple(raw) if self.simple is not None else None
        if result is None:
            result = _Reading(self).read(raw)
            if self.name is not None and result.__class__ is dict:
                result = result.get(self.name, EMPTY)
        if self.style.tokens is None and len(raw) <= _LONGEST_REMEMBERED:
            if len(self) >= _MEMO_LIMIT:
                self.clear()
            self[raw] = result
        return result


class _Reading:
    """One field being read."""

    def __init__(self, reader: FieldReader) -> None:
        self.reader, self.plan, self.style = reader, reader.plan, reader.style
        self.left: dict[str, str] = {}
        self.issues: list[Issue] = []
        self.repetition = 1

    def read(self, raw: str) -> Any:
        plan, mark = self.plan, self.reader.repetition
        if raw == NULL:
            tokens = self.style.tokens
            return {name: None if tokens is None else tokens.wrap(None, plan.number, 1, 0, 0) for name in (*plan.names, *plan.lists)}
        values: dict[str, Any] = {}
        lists: dict[str, list[Any]] = {}
        repetitions = list(enumerate(raw.split(mark) if mark and mark in raw else (raw,), 1))
        if plan.ids and len(repetitions) > 1:
            repetitions.sort(key=self._preference)
        chosen = repetitions[0][0]
        for number, text in repetitions:
            self.repetition = number
            if not text:
                continue
            first = number == chosen
            out: dict[str, Any] = values if first else {}
            components = plan.first if first else plan.every
            if not components:
                self.left[self._place(0, 0)] = text
                continue
            self._repetition(text, components, out, plan.crosses if first else plan.every_crosses)
            for name in plan.lists:
                if name in out:
                    lists.setdefault(name, []).append(out.pop(name))
        values.update(lists)
        return Rough(values, self.left, tuple(self.issues)) if self.left or self.issues else values

    def _preference(self, repetition: tuple[int, str]) -> int:
        """Place of a person's kind of identifier (XCN.13, else its authority XCN.9) among those that the site prefers."""
        mark, ids = self.reader.component, self.plan.ids
        parts = repetition[1].split(mark) if mark else [repetition[1]]
        kinds = [parts[at - 1] for at in (_ID_TYPE, _AUTHORITY) if at <= len(parts)]
        return min((ids.index(kind) for kind in kinds if kind in ids), default=len(ids))

    def _repetition(self, text: str, components: dict[int, _Component], out: dict[str, Any], crosses: list[_Cross]) -> None:
        mark, sub = self.reader.component, self.reader.subcomponent
        parts = text.split(mark) if mark and mark in text else [text]
        for number, part in enumerate(parts, 1):
            if not part:
                continue
            taker = components.get(number)
            if taker is None:
                self.left[self._place(number, 0)] = part
            elif not taker.split or not sub or sub not in part:
                self._leaves(taker.whole, part, out, number, 0)
                if taker.parts:
                    self._subcomponent(taker, part, out, number, 1)
            else:
                for at, piece in enumerate(part.split(sub), 1):
                    if piece:
                        if at == 1:
                            self._leaves(taker.whole, piece, out, number, 1)
                        self._subcomponent(taker, piece, out, number, at)
        for cross in crosses:
            self._cross(cross, parts, out)

    def _subcomponent(self, taker: _Component, piece: str, out: dict[str, Any], component: int, number: int) -> None:
        leaves = taker.parts.get(number)
        if leaves is not None:
            self._leaves(leaves, piece, out, component, number)
        elif number > 1 or not taker.whole:
            self.left[self._place(component, number)] = piece

    def _leaves(self, leaves: list[_Leaf], raw: str, out: dict[str, Any], component: int, subcomponent: int) -> None:
        for leaf in leaves:
            self._put(leaf, (raw,), out, component, subcomponent)

    def _cross(self, cross: _Cross, parts: list[str], out: dict[str, Any]) -> None:
        texts = tuple(self._pick(parts, component, part) for component, part in cross.places)
        first = next((place for place, text in zip(cross.places, texts, strict=True) if text), None)
        if first is not None:
            self._put(cross.leaf, texts, out, *first)

    def _pick(self, parts: list[str], component: int, part: int) -> str:
        text = parts[component - 1] if component <= len(parts) else ""
        sub = self.reader.subcomponent
        if not part or not sub:
            return text
        pieces = text.split(sub)
        return pieces[part - 1] if part <= len(pieces) else ""

    def _put(self, leaf: _Leaf, raws: tuple[str, ...], out: dict[str, Any], component: int, subcomponent: int) -> None:
        style = self.style
        if raws[0] == NULL and len(raws) == 1:
            value: Any = None
        else:
            texts = [plain_text(raw, style) for raw in raws]
            if not any(texts):
                return
            if leaf.codes:
                texts[0] = leaf.codes.get(texts[0], texts[0])
            try:
                value = style.converters[leaf.convert](*texts)
            except (ValueError, OverflowError):
                self.issues.append(Issue(FINDING.get(leaf.convert, "V2_VALUE"), self.plan.number, self.repetition, component, subcomponent))
                self.left[self._place(component, subcomponent)] = raws[0]
                return
        if style.tokens is not None:
            value = style.tokens.wrap(value, self.plan.number, self.repetition, component, subcomponent)
        for name in leaf.slot:
            out = out.setdefault(name, {})
        out[leaf.name] = value

    def _place(self, component: int, subcomponent: int) -> str:
        return place_name(self.plan.number, self.repetition, component, subcomponent)


def plain_text(raw: str, style: Style) -> str:
    """Text of a value: escapes resolved, blanks around it left out; the null is no text."""
    escape = style.delimiters.escape
    text = unescape(raw, style.delimiters, style.encoding) if escape and escape in raw else raw
    return "" if raw == NULL else text.strip()


def place_name(field: int, repetition: int = 1, component: int = 0, subcomponent: int = 0) -> str:
    """`5`, `5.3`, `5.3.2`, and of a further repetition `5(2).3`."""
    name = str(field) if repetition == 1 else f"{field}({repetition})"
    if component:
        name += f".{component}"
    return f"{name}.{subcomponent}" if subcomponent else name


class Unread:
    """A field that no row reads."""

    name = None

    def __init__(self, number: int) -> None:
        self.number = str(number)

    def __getitem__(self, raw: str) -> Rough:
        return Rough({}, {self.number: raw}, ())
