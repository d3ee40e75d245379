"""Files to events: CloudEvents JSON, one a line, on standard output. Each file is X12 or HL7 v2, which its first bytes say.

Nothing is stored and memory stays constant. `-` reads standard input. Site and feed are local/convert unless given: event ids equal
those of a gateway that takes the same bytes on that feed. Findings go to --findings as JSON lines, one summary line a file at the
end; without it a summary is written to standard error.
"""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import orjson

from gateway.cli.profile import place_of
from gateway.cli.source import Source, files_in, open_source
from gateway.cli.text import plural
from parsers.formats import Settings, convert
from parsers.outputs import Event, Origin, Summary

_LINES = 64
"""Events written at once."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="X12 or HL7 v2 files or folders; - for standard input")
    parser.add_argument("--findings", metavar="PATH", help="write findings as JSON lines here (- is standard error)")
    parser.add_argument("--site", metavar="ID", help="site the bytes belong to (default: that of --profile, else local)")
    parser.add_argument("--feed", metavar="ID", help="feed the bytes came on (default: convert)")
    parser.add_argument(
        "--profile", metavar="SITE.toml", help="read the files as the gateway of this site would, on --feed: dialect, zone, strictness"
    )
    parser.add_argument("--zone", help="IANA time zone, for times without one (default: that of --profile, else UTC)")
    parser.add_argument("--usage", choices=("production", "test"), default="", help="take the files as this, whatever ISA15 or MSH-11 says")


def run(arguments: argparse.Namespace) -> int:
    place = place_of(arguments.profile, arguments.site, arguments.feed, arguments.zone, arguments.usage)
    worst = 0
    with ExitStack() as stack:
        findings = _findings_file(arguments.findings, stack)
        for path in files_in(arguments.files):
            with open_source(path) as source:
                worst = max(worst, _convert(source, place.of(source.sha256), place.settings, findings))
    return worst


def _findings_file(path: str | None, stack: ExitStack) -> BinaryIO | None:
    if path is None:
        return None
    return sys.stderr.buffer if path == "-" else stack.enter_context(Path(path).open("wb"))


def _convert(source: Source, origin: Origin, settings: Settings, findings: BinaryIO | None) -> int:
    out = sys.stdout.buffer
    pending: list[bytes] = []
    summary: Summary | None = None
    for output in convert(source.read_at, source.size, origin, settings):
        if isinstance(output, Event):
            pending.append(output.to_json())
            if len(pending) >= _LINES:
                out.write(b"\n".join(pending) + b"\n")
                pending.clear()
        elif isinstance(output, Summary):
            summary = output
        elif findings is not None:
            findings.write(orjson.dumps({"file": source.name, **output.to_json()}) + b"\n")
    if pending:
        out.write(b"\n".join(pending) + b"\n")
    out.flush()
    assert summary is not None
    if findings is not None:
        findings.write(orjson.dumps({"file": source.name, **summary.to_json()}) + b"\n")
        findings.flush()
    else:
        counts = summary.counts
        print(
            f"{source.name}: {plural(summary.items, 'item')}: {counts.published} published, {counts.no_event_kind} without an event kind, "
            f"{counts.refused} refused, {counts.dead} dead; {plural(summary.events, 'event')}",
            file=sys.stderr,
        )
    return summary.exit_code
