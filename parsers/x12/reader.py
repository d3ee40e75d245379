"""The engine: segments of one transaction set in, events and findings out, one segment at a time and never a tree in memory.

A frame is an open loop: its automaton state and the object its segments fill. Objects of loops outside the item (billing provider,
subscriber, payment ...) are context: they stand until their loop is entered anew, and every item below shows them. When an item's loop
closes, its event is complete. Design section 1 says what refuses a claim; everything else is reported and the event flows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parsers.x12.checks.judge import NO_EXTRA, Extra
from parsers.x12.delimiters import BLANKS
from parsers.x12.frames import Heading, Limits, Policy, elements_of
from parsers.x12.loops import STRUCTURE, Loops
from parsers.x12.trouble import Trouble
from parsers.x12.walker import APPEND, DIRECT, MERGE, OPEN, PLACE, Child, Machine, Step
from schemas.envelope import Location

_OTHERWISE: Trouble = (None, None)
"""Says that the innermost loop does not simply take a segment; no reader gives it."""


class SetReader(Loops):
    """Reads the segments of one transaction set, or of one chunk of it, in order. `events` and `findings` are drained by the caller."""

    def __init__(self, machine: Machine, heading: Heading, element: str, policy: Policy, limits: Limits, extra: Extra = NO_EXTRA) -> None:
        super().__init__(machine, heading, policy, limits, extra)
        self.element = element
        self._by_level = machine.by_level

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


__all__ = ["STRUCTURE", "SetReader"]
