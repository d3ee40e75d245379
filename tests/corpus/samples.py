"""The sample messages: the manifest, and what `clearplane convert` says of each file, run once."""

import csv
import io
import os
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import orjson

from gateway.cli.main import main


class Sample(NamedTuple):
    """One file of the corpus with its line of the manifest."""

    name: str
    folder: str
    version: str
    notes: tuple[str, ...]

    def content(self) -> bytes:
        return (root() / self.name).read_bytes()


class Run(NamedTuple):
    """What `clearplane convert` did: exit code, events, findings, and the summary line."""

    code: int
    events: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    summary: dict[str, int]


def root() -> Path:
    return Path(os.environ.get("CLEARPLANE_CORPORA", "."))


@cache
def rows() -> list[dict[str, str]]:
    with (root() / "MANIFEST.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def samples(kind: str = "x12") -> tuple[Sample, ...]:
    """Every input of a format: x12, hl7v2."""
    found = [row for row in rows() if row["format"] == kind]
    return tuple(Sample(row["file"], row["transaction"], row["version"], tuple(row["notes"].split("; "))) for row in found)


@cache
def convert(sample: Sample) -> Run:
    """`clearplane convert FILE --findings PATH`, in this process; an exception comes through."""
    with TemporaryDirectory() as folder:
        findings = Path(folder) / "findings.jsonl"
        out, previous = io.TextIOWrapper(io.BytesIO()), sys.stdout
        sys.stdout = out
        try:
            code = main(["convert", str(root() / sample.name), "--findings", str(findings)])
        finally:
            sys.stdout = previous
        return run_of(code, out.detach().getvalue(), findings.read_bytes())


def run_of(code: int, printed: bytes, findings: bytes) -> Run:
    lines = [orjson.loads(line) for line in findings.splitlines()]
    return Run(code, [orjson.loads(line) for line in printed.splitlines()], lines[:-1], lines[-1]["summary"])
