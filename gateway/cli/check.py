"""Findings of X12 and HL7 v2 files as a table, or problems of a site file (.toml) or of clearplane.toml with their lines.

Every finding has its SNIP level: 1 syntax, 2 guide, 3 balance, 4 situation, 5 codes, 7 rules of the site. Codes are looked up in the lists that
`clearplane codes load` put into the data folder. Exit code 0: nothing at severity error; 1: an error or a refusal; 2: nothing could be read.
With --snip only findings of those levels are shown, and only they and refusals count.
"""

import argparse
import sys
from pathlib import Path

import orjson

from gateway.cli.check_view import Tally, print_table
from gateway.cli.main import EXIT_FINDINGS, EXIT_OK, EXIT_UNREADABLE, UsageError
from gateway.cli.profile import profiled
from gateway.cli.source import files_in, open_source
from parsers import formats
from parsers.outputs import Event, Origin, Summary
from parsers.x12.convert import Settings
from schemas.envelope import Finding

_LEVELS = range(1, 8)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="X12 or HL7 v2 files or folders, or site files (.toml); - for standard input")
    parser.add_argument("--json", action="store_true", help="findings as JSON lines, with a summary line a file")
    parser.add_argument("--site", metavar="SITE.toml", help="judge by this site's strictness and rules")
    parser.add_argument("--feed", default="", help="with --site: the feed of it whose HL7 v2 profile is used")
    parser.add_argument("--snip", metavar="LEVELS", help="only findings of these levels, e.g. 1,2")
    parser.add_argument("--most", type=int, default=200, metavar="N", help="rows of the table a file (default: 200)")
    parser.add_argument("--deep", action="store_true", help="ask pyx12 too, and say where it agrees (needs the extra `deep`; slow)")
    parser.add_argument("--config", metavar="PATH", help="clearplane.toml, for its code lists (default: ./clearplane.toml, or the defaults)")


def run(arguments: argparse.Namespace) -> int:
    levels = _levels(arguments.snip)
    settings: formats.Settings | None = None
    worst = 0
    for path in files_in(arguments.files):
        if Path(path).name == "clearplane.toml":
            worst = max(worst, _check_configuration(Path(path)))
        elif path.endswith(".toml"):
            from gateway.cli.check_site import check_site

            worst = max(worst, check_site(Path(path), arguments.json))
        else:
            settings = settings or every_format(arguments.site, arguments.config, arguments.feed)
            worst = max(worst, _check_file(path, settings, levels, arguments))
    return worst


def _levels(text: str | None) -> frozenset[int]:
    """None and "" are all levels."""
    try:
        levels = frozenset(int(one) for one in (text or "").split(",") if one.strip())
    except ValueError:
        levels = frozenset({0})
    if not levels.issubset(_LEVELS):
        raise UsageError("--snip takes levels from 1 to 7, e.g. 1,2")
    return levels


def every_format(site: str | None, config: str | None, feed: str = "") -> formats.Settings:
    """How files are judged, by the rules of a site file where one is given."""
    x12 = settings_of(site, config)
    return formats.Settings(x12, profiled(site, feed)._replace(policy=x12.policy))


def settings_of(site: str | None, config: str | None) -> Settings:
    """The same of X12 alone."""
    from gateway.codes.store import lists_of, pairs
    from gateway.config import Config
    from parsers.x12.checks.judge import Extra

    data_dir = Config.load(config).data_dir
    lists = lists_of(data_dir, pairs(data_dir))
    if site is None:
        return Settings(extra=Extra(lists=lists))
    from gateway.site_rules import plain, strictness_of
    from gateway.sites import load_site

    loaded = load_site(Path(site))
    return Settings(policy={**loaded.findings, **strictness_of(loaded.rules)}, extra=Extra(plain(loaded.rules), lists))


def _check_configuration(path: Path) -> int:
    from gateway.config import Config, ConfigError

    try:
        Config.load(path)
    except ConfigError as error:
        print(error)
        return 1
    print(f"{path}: good")
    return 0


def _check_file(path: str, settings: formats.Settings, levels: frozenset[int], arguments: argparse.Namespace) -> int:
    rows: list[Finding] = []
    every: list[Finding] = []
    tally = Tally()
    summary: Summary | None = None
    with open_source(path) as source:
        for output in formats.convert(source.read_at, source.size, Origin(sha256=source.sha256), settings):
            if isinstance(output, Finding):
                if arguments.deep:
                    every.append(output)
                if levels and output.snip not in levels and output.outcome == "reported":
                    continue
                tally.add(output)
                if arguments.json:
                    sys.stdout.buffer.write(orjson.dumps({"file": path, **output.to_json()}) + b"\n")
                if len(rows) < arguments.most:
                    rows.append(output)
            elif not isinstance(output, Event):
                summary = output
        assert summary is not None
        if arguments.json:
            sys.stdout.buffer.write(orjson.dumps({"file": path, **summary.to_json(), "snip": tally.to_json()}) + b"\n")
        else:
            print_table(path, rows, tally, summary)
        if arguments.deep:
            from gateway.cli.check_deep import second_opinion

            second_opinion(path, source, every, arguments.json)
    return _exit_code(summary, tally, levels)


def _exit_code(summary: Summary, tally: Tally, levels: frozenset[int]) -> int:
    if not levels or not summary.readable:
        return summary.exit_code if summary.readable else EXIT_UNREADABLE
    return EXIT_FINDINGS if tally.errors or summary.counts.refused or summary.counts.dead else EXIT_OK
