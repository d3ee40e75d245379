"""The first pass: finds the envelope and the items of a file at disk speed, decides what is refused as a set, and cuts large sets into chunks.

It looks only at where control segments and items start; what is between them is counted, not read. Everything it yields is plain
data in file order: findings, plans of sets, and items that stand outside any set.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from parsers.x12.binary import BINARY, extent
from parsers.x12.delimiters import GUESSED, ISA_WINDOW, Delimiters, guess, read_isa
from parsers.x12.items import LOOSE, NO_DEPTH, UNKNOWN, Finder, Rule, rule_of
from parsers.x12.marks import Marks, marks_for, sweep
from parsers.x12.plan import Chunk, Control, LooseItem, ReadAt, ScanLimits, SetPlan, Span
from parsers.x12.program import guide_of_transaction, guide_of_version
from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location
from schemas.x12 import guide as guide_table
from schemas.x12 import told_by_purpose

_MAY_BE_REPORTED = frozenset({"SE_MISSING", "SE_CONTROL_NUMBER", "ST_DUPLICATE"})
"""What refuses a set unless the site says `report`; an unknown guide cannot be read whatever the site says."""
_CONTROL_TAGS = ("ISA", "TA1", "GS", "ST", "SE", "GE", "IEA")
_CONTROL_BYTES = 512
_ISA_HEAD = 96
"""Bytes by which an ISA amid other bytes is known, so how much of a block is looked at again with the next one."""


Scanned = Finding | SetPlan | LooseItem


def finding(code: str, place: str = "", **where: Any) -> Finding:
    """A finding of this code with its default severity, scope and outcome."""
    kind = FINDINGS[code]
    return Finding(code, kind.severity, kind.scope, kind.outcome, kind.text.format(place=place), Location(**where), None, kind.snip)


class _OpenSet:
    """The set being scanned: `before` segments of the interchange stand above it, `chunks` are those cut so far.

    `levels` are the spans of the levels around the place up to which chunks are cut, by HL03 code; `level` is the innermost.
    """

    def __init__(self, st: Control, guide: tuple[str, str, bool, list[str]], before: int) -> None:
        self.st = st
        self.guide = guide
        self.rule = rule_of(guide[0], st.get(1))
        self.finder = Finder(self.rule)
        self.before = before
        self.items = 1 if self.rule.whole else 0
        self.chunks: list[Chunk] = []
        self.chunk = Span(st.offset, st.offset, 1)
        self.context: tuple[Span, ...] = ()
        self.levels: dict[str, Span] = {}
        self.level = ""
        self.hl = 0
        self.items_above = 0


class Scanner:
    """One pass over one file."""

    def __init__(self, read_at: ReadAt, size: int, limits: ScanLimits, policy: Mapping[str, str]) -> None:
        self.read_at, self.size, self.limits, self.policy = read_at, size, limits, policy
        self.isa: Control | None = None
        self.gs: Control | None = None
        self.set: _OpenSet | None = None
        self.delimiters = GUESSED
        self.marks = Marks(GUESSED, ())
        self.groups = self.sets = 0
        self.set_numbers: set[str] = set()
        self.group_numbers: set[str] = set()
        self.interchanges: set[tuple[str, ...]] = set()

    def run(self) -> Iterator[Scanned]:
        if self.size == 0:
            yield finding("FILE_EMPTY")
            return
        at = 0
        head = self.read_at(0, ISA_WINDOW)
        if head.startswith(b"\xef\xbb\xbf"):
            yield finding("FILE_BOM", offset=0)
            at = 3
        found_any = False
        while at < self.size:
            at, kind = yield from self._next_interchange(at, found_any)
            if kind == "":
                break
            found_any = True
            if kind == "ISA":
                read = read_isa(self.read_at(at, ISA_WINDOW))
                if read is None:
                    yield finding("ISA_UNREADABLE", offset=at)
                    at += 3
                    continue
                self._start(read.delimiters, Control(at, ("ISA", *read.elements)))
                for code in read.issues:
                    yield finding(code, offset=at, tag="ISA")
                yield from self._check_isa()
                at = yield from self._interchange(at + read.length)
            else:
                delimiters = guess(self.read_at(at, 4096))
                if delimiters is None:
                    yield finding("FILE_UNREADABLE", offset=at)
                    at += 2
                    continue
                self._start(delimiters, None)
                yield finding("ENVELOPE_MISSING", kind, offset=at, tag=kind)
                at = yield from self._interchange(at)
        if not found_any:
            yield finding("FILE_UNREADABLE")

    # -- between interchanges

    def _next_interchange(self, at: int, found_any: bool) -> Generator[Scanned, None, tuple[int, str]]:
        """Skip to the next ISA (or, at the very start, GS or ST). Returns (offset, tag or "")."""
        start = at
        junk = False
        near = self.read_at(at, ISA_WINDOW) if found_any else b""
        head = near.lstrip(b" \t\r\n")
        if head[:3] == b"ISA" and not head[3:4].isalnum():  # as it should be: nothing more is read
            return at + len(near) - len(head), "ISA"
        while at < self.size:
            block = self.read_at(at, max(self.limits.block, ISA_WINDOW))
            if not block:
                break  # the file is shorter than was said
            head = block.lstrip(b" \t\r\n")
            blanks = len(block) - len(head)
            if head and not junk:
                if blanks and not found_any:
                    yield finding("FILE_LEADING_BLANKS", offset=at)
                if head[:3] == b"ISA" and not head[3:4].isalnum():
                    return at + blanks, "ISA"
                if head[:2] in (b"GS", b"ST") and not head[2:3].isalnum() and not found_any and guess(head[:4096]):
                    return at + blanks, head[:2].decode()
            position = _find_isa(block)
            if position >= 0:
                yield finding("FILE_JUNK", offset=start)
                yield from self._loose(start, at + position)
                return at + position, "ISA"
            junk = junk or bool(head)
            at += len(block) - _ISA_HEAD if at + len(block) < self.size and len(block) > _ISA_HEAD else len(block)
        if junk:
            if found_any:
                yield finding("FILE_JUNK", offset=start)
            yield from self._loose(start, self.size)
        return self.size, ""

    def _loose(self, start: int, end: int) -> Iterator[Scanned]:
        """Items in bytes that belong to no interchange, by the delimiters last known."""
        marks = Marks(self.delimiters, tuple(sorted(LOOSE)), LOOSE)
        for offset, tag, _, _ in sweep(self.read_at, start, end, marks, self.limits):
            yield LooseItem(offset, tag)
            yield _loose_finding(offset, tag)

    def _start(self, delimiters: Delimiters, isa: Control | None) -> None:
        self.delimiters, self.isa, self.gs, self.set = delimiters, isa, None, None
        self.marks = self._marks(UNKNOWN)
        self.groups = self.sets = 0
        self.group_numbers = set()
        self.set_numbers = set()

    def _marks(self, rule: Rule) -> Marks:
        return marks_for(self.delimiters, (*_CONTROL_TAGS, *rule.marks), rule.plain)

    def _check_isa(self) -> Iterator[Finding]:
        isa = self.isa
        assert isa is not None
        if isa.get(12) != "00501":
            yield finding("ISA_VERSION", offset=isa.offset, tag="ISA", element=12)
        number = isa.get(13)
        for element, good in ((13, len(number) == 9 and number.isdigit()), (14, isa.get(14) in ("0", "1")), (15, isa.get(15) in ("P", "T", "I"))):
            if not good:
                yield finding("ISA_ELEMENT", f"ISA{element:02d}", offset=isa.offset, tag="ISA", element=element)
        key = tuple(isa.get(n).strip() for n in (5, 6, 7, 8, 13))
        if key in self.interchanges:
            yield finding("ISA_DUPLICATE", offset=isa.offset, tag="ISA", element=13)
        if len(self.interchanges) < self.limits.sets:
            self.interchanges.add(key)

    # -- inside an interchange

    def _interchange(self, at: int) -> Generator[Scanned, None, int]:
        """Scan from `at` to the end of this interchange; returns the offset after it."""
        before = 0
        while True:
            marks = self.marks
            for offset, tag, elements, above in sweep(self.read_at, at, self.size, marks, self.limits, before):
                if tag == "ISA":
                    yield from self._end_interchange(offset)
                    return offset
                if tag in marks.plain or tag == "HL":
                    yield from self._item(offset, tag, elements)
                    continue
                if tag in BINARY:
                    at, before = self._after_binary(offset), above + 1
                    break
                yield from self._control(Control(offset, elements), above)
                if tag == "IEA":
                    return self._after(offset)
                if self.marks is not marks:
                    at, before = self._after(offset), above + 1
                    break
            else:
                yield from self._end_interchange(self.size)
                return self.size

    def _after_binary(self, offset: int) -> int:
        found = extent(self.read_at, offset, self.delimiters, self.size)
        return self._after(offset) if found is None else found.end

    def _after(self, offset: int) -> int:
        """Offset behind the segment at `offset`."""
        data = b""
        for length in (_CONTROL_BYTES, self.limits.segment):
            data = self.read_at(offset, length)
            end = data.find(self.marks.terminator)
            if end >= 0:
                return offset + end + len(self.marks.terminator)
        return offset + len(data)

    def _control(self, control: Control, before: int) -> Iterator[Scanned]:
        offset, tag = control.offset, control.elements[0]
        if tag == "ST":
            yield from self._end_set(offset, None, before)
            self.sets += 1
            self._open_set(control, before)
        elif tag == "TA1":
            if self.set is None:
                yield from self._acknowledgement(control)
        elif tag == "SE":
            yield from self._end_set(offset, control, before + 1)
        elif tag == "GS":
            yield from self._end_group(offset, None, before)
            yield from self._start_group(control)
        elif tag == "GE":
            yield from self._end_group(offset, control, before)
        elif tag == "IEA":
            yield from self._end_group(offset, None, before)
            if self.isa is not None and control.get(2) != self.isa.get(13):
                yield finding("IEA_CONTROL_NUMBER", offset=offset, tag="IEA", element=2)
            if not _same_number(control.get(1), self.groups):
                yield finding("IEA_COUNT", offset=offset, tag="IEA", element=1)

    def _open_set(self, st: Control, before: int) -> None:
        self.set = _OpenSet(st, self._guide(st), before)
        if not self.marks.tags.issuperset(self.set.rule.marks):
            self.marks = self._marks(self.set.rule)

    def _acknowledgement(self, ta1: Control) -> Iterator[Scanned]:
        """A TA1 stands in no set; it is read as one of its own."""
        name = guide_of_transaction("TA1")
        if name is not None:
            span = Span(ta1.offset, self._after(ta1.offset), 1)
            chunk = Chunk(0, span, (), 0, 0, True)
            yield SetPlan(self.delimiters, self.isa, None, ta1, span, 1, 1, name, "", False, "", (chunk,))

    def _end_interchange(self, end: int) -> Iterator[Scanned]:
        yield from self._end_group(end, None, 0)
        if self.isa is not None:
            yield finding("IEA_MISSING", offset=self.isa.offset, tag="ISA")

    def _start_group(self, gs: Control) -> Iterator[Finding]:
        self.gs, self.sets, self.set_numbers = gs, 0, set()
        self.groups += 1
        number = gs.get(6)
        if number in self.group_numbers:
            yield finding("GS_DUPLICATE", offset=gs.offset, tag="GS", element=6)
        if len(self.group_numbers) < self.limits.sets:
            self.group_numbers.add(number)
        if not (number.isdigit() and len(number) <= 9):
            yield finding("GS_ELEMENT", "GS06", offset=gs.offset, tag="GS", element=6)

    def _end_group(self, offset: int, ge: Control | None, before: int) -> Iterator[Scanned]:
        yield from self._end_set(offset, None, before)
        gs, self.gs = self.gs, None
        if gs is None:
            return
        if ge is None:
            yield finding("GE_MISSING", offset=gs.offset, tag="GS")
            return
        if ge.get(2) != gs.get(6):
            yield finding("GE_CONTROL_NUMBER", offset=ge.offset, tag="GE", element=2)
        if not _same_number(ge.get(1), self.sets):
            yield finding("GE_COUNT", offset=ge.offset, tag="GE", element=1)

    # -- inside a set

    def _item(self, offset: int, tag: str, elements: tuple[str, ...]) -> Iterator[Scanned]:
        current = self.set
        if current is None or (tag in LOOSE and tag not in current.rule.tags):
            if tag in LOOSE and (current is None or current.rule.tags.keys() & LOOSE):
                yield LooseItem(offset, tag)
                yield _loose_finding(offset, tag)
            return
        item = current.finder.see(offset, tag, elements)
        if item is None:
            return
        current.items += 1
        if item[0] - current.chunk.start >= self.limits.chunk:
            self._cut(current, *item)

    def _cut(self, current: _OpenSet, offset: int, tag: str) -> None:
        """End the chunk before this item; the next one carries the levels it hangs on."""
        rule = current.rule
        level_tag = rule.level_tag
        marks = Marks(self.delimiters, tuple({level_tag, *rule.tags} - {""}), set(rule.tags) - {level_tag})
        body = Span(current.chunk.start, offset, current.chunk.ordinal)
        context, previous_hl, previous_above = current.context, current.hl, current.items_above
        data = self.read_at(body.start, body.end - body.start)
        found = list(_standing(marks, data, current))
        if not current.chunks:
            first = next((at for at, name, _ in found if (name == level_tag if level_tag else name)), len(data))
            current.levels = {"": Span(body.start, body.start + first, 1)}
        for index, (at, name, above) in enumerate(found):
            if name != level_tag or not name:
                current.items_above += 1 if name else 0
                continue
            elements = marks.segment(data, at)
            level = elements[3] if level_tag == "HL" else "LX"
            current.items_above = 0
            until = found[index + 1][0] if index + 1 < len(found) else len(data)
            if level_tag == "HL":
                number = elements[1] if len(elements) > 1 else ""
                current.hl = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else current.hl + 1
            current.levels = {key: span for key, span in current.levels.items() if rule.depth(key) < rule.depth(level)}
            current.levels[level] = Span(body.start + at, body.start + until, body.ordinal + above)
        current.chunks.append(Chunk(len(current.chunks), body, context, previous_hl, previous_above, False))
        current.chunk = Span(offset, offset, body.ordinal + found[-1][2])
        below = rule.depth(current.finder.level) if tag == "HL" else NO_DEPTH + 1
        current.context = tuple(span for key, span in current.levels.items() if rule.depth(key) < below)

    def _end_set(self, offset: int, se: Control | None, before: int) -> Iterator[Scanned]:
        """Close the open set, whose last segment is number `before` of the interchange."""
        current, self.set = self.set, None
        if current is not None:
            end = self._after(offset) if se is not None else offset
            yield from self._plan(current, current.st, se, end, before - current.before)

    def _plan(self, current: _OpenSet, st: Control, se: Control | None, end: int, segments: int) -> Iterator[Scanned]:
        guide, use, partial, notes = current.guide
        number = st.get(2)
        refusal = "" if guide else "GUIDE_UNKNOWN"
        if se is None:
            refusal = "SE_MISSING"
        elif se.get(2).strip() != number.strip():
            refusal = "SE_CONTROL_NUMBER"
        elif number in self.set_numbers:
            refusal = "ST_DUPLICATE"
        if len(self.set_numbers) < self.limits.sets:
            self.set_numbers.add(number)
        found = [finding(code, offset=st.offset, tag="ST", segment=1) for code in notes]
        if not 4 <= len(number) <= 9:
            found.append(finding("ST_CONTROL_NUMBER", offset=st.offset, tag="ST", segment=1, element=2))
        if se is not None and not _same_number(se.get(1), segments):
            found.append(finding("SE_COUNT", offset=se.offset, tag="SE", segment=segments, element=1))
        if not current.items and guide and not current.rule.may_be_empty:
            found.append(finding("SET_WITHOUT_ITEM", offset=st.offset, tag="ST", segment=1))
        if refusal:
            found.append(finding(refusal, offset=st.offset, tag="ST", segment=1))
        refusal, found = self._judged(refusal, guide, found)
        if self.sets == 1 and self.gs is not None and guide and self.gs.get(1).strip() != guide_table(guide).functional_group:
            yield finding("GS_FUNCTION", offset=self.gs.offset, tag="GS", element=1)
        yield from found
        body = Span(current.chunk.start, end, current.chunk.ordinal)
        current.chunks.append(Chunk(len(current.chunks), body, current.context, current.hl, current.items_above, True))
        yield SetPlan(
            self.delimiters, self.isa, self.gs, st, Span(st.offset, end, 1), segments, current.items, guide, use, partial, refusal,
            tuple(current.chunks),
        )  # fmt: skip

    def _judged(self, refusal: str, guide: str, found: list[Finding]) -> tuple[str, list[Finding]]:
        """What refuses the set once the site has had its say, and its findings with the outcome that gives them."""
        if self.policy.get(refusal) == "report" and refusal in _MAY_BE_REPORTED and guide:
            found = [line._replace(outcome="reported") if line.code == refusal else line for line in found]
            refusal = ""
        for line in found:
            if not refusal and refuses_set(line.code, self.policy):
                refusal = line.code
                found = [other._replace(outcome="refused") if other is line else other for other in found]
        return refusal, found

    def _guide(self, st: Control) -> tuple[str, str, bool, list[str]]:
        """(guide, use, partial, finding codes): by GS08, cross-checked with ST03; by ST01 alone when neither names a version."""
        notes: list[str] = []
        group, said = (self.gs.get(8).strip() if self.gs is not None else ""), st.get(3).strip()
        found = self._known(group, st) or self._known(said, st)
        if group and said and group != said:
            notes.append("GUIDE_MISMATCH")
            found = self._known(said, st) or found
        if found is None and not said and (not group or group == "005010"):
            name = guide_of_transaction(st.get(1))
            if name is not None:
                return name, "", True, [*notes, "GUIDE_GUESSED"]
        if found is None:
            return "", "", False, notes
        return *found, notes

    def _known(self, version: str, st: Control) -> tuple[str, str, bool] | None:
        transaction = st.get(1).strip()
        return guide_of_version(version, transaction, self._purpose(st) if told_by_purpose(version, transaction) else "")

    def _purpose(self, st: Control) -> str:
        """BHT02 of the segment behind ST, "" when another one stands there."""
        head = self.read_at(self._after(st.offset), _CONTROL_BYTES)
        elements = self.marks.segment(head, 0)
        return elements[2].strip() if elements[0] == "BHT" and len(elements) > 2 else ""


def _standing(marks: Marks, data: bytes, current: _OpenSet) -> Iterator[tuple[int, str, int]]:
    """The marks of a chunk that are levels or items: not an HL of another level, nor a tag that is no item under its level."""
    rule = current.rule
    for at, tag, above in marks.find(data):
        if tag == "HL" and rule.level_tag == "HL":
            elements = marks.segment(data, at)
            if len(elements) < 4 or elements[3] not in rule.depths:
                continue
            current.level = elements[3]
        elif tag and tag in rule.tags and rule.tags[tag] and current.level not in rule.tags[tag]:
            continue
        yield at, tag, above


def _loose_finding(offset: int, tag: str) -> Finding:
    return finding("ITEM_OUTSIDE_SET", offset=offset, tag=tag)._replace(item=f"{offset}.{tag}")


def _same_number(text: str, number: int) -> bool:
    text = text.strip()
    return text.isascii() and text.isdigit() and len(text) < 12 and int(text) == number


def _find_isa(block: bytes) -> int:
    match = re.search(rb"ISA(?=[^A-Za-z0-9 \r\n].{2}[^\r\n]{60})", block)
    return match.start() if match else -1


def items_of(plan: SetPlan, read_at: ReadAt, limits: ScanLimits) -> Iterator[tuple[int, str]]:
    """(offset, tag) of every item of a set, for the findings of a refused one."""
    rule = rule_of(plan.guide, plan.st.get(1))
    if rule.whole:
        yield plan.st.offset, plan.st.elements[0]
        return
    marks = Marks(plan.delimiters, rule.marks, rule.plain)
    finder = Finder(rule, _level_above(plan, read_at, marks))
    for offset, tag, elements, _ in sweep(read_at, plan.span.start, plan.span.end, marks, limits):
        item = finder.see(offset, tag, elements)
        if item is not None and (item[1] not in LOOSE or item[1] in rule.tags):
            yield item


def _level_above(plan: SetPlan, read_at: ReadAt, marks: Marks) -> str:
    """HL03 of the level that a chunk starts in, "" at the start of a set."""
    context = plan.chunks[0].context if len(plan.chunks) == 1 else ()
    elements = marks.segment(read_at(context[-1].start, _CONTROL_BYTES), 0) if context else ()
    return elements[3] if len(elements) > 3 and elements[0] == "HL" else ""


def refuses_set(code: str, policy: Mapping[str, str]) -> bool:
    """Whether the site raises this finding to the whole set; a finding about a set cannot reject less than that."""
    decided = policy.get(code)
    kind = FINDINGS.get(code)  # a site's own codes are not there
    return decided == "reject_set" or (decided == "reject" and kind is not None and kind.scope == "set")


def scan(read_at: ReadAt, size: int, limits: ScanLimits | None = None, policy: Mapping[str, str] | None = None) -> Iterator[Scanned]:
    """Findings, set plans and loose items of a file, in order. `policy` is the site's strictness per finding code."""
    yield from Scanner(read_at, size, limits or ScanLimits(), policy or {}).run()
