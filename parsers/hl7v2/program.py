"""Map table + site overlay -> program: plain data that JSON can hold, hashed, kept with the events it made and run by the engine.

Rows that cannot work fail here, at load: a converter, a maker, a group or a path that is none, a trigger that makes one event twice.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from typing import Any

import orjson

from parsers.hl7v2.converters import CONVERTERS
from parsers.hl7v2.makers import MAKERS
from parsers.hl7v2.profile import Profile, split_path
from schemas.maps.v2 import maps
from schemas.maps.v2.mapping import Emit, Group, Made, Map, Part, Parts, Row, Seg, Value, Values
from schemas.maps.v2.types import CX, XCN

FORMAT = 1
FAMILY = "hl7v2"
_PATH = re.compile(r"[1-9]\d{0,2}(\.[1-9]\d?){0,2}\Z", re.ASCII)
Program = dict[str, Any]


class TableError(ValueError):
    """A map row, or a row of a site's overlay, that cannot work."""


def _paths(row: Value) -> list[str]:
    return [row.path] if isinstance(row.path, str) else list(row.path)


def row_data(row: Row, depth: int = 3) -> list[Any]:
    """A row as plain data; `depth` is how many numbers its paths may have (field, component, subcomponent)."""
    if isinstance(row, Made):
        if row.make not in MAKERS:
            raise TableError(f"no maker {row.make}")
        _check_paths([path for _, path in row.feeds], 1)
        return ["made", row.make, [list(pair) for pair in row.feeds]]
    paths = _paths(row) if isinstance(row, Value) else [row.path]
    _check_paths(paths, depth)
    if isinstance(row, Value | Values):
        if row.convert not in CONVERTERS:
            raise TableError(f"field {row.name}: no converter {row.convert}")
        return ["value" if isinstance(row, Value) else "values", paths, row.name, row.convert]
    kind = "part" if isinstance(row, Part) else "parts"
    if kind == "parts" and "." in row.path:
        raise TableError(f"{row.name}: a list is made of the repetitions of a field, not of a component")
    used = 1 + row.path.count(".")
    return [kind, paths, row.name, [row_data(inner, depth - used) for inner in row.rows]]


def _check_paths(paths: list[str], depth: int) -> None:
    for path in paths:
        if not _PATH.match(path) or path.count(".") >= depth:
            raise TableError(f"{path!r} is no path here")


_PEOPLE = [row_data(row, 2) for row in XCN]


def _group_data(group: Group) -> dict[str, Any]:
    data = orjson.loads(orjson.dumps(group._asdict()))
    return {name: value for name, value in data.items() if value or name not in ("again", "any_order")}


def _emit_data(emit: Emit) -> dict[str, Any]:
    """What is at its default is left out, so that a new kind of rule leaves the hash of programs without it."""
    data = orjson.loads(orjson.dumps(emit._asdict(), default=list))
    return {name: value for name, value in data.items() if value or name in ("event", "triggers", "topic")}


def compile_program(table: Map, overlay: dict[str, Any] | None = None) -> Program:
    """Plain data of one map under a site's overlay (`Profile.overlay()`). Raises TableError for a row that cannot work."""
    overlay = overlay or {}
    try:
        segments = [_segment_data(row) for row in table.segments] + _overlay_segments(overlay.get("fields", {}))
        segments += _identifier_segments(segments, overlay.get("identifiers", {}))
        emits = _with_events(table, [_emit_data(emit) for emit in table.emits], overlay.get("events", {}))
        program: Program = {
            "format": FORMAT, "family": FAMILY, "map": table.name, "messages": list(table.messages),
            "groups": [_group_data(group) for group in table.groups], "segments": segments, "emits": emits,
        }  # fmt: skip
        _check_program(program)
        for segment in segments if overlay.get("provider_ids") else ():
            _prefer(segment["rows"], overlay["provider_ids"])
    except TableError as error:
        raise TableError(f"{table.name}: {error}") from None
    extras = {"identifiers": overlay["identifiers"]} if overlay.get("identifiers") else {}
    if overlay.get("codes"):
        extras["codes"] = {_code_path(path): codes for path, codes in overlay["codes"].items()}
    return {**program, **extras}


def _segment_data(row: Seg) -> dict[str, Any]:
    try:
        return {"tag": row.tag, "group": row.group, "to": row.to, "rows": [row_data(entry) for entry in row.rows]}
    except TableError as error:
        raise TableError(f"{row.tag}: {error}") from None


def _overlay_segments(fields: dict[str, str]) -> list[dict[str, Any]]:
    """Rows of the site: one value from each field it names, into the event or an object of it."""
    rows: dict[tuple[str, str], list[Any]] = {}
    for path, target in fields.items():
        tag, number, below = split_path(path)
        to, _, name = target.rpartition(".")
        rows.setdefault((tag, to), []).append(["value", [".".join(map(str, (number, *below)))], name, "text"])
    return [{"tag": tag, "group": "*", "to": to, "rows": values} for (tag, to), values in rows.items()]


_IDENTIFIERS = "site_identifiers"


def _identifier_segments(segments: list[dict[str, Any]], rules: dict[str, list[list[str]]]) -> list[dict[str, Any]]:
    """Rows for fields that an identifier rule reads and nothing else: what identifies is no unmapped content."""
    read = {(segment["tag"], number) for segment in segments for row in segment["rows"] for number in _numbers(row)}
    fields = dict.fromkeys(field for role in rules.values() for field, *_ in role)
    alone = [(field, *split_path(field)[:2]) for field in fields if split_path(field)[:2] not in read]
    return [{"tag": tag, "group": "*", "to": _IDENTIFIERS, "rows": [row_data(Parts(str(number), field, CX))]} for field, tag, number in alone]


def _numbers(row: list[Any]) -> set[int]:
    """Fields that a row reads."""
    paths = [path for _, path in row[2]] if row[0] == "made" else row[1]
    return {int(path.partition(".")[0]) for path in paths}


def _prefer(rows: list[list[Any]], ids: list[str]) -> None:
    """People (XCN) are read in the order of the kinds of identifier that the site prefers."""
    for row in rows:
        if row[0] in ("part", "parts"):
            if row[3] == _PEOPLE:
                row.append(ids)
            else:
                _prefer(row[3], ids)


def _code_path(path: str) -> str:
    """ "PV1-2" and "PV1-2.1" are one place."""
    return path if "." in path else f"{path}.1"


def _with_events(table: Map, emits: list[dict[str, Any]], events: dict[str, str]) -> list[dict[str, Any]]:
    """The site's say over which event a trigger makes: an emit of the table with that event takes it, the action stays that of the trigger.

    "" makes no event.
    """
    for key, wanted in events.items():
        message, _, trigger = key.partition("^")
        if message not in {name.partition("^")[0] for name in table.messages}:
            continue
        nothing: dict[str, Any] = {"event": "", "topic": ""}
        taker = next((emit for emit in emits if emit["event"] == wanted), None) if wanted else nothing
        if taker is None:
            raise TableError(f"{key}: no event {wanted} is made of {message} messages")
        before = next((emit for emit in emits if trigger in emit["triggers"] and emit["event"]), None)
        for emit in emits:
            emit["triggers"] = [code for code in emit["triggers"] if code != trigger]
        emits.append({**taker, "triggers": [trigger]})
        if before is not None and wanted:
            said = dict(taker.get("constants", ()))
            said |= {name: value for name, value in before.get("constants", ()) if name in said}
            emits[-1]["constants"] = [list(pair) for pair in said.items()]
    return [emit for emit in emits if emit["triggers"]]


def _check_program(program: Program) -> None:
    names = [group["name"] for group in program["groups"]]
    known = {"", *names}
    for group in program["groups"]:
        if group["parent"] not in known:
            raise TableError(f"group {group['name']}: no group {group['parent']} to stand in")
        if not group["opens"]:
            raise TableError(f"group {group['name']}: nothing opens it")
    if len(names) != len(set(names)):
        raise TableError("two groups have one name")
    for segment in program["segments"]:
        if segment["group"] not in (*known, "*"):
            raise TableError(f"{segment['tag']}: no group {segment['group']}")
    for emit in program["emits"]:
        if emit.get("group", "") not in known:
            raise TableError(f"{emit['event']}: no group {emit['group']}")
        if strange := set(emit.get("checks", ())) - {"merge"}:
            raise TableError(f"{emit['event']}: no check {min(strange)}")
        if emit.get("subject", "patient") not in ("patient", "retired", "receipt"):
            raise TableError(f"{emit['event']}: no subject {emit['subject']}")
    seen: set[tuple[Any, ...]] = set()
    for emit in program["emits"]:
        for trigger in emit["triggers"]:
            key = (trigger, emit["event"], emit.get("group", ""), orjson.dumps([emit.get(name) for name in ("when", "unless")]))
            if key in seen:
                raise TableError(f"{trigger} makes {emit['event']} twice")
            seen.add(key)


def program_bytes(program: Program) -> bytes:
    """Canonical JSON: what is hashed and kept."""
    return orjson.dumps(program, option=orjson.OPT_SORT_KEYS)


def program_hash(program: Program) -> str:
    return hashlib.sha256(program_bytes(program)).hexdigest()


class Compiled:
    """A program and its hash, compared as one thing."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.hash = program_hash(program)


@lru_cache(maxsize=512)
def _compiled(name: str, overlay: bytes) -> Compiled:
    return Compiled(compile_program(maps()[name], orjson.loads(overlay)))


_NO_OVERLAY = b"{}"


def compiled_for(name: str, overlay: bytes = _NO_OVERLAY) -> Compiled:
    """The program of a map under an overlay as `overlay_of` gives it. Raises KeyError (no such map), TableError (an overlay that cannot work)."""
    return _compiled(name, overlay)


def overlay_of(profile: Profile | None) -> bytes:
    return orjson.dumps(profile.overlay(), option=orjson.OPT_SORT_KEYS) if profile is not None else _NO_OVERLAY


def program_for(name: str, profile: Profile | None = None) -> Program:
    """The program of a map, e.g. "ADT", with the site's overlay."""
    return compiled_for(name, overlay_of(profile)).program


def hash_for(name: str, profile: Profile | None = None) -> str:
    return compiled_for(name, overlay_of(profile)).hash


def program_of_hash(wanted: str, profile: Profile | None = None) -> Program:
    """The program of today's tables, under the overlay, with this hash. KeyError when they make another."""
    for name in maps():
        if hash_for(name, profile) == wanted:
            return program_for(name, profile)
    raise KeyError(wanted)


@cache
def map_names() -> dict[str, str]:
    """Message type ("ADT"), type and event ("DFT^P11"), or either and a shape ("OML specimen") -> name of its map. Raises TableError when two maps
    read one."""
    found: dict[str, str] = {}
    for name, table in sorted(maps().items()):
        for message in table.messages:
            key = f"{message} {table.shape}".rstrip()
            if key in found:
                raise TableError(f"{key} is read by two maps: {found[key]} and {name}")
            found[key] = name
    return found


def map_of(message: str, trigger: str, shape: str = "") -> str | None:
    """Name of the map that reads a message type and event whose segments have this shape; None when none does."""
    names = map_names()
    shaped = names.get(f"{message} {shape}") if shape else None
    return shaped or names.get(f"{message}^{trigger}") or names.get(message)


def problems_of(profile: Profile) -> list[str]:
    """Why a site's overlay cannot work with the maps of today, as sentences."""
    found: list[str] = []
    for name in sorted(maps()):
        try:
            program_for(name, profile)
        except TableError as error:
            found.append(str(error))
    types = {message.partition("^")[0] for message in map_names()}
    found += [f"{key}: no map reads {key.partition('^')[0]} messages" for key in profile.events if key.partition("^")[0] not in types]
    return found
