"""The pages of the project as data: their links, tables, code spans and code blocks."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its language and what is inside."""

    language: str
    text: str


def written() -> list[Path]:
    """Every page a person wrote; those under docs/reference and the agreement table are generated and tested where they are made."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    generated = ROOT / "docs" / "reference"
    return sorted(page for page in pages if generated not in page.parents and page.name != "agreement.md")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    return [Block(*match.groups()) for match in _FENCE.finditer(page.read_text("utf-8"))]


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text("utf-8"))


def spans(page: Path) -> list[str]:
    """Inline code, and each line of the shell and console blocks."""
    lines = [line.strip() for block in blocks(page) if block.language in ("sh", "console") for line in block.text.splitlines()]
    return [*_SPAN.findall(prose(page)), *lines]


def links(page: Path) -> list[str]:
    return [target for target in _LINK.findall(prose(page)) if not target.startswith(("http://", "https://"))]


def anchors(page: Path) -> set[str]:
    """As the usual renderers make them of headings."""
    texts = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page))]
    return {text.strip().replace(" ", "-") for text in texts}


def table(page: Path, heading: str) -> dict[str, list[str]]:
    """Rows of the tables under a heading, by first cell without its backticks."""
    text = page.read_text("utf-8")
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"{name(page)} has no heading {heading}"
    return {cells[0].strip("`"): cells[1:] for cells in _rows(found[1]) if cells[0] not in ("key", "code", "topic")}


def _rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith("|--"):
            yield [cell.strip() for cell in line.strip("|").split("|")]
