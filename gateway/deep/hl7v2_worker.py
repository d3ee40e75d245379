"""Runs hl7apy over messages from standard input (a JSON text a line) and prints what it finds as one JSON object; started by `gateway.deep.hl7v2`,
never imported by it.

Texts and values of hl7apy's findings hold data of the messages, so only places and codes leave this process; its report goes to memory only.
"""

import contextlib
import json
import logging
import os
import re
import resource
import sys
from collections.abc import Iterator
from typing import Any

from gateway.deep.hl7v2_known import KNOWN

_KINDS = (
    ("missing", re.compile(r"Missing required child (\w+)\.(\w+)")),
    ("repeated", re.compile(r"Child limit exceeded (\w+)\.(\w+)")),
    ("type", re.compile(r"Datatype \S+ is not correct for (\w+)\.(\w+)")),
    ("table", re.compile(r".*not in table HL7\w+ in element (\w+)\.(\w+)", re.DOTALL)),
    ("length", re.compile(r"Exceeded max length \(\d+\) of (\w+)\.(\w+)")),
    ("children", re.compile(r"Invalid children detected for <\w+ (\w+)")),
    ("element", re.compile(r"(?:Invalid|Unknown) element found: \W*(?:\w+\.)?\W*\w+ (\w+)")),
)
_NUMBERED = re.compile(r"([A-Z][A-Z0-9]{2})_(\d+)")
_PART = re.compile(r"[A-Z]{2,3}_(\d+)")


def main(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    logging.disable(logging.CRITICAL)
    points = [[number, *point] for number, line in enumerate(sys.stdin.buffer) for point in _points(json.loads(line))]
    json.dump({"points": points}, sys.stdout)


def _points(text: str) -> Iterator[list[Any]]:
    """[severity, tag, field, component, code, known fault] of each thing hl7apy says of one message."""
    from hl7apy.exceptions import HL7apyException  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from hl7apy.parser import parse_message  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from hl7apy.validation import Validator  # type: ignore[import-untyped,import-not-found,unused-ignore]

    report = os.memfd_create("report")
    try:
        try:
            message = parse_message(text, find_groups=True)
        except Exception as error:  # its parser raises KeyError, IndexError and others, besides its own
            yield ["error", "", 0, 0, f"unreadable ({type(error).__name__})", ""]
            return
        with contextlib.suppress(HL7apyException):
            Validator.validate(message, report_file=f"/proc/self/fd/{report}")
        with os.fdopen(os.dup(report), encoding="utf-8") as lines:
            lines.seek(0)
            yield from _read(lines.read(), text)
    finally:
        os.close(report)


def _read(report: str, text: str) -> Iterator[list[Any]]:
    for severity, said in re.findall(r"^(Error|Warning): (.*?)$", report, re.MULTILINE):
        known = next((name for name, (pattern, _) in KNOWN.items() if re.search(pattern, said)), "")
        code, tag, field, component = _place(said)
        if code == "repeated" and field and not known and not _repeats(text, tag, field):
            known = "withdrawn"  # more than none is too many
        yield [severity.lower(), tag, field, component, code, known]


def _repeats(text: str, tag: str, field: int) -> bool:
    """Whether a segment of this tag repeats the field."""
    separator, repetition = text[3:4], text[5:6]
    at = field - (tag == "MSH")  # MSH-1 is the separator itself
    rows = (line.split(separator) for line in text.split("\r") if line.startswith(tag))
    return any(len(row) > at and repetition in row[at] for row in rows)


def _place(said: str) -> tuple[str, str, int, int]:
    for code, pattern in _KINDS:
        match = pattern.match(said)
        if match is not None:
            return code, *_located(*match.groups())
    return "other", "", 0, 0


def _located(holder: str, child: str = "") -> tuple[str, int, int]:
    """Names of hl7apy -> (tag, field, component): ADT_A01.PV1, PV1.PV1_2, PID_3.CX_5. What stands deeper has no place."""
    of_segment = _NUMBERED.fullmatch(holder)
    if of_segment is not None and (part := _PART.fullmatch(child)):
        return of_segment[1], int(of_segment[2]), int(part[1])
    field = _NUMBERED.fullmatch(child or holder)
    if field is not None:
        return field[1], int(field[2]), 0
    name = child or holder
    return (name, 0, 0) if re.fullmatch(r"[A-Z][A-Z0-9]{2}", name) else ("", 0, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
