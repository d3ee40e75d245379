"""The first pass: finds the envelope and the items of a file at disk speed, decides what is refused as a set, and cuts large sets into chunks.

It looks only at where control segments and items start; what is between them is counted, not read. Everything it yields is plain
data in file order: findings, plans of sets, and items that stand outside any set.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from parsers.x12.delimiters import GUESSED, ISA_WINDOW, Delimiters, guess, read_isa
from parsers.x12.marks import ITEM_TAGS, ITEMS, LEVEL_TAGS, Marks, sweep
from parsers.x12.plan import Chunk, Control, LooseItem, ReadAt, ScanLimits, SetPlan, Span
from parsers.x12.program import guide_of_transaction, guide_of_version
from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location
from schemas.x12 import guide as guide_table
from schemas.x12 import guide_names

_MAY_BE_REPORTED = frozenset({"SE_MISSING", "SE_CONTROL_NUMBER", "ST_DUPLICATE"})
"""What refuses a set unless the site says `report`; an unknown guide cannot be read whatever the site says."""
_CONTROL_BYTES = 512
_ISA_HEAD = 96
"""Bytes by which an ISA amid other bytes is known, so how much of a block is looked at again with the next one."""


Scanned = Finding | SetPlan | LooseItem


def finding(code: str, place: str = "", **where: Any) -> Finding:
    """A finding of this code with its default severity, scope and outcome."""
    kind = FINDINGS[code]
    return Finding(code, kind.severity, kind.scope, kind.outcome, kind.text.format(place=place), Location(**where), None, kind.snip)


class _OpenSet:
    """The set being scanned: `before` segments of the interchange stand above it, `chunks` are those cut so far."""

    def __init__(self, st: Control, transaction: str, before: int) -> None:
        self.st = st
        self.transaction = transaction
        self.before = before
        self.items = 0
        self.chunks: list[Chunk] = []
        self.chunk = Span(st.offset, st.offset, 1)
        self.context: tuple[Span, ...] = ()
        self.levels: dict[str, Span] = {}
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
        while at < self.size:
            block = self.read_at(at, max(self.limits.block, ISA_WINDOW))
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
        marks = Marks(self.delimiters, tuple(ITEM_TAGS.values()))
        for offset, tag, _, _ in sweep(self.read_at, start, end, marks, self.limits):
            yield LooseItem(offset, tag)
            yield _loose_finding(offset, tag)

    def _start(self, delimiters: Delimiters, isa: Control | None) -> None:
        self.delimiters, self.isa, self.gs, self.set = delimiters, isa, None, None
        self.marks = Marks(delimiters, ("ISA", "GS", "ST", "SE", "GE", "IEA", *ITEM_TAGS.values()))
        self.groups = self.sets = 0
        self.group_numbers = set()
        self.set_numbers = set()

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
        end = self.size
        for offset, tag, elements, before in sweep(self.read_at, at, self.size, self.marks, self.limits):
            if tag == "ISA":
                end = offset
                break
            if tag in ITEMS:
                yield from self._item(offset, tag)
                continue
            yield from self._control(Control(offset, elements), before)
            if tag == "IEA":
                end = self._after(offset)
                break
        else:
            yield from self._end_interchange(self.size)
            return self.size
        if tag == "ISA":
            yield from self._end_interchange(end)
        return end

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
            self.set = _OpenSet(control, _transaction(self._guide(control)[0], control), before)
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

    def _item(self, offset: int, tag: str) -> Iterator[Scanned]:
        current = self.set
        if current is None or ITEM_TAGS.get(current.transaction) not in (tag, None):
            yield LooseItem(offset, tag)
            yield _loose_finding(offset, tag)
            return
        current.items += 1
        if offset - current.chunk.start >= self.limits.chunk and current.transaction in LEVEL_TAGS:
            self._cut(current, offset)

    def _cut(self, current: _OpenSet, offset: int) -> None:
        """End the chunk before this item; the next one carries the levels it hangs on."""
        level_tag = LEVEL_TAGS[current.transaction]
        marks = Marks(self.delimiters, (level_tag, ITEM_TAGS[current.transaction]))
        body = Span(current.chunk.start, offset, current.chunk.ordinal)
        previous_levels, previous_hl, previous_above = dict(current.levels), current.hl, current.items_above
        data = self.read_at(body.start, body.end - body.start)
        found = list(marks.find(data))
        if not current.chunks:
            first = next((at for at, tag, _ in found if tag == level_tag), len(data))
            current.levels = {"": Span(body.start, body.start + first, 1)}
        for index, (at, tag, above) in enumerate(found):
            if tag != level_tag:
                current.items_above += 1 if tag else 0
                continue
            current.items_above = 0
            until = found[index + 1][0] if index + 1 < len(found) else len(data)
            elements = marks.segment(data, at)
            level = elements[3] if level_tag == "HL" and len(elements) > 3 else "LX"
            if level_tag == "HL":
                number = elements[1] if len(elements) > 1 else ""
                current.hl = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else current.hl + 1
            current.levels = {key: span for key, span in current.levels.items() if key < level}
            current.levels[level] = Span(body.start + at, body.start + until, body.ordinal + above)
        context = tuple(previous_levels.values()) if current.chunks else ()
        current.chunks.append(Chunk(len(current.chunks), body, context, previous_hl, previous_above, False))
        current.chunk = Span(offset, offset, body.ordinal + found[-1][2])

    def _end_set(self, offset: int, se: Control | None, before: int) -> Iterator[Scanned]:
        """Close the open set, whose last segment is number `before` of the interchange."""
        current, self.set = self.set, None
        if current is not None:
            end = self._after(offset) if se is not None else offset
            yield from self._plan(current, current.st, se, end, before - current.before)

    def _plan(self, current: _OpenSet, st: Control, se: Control | None, end: int, segments: int) -> Iterator[Scanned]:
        guide, use, partial, notes = self._guide(st)
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
        if not current.items and guide and current.transaction in ITEM_TAGS:
            found.append(finding("SET_WITHOUT_ITEM", offset=st.offset, tag="ST", segment=1))
        if refusal:
            found.append(finding(refusal, offset=st.offset, tag="ST", segment=1))
        refusal, found = self._judged(refusal, guide, found)
        if self.sets == 1 and self.gs is not None and guide and self.gs.get(1).strip() != guide_table(guide).functional_group:
            yield finding("GS_FUNCTION", offset=self.gs.offset, tag="GS", element=1)
        yield from found
        body = Span(current.chunk.start, end, current.chunk.ordinal)
        context = tuple(current.levels.values()) if current.chunks else ()
        current.chunks.append(Chunk(len(current.chunks), body, context, current.hl, current.items_above, True))
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
        found = guide_of_version(group) or guide_of_version(said)
        if group and said and group != said:
            notes.append("GUIDE_MISMATCH")
            found = guide_of_version(said) or found
        if found is None and not said and (not group or group == "005010"):
            name = guide_of_transaction(st.get(1))
            if name is not None:
                return name, "", True, [*notes, "GUIDE_GUESSED"]
        if found is None:
            return "", "", False, notes
        return *found, notes


def _loose_finding(offset: int, tag: str) -> Finding:
    return finding("ITEM_OUTSIDE_SET", offset=offset, tag=tag)._replace(item=f"{offset}.{tag}")


def _transaction(guide: str, st: Control) -> str:
    """The transaction set that will be read: that of the guide, whatever ST01 says, since the guide decides which segments are items."""
    return guide_table(guide).transaction if guide in guide_names() else st.get(1)


def _same_number(text: str, number: int) -> bool:
    text = text.strip()
    return text.isascii() and text.isdigit() and len(text) < 12 and int(text) == number


def _find_isa(block: bytes) -> int:
    match = re.search(rb"ISA(?=[^A-Za-z0-9 \r\n].{2}[^\r\n]{60})", block)
    return match.start() if match else -1


def items_of(plan: SetPlan, read_at: ReadAt, limits: ScanLimits) -> Iterator[tuple[int, str]]:
    """(offset, tag) of every item of a set, for the findings of a refused one."""
    tag = ITEM_TAGS.get(_transaction(plan.guide, plan.st))
    marks = Marks(plan.delimiters, (tag,) if tag else tuple(ITEM_TAGS.values()))
    for offset, found, _, _ in sweep(read_at, plan.span.start, plan.span.end, marks, limits):
        yield offset, found


def refuses_set(code: str, policy: Mapping[str, str]) -> bool:
    """Whether the site raises this finding to the whole set; a finding about a set cannot reject less than that."""
    decided = policy.get(code)
    return decided == "reject_set" or (decided == "reject" and FINDINGS[code].scope == "set")


def scan(read_at: ReadAt, size: int, limits: ScanLimits | None = None, policy: Mapping[str, str] | None = None) -> Iterator[Scanned]:
    """Findings, set plans and loose items of a file, in order. `policy` is the site's strictness per finding code."""
    yield from Scanner(read_at, size, limits or ScanLimits(), policy or {}).run()
