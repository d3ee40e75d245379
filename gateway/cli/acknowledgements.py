"""What senders were answered: list the acknowledgements of a file, show one, or see what waits to be handed over. Showing is audited."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime

import orjson

from gateway.cli.main import EXIT_FINDINGS
from gateway.cli.store import Store, add_config, open_store
from gateway.state.database import iso

PIECE_BYTES = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="list|show|waiting")
    listing = commands.add_parser("list", help="acknowledgements of a file, as JSON lines")
    show = commands.add_parser("show", help="the bytes of one")
    waiting = commands.add_parser("waiting", help="feeds whose acknowledgements wait to be handed over, and why")
    for each in (listing, show):
        each.add_argument("receipt", help="receipt of the file that was answered")
    show.add_argument("name", help="name of the acknowledgement, as `acknowledgements list` shows it")
    for each in (listing, show, waiting):
        add_config(each)


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    async with open_store(arguments.config) as store:
        if arguments.action == "list":
            return await _list(store, arguments.receipt)
        if arguments.action == "show":
            return await _show(store, arguments.receipt, arguments.name)
        return await asyncio.to_thread(_waiting, store)


async def _list(store: Store, receipt: str) -> int:
    from gateway.api.answers import described

    found = await asyncio.to_thread(store.state.answers.of, [receipt])
    sent = await asyncio.to_thread(store.state.deliveries.of, receipt)
    rows = [row for answers in found.values() for row in answers if row.sha256]
    for row in rows:
        sys.stdout.buffer.write(orjson.dumps(described(row, sent)) + b"\n")
    if not rows:
        print(f"no acknowledgement was written for receipt {receipt}", file=sys.stderr)
    return 0 if rows else EXIT_FINDINGS


async def _show(store: Store, receipt: str, name: str) -> int:
    found = await asyncio.to_thread(store.state.answers.get, receipt, name)
    if found is None or not found.sha256:
        print(f"no acknowledgement of that name was written for receipt {receipt}", file=sys.stderr)
        return EXIT_FINDINGS
    await store.audit("acknowledgement.read", name, 1)
    for start in range(0, found.size, PIECE_BYTES):
        piece = await asyncio.to_thread(store.blobs.read, found.sha256, start, min(PIECE_BYTES, found.size - start))
        sys.stdout.buffer.write(piece)
    return 0


def _waiting(store: Store) -> int:
    """One line a feed."""
    feeds = store.state.deliveries.waiting()
    for each in feeds:
        [first] = store.state.deliveries.next(each.site, each.feed, 1)
        since = iso(datetime.fromtimestamp(each.oldest / 1000, UTC))
        values = {"site": each.site, "feed": each.feed, "waiting": each.depth, "since": since, "tries": first.tries, "fault": first.fault}
        sys.stdout.buffer.write(orjson.dumps(values) + b"\n")
    if not feeds:
        print("nothing waits", file=sys.stderr)
    return 0
