"""Checks of an enrolment (834): days in an order that can be."""

from typing import Any

from parsers.x12.checks.problem import Problem

_NONE: list[dict[str, Any]] = []


def enrollment_dates(fields: dict[str, Any]) -> list[Problem]:
    """Eligibility and each coverage end no earlier than they begin."""
    places = [("DTP*356, DTP*357", fields.get("eligibility_start_date"), fields.get("eligibility_end_date"))]
    places += [("DTP*348, DTP*349", held.get("coverage_start_date"), held.get("coverage_end_date")) for held in fields.get("coverages", _NONE)]
    late = [where for where, start, end in places if start is not None and end is not None and end < start]
    return [Problem("ENROLLMENT_DATES", where=where) for where in dict.fromkeys(late)]


CHECKS = (enrollment_dates,)
