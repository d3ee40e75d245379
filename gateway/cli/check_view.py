"""How `clearplane check` shows findings: one by one or grouped, how many there are of each SNIP level, and what a feed holds."""

import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from gateway.cli.text import plural
from parsers.outputs import Summary
from schemas.envelope import Counts, Finding, Location

_ORDER = {"error": 0, "warning": 1, "info": 2}
_SHOWN = 24
"""Of a row of what a feed holds."""
_NAME = 40
"""Characters of a file name that stand on one line."""
_BY_PLACE = frozenset({"identifiers", "codes no table has"})
_STYLES = {"error": "red", "warning": "yellow", "info": "dim"}
LEVELS = {1: "syntax", 2: "guide", 3: "balance", 4: "situation", 5: "codes", 6: "line of service", 7: "site", None: "gateway"}
"""SNIP level -> what it is about. Findings of the gateway itself have none."""


class Tally:
    """How many findings of each level and severity."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int | None, str]] = Counter()

    def add(self, finding: Finding) -> None:
        self._counts[finding.snip, finding.severity] += 1

    @property
    def listed(self) -> int:
        return self._counts.total()

    @property
    def errors(self) -> int:
        return sum(count for (_, severity), count in self._counts.items() if severity == "error")

    def to_json(self) -> dict[str, dict[str, int]]:
        """By level, "0" for none; only what there is."""
        found: dict[str, dict[str, int]] = {}
        for (level, severity), count in sorted(self._counts.items(), key=lambda item: (item[0][0] or 0, _ORDER[item[0][1]])):
            found.setdefault(str(level or 0), {})[severity] = count
        return found

    def severities(self) -> str:
        """`3 errors, 1 warning`."""
        counts = {severity: sum(count for (_, one), count in self._counts.items() if one == severity) for severity in _ORDER}
        return ", ".join(plural(count, severity) for severity, count in counts.items() if count)

    def text(self) -> str:
        """`2 guide: 3 errors; 4 situation: 1 warning`."""
        parts = []
        for level, name in LEVELS.items():
            said = [plural(count, severity) for severity in _ORDER if (count := self._counts[level, severity])]
            if said:
                parts.append(f"{f'{level} ' if level else ''}{name}: {', '.join(said)}")
        return "; ".join(parts)


def _place(finding: Finding) -> str:
    at = finding.location
    if finding.code.startswith("V2_") or finding.scope == "message":
        repetition = f"({at.repetition})" if at.repetition and at.repetition > 1 else ""
        return f"{at.tag or ''}" + (f"-{at.element}{repetition}" if at.element is not None else "") + (f".{at.component}" if at.component else "")
    element = f"{at.element:02d}" if at.element is not None else ""
    return f"{at.tag or ''}{element}" + (f"-{at.component}" if at.component is not None else "")


def _shown(finding: Finding) -> tuple[str, str]:
    """Severity and sentence as the tables show them."""
    refused = "" if finding.outcome == "reported" else f" ({finding.outcome})"
    return f"[{_STYLES[finding.severity]}]{finding.severity}[/]", escape(finding.text + refused)


def _titled(title: str, columns: tuple[str, ...], right: frozenset[str]) -> Table:
    console().print(title, style="italic", markup=False, soft_wrap=True)
    table = Table(header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", no_wrap=name != "finding")
    return table


def console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def print_table(path: str, rows: list[Finding], tally: Tally, summary: Summary) -> None:
    """Worst first; the last lines say how many of each level, and how the items would end."""
    out = console()
    if rows:
        columns = ("severity", "snip", "segment", "place", "byte", "code", "finding")
        table = _titled(f"Findings of {path}", columns, frozenset({"snip", "segment", "byte"}))
        for finding in sorted(rows, key=lambda row: (_ORDER[row.severity], row.location.offset or 0)):
            at, (severity, text) = finding.location, _shown(finding)
            cells = (str(finding.snip or ""), str(at.segment or ""), _place(finding), str(at.offset if at.offset is not None else ""), finding.code)
            table.add_row(severity, *cells, text)
        out.print(table)
    if tally.listed > len(rows):
        out.print(f"... and {tally.listed - len(rows)} more (--most N, or --json for all)")
    if tally.listed:
        out.print(f"by SNIP level: {tally.text()}")
    out.print(ending(path, summary.items, summary.counts, tally.listed + summary.suppressed), soft_wrap=True)


def ending(name: str, items: int, counts: Counts, findings: int) -> str:
    """The last line of a file, or of all of them."""
    return escape(
        f"{name}: {plural(items, 'item')}: {counts.published} would be published, {counts.no_event_kind} have no event kind, "
        f"{counts.refused} refused, {counts.dead} dead; {plural(findings, 'finding')}"
    )


_AT_THE_END = frozenset({"V2_UNTERMINATED", "V2_TRUNCATED"})
"""Their segment is whichever is the last, and says nothing about the feed."""


class Groups:
    """Findings that say the same of the same place of a message, in any number of messages and files."""

    def __init__(self) -> None:
        self._counts: Counter[Finding] = Counter()
        self._first: dict[Finding, tuple[str, Finding]] = {}

    def add(self, path: str, finding: Finding) -> None:
        at = finding.location
        place = Location() if finding.code in _AT_THE_END else Location(tag=at.tag, element=at.element, component=at.component)
        alike = finding._replace(item=None, text="", location=place)
        self._counts[alike] += 1
        self._first.setdefault(alike, (path, finding))

    def __len__(self) -> int:
        return len(self._counts)

    def print(self, title: str, most: int, paths: bool) -> None:
        """Worst first, then the most frequent; `paths`: the first of each is in one of several files."""
        columns = ("severity", "times", "place", "code", "finding")
        table = _titled(title, columns, frozenset({"times"}))
        table.add_column(
            "first at", overflow="fold", min_width=min(_NAME, max(len(Path(path).name) for path, _ in self._first.values())) if paths else None
        )
        by_weight = sorted(self._counts.items(), key=lambda item: (_ORDER[item[0].severity], -item[1], _place(item[0]), item[0].code))
        for alike, count in by_weight[:most]:
            path, first = self._first[alike]
            severity, text = _shown(first)
            byte = f"byte {first.location.offset or 0}"
            table.add_row(severity, str(count), _place(alike), alike.code, text, f"{escape(Path(path).name)} {byte}" if paths else byte)
        console().print(table)
        if len(self) > most:
            console().print(f"... and {len(self) - most} more kinds (--most N)")


def print_ending(name: str, items: int, counts: Counts, findings: int, tally: Tally) -> None:
    said = f" ({tally.severities()})" if tally.listed else ""
    console().print(ending(name, items, counts, findings) + said, soft_wrap=True)


def print_survey(title: str, rows: dict[str, Counter[str]]) -> None:
    """What the feed holds, a line or two for each row."""
    console().print(title, style="bold", markup=False, soft_wrap=True)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, counts in rows.items():
        ordered = sorted(counts.items(), key=lambda item: (item[0].split()[0] if name in _BY_PLACE else "", -item[1], item[0]))
        shown = [f"{text} ({count})" for text, count in ordered[:_SHOWN]]
        more = [f"and {len(counts) - _SHOWN} more"] if len(counts) > _SHOWN else []
        if shown:
            table.add_row(name, Text(", ".join(shown + more)))
    console().print(table)
