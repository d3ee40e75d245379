"""The engine: segments of one transaction set in, events and findings out, one segment at a time and never a tree in memory.

A frame is an open loop: its automaton state and the object its segments fill. Objects of loops outside the item (billing provider,
subscriber, payment ...) are context: they stand until their loop is entered anew, and every item below shows them. When an item's loop
closes, its event is complete. Design section 1 says what refuses a claim; everything else is reported and the event flows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from parsers.x12.checks import CHECKS, Problem
from parsers.x12.checks.amounts import Hundredths, decimal_text, hundredths
from parsers.x12.checks.judge import NO_EXTRA, Extra, judge_for
from parsers.x12.delimiters import BLANKS
from parsers.x12.frames import (
    USES,
    Frame,
    Heading,
    Item,
    ItemEvent,
    Limits,
    Policy,
    add_imbalances,
    derive,
    elements_of,
    key_of,
)  # fmt: skip
from parsers.x12.reporting import Reporting
from parsers.x12.trouble import Trouble
from parsers.x12.walker import APPEND, DIRECT, MERGE, OPEN, PLACE, Child, LoopNode, Machine, Node, State, Step
from schemas.envelope import Counts, Location

STRUCTURE = frozenset({"HL", "LE", "LS", "LX", "SE", "ST"})
"""Segments whose elements are structure: read by the walker and the envelope checks, not content."""


_OTHERWISE: Trouble = (None, None)
"""Says that the innermost loop does not simply take a segment; no reader gives it."""


class SetReader(Reporting):
    """Reads the segments of one transaction set, or of one chunk of it, in order. `events` and `findings` are drained by the caller."""

    def __init__(self, machine: Machine, heading: Heading, element: str, policy: Policy, limits: Limits, extra: Extra = NO_EXTRA) -> None:
        super().__init__(machine, policy, limits)
        self.judge = judge_for(extra)
        self.heading, self.element = heading, element
        self.events: list[ItemEvent] = []
        self._published = self._refused = 0
        self._closed = 0
        self._totals: dict[str, Hundredths] = {}
        self.hl_last = 0
        self.context: dict[str, dict[str, Any]] = {}
        self.context_unmapped: dict[int, list[dict[str, Any]]] = {}
        self.levels: dict[str, int] = {}
        self.frames: list[Frame] = []
        self.gathered: dict[str, list[Any]] = {}
        self._fragments: dict[str, Any] = {}
        self._created = ("", "")
        self._item_segments = limits.item_segments
        self._head = machine.root.target or ""
        self._is_claim = machine.program["transaction"] == "837"
        self._by_level = machine.by_level
        self._required: list[str] = machine.program["required"]
        self._common = orjson.Fragment(orjson.dumps(heading.common))
        self._open_root()

    # -- segments in

    def feed(self, segments: list[str], offsets: Iterable[int]) -> None:
        """Segments in order, none blank and without line breaks around them, with the byte offset of each."""
        element, places, odd = self.element, self.machine.places, self._odd_key
        frame = self.frames[-1]
        state, fields = frame.state, frame.fields
        steps = state.steps
        ordinal = self.ordinal
        for segment, offset in zip(segments, offsets, strict=False):
            ordinal += 1
            e = segment.split(element)
            try:
                place = places[e[0]]
                key = e[0] + e[place] if place else e[0]
            except (KeyError, IndexError):
                key = odd(e)
            step = steps.get(key)
            if step is not None and fields is not None:
                # The innermost loop takes it. What this does for a segment, `_take` does for those that come by another way.
                kind = step.kind
                inside = self.item is not None
                # A context object may be entered a second time, so that even a segment that stands once may find its names taken.
                if (kind == DIRECT and inside) or (kind == (MERGE if inside else DIRECT) and fields.keys().isdisjoint(step.names)):
                    trouble = step.read(e, fields)
                elif kind >= OPEN or not inside:
                    trouble = _OTHERWISE
                else:
                    values: dict[str, Any] = {}
                    trouble = step.read(e, values)
                    to = step.to
                    if kind == APPEND and to in fields and values:
                        fields[to].append(values)
                    elif kind == PLACE and values and to not in fields:
                        fields[to] = values
                    else:
                        self.ordinal, self.offset = ordinal, offset
                        self._put(frame, step, values, e)
                if trouble is None:
                    state = step.state
                    steps = state.steps
                    continue
                if trouble is not _OTHERWISE:
                    state = step.state
                    steps = state.steps
                    self.ordinal, self.offset = ordinal, offset
                    self._trouble(frame, step.child.node, trouble, e)
                    continue
            self.ordinal, self.offset = ordinal, offset
            frame.state = state
            self._step(key, e)
            frame = self.frames[-1]
            state, fields = frame.state, frame.fields
            steps = state.steps
        frame.state = state
        self.ordinal = ordinal

    def over_limit(self, head: str, offset: int) -> None:
        """A segment too long to be read; `head` is how it starts. Its tag still counts."""
        tag = head.lstrip(BLANKS).split(self.element)[0].rstrip(BLANKS)
        if tag in {emit["item"] for emit in self.machine.program["emits"]}:
            self.feed([tag], [offset])
        else:
            self.ordinal += 1
        self._report("SEGMENT_LIMIT", Location(self.ordinal, offset=offset))

    def control_character(self, number: int, offset: int) -> None:
        """Segment `number` of what is fed next holds a control character."""
        self._report("ELEMENT_CHARACTER", Location(self.ordinal + number, offset=offset), "A segment")

    def wrong_length(self, offset: int) -> None:
        """The length of the binary data in the segment that is fed next is not true."""
        self._report("BINARY_LENGTH", Location(self.ordinal + 1, offset=offset))

    def seek(self, ordinal: int) -> None:
        """The next segment is number `ordinal` of its set."""
        self.ordinal = ordinal - 1

    def resume(self, hl: int, items_above: int, following: list[str]) -> None:
        """Go on where an earlier chunk stopped: the last HL number, the items that the innermost level already held, the segment that comes."""
        self._make_way(following)
        self.hl_last = hl
        innermost = self.frames[-1]
        for child in innermost.loop.children:
            if child.loop is not None and child.loop.item is not None:
                innermost.counts = {child.number: items_above}

    def created(self) -> tuple[str, str]:
        """Date and time at which the source says it made the set, from its own header; empty when it does not say."""
        head = self.context.get("transaction")
        return (head.get("created_date", ""), head.get("created_time", "")) if head else self._created

    def finish(self, last: bool = True, following: list[str] | None = None) -> dict[str, Any] | None:
        """Close every open loop: the set has ended, or this chunk of it, and `following` is the segment that opens the next item.

        Returns the data of the set's own event, if it has one.
        """
        if following is not None:
            self._make_way(following)
        while len(self.frames) > 1:
            if last:
                self._close_frame()
            else:  # The levels above the items go on in the next chunk, which sees what they lack.
                del self.frames[-1]
        root = self.frames[0]
        if last and not self.machine.partial and root.state.missing:
            self._report_missing(root, root.state.missing)
        if self.item is not None:
            self._close_item()
        emit = self.machine.set_emit
        if not last or emit is None:
            return None
        head = self.context.get(self._head)
        data: dict[str, Any] = dict(head) if head and not self._head else {}
        data |= {slot: dict(self.context[slot]) for slot in emit["context"] if self.context.get(slot)}
        data |= self._unmapped([])
        data["envelope"] = self.heading.common
        start = self.heading.provenance.get("st", 0)
        data["provenance"] = {**self.heading.provenance, "item": start, "ordinal": 1}
        return {"emit": emit, "created": list(self.created()), "data": data}

    def _make_way(self, e: list[str]) -> None:
        """Leave what this segment, which opens an item, will leave."""
        key, tag, qualifier = self._odd_key(e), e[0], self._qualifier(e)
        depth = next((at for at in range(len(self.frames) - 1, -1, -1) if self.frames[at].state.step(key, tag, qualifier) is not None), None)
        if depth is None:
            found = self._elsewhere(tag, qualifier)
            depth = 0 if found is None else found[0]
        self._close_to(depth)
        if self.item is not None:
            self._close_item()

    # -- placing

    def _open_root(self) -> None:
        root = self.machine.root
        self.ordinal = 1
        if root.item is None:
            fields = self.context.setdefault(self._head, {})
        else:
            item = self.item = Item(root, root.item, 1, self.heading.provenance.get("st", 0), {}, 0)
            fields = item.fields
        self._push(root, root.state(root.children[0].pos, ()), fields).offset = self.heading.provenance.get("st", 0)
        self.ordinal = 0

    def _push(self, loop: LoopNode, state: State, fields: dict[str, Any] | None) -> Frame:
        frame = Frame()
        frame.loop, frame.state, frame.fields = loop, state, fields
        frame.ordinal, frame.offset = self.ordinal, self.offset
        frame.counts = None
        if loop.level:
            frame.hl, frame.leaf = "", False
        frame.unshown = False
        self.frames.append(frame)
        return frame

    def _odd_key(self, e: list[str]) -> str:
        """Key of a segment whose qualifier is a component or missing, or whose tag is unknown or stands behind blanks.

        Tags that the guide lacks share one key, so that none of them can look like a tag and its qualifier (HL22 is no HL).
        """
        e[0] = tag = e[0].strip(BLANKS)
        return f"{tag}\0{self._qualifier(e)}" if tag in self.machine.tags else ""

    def _qualifier(self, e: list[str]) -> str:
        element, component = self.machine.qualifiers.get(e[0], (0, 0))
        if not element or element >= len(e):
            return ""
        if not component:
            return e[element]
        repetition = self.machine.style.repetition
        value = e[element].split(repetition, 1)[0] if repetition else e[element]
        parts = value.split(self.machine.component, component)
        return parts[component - 1] if component <= len(parts) else ""

    def _step(self, key: str, e: list[str]) -> None:
        """A segment that the innermost loop does not simply take: it opens or leaves a loop, repeats, or has no place."""
        frames = self.frames
        at = len(frames)
        floor = self._level_around() if self._by_level and e[0] != "HL" else 0
        step: Step | None = None
        while step is None:
            at -= 1
            if at < floor:
                if at < 0 or floor == 0:
                    self._misplaced(e[0], self._qualifier(e), e)
                    return
                at = floor = 0  # only the set itself ends a level without HL
            frame = frames[at]
            try:
                step = frame.state.steps[key]
            except KeyError:
                step = frame.state.step(key, e[0], self._qualifier(e))
        if at < len(frames) - 1:
            self._close_to(at)
        frame.state = step.state
        if step.loop is not None:
            self._open(frame, step, step.loop, e)
        else:
            self._take(frame, step, e)

    def _level_around(self) -> int:
        """Depth of the innermost level. Where items are told by their level, no other segment than HL leaves it."""
        return next((depth for depth in range(len(self.frames) - 1, 0, -1) if self.frames[depth].loop.level), 0)

    def _close_to(self, depth: int) -> None:
        """Leave the loops below this one."""
        frames = self.frames
        while len(frames) > depth + 1:
            if frames[-1].state.plain:
                del frames[-1]
            else:
                self._close_frame()

    def _take(self, frame: Frame, step: Step, e: list[str]) -> None:
        """Read a segment that has its place; the frame's state already counts it."""
        if step.loop is not None:
            self._open(frame, step, step.loop, e)
            return
        if step.child.node.held:
            self._hold(e[0])
        values: dict[str, Any] = {}
        trouble = step.read(e, values)
        self._put(frame, step, values, e)
        if trouble is not None:
            self._trouble(frame, step.child.node, trouble, e)

    def _put(self, frame: Frame, step: Step, values: dict[str, Any], e: list[str]) -> None:
        if values and (frame.fields is None or not self._place(frame.fields, step.target, values)):
            self._keep_unmapped(frame, e[0], elements_of(e))
        if frame.loop.target is not None and self.item is None:
            self._fragments.pop(frame.loop.target, None)

    def _trouble(self, frame: Frame, node: Node, trouble: Trouble, e: list[str]) -> None:
        issues, unmapped = trouble
        for issue in issues or ():
            self._report_element(issue, node, frame.loop.id, e)
        if unmapped and node.tag not in STRUCTURE:
            self._keep_unmapped(frame, node.tag, unmapped)

    @staticmethod
    def _place(fields: dict[str, Any], to: str, values: dict[str, Any]) -> bool:
        """Put values into the loop's object; False when that would overwrite what is there."""
        if to.endswith("[]"):
            held: list[dict[str, Any]] = fields.setdefault(to[:-2], [])
            held.append(values)
            return True
        if to:
            if to in fields:
                return False
            fields[to] = values
            return True
        for name, value in values.items():
            if name in fields and not (isinstance(value, list) and isinstance(fields[name], list)):
                return False
        for name, value in values.items():
            if name in fields:
                fields[name].extend(value)
            else:
                fields[name] = value
        return True

    def _keep_unmapped(self, frame: Frame, tag: str, elements: dict[str, str]) -> None:
        entry = {"ordinal": self.ordinal, "tag": tag, "loop": frame.loop.id, "elements": elements}
        item = self.item
        if item is None:
            self.context_unmapped.setdefault(frame.loop.number, []).append(entry)
        elif not item.refused:
            item.unmapped.append(entry)
            self._check_item_limit()

    # -- loops

    def _open(self, parent: Frame, step: Step, loop: LoopNode, e: list[str]) -> None:
        """Enter a loop by its first segment."""
        if loop.item is not None and self.item is not None:
            self._close_item()  # an item around this one is complete now
        if loop.counted:
            self._count(parent, step.child, loop)
        item = self.item
        fields: dict[str, Any] | None
        if loop.item is not None:
            fields = self._open_item(loop, loop.item)
        elif item is not None:
            fields = self._inner_object(item, parent, loop)
            if step.child.node.held:
                self._hold(e[0])
        else:
            fields = self._context_object(parent, loop)
        # As `_push` does, which costs a call.
        frame = Frame()
        frame.loop = loop
        frame.state = loop.entry
        frame.fields = fields
        frame.ordinal = self.ordinal
        frame.offset = self.offset
        frame.counts = None
        self.frames.append(frame)
        if loop.tentative:
            frame.unshown = False
        if loop.level:
            frame.hl, frame.leaf = "", False
            self._check_hl(frame, e)
        if fields is not None and not fields and not step.to:
            trouble = step.read(e, fields)
        else:
            values: dict[str, Any] = {}
            trouble = step.read(e, values)
            if values and (fields is None or not self._place(fields, step.to, values)):
                self._keep_unmapped(frame, e[0], elements_of(e))
        if trouble is not None:
            self._trouble(frame, step.child.node, trouble, e)

    def _open_item(self, loop: LoopNode, emit: dict[str, Any]) -> dict[str, Any]:
        if loop.leaves or loop.marked:
            for slot in loop.slots:
                self.context.pop(slot, None)
                self._fragments.pop(slot, None)
        levels = self.levels
        if levels and loop.marked:
            levels = {name: offset for name, offset in levels.items() if name < loop.id}
        item = self.item = Item(loop, emit, self.ordinal, self.offset, levels, len(self.frames))
        if loop.marked:
            self.levels = {**levels, loop.id: self.offset}
        return item.fields

    def _open_without(self, parent: Frame, child: Child) -> None:
        """Enter a loop though its first segment is missing. An item without its segment is no item: what it would hold is context."""
        loop = child.loop
        assert loop is not None
        if loop.counted:
            self._count(parent, child, loop)
        item = self.item
        fields = self._inner_object(item, parent, loop) if item is not None else self._context_object(parent, loop)
        self._push(loop, loop.entry, fields)

    def _count(self, parent: Frame, child: Child, loop: LoopNode) -> None:
        counts = parent.counts
        if counts is None:
            counts = parent.counts = {}
        index = child.number
        seen = counts[index] = counts.get(index, 0) + 1
        if loop.max is not None and seen > loop.max:
            self._report("LOOP_REPEATED", self._at(child.node.tag, loop.id), f"Loop {loop.id}")

    def _context_object(self, parent: Frame, loop: LoopNode) -> dict[str, Any] | None:
        """The object of a loop outside the items; what hung on its last entry ends."""
        above, context, fragments = parent.loop.target, self.context, self._fragments
        for slot in loop.slots:
            if slot in context and slot != above:
                del context[slot]
                fragments.pop(slot, None)
        if self.context_unmapped:
            self._drop_unmapped(loop)
        if loop.marked:
            self.levels = {name: offset for name, offset in self.levels.items() if name < loop.id}
            self.levels[loop.id] = self.offset
        if not loop.target:  # the event itself is nobody's context: without its item there is none
            return None
        if not loop.many:
            return context.setdefault(loop.target, {})
        if parent.fields is None:
            return None
        fields: dict[str, Any] = {}
        parent.fields.setdefault(loop.name, []).append(fields)
        fragments.pop(above or "", None)
        return fields

    def _inner_object(self, item: Item, parent: Frame, loop: LoopNode) -> dict[str, Any] | None:
        """The object of a loop inside an item, attached to the nearest loop around it that has one."""
        if loop.target is None or item.refused:
            return None
        owner = item.fields if loop.top else parent.fields
        if parent.loop.target is None and not loop.top:
            owner = next((frame.fields for frame in reversed(self.frames) if frame.loop.target is not None), None)
        if owner is None:
            return None
        name = loop.name
        fields: dict[str, Any] = {}
        if not loop.many:
            if name in owner:
                return None
            owner[name] = fields
            return fields
        if name in owner:
            owner[name].append(fields)
        else:
            owner[name] = [fields]
        if loop.top or parent.loop.item is not None:
            if name in item.parts:
                item.parts[name].append(self.ordinal)
            else:
                item.parts[name] = [self.ordinal]
        if self.ordinal - item.ordinal > self._item_segments:
            self._check_item_limit()
        return fields

    def _drop_unmapped(self, loop: LoopNode) -> None:
        if not self.context_unmapped:
            return
        pending = [loop]
        while pending:
            gone = pending.pop()
            self.context_unmapped.pop(gone.number, None)
            pending.extend(child.loop for child in gone.children if child.loop is not None)

    def _check_hl(self, frame: Frame, e: list[str]) -> None:
        number, above = (e[1] if len(e) > 1 else ""), (e[2] if len(e) > 2 else "")
        frame.hl, frame.leaf = number, len(e) > 4 and e[4] == "0"
        outer = next((outer for outer in reversed(self.frames) if outer.loop.level and outer is not frame and outer.hl), None)
        if outer is not None and outer.leaf:
            self._report("HL_CHILD", Location(self.ordinal, "HL", offset=self.offset, loop=frame.loop.id))
        self.hl_last += 1
        if number != str(self.hl_last):
            self._report("HL_NUMBER", Location(self.ordinal, "HL", 1, offset=self.offset, loop=frame.loop.id))
            if number.isascii() and number.isdigit() and len(number) < 10:
                self.hl_last = int(number)
        if above != (outer.hl if outer is not None else ""):
            self._report("HL_PARENT", Location(self.ordinal, "HL", 2, offset=self.offset, loop=frame.loop.id))

    def _close_frame(self) -> None:
        frame = self.frames.pop()
        if frame.state.missing and not self.machine.partial:
            self._report_missing(frame, frame.state.missing)
        if frame.loop.gathered and not self.quiet:
            self._gather(frame.loop.name)
        if self.item is not None and self.item.depth == len(self.frames):
            self._close_item(frame)
        if frame.loop.tentative and frame.unshown:
            at = Location(frame.ordinal, frame.loop.children[0].node.tag, offset=frame.offset, loop=frame.loop.id)
            self._report("LEVEL_WITHOUT_ITEM", at, f"Loop {frame.loop.id}")

    def _gather(self, slot: str) -> None:
        """Keep a context object for the set's own event."""
        held = self.context.get(slot)
        if not held:
            return
        entries = self.gathered.setdefault(slot, [])
        if len(entries) < self.limits.gathered:
            entries.append(dict(held))
        elif len(entries) == self.limits.gathered:
            entries.append(None)
            self._report("LIST_LIMIT", self._at(None, None), f"The list {slot}")

    # -- what has no place

    def _misplaced(self, tag: str, qualifier: str, e: list[str]) -> None:
        """No in-order place: over a repeat, out of order, below a missing level, under another code, or nowhere."""
        self._fragments.clear()  # what comes late may change an object that events have shown already
        if tag not in self.machine.tags:
            self._nowhere("SEGMENT_UNKNOWN", tag, e)
            return
        found = self._elsewhere(tag, qualifier)
        if found is not None:
            depth, way = found
            if len(way) == 1:
                self._out_of_place(depth, way[0], qualifier, e)
            else:
                self._open_way(depth, way, qualifier, e)
            return
        frame = self.frames[-1]
        named = [child for child in frame.loop.by_tag.get(tag, []) if child.loop is None]
        if len(named) == 1 and named[0].pos >= frame.state.pos and not frame.state.full(named[0]):
            step = frame.state.take(named[0], qualifier)
            frame.state = step.state
            self._take(frame, step, e)
            return
        self._nowhere("SEGMENT_UNEXPECTED", tag, e)

    def _elsewhere(self, tag: str, qualifier: str) -> tuple[int, list[Child]] | None:
        """(depth of a frame, way down from it) to where a segment out of place belongs."""
        floor = self._level_around() if self._by_level and tag != "HL" else 0
        for depth in range(len(self.frames) - 1, floor - 1, -1):
            for child in self.frames[depth].state.loop.candidates(tag, qualifier):
                opens = depth > 0 and child.node is self.frames[depth].loop.children[0].node
                if not opens and self._may_reach(depth, child, tag):
                    return depth, [child]
        for depth in range(len(self.frames) - 1, floor - 1, -1):
            way = self.machine.descend(self.frames[depth].loop, (tag, qualifier), self._by_level and tag != "HL")
            if way is not None and self._may_reach(depth, way[-1], tag):
                return depth, way
        return None

    def _may_reach(self, depth: int, child: Child, tag: str) -> bool:
        """A stray segment may not end the item it stands in; the next item or hierarchical level may."""
        ends_item = self.item is not None and any(frame.loop.item is not None for frame in self.frames[depth + 1 :])
        return not ends_item or tag == "HL" or (child.loop is not None and child.loop.item is not None)

    def _out_of_place(self, depth: int, child: Child, qualifier: str, e: list[str]) -> None:
        self._close_to(depth)
        if child.loop is not None and child.loop.item is not None and self.item is not None:
            self._close_item()
        frame = self.frames[-1]
        late, full = child.pos < frame.state.pos, frame.state.full(child)
        place = f"Loop {child.loop.id}" if child.loop is not None else f"{child.node.tag} in loop {frame.loop.id}"
        kind = "LOOP" if child.loop is not None else "SEGMENT"
        loop = child.loop.id if child.loop is not None else frame.loop.id
        self._report(f"{kind}_REPEATED" if full else f"{kind}_ORDER", self._at(child.node.tag, loop), place)
        if child.loop is None and full:
            self._hold(child.node.tag)
            self._keep_unmapped(frame, child.node.tag, elements_of(e))
            return
        step = frame.state.take(child, qualifier)
        frame.state = frame.state.after(child, late)
        self._take(frame, step, e)

    def _open_way(self, depth: int, way: list[Child], qualifier: str, e: list[str]) -> None:
        self._close_to(depth)
        last = way[-1].loop
        if last is not None and last.item is not None and self.item is not None:
            self._close_item()
        for child in way[:-1]:
            frame = self.frames[-1]
            assert child.loop is not None
            self._report("LOOP_MISSING", self._at(e[0], child.loop.id), f"Loop {child.loop.id}")
            frame.state = frame.state.after(child, child.pos < frame.state.pos)
            self._open_without(frame, child)
        frame = self.frames[-1]
        step = Step(frame.state.after(way[-1], way[-1].pos < frame.state.pos), way[-1], qualifier)
        frame.state = step.state
        self._take(frame, step, e)

    def _nowhere(self, code: str, tag: str, e: list[str]) -> None:
        self._hold(tag)
        known = tag.isascii() and tag.isalnum() and 1 < len(tag) < 4
        self._report(code, self._at(tag if known else None, self.frames[-1].loop.id), tag if known else "The segment")
        self._keep_unmapped(self.frames[-1], tag[:8], elements_of(e))
        if tag == "HL" and self.item is not None and not self.item.held and self._qualifier(e) in self.machine.level_codes:
            self._close_item()  # another level, so that this one will not hold what would make it an item

    # -- items

    def _hold(self, tag: str) -> None:
        """A segment of this tag stands in the item, wherever: a level that asks for one is an item now."""
        item = self.item
        if item is not None and not item.held and tag in item.emit["holds"]:
            item.held = True

    def _check_item_limit(self) -> None:
        item = self.item
        if item is not None and not item.refused and self.ordinal - item.ordinal > self.limits.item_segments:
            self._report("ITEM_LIMIT", self._at(item.tag, None))
            item.fields.clear()
            item.unmapped.clear()
            item.parts.clear()

    def _close_item(self, closed: Frame | None = None) -> None:
        """The item is complete, as its frame, when `closed`. What still comes in frames that stay, out of order only, is kept as unmapped."""
        item = self.item
        assert item is not None
        fields, emit = item.fields, item.emit
        if item.loop.leaves:
            for name, slot in item.loop.leaves:
                if name in fields:
                    self.context[slot] = fields[name]
        if len(self.frames) > item.depth:
            for frame in self.frames[item.depth :]:
                frame.fields = None
        if not item.held:
            self._leave(item, closed or (self.frames[item.depth] if item.depth < len(self.frames) else None))
            return
        if self.quiet:
            self.item = None
            return
        for name in self._required:
            if name not in fields and not item.refused:
                self._report("ITEM_NUMBER_MISSING", Location(item.ordinal, item.tag, 1, offset=item.offset, loop=item.loop.id), f"{item.tag}01")
        problems: list[Problem] = []
        if not item.refused:
            derive(emit, fields)
            for name in emit["checks"]:
                problems += CHECKS[name](fields)
            problems += self.judge(emit, fields, self.context)
            for problem in problems:
                self._report_problem(problem, item, item.loop.id)
        if emit["counted"]:
            self._add_sums(emit["counted"], fields)
        if self.machine.holds:
            for frame in self.frames[: item.depth]:
                if frame.loop.tentative:
                    frame.unshown = False
        if item.refused:
            self._refused += 1
        else:
            self._emit(item, fields, problems)
            self._published += 1
        if item.findings:
            self.findings += item.findings
        self.item = None

    def _leave(self, item: Item, frame: Frame | None) -> None:
        """The level was no item: what is wrong in it is said of the set, what no field took hangs on the level, and an event below shows it."""
        self.item = None
        if item.unmapped:
            self.context_unmapped.setdefault(item.loop.number, []).extend(item.unmapped)
        if not self.quiet:
            for found in item.findings:
                self.findings.append(found._replace(item=None, outcome="reported", scope="set" if found.scope == "claim" else found.scope))
        if frame is not None:
            frame.unshown = bool(item.unmapped or item.fields)

    def _add_sums(self, names: list[str], fields: dict[str, Any]) -> None:
        self._closed += 1
        totals = self._totals
        for name in names:
            value = fields.get(name)
            if value is not None:
                totals[name] = totals.get(name, 0) + hundredths(value)

    @property
    def sums(self) -> dict[str, Any]:
        """Number of items closed so far and totals of their counted fields (decimal text); empty when nothing is counted."""
        if not self._closed:
            return {}
        return {"items": self._closed, **{name: decimal_text(total) for name, total in self._totals.items()}}

    @property
    def counts(self) -> Counts:
        """How the items closed so far have ended."""
        return Counts(published=self._published, refused=self._refused)

    def _emit(self, item: Item, fields: dict[str, Any], problems: list[Problem]) -> None:
        emit = item.emit
        context = self.context
        data: dict[str, Any] = {"use": self.use()} if self.heading.use or self._has_use() else {}
        data.update(fields)
        fragments = self._fragments
        for slot in emit["context"]:
            held = context.get(slot)
            if held:
                found = fragments.get(slot)
                data[slot] = self._fragment(slot, held, found) if found is None or found is held else found
        for slot, other in emit["alias"]:
            if slot not in data and other in data:
                data[slot] = data[other]
        if problems:
            add_imbalances(data, problems)
        if item.unmapped or self.context_unmapped:
            data |= self._unmapped(item.unmapped)
        data["envelope"] = self._common
        data["provenance"] = {**self.heading.provenance, "levels": item.levels, "item": item.offset, "ordinal": item.ordinal, "parts": item.parts}
        if item.depth == 0:
            head = fields.get("transaction", {})
            self._created = head.get("created_date", ""), head.get("created_time", "")
        self.events.append(ItemEvent(emit["event"], emit["lane"], emit["topic"], item.offset, self._key(emit, data), orjson.dumps(data)))

    def _unmapped(self, inner: list[dict[str, Any]]) -> dict[str, Any]:
        """What the context and the item hold that no field takes; empty when there is nothing."""
        unmapped = [entry for entries in self.context_unmapped.values() for entry in entries] + inner
        return {"unmapped": unmapped} if unmapped else {}

    def _fragment(self, slot: str, held: dict[str, Any], found: Any) -> Any:
        """A context object that a second item shows is serialised once for all that follow."""
        result = self._fragments[slot] = held if found is None else orjson.Fragment(orjson.dumps(held))
        return result

    def _key(self, emit: dict[str, Any], data: dict[str, Any]) -> str:
        """Context objects in the event's data may be JSON already; the key looks into them as they were."""
        if isinstance(emit["key"], str):
            return str(data.get(emit["key"], ""))
        held = {slot: self.context[slot] for slot in emit["context"] if slot in self.context}
        for slot, other in emit["alias"]:
            if slot not in held and other in held and data.get(slot) is data.get(other):
                held[slot] = held[other]
        return key_of(emit["key"], {**data, **held})

    def _has_use(self) -> bool:
        return self._is_claim and "use" in self.context[self._head]

    def use(self) -> str:
        """What an 837 is for: the version may say it, else BHT06."""
        return self.heading.use or USES.get(self.context[self._head].get("use", ""), "claim")
