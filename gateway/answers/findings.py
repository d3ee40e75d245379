"""The findings of a file on their way from State to a worker: a list, or a spool file when there are many."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from gateway.state import State
from schemas.envelope import Finding, Location

PAGE = 1000
HELD_IN_MEMORY = 2000
"""More go through a file."""


class FindingFile:
    """Findings of a spool file, one JSON line each, as often as wanted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[Finding]:
        with self.path.open("rb") as lines:
            for line in lines:
                yield finding_of(orjson.loads(line))


Findings = list[Finding] | FindingFile


def finding_of(line: Mapping[str, Any]) -> Finding:
    """Inverse of Finding.to_json."""
    values = {**line, "location": Location(**line["location"])}
    return Finding(**values)


def findings_of(state: State, receipt: str, spool: Path) -> Findings:
    """All findings of a file in file order. Blocking; writes to `spool` only when they are many."""
    kept: list[Mapping[str, Any]] = []
    after = -1
    file = None
    try:
        while page := state.receipts.findings(receipt, after, PAGE):
            after = page[-1].number
            kept += [found.line for found in page]
            if len(kept) > HELD_IN_MEMORY or file is not None:
                if file is None:
                    spool.parent.mkdir(mode=0o700, exist_ok=True)
                    file = spool.open("wb")
                file.writelines(orjson.dumps(line) + b"\n" for line in kept)
                kept = []
    finally:
        if file is not None:
            file.close()
    return [finding_of(line) for line in kept] if file is None else FindingFile(spool)
