"""What came in and what became of it: list them, show one with its findings, or its bytes as they came. Showing is audited.

The sender of a message over MLLP is told no receipt: here it is found, also when no event was made of it.
  clearplane receipts list --silent --from 2026-03-02     finished, and no event was made of it
  clearplane receipts list --site hillside --worst error
  clearplane receipts list --control-number RVM000000283
"""

import argparse
import asyncio
import sys

import orjson

from gateway.cli.main import EXIT_FINDINGS, UsageError
from gateway.cli.moment import moment
from gateway.cli.store import Store, add_config, open_store
from gateway.cli.text import visible
from gateway.receipts import WORST, items, outcome, summary
from gateway.seams import BlobNotFound
from gateway.state import Receipt, ReceiptFilter
from gateway.state.database import iso

PIECE_BYTES = 1 << 20
SHORTEST = 20
"""Letters of a receipt that are enough to name it: so many has MSH-10 of an acknowledgement over MLLP."""
SHOWN_FINDINGS = 1000
SECONDS = len("2026-03-02T08:00:00")
STATUSES = ("received", "processing", "done", "failed", "held", "dropped")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="list|show|raw")
    listing = commands.add_parser("list", help="files and messages with what became of them, newest first")
    listing.add_argument("--site", action="append", metavar="SITE", help="may be repeated")
    listing.add_argument("--feed", metavar="FEED")
    listing.add_argument("--status", choices=STATUSES)
    listing.add_argument("--worst", choices=tuple(WORST), help="with a finding of this severity or a heavier one")
    listing.add_argument("--silent", action="store_true", help="only what is finished and made no event")
    listing.add_argument("--control-number", metavar="NUMBER", help="ISA13 or MSH-10: the first that came with it")
    listing.add_argument("--from", dest="since", metavar="TIME", help="received at this time (RFC 3339) or later")
    listing.add_argument("--to", dest="until", metavar="TIME", help="received before this time")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="default: 50")
    listing.add_argument("--json", action="store_true", help="a line of JSON each, for programs")
    show = commands.add_parser("show", help="one of them with its findings, as JSON")
    raw = commands.add_parser("raw", help="its bytes as they came, to standard output")
    for each in (show, raw):
        each.add_argument("receipt", help=f"as `receipts list` shows it, its first {SHORTEST} letters, or MSH-10 of the acknowledgement")
    for each in (listing, show, raw):
        add_config(each)


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    wanted = _wanted(arguments) if arguments.action == "list" else None
    async with open_store(arguments.config) as store:
        if wanted is not None:
            return await _list(store, wanted, arguments)
        found = await _named(store, arguments.receipt)
        if found is None:
            print(f"nothing came in under receipt {visible(arguments.receipt)}", file=sys.stderr)
            return EXIT_FINDINGS
        return await (_show if arguments.action == "show" else _raw)(store, found)


def _wanted(arguments: argparse.Namespace) -> ReceiptFilter:
    if arguments.limit < 1:
        raise UsageError("--limit takes 1 or more")
    since, until = (iso(time) if (time := moment(text)) else None for text in (arguments.since, arguments.until))
    worst = WORST[arguments.worst] if arguments.worst else ()
    return ReceiptFilter(arguments.site, arguments.feed, arguments.status, worst, arguments.silent, arguments.control_number, since, until)


async def _named(store: Store, name: str) -> Receipt | None:
    if len(name) < SHORTEST:
        raise UsageError(f"a receipt has 26 letters, of which the first {SHORTEST} are enough")
    found = await asyncio.to_thread(store.state.receipts.beginning, name.lower())
    return found[0] if len(found) == 1 else None


async def _list(store: Store, wanted: ReceiptFilter, arguments: argparse.Namespace) -> int:
    found = await asyncio.to_thread(store.state.receipts.recent, wanted, None, arguments.limit)
    if arguments.json:
        sys.stdout.buffer.writelines(orjson.dumps(summary(each)) + b"\n" for each in found)
    else:
        _print(found, [await _worst_finding(store, each) for each in found])
    return 0


async def _worst_finding(store: Store, found: Receipt) -> str:
    """The code of the first of the heaviest findings, and how many there are beside it."""
    if not found.worst:
        return ""
    findings = await asyncio.to_thread(store.state.receipts.findings, found.receipt, -1, SHOWN_FINDINGS)
    code = next((each.line["code"] for each in findings if each.line["severity"] == found.worst), "")
    others = len(findings) - 1 + found.counts.get("suppressed", 0)
    return f"{found.worst} {code}{f' +{others}' if others else ''}"


def _print(found: list[Receipt], worst: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    named = any(each.name for each in found)  # files have a name, messages have none
    for column in ("received", "receipt", "site/feed", "outcome", "events", "worst finding", *["name"] * named):
        table.add_column(column, overflow="fold", justify="right" if column == "events" else "left", no_wrap=column in ("received", "receipt"))
    for each, finding in zip(found, worst, strict=True):
        told = f"{each.received_at[:SECONDS]}Z", each.receipt, f"{each.site}/{each.feed}", outcome(each), str(each.events), finding
        table.add_row(*told, *[visible(each.name)] * named)
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 200).print(table if found else "nothing of this kind came in")


async def _show(store: Store, found: Receipt) -> int:
    findings = await asyncio.to_thread(store.state.receipts.findings, found.receipt, -1, SHOWN_FINDINGS)
    shown = {**summary(found), "items": items(findings), "findings": [each.line for each in findings]}
    await store.audit("receipts.show", found.receipt, 1)
    sys.stdout.buffer.write(orjson.dumps(shown, option=orjson.OPT_INDENT_2) + b"\n")
    return 0


async def _raw(store: Store, found: Receipt) -> int:
    blob, start = found.kept
    await store.audit("raw.read", found.receipt, 1)
    for at in range(start, start + found.size, PIECE_BYTES):
        try:
            piece = await asyncio.to_thread(store.blobs.read, blob, at, min(PIECE_BYTES, start + found.size - at))
        except BlobNotFound:
            print("its bytes are not there: past the retention of [blobs], or of this moment and not yet put away", file=sys.stderr)
            return EXIT_FINDINGS
        sys.stdout.buffer.write(piece)
    return 0
