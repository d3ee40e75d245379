"""Where a segment belongs: each loop is a small automaton whose states and transitions are made when first needed.

A state is a loop, how far in its order the reader is, and how often each of its segments has stood. In-order transitions are
remembered in the state, so placing a segment that follows a known path costs one dictionary lookup, checks of order, repeat and
requirement included. What no in-order transition takes is placed by `misplaced`, with an issue that says what is wrong.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from parsers.x12.codegen import make_reader
from parsers.x12.trouble import Reader, Style

_STATES_PER_LOOP = 4096
_STEPS_PER_STATE = 512


class Node:
    """One segment line of the guide at run time, with its readers by qualifier."""

    __slots__ = ("_machine", "careful", "held", "number", "readers", "spec", "tag", "variants")

    def __init__(self, number: int, spec: dict[str, Any], machine: Machine) -> None:
        self.number, self.spec, self.tag = number, spec, spec["tag"]
        self.variants: dict[str, Any] = spec["variants"]
        # Single values of a line that may repeat must not overwrite each other; lists only grow.
        self.careful = spec["max"] != 1 and any(row["kind"] == "field" for variant in self.variants.values() for row in variant["rows"])
        # Segments that make a level an item are seen one by one.
        self.held = self.tag in machine.holds
        self.readers: dict[str, Reader] = {}
        self._machine = machine

    def reader(self, qualifier: str) -> Reader:
        if qualifier not in self.variants:
            qualifier = ""
        found = self.readers.get(qualifier)
        if found is None:
            found = self.readers[qualifier] = make_reader(self.spec, qualifier, self._machine.style)
        return found

    def names(self, qualifier: str) -> frozenset[str]:
        """Names of the loop's object that the segment sets; those of lists, which only grow, are left out."""
        variant = self.variants.get(qualifier) or self.variants.get("") or {"rows": []}
        found: list[str] = []
        for row in variant["rows"]:
            if row["kind"] == "field":
                found.append(row["field"][1])
            elif row["kind"] == "texts" and "." in row["name"]:
                found.append(row["name"])
            elif row["kind"] == "choice":
                found += [choice["name"] for choice in row["choices"].values() if not choice["many"]]
        return frozenset(name.partition(".")[0] for name in found)

    def target(self, qualifier: str) -> str:
        """Where the values go in the loop's object: "" merges, "x" makes an object, "x[]" a list entry."""
        variant = self.variants.get(qualifier) or self.variants.get("")
        return variant["to"] if variant else ""


class Child(NamedTuple):
    """A segment line or a loop as its parent loop holds it."""

    number: int
    pos: int
    max: int | None
    required: bool
    node: Node
    loop: LoopNode | None


DIRECT, MERGE, APPEND, PLACE, OPEN, HELD = range(6)


class Step:
    """An in-order transition. DIRECT reads into the loop's object, MERGE does so too when that overwrites none of `names`, APPEND reads
    into a new entry of list `to`, PLACE into a new object `to`, OPEN enters a loop, HELD says that a level is an item.

    Made once a state and key, read for every segment: a class with slots, whose attributes are cheaper to reach than a named tuple's.
    """

    __slots__ = ("child", "kind", "loop", "names", "qualifier", "read", "state", "target", "to")

    def __init__(self, state: State, child: Child, qualifier: str) -> None:
        self.target = to = child.node.target(qualifier)
        self.kind = (
            OPEN
            if child.loop is not None
            else HELD
            if child.node.held
            else APPEND
            if to.endswith("[]")
            else PLACE
            if to
            else MERGE
            if child.node.careful
            else DIRECT
        )
        self.names = child.node.names(qualifier)
        self.state, self.child, self.loop, self.qualifier = state, child, child.loop, qualifier
        self.read: Reader = child.node.reader(qualifier)
        self.to = to.removesuffix("[]") if child.loop is None else to


class State:
    """A place inside one loop: how far in its order the reader is, and how often its segments have stood. `steps` is filled as keys come.

    `missing` are the required children that never came; `plain` says that leaving the loop here needs nothing but leaving.
    """

    __slots__ = ("counts", "loop", "missing", "plain", "pos", "steps")

    def __init__(self, loop: LoopNode, pos: int, counts: tuple[tuple[int, int], ...]) -> None:
        self.loop, self.pos, self.counts = loop, pos, counts
        self.steps: dict[str, Step | None] = {}
        seen = dict(counts)
        self.missing = tuple(child for child in loop.children if child.required and child.number not in seen)
        self.plain = not self.missing and loop.item is None and not loop.gathered

    def step(self, key: str, tag: str, qualifier: str) -> Step | None:
        """The in-order transition for a segment, None when there is none here. Codes no line lists are not remembered."""
        found = self._in_order(tag, qualifier)
        if found is not None or len(self.steps) < _STEPS_PER_STATE:
            self.steps[key] = found
        return found

    def _in_order(self, tag: str, qualifier: str) -> Step | None:
        counts = dict(self.counts)
        for child in self.loop.candidates(tag, qualifier):
            if child.pos >= self.pos and not self.full(child, counts):
                return self.take(child, qualifier)
        return None

    def take(self, child: Child, qualifier: str) -> Step:
        return Step(self.after(child), child, qualifier)

    def full(self, child: Child, counts: dict[int, int] | None = None) -> bool:
        """Loops that may repeat are counted by the reader, not here."""
        if child.max is None or (child.loop is not None and child.max != 1):
            return False
        return (counts if counts is not None else dict(self.counts)).get(child.number, 0) >= child.max

    def after(self, child: Child, out_of_order: bool = False) -> State:
        counts = dict(self.counts)
        most = 1 if child.max is None or child.loop is not None else child.max
        counts[child.number] = min(counts.get(child.number, 0) + 1, most)
        return self.loop.state(self.pos if out_of_order else child.pos, tuple(sorted(counts.items())))


class LoopNode:
    """One loop at its place in the tree: `counted` when it may stand only so often, `level` when HL opens it, `many` when list `name` holds it.

    `marked`: it encloses an item, whose provenance says where it stands. `top`: its object stands directly in the event. `gathered`: the set's own
    event lists its objects. `tentative`: an item only if something stands in it. `leaves`: what it leaves behind for items below it.
    """

    __slots__ = (
        "_candidates", "_states", "by_tag", "children", "counted", "entry", "gathered", "id", "item", "leaves", "level", "many", "marked", "max",
        "name", "number", "parent", "required", "slots", "target", "tentative", "top",
    )  # fmt: skip

    def __init__(self, number: int, spec: dict[str, Any], parent: LoopNode | None) -> None:
        self.number, self.id, self.parent = number, spec["id"], parent
        self.target: str | None = spec["target"]
        self.max: int | None = spec["max"]
        self.required = spec["req"] == "R"
        self.counted = self.max is not None and self.max != 1
        self.level = self.marked = False
        self.many = self.target is not None and self.target.endswith("[]")
        self.name = (self.target or "").removesuffix("[]").removeprefix("/")
        self.top = self.target is not None and self.target.startswith("/")
        self.gathered = self.tentative = False
        self.leaves: tuple[tuple[str, str], ...] = ()
        self.children: tuple[Child, ...] = ()
        self.by_tag: dict[str, list[Child]] = {}
        self._candidates: dict[tuple[str, str], tuple[Child, ...]] = {}
        self._states: dict[tuple[int, tuple[tuple[int, int], ...]], State] = {}
        self.entry: State
        self.item: dict[str, Any] | None = None
        self.slots: frozenset[str] = frozenset()

    def candidates(self, tag: str, qualifier: str) -> tuple[Child, ...]:
        """Children that a segment of this tag and qualifier may be, in guide order."""
        return self._candidates.get((tag, qualifier)) or self._candidates.get((tag, ""), ())

    def state(self, pos: int, counts: tuple[tuple[int, int], ...]) -> State:
        if len(self._states) > _STATES_PER_LOOP:
            self._states.clear()
        found = self._states.get((pos, counts))
        if found is None:
            found = self._states[(pos, counts)] = State(self, pos, counts)
        return found

    def close(self) -> None:
        """Index the children once they are all there."""
        index: dict[tuple[str, str], list[Child]] = {}
        for child in self.children:
            for key in _keys(child.node.spec):
                index.setdefault(key, []).append(child)
            self.by_tag.setdefault(child.node.tag, []).append(child)
        self._candidates = {key: tuple(found) for key, found in index.items()}
        first = self.children[0]
        self.level = first.node.tag == "HL"
        self.entry = self.state(first.pos, ((first.number, 1),))


def _take_care(loop: LoopNode) -> None:
    """Lines of one loop that fill the same names must not overwrite each other's values."""
    seen: dict[str, Node] = {}
    for child in loop.children:
        node = child.node
        if child.loop is not None and child is not loop.children[0]:
            continue
        for name in {name for qualifier, variant in node.variants.items() if not variant["to"] for name in node.names(qualifier)}:
            other = seen.setdefault(name, node)
            if other is not node:
                node.careful = other.careful = True


def _keys(spec: dict[str, Any]) -> list[tuple[str, str]]:
    return [(spec["tag"], code) for code in spec["codes"]] or [(spec["tag"], "")]


class Machine:
    """A program made ready to run under one component separator. Shared by every reader of the same program."""

    def __init__(self, program: dict[str, Any], style: Style) -> None:
        self.program = program
        self.style = style
        self.component, self.partial = style.component, style.partial
        emits = {emit["loop"]: emit for emit in program["emits"]}
        self.holds = frozenset(tag for emit in emits.values() for tag in emit.get("holds", ()))
        self.nodes = [Node(number, spec, self) for number, spec in enumerate(program["segments"])]
        self.loops: list[LoopNode] = []
        for number, spec in enumerate(program["loops"]):
            self.loops.append(LoopNode(number, spec, self.loops[spec["parent"]] if spec["parent"] >= 0 else None))
        self.root = self.loops[0]
        self.set_emit: dict[str, Any] | None = emits.get(self.root.id)
        whole = len(emits) == 1 and self.set_emit is not None
        gathers = {slot for slot, _ in self.set_emit.get("gathers", ())} if self.set_emit else set()
        for loop, spec in zip(reversed(self.loops), reversed(program["loops"]), strict=True):
            loop.item = emits.get(loop.id) if loop.parent is not None or whole else None
            loop.tentative = loop.item is not None and "holds" in loop.item
            loop.leaves = tuple((name, slot) for name, slot in (loop.item or {}).get("leaves", ()))
            loop.gathered = loop.target in gathers and (loop.parent is None or loop.parent.target != loop.target)
            self._fill(loop, spec)
            _take_care(loop)
        if whole:
            self.set_emit = None
        self._mark_levels()
        self._own_slots()
        self.lines = next(((loop.id, loop.children[0].node.tag) for loop in self.loops if loop.name == "lines"), None)
        self.tags = frozenset(node.tag for node in self.nodes)
        self.level_codes = frozenset(code for node in self.nodes if node.tag == "HL" for code in node.spec["codes"])
        tags = [node.tag for node in self.nodes]
        self.by_level = "HL" in tags and any(tags.count(emit["item"]) > 1 for emit in emits.values() if emit["loop"] != self.root.id)
        self.qualifiers = _qualifiers(program)
        self.places = self._places()

    def _fill(self, loop: LoopNode, spec: dict[str, Any]) -> None:
        children = []
        for index, (kind, number, pos) in enumerate(spec["children"]):
            if kind == "segment":
                node = self.nodes[number]
                children.append(Child(index, pos, node.spec["max"], node.spec["req"] == "R", node, None))
            else:
                inner = self.loops[number]
                trigger = inner.children[0].node
                children.append(Child(index, pos, inner.max, inner.required, trigger, inner))
        loop.children = tuple(children)
        loop.close()

    def _places(self) -> dict[str, int]:
        """Element that completes the key of a tag, 0 for none; key = tag + that element.

        Not here, and so keyed the careful way: tags whose qualifier is a component (HI), and those that start another tag.
        """
        places = {tag: element for tag in self.tags for element, component in [self.qualifiers.get(tag, (0, 0))] if not component}
        doubtful = {tag for tag, element in places.items() if element and any(other != tag and other.startswith(tag) for other in self.tags)}
        return {tag: element for tag, element in places.items() if tag not in doubtful}

    def _mark_levels(self) -> None:
        """The loops that enclose an item: where they stand goes into its provenance."""
        for loop in self.loops:
            above = loop.parent if loop.item is not None else None
            while above is not None and above.parent is not None:
                above.marked = True
                above = above.parent

    def _own_slots(self) -> None:
        """Context objects that end when a loop is entered anew: its own and those of all loops below it that are outside an item."""
        items = {loop.number for loop in self.loops if loop.item is not None}

        def collect(loop: LoopNode, inside: bool = False) -> frozenset[str]:
            inside = inside or loop.number in items
            own = frozenset(slot for _, slot in loop.leaves)
            if loop.target and not inside:
                own |= {loop.target.removesuffix("[]")}
            loop.slots = own.union(*(collect(child.loop, inside) for child in loop.children if child.loop is not None))
            return loop.slots

        collect(self.root)

    def descend(self, loop: LoopNode, key: tuple[str, str], inside: bool = False) -> list[Child] | None:
        """The way down to a loop that this key opens when levels in between were left out; never through an item, but for a level that may be one.

        `inside`: without entering a level.
        """
        ways: list[list[Child]] = [[child] for child in loop.children if child.loop is not None]
        while ways:
            longer: list[list[Child]] = []
            for way in ways:
                inner = way[-1].loop
                assert inner is not None
                if (inside and inner.level) or (inner.item is not None and not inner.tentative):
                    continue
                for child in inner.children:
                    if child.loop is None:
                        continue
                    if key in _keys(child.node.spec):
                        return [*way, child]
                    longer.append([*way, child])
            ways = longer
        return None


def _qualifiers(program: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Tag -> (element, component or 0) that tells its lines apart."""
    places: dict[str, tuple[int, int]] = {}
    for spec in program["segments"]:
        if spec["qualifier"]:
            element, component = spec["qualifier"]
            places[spec["tag"]] = (element, component or 0)
    for spec in program["segments"]:
        if any(code for code in spec["variants"]) and spec["tag"] not in places:
            places[spec["tag"]] = (1, 0)
    return places


_named: dict[tuple[int, Style], tuple[dict[str, Any], Machine]] = {}


def machine_for(program: dict[str, Any], style: Style) -> Machine:
    """The machine of a program, made once per style."""
    key = (id(program), style)
    found = _named.get(key)
    if found is None or found[0] is not program:
        if len(_named) > 64:
            _named.clear()
        found = _named[key] = (program, Machine(program, style))
    return found[1]
