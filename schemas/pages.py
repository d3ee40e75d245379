"""Reference pages in Markdown: the fields of every event, and what each guide's elements feed."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypeAliasType

from schemas.events import Fact
from schemas.events.clinical_parts import Day, Timestamp
from schemas.events.common import Amount, Date, Event, Moment, Quantity, Time
from schemas.events.fields import Feed, bare, feeds
from schemas.events.message_event import MessageEvent
from schemas.maps import maps
from schemas.x12 import Element, Guide, Segment, guide
from schemas.x12.guide import qualifier_codes

_STRUCTURE = frozenset({"HL", "LE", "LS", "SE"})
_TEXT_VALUES: dict[type[Fact], tuple[Any, ...]] = {Event: (Amount, Quantity, Date, Time, Moment), MessageEvent: (Amount, Quantity, Day, Timestamp)}
_NAMES = {str: "text", int: "integer", bool: "true or false"}

_EVENTS_HEADS: dict[type[Fact], str] = {
    Event: """\
# Events

Made by `python -m schemas.export` from the event models. A key without a value is absent; names are snake_case; codes are as the source has them.
Schemas: `schemas/`. Topics and headers: `asyncapi.json`. What each element of a guide feeds: `coverage.md`. Events of HL7 v2: `events-hl7v2.md`.
""",
    MessageEvent: """\
# Events of HL7 v2

Made by `python -m schemas.export` from the event models. A key without a value is absent; a key that is null says that the sender deletes the
value (`""`); codes are as the source has them. Schemas: `schemas/`. What each field of a segment feeds: `coverage-hl7v2.md`.
""",
}

_COVERAGE_HEAD = """\
# Coverage

Made by `python -m schemas.export` from the guide tables and the map tables. Elements that a guide does not use are left out; when a sender
fills one all the same, it is in `unmapped` unless a field of its loop takes it. `=` marks an element with one fixed value.
HL and SE are structure: they are checked and place what stands below them.
"""


def _anchor(name: str) -> str:
    return name.lower().replace(".", "").replace(" ", "-")


def _kind(annotation: Any) -> str:
    kind = bare(annotation)
    if isinstance(kind, TypeAliasType):
        return str(kind.__name__).lower()
    if get_origin(kind) is list:
        return f"list of {_kind(get_args(kind)[0])}"
    if get_origin(kind) is dict:
        return f"{_kind(get_args(kind)[1])} by name"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"[{kind.__name__}](#{_anchor(kind.__name__)})"
    if get_origin(kind) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(kind))
    return _NAMES[kind]


def _parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Models behind the fields of a model, in order."""
    for field in model.model_fields.values():
        found: list[Any] = [field.annotation]
        while found:
            kind = found.pop(0)
            if isinstance(kind, type) and get_origin(kind) is None and issubclass(kind, BaseModel):
                yield kind
            found += () if get_origin(kind) is Literal else get_args(kind)


def _model_table(model: type[BaseModel]) -> Iterator[str]:
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    made = {*Event.model_fields, *MessageEvent.model_fields} - {"message"}
    for name, field in sorted(model.model_fields.items(), key=lambda entry: entry[0] in made):
        always = ", always there" if field.is_required() else ""
        yield f"| `{name}` | {_kind(field.annotation)}{always} | {field.description} |"
    yield ""


class Where(NamedTuple):
    """Topic of an event and what its lane is made of."""

    topic: str
    lane: str


def events_page(base: type[Fact], kinds: dict[str, type[Fact]], places: dict[str, Where]) -> str:
    """One table for each event of a format, then one for each part, in the order they are first met."""
    lines = [_EVENTS_HEADS[base], "| type | what it is |", "|---|---|"]
    lines += [f"| {kind.__name__.lower()} | {TypeAdapter(kind).json_schema()['description']} |" for kind in _TEXT_VALUES[base]]
    lines += ["", "| kind | topic | lane | what it is |", "|---|---|---|---|"]
    for name, model in kinds.items():
        where = places.get(name) or Where("that of the answer", "that of the answer")
        topic = f"`{where.topic}`" if name in places else where.topic
        lines.append(f"| [{name}](#{_anchor(name)}) | {topic} | {where.lane} | {(model.__doc__ or '').strip()} |")
    lines.append("")
    seen: list[type[BaseModel]] = []
    for name, model in kinds.items():
        lines += [f"## {name}", "", *_model_table(model)]
        seen += [part for part in dict.fromkeys(_parts(model)) if part not in seen]
    lines += ["# Parts", ""]
    for part in seen:
        lines += [f"## {part.__name__}", "", (part.__doc__ or "").strip(), "", *_model_table(part)]
        seen += [inner for inner in dict.fromkeys(_parts(part)) if inner not in seen]
    return "\n".join(lines).rstrip("\n") + "\n"


# -- coverage


def coverage_page() -> str:
    """For each guide a row for each segment line and qualifier group."""
    lines = [_COVERAGE_HEAD]
    for name in sorted(maps()):
        table = maps()[name]
        found = list(feeds(table))
        source = guide(name)
        events = ", ".join(dict.fromkeys(emit.event for emit in table.emits))
        lines += [f"## {name}", "", f"Versions: {', '.join((*source.versions, *source.related))}. Events: {events}."]
        if source.partial:
            lines.append("Partial: nothing is reported as required or not used, because not all facts of this guide are at hand.")
        lines.append("")
        lines += ["| loop | segment | elements | unmapped |", "|---|---|---|---|"]
        for segment in source.segments():
            near = [feed for feed in found if feed.loop == segment.loop and feed.tag == segment.tag]
            lines += [_coverage_row(segment, codes, fed, source) for codes, fed in _variants(segment, near, source)]
        lines.append("")
    return "\n".join(lines)


def _variants(segment: Segment, near: list[Feed], source: Guide) -> list[tuple[list[str], list[Feed]]]:
    """Qualifier codes of a segment line that feed the same fields, together."""
    place = source.qualifier(segment)
    codes = qualifier_codes(segment, place) if place else segment.elements[0].codes
    explicit = {code for feed in near for code in feed.codes}
    rest = [feed for feed in near if not feed.codes]
    groups: dict[tuple[tuple[tuple[str, ...], str], ...], tuple[list[str], list[Feed]]] = {}
    for code in codes or ("",):
        fed = [feed for feed in near if code in feed.codes] if code in explicit else rest
        key = tuple((feed.places, feed.path) for feed in fed)
        groups.setdefault(key, ([], fed))[0].append(code)
    return list(groups.values())


def _coverage_row(segment: Segment, codes: list[str], fed: list[Feed], source: Guide) -> str:
    place = source.qualifier(segment)
    named = [code for code in codes if code]
    shown = f"{segment.tag} {' '.join(named)}" if named and (place or any(feed.codes for feed in fed)) and len(named) < 16 else segment.tag
    if segment.tag in _STRUCTURE:
        return f"| {segment.loop} | {shown} | structure | |"
    taken = {path for feed in fed for path in feed.places}
    if place and any(feed.codes for feed in fed):
        taken |= {f"{number:02d}-{place[1]}" for number in range(1, len(segment.elements) + 1)} if place[1] else {f"{place[0]:02d}"}
    used = dict(_used(segment))
    mapped = [f"{_short(kept)} `{path}`" for path, kept in _fed_places(fed, used).items()]
    mapped += [f"{path} = {element.codes[0]}" for path, element in used.items() if path not in taken and len(element.codes) == 1]
    left = [path for path, element in used.items() if path not in taken and len(element.codes) != 1]
    return f"| {segment.loop} | {shown} | {'; '.join(sorted(mapped))} | {' '.join(left)} |"


def _used(segment: Segment) -> Iterator[tuple[str, Element]]:
    """Elements and components that the guide uses."""
    for number, element in enumerate(segment.elements, 1):
        if element.req == "N":
            continue
        if not element.components:
            yield f"{number:02d}", element
        for part, component in enumerate(element.components, 1):
            if component.req != "N":
                yield f"{number:02d}-{part}", component


def _fed_places(fed: list[Feed], used: dict[str, Element]) -> dict[str, list[str]]:
    """Field path -> the elements that feed it, without those that the guide does not use."""
    found = {feed.path: [path for path in feed.places if path in used] for feed in fed}
    return {path: kept for path, kept in found.items() if kept}


def _short(places: list[str]) -> str:
    return " ".join(places) if len(places) < 4 else f"{places[0]} {places[1]} ... {places[-1]}"
