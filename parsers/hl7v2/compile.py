"""A program made ready to run for messages of one style: readers of every segment by group and tag, the tree of groups, the emits of a trigger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from parsers.hl7v2.converters import FINDING, converters
from parsers.hl7v2.delimiters import Delimiters
from parsers.hl7v2.fields import NULL, FieldReader, Issue, Plan, Rough, Style, Tokens, Unread, plain_text
from parsers.hl7v2.keys import Rules
from parsers.hl7v2.makers import MAKERS, Maker
from parsers.hl7v2.message import Message
from parsers.hl7v2.program import Compiled, Program
from parsers.hl7v2.segments import Segment
from parsers.hl7v2.tree import Tree

_MEMO_LIMIT = 1 << 9
_LONGEST_REMEMBERED = 1 << 11
_MSH_MARKS = 2
"""MSH-1 and MSH-2 say how to read, not what."""


class Cross(NamedTuple):
    """One value of several fields: (field, component, subcomponent) of each."""

    places: tuple[tuple[int, int, int], ...]
    name: str
    convert: str


class Reading(NamedTuple):
    """What a segment gives: keys and values of its own, what no row took, what is wrong."""

    values: dict[str, Any]
    left: dict[str, str] | None
    issues: tuple[Issue, ...]


class SegmentReader:
    """The rows of one segment line. `to` is where its values go in the object of the group; `many`: it is a list."""

    def __init__(self, tag: str, to: str, rows: list[list[Any]], codes: dict[str, dict[str, str]], style: Style, taken: frozenset[int]) -> None:
        self.style = style
        self.to, self.many = to.removesuffix("[]"), to.endswith("[]")
        self.makers: list[tuple[Maker, list[list[str]]]] = [(MAKERS[row[1]], row[2]) for row in rows if row[0] == "made"]
        self.crosses: list[Cross] = []
        plans: dict[int, Plan] = {}
        structure = {0, 1, _MSH_MARKS} if tag == "MSH" else {0}
        structure |= {int(path) for _, feeds in self.makers for _, path in feeds}
        for row in rows:
            if row[0] == "made":
                continue
            numbers = {int(path.partition(".")[0]) for path in row[1]}
            for number in numbers:
                plans.setdefault(number, Plan(number, codes))
            if len(numbers) == 1:
                plans[next(iter(numbers))].add(row)
            else:
                self._add_cross(row, plans)
        for plan in plans.values():
            plan.settle()
        last = max([*plans, *structure, *taken], default=0)
        self.readers: list[Any] = [self._field(number, plans, structure, taken) for number in range(last + 1)]
        self.names = [reader.name if reader is not None else None for reader in self.readers]
        self.special = bool(self.makers or self.crosses)
        self.remembers = style.tokens is None and tag != "MSH" and not self.makers
        self.memo: dict[str, Reading] = {}

    def _field(self, number: int, plans: dict[int, Plan], structure: set[int], taken: frozenset[int]) -> Any:
        if number in plans:
            return FieldReader(plans[number], self.style)
        return None if number in structure or number in taken else Unread(number)

    def _add_cross(self, row: list[Any], plans: dict[int, Plan]) -> None:
        places = []
        for path in row[1]:
            number, *below = map(int, path.split("."))
            plans[number].take(below[0] if below else 1)
            places.append((number, below[0] if below else 1, below[1] if len(below) > 1 else 0))
        self.crosses.append(Cross(tuple(places), row[2], row[3]))

    def read(self, message: Message, segment: Segment) -> Reading:
        """What the rows make of a segment. It is shared with other segments of the same text, so nobody may change it."""
        if not self.remembers:
            return self._read(message, segment)
        text = segment.text
        found = self.memo.get(text)
        if found is None:
            found = self._read(message, segment)
            if len(text) <= _LONGEST_REMEMBERED:
                if len(self.memo) >= _MEMO_LIMIT:
                    self.memo.clear()
                self.memo[text] = found
        return found

    def _read(self, message: Message, segment: Segment) -> Reading:
        fields = segment.fields
        values: dict[str, Any] = {}
        left: dict[str, str] | None = None
        issues: tuple[Issue, ...] = ()
        for text, reader, name in zip(fields, self.readers, self.names, strict=False):
            if text and reader is not None:
                found = reader[text]
                if found.__class__ is Rough:
                    values.update(found.values)
                    if found.left:
                        left = {**left, **found.left} if left else found.left
                    issues += found.issues
                elif name is None:
                    values.update(found)
                else:
                    values[name] = found
        if len(fields) > len(self.readers):
            rest = {str(number): text for number, text in enumerate(fields[len(self.readers) :], len(self.readers)) if text}
            left = {**(left or {}), **rest} or None
        if self.special:
            issues += self._special(message, segment, fields, values)
        return Reading(values, left, issues)

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


def unread(segment: Segment) -> dict[str, str]:
    """Every field of a segment that no row reads."""
    return {str(number): text for number, text in enumerate(segment.fields) if number and text}


def both(first: dict[str, str] | None, second: dict[str, str] | None) -> dict[str, str] | None:
    """What two readers of one segment both leave over; one may leave a field whole of which the other leaves a part."""
    if not first or not second:
        return None
    kept = {name: text for name, text in first.items() if _left_in(name, second)}
    kept |= {name: text for name, text in second.items() if _left_in(name, first)}
    whole = {name for name in kept if name.isdigit()}
    return {name: text for name, text in kept.items() if (name in first and name in second) or name not in whole} or None


def _left_in(name: str, left: dict[str, str]) -> bool:
    return name in left or name.partition(".")[0] in left or name.partition("(")[0] in left or name.partition(".")[0].partition("(")[0] in left


class Emit(NamedTuple):
    """An event of a trigger. `drops` are keys of lists whose groups have events of their own, or stand around one that has."""

    event: str
    constants: dict[str, str]
    group: int
    subject: str
    needs: tuple[tuple[str, ...], ...]
    topic: str
    when: tuple[tuple[tuple[str, ...], frozenset[str]], ...]
    unless: tuple[tuple[tuple[str, ...], frozenset[str]], ...]
    merge: bool
    drops: frozenset[str]
    apart: frozenset[int]


class Machine:
    """A program for one style: delimiters, codec and time zone."""

    def __init__(self, compiled: Compiled, style: Style, reader: Callable[[bytes, Style], SegmentReader] | None = None) -> None:
        program = compiled.program
        self._reader = reader or _new_reader
        self.program, self.hash, self.style = program, compiled.hash, style
        self.tokens = style.tokens
        self.tree = Tree(program["groups"])
        self.rules = Rules(program.get("identifiers", {}), style)
        self.names = ["", *(group["name"] for group in program["groups"])]
        self.rows = self._rows(program)
        self.readers: dict[tuple[int, str], tuple[SegmentReader, ...]] = {}
        self._emits: dict[str, tuple[Emit, ...]] = {}

    def _rows(self, program: Program) -> dict[tuple[int, str], list[dict[str, Any]]]:
        """Rows of a segment by group number and tag."""
        rows: dict[tuple[int, str], list[dict[str, Any]]] = {}
        for row in program["segments"]:
            if row["group"] != "*":
                rows.setdefault((self.names.index(row["group"]), row["tag"]), []).append(row)
        for row in program["segments"]:
            if row["group"] == "*":
                for key in [key for key in rows if key[1] == row["tag"]] or [(0, row["tag"])]:
                    rows.setdefault(key, []).append(row)
        return rows

    def lines(self, key: tuple[int, str]) -> tuple[SegmentReader, ...] | None:
        """Readers of a segment by group number and tag, made when first met; None when no row reads it there."""
        rows, tag = self.rows.get(key), key[1]
        if rows is None:
            return None
        codes = {path.partition("-")[2]: table for path, table in self.program.get("codes", {}).items() if path.startswith(f"{tag}-")}
        made = sorted({int(path) for row in rows for entry in row["rows"] if entry[0] == "made" for _, path in entry[2]})
        lines = [orjson.dumps([tag, row["to"], row["rows"], codes, made], option=orjson.OPT_SORT_KEYS) for row in rows]
        found = self.readers[key] = tuple(self._reader(line, self.style) for line in lines)
        return found

    def emits(self, trigger: str) -> tuple[Emit, ...]:
        """What a trigger makes: the emits that name it, else those that take all others."""
        found = self._emits.get(trigger)
        if found is None:
            rows = self.program["emits"]
            named = any(trigger in row["triggers"] for row in rows)
            wanted = [row for row in rows if (trigger in row["triggers"] if named else "*" in row["triggers"]) and row["event"]]
            found = self._made(wanted)
            if len(self._emits) < _MOST_TRIGGERS:
                self._emits[trigger] = found
        return found

    def _made(self, rows: list[dict[str, Any]]) -> tuple[Emit, ...]:
        groups = self.program["groups"]
        apart: set[int] = set()
        for row in rows:
            at = self.names.index(row.get("group", ""))
            while at:
                apart.add(at)
                at = self.names.index(groups[at - 1]["parent"])
        drops = frozenset(groups[at - 1]["to"].removesuffix("[]") for at in apart) - {""}
        return tuple(self._emit(row, drops, frozenset(apart)) for row in rows)

    def _emit(self, row: dict[str, Any], drops: frozenset[str], apart: frozenset[int]) -> Emit:
        tests = [tuple((tuple(path.split(".")), frozenset(values)) for path, values in row.get(name, ())) for name in ("when", "unless")]
        needs = tuple(tuple(path.split(".")) for path in row.get("needs", ()))
        return Emit(row["event"], dict(row.get("constants", ())), self.names.index(row.get("group", "")), row.get("subject", "patient"), needs,
                    row["topic"], tests[0], tests[1], "merge" in row.get("checks", ()), drops, apart)  # fmt: skip


_MOST_TRIGGERS = 512
_MOST_READERS = 2048


def _new_reader(line: bytes, style: Style) -> SegmentReader:
    tag, to, rows, codes, made = orjson.loads(line)
    return SegmentReader(tag, to, rows, codes, style, frozenset(made))


class _Readers:
    """Readers of one style by their line of a program: maps share rows, so they share readers and what these remember. Bounded."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.found: dict[bytes, SegmentReader] = {}

    def __call__(self, line: bytes, _: Style) -> SegmentReader:
        found = self.found.get(line)
        if found is None:
            if len(self.found) >= _MOST_READERS:
                self.found.clear()
            found = self.found[line] = _new_reader(line, self.style)
        return found


@lru_cache(maxsize=8)
def _styled(delimiters: Delimiters, encoding: str, zone: tzinfo) -> _Readers:
    return _Readers(Style(delimiters, encoding, converters(zone)))


@lru_cache(maxsize=64)
def machine_for(compiled: Compiled, delimiters: Delimiters, encoding: str, zone: tzinfo) -> Machine:
    """The machine of a program, kept for the styles met last."""
    readers = _styled(delimiters, "utf-8" if encoding == "ascii" else encoding, zone)
    return Machine(compiled, readers.style, readers)


def tracing_machine(program: Program, delimiters: Delimiters, encoding: str, zone: tzinfo) -> Machine:
    """A machine whose values are tokens that know their places."""
    return Machine(Compiled(program), Style(delimiters, encoding, converters(zone), Tokens()))


__all__ = ["Emit", "Machine", "Reading", "SegmentReader", "both", "machine_for", "tracing_machine", "unread"]
