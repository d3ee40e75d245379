"""Field readers: the text of one field to the keys and values that the rows of a map make of it, made once for each field and remembered.

A reader is asked by the text: `reader[text]` is what goes under the reader's `name` (of one without a name a dictionary of keys and values)
when all is well; else a `Rough` that also says what no row took and what could not be converted. Both are shared, so nobody may change them.
All rows of a field are one flat plan, which component and subcomponent goes to which key of which object, so that what is left over is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from orjson import Fragment, dumps

from parsers.hl7v2.converters import FINDING
from parsers.hl7v2.escapes import unescape
from parsers.hl7v2.plan import WHOLE, Component, Cross, Leaf, Plan
from parsers.hl7v2.style import Style, Token, Tokens

NULL = '""'
"""The HL7 null: delete the value."""
_MEMO_LIMIT = 1 << 10
_LONGEST_REMEMBERED = 256
_AUTHORITY, _ID_TYPE = 9, 13


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


class FieldReader(dict[str, Any]):
    """The plan of one field as the dictionary of what it gave, bounded; in a trace nothing is remembered. `name` is the only key it makes."""

    def __init__(self, plan: Plan, style: Style, frozen: bool = False) -> None:
        super().__init__()
        self.plan, self.style, self.number = plan, style, plan.number
        self.frozen = frozen and style.tokens is None
        self.component, self.repetition = style.delimiters.component, style.delimiters.repetition
        self.subcomponent, self.escape = style.delimiters.subcomponent, style.delimiters.escape
        self.names = [*plan.names, *plan.lists]
        self.name = self.names[0] if len(self.names) == 1 else None
        self.quick = self._simple() or self._headed()

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

    def _headed(self) -> Callable[[str], Any] | None:
        """An object, or a list of some, whose first component tells them apart (an identifier) while the others repeat (its authority)."""
        plan, name = self.plan, self.name
        head = plan.first[1].whole if 1 in plan.first and not plan.first[1].parts else []
        leaves = [leaf for component in plan.first.values() for taken in (component.whole, *component.parts.values()) for leaf in taken]
        if len(head) != 1 or plan.crosses or plan.ids or not self.component or not self.repetition or self.style.tokens is not None:
            return None
        (leaf,) = head
        if leaf.slot != (name,) or leaf.codes or leaf.convert not in WHOLE or [one.name for one in leaves].count(leaf.name) > 1:
            return None
        convert, mark, again = self.style.converters[leaf.convert], self.component, self.repetition
        strange = [mark for mark in (self.subcomponent, self.escape, '"') if mark]
        many, tails = bool(plan.lists), _Tails(self)

        def read(raw: str) -> Any:
            made = []
            for text in raw.split(again):
                first, _, rest = text.partition(mark)
                first = first.strip()
                for one in strange:
                    if one in first:
                        return None
                tail = tails[rest] if rest else _NOTHING
                if not first or tail is None:
                    return None
                made.append({leaf.name: convert(first), **tail})
            if not many and len(made) > 1:
                return None
            return Fragment(dumps(made if many else made[0])) if self.frozen else made if many else made[0]

        return read

    def __missing__(self, raw: str) -> Any:
        result = self.quick(raw) if self.quick is not None else None
        if result is None:
            result = _Reading(self).read(raw)
            if self.frozen:
                result = _frozen(result)
            if self.name is not None and result.__class__ is dict:
                result = result.get(self.name, EMPTY)
        if self.style.tokens is None and len(raw) <= _LONGEST_REMEMBERED:
            if len(self) >= _MEMO_LIMIT:
                self.clear()
            self[raw] = result
        return result


_NOTHING: dict[str, Any] = {}


class _Tails(dict[str, dict[str, Any] | None]):
    """What the components behind the first give, by their text, bounded; None when there is a rest."""

    def __init__(self, reader: FieldReader) -> None:
        super().__init__()
        self.reader = reader

    def __missing__(self, rest: str) -> dict[str, Any] | None:
        reader = self.reader
        result = _Reading(reader).read(reader.component + rest)
        values = result.get(reader.name, {}) if result.__class__ is dict else None
        found: dict[str, Any] | None = values[0] if values.__class__ is list else values
        if len(rest) <= _LONGEST_REMEMBERED:
            if len(self) >= _MEMO_LIMIT:
                self.clear()
            self[rest] = found
        return found


def _frozen(result: Any) -> Any:
    """Values of a field with objects and lists as JSON, which is made once for all events that hold them."""
    if result.__class__ is Rough:
        return result._replace(values=_frozen(result.values))
    return {name: Fragment(dumps(value)) if value.__class__ in (dict, list) else value for name, value in result.items()}


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

    def _repetition(self, text: str, components: dict[int, Component], out: dict[str, Any], crosses: list[Cross]) -> None:
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

    def _subcomponent(self, taker: Component, piece: str, out: dict[str, Any], component: int, number: int) -> None:
        leaves = taker.parts.get(number)
        if leaves is not None:
            self._leaves(leaves, piece, out, component, number)
        elif number > 1 or not taker.whole:
            self.left[self._place(component, number)] = piece

    def _leaves(self, leaves: list[Leaf], raw: str, out: dict[str, Any], component: int, subcomponent: int) -> None:
        text = None if raw == NULL else plain_text(raw, self.style)
        if text != "":
            for leaf in leaves:
                self._put(leaf, raw, (text,), out, component, subcomponent)

    def _cross(self, cross: Cross, parts: list[str], out: dict[str, Any]) -> None:
        texts = tuple(self._pick(parts, component, part) for component, part in cross.places)
        first = next((place for place, text in zip(cross.places, texts, strict=True) if text), None)
        if first is not None:
            plain = tuple([plain_text(raw, self.style) for raw in texts])
            if any(plain):
                self._put(cross.leaf, texts[0], plain, out, *first)

    def _pick(self, parts: list[str], component: int, part: int) -> str:
        text = parts[component - 1] if component <= len(parts) else ""
        sub = self.reader.subcomponent
        if not part or not sub:
            return text
        pieces = text.split(sub)
        return pieces[part - 1] if part <= len(pieces) else ""

    def _put(self, leaf: Leaf, raw: str, texts: tuple[str | None, ...], out: dict[str, Any], component: int, subcomponent: int) -> None:
        style, first = self.style, texts[0]
        value: Any = None
        if first is not None:  # not the null
            if leaf.codes:
                texts = (leaf.codes.get(first, first), *texts[1:])
            try:
                value = style.converters[leaf.convert](*texts)
            except (ValueError, OverflowError):
                self.issues.append(Issue(FINDING.get(leaf.convert, "V2_VALUE"), self.plan.number, self.repetition, component, subcomponent))
                self.left[self._place(component, subcomponent)] = raw
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


__all__ = ["EMPTY", "NULL", "FieldReader", "Issue", "Rough", "Style", "Token", "Tokens", "place_name", "plain_text"]
