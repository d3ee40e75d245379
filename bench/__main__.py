"""`python -m bench`: one table of this project against its peers, also kept as JSON in the cache folder."""

import argparse
import json
import os
import platform
from collections.abc import Callable
from itertools import groupby

from rich.console import Console
from rich.table import Table

from bench.generate import CACHE, Kind, Layout
from bench.measure import Row, end_to_end, memory, rates, starts

KINDS: tuple[Kind, ...] = ("837p", "835")
LAYOUTS: tuple[Layout, ...] = ("one", "many")
COLUMNS = ("input", "contender", "job", "MB", "MB/CPU s", "claims/CPU s", "peak MB", "ours is", "wall s", "note")
WIDTH = 150


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small files: 1 and 10 MB instead of 10 and 100, no large memory file")
    parser.add_argument("--runs", type=int, default=2, metavar="N", help="best of N (default 2)")
    parser.add_argument("--memory-gb", type=float, default=1.0, metavar="G", help="size of the large file for memory; 0 leaves it out (default 1)")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this input")
    parser.add_argument("--layout", choices=LAYOUTS, action="append", help="only this layout")
    return parser.parse_args()


def collect(chosen: argparse.Namespace, say: Callable[[str], None]) -> list[Row]:
    large = [] if chosen.quick or not chosen.memory_gb else [chosen.memory_gb * 1000]
    rows: list[Row] = []
    pairs = [(kind, layout) for kind in chosen.kind or KINDS for layout in chosen.layout or LAYOUTS]
    for kind, layout in pairs:
        rows += rates(kind, layout, chosen.quick, chosen.runs, say)
    for kind, layout in pairs:
        rows += memory(kind, layout, [10.0, *large], say)
    rows += [end_to_end(kind, 1 if chosen.quick else 40, say) for kind in chosen.kind or KINDS]
    return rows + starts(say)


def table(rows: list[Row], load: float) -> Table:
    caption = (
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f} at the start. MB = 10^6 bytes. "
        "Rates are slopes between the two sizes in one process, so start-up does not count; of StAEDI "
        "only the parsing thread counts. `ours is` = our rate / theirs."
    )
    out = Table(caption=caption, caption_justify="left")
    for column in COLUMNS:
        out.add_column(column, justify="left" if column in ("input", "contender", "job", "note") else "right", overflow="fold")
    for _, group in groupby(rows, key=lambda row: (row.what, row.job == "memory")):
        for row in group:
            out.add_row(*cells(row))
        out.add_section()
    return out


def cells(row: Row) -> tuple[str, ...]:
    numbers = (
        shown(row.rate, ".2f" if row.rate and row.rate < 10 else ".1f"),
        shown(row.claims, ",.0f"),
        shown(row.peak_mb, ".0f"),
        shown(row.ratio, ".1f", "x"),
        shown(row.wall, ".2f"),
    )
    return row.what, row.who, row.job, row.megabytes, *numbers, row.note


def shown(value: float | None, form: str, unit: str = "") -> str:
    return "" if value is None else f"{value:{form}}{unit}"


def main() -> None:
    chosen, console, progress = options(), Console(), Console(stderr=True)
    if not console.is_terminal:
        console = Console(width=WIDTH)
    load = os.getloadavg()[0]
    with progress.status("") as status:
        rows = collect(chosen, status.update)
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "last.json").write_text(json.dumps({"load": load, "rows": [row._asdict() for row in rows]}, indent=1))
    console.print(table(rows, load))


if __name__ == "__main__":
    main()
