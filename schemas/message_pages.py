"""The reference page of HL7 v2 coverage: what each field of each segment feeds, map by map."""

from collections.abc import Iterator

from schemas.maps.v2 import maps, types
from schemas.maps.v2.mapping import Emit, Group, Made, Map, Part, Parts, Row, Seg, Value, Values

_HEAD = """\
# Coverage of HL7 v2

Made by `python -m schemas.export` from the map tables. A field stands beside what it feeds: `3 identifiers (CX, each)` says that each repetition of
field 3 is an object of the data type CX in `identifiers`. Fields are those of all versions, 2.1 to 2.8. What no row takes is in `unmapped`,
and so are Z segments unless the site maps them. Segments are read wherever they stand; the group says with what they belong together.
"""
_SHARED = """\
## Record

Read alike by every map below that has the segment: the head of the message, the patient, the visit, insurances and guarantors.
"""
_TYPES = """\
## Data types

What the components of a data type feed in its object.
"""
_NAMED = {name: rows for name, rows in vars(types).items() if name.isupper() and isinstance(rows, tuple)}
_Line = tuple[str, str, str, str]


def message_coverage_page() -> str:
    """Segments of the record once, then what each map adds, then the data types."""
    record = dict.fromkeys(_lines(maps()["adt"]))
    lines = [_HEAD, _SHARED, *_table(record)]
    for name, table in sorted(maps().items()):
        own = [line for line in dict.fromkeys(_lines(table)) if line not in record]
        shape = f", where orders stand below their {table.shape}" if table.shape else ""
        lines += ["", f"## {name}", "", f"Messages: {', '.join(table.messages)}{shape}.", "", *_events(table.emits)]
        lines += ["", *_table(own)] if own else []
    lines += ["", _TYPES, "| type | components |", "|---|---|"]
    lines += [f"| {name} | {'; '.join(_fields(rows))} |" for name, rows in _NAMED.items()]
    return "\n".join(lines) + "\n"


def _table(lines: Iterator[_Line] | dict[_Line, None] | list[_Line]) -> list[str]:
    return ["| group | segment | object | fields |", "|---|---|---|---|", *(f"| {' | '.join(line)} |" for line in lines)]


def _events(emits: tuple[Emit, ...]) -> list[str]:
    lines = ["| event | triggers | of each | says |", "|---|---|---|---|"]
    for emit in emits:
        triggers = " ".join("all others" if trigger == "*" else trigger for trigger in emit.triggers)
        says = ", ".join(f"{name} `{value}`" for name, value in emit.constants)
        lines.append(f"| `{emit.event}` | {triggers} | {_of_each(emit)} | {says} |")
    return lines


def _of_each(emit: Emit) -> str:
    if emit.whole:
        return f"{emit.group}, with the whole message"
    return f"{emit.group or 'message'}{', else message' if emit.or_message else ''}"


def _lines(table: Map) -> Iterator[_Line]:
    groups = {group.name: group for group in table.groups}
    for segment in table.segments:
        yield segment.group or "message", segment.tag, _object(segment, groups), "; ".join(_fields(segment.rows))


def _object(segment: Seg, groups: dict[str, Group]) -> str:
    steps, name = [segment.to], segment.group
    while name:
        steps.append(groups[name].to)
        name = groups[name].parent
    path = ".".join(step for step in reversed(steps) if step)
    return f"`{path}`" if path else ""


def _fields(rows: tuple[Row, ...]) -> Iterator[str]:
    for row in sorted(rows, key=_order):
        if isinstance(row, Made):
            yield "; ".join(f"{path} {name}" for name, path in row.feeds)
            continue
        path = row.path if isinstance(row.path, str) else " ".join(row.path)
        notes = [_type(row.rows)] if isinstance(row, Part | Parts) else [row.convert] if row.convert not in ("text", "code") else []
        notes += ["each"] if isinstance(row, Values | Parts) else []
        yield f"{path} {row.name}" + (f" ({', '.join(note for note in notes if note)})" if any(notes) else "")


def _type(rows: tuple[Value | Part, ...]) -> str:
    return next((name for name, known in _NAMED.items() if known is rows), "")


def _order(row: Row) -> tuple[int, ...]:
    path = row.feeds[0][1] if isinstance(row, Made) else row.path if isinstance(row.path, str) else row.path[0]
    return tuple(int(number) for number in path.split("."))
