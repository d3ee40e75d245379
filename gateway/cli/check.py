"""Findings of X12 and HL7 v2 files as a table, or problems of a site file (.toml) or of clearplane.toml with their lines.

Of X12 every finding has its SNIP level: 1 syntax, 2 guide, 3 balance, 4 situation, 5 codes, 7 rules of the site. Codes are looked up in the lists
that `clearplane codes load` put into the data folder. With --snip only findings of those levels are shown, and only they and refusals count.
Of all HL7 v2 files together it tells what the feed holds (types, versions, senders, character sets, identifiers, fields that are unmapped, codes that
no table has), and groups findings by place. Exit code 0: nothing at severity error; 1: an error or a refusal; 2: nothing could be read.
"""

import argparse
import sys
from pathlib import Path

import orjson

from gateway.cli.check_feed import FeedReport, FileReport
from gateway.cli.check_view import Tally, print_table
from gateway.cli.main import EXIT_FINDINGS, EXIT_OK, EXIT_UNREADABLE, UsageError
from gateway.cli.profile import known_feed
from gateway.cli.source import files_in, open_source
from parsers import formats
from parsers.outputs import Event, Origin, Summary
from parsers.x12.convert import Settings
from schemas.envelope import Finding

_LEVELS = range(1, 8)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="X12 or HL7 v2 files or folders, or site files (.toml); - for standard input")
    parser.add_argument("--json", action="store_true", help="findings as JSON lines, with a summary line a file, of HL7 v2 with what it holds")
    parser.add_argument("--site", metavar="SITE.toml", help="judge by this site's strictness and rules, and its dialect of HL7 v2")
    parser.add_argument("--feed", default="", help="with --site: the feed of it whose dialect is used")
    parser.add_argument("--snip", metavar="LEVELS", help="only findings of these levels, e.g. 1,2")
    parser.add_argument("--most", type=int, default=200, metavar="N", help="rows of a table (default: 200)")
    parser.add_argument("--each", action="store_true", help="of HL7 v2 each finding by itself, as of X12, not how often it occurs")
    parser.add_argument("--deep", action="store_true", help="ask pyx12 or hl7apy too, and say where it agrees (needs the extra `deep`; slow)")
    parser.add_argument("--config", metavar="PATH", help="clearplane.toml, for its code lists (default: ./clearplane.toml, or the defaults)")


def run(arguments: argparse.Namespace) -> int:
    levels = _levels(arguments.snip)
    settings: formats.Settings | None = None
    worst = 0
    feed: FeedReport | None = None
    for path in files_in(arguments.files):
        if Path(path).name == "clearplane.toml":
            worst = max(worst, _check_configuration(Path(path)))
        elif path.endswith(".toml"):
            from gateway.cli.check_site import check_site

            worst = max(worst, check_site(Path(path), arguments.json))
        else:
            settings = settings or every_format(arguments.site, arguments.config, arguments.feed)
            feed = feed or FeedReport(settings.hl7v2)
            worst = max(worst, _check_file(path, settings, levels, arguments, feed))
    if feed is not None and feed.files and not arguments.json:
        feed.show(arguments.each, arguments.most)
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
    """How files are judged, by the rules of a site file where one is given, and by the code lists of the data folder."""
    from gateway.codes.store import lists_of, pairs
    from gateway.config import Config
    from parsers.x12.checks.judge import Extra

    data_dir = Config.load(config).data_dir
    lists = lists_of(data_dir, pairs(data_dir))
    if site is None:
        return formats.Settings(Settings(extra=Extra(lists=lists)))
    from gateway.site_settings import settings_of as judged_by
    from gateway.sites import load_site

    loaded = load_site(Path(site))
    known_feed(loaded.id, [each.id for each in loaded.feeds], feed)
    return judged_by(loaded, feed, lists)


def settings_of(site: str | None, config: str | None) -> Settings:
    """The same of X12 alone."""
    return every_format(site, config).x12


def _check_configuration(path: Path) -> int:
    from gateway.config import Config, ConfigError

    try:
        Config.load(path)
    except ConfigError as error:
        print(error)
        return 1
    print(f"{path}: good")
    return 0


def _check_file(path: str, settings: formats.Settings, levels: frozenset[int], arguments: argparse.Namespace, feed: FeedReport) -> int:
    rows: list[Finding] = []
    every: list[Finding] = []
    tally = Tally()
    summary: Summary | None = None
    with open_source(path) as source:
        holds = FileReport(feed, path) if formats.format_at(source.read_at) == "hl7v2" else None
        for output in formats.convert(source.read_at, source.size, Origin(sha256=source.sha256), settings):
            if isinstance(output, Finding):
                if arguments.deep:
                    every.append(output)
                if levels and output.snip not in levels and output.outcome == "reported":
                    continue
                tally.add(output)
                if arguments.json:
                    sys.stdout.buffer.write(orjson.dumps({"file": path, **output.to_json()}) + b"\n")
                if holds is not None:
                    holds.add(output)
                if len(rows) < arguments.most:
                    rows.append(output)
            elif isinstance(output, Event):
                if holds is not None:
                    holds.event(output)
            else:
                summary = output
        assert summary is not None
        if holds is not None:
            holds.end(source, tally, summary)
        if arguments.json:
            holding = {} if holds is None else {"holds": holds.survey.to_json()}
            sys.stdout.buffer.write(orjson.dumps({"file": path, **summary.to_json(), "snip": tally.to_json(), **holding}) + b"\n")
        elif holds is None or arguments.each:
            print_table(path, rows, tally, summary)
        if arguments.deep:
            from gateway.cli.check_deep import second_opinion

            second_opinion(path, source, every, arguments.json)
    return _exit_code(summary, tally, levels)


def _exit_code(summary: Summary, tally: Tally, levels: frozenset[int]) -> int:
    if not levels or not summary.readable:
        return summary.exit_code if summary.readable else EXIT_UNREADABLE
    return EXIT_FINDINGS if tally.errors or summary.counts.refused or summary.counts.dead else EXIT_OK
