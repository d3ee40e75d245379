"""What would be answered to the sender of a file: TA1, 999 or 997, and 277CA, from the findings that `check` shows.

Nothing is sent and no control number is used up: those of the written interchanges count from --number. On standard output each segment has
a line of its own; with --out each acknowledgement becomes a file. Exit code 0: nothing at severity error; 1: an error or a refusal; 2: nothing
could be read.
"""

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.source import Source, files_in, open_source
from parsers.x12.acknowledgements import Numbers, Profile, Wanted, wanted, write
from parsers.x12.convert import Event, Origin, Settings, Summary, convert
from schemas.envelope import Finding

KINDS = ("TA1", "999", "997", "277CA")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="X12 files or folders; - for standard input")
    parser.add_argument("--kinds", default="TA1,999,277CA", metavar="LIST", help="which of TA1, 999, 997, 277CA (default: TA1,999,277CA)")
    parser.add_argument("--out", default="-", metavar="DIR", help="write each into this folder (default: - for standard output)")
    parser.add_argument("--site", metavar="SITE.toml", help="judge by this site's strictness")
    parser.add_argument("--number", type=int, default=1, metavar="N", help="first control number (default: 1)")
    parser.add_argument("--at", metavar="TIME", help="date them with this ISO 8601 time (default: now, UTC)")


def run(arguments: argparse.Namespace) -> int:
    out = None if arguments.out == "-" else Path(arguments.out)
    profile = _profile(arguments.kinds)._replace(newline="\n" if out is None else "")
    at = _moment(arguments.at)
    number, worst = arguments.number, 0
    for path in files_in(arguments.files):
        with open_source(path) as source:
            findings, summary = _findings(source, _settings(arguments.site))
            for one in wanted(source.read_at, source.size, findings, profile, not summary.suppressed):
                segments = write(one, source.read_at, source.size, findings, profile, Numbers(number, number, 1), at)
                _put(out, source, one, segments)
                number += max(one.groups, 1)
        worst = max(worst, summary.exit_code)
    return worst


def _settings(site: str | None) -> Settings:
    if site is None:
        return Settings()
    from gateway.cli.check import settings_of as judged_by

    return judged_by(site, None)


def _profile(kinds: str) -> Profile:
    from gateway.cli.main import UsageError

    names = {name.strip().upper() for name in kinds.split(",") if name.strip()}
    if not names or not names <= set(KINDS) or {"999", "997"} <= names:
        raise UsageError(f"--kinds takes some of {', '.join(KINDS)}, and 999 or 997")
    return Profile(
        ta1="always" if "TA1" in names else "never",
        functional="997" if "997" in names else "999" if "999" in names else "none",
        claims="277CA" if "277CA" in names else "none",
    )


def _moment(text: str | None) -> datetime:
    from gateway.cli.main import UsageError

    try:
        return datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError:
        raise UsageError("--at is no ISO 8601 time") from None


def _findings(source: Source, settings: Settings) -> tuple[list[Finding], Summary]:
    """All but the lines about items of refused sets, of which nothing is said one by one."""
    found: list[Finding] = []
    for output in convert(source.read_at, source.size, Origin(sha256=source.sha256), settings):
        if isinstance(output, Summary):
            return found, output
        if not isinstance(output, Event) and output.code != "ITEM_IN_REFUSED_SET":
            found.append(output)
    raise AssertionError("a file ends with its summary")


def _put(out: Path | None, source: Source, one: Wanted, segments: Iterable[bytes]) -> None:
    if out is None:
        sys.stdout.buffer.writelines(segments)
        sys.stdout.buffer.flush()
        return
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{Path(source.name).name.strip('-') or 'input'}.{one.name}"
    with path.open("wb") as file:
        file.writelines(segments)
    print(path)
