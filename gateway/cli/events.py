"""Page or follow the event log: CloudEvents JSON, one a line. Test events are shown only when asked for. The read is audited."""

import argparse
import asyncio
import sys
from datetime import datetime
from typing import NamedTuple

from gateway.api.cursor import Positions
from gateway.api.reader import USAGES, EventFilter, EventReader, checked_positions, event_lanes, full_type
from gateway.cli.main import UsageError
from gateway.cli.moment import moment
from gateway.cli.store import Store, add_config, open_store
from gateway.log.once import once
from gateway.state.database import iso
from gateway.toml_faults import nearest
from schemas.events import event_kinds

_PAGE, _BUDGET = 500, 5000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--follow", "-f", action="store_true", help="go on with new events as they come")
    parser.add_argument("--type", action="append", metavar="TYPE", help="an event kind, as claim.submitted or encounter.started; may be repeated")
    parser.add_argument("--site", action="append", metavar="SITE", help="may be repeated")
    parser.add_argument("--key", metavar="LANE", help="lane of a claim or patient, as `clearplane key` prints it")
    parser.add_argument("--receipt", metavar="RECEIPT", help="events of one received file or message")
    parser.add_argument("--from", dest="since", metavar="TIME", help="recorded at this time (RFC 3339) or later")
    parser.add_argument("--to", dest="until", metavar="TIME", help="recorded before this time")
    parser.add_argument("--usage", choices=tuple(USAGES), default="production", help="default: production")
    parser.add_argument("--limit", type=int, metavar="N", help="stop after N events")
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_run(arguments))


class _Wanted(NamedTuple):
    filter: EventFilter
    since: datetime | None

    def described(self, usage: str) -> str:
        shown = {name: value for name, value in self.filter._asdict().items() if value}
        words = [f"{name}={','.join(sorted(value)) if isinstance(value, frozenset) else value}" for name, value in shown.items()]
        return " ".join([*words, f"usage={usage}"])


async def _run(arguments: argparse.Namespace) -> int:
    wanted = _wanted(arguments)
    async with open_store(arguments.config) as store:
        reader = EventReader(once(store.log, store.config.log.repeat_window), await _positions(store, arguments, wanted))
        shown = 0
        try:
            shown = await _print(reader, wanted.filter, arguments)
        finally:
            await store.audit("events.read", wanted.described(arguments.usage), shown)
    return 0


async def _print(reader: EventReader, wanted: EventFilter, arguments: argparse.Namespace) -> int:
    shown = 0
    out = sys.stdout.buffer
    while True:
        left = _PAGE if arguments.limit is None else min(_PAGE, arguments.limit - shown)
        if left <= 0:
            return shown
        page = await reader.page(wanted, left, _BUDGET)
        out.writelines(found.json + b"\n" for found in page.events)
        out.flush()
        shown += len(page.events)
        if page.at_end:
            if not arguments.follow:
                return shown
            await reader.wait(1.0)


def _wanted(arguments: argparse.Namespace) -> _Wanted:
    since, until = moment(arguments.since), moment(arguments.until)
    types = frozenset(map(_type, arguments.type)) if arguments.type else None
    sites = frozenset(arguments.site) if arguments.site else None
    return _Wanted(EventFilter(types, sites, arguments.key, arguments.receipt, iso(since) if since else None, iso(until) if until else None), since)


def _type(name: str) -> str:
    known = {full_type(kind): kind for kind in event_kinds()}
    if full_type(name) not in known:
        raise UsageError(f"no event kind {name!r}{nearest(name, known.values())}")
    return full_type(name)


async def _positions(store: Store, arguments: argparse.Namespace, wanted: _Wanted) -> Positions:
    partitions = await event_lanes(store.log, store.config, arguments.usage, arguments.key)
    since = round(wanted.since.timestamp() * 1000) if wanted.since else None
    return await checked_positions(store.log, partitions, {}, since, False)
