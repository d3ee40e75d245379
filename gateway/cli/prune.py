"""Apply retention: records of each topic by its age and size, then stored files that no event kept refers to."""

import argparse
import asyncio

from gateway.cli.store import actor, add_config, open_store
from gateway.pipeline.prune import Pruner


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_prune(arguments.config))


async def _prune(config: str | None) -> int:
    async with open_store(config) as store:
        done = await Pruner(store.config, store.log, store.blobs, store.state).prune()
        await asyncio.to_thread(store.state.audit.add, actor(), "prune", "retention", sum(done.records.values()))
    for partition, count in sorted(done.records.items()):
        if count:
            print(f"{partition.topic} {partition.partition}: {count} records removed")
    print(f"{sum(done.records.values())} records and {done.blobs} files past their retention are gone")
    print(f"{done.orphans} stored files belong to no receipt; {done.swept} of them are gone")
    return 0
