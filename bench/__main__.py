"""`python -m bench`: this project against its peers, and whole gateways on both logs, as tables; also kept as JSON in the cache folder."""

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from bench import mllp, planes, servers, sets, tables, transactions, v2
from bench.generate import CACHE, Kind, Layout
from bench.measure import Row, contenders, memory, rates, starts

KINDS: tuple[Kind, ...] = ("837p", "835")
LAYOUTS: tuple[Layout, ...] = ("one", "many")
PARTS = ("peers", "sets", "messages", "embedded", "kafka", "transactions")
WIDTH = 150
Say = Callable[[str], None]


class Result(NamedTuple):
    """Rows that belong in one table."""

    name: str
    rows: list[Any]
    table: Callable[[list[Any], float], Table]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--part",
        choices=PARTS,
        action="append",
        help="only this part; sets: every transaction set, and acknowledging; messages: HL7 v2 and its listeners; transactions: of Kafka",
    )
    parser.add_argument("--quick", action="store_true", help="small files, one run, no large memory file and no million claims")
    parser.add_argument("--runs", type=int, default=2, metavar="N", help="best of N (default 2)")
    parser.add_argument("--memory-gb", type=float, default=1.0, metavar="G", help="size of the large file for memory; 0 leaves it out (default 1)")
    parser.add_argument("--kind", choices=KINDS, action="append", help="peers: only this input")
    parser.add_argument("--layout", choices=LAYOUTS, action="append", help="peers: only this layout")
    return parser.parse_args()


def results(chosen: argparse.Namespace, say: Say) -> Iterator[Result]:
    """As they are measured. The servers are started for what needs them."""
    wanted, runs = chosen.part or PARTS, 1 if chosen.quick else chosen.runs
    if "peers" in wanted:
        yield Result("peers", against_peers(chosen, say), tables.peers)
    if "sets" in wanted:
        yield Result("sets", sets.compare(runs, say), tables.sets)
        yield Result("acknowledging", sets.answering(runs, say), tables.answering)
    if "messages" in wanted:
        yield Result("messages", v2.compare(runs, say), tables.messages)
        yield Result("listeners", mllp.compare(2.0 if chosen.quick else mllp.SECONDS, say), tables.served)
    if "embedded" in wanted:
        yield from gateways("embedded", None, chosen.quick, runs, say)
    if "kafka" in wanted or "transactions" in wanted:
        say("starting a broker and a database")
        with tempfile.TemporaryDirectory() as folder, servers.running(Path(folder)) as running:
            if "transactions" in wanted:
                yield Result("transactions", transactions.compare(running.broker, runs, say), tables.commits)
            if "kafka" in wanted:
                yield Result("kafka listener", mllp.on_kafka(running, 2.0 if chosen.quick else mllp.SECONDS, say), tables.served)
                yield from gateways("kafka", running, chosen.quick, runs, say)


def gateways(log: str, running: servers.Servers | None, quick: bool, runs: int, say: Say) -> Iterator[Result]:
    yield Result(f"{log} latency", planes.delays(log, running, quick, say), tables.delays)
    yield Result(log, planes.flows(log, running, quick, runs, say), tables.flows)
    if not quick:
        yield Result(f"{log} million", [planes.million(log, running, say)], tables.flows)


def against_peers(chosen: argparse.Namespace, say: Say) -> list[Row]:
    large = [] if chosen.quick or not chosen.memory_gb else [chosen.memory_gb * 1000]
    rows: list[Row] = []
    pairs = [(kind, layout) for kind in chosen.kind or KINDS for layout in chosen.layout or LAYOUTS]
    for kind, layout in pairs:
        rows += rates(kind, layout, contenders(chosen.quick), chosen.runs, say)
    for kind, layout in pairs:
        rows += memory(kind, layout, [10.0, *large], say)
    return rows + starts(say)


def main() -> None:
    chosen, console, progress = options(), Console(), Console(stderr=True)
    if not console.is_terminal:
        console = Console(width=WIDTH)
    load = os.getloadavg()[0]
    kept: dict[str, Any] = {"load": load}
    CACHE.mkdir(parents=True, exist_ok=True)
    with progress.status("") as status:
        for result in results(chosen, status.update):
            console.print(result.table(result.rows, load))
            kept[result.name] = [row._asdict() for row in result.rows]
            (CACHE / "last.json").write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
