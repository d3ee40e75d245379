"""Checks of what others acknowledge (277CA, 999, 997): do its codes agree with one another (domain 2.6, 2.8)."""

from typing import Any

from parsers.x12.checks.problem import Problem
from parsers.x12.converters import REJECTING_CATEGORIES

_NONE: list[dict[str, Any]] = []
_TAKING_CATEGORIES = frozenset({"A0", "A1", "A2", "A5"})


def claim_acknowledgement(fields: dict[str, Any]) -> list[Problem]:
    """STC03 against the categories, and categories that a 277CA does not use, at the claim and its lines."""
    problems = _statuses(fields.get("statuses", _NONE), None)
    for index, line in enumerate(fields.get("lines", _NONE)):
        problems += _statuses(line.get("statuses", _NONE), index)
    return problems


def _statuses(statuses: list[dict[str, Any]], line: int | None) -> list[Problem]:
    problems: list[Problem] = []
    for status in statuses:
        categories = {code["category"] for code in status.get("codes", _NONE) if "category" in code}
        if any(category[:1] not in ("A", "E") for category in categories):
            problems.append(Problem("STATUS_CATEGORY", line))
        rejecting = bool(categories & REJECTING_CATEGORIES)
        action = status.get("action")
        if (action == "WQ" and rejecting) or (action == "U" and bool(categories) and categories <= _TAKING_CATEGORIES):
            problems.append(Problem("STATUS_DISAGREES", line))
    return list(dict.fromkeys(problems))


def group_acknowledgement(fields: dict[str, Any]) -> list[Problem]:
    """The group's code against those of its sets: accepted means none rejected, rejected means none accepted unless for an error of the group."""
    outcome, outcomes = fields.get("outcome"), [entry.get("outcome") for entry in fields.get("sets", _NONE)]
    result = fields.get("result", {})
    rejected = "rejected" in outcomes
    taken = any(found is not None and found != "rejected" for found in outcomes)
    if (outcome in ("accepted", "accepted_with_errors") and rejected) or (outcome == "rejected" and taken and "errors" not in result):
        return [Problem("ACK_GROUP_DISAGREES")]
    accepted, received = result.get("accepted"), result.get("received")
    if accepted is not None and received is not None and accepted > received:
        return [Problem("ACK_GROUP_DISAGREES")]
    return []


CHECKS = (claim_acknowledgement, group_acknowledgement)
