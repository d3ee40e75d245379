"""Prints the table of `elements`, seeded from pyx12's maps (numbers only): `python -m schemas.x12.seed_elements`. pyx12 is needed for this only."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

Numbers = dict[str, dict[int, dict[int, str]]]
"""Tag -> element -> component (0: the element itself) -> data element number."""


def seed() -> str:
    """The table; ValueError when pyx12 is not there or two maps disagree in a way that no rule settles."""
    found: Numbers = {}
    for source in _sources():
        for segment in ElementTree.parse(source).iter("segment"):  # noqa: S314
            _segment(segment, found.setdefault(segment.attrib["xid"], {}))
    return "".join(f"{tag} {_row(found[tag])}\n" for tag in sorted(found))


def _sources() -> Iterator[Path]:
    """Maps of 005010 first, since a place keeps the number that was met first; older ones add the segments that those lack."""
    spec = find_spec("pyx12")
    if spec is None or spec.origin is None:
        raise ValueError("pyx12 is not installed: pip install clearplane[deep]")
    folder = Path(spec.origin).parent / "map"
    names = sorted(path.name for path in folder.glob("*.xml") if re.match(r"(2|8|9|x12\.control)", path.name))
    yield from (folder / name for name in sorted(names, key=lambda name: "5010" not in name and "00501" not in name))


def _segment(segment: ElementTree.Element, found: dict[int, dict[int, str]]) -> None:
    for child in segment:
        if child.tag not in ("element", "composite"):
            continue
        number = int(_said(child, "seq"))
        places = found.setdefault(number, {})
        if child.tag == "element":
            places.setdefault(0, _said(child, "data_ele"))
        else:
            for at, part in enumerate(child.iter("element"), 1):
                places.setdefault(at, _said(part, "data_ele"))


def _said(node: ElementTree.Element, name: str) -> str:
    """Older maps have children where newer ones have attributes."""
    return node.attrib.get(name) or (node.findtext(name) or "").strip()


def _row(elements: dict[int, dict[int, str]]) -> str:
    cells = [_cell(elements.get(number, {})) for number in range(1, max(elements, default=0) + 1)]
    runs = ((cell, len(list(run))) for cell, run in groupby(cells))
    return " ".join(cell if times == 1 else f"{cell}*{times}" for cell, times in runs)


def _cell(places: dict[int, str]) -> str:
    whole = places.get(0, "-")
    parts = [places.get(at, "-") for at in range(1, max(places, default=0) + 1)]
    return ":".join([whole, *parts])


if __name__ == "__main__":
    print(seed(), end="")
