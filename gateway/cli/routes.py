"""What is handed on: what waits by route and why, what receivers refused; send it again, drop it, put one aside. Decisions are audited."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from gateway.cli.main import EXIT_FINDINGS, UsageError
from gateway.cli.store import actor, add_config, open_store
from gateway.routes.desk import Desk, NothingWaitsError, NotParkedError
from gateway.state.database import iso
from gateway.state.deliveries import Delivery

PAGE = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="list|parked|retry|drop|park")
    listing = commands.add_parser("list", help="routes with something that waits or is parked, and why it waits")
    parked = commands.add_parser("parked", help="what receivers refused, oldest first")
    retry = commands.add_parser("retry", help="send parked messages again, in their old order")
    drop = commands.add_parser("drop", help="give parked messages up: they are not sent")
    park = commands.add_parser("park", help="put aside what is first on a route and never gets through; those behind it go on")
    park.add_argument("way", metavar="SITE/ROUTE")
    for each in (retry, drop):
        each.add_argument("ids", nargs="*", metavar="ID", help="as `routes parked` shows it")
    for each in (parked, retry, drop):
        each.add_argument("--route", metavar="SITE/ROUTE", help="all of this route")
    for each in (listing, parked, retry, drop, park):
        add_config(each)


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    async with open_store(arguments.config) as store:
        desk = Desk(store.state)
        if arguments.action == "list":
            return await _list(desk)
        if arguments.action == "parked":
            return await _parked(desk, arguments.route)
        if arguments.action == "park":
            return await _park(desk, arguments.way)
        if bool(arguments.ids) == bool(arguments.route):
            raise UsageError("name what is meant: either ids or --route SITE/ROUTE")
        ids = arguments.ids or [each.id for each in await _all_parked(desk, arguments.route)]
        decide, said = (desk.retry, "goes again") if arguments.action == "retry" else (desk.drop, "is dropped")
        try:
            for each in ids:
                await decide(each, actor())
                print(f"{each} {said}")
        except NotParkedError as error:
            print(error, file=sys.stderr)
            return EXIT_FINDINGS
        if not ids:
            print("nothing is parked on this route")
    return 0


async def _park(desk: Desk, way: str) -> int:
    try:
        print(f"{(await desk.park(*_named(way), actor())).id} is parked")
    except NothingWaitsError as error:
        print(error, file=sys.stderr)
        return EXIT_FINDINGS
    return 0


def _named(way: str) -> tuple[str, str]:
    site, slash, route = way.partition("/")
    if not (site and slash and route):
        raise UsageError("a route is named SITE/ROUTE")
    return site, route


async def _all_parked(desk: Desk, route: str | None) -> list[Delivery]:
    found: list[Delivery] = []
    while page := await desk.parked(found[-1].id if found else "", PAGE):
        found += page
    return [each for each in found if route in (None, f"{each.site}/{each.route}")]


async def _list(desk: Desk) -> int:
    waiting, parked = await desk.ways()
    counts = {(each.site, each.feed, each.route): each.depth for each in parked}
    rows = []
    for each in waiting:
        since = iso(datetime.fromtimestamp(each.oldest / 1000, UTC))
        held = counts.pop((each.site, each.feed, each.route), 0)
        rows.append((each.site, each.feed, each.route or "(acknowledgements)", str(each.depth), since, str(held), await desk.first_fault(each)))
    rows += [(site, feed, route, "0", "", str(depth), "") for (site, feed, route), depth in counts.items()]
    _print(("site", "feed", "route", "waiting", "since", "parked", "why it waits"), sorted(rows), "nothing waits and nothing is parked")
    return 0


async def _parked(desk: Desk, route: str | None) -> int:
    rows = [_row(each) for each in await _all_parked(desk, route)]
    _print(("id", "site", "feed", "route", "bytes", "since", "tries", "why"), rows, "nothing is parked")
    return 0


def _row(each: Delivery) -> tuple[str, ...]:
    since = iso(datetime.fromtimestamp(each.queued_at / 1000, UTC))
    return each.id, each.site, each.feed, each.route, str(each.size), since, str(each.tries), each.fault


def _print(names: tuple[str, ...], rows: Sequence[tuple[str, ...]], nothing: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(table if rows else nothing)
