"""How `clearplane check` shows findings: a table, and how many there are of each SNIP level."""

import sys
from collections import Counter

from parsers.outputs import Summary
from schemas.envelope import Finding

_ORDER = {"error": 0, "warning": 1, "info": 2}
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

    def text(self) -> str:
        """`2 guide: 3 errors; 4 situation: 1 warning`."""
        parts = []
        for level, name in LEVELS.items():
            said = [f"{count} {severity}{'s' if count > 1 else ''}" for severity in _ORDER if (count := self._counts[level, severity])]
            if said:
                parts.append(f"{f'{level} ' if level else ''}{name}: {', '.join(said)}")
        return "; ".join(parts)


def _place(finding: Finding) -> str:
    at = finding.location
    if finding.code.startswith("V2_") or finding.scope == "message":
        parts = [str(part) for part in (at.element, at.component) if part is not None]
        return f"{at.tag or ''}{'-' if parts else ''}{'.'.join(parts)}" + (f" ({at.repetition})" if at.repetition and at.repetition > 1 else "")
    element = f"{at.element:02d}" if at.element is not None else ""
    return f"{at.tag or ''}{element}" + (f"-{at.component}" if at.component is not None else "")


def print_table(path: str, rows: list[Finding], tally: Tally, summary: Summary) -> None:
    """Worst first; the last lines say how many of each level, and how the items would end."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    if rows:
        table = Table(title=f"Findings of {path}", title_justify="left", header_style="bold")
        for name in ("severity", "snip", "segment", "place", "byte", "code", "finding"):
            table.add_column(name, justify="right" if name in ("snip", "segment", "byte") else "left", no_wrap=name != "finding")
        for finding in sorted(rows, key=lambda row: (_ORDER[row.severity], row.location.offset or 0)):
            at = finding.location
            cells = (str(finding.snip or ""), str(at.segment or ""), _place(finding), str(at.offset if at.offset is not None else ""), finding.code)
            table.add_row(f"[{_STYLES[finding.severity]}]{finding.severity}[/]", *cells, escape(finding.text))
        console.print(table)
    if tally.listed > len(rows):
        console.print(f"... and {tally.listed - len(rows)} more (--most N, or --json for all)")
    if tally.listed:
        console.print(f"by SNIP level: {tally.text()}")
    counts = summary.counts
    console.print(
        f"{path}: {summary.items} items: {counts.published} would be published, {counts.no_event_kind} have no event kind, "
        f"{counts.refused} refused, {counts.dead} dead; {tally.listed + summary.suppressed} findings"
    )
