"""Readers of segments: one Python function for each line of a program, written from its rows and compiled once.

A field that is empty costs nothing but a look, one that is there the look-up of its text among those its reader remembers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

from parsers.hl7v2.converters import FINDING
from parsers.hl7v2.fields import NULL, FieldReader, Issue, Rough, Style, plain_text
from parsers.hl7v2.makers import MAKERS, Maker
from parsers.hl7v2.message import Message
from parsers.hl7v2.plan import Plan
from parsers.hl7v2.segments import Segment

_MSH_MARKS = 2
"""MSH-1 and MSH-2 say how to read, not what."""


_ROUGH = frozenset({Rough})


class Cross(NamedTuple):
    """One value of several fields: (field, component, subcomponent) of each."""

    places: tuple[tuple[int, int, int], ...]
    name: str
    convert: str


Reading = tuple[dict[str, Any], dict[str, str] | None, tuple[Issue, ...]]
"""What a segment gives: keys and values of its own, what no row took, what is wrong."""
_NO_ISSUES: tuple[Issue, ...] = ()


class Line(NamedTuple):
    """One line of a program: the rows of a segment, codes of its fields, fields that its makers read, and whether its values are kept as JSON."""

    tag: str
    to: str
    rows: list[list[Any]]
    codes: dict[str, dict[str, str]]
    made: list[int]
    frozen: bool


class SegmentReader:
    """The rows of one segment line. `to` is where its values go in the object of the group; `many`: it is a list."""

    def __init__(self, line: Line, style: Style) -> None:
        self.style = style
        self.to, self.many = line.to.removesuffix("[]"), line.to.endswith("[]")
        self.makers: list[tuple[Maker, list[list[str]]]] = [(MAKERS[row[1]], row[2]) for row in line.rows if row[0] == "made"]
        self.crosses: list[Cross] = []
        plans: dict[int, Plan] = {}
        for row in line.rows:
            if row[0] == "made":
                continue
            numbers = {int(path.partition(".")[0]) for path in row[1]}
            for number in numbers:
                plans.setdefault(number, Plan(number, line.codes))
            if len(numbers) == 1:
                plans[next(iter(numbers))].add(row)
            else:
                self._add_cross(row, plans)
        for plan in plans.values():
            plan.settle()
        known = {0, *line.made, *((1, _MSH_MARKS) if line.tag == "MSH" else ())}
        self.count = max([*plans, *known]) + 1
        self.special = bool(self.makers or self.crosses)
        readers = {number: FieldReader(plan, style, line.frozen) for number, plan in plans.items()}
        self.fields = self._fields(readers, known)
        self.scope: dict[str, Any] = {"Rough": Rough, **{f"r{number}": reader for number, reader in readers.items()}}
        self.written: dict[int, Callable[[list[str]], dict[Any, Any]]] = {}
        """The functions for as many fields as segments have."""

    def _add_cross(self, row: list[Any], plans: dict[int, Plan]) -> None:
        places = []
        for path in row[1]:
            number, *below = map(int, path.split("."))
            plans[number].take(below[0] if below else 1)
            places.append((number, below[0] if below else 1, below[1] if len(below) > 1 else 0))
        self.crosses.append(Cross(tuple(places), row[2], row[3]))

    def _fields(self, readers: dict[int, FieldReader], known: set[int]) -> tuple[_Field, ...]:
        names = Counter(name for reader in readers.values() for name in reader.names)
        fields = []
        for number in range(self.count):
            reader = readers.get(number)
            if reader is not None or number not in known:
                name = reader.name if reader is not None else None
                fields.append(_Field(number, reader is not None, name or "", name is not None and names[name] > 1))
        return tuple(fields)

    def _write(self, count: int) -> Callable[[list[str]], dict[Any, Any]]:
        """Fields, as many as these -> keys and values; one that was not read without a rest, or that no row reads, is a Rough."""
        scope = {**self.scope}
        exec(_code(count, self.fields), scope)  # noqa: S102 - written from our tables
        read: Callable[[list[str]], dict[Any, Any]] = scope["read"]
        self.written[count] = read
        return read

    def read(self, message: Message, segment: Segment) -> Reading:
        """What the rows make of a segment."""
        fields = segment.fields
        count = len(fields)
        if count <= self.count:
            values = (self.written.get(count) or self._write(count))(fields)
        else:
            count = self.count
            values = (self.written.get(count) or self._write(count))(fields[:count])
            values.update({number: Rough({}, {str(number): text}, ()) for number, text in enumerate(fields[count:], count) if text})
        left, issues = None, _NO_ISSUES
        if not _ROUGH.isdisjoint(map(type, values.values())):
            values, left, issues = _settled(values)
        if self.special:
            issues += self._special(message, segment, fields, values)
        return values, left, issues

    def _special(self, message: Message, segment: Segment, fields: list[str], values: dict[str, Any]) -> tuple[Issue, ...]:
        """Rows over several fields, put into `values`."""
        style = self.style
        issues: tuple[Issue, ...] = ()
        for cross in self.crosses:
            raws = [self._pick(fields, *place) for place in cross.places]
            place = next((place for place, raw in zip(cross.places, raws, strict=True) if raw), None)
            texts = [plain_text(raw, style) for raw in raws]
            if place is None or not any(texts):
                continue
            try:
                value = style.converters[cross.convert](*texts)
            except (ValueError, OverflowError):
                issues += (Issue(FINDING.get(cross.convert, "V2_VALUE"), place[0], 1, place[1], place[2]),)
                continue
            values[cross.name] = value if style.tokens is None else style.tokens.wrap(value, place[0], 1, place[1], place[2])
        for maker, feeds in self.makers:
            made = maker(message, segment, self._convert)
            if style.tokens is None:
                values.update(made)
            else:
                places = {key: int(path) for key, path in feeds}
                values.update({key: style.tokens.wrap(value, places[key], 0, 0, 0) if key in places else value for key, value in made.items()})
        return issues

    def _convert(self, name: str, text: str) -> Any:
        return self.style.converters[name](text)

    def _pick(self, fields: list[str], number: int, component: int, part: int) -> str:
        marks = self.style.delimiters
        text = fields[number] if number < len(fields) else ""
        if text == NULL:
            return ""
        for mark, wanted in ((marks.repetition, 1), (marks.component, component), (marks.subcomponent, part)):
            if wanted and mark and mark in text:
                pieces = text.split(mark)
                text = pieces[wanted - 1] if wanted <= len(pieces) else ""
            elif wanted > 1:
                return ""
        return text


def _settled(values: dict[Any, Any]) -> Reading:
    """What was read, with what the fields that have a rest say put in its place."""
    out: dict[str, Any] = {}
    left: dict[str, str] = {}
    issues: tuple[Issue, ...] = ()
    for name, value in values.items():
        if value.__class__ is Rough:
            out.update(value.values)
            left.update(value.left)
            issues += value.issues
        else:
            out[name] = value
    return out, left or None, issues


class _Field(NamedTuple):
    """A field of a line as its code sees it: the one key it gives, "" when it gives several; `shared` when another field gives that key, too."""

    number: int
    read: bool
    name: str
    shared: bool


@lru_cache(maxsize=512)
def _code(count: int, fields: tuple[_Field, ...]) -> CodeType:
    """The function of a line with this number of fields; it does not depend on how messages are delimited."""
    fields = tuple([field for field in fields if field.number < count])
    taken = {field.number for field in fields}
    body = [f"    [{', '.join(f'f{number}' if number in taken else '_' for number in range(count))}] = fields", "    values = {}"]
    for number, read, name, shared in fields:
        body.append(f"    if f{number}:")
        if not read:
            body.append(f"        values[{number}] = Rough({{}}, {{'{number}': f{number}}}, ())")
        elif name and not shared:
            body.append(f"        values[{name!r}] = r{number}[f{number}]")
        else:
            body.append(f"        value = r{number}[f{number}]")
            body.append(f"        if value.__class__ is Rough: values[{number}] = value")
            body.append(f"        else: values[{name!r}] = value" if name else "        else: values.update(value)")
    return compile("\n".join(["def read(fields):", *body, "    return values"]), "<line>", "exec")
