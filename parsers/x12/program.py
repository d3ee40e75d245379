"""Guide table + map table -> program: plain data that JSON can hold, hashed, kept with the events it made and run by the engine.

Rows that cannot work fail here, at load: a loop or segment the guide lacks, a field set twice, a repeat with nowhere to go.
"""

import hashlib
from functools import cache, lru_cache
from typing import Any

import orjson

from parsers.x12.checks import CHECKS
from parsers.x12.converters import CONVERTERS
from schemas.maps import maps
from schemas.maps.mapping import Each, Emit, Field, Map, Repeat, Row, Seg, Texts
from schemas.x12 import Element, Guide, Loop, Segment, guide, guide_for, guide_names

FORMAT = 1
SET_CHECK = "remittance_payment_balance"
"""The one check that needs the sums of a whole set."""
Program = dict[str, Any]


class TableError(ValueError):
    """A map row that does not fit its guide table."""


def element_data(element: Element) -> dict[str, Any]:
    data: dict[str, Any] = {"req": element.req}
    if element.type:
        data |= {"type": element.type, "min": element.min, "max": element.max}
    for name in ("codes", "components"):
        values = getattr(element, name)
        if values:
            data[name] = [element_data(value) if name == "components" else value for value in values]
    if element.repeat != 1:
        data["repeat"] = element.repeat
    if element.pattern:
        data["pattern"] = element.pattern
    return data


def _paths(row: Field) -> list[str]:
    return [row.paths] if isinstance(row.paths, str) else list(row.paths)


def field_data(row: Field) -> list[Any]:
    if row.convert not in CONVERTERS:
        raise TableError(f"field {row.name}: no converter {row.convert}")
    return [_paths(row), row.name, row.convert]


def row_data(row: Row) -> dict[str, Any]:
    if isinstance(row, Field):
        return {"kind": "field", "field": field_data(row)}
    if isinstance(row, Texts):
        return {"kind": "texts", "paths": list(row.paths), "name": row.name, "convert": row.convert}
    if isinstance(row, Each):
        fields, shared = [field_data(f) for f in row.fields], [field_data(f) for f in row.shared]
        return {"kind": "each", "name": row.name, "first": row.first, "step": row.step, "count": row.count, "fields": fields, "shared": shared}
    if isinstance(row, Repeat):
        return {"kind": "repeat", "path": row.path, "name": row.name, "fields": [field_data(f) for f in row.fields]}
    choices = {
        code: {"name": c.name, "fields": [field_data(f) for f in c.fields], "constants": [list(pair) for pair in c.constants], "many": c.many}
        for code, c in row.choices.items()
    }
    return {"kind": "choice", "first": row.first, "count": row.count, "choices": choices}


def _split_tag(tag: str) -> tuple[str, tuple[str, ...]]:
    name, _, codes = tag.partition(":")
    return name, tuple(codes.split(",")) if codes else ()


class _Compiler:
    def __init__(self, table: Map, source: Guide) -> None:
        self.table, self.guide = table, source
        self.targets = {row.loop: row.name for row in table.objects}
        self.rows: dict[tuple[str, str], list[Seg]] = {}
        for row in table.segments:
            for loop in row.loop.split():
                self.rows.setdefault((loop, _split_tag(row.tag)[0]), []).append(row)
        self.used: set[tuple[str, str]] = set()
        self.loops: list[dict[str, Any]] = []
        self.segments: list[dict[str, Any]] = []
        self.segment_numbers: dict[int, int] = {}

    def compile(self) -> Program:
        self._loop(self.guide.root, -1)
        known = {loop["id"] for loop in self.loops}
        if lost := (set(self.targets) | {emit.loop for emit in self.table.emits}) - known:
            raise TableError(f"{self.table.name}: the guide has no loop {', '.join(sorted(lost))}")
        if strange := {name for emit in self.table.emits for name in emit.checks} - set(CHECKS) - {SET_CHECK}:
            raise TableError(f"{self.table.name}: no check {', '.join(sorted(strange))}")
        if unused := set(self.rows) - self.used:
            raise TableError(f"{self.table.name}: the guide has no segment {', '.join(f'{tag} in {loop}' for loop, tag in sorted(unused))}")
        return {
            "format": FORMAT, "map": self.table.name, "guide": self.guide.name, "transaction": self.guide.transaction,
            "versions": [*self.guide.versions, *self.guide.related], "loops": self.loops, "segments": self.segments,
            "emits": [_emit_data(emit) for emit in self.table.emits], "required": list(self.table.required),
        }  # fmt: skip

    def _loop(self, loop: Loop, parent: int) -> int:
        number = len(self.loops)
        data: dict[str, Any] = {"id": loop.id, "parent": parent, "pos": loop.pos, "req": loop.req, "max": loop.max}
        data["target"] = self.targets.get(loop.id)
        self.loops.append(data)
        children = []
        for child in loop.children():
            if isinstance(child, Segment):
                children.append(["segment", self._segment(child), child.pos])
            else:
                children.append(["loop", self._loop(child, number), child.pos])
        data["children"] = children
        return number

    def _segment(self, segment: Segment) -> int:
        known = self.segment_numbers.get(segment.index)
        if known is not None:
            return known
        place = self.guide.qualifier(segment)
        codes: tuple[str, ...] = ()
        if place is not None:
            element = segment.elements[place[0] - 1]
            codes = element.codes if place[1] is None else element.components[place[1] - 1].codes
        data = {
            "loop": segment.loop, "tag": segment.tag, "req": segment.req, "max": segment.max, "syntax": list(segment.syntax),
            "elements": [element_data(element) for element in segment.elements],
            "qualifier": list(place) if place is not None else None, "codes": list(codes), "variants": self._variants(segment, place, codes),
        }  # fmt: skip
        self.segment_numbers[segment.index] = len(self.segments)
        self.segments.append(data)
        return len(self.segments) - 1

    def _variants(self, segment: Segment, place: tuple[int, int | None] | None, codes: tuple[str, ...]) -> dict[str, Any]:
        """Rows by qualifier code; "" for the rest."""
        rows = self.rows.get((segment.loop, segment.tag), [])
        if rows:
            self.used.add((segment.loop, segment.tag))
            if segment.loop not in self.targets:
                raise TableError(f"{self.table.name}: loop {segment.loop} has rows and becomes no object")
        variants: dict[str, Any] = {}
        first = segment.elements[0].codes if segment.elements else ()
        for row in rows:
            wanted = _split_tag(row.tag)[1]
            for code in wanted or ("",):
                if code and code not in (codes or first):
                    continue
                data = [row_data(entry) for entry in row.rows]
                _check_rows(self.table.name, segment, data)
                variants[code] = {"rows": data, "to": row.to, "implied": bool(code)}
        return variants


def _check_rows(name: str, segment: Segment, rows: list[dict[str, Any]]) -> None:
    """Every path must be an element the guide has."""
    for row in rows:
        if row["kind"] == "repeat":
            _check_repeat(name, segment, row)
            continue
        if row["kind"] == "texts":
            _check_texts(name, segment, row)
        fields = [row["field"]] if row["kind"] == "field" else [[row["paths"], row["name"], row["convert"]]] if row["kind"] == "texts" else []
        for paths, field, convert in fields:
            if convert not in CONVERTERS:
                raise TableError(f"field {field}: no converter {convert}")
            for path in paths:
                number, _, component = path.partition("-")
                if int(number) > len(segment.elements):
                    raise TableError(f"{name}: {segment.loop} {segment.tag} has no element {path} for {field}")
                parts = segment.elements[int(number) - 1].components
                if component and int(component) > len(parts):
                    raise TableError(f"{name}: {segment.loop} {segment.tag} has no component {path} for {field}")
                if parts and not component:
                    raise TableError(f"{name}: {segment.loop} {segment.tag}{path} is a composite; {field} must name a component")


def _check_texts(name: str, segment: Segment, row: dict[str, Any]) -> None:
    """All elements, or a run of components of one element: a list is cut out whole."""
    places = [tuple(map(int, path.split("-"))) for path in row["paths"]]
    run = all(len(place) == 2 for place in places) and [place[1] for place in places] == [places[0][1] + at for at in range(len(places))]
    if not all(len(place) == 1 for place in places) and not (run and len({place[0] for place in places}) == 1):
        raise TableError(f"{name}: {segment.loop} {segment.tag}: {row['name']} takes elements, or components in a row of one element")


def _check_repeat(name: str, segment: Segment, row: dict[str, Any]) -> None:
    """The element is there, and a composite where the row names components."""
    number = int(row["path"])
    if number > len(segment.elements):
        raise TableError(f"{name}: {segment.loop} {segment.tag} has no element {row['path']} for {row['name']}")
    parts = segment.elements[number - 1].components
    if bool(parts) != bool(row["fields"]) or any(int(path) > len(parts) for paths, _, _ in row["fields"] for path in paths):
        raise TableError(f"{name}: {segment.loop} {segment.tag}{row['path']} has not the components that {row['name']} names")


def _emit_data(emit: Emit) -> dict[str, Any]:
    """What is at its default and came later is left out, so that programs without it keep their hash."""
    data = {name: list(value) if isinstance(value, tuple) else value for name, value in emit._asdict().items()}
    for name in ("alias", "leaves", "gathers", "derives"):
        data[name] = [list(pair) for pair in data[name]]
    return {name: value for name, value in data.items() if value or name not in ("holds", "leaves", "gathers", "derives")}


def compile_program(table: Map, source: Guide) -> Program:
    """Plain data of one guide under one map. Raises TableError for a row that does not fit."""
    return _Compiler(table, source).compile()


def program_bytes(program: Program) -> bytes:
    """Canonical JSON: what is hashed and kept."""
    return orjson.dumps(program, option=orjson.OPT_SORT_KEYS)


def program_hash(program: Program) -> str:
    return hashlib.sha256(program_bytes(program)).hexdigest()


@cache
def program_for(name: str) -> Program:
    """The program of a guide that has a map, e.g. "837P". KeyError when there is none."""
    return compile_program(maps()[name], guide(name))


@cache
def hash_for(name: str) -> str:
    return program_hash(program_for(name))


def program_of_hash(wanted: str) -> Program:
    """The program of today's tables with this hash. KeyError when today's tables make another."""
    for name in maps():
        if hash_for(name) == wanted:
            return program_for(name)
    raise KeyError(wanted)


@lru_cache(maxsize=4096)
def guide_of_version(version: str, transaction: str = "", purpose: str = "") -> tuple[str, str, bool] | None:
    """(guide name, use, partial) for a GS08 or ST03 string, ST01 and BHT02; None when no table reads it. `use` mostly is ""."""
    found = guide_for(version, transaction, purpose)
    if found is None or found.name not in maps():
        return None
    related = version in found.related
    return found.name, found.related.get(version, ""), found.partial or related


@cache
def guide_of_transaction(transaction: str) -> str | None:
    """The only guide of a transaction set code (835), for files that carry no version; None when several share the code."""
    names = [name for name in guide_names() if guide(name).transaction == transaction and name in maps()]
    return names[0] if len(names) == 1 else None


__all__ = [
    "Program", "TableError", "compile_program", "guide_of_transaction", "guide_of_version", "hash_for", "program_bytes", "program_for",
    "program_hash", "program_of_hash",
]  # fmt: skip
