"""The event log: `log verify` checks the checksum of every record and says where one does not fit."""

import argparse
import asyncio

from gateway.cli.main import EXIT_FINDINGS
from gateway.cli.store import add_config, open_store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="verify")
    add_config(commands.add_parser("verify", help="check every record"))


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_verify(arguments.config))


async def _verify(config: str | None) -> int:
    async with open_store(config) as store:
        problems = await store.log.verify()
        for problem in problems:
            print(f"{problem.where}: {problem.text}")
        topics = await store.log.topics()
        print(f"{len(topics)} topics checked, {len(problems)} problems")
    return EXIT_FINDINGS if problems else 0
