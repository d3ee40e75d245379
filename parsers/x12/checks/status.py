"""Checks of claim status answers (277): the category of a status fits the level it stands at, SNIP 4."""

from collections.abc import Iterable
from typing import Any

from parsers.x12.checks.problem import Problem

_OF_CLAIM = frozenset("DEFPRX")
"""First letters: data search, error, final, pending, request for information, no response. A (acknowledged) is for the 277CA."""
_NOT_FOUND = "A4"
"""The one acknowledgement category that says something of a claim: it is not in the system."""
_OF_LEVEL = frozenset("ADE")
"""A receiver or a provider gets a status only when everything beneath has failed."""


def status_of_claim(fields: dict[str, Any]) -> list[Problem]:
    """Categories of the claim and of its lines."""
    problems = [] if _fit(fields, _OF_CLAIM) else [Problem("STATUS_CATEGORY", where="STC01-1")]
    lines = enumerate(fields.get("lines", ()))
    return problems + [Problem("STATUS_CATEGORY", line=index, where="STC01-1") for index, line in lines if not _fit(line, _OF_CLAIM)]


def status_of_level(fields: dict[str, Any]) -> list[Problem]:
    """Categories of a status that a receiver or a provider gets for all beneath."""
    return [] if _fit(fields, _OF_LEVEL) else [Problem("STATUS_CATEGORY", where="STC01-1")]


def _fit(holder: dict[str, Any], allowed: Iterable[str]) -> bool:
    categories = [code.get("category", "") for status in holder.get("statuses", ()) for code in status.get("codes", ())]
    return all(category[:1] in allowed or category == _NOT_FOUND for category in categories if category)


CHECKS = (status_of_claim, status_of_level)
