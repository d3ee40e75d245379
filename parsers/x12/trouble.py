"""What a segment reader says besides the values it reads, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Issue = tuple[str, int, int] | tuple[str, int, int, int]
"""(code, element, component) and, of an element that repeats, which repetition, counted from 1."""
Trouble = tuple[list[Issue] | None, dict[str, str] | None]
Reader = Callable[[list[str], dict[str, Any]], Trouble | None]
Wrap = Callable[..., Any]
"""(value, element, component, repetition counted from 0): wraps a value with its place, which is how the same reader traces provenance."""


class Style(NamedTuple):
    """How readers are made: component and repetition separators ("" none), without required and not-used checks (`partial`), tracing (`wrap`)."""

    component: str
    repetition: str = ""
    partial: bool = False
    wrap: Wrap | None = None


CONVERT_ISSUE = {
    "cents": "ELEMENT_NUMBER", "money": "ELEMENT_NUMBER", "quantity": "ELEMENT_NUMBER", "integer": "ELEMENT_NUMBER", "date": "ELEMENT_DATE",
    "time": "ELEMENT_TIME", "formatted_date": "ELEMENT_DATE", "period": "ELEMENT_DATE",
}  # fmt: skip
"""Converter -> the finding when it fails; for others the form is wrong."""
_MEMO_LIMIT = 1 << 12


def add(issues: list[Issue] | None, issue: Issue) -> list[Issue]:
    return [issue] if issues is None else [*issues, issue]


def keep(left: dict[str, str] | None, reference: str, value: str) -> dict[str, str]:
    return {reference: value} if left is None else {**left, reference: value}


def remember(seen: dict[str, Any], value: str, result: Any) -> None:
    """Only what had no trouble is remembered, so that trouble is found at each place it stands."""
    if len(seen) >= _MEMO_LIMIT:
        seen.clear()
    seen[value] = result


def reference(element: int, component: int = 0) -> str:
    """`03` for an element, `05-2` for a component."""
    return f"{element:02d}-{component}" if component else f"{element:02d}"
