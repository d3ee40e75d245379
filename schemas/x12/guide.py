"""Implementation guides as text tables: the types, the reader and the writer of the row format.

A table has one line for each loop and one for each segment, in guide order; `#` starts a comment line:

    loop 2010AA 2000A 0150 R 1                      loop, parent, position, requirement, most repeats (`*`: no limit)
    loop 2300 2000C 1300 R 100 same 2000B           the subtree of loop 2300 under 2000B stands here as well
    2010AA 0250 N3 R 1 : R AN 1-55 | S AN 1-55      loop, position, tag, requirement, most repeats : elements
    2010AA 0400 PER R 2 : R ID 2-2 =IC | ... & P0304 P0506          ... & syntax rules of the segment

An element is `REQ TYPE MIN-MAX [=code,code] [xREPEATS] [@list] [/pattern/]`, a composite `REQ { component ; component } [xREPEATS]`; what is
not used is `N` alone. `*3` after an element says that it stands three times in a row; `_` in a code is a blank. Requirement is R (required),
S (situational) or N (not used). Directly below the root the position is area * 10000 + position (1 heading, 2 detail, 3 summary), because X12
numbers each area anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

# The element (and component) that says which of several lines of one tag a segment is. First group: always; second group: only where a
# namesake stands in the same loop, elsewhere a code the guide does not list is a finding on that element and no reason to move the segment.
QUALIFIERS: dict[str, tuple[int, int | None]] = {
    "AMT": (1, None),
    "DTM": (1, None),
    "DTP": (1, None),
    "ENT": (2, None),
    "HI": (1, 1),
    "HL": (3, None),
    "N1": (1, None),
    "NM1": (1, None),
    "QTY": (1, None),
    "REF": (1, None),
}
QUALIFIERS_AMONG_NAMESAKES: dict[str, tuple[int, int | None]] = {
    "CRC": (1, None),
    "CTX": (1, 1),
    "NTE": (1, None),
    "PER": (1, None),
    "PRV": (1, None),
    "PWK": (2, None),
    "TRN": (1, None),
}


@dataclass(frozen=True, slots=True)
class Element:
    """One element or component: type is the X12 data type, min and max are characters; a composite has components and no type."""

    req: str
    type: str = ""
    min: int = 0
    max: int = 0
    codes: tuple[str, ...] = ()
    repeat: int = 1
    external: str | None = None
    pattern: str | None = None
    components: tuple["Element", ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment line; index is its place among all rows of the table, max None is no limit."""

    loop: str
    pos: int
    tag: str
    req: str
    max: int | None
    elements: tuple[Element, ...]
    syntax: tuple[str, ...]
    index: int


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop with what it holds, in guide order; its first segment opens it. `same` names the parent whose loop of this id it repeats."""

    id: str
    parent: str
    pos: int
    req: str
    max: int | None
    segments: tuple[Segment, ...]
    loops: tuple["Loop", ...]
    index: int
    same: str | None = None

    def children(self) -> "tuple[Segment | Loop, ...]":
        """Segments and loops together, by position and then by row."""
        both: list[Segment | Loop] = [*self.segments, *self.loops]
        return tuple(sorted(both, key=lambda child: (child.pos, child.index)))


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide family; related maps the version strings that borrow this table without being held to what it requires or excludes.

    `purposes` are the BHT02 codes that tell it from guides of the same version and transaction set; a `partial` table is nobody held to.
    """

    name: str
    transaction: str
    functional_group: str
    versions: tuple[str, ...]
    related: dict[str, str] = field(hash=False)
    root: Loop
    purposes: tuple[str, ...] = ()
    partial: bool = False

    def qualifier(self, segment: Segment) -> tuple[int, int | None] | None:
        """(element, component or None), counted from 1, that tells this line from others of its tag; None if the tag alone does."""
        place = QUALIFIERS.get(segment.tag)
        if place is None and segment.tag in QUALIFIERS_AMONG_NAMESAKES and self._has_namesake(segment):
            place = QUALIFIERS_AMONG_NAMESAKES[segment.tag]
        return place if place is not None and qualifier_codes(segment, place) else None

    def _has_namesake(self, segment: Segment) -> bool:
        return any(
            other.tag == segment.tag and other.index != segment.index for loop in self.loops() if loop.id == segment.loop for other in loop.segments
        )

    def loops(self) -> Iterator[Loop]:
        """Every loop once, parents first; the subtree that a `same` loop shares is not walked a second time."""
        pending = [self.root]
        while pending:
            loop = pending.pop()
            yield loop
            if loop.same is None:
                pending.extend(reversed(loop.loops))

    def segments(self) -> Iterator[Segment]:
        """Every segment line once."""
        return (segment for loop in self.loops() if loop.same is None for segment in loop.segments)


def qualifier_codes(segment: Segment, place: tuple[int, int | None]) -> tuple[str, ...]:
    """Codes the line lists at that place; empty where the element is absent or free."""
    position, component = place
    if position > len(segment.elements):
        return ()
    element = segment.elements[position - 1]
    if component is None:
        return element.codes
    return element.components[component - 1].codes if component <= len(element.components) else ()


def parse(
    text: str,
    name: str = "",
    transaction: str = "",
    functional_group: str = "",
    versions: tuple[str, ...] = (),
    related: dict[str, str] | None = None,
    purposes: tuple[str, ...] = (),
    partial: bool = False,
) -> Guide:
    """Table text -> Guide. ValueError with the line number where a row is malformed or names a loop that is not there."""
    loops: dict[str, Loop] = {}
    repeats: list[tuple[int, Loop]] = []
    segments: dict[str, list[Segment]] = {}
    memo: dict[str, tuple[Element, ...]] = {}
    row = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.isspace() or line.startswith("#"):
            continue
        row += 1
        try:
            if line.startswith("loop "):
                loop = _loop_row(line, row)
                if loop.same is not None:
                    repeats.append((number, loop))
                elif loop.id in loops:
                    raise ValueError(f"loop {loop.id} stands twice")
                else:
                    loops[loop.id] = loop
                    segments[loop.id] = []
                if loop.parent != "-" and loop.parent not in loops:
                    raise ValueError(f"parent loop {loop.parent} is not above")
            else:
                segment = _segment_row(line, row, memo)
                if segment.loop not in segments:
                    raise ValueError(f"loop {segment.loop} is not above")
                segments[segment.loop].append(segment)
        except (ValueError, IndexError) as problem:
            raise ValueError(f"line {number}: {problem}") from problem
    return Guide(name, transaction, functional_group, versions, dict(related or {}), _tree(loops, repeats, segments), purposes, partial)


def _tree(loops: dict[str, Loop], repeats: list[tuple[int, Loop]], segments: dict[str, list[Segment]]) -> Loop:
    roots = [loop for loop in loops.values() if loop.parent == "-"]
    if len(roots) != 1:
        raise ValueError(f"line 1: a table has one root loop, this one has {len(roots)}")
    below: dict[str, list[Loop]] = {loop_id: [] for loop_id in loops}
    for loop in loops.values():
        if loop.parent != "-":
            below[loop.parent].append(loop)
    for number, loop in repeats:
        if loop.id not in loops or loops[loop.id].parent != loop.same:
            raise ValueError(f"line {number}: no loop {loop.id} under {loop.same}")
        if loop.id in _ancestors(loops, loop.parent):
            raise ValueError(f"line {number}: loop {loop.id} would hold itself")
        below[loop.parent].append(loop)
    return _built(roots[0], below, segments, {})


def _built(loop: Loop, below: dict[str, list[Loop]], segments: dict[str, list[Segment]], done: dict[str, Loop]) -> Loop:
    source = done.get(loop.id)
    if source is None:
        held = sorted((_built(child, below, segments, done) for child in below[loop.id]), key=lambda child: (child.pos, child.index))
        source = done[loop.id] = replace(loop, segments=tuple(segments[loop.id]), loops=tuple(held))
    return replace(loop, segments=source.segments, loops=source.loops)


def _ancestors(loops: dict[str, Loop], loop_id: str) -> set[str]:
    found: set[str] = set()
    while loop_id in loops:
        found.add(loop_id)
        loop_id = loops[loop_id].parent
    return found


def _loop_row(line: str, index: int) -> Loop:
    words = line.split()
    same = None
    if len(words) == 8 and words[6] == "same":
        same = words[7]
    elif len(words) != 6:
        raise ValueError("a loop row is: loop ID PARENT POSITION REQUIREMENT MAX [same PARENT]")
    return Loop(words[1], words[2], int(words[3]), _requirement(words[4]), _most(words[5]), (), (), index, same)


def _segment_row(line: str, index: int, memo: dict[str, tuple[Element, ...]]) -> Segment:
    head, colon, body = line.partition(" :")
    words = head.split()
    if not colon or len(words) != 5:
        raise ValueError("a segment row is: LOOP POSITION TAG REQUIREMENT MAX : elements")
    listed, _, rules = body.partition(" & ")
    elements: list[Element] = []
    for text in listed.split(" | "):
        found = memo.get(text)
        if found is None:
            found = memo[text] = _elements(text.split())
        elements += found
    syntax = tuple(rules.split())
    for rule in syntax:
        _check_rule(rule, len(elements))
    return Segment(words[0], int(words[1]), words[2], _requirement(words[3]), _most(words[4]), tuple(elements), syntax, index)


def _check_rule(rule: str, elements: int) -> None:
    digits = rule[1:]
    if rule[0] not in "CELPR" or not digits.isdigit() or len(digits) < 4 or len(digits) % 2:
        raise ValueError(f"not a syntax rule: {rule}")
    if any(not 1 <= int(digits[at : at + 2]) <= elements for at in range(0, len(digits), 2)):
        raise ValueError(f"syntax rule {rule} names an element beyond the {elements} of this segment")


def _elements(words: list[str]) -> tuple[Element, ...]:
    times = 1
    if words and words[-1][0] == "*":
        times = int(words.pop()[1:])
    return (_composite(words) if words[1:2] == ["{"] else _simple(words),) * times


def _composite(words: list[str]) -> Element:
    close = words.index("}")
    components: list[Element] = []
    start = 2
    for at in range(2, close + 1):
        if words[at] in ";}":
            components += _elements(words[start:at])
            start = at + 1
    repeat = 1
    for word in words[close + 1 :]:
        if word[0] != "x":
            raise ValueError(f"unexpected {word} after a composite")
        repeat = int(word[1:])
    return Element(_requirement(words[0]), repeat=repeat, components=tuple(components))


def _simple(words: list[str]) -> Element:
    if not words:
        raise ValueError("an element is missing")
    req = _requirement(words[0])
    if len(words) == 1:
        if req != "N":
            raise ValueError(f"element {req} has no type")
        return Element(req)
    if len(words) < 3:
        raise ValueError(f"element {' '.join(words)} has no length")
    least, _, most = words[2].partition("-")
    codes: tuple[str, ...] = ()
    repeat, external, pattern = 1, None, None
    for word in words[3:]:
        if word[0] == "=":
            codes = tuple(code.replace("_", " ") for code in word[1:].split(","))
        elif word[0] == "x":
            repeat = int(word[1:])
        elif word[0] == "@":
            external = word[1:]
        elif len(word) > 2 and word[0] == word[-1] == "/":
            pattern = word[1:-1]
        else:
            raise ValueError(f"unexpected {word} in an element")
    return Element(req, words[1], int(least), int(most), codes, repeat, external, pattern)


def _requirement(word: str) -> str:
    if word not in {"R", "S", "N"}:
        raise ValueError(f"requirement is R, S or N, not {word}")
    return word


def _most(word: str) -> int | None:
    return None if word == "*" else int(word)


def to_text(guide: Guide) -> str:
    """Guide -> table text; parse gives an equal guide back."""
    rows: list[tuple[int, str]] = []
    for loop in guide.loops():
        same = f" same {loop.same}" if loop.same else ""
        rows.append((loop.index, f"loop {loop.id} {loop.parent} {loop.pos:04d} {loop.req} {_limit(loop.max)}{same}"))
        if loop.same is None:
            rows += ((segment.index, _segment_text(segment)) for segment in loop.segments)
    return "".join(f"{row}\n" for _, row in sorted(rows))


def _segment_text(segment: Segment) -> str:
    listed = _runs((_element_text(element) for element in segment.elements), " | ")
    rules = f" & {' '.join(segment.syntax)}" if segment.syntax else ""
    return f"{segment.loop} {segment.pos:04d} {segment.tag} {segment.req} {_limit(segment.max)} : {listed}{rules}"


def _runs(texts: Iterable[str], between: str) -> str:
    runs: list[tuple[str, int]] = []
    for text in texts:
        if runs and runs[-1][0] == text:
            runs[-1] = (text, runs[-1][1] + 1)
        else:
            runs.append((text, 1))
    return between.join(text if times == 1 else f"{text} *{times}" for text, times in runs)


def _element_text(element: Element) -> str:
    repeat = f" x{element.repeat}" if element.repeat != 1 else ""
    if element.components:
        return f"{element.req} {{ {_runs(map(_element_text, element.components), ' ; ')} }}{repeat}"
    if not element.type:
        return element.req
    codes = f" ={','.join(element.codes).replace(' ', '_')}" if element.codes else ""
    external = f" @{element.external}" if element.external else ""
    pattern = f" /{element.pattern}/" if element.pattern else ""
    return f"{element.req} {element.type} {element.min}-{element.max}{codes}{repeat}{external}{pattern}"


def _limit(most: int | None) -> str:
    return "*" if most is None else str(most)
