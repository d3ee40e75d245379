"""What an event answers and what answers it, one JSON line a link: requests, batches, sets and claims with their acknowledgements. Audited."""

import argparse
import asyncio
import sys

import orjson

from gateway.cli.main import EXIT_FINDINGS, UsageError
from gateway.cli.store import add_config, open_store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("event_id", metavar="EVENT_ID", help="id of an event, as `clearplane events` shows it")
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    from gateway.links.lookup import links_of

    async with open_store(arguments.config) as store:
        try:
            record = await store.find_event(arguments.event_id)
        except ValueError:
            raise UsageError(f"{arguments.event_id!r} is no event id") from None
        if record is None:
            print(f"no event {arguments.event_id}", file=sys.stderr)
            return EXIT_FINDINGS
        found = await asyncio.to_thread(links_of, store.state, record)
        await store.audit("event.links", arguments.event_id, len(found))
    sys.stdout.buffer.writelines(orjson.dumps(each) + b"\n" for each in found)
    if not found:
        print("nothing is linked to this event yet", file=sys.stderr)
    return 0
