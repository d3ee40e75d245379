"""The event log: `log verify` checks every record and says where one is damaged; `log copy` carries a whole gateway to another log, and back."""

import argparse
import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.cli.main import EXIT_FINDINGS, UsageError
from gateway.cli.store import actor, add_config, open_store

if TYPE_CHECKING:
    from gateway.move.copy import Copied, Progress

_COPY = """Carry everything of one configuration, its log, its stored files and its State, to an empty one of either kind: from the embedded log
to Kafka, and back. Stop every gateway on both sides first; a gateway on the target then goes on where those on the source stopped.

Records keep topic, partition, order, key, headers and value. They get new offsets and the time of the copy, from which their retention
counts again; filters by time are about the time in the event, which stays. API keys, receipts and cursors of the old log stay good. Both logs
need the same number of partitions, and the target another data_dir (or [state] url) and the same sites. A copy that was interrupted goes on
when the command is given again. At the end both sides have been compared record by record. Nothing is taken from the source."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="verify, copy")
    add_config(commands.add_parser("verify", help="check every record"))
    copy = commands.add_parser(
        "copy", help="carry log, stored files and State to another configuration", description=_COPY, formatter_class=argparse.RawTextHelpFormatter
    )
    copy.add_argument("--to", required=True, metavar="PATH", help="clearplane.toml of the target")
    copy.add_argument("--force", action="store_true", help="although a gateway seems to run on one of them")
    add_config(copy)


def run(arguments: argparse.Namespace) -> int:
    if arguments.action == "copy":
        return asyncio.run(_copy(arguments.config, arguments.to, arguments.force))
    return asyncio.run(_verify(arguments.config))


async def _verify(config: str | None) -> int:
    async with open_store(config) as store:
        problems = await store.log.verify()
        for problem in problems:
            print(f"{problem.where}: {problem.text}")
        topics = await store.log.topics()
        print(f"{len(topics)} topics checked, {len(problems)} problems")
    return EXIT_FINDINGS if problems else 0


async def _copy(source_path: str | None, target_path: str, force: bool) -> int:
    from gateway.config import Config
    from gateway.move.copy import Copy, CopyRefusedError, opened

    source, target = Config.load(source_path), Config.load(target_path)
    if source.log.kind == "embedded" and not source.log_path.exists():
        raise UsageError(f"no data in {source.data_dir}: name the clearplane.toml of the source with --config")
    async with opened(source) as old, opened(target) as new:
        with _bars() as progress:
            try:
                copied = await Copy(old, new, progress).run(force)
            except CopyRefusedError as error:
                raise UsageError(str(error)) from None
        records = sum(tally.records for tally in copied.tallies.values())
        await asyncio.to_thread(new.state.audit.add, actor(), "log.copy", f"from log {old.log.log_id}", records)
    _show(copied)
    return 0


@contextlib.contextmanager
def _bars() -> "Iterator[Progress]":
    """One bar at a time."""
    from gateway.cli.progress import Update, bar

    with contextlib.ExitStack() as stack:
        shown: dict[str, Update] = {}

        def update(what: str, done: int, total: int) -> None:
            if what not in shown:
                stack.close()
                shown.clear()
                shown[what] = stack.enter_context(bar(what))
            shown[what](done, total)

        yield update


def _show(copied: "Copied") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("what", "copied", "bytes"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for name, tally in copied.tallies.items():
        table.add_row(f"records of {name}", str(tally.records), str(tally.bytes))
    if copied.blobs is not None:
        table.add_row("stored files", str(copied.blobs.blobs), str(copied.blobs.bytes))
    table.add_row("read positions", str(copied.positions), "")
    table.add_row("rows of State", str(sum(copied.rows.values())), "")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Both sides are equal; {copied.seconds:.1f} seconds. Gateways can run on the target.")
