"""One message under its program: segments into the objects of their groups, then the events of its trigger."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from parsers.hl7v2.compile import Emit, Machine, both, unread
from parsers.hl7v2.fields import Issue, Token
from parsers.hl7v2.keys import Identity
from parsers.hl7v2.message import Message
from parsers.hl7v2.segments import Segment
from parsers.hl7v2.tree import Node, Walk


class Made(NamedTuple):
    """An event without its attributes. `data` are JSON bytes, in a trace the object. `identity`: whose lane it goes by, None nobody's."""

    event: str
    topic: str
    offset: int
    data: Any
    identity: Identity | None


class Read(NamedTuple):
    """What a message gives. `issues` are (segment, issue); `guessed`, `missing`: of the patient's identifier."""

    events: list[Made]
    issues: list[tuple[Segment, Issue]]
    guessed: bool
    missing: bool


def read_message(machine: Machine, message: Message, trigger: str, provenance: dict[str, Any]) -> Read:
    """The events of a message. `provenance` starts that of each: receipt, map and offset of the MSH."""
    tokens = machine.tokens
    emits = machine.emits(trigger)
    if not emits:
        return Read([], [], False, False)
    walk = Walk(machine.tree, emits[0].apart)
    issues: list[tuple[Segment, Issue]] = []
    firsts, place = walk.firsts, walk.place
    for segment in message.segments:
        if tokens is not None:
            tokens.here = segment
        if segment.tag not in firsts:
            firsts[segment.tag] = segment
        _read_segment(machine, message, segment, place(segment), issues)
    _prune(walk)
    charset: Any = message.encoding
    if tokens is not None:
        charset = tokens.wrap(charset, 18, 0, 0, 0, message.segments[0])
    walk.root.obj["message"] = {**walk.root.obj.get("message", {}), "charset": charset}
    return _Events(machine, message, walk, provenance).make(emits, issues)


def _read_segment(machine: Machine, message: Message, segment: Segment, node: Node, issues: list[tuple[Segment, Issue]]) -> None:
    tag = segment.tag
    first = tag not in node.seen
    if first:
        node.seen[tag] = segment
    key = (node.group, tag)
    readers = machine.readers.get(key) or machine.lines(key)
    if readers is None or node.lost or not (first or any(reader.many for reader in readers)):
        left: dict[str, str] | None = unread(segment)
    else:
        left, read = None, False
        for reader in readers:
            if first or reader.many:  # what has one place only is not overwritten by a second segment
                values, over, wrong = reader.read(message, segment)
                left, read = (both(left, over) if read else over), True
                if wrong:
                    issues += [(segment, issue) for issue in wrong]
                if values:
                    _put(node, reader.to, reader.many, values, segment.ordinal)
    if left:
        node.left.append({"ordinal": segment.ordinal, "tag": tag, "group": machine.names[node.group], "elements": left})


def _put(node: Node, to: str, many: bool, values: dict[str, Any], ordinal: int) -> None:
    if many:
        node.obj.setdefault(to, []).append(values)
        node.parts.setdefault(to, []).append(ordinal)
    elif not to:
        node.obj.update(values)
    else:
        held = node.obj.get(to)
        node.obj[to] = values if held is None else {**held, **values}


def _prune(walk: Walk) -> None:
    """Objects of groups that nothing was put into are left out; children first."""
    for node in reversed(walk.nodes):
        parent = node.parent
        if parent is None or node.obj or node.obj is parent.obj or node.lost:
            continue
        to = walk.tree.groups[node.group].to
        held = parent.obj.get(to)
        if isinstance(held, list):
            at = next((at for at, entry in enumerate(held) if entry is node.obj), None)
            if at is not None:
                del held[at], parent.parts[to][at]
            if not held:
                del parent.obj[to]
                del parent.parts[to]
        elif held is node.obj:
            del parent.obj[to]


class _Events:
    """The events of a message that has been read."""

    def __init__(self, machine: Machine, message: Message, walk: Walk, provenance: dict[str, Any]) -> None:
        self.machine, self.message, self.walk, self.provenance = machine, message, walk, provenance
        self.unmapped = any(node.left for node in walk.nodes)
        self.guessed = self.missing = False
        self.frozen: dict[str, orjson.Fragment] = {}

    def make(self, emits: tuple[Emit, ...], issues: list[tuple[Segment, Issue]]) -> Read:
        made: list[Made] = []
        for emit in emits:
            nodes = [self.walk.root] if not emit.group else [node for node in self.walk.nodes if node.group == emit.group]
            for node in nodes:
                data = self._facts(emit, node)
                if _wanted(emit, data):
                    if len(nodes) > 1 and self.machine.tokens is None:
                        self._freeze(data)
                    event = self._event(emit, node, data)
                    if event is not None:
                        made.append(event)
        made.sort(key=lambda event: event.offset)
        return Read(made, issues, self.guessed, self.missing)

    def _freeze(self, data: dict[str, Any]) -> None:
        """What several events of the message share becomes JSON once."""
        shared = self.walk.root.obj
        for name, value in data.items():
            if value is shared.get(name) and value.__class__ in (dict, list):
                found = self.frozen.get(name)
                if found is None:
                    found = self.frozen[name] = orjson.Fragment(orjson.dumps(value))
                data[name] = found

    def _facts(self, emit: Emit, node: Node) -> dict[str, Any]:
        """What the message says without what belongs to other events, then what the groups around say, then the group itself."""
        chain = [node]
        while chain[-1].parent is not None:
            chain.append(chain[-1].parent)
        data: dict[str, Any] = {}
        for one in reversed(chain):
            if one.parent is not None and one.obj is one.parent.obj:
                continue
            for name, value in one.obj.items():
                if name in emit.drops and one is not node:
                    continue
                if name in emit.drops and not emit.group:
                    continue
                held = data.get(name)
                data[name] = {**held, **value} if isinstance(held, dict) and isinstance(value, dict) else value
        tokens, header = self.machine.tokens, self.message.segments[0]
        for name, value in emit.constants.items():
            data[name] = value if tokens is None else tokens.wrap(value, 9, 1, 2, 0, header)
        return data

    def _event(self, emit: Emit, node: Node, data: dict[str, Any]) -> Made | None:
        rules = self.machine.rules
        identity = rules.identity(node, self.walk)
        if emit.merge or emit.subject == "retired":
            prior = rules.retired(node, self.walk)
            if prior.patient is None or (identity.patient is not None and prior.patient.same(identity.patient)):
                return None  # nobody, or the one who stays: a check says so
        if emit.subject == "retired":
            identity = prior
        else:
            if emit.subject == "patient":
                self.guessed = self.guessed or identity.guessed
                self.missing = self.missing or identity.patient is None
        shown = identity.data(self.machine.style)
        if shown:
            data["identity"] = shown
        if self.unmapped and (left := self._left(emit, node)):
            data["unmapped"] = left
        offset, ordinal = self.message.offset, 1
        if node.first is not None:
            offset, ordinal = self.message.offset_of(node.first), node.first.ordinal
        data["provenance"] = {**self.provenance, "item": offset, "ordinal": ordinal}
        if parts := self._parts(node, data):
            data["provenance"]["parts"] = parts
        return Made(
            emit.event,
            emit.topic,
            offset,
            orjson.dumps(data) if self.machine.tokens is None else data,
            identity if emit.subject != "receipt" else None,
        )

    def _left(self, emit: Emit, node: Node) -> list[dict[str, Any]]:
        """What no row took of the segments that this event speaks of."""
        around = set()
        one: Node | None = node
        while one is not None:
            around.add(id(one))
            one = one.parent
        found: list[dict[str, Any]] = []
        for other in self.walk.nodes:
            if other.left and (id(other) in around or self._belongs(other, emit, node)):
                found += other.left
        return sorted(found, key=lambda entry: int(entry["ordinal"]))

    def _belongs(self, other: Node, emit: Emit, node: Node) -> bool:
        """Below the item, or nowhere near another one."""
        one: Node | None = other
        while one is not None:
            if one is node:
                return bool(emit.group) or not self._apart(other, emit)
            one = one.parent
        return not self._apart(other, emit)

    def _apart(self, other: Node, emit: Emit) -> bool:
        one: Node | None = other
        while one is not None:
            if one.group in emit.apart:
                return True
            one = one.parent
        return False

    def _parts(self, node: Node, data: dict[str, Any]) -> dict[str, list[int]]:
        parts: dict[str, list[int]] = {}
        one: Node | None = node
        while one is not None:
            for name, ordinals in one.parts.items():
                if name in data and name not in parts:
                    parts[name] = ordinals
            one = one.parent
        return parts


def _wanted(emit: Emit, data: dict[str, Any]) -> bool:
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
