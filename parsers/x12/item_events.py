"""The items of a set: what one is called, whether a level is one, its checks when it closes, its event, and the sums over all of them."""

from __future__ import annotations

from typing import Any

import orjson

from parsers.x12.checks import CHECKS, Problem
from parsers.x12.checks.amounts import Hundredths, decimal_text, hundredths
from parsers.x12.checks.judge import NO_EXTRA, Extra, judge_for
from parsers.x12.frames import USES, Frame, Heading, Item, ItemEvent, Limits, Policy, add_imbalances, derive, key_of
from parsers.x12.reporting import Reporting
from parsers.x12.walker import LoopNode, Machine
from schemas.envelope import Counts, Location


class ItemEvents(Reporting):
    """The item being read and what stands around it. `events` and `findings` are drained by the caller.

    `context`: objects of the loops outside the items, by where events show them; `context_unmapped`: what no field of theirs took, by loop.
    """

    def __init__(self, machine: Machine, heading: Heading, policy: Policy, limits: Limits, extra: Extra = NO_EXTRA) -> None:
        super().__init__(machine, policy, limits)
        self.judge = judge_for(extra)
        self.heading = heading
        self.events: list[ItemEvent] = []
        self.frames: list[Frame] = []
        self.context: dict[str, dict[str, Any]] = {}
        self.context_unmapped: dict[int, list[dict[str, Any]]] = {}
        self.levels: dict[str, int] = {}
        self.gathered: dict[str, list[Any]] = {}
        self._published = self._refused = 0
        self._closed = 0
        self._totals: dict[str, Hundredths] = {}
        self._fragments: dict[str, Any] = {}
        self._created = ("", "")
        self._head = machine.root.target or ""
        self._is_claim = machine.program["transaction"] == "837"
        self._required: list[str] = machine.program["required"]
        self._common = orjson.Fragment(orjson.dumps(heading.common))

    # -- opening and closing

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

    # -- what they make

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

    def created(self) -> tuple[str, str]:
        """Date and time at which the source says it made the set, from its own header; empty when it does not say."""
        head = self.context.get("transaction")
        return (head.get("created_date", ""), head.get("created_time", "")) if head else self._created

    # -- over all of them

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
