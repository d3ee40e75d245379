"""Send files through the intake of a configured site and wait until they are published. Works beside a running gateway.

Exit code 1 when an item was refused or a file held, 2 when nothing could be read.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from gateway.cli.main import EXIT_FINDINGS, EXIT_UNREADABLE, UsageError
from gateway.cli.progress import bar
from gateway.cli.source import files_in
from gateway.cli.store import add_config
from gateway.cli.text import plural
from gateway.config import Config
from gateway.pipeline.intake import Accepted, TooLargeError, UnknownFeedError
from gateway.runtime import Gateway
from gateway.sites import load_sites
from gateway.state import Receipt

_PIECE = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files or folders")
    parser.add_argument("--site", required=True, help="site id, as in its site file")
    parser.add_argument("--feed", required=True, help="feed id of that site")
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_ingest(arguments))


async def _ingest(arguments: argparse.Namespace) -> int:
    config, files = Config.load(arguments.config), _files(arguments.paths)
    async with Gateway(config, load_sites(config.sites_dir)) as gateway:
        await gateway.preparation.succeeded()
        accepted: list[tuple[str, Accepted]] = []
        with bar("Taking files in") as progress:
            for path in files:
                try:
                    accepted.append((path, await gateway.intake.accept(arguments.site, arguments.feed, _pieces(path), Path(path).name)))
                except UnknownFeedError as error:
                    raise UsageError(str(error)) from None
                except TooLargeError as error:
                    raise UsageError(f"{path}: {error}") from None
                progress(len(accepted), len(files))
        if config.log.kind == "embedded":
            await gateway.wait_idle()
        else:  # a cluster may never be idle
            await gateway.wait_final([taken.receipt for _, taken in accepted])
        codes = [_report(path, taken, await asyncio.to_thread(gateway.state.receipts.get, taken.receipt)) for path, taken in accepted]
    return max(codes, default=0)


def _files(paths: list[str]) -> list[str]:
    files = files_in(paths)
    for path in files:
        if not Path(path).is_file():
            raise UsageError(f"{path}: no such file")
    return files


async def _pieces(path: str) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(Path(path).open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
    finally:
        file.close()


def _report(path: str, taken: Accepted, receipt: Receipt | None) -> int:
    if receipt is None:
        print(f"{path}: {taken.receipt} received")
        return 1
    counts = ", ".join(
        plural(value, "item") if name == "items" else f"{value} {name.replace('_', ' ')}" for name, value in receipt.counts.items() if value
    )
    again = " (received before, nothing new published)" if taken.duplicate else ""
    print(f"{path}: {taken.receipt} {receipt.status}, {plural(receipt.events, 'event')}{': ' + counts if counts else ''}{again}")
    if receipt.status == "failed":
        return EXIT_UNREADABLE
    return EXIT_FINDINGS if receipt.status == "held" or receipt.worst == "error" or receipt.counts.get("refused") or receipt.counts.get("dead") else 0
