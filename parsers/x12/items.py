"""What counts as an item of a guide, in terms that the first pass can see without reading: tags, HL levels, and what must stand below them.

Derived from the item rows (`Emit`) of the map and the loops of the guide table, so that both passes count the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property

from parsers.x12.binary import BINARY
from schemas.maps import maps
from schemas.maps.mapping import Emit
from schemas.x12 import Guide, Loop, guide, guide_names

LOOSE = frozenset({"CLM", "CLP"})
"""Items that are told by their tag alone, so that one which no set holds is still accounted for."""

NO_DEPTH = 99
"""Of a level that the guide does not have: below all that it has."""


@dataclass(frozen=True)
class Rule:
    """How the items of one guide are found. `tags`: item tag -> HL03 codes under which it counts, none: anywhere. `holds`: (item tag, HL03 code)
    -> tags of which one must follow before the next item or HL. `depths`: HL03 code -> how deep its loop is. `level_tag` opens the levels that
    a chunk carries as context, "" when there are none. `whole`: the set itself is the only item. `may_be_empty`: a set without items still says
    something (a 277CA that rejects everything above the claims). `binary` are the tags of segments that carry data behind its length."""

    tags: dict[str, frozenset[str]]
    holds: dict[tuple[str, str], frozenset[str]]
    depths: dict[str, int]
    level_tag: str
    whole: bool = False
    may_be_empty: bool = False
    binary: frozenset[str] = frozenset()

    @cached_property
    def by_level(self) -> bool:
        return any(self.tags.values())

    @cached_property
    def plain(self) -> frozenset[str]:
        """The marks of which only the place matters."""
        return frozenset(self.marks) - {"HL"} - self.binary

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """Tags to look for, beside those of control segments."""
        held = {tag for tags in self.holds.values() for tag in tags}
        return tuple(sorted({*self.tags, *held, *LOOSE, *self.binary, *(("HL",) if self.by_level else ())}))

    def depth(self, level: str) -> int:
        """Of an HL03 code, or of another level tag; that of the set's header, "", is above all."""
        return self.depths.get(level, NO_DEPTH) if level else -1


UNKNOWN = Rule(dict.fromkeys(sorted(LOOSE), frozenset()), {}, {}, "")
"""For a transaction set that nobody knows."""


class Finder:
    """Sees the marks of one set in order and says which are items."""

    def __init__(self, rule: Rule, level: str = "") -> None:
        self.rule, self.level = rule, level
        self._waiting: tuple[int, str, frozenset[str]] | None = None

    def see(self, offset: int, tag: str, elements: tuple[str, ...]) -> tuple[int, str] | None:
        """(offset, tag) of the item that this mark completes, None when it completes none. HL needs its elements."""
        rule = self.rule
        if tag == "HL" and rule.by_level:
            code = elements[3] if len(elements) > 3 else ""
            if code not in rule.depths:
                return None
            self.level, self._waiting = code, None
        codes = rule.tags.get(tag)
        if codes is not None and (not codes or self.level in codes):
            holds = rule.holds.get((tag, self.level))
            if holds is None:
                return offset, tag
            self._waiting = offset, tag, holds
        elif self._waiting is not None and tag in self._waiting[2]:
            found, self._waiting = self._waiting[:2], None
            return found
        return None


@cache
def rule_for(name: str) -> Rule:
    """The rule of a guide that has a map; KeyError when it has none."""
    emits = maps()[name].emits
    items = [emit for emit in emits if emit.loop != guide(name).root.id]
    rule = _rule(guide(name), items)
    return replace(rule, may_be_empty=rule.by_level and len(items) < len(emits))


@cache
def _by_transaction() -> dict[str, str]:
    return {guide(name).transaction: name for name in reversed(guide_names()) if name in maps()}


def rule_of(name: str, transaction: str) -> Rule:
    """By guide, else by the transaction set code alone."""
    name = name if name in maps() else _by_transaction().get(transaction, "")
    return rule_for(name) if name else UNKNOWN


def _rule(source: Guide, emits: list[Emit]) -> Rule:
    loops: dict[str, list[Loop]] = {}
    for loop in source.loops():
        loops.setdefault(loop.id, []).append(loop)
    rows = [segment.tag for segment in source.segments()]
    depths = {code: _depth(loops, name) for name, (loop, *_) in loops.items() for code in _level_codes(loop)}
    tags: dict[str, frozenset[str]] = {}
    holds: dict[tuple[str, str], frozenset[str]] = {}
    for emit in emits:
        codes = frozenset(_codes_around(loops, emit.loop)) if rows.count(emit.item) > 1 else frozenset()
        tags[emit.item] = tags.get(emit.item, frozenset()) | codes
        holds |= {(emit.item, code): frozenset(emit.holds) for code in codes or {""} if emit.holds}
    level_tag = "HL" if depths else _level_tag(loops, emits)
    return Rule(tags, holds, depths, level_tag, not emits, binary=frozenset(BINARY.keys() & set(rows)))


def _level_codes(loop: Loop) -> tuple[str, ...]:
    first = loop.segments[0] if loop.segments else None
    return first.elements[2].codes if first is not None and first.tag == "HL" else ()


def _depth(loops: dict[str, list[Loop]], name: str) -> int:
    """Loops above; the longest way counts where a loop stands in several places."""
    return max((_depth(loops, loop.parent) + 1 for loop in loops.get(name, []) if loop.parent != name), default=0)


def _codes_around(loops: dict[str, list[Loop]], name: str) -> set[str]:
    """HL03 codes of the nearest level around a loop, or of the loop itself where HL opens it."""
    own = _level_codes(loops[name][0]) if name in loops else ()
    if own:
        return set(own)
    return {code for loop in loops.get(name, []) for code in _codes_around(loops, loop.parent)}


def _level_tag(loops: dict[str, list[Loop]], emits: list[Emit]) -> str:
    """Without HL: what opens the loop right above the items (835: LX)."""
    for emit in emits:
        above = loops.get(loops[emit.loop][0].parent, [])
        if above and above[0].parent != "-":
            return above[0].segments[0].tag
    return ""
