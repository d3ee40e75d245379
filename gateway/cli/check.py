"""Findings of X12 files as a table, or problems of a site file (.toml) or of clearplane.toml with their lines.

Exit code 0: nothing at severity error; 1: an error or a refusal; 2: nothing could be read.
"""

import argparse
import sys
from pathlib import Path

import orjson

from gateway.cli.source import files_in, open_source
from parsers.x12.convert import Event, Origin, Settings, Summary, convert
from schemas.envelope import Finding

_ORDER = {"error": 0, "warning": 1, "info": 2}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="X12 files or folders, or site files (.toml); - for standard input")
    parser.add_argument("--json", action="store_true", help="findings as JSON lines, with a summary line a file")
    parser.add_argument("--site", metavar="SITE.toml", help="judge by this site's strictness")
    parser.add_argument("--most", type=int, default=200, metavar="N", help="rows of the table a file (default: 200)")


def run(arguments: argparse.Namespace) -> int:
    settings = Settings(policy=_policy(arguments.site))
    worst = 0
    for path in files_in(arguments.files):
        if Path(path).name == "clearplane.toml":
            worst = max(worst, _check_configuration(Path(path)))
        elif path.endswith(".toml"):
            worst = max(worst, _check_site(Path(path), arguments.json))
        else:
            worst = max(worst, _check_file(path, settings, arguments))
    return worst


def _policy(site: str | None) -> dict[str, str]:
    if site is None:
        return {}
    from gateway.sites import load_site

    return dict(load_site(Path(site)).findings)


def _check_configuration(path: Path) -> int:
    from gateway.config import Config, ConfigError

    try:
        Config.load(path)
    except ConfigError as error:
        print(error)
        return 1
    print(f"{path}: good")
    return 0


def _check_site(path: Path, as_json: bool) -> int:
    from gateway.sites import lint_site

    problems = lint_site(path)
    for problem in problems:
        if as_json:
            print(orjson.dumps({"file": str(path), "line": problem.line, "text": problem.text}).decode())
        else:
            print(problem)
    if not problems and not as_json:
        print(f"{path}: good")
    return 1 if problems else 0


def _check_file(path: str, settings: Settings, arguments: argparse.Namespace) -> int:
    rows: list[Finding] = []
    listed = 0
    summary: Summary | None = None
    with open_source(path) as source:
        for output in convert(source.read_at, source.size, Origin(sha256=source.sha256), settings):
            if isinstance(output, Finding):
                listed += 1
                if arguments.json:
                    sys.stdout.buffer.write(orjson.dumps({"file": path, **output.to_json()}) + b"\n")
                elif len(rows) < arguments.most:
                    rows.append(output)
            elif not isinstance(output, Event):
                summary = output
    assert summary is not None
    if arguments.json:
        sys.stdout.buffer.write(orjson.dumps({"file": path, **summary.to_json()}) + b"\n")
    else:
        _print_table(path, rows, listed, summary)
    return summary.exit_code


def _place(finding: Finding) -> str:
    at = finding.location
    element = f"{at.element:02d}" if at.element is not None else ""
    return f"{at.tag or ''}{element}" + (f"-{at.component}" if at.component is not None else "")


def _print_table(path: str, rows: list[Finding], listed: int, summary: Summary) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    if rows:
        table = Table(title=f"Findings of {path}", title_justify="left", header_style="bold")
        for name in ("severity", "segment", "place", "byte", "code", "finding"):
            table.add_column(name, justify="right" if name in ("segment", "byte") else "left", no_wrap=name != "finding")
        for finding in sorted(rows, key=lambda row: (_ORDER[row.severity], row.location.offset or 0)):
            at = finding.location
            style = {"error": "red", "warning": "yellow", "info": "dim"}[finding.severity]
            cells = (str(at.segment or ""), _place(finding), str(at.offset if at.offset is not None else ""), finding.code, finding.text)
            table.add_row(f"[{style}]{finding.severity}[/]", *cells)
        console.print(table)
    if listed > len(rows):
        console.print(f"... and {listed - len(rows)} more (--most N, or --json for all)")
    counts = summary.counts
    console.print(
        f"{path}: {summary.items} items: {counts.published} would be published, {counts.no_event_kind} have no event kind, "
        f"{counts.refused} refused, {counts.dead} dead; {listed + summary.suppressed} findings"
    )
