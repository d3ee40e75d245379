"""The open loops of a set: each is a frame with the object that its segments fill; what a segment that has its place does there."""

from __future__ import annotations

from typing import Any

from parsers.x12.checks.judge import NO_EXTRA, Extra
from parsers.x12.frames import Frame, Heading, Item, Limits, Policy, elements_of
from parsers.x12.item_events import ItemEvents
from parsers.x12.trouble import Trouble
from parsers.x12.walker import Child, LoopNode, Machine, Node, State, Step
from schemas.envelope import Location

STRUCTURE = frozenset({"HL", "LE", "LS", "LX", "SE", "ST"})
"""Segments whose elements are structure: read by the walker and the envelope checks, not content."""


class Loops(ItemEvents):
    """Opens and closes loops, and puts what segments say where it belongs."""

    def __init__(self, machine: Machine, heading: Heading, policy: Policy, limits: Limits, extra: Extra = NO_EXTRA) -> None:
        super().__init__(machine, heading, policy, limits, extra)
        self.hl_last = 0
        self._item_segments = limits.item_segments
        self._open_root()

    # -- opening

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

    # -- closing

    def _close_to(self, depth: int) -> None:
        """Leave the loops below this one."""
        frames = self.frames
        while len(frames) > depth + 1:
            if frames[-1].state.plain:
                del frames[-1]
            else:
                self._close_frame()

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

    # -- a segment that has its place

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
