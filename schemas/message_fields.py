"""Map rows of HL7 v2 against event models: what a row names that the model lacks, what no row feeds, and where each field stands in the event."""

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from schemas.events import event_kinds, kinds_of
from schemas.events.clinical_parts import Day, Timestamp
from schemas.events.common import Amount, Quantity
from schemas.events.fields import bare, held
from schemas.events.message_event import Message, MessageEvent
from schemas.maps.v2.mapping import Emit, Group, Made, Map, Part, Parts, Row, Value, Values

TYPES: dict[str, Any] = {
    "text": str, "upper": str, "code": str, "ack_outcome": str, "clock": str, "integer": int, "quantity": Quantity, "money": Amount,
    "time": Timestamp, "datetime": Timestamp, "date": Day,
}  # fmt: skip
"""What a converter makes, as the models spell it."""
_Fed = set[tuple[type[BaseModel], str]]
_ENGINE_MADE = frozenset({"identity", "site_identifiers", "extensions", "unmapped", "provenance"})


class Place(NamedTuple):
    """Fields of one segment in the event: `path` of the object they go to, empty the event itself."""

    group: str
    tag: str
    path: str
    rows: tuple[Row, ...]


def inner(kind: Any) -> tuple[Any, bool]:
    """(type, whether it is that of a list's entries) of a declared type without its null."""
    return (bare(get_args(kind)[0]), True) if get_origin(kind) is list else (kind, False)


def models_of(root: type[BaseModel]) -> list[type[BaseModel]]:
    """A model and those of the parts below it, each once, in the order they are met."""
    found = [root]
    for model in found:
        for name in model.model_fields:
            kind, _ = inner(held(model, name))
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
                found.append(kind)
    return found


def places(table: Map, emit: Emit) -> Iterator[Place]:
    """The segments of a map by the object they fill in the events of an emit: those of its group, of what stands around, and of groups that no other
    event of the trigger stands for."""
    groups = {group.name: group for group in table.groups}
    around = [] if emit.whole else _around(groups, emit.group)
    together = [other for other in table.emits if set(other.triggers) & set(emit.triggers) and not other.whole]
    apart = {name for other in together for name in _around(groups, other.group)}
    never = {field for field, values in emit.unless if "*" in values}
    for segment in table.segments:
        chain = _around(groups, segment.group)
        below = [name for name in chain if name not in around]
        if apart & set(below):
            continue
        path = ".".join(step for step in (*(groups[name].to for name in reversed(below)), segment.to) if step)
        if path.partition(".")[0].removesuffix("[]") not in never:
            yield Place(segment.group, segment.tag, path, segment.rows)


def _around(groups: dict[str, Group], name: str) -> list[str]:
    """A group and those it stands in, innermost first."""
    chain = []
    while name:
        chain.append(name)
        name = groups[name].parent
    return chain


class _Check:
    """Rows held to models; a part that stands in many places is looked at once."""

    def __init__(self) -> None:
        self.fed: _Fed = set()
        self.wrong: list[str] = []
        self.made: set[type[BaseModel]] = set()
        self.done: set[tuple[type[BaseModel], int]] = set()

    def table(self, table: Map) -> None:
        for emit in table.emits:
            root = event_kinds()[emit.event]
            for name, _ in emit.constants:
                self.step(root, name, emit.event)
            for place in places(table, emit):
                model = self.walk(root, place.path, f"{table.name} {place.tag} in {emit.event}")
                if model is not None:
                    self.rows(model, place.rows, f"{table.name} {place.tag}")

    def walk(self, root: type[BaseModel], path: str, where: str) -> type[BaseModel] | None:
        model: type[BaseModel] = root
        for step in path.split(".") if path else []:
            name = step.removesuffix("[]")
            kind, many = inner(self.step(model, name, where))
            if many != step.endswith("[]") or not (isinstance(kind, type) and issubclass(kind, BaseModel)):
                self.wrong.append(f"{where}: {model.__name__}.{name} is not {'a list of objects' if step.endswith('[]') else 'an object'}")
                return None
            model = kind
        return model

    def step(self, model: type[BaseModel], name: str, where: str) -> Any:
        kind = held(model, name)
        if kind is None:
            self.wrong.append(f"{where}: {model.__name__} has no field {name}")
        self.fed.add((model, name))
        return kind

    def rows(self, model: type[BaseModel], rows: tuple[Row, ...], where: str) -> None:
        if (model, id(rows)) in self.done:
            return
        self.done.add((model, id(rows)))
        for row in rows:
            if isinstance(row, Made):
                for name, _ in row.feeds:
                    kind, _ = inner(self.step(model, name, where))
                    if isinstance(kind, type) and issubclass(kind, BaseModel):
                        self.made |= set(models_of(kind))
            else:
                self.row(model, row, f"{where} {row.path}")

    def row(self, model: type[BaseModel], row: Value | Values | Part | Parts, where: str) -> None:
        kind, many = inner(self.step(model, row.name, where))
        if kind is None:
            return
        if many != isinstance(row, Values | Parts):
            self.wrong.append(f"{where}: {model.__name__}.{row.name} is {'a' if many else 'no'} list")
        elif isinstance(row, Value | Values):
            if kind != TYPES.get(row.convert):
                self.wrong.append(f"{where}: {model.__name__}.{row.name} is declared otherwise than {row.convert} makes it")
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            self.rows(kind, row.rows, where)
        else:
            self.wrong.append(f"{where}: {model.__name__}.{row.name} is no object")


def unknown_fields(table: Map) -> list[str]:
    """Rows that name a field the event model lacks, or whose converter makes another type than the model declares."""
    check = _Check()
    check.table(table)
    return list(dict.fromkeys(check.wrong))


def unfed_fields(tables: list[Map]) -> list[str]:
    """Fields of the HL7 v2 models that neither a row, a maker nor the engine fills anywhere."""
    check = _Check()
    for table in tables:
        check.table(table)
    engine = {(Message, "charset")} | {(kind, name) for kind in kinds_of(MessageEvent).values() for name in _ENGINE_MADE}
    own = {model for kind in kinds_of(MessageEvent).values() for name in _ENGINE_MADE for model in _below(kind, name)} | check.made
    found = []
    for root in kinds_of(MessageEvent).values():
        for model in models_of(root):
            if model not in own:
                found += [f"{model.__name__} {name}" for name in model.model_fields if (model, name) not in check.fed | engine]
    return list(dict.fromkeys(found))


def _below(model: type[BaseModel], name: str) -> list[type[BaseModel]]:
    kind, _ = inner(held(model, name))
    return models_of(kind) if isinstance(kind, type) and issubclass(kind, BaseModel) else []
