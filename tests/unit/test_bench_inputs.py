"""What the benchmark reads: every kind of generated file is valid for the reader, item by item, and the same each time."""

import io

import pytest

from bench.generate import FAMILIES, Kind, write_file
from parsers.x12.convert import Origin, Summary, convert
from schemas.envelope import Finding

SIZE = 20_000
REPORTED = {"CARC_GROUP"}
"""Payers do send a duplicate (18) under CO; an 835 without findings would be none of theirs."""


def _written(kind: Kind) -> tuple[bytes, int]:
    out = io.BytesIO()
    size, items, _, _ = write_file(out, kind, SIZE, "many")
    assert size == len(out.getvalue()) >= SIZE
    return out.getvalue(), items


@pytest.mark.parametrize("kind", [*FAMILIES, "ta1"])
def test_generated_files_are_valid(kind: Kind) -> None:
    content, items = _written(kind)
    assert content == _written(kind)[0]
    outputs = list(convert(lambda at, size: content[at : at + size], len(content), Origin(sha256="0" * 64)))
    assert {output.code for output in outputs if isinstance(output, Finding)} <= REPORTED
    summary = outputs[-1]
    assert isinstance(summary, Summary)
    assert summary.counts.published == summary.items == items > 0
