"""Code lists by which files are checked: load one from its publisher's file, list those in use, drop one.

A code that is not in a loaded list, or not valid on the date of service, is a finding (SNIP 5); an event is never changed. Lists are kept in
the data folder of the gateway. A running gateway reads new files by a new list from its next start on.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.main import EXIT_FINDINGS, UsageError
from gateway.codes.formats import LISTS, joined, read_list
from gateway.codes.store import codes_of, drop, in_use, put
from gateway.config import Config, prepare_data_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="load|list|drop")
    load = commands.add_parser("load", help="use a list from now on", epilog="; ".join(f"{name}: {text}" for name, text in LISTS.items()))
    load.add_argument("list", choices=LISTS, metavar="LIST", help=", ".join(LISTS))
    load.add_argument("file", type=Path, metavar="FILE", help="the publisher's file, or a CSV with code[,from,to]")
    load.add_argument("--from", dest="first", default="", metavar="DAY", help="first day (CCYY-MM-DD) of codes for which the file has none")
    load.add_argument("--to", dest="last", default="", metavar="DAY", help="last day of codes for which the file has none")
    load.add_argument("--keep", action="store_true", help="add to the list in use, e.g. the codes of another year, and do not replace it")
    listing = commands.add_parser("list", help="lists in use")
    gone = commands.add_parser("drop", help="use a list no more")
    gone.add_argument("list", choices=LISTS, metavar="LIST", help="name of the list")
    for each in (load, listing, gone):
        each.add_argument("--config", metavar="PATH", help="clearplane.toml (default: ./clearplane.toml, or the defaults)")


def run(arguments: argparse.Namespace) -> int:
    config = Config.load(arguments.config)
    prepare_data_dir(config.data_dir)
    return {"load": _load, "list": _list, "drop": _drop}[arguments.action](config.data_dir, arguments)


def _load(data_dir: Path, arguments: argparse.Namespace) -> int:
    first, last = _day(arguments.first), _day(arguments.last)
    found = read_list(arguments.list, arguments.file)
    codes = {code: (start or first, end or last) for code, (start, end) in found.codes.items()}
    if arguments.keep:
        held = next((codes_of(data_dir, one.name, one.sha256).codes for one in in_use(data_dir) if one.name == arguments.list), {})
        codes = dict(held) | {code: joined(held[code], span) if code in held else span for code, span in codes.items()}
    one = put(data_dir, arguments.list, codes, datetime.now(UTC).isoformat(timespec="seconds"))
    print(f"{one.name}: {one.codes} codes in use ({found.passed_over} rows passed over), sha256 {one.sha256}")
    return 0


def _day(text: str) -> str:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date().isoformat() if text else ""
    except ValueError:
        raise UsageError(f"{text} is no day; write CCYY-MM-DD") from None


def _list(data_dir: Path, _arguments: argparse.Namespace) -> int:
    for one in in_use(data_dir):
        print(f"{one.name}  {one.codes} codes  loaded {one.loaded}  sha256 {one.sha256}")
    return 0


def _drop(data_dir: Path, arguments: argparse.Namespace) -> int:
    if not drop(data_dir, arguments.list):
        print(f"{arguments.list} is not in use")
        return EXIT_FINDINGS
    print(f"{arguments.list} is dropped")
    return 0
