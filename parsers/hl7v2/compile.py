"""A program made ready to run for messages of one style: readers of every segment by group and tag, the tree of groups, the emits of a trigger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from parsers.hl7v2.converters import converters
from parsers.hl7v2.delimiters import Delimiters
from parsers.hl7v2.fields import Style, Tokens
from parsers.hl7v2.keys import Rules
from parsers.hl7v2.layout import Layouts
from parsers.hl7v2.lines import Line, SegmentReader
from parsers.hl7v2.message import Message
from parsers.hl7v2.message_type import event_place
from parsers.hl7v2.program import Compiled, Program
from parsers.hl7v2.tree import Tree


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
    or_message: bool
    whole: bool


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
        self.told = frozenset({0}).union(*map(self._around, program["emits"]))
        """Groups that have events, or stand around one that has: what they say meets in one event, so its objects stay objects until then."""
        tests = [path for row in program["emits"] for path in (*row.get("needs", ()), *dict(row.get("when", ())), *dict(row.get("unless", ())))]
        self.frozen = all(path.count(".") < 2 for path in tests)
        """No event hangs on what is inside of a field."""
        self.readers: dict[tuple[int, str], tuple[SegmentReader, ...]] = {}
        self.layouts = Layouts(self.tree, self.lines)
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

    def _around(self, emit: dict[str, Any]) -> set[int]:
        """The group of an emit and those around it."""
        around: set[int] = set()
        at = self.names.index(emit.get("group", ""))
        while at:
            around.add(at)
            at = self.tree.groups[at].parent
        return around

    def lines(self, group: int, tag: str) -> tuple[SegmentReader, ...]:
        """Readers of a segment in a group, made when first met; none when no row reads it there."""
        found = self.readers.get((group, tag))
        if found is None:
            rows = self.rows.get((group, tag), ())
            codes = {path.partition("-")[2]: table for path, table in self.program.get("codes", {}).items() if path.startswith(f"{tag}-")}
            made = sorted({int(path) for row in rows for entry in row["rows"] if entry[0] == "made" for _, path in entry[2]})
            lines = [Line(tag, row["to"], row["rows"], codes, made, self.frozen and (bool(row["to"]) or group not in self.told)) for row in rows]
            found = tuple(self._reader(orjson.dumps(list(line), option=orjson.OPT_SORT_KEYS), self.style) for line in lines)
            if rows:
                self.readers[group, tag] = found
        return found

    def header(self, value: Any, field: int, message: Message) -> Any:
        """A value that MSH says; in a trace with its place."""
        if self.tokens is None:
            return value
        return self.tokens.wrap(value, field, 0, 0, 0, message.segments[0])

    def constant(self, value: str, message: Message) -> Any:
        """What follows from the event of a message; in a trace at the place of that."""
        if self.tokens is None:
            return value
        segment, field, component = event_place(message)
        return self.tokens.wrap(value, field, int(component > 0), component, 0, segment)

    def emits(self, trigger: str) -> tuple[Emit, ...]:
        """What a trigger makes: the emits that name it, else those that take all others."""
        found = self._emits.get(trigger)
        if found is None:
            rows = self.program["emits"]
            named = any(trigger in row["triggers"] for row in rows)
            wanted = [row for row in rows if (trigger in row["triggers"] if named else "*" in row["triggers"]) and row["event"]]
            found = self._made(wanted)
            if len(self._emits) < _MOST_TRIGGERS and len(trigger) <= _LONGEST_TRIGGER:
                self._emits[trigger] = found
        return found

    def _made(self, rows: list[dict[str, Any]]) -> tuple[Emit, ...]:
        apart = frozenset[int]().union(*(self._around(row) for row in rows if not row.get("whole")))
        drops = frozenset(self.tree.groups[at].to for at in apart) - {""}
        return tuple(self._emit(row, drops, apart) for row in rows)

    def _emit(self, row: dict[str, Any], drops: frozenset[str], apart: frozenset[int]) -> Emit:
        tests = [tuple((tuple(path.split(".")), frozenset(values)) for path, values in row.get(name, ())) for name in ("when", "unless")]
        needs = tuple(tuple(path.split(".")) for path in row.get("needs", ()))
        return Emit(row["event"], dict(row.get("constants", ())), self.names.index(row.get("group", "")), row.get("subject", "patient"), needs,
                    row["topic"], tests[0], tests[1], "merge" in row.get("checks", ()), drops, apart,
                    row.get("or_message", False), row.get("whole", False))  # fmt: skip


_MOST_TRIGGERS = 512
_LONGEST_TRIGGER = 64
_MOST_READERS = 2048


def _new_reader(line: bytes, style: Style) -> SegmentReader:
    return SegmentReader(Line(*orjson.loads(line)), style)


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


__all__ = ["Emit", "Machine", "machine_for", "tracing_machine"]
