"""Checks of eligibility requests and answers (270, 271): rules between segments, SNIP 4."""

from collections.abc import Iterator
from typing import Any

from parsers.x12.checks.problem import Problem

_PARTIES = ("payer", "provider", "subscriber", "patient")


def request_trace(fields: dict[str, Any]) -> list[Problem]:
    """A request has a trace number at its patient: without one its answer is found by BHT03 and member alone."""
    return [] if "traces" in fields else [Problem("TRACE_MISSING")]


def rejections(fields: dict[str, Any]) -> list[Problem]:
    """AAA01 Y with a reject reason is no answer either, whatever the Y seems to say."""
    odd = any(one.get("valid") == "Y" and "reason" in one for one in _rejections(fields))
    return [Problem("REJECTION_OF_VALID_REQUEST")] if odd else []


def _rejections(fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """AAA of every level that the item holds."""
    for holder in (fields, *(fields.get(name, {}) for name in _PARTIES), *fields.get("benefits", ())):
        yield from holder.get("rejections", ())


CHECKS = (request_trace, rejections)
