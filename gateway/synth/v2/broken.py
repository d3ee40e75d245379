"""Writes the same two messages, a registration and its charges, in every dialect, and a line of truth for each file."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from gateway.synth.broken import NUMBER
from gateway.synth.catalog import RIVERSIDE
from gateway.synth.encounters import claim
from gateway.synth.v2.charges import charges
from gateway.synth.v2.dialects import Dialect, Segments, dialects
from gateway.synth.v2.files import Sent, told
from gateway.synth.v2.model import visit_of
from gateway.synth.v2.visits import registered

FEED = "dialects"
TRUTH = "dialects.jsonl"
_BILLED = 60


def write_dialects(seed: int, out: Path) -> tuple[int, int]:
    """How many files there are, and their bytes."""
    rng = Random(f"dialects {seed}")  # noqa: S311 - repeatable on purpose
    one = claim(rng, seed, NUMBER + 4, RIVERSIDE, "837P", "paid", _BILLED)
    visit = visit_of(one)
    messages = registered(visit), next(charges(visit))
    (out / RIVERSIDE.id / FEED).mkdir(parents=True)
    files = size = 0
    with (out / TRUTH).open("w", encoding="ascii") as truth:
        for dialect in dialects(visit.patient, visit.authority):
            files += 1
            sent = [Sent(one, message, f"D{files:03d}-{at}") for at, message in enumerate(messages, 1)]
            name = f"{RIVERSIDE.id}/{FEED}/{dialect.name}.hl7"
            content, records = _spoken(dialect, name, sent)
            (out / name).write_bytes(content)
            size += len(content)
            truth.write(json.dumps(_told(dialect, name, records), separators=(",", ":")) + "\n")
    return files, size


def _spoken(dialect: Dialect, name: str, sent: list[Sent]) -> tuple[bytes, list[dict[str, Any]]]:
    """The file, and the truth of each message in it."""
    content, records = dialect.opening, []
    for one in sent:
        content += dialect.edge[0]
        segments = dialect.change(one.segments)
        starts = list(_starts(dialect, segments, len(content)))
        records.append(_changed(dialect, segments, told(name, one, starts)))
        content += b"".join(_bytes(dialect, text) for text in segments) + dialect.edge[1]
    return content[: len(content) - dialect.cut], records


def _bytes(dialect: Dialect, text: str) -> bytes:
    return (text + dialect.end).encode(dialect.encoding)


def _starts(dialect: Dialect, segments: Segments, at: int) -> Iterator[int]:
    """No dialect moves a segment that an event begins at."""
    for text in segments:
        yield at
        at += len(_bytes(dialect, text))


def _changed(dialect: Dialect, segments: Segments, record: dict[str, Any]) -> dict[str, Any]:
    if dialect.patient is not None:
        record["patient"] = dialect.patient
    if record["control_id"] not in segments[0]:
        record["control_id"] = ""
    return record


def _told(dialect: Dialect, name: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "file": name, "dialect": dialect.name, "says": dialect.says, "findings": sorted(dialect.findings), "profile": dialect.profile,
        "left": sorted(dialect.left), "messages": records,
    }  # fmt: skip
