"""Map rows against event models: which element feeds which field, what a row names that the model lacks, what no row feeds."""

import re
from collections.abc import Iterator
from types import NoneType
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from schemas.events import event_kinds, kinds_of
from schemas.events.attachment import Extent
from schemas.events.common import Amount, Date, Event, Moment, Period, Quantity, Time
from schemas.events.link import AnswerLinked
from schemas.events.remittance import RemittanceReceived
from schemas.maps.mapping import Choice, Each, Emit, Field, Map, Repeat, Row, Seg, Texts
from schemas.x12 import guide

TYPES: dict[str, Any] = {
    "text": str, "upper": str, "money": Amount, "quantity": Quantity, "integer": int, "date": Date, "time": Time, "formatted_date": Moment,
    "period": Period, "is_reversal": bool, "constant": str,
    "cents": Amount, "disposition": str, "acknowledgement_outcome": str, "extent": Extent,
}  # fmt: skip
"""What a converter makes, as the models spell it."""

ENGINE_MADE: frozenset[tuple[type[BaseModel], str]] = frozenset(
    {(kind, name) for kind in kinds_of(Event).values() for name in Event.model_fields}
    | {(kind, "use") for kind in kinds_of(Event).values()}
    | {(RemittanceReceived, "claims")}
    | {(AnswerLinked, name) for name in AnswerLinked.model_fields}
)
"""Root fields that the engine fills; what stands below them is its own."""

_Value = tuple[str, tuple[str, ...], str]
_Models = dict[str, type[BaseModel]]


class Feed(NamedTuple):
    """One field and the elements that feed it. `codes` are the qualifiers of the segment, empty when any other row leaves it over.

    `places` are elements or components ("02", "05-1"); `path` is the field in the event; `model` owns the field `name`, None when there is none.
    """

    event: str
    loop: str
    tag: str
    codes: tuple[str, ...]
    places: tuple[str, ...]
    path: str
    model: type[BaseModel] | None
    name: str
    convert: str
    many: bool = False


def bare(annotation: Any) -> Any:
    """The type without `None`: `list[X] | None` is `list[X]`."""
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    return kinds[0] if len(kinds) == 1 and NoneType in get_args(annotation) else annotation


def held(model: type[BaseModel] | None, name: str) -> Any:
    """Declared type of a field, None when the model has no such field."""
    found = model.model_fields.get(name) if model is not None else None
    return bare(found.annotation) if found is not None else None


def submodel(model: type[BaseModel] | None, target: str) -> type[BaseModel] | None:
    """Model behind "name" or "name[]"; None when there is none or when one is a list and the other is not."""
    kind = held(model, target.removesuffix("[]"))
    if target.endswith("[]"):
        kind = get_args(kind)[0] if get_origin(kind) is list else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def values_of(row: Row) -> Iterator[tuple[str, bool, list[_Value]]]:
    """(list or object the values go to, whether it is a list, values as (field, places, converter)) of a row."""
    if isinstance(row, Field):
        yield "", False, [(row.name, (row.paths,) if isinstance(row.paths, str) else row.paths, row.convert)]
    elif isinstance(row, Texts):
        yield "", True, [(row.name, row.paths, row.convert)]
    elif isinstance(row, Each):
        starts = range(row.first, row.first + row.step * row.count, row.step)
        shared = [(field.name, _paths(field), field.convert) for field in row.shared]
        yield f"{row.name}[]", False, shared + [(field.name, _grouped(field, starts), field.convert) for field in row.fields]
    elif isinstance(row, Repeat):
        if row.fields:
            yield f"{row.name}[]", False, [(field.name, tuple(f"{row.path}-{part}" for part in _paths(field)), field.convert) for field in row.fields]
        else:
            yield "", True, [(row.name, (row.path,), "text")]


def _paths(field: Field) -> tuple[str, ...]:
    return (field.paths,) if isinstance(field.paths, str) else field.paths


def _grouped(field: Field, starts: range) -> tuple[str, ...]:
    parts = [path.partition("-") for path in _paths(field)]
    return tuple(f"{start + int(number):02d}{dash}{component}" for start in starts for number, dash, component in parts)


def _feeds_of(row: Row, base: Feed) -> Iterator[Feed]:
    """`base` holds loop, tag, codes and the object that the segment fills."""
    if isinstance(row, Choice):
        for code, chosen in row.choices.items():
            entry = f"{chosen.name}[]" if chosen.many else chosen.name
            numbers = range(row.first, row.first + row.count)
            constants = [(name, tuple(f"{number:02d}-1" for number in numbers), "constant") for name, _ in chosen.constants]
            fields = [
                (field.name, tuple(f"{number:02d}-{part}" for number in numbers for part in _paths(field)), field.convert) for field in chosen.fields
            ]
            for value in constants + fields:
                yield _feed(base._replace(codes=(code,)), entry, value, False)
        return
    for entry, many, values in values_of(row):
        for value in values:
            yield _feed(base, entry, value, many)


def _feed(base: Feed, entry: str, value: _Value, many: bool) -> Feed:
    name, places, convert = value
    model, path = base.model, base.path
    for step in [entry] if entry else []:
        model, path = submodel(model, step), f"{path}.{step}"
    head, dot, tail = name.partition(".")
    if dot:
        model, path, name = submodel(model, head), f"{path}.{head}", tail
    return base._replace(places=places, path=f"{path}.{name}".lstrip("."), model=model, name=name, convert=convert, many=many)


def feeds(table: Map) -> Iterator[Feed]:
    """Every field of every event that a map fills, in the order of its rows; what an item leaves to those below it stands last."""
    above = _loops_above(table)
    for emit in table.emits:
        yield from _own_feeds(table, emit)
        for outer in table.emits:
            if outer.loop in above[emit.loop]:
                yield from _left_feeds(table, outer, emit)


def _own_feeds(table: Map, emit: Emit) -> Iterator[Feed]:
    objects = objects_of(table, emit)
    for row in table.segments:
        if row.loop in objects:
            yield from _segment_feeds(emit, row, *objects[row.loop])


def _left_feeds(table: Map, outer: Emit, emit: Emit) -> Iterator[Feed]:
    """What items of `emit` show of the item around them, under the names it is left by."""
    left = {field: slot for field, slot in outer.leaves if slot in emit.context}
    if not left:
        return
    root, other = event_kinds()[emit.event], event_kinds()[outer.event]
    for feed in _own_feeds(table, outer):
        field = re.split(r"[.[]", feed.path, maxsplit=1)[0]
        slot = left.get(field)
        if slot is None:
            continue
        same = held(root, slot) == held(other, field)
        found = feed._replace(event=emit.event, path=slot + feed.path[len(field) :], model=feed.model if same else None)
        yield found._replace(model=root, name=slot) if feed.path == field else found


def _segment_feeds(emit: Emit, row: Seg, model: type[BaseModel] | None, path: str) -> Iterator[Feed]:
    tag, _, codes = row.tag.partition(":")
    if row.to:
        model, path = submodel(model, row.to), f"{path}.{row.to}"
    base = Feed(emit.event, row.loop, tag, tuple(codes.split(",")) if codes else (), (), path, model, "", "")
    for entry in row.rows:
        yield from _feeds_of(entry, base)


def objects_of(table: Map, emit: Emit) -> dict[str, tuple[type[BaseModel] | None, str]]:
    """Loop -> (model, path in the event) of the object it fills in this event; loops whose object the event does not show are left out."""
    root = event_kinds()[emit.event]
    targets = {row.loop: row.name for row in table.objects}
    gathered = {slot: f"{name}[]" for slot, name in emit.gathers}
    above = _loops_above(table)
    top = next(iter(above))
    item = emit.loop if emit.loop != top or targets.get(top) == "" else ""
    items = {other.loop for other in table.emits if other.loop != top}
    found: dict[str, tuple[type[BaseModel] | None, str]] = {}
    for loop, outside in above.items():
        target = targets.get(loop)
        within = outside[: outside.index(item)] if item in outside else None
        if loop == item:
            found[loop] = (root, "")
        elif target is None or not items.isdisjoint([loop, *(outside if within is None else within)]):
            continue  # no object, or that of another item
        elif target.startswith("/"):
            found[loop] = (submodel(root, target[1:]), target[1:])
        elif within is not None or (target.endswith("[]") and target not in emit.context):
            owner = next((outer for outer in outside if outer in found), None)
            if owner is not None:
                model, path = found[owner]
                found[loop] = (submodel(model, target), f"{path}.{target}".lstrip("."))
        elif target in emit.context:
            found[loop] = (submodel(root, target), target)
        elif target in gathered:
            found[loop] = (submodel(root, gathered[target]), gathered[target])
    return found


def _loops_above(table: Map) -> dict[str, tuple[str, ...]]:
    """Loop -> the loops around it, innermost first; the root comes first. A loop that stands in several places counts at the first."""
    above: dict[str, tuple[str, ...]] = {}
    for loop in guide(table.guide).loops():
        if loop.same is None:
            above[loop.id] = (loop.parent, *above[loop.parent]) if loop.parent in above else ()
    return above


def unknown_fields(table: Map) -> list[str]:
    """Rows that name a field the event model lacks, or whose converter makes another type than the model declares."""
    wrong: list[str] = []
    for feed in feeds(table):
        place = f"{feed.loop} {feed.tag} {', '.join(feed.places)}"
        kind = held(feed.model, feed.name)
        many = get_origin(kind) is list
        if kind is None:
            wrong.append(f"{place}: {feed.event} has no field {feed.path}")
        elif many != feed.many or (get_args(kind)[0] if many else kind) != TYPES.get(feed.convert):
            wrong.append(f"{place}: {feed.event} declares {feed.path} otherwise than {feed.convert} makes it")
    return wrong


def unfed_fields(tables: list[Map]) -> list[str]:
    """Fields of the X12 event models that neither a row nor the engine fills anywhere. A part that stands in several places counts once."""
    fed = {(feed.model, feed.name) for table in tables for feed in feeds(table)} | ENGINE_MADE
    fed |= {(event_kinds()[emit.event], field) for table in tables for emit in table.emits for field, _ in emit.derives}
    return [
        f"{event} {path}"
        for event, model in kinds_of(Event).items()
        for path, owner, name, part in fields_of(model)
        if part is None and (owner, name) not in fed
    ]


def fields_of(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, type[BaseModel], str, type[BaseModel] | None]]:
    """(path, model that owns it, name, model behind it or None) of every field, depth first; engine-made parts are not entered."""
    for name in model.model_fields:
        kind = held(model, name)
        many = get_origin(kind) is list
        inner = get_args(kind)[0] if many else kind
        part = inner if isinstance(inner, type) and issubclass(inner, BaseModel) and inner not in (Period, Extent) else None
        path = f"{above}.{name}".lstrip(".") + ("[]" if many and part else "")
        yield path, model, name, part
        if part is not None and (model, name) not in ENGINE_MADE:
            yield from fields_of(part, path)
