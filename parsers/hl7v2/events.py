"""The events of a message that has been read."""

from __future__ import annotations

from typing import Any, NamedTuple

from orjson import dumps

from parsers.hl7v2.compile import Emit, Machine
from parsers.hl7v2.facts import Facts
from parsers.hl7v2.fields import Token
from parsers.hl7v2.keys import Identity, Where
from parsers.hl7v2.tree import Node


class Made(NamedTuple):
    """An event without its attributes. `data` are JSON bytes, in a trace the object. `identity`: whose lane it goes by, None nobody's."""

    event: str
    topic: str
    offset: int
    data: Any
    identity: Identity | None


class Events:
    """Makes the events of one message. `guessed`, `missing`: of the patient's identifier."""

    def __init__(self, machine: Machine, facts: Facts, provenance: dict[str, Any]) -> None:
        self.machine, self.facts, self.provenance = machine, facts, provenance
        self.message, self.layout = facts.message, facts.layout
        self.guessed = self.missing = False
        self.identities: dict[tuple[int, ...], Identity] = {}
        self.told: dict[int, dict[str, Any]] = {}
        self.shared: dict[int, bytes] = {}
        self.left: Left | None = None

    def make(self, emits: tuple[Emit, ...], most: int) -> list[Made] | None:
        """In file order; None when they have more than `most` bytes."""
        made: list[Made] = []
        size = 0
        for emit in emits:
            nodes = self.layout.groups.get(emit.group) or (self.layout.nodes[:1] if emit.or_message else [])
            for node in nodes:
                data = self._facts(emit, node)
                if _wanted(emit, data) and (event := self._event(emit, node, data, len(nodes) > 1)) is not None:
                    made.append(event)
                    size += len(event.data)
                    if size > most:
                        return None
        made.sort(key=lambda event: event.offset)
        return made

    def _facts(self, emit: Emit, node: Node) -> dict[str, Any]:
        """What the message says without what belongs to other events, then what the groups around say, then the group itself."""
        own = self.facts.objects[self._told_of(emit, node).number]
        if node.parent is None or emit.whole:
            data = {name: value for name, value in own.items() if name not in emit.drops}
        else:
            around = self._around(node.parent, emit.drops)
            data = {**around} if not node.to else _with(around, own)
        for name, value in emit.constants.items():
            data[name] = self.machine.constant(value, self.message)
        return data

    def _told_of(self, emit: Emit, node: Node) -> Node:
        """What an event of a group tells of: the group, or the whole message."""
        return self.layout.nodes[0] if emit.whole else node

    def _around(self, node: Node, drops: frozenset[str]) -> dict[str, Any]:
        """What a group and those around it say, but for what belongs to other events."""
        found = self.told.get(node.number)
        if found is None:
            own = self.facts.objects[node.number]
            if node.parent is not None:
                around = self._around(node.parent, drops)
                found = _with(around, own) if node.to else {**around}
            else:
                found = {**own}
            for name in drops:
                found.pop(name, None)
            self.told[node.number] = found
        return found

    def _event(self, emit: Emit, node: Node, data: dict[str, Any], several: bool) -> Made | None:
        where = self._where(node)
        identity, prior = self._identity(where), None
        if emit.merge or emit.subject == "retired":
            prior = self.machine.rules.retired(where, self.message.segments)
            if prior.patient is None or (identity.patient is not None and prior.patient.same(identity.patient)):
                return None  # nobody, or the one who stays: a check says so
            self.guessed = self.guessed or prior.guessed
        if emit.subject == "retired" and prior is not None:
            identity = prior
        elif emit.subject == "patient" and (node.parent is not None or not emit.or_message):
            self.guessed = self.guessed or identity.guessed
            self.missing = self.missing or identity.patient is None
        if shown := identity.data(self.machine.style):
            data["identity"] = shown
        if self.facts.left:
            self.left = self.left or Left(self.facts.left, emit.apart)
            if left := self.left.of(node, bool(emit.group)):
                data["unmapped"] = left
        offset, ordinal = self.message.offset, 1
        if node.first:
            offset, ordinal = self.message.offset_of(self.message.segments[node.first - 1]), node.first
        provenance = data["provenance"] = {**self.provenance, "item": offset, "ordinal": ordinal}
        told = self._told_of(emit, node)
        if parts := self._parts(told, data):
            provenance["parts"] = parts
        json = data if self.machine.tokens is not None else self._json(told.parent, data) if several else dumps(data)
        return Made(emit.event, emit.topic, offset, json, identity if emit.subject != "receipt" else None)

    def _json(self, parent: Node | None, data: dict[str, Any]) -> bytes:
        """What several events of the message share becomes JSON once; it stands first in each."""
        around = self.told[parent.number] if parent is not None else {}
        if not around or any(data[name] is not value for name, value in around.items()):
            return dumps(data)
        assert parent is not None
        shared = self.shared.get(parent.number)
        if shared is None:
            shared = self.shared[parent.number] = dumps(around)[:-1] + b","
        return shared + dumps({name: value for name, value in data.items() if name not in around})[1:]

    def _where(self, node: Node) -> Where:
        """Where the identity of an item stands: of a whole message anywhere in it, else in the item or around it."""
        tags = self.machine.rules.tags
        if node.parent is None:
            return {tag: self.layout.firsts.get(tag, 0) for tag in tags}
        return {tag: node.find(tag) for tag in tags}

    def _identity(self, where: Where) -> Identity:
        key = tuple(where.values())
        found = self.identities.get(key)
        if found is None:
            found = self.identities[key] = self.machine.rules.identity(where, self.message.segments)
        return found

    def _parts(self, node: Node, data: dict[str, Any]) -> dict[str, list[int]]:
        """The ordinals of what stands in the lists of an event."""
        parts: dict[str, list[int]] = {}
        one: Node | None = node
        while one is not None:
            for name, ordinals in self.facts.parts[one.number].items():
                if name in data and name not in parts:
                    parts[name] = ordinals
            one = one.parent
        return parts


def _with(around: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What stands around and the group's own, which goes before it; objects of one name become one."""
    if around.keys().isdisjoint(own):
        return {**around, **own}
    data = {**around}
    for name, value in own.items():
        held = data.get(name)
        data[name] = {**held, **value} if isinstance(held, dict) and isinstance(value, dict) else value
    return data


class Left:
    """What no row took of a message's segments, by the groups whose events speak of it: those around it, those below it, and all when it is
    nowhere near another item. `apart`: groups that have events of their own."""

    def __init__(self, left: list[tuple[Node, dict[str, Any]]], apart: frozenset[int]) -> None:
        self.entries = [entry for _, entry in left]
        self.general: list[int] = []
        self.here: dict[int, list[int]] = {}
        self.below: dict[int, list[int]] = {}
        for at, (node, _) in enumerate(left):
            self.here.setdefault(node.number, []).append(at)
            near = False
            one: Node | None = node
            while one is not None:
                near = near or one.group in apart
                self.below.setdefault(one.number, []).append(at)
                one = one.parent
            if not near:
                self.general.append(at)

    def of(self, node: Node, item: bool) -> list[dict[str, Any]]:
        """Entries for the event of a group, in file order; `item`: it is not the whole message."""
        found = {*self.general, *(self.below.get(node.number, ()) if item else ())}
        around: Node | None = node
        while around is not None:
            found.update(self.here.get(around.number, ()))
            around = around.parent
        return [self.entries[at] for at in sorted(found)]


def _wanted(emit: Emit, data: dict[str, Any]) -> bool:
    if not (emit.needs or emit.when or emit.unless):
        return True
    if any(_at(data, path) in (None, "") for path in emit.needs):
        return False
    return all(_matches(_at(data, path), values) for path, values in emit.when) and not any(
        _matches(_at(data, path), values) for path, values in emit.unless
    )


def _matches(value: Any, wanted: frozenset[str]) -> bool:
    return "" in wanted if value is None else "*" in wanted or (isinstance(value, str) and value in wanted)


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data.value if isinstance(data, Token) else data
