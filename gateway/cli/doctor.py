"""Check a configuration end to end and say what to do: sites, secrets, disk, brokers, topics, rights, clocks, stores, certificates.

Nothing is changed, but for probes that are removed again: a few bytes on the disk, a stored file, and on Kafka a topic of its own.
Exit code 0: no problem, maybe warnings; 1: a problem.
"""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

import orjson

from gateway.cli.main import EXIT_FINDINGS, EXIT_OK
from gateway.cli.store import add_config

if TYPE_CHECKING:
    from gateway.doctor.check import Line

_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line: check, verdict, text, do")
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    from gateway.doctor.check import to_json, worst

    lines = _checked(arguments.config)
    if arguments.json:
        for line in to_json(lines):
            sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    else:
        _show(lines)
    return EXIT_FINDINGS if worst(lines) == "problem" else EXIT_OK


def _checked(path: str | None) -> "list[Line]":
    from gateway.config import Config, ConfigError
    from gateway.doctor.check import Line, run_checks

    try:
        config = Config.load(path)
    except ConfigError as error:
        return [Line("configuration", "problem", str(error), "mend the lines named here; nothing else can be checked before")]
    return [Line("configuration", "ok", "is well formed", ""), *asyncio.run(run_checks(config))]


def _show(lines: "list[Line]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    before = ""
    for line in lines:
        said = Text(line.text)
        if line.do:
            said.append(f"\n-> {line.do}", style="bold")
        table.add_row(Text(line.verdict, style=_STYLES[line.verdict]), "" if line.check == before else line.check, said)
        before = line.check
    console.print(table)
    counts = {verdict: sum(line.verdict == verdict for line in lines) for verdict in _STYLES}
    console.print(f"{counts['problem']} problems, {counts['warning']} warnings, {counts['ok']} good")
