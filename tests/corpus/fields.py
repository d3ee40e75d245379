"""Whether every field of an event stands in the raw bytes, asked of what `explain` says."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from parsers.traces import Trace
from parsers.x12.explain import explain
from parsers.x12.program import program_of_hash
from tests.conftest import reader_of

MADE = re.compile(r"/claims/\w+|/balanced|/imbalances/\d+/\w+|/unmapped/\d+/(ordinal|tag|loop)")
"""Fields that stand nowhere in the bytes: sums and differences made here, and places of unmapped segments."""


def traces_of(content: bytes, event: dict[str, Any]) -> dict[str, Trace]:
    """Traces by field of an event as `convert` prints it."""
    data = event["data"]
    kind = event["type"].removeprefix("clearplane.").removesuffix(".v1")
    return {trace.field: trace for trace in explain(program_of_hash(data["provenance"]["map"]), reader_of(content), len(content), kind, data)}


def check_fields(content: bytes, event: dict[str, Any]) -> None:
    """Every field has its trace, with its value, and the text of the trace is at its place."""
    traces = traces_of(content, event)
    values = {name: value for name, value in leaves(event["data"]) if not name.startswith("/provenance/")}
    assert {name for name in values if not MADE.fullmatch(name)} == set(traces)
    assert [name for name, trace in traces.items() if values[name] != trace.value] == []
    assert [name for name, trace in traces.items() if not _shown(content, trace)] == []


def leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """(JSON Pointer, value) of everything that is no object and no list."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{pointer}/{index}")
    else:
        yield pointer, value


def _shown(content: bytes, trace: Trace) -> bool:
    """The text is at its place, in a segment of that tag, and the value says what the text says."""
    raw = content[trace.start : trace.end]
    if trace.tag in ("BIN", "BDS") and trace.text == f"{trace.start}+{len(raw)}":  # binary data is told by where it is
        return trace.value in (trace.start, len(raw)) and trace.segment_start < trace.start
    at_place = trace.text in (raw.decode("latin-1"), raw.decode("utf-8", "replace"))
    in_segment = content.startswith(trace.tag.encode(), trace.segment_start) and trace.segment_start < trace.start
    return at_place and in_segment and _says(trace.field, str(trace.value), trace.text)


def _says(field: str, value: str, text: str) -> bool:
    if value.upper() == text.upper() or field.endswith(("/kind", "/use", "/reversal", "/outcome")):
        return True
    digits = re.sub(r"[^0-9]", "", value)
    if digits and digits in (re.sub(r"[^0-9]", "", text), "20" + text, "19" + text):
        return True
    if re.fullmatch(r"\d{8}-\d{8}", text):
        return digits in (text[:8], text[9:])
    try:
        return Decimal(value) == Decimal(text)
    except InvalidOperation:
        return False
