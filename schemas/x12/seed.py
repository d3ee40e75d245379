"""Prints a guide table, seeded from pyx12's map XML (positions, requirements, lengths, codes; no texts) and corrected where it is known to
be wrong: `python -m schemas.x12.seed 837P`. pyx12 (the extra `deep`) is needed for this only; the checked-in tables are what is used.
"""

import sys
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from .guide import Element, Guide, Loop, Segment, to_text
from .seed_dental import DENTAL
from .seed_edits import EDITS, Edit
from .seed_exchange import EXCHANGE

MAPS = {
    "277": "277.5010.X212.xml", "277CA": "277.5010.X214.xml", "820": "820.5010.X218.xml", "834": "834.5010.X220.A1.xml",
    "835": "835.5010.X221.A1.xml", "837P": "837.5010.X222.A1.xml", "837I": "837Q3.I.5010.X223.A1.xml", "999": "999.5010X231.A1.xml",
}  # fmt: skip
MADE_FROM = {"834X307": ("834", EXCHANGE), "837D": ("837P", DENTAL)}
# pyx12 wraps the three areas of a transaction set in loops of its own.
AREAS = {"HEADER": 10000, "DETAIL": 20000, "FOOTER": 30000}
EDGES = {"ST": 10000, "SE": 30000}


@dataclass(frozen=True)
class _DataElement:
    type: str
    min: int
    max: int


def seed(name: str) -> str:
    """Guide name -> corrected table text. KeyError for a guide no map is known for, ValueError where an edit does not fit."""
    if name in MADE_FROM:
        other, edits = MADE_FROM[name]
        return edited(seed(other), edits)
    return edited(_raw(name), EDITS.get(name, ()))


def edited(table: str, edits: tuple[Edit, ...]) -> str:
    """Applies each edit to the rows that start with its `rows`; an edit that changes nothing is an error, so none outlives its reason."""
    lines = table.splitlines()
    for edit in edits:
        at = [number for number, line in enumerate(lines) if line.startswith(edit.rows) and edit.old in line]
        if not at:
            raise ValueError(f"no row for the edit of {edit.rows!r}")
        if edit.add:
            lines[at[-1] + 1 : at[-1] + 1] = edit.add.strip().splitlines()
        elif edit.new is None:
            lines = [line for number, line in enumerate(lines) if number not in at]
        else:
            for number in at:
                lines[number] = lines[number].replace(edit.old, edit.new)
    return "".join(f"{line}\n" for line in lines)


def _raw(name: str) -> str:
    folder = _map_folder()
    kinds = _data_elements(folder)
    transaction = ElementTree.parse(folder / MAPS[name]).find(".//loop[@xid='ST_LOOP']")  # noqa: S314
    if transaction is None:
        raise ValueError(f"{MAPS[name]} has no ST_LOOP")
    root = Loop("ST", "-", 0, "R", None, (), (), 0)
    return to_text(Guide(name, "", "", (), {}, _Rows(kinds).loop(transaction, root, 0)))


def _map_folder() -> Path:
    found = find_spec("pyx12")
    if found is None or found.origin is None:
        raise ValueError("pyx12 is not installed: pip install clearplane[deep]")
    return Path(found.origin).parent / "map"


def _data_elements(folder: Path) -> dict[str, _DataElement]:
    found = ElementTree.parse(folder / "dataele.xml").iter("data_ele")  # noqa: S314
    return {e.attrib["ele_num"]: _DataElement(e.attrib["data_type"], int(e.attrib["min_len"]), int(e.attrib["max_len"])) for e in found}


class _Rows:
    """Turns XML nodes into rows, counting them; a loop id met again is written as `same`."""

    def __init__(self, kinds: dict[str, _DataElement]) -> None:
        self.kinds = kinds
        self.count = 1
        self.parents: dict[str, str] = {}

    def loop(self, node: ElementTree.Element, loop: Loop, area: int) -> Loop:
        segments: list[Segment] = []
        loops: list[Loop] = []
        for child in node:
            if child.tag == "segment":
                segments.append(self._segment(child, loop.id, area or EDGES.get(child.attrib["xid"], 0)))
            elif child.tag == "loop" and child.attrib["xid"] in AREAS:
                inner = self.loop(child, loop, AREAS[child.attrib["xid"]])
                segments += inner.segments
                loops += inner.loops
            elif child.tag == "loop":
                loops.append(self._child(child, loop.id, area))
        return replace(loop, segments=tuple(segments), loops=tuple(loops))

    def _child(self, node: ElementTree.Element, parent: str, area: int) -> Loop:
        self.count += 1
        xid = node.attrib["xid"]
        loop = Loop(xid, parent, area + int(_text(node, "pos")), _text(node, "usage"), _limit(_text(node, "repeat")), (), (), self.count)
        if xid in self.parents:
            return replace(loop, same=self.parents[xid])
        self.parents[xid] = parent
        return self.loop(node, loop, 0)

    def _segment(self, node: ElementTree.Element, loop: str, area: int) -> Segment:
        self.count += 1
        elements = tuple(self._element(child) for child in node if child.tag in {"element", "composite"})
        syntax = tuple((rule.text or "").strip() for rule in node.findall("syntax"))
        most = _limit(_text(node, "max_use"))
        return Segment(loop, area + int(_text(node, "pos")), node.attrib["xid"], _text(node, "usage"), most, elements, syntax, self.count)

    def _element(self, node: ElementTree.Element) -> Element:
        req = _text(node, "usage")
        if req == "N":
            return Element("N")
        repeat = int(_text(node, "repeat") or "1")
        if node.tag == "composite":
            return Element(req, repeat=repeat, components=tuple(self._element(child) for child in node.findall("element")))
        kind = self.kinds[_text(node, "data_ele")]
        listed = node.find("valid_codes")
        codes = tuple((code.text or "").strip() for code in listed.findall("code")) if listed is not None else ()
        external = listed.attrib.get("external") if listed is not None else None
        return Element(req, kind.type, kind.min, kind.max, codes, repeat, external, _text(node, "regex") or None)


def _text(node: ElementTree.Element, tag: str) -> str:
    return (node.findtext(tag) or "").strip()


def _limit(text: str) -> int | None:
    return None if text.startswith(">") else int(text)


if __name__ == "__main__":
    sys.stdout.write(seed(sys.argv[1]))
