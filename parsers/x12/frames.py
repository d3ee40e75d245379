"""What the engine works with: bounds, open loops, the item being read, the event it becomes; and what is made of an item's fields at its end."""

from __future__ import annotations

from typing import Any, NamedTuple

from parsers.x12.checks import Problem
from parsers.x12.derived import DERIVED
from parsers.x12.walker import LoopNode, State
from schemas.envelope import Finding


class Limits(NamedTuple):
    """Bounds of one item: its segments, and how many of its findings are listed; and of each list that a set's own event gathers."""

    item_segments: int = 50_000
    item_findings: int = 1_000
    gathered: int = 10_000


class Heading(NamedTuple):
    """What stands above a transaction set, and where: `common` goes into every event as it is, `provenance` starts each event's provenance."""

    guide: str
    use: str
    partial: bool
    common: dict[str, Any]
    provenance: dict[str, Any]


class ItemEvent(NamedTuple):
    """One event before it gets an envelope. `data` is its JSON; `key` the text its lane is made from."""

    event: str
    lane: str
    topic: str
    offset: int
    key: str
    data: bytes


Policy = dict[str, str]
"""Finding code -> report, ignore, reject (the claim) or reject_set; what is not named has its default."""


class Frame:
    """An open loop. `fields` is the object its segments fill, None when the loop has none or may not fill it again.

    One segment in three opens a loop, so a frame has no initialiser: `_push` sets what it needs, and `hl`, `leaf` (HL04 says that nothing
    stands below) are those of HL loops only, `unshown` (it was no item, and no event shows anything of it yet) of loops that may be one.
    """

    __slots__ = ("counts", "fields", "hl", "leaf", "loop", "offset", "ordinal", "state", "unshown")
    loop: LoopNode
    state: State
    fields: dict[str, Any] | None
    ordinal: int
    offset: int
    counts: dict[int, int] | None
    hl: str
    leaf: bool
    unshown: bool


class Item:
    """The item being read. `held`: what makes its level an item has stood in it. `depth`: its frame's place among the open ones."""

    __slots__ = (
        "depth",
        "emit",
        "fields",
        "findings",
        "held",
        "levels",
        "loop",
        "offset",
        "ordinal",
        "parts",
        "refused",
        "reported",
        "tag",
        "unmapped",
    )

    def __init__(self, loop: LoopNode, emit: dict[str, Any], ordinal: int, offset: int, levels: dict[str, int], depth: int) -> None:
        self.loop, self.emit, self.tag, self.ordinal, self.offset = loop, emit, emit["item"], ordinal, offset
        self.levels, self.depth = levels, depth
        self.held = "holds" not in emit
        self.fields: dict[str, Any] = {}
        self.parts: dict[str, list[int]] = {}
        self.unmapped: list[dict[str, Any]] = []
        self.findings: list[Finding] = []
        self.refused = False
        self.reported = 0


def derive(emit: dict[str, Any], data: dict[str, Any]) -> None:
    """Set the fields that follow from others."""
    for name, function in emit.get("derives", ()):
        value = DERIVED[function](data)
        if value is not None:
            data[name] = value


def key_of(paths: list[str], data: dict[str, Any]) -> str:
    """The first of these fields that has a value; a dotted path looks inside objects and lists."""
    for path in paths:
        value: Any = data
        for name in path.split("."):
            if isinstance(value, list):
                value = value[int(name)] if name.isdigit() and int(name) < len(value) else None
            else:
                value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str) and value:
            return value
    return ""


USES = {"CH": "claim", "RP": "encounter", "31": "subrogation"}
"""By BHT06."""


def add_imbalances(data: dict[str, Any], problems: list[Problem]) -> None:
    unbalanced = [problem for problem in problems if problem.level]
    if unbalanced:
        data["balanced"] = False
        data["imbalances"] = [{"level": p.level, "difference": p.difference, **({"line": p.line} if p.line is not None else {})} for p in unbalanced]


def elements_of(e: list[str]) -> dict[str, str]:
    """The elements that hold something, by reference."""
    return {f"{number:02d}": value for number, value in enumerate(e) if number and value}
