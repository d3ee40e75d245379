"""What was quarantined: list, show, release (it goes on as if it had just come) or drop. Each is audited."""

import argparse
import asyncio
import sys

import orjson

from gateway.cli.main import EXIT_FINDINGS
from gateway.cli.store import Store, actor, add_config, open_store
from gateway.pipeline.hold import Hold, NotHeldError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="list|show|release|drop")
    listing = commands.add_parser("list", help="files that are held, oldest first")
    show = commands.add_parser("show", help="one held file with its reason and findings")
    release = commands.add_parser("release", help="let a held file be read and published")
    drop = commands.add_parser("drop", help="give a held file up: nothing of it is published")
    for each in (show, release, drop):
        each.add_argument("receipt", help="receipt of the file, as `held list` shows it")
    for each in (listing, show, release, drop):
        add_config(each)


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    async with open_store(arguments.config) as store:
        hold = Hold(store.config, store.log, store.state)
        try:
            if arguments.action == "list":
                await _list(hold)
            elif arguments.action == "show":
                return await _show(store, arguments.receipt)
            elif arguments.action == "release":
                await hold.release(arguments.receipt, actor())
                print(f"{arguments.receipt} is released; a running gateway reads it now, or the next one that starts")
            else:
                await hold.drop(arguments.receipt, actor())
                print(f"{arguments.receipt} is dropped")
        except NotHeldError as error:
            print(error, file=sys.stderr)
            return EXIT_FINDINGS
    return 0


async def _list(hold: Hold) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("receipt", "site", "feed", "name", "bytes", "held at", "reason"):
        table.add_column(name, overflow="fold")
    rows = await hold.held()
    for row in rows:
        table.add_row(row.receipt, row.site, row.feed, row.name, str(row.size), row.held_at, row.reason)
    Console(highlight=False, width=None if sys.stdout.isatty() else 160).print(table if rows else "nothing is held")


async def _show(store: Store, receipt: str) -> int:
    held = await asyncio.to_thread(store.state.held.get, receipt)
    if held is None:
        print(f"no file was held under receipt {receipt}", file=sys.stderr)
        return EXIT_FINDINGS
    findings = await asyncio.to_thread(store.state.receipts.findings, receipt)
    shown = {**held._asdict(), "findings": [finding.line for finding in findings]}
    await store.audit("held.show", receipt, 1)
    sys.stdout.buffer.write(orjson.dumps(shown, option=orjson.OPT_INDENT_2) + b"\n")
    return 0
