"""Faults on a plane of three brokers and three workers under load: every acknowledged claim is on the log once, in order, and nothing else is.

`python -m tests.fault.kafka_faults [--claims N] [--scenario NAME ...] [--seed S]` prints a row of a Markdown table per run. What is expected
is computed from the raw files; the plane is real servers and real `clearplane run` processes. Ends with 1 when a promise was broken.
"""

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from tests.fault.plane.check import Verdict, check_state, expected_of, judged, longest_pause, read_ours, read_stock, wait_done
from tests.fault.plane.faults import Stage
from tests.fault.plane.files import File, Writer
from tests.fault.plane.plane import Plane, Servers
from tests.fault.plane.scenarios import SCENARIOS, Done
from tests.fault.plane.sender import Load

HEADER = (
    "run", "faults", "claims", "files", "seconds", "claims/s", "longest pause of events, s", "longest wait for an answer, s", "sent again",
    "repeats: ours", "repeats: stock", "lost", "out of order",
)  # fmt: skip
SHORT_SECONDS = 14
"""For which the senders of the short form have work."""


class Result(NamedTuple):
    """One run. `problems`: promises broken, as sentences."""

    name: str
    faults: Done
    claims: int
    files: int
    seconds: float
    pause: float
    answer: float
    again: int
    ours: Verdict
    stock: Verdict
    problems: Sequence[str]

    def row(self) -> str:
        faults = ", ".join(f"{count} {name}" for name, count in self.faults.items()) or "none"
        lost = max(self.ours.lost, self.stock.lost)
        disordered = max(self.ours.disordered, self.stock.disordered)
        cells = (
            self.name, faults, f"{self.claims:,}", self.files, f"{self.seconds:.0f}", f"{self.claims / self.seconds:,.0f}", f"{self.pause:.1f}",
            f"{self.answer:.1f}", self.again, self.ours.repeats, self.stock.repeats, lost, disordered,
        )  # fmt: skip
        return _row(cells)


class Experiment:
    """A plane on which scenarios follow each other; every check covers all files sent so far."""

    def __init__(self, plane: Plane, seed: str, short: bool) -> None:
        self._plane = plane
        self._chance = random.Random(seed)
        self._writer = Writer(plane.folder / "files", seed)
        self._files: list[File] = []
        self._acknowledged: dict[Path, str] = {}
        self._short = short

    def run(self, name: str, claims: int) -> Result:
        """Raises AssertionError or ServerError when a fault did not come about or the plane hangs; broken promises are in the result."""
        scenario = SCENARIOS[name]
        files = self._writer.write(claims)
        rate = scenario.rate if not self._short else scenario.rate and claims / SHORT_SECONDS
        load, began = Load(self._plane, files, rate), time.monotonic()
        load.start()
        try:
            faults = scenario.act(Stage(self._plane, load, self._chance, self._short))
            load.finish()
        finally:
            load.stop()
        self._files += files
        self._acknowledged |= load.acknowledged
        wait_done(self._plane, len(self._files))
        seconds = time.monotonic() - began
        again = load.refused.total() + load.broken.total()
        return self._result(name, faults, files, seconds, load.longest, again)

    def _result(self, name: str, faults: Done, files: Sequence[File], seconds: float, answer: float, again: int) -> Result:
        expected = expected_of(self._files, self._acknowledged)
        found, stock = read_ours(self._plane), read_stock(self._plane)
        verdict, stock_verdict = judged(found.events, expected), judged(stock, expected)
        problems = [*verdict.problems, *(f"a stock reader: {text}" for text in stock_verdict.problems), *check_state(self._plane, expected)]
        if verdict.repeats:
            problems.append(f"our reader shows {verdict.repeats} events again")
        problems += [f"feed {feed} is in another order" for feed, order in expected.feeds.items() if list(order) != list(found.orders[feed])]
        problems += [f"group {group} is {lag} records behind" for group, lag in found.lag.items() if lag]
        claims = sum(file.claims for file in files)
        return Result(name, faults, claims, len(files), seconds, longest_pause(found.events), answer, again, verdict, stock_verdict, problems)


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def run_all(names: Sequence[str], claims: int, seed: str, folder: Path) -> Iterator[Result | str]:
    """A result per scenario, each on a plane of its own; a sentence where there is none."""
    with Servers(folder) as servers:
        for name in names:
            try:
                with servers.plane() as plane:
                    yield Experiment(plane, f"{seed} {name}", short=False).run(name, claims)
                    plane.stop()
            except Exception as error:
                traceback.print_exc()
                yield f"{name}: {error}"
            finally:
                servers.mend()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="may be repeated; default: all")
    parser.add_argument("--seed", default="plane")
    parser.add_argument("--folder", type=Path, help="work here and leave everything")
    options = parser.parse_args()
    broken = []
    print(_row(HEADER), _row(["---"] * len(HEADER)), sep="\n", flush=True)
    with nullcontext(options.folder) if options.folder else tempfile.TemporaryDirectory() as folder:
        for result in run_all(options.scenario or list(SCENARIOS), options.claims, options.seed, Path(folder)):
            if isinstance(result, str):
                broken.append(result)
                continue
            print(result.row(), flush=True)
            broken += [f"{result.name}: {problem}" for problem in result.problems]
    for text in broken:
        print(f"BROKEN {text}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
