"""Checks of reviews of health care services (278): what decides, what rejects, and what category a service may have (domain 2.5, SNIP 4)."""

from collections.abc import Iterator
from typing import Any

from parsers.x12.checks.problem import Problem

_CERTIFIED = ("A1", "A2", "A6")
_PARTIES = ("reviewer", "requester", "subscriber", "patient")


def authorization_outcome(fields: dict[str, Any]) -> list[Problem]:
    """An answer about a patient event decides or rejects it, not both, and what it certifies has a number.

    A decision A3 (not certified) beside a rejection says the same twice and is taken as it stands. Levels above an event have no decision.
    """
    services = fields.get("services", ())
    problems: list[Problem] = []
    if "request_category" in fields and not _rejected(fields) and "decision" not in fields:
        problems.append(Problem("AUTHORIZATION_UNDECIDED"))
    if any("decision" in one and "rejections" in one and one["decision"].get("action") != "A3" for one in (fields, *services)):
        problems.append(Problem("AUTHORIZATION_DECIDED_AND_REJECTED"))
    number = fields.get("decision", {}).get("review_number")
    if not number and any(_unnumbered(one) for one in (fields, *services)):
        problems.append(Problem("AUTHORIZATION_NUMBER_MISSING"))
    return problems


def referral_level(fields: dict[str, Any]) -> list[Problem]:
    """A service is specialty care (UM01 SC) only when its patient event is."""
    referred = any(service.get("request_category") == "SC" for service in fields.get("services", ()))
    if referred and fields.get("request_category") not in ("SC", None):
        return [Problem("AUTHORIZATION_REFERRAL_LEVEL")]
    return []


def answer_as_inquiry(fields: dict[str, Any]) -> list[Problem]:
    """An inquiry asks: what decides in it was meant as an answer, which BHT02 does not say."""
    decided = any("decision" in part or "rejections" in part for part in (fields, *fields.get("services", ())))
    return [Problem("AUTHORIZATION_ANSWER_AS_INQUIRY")] if decided else []


def _unnumbered(part: dict[str, Any]) -> bool:
    decision = part.get("decision", {})
    return decision.get("action") in _CERTIFIED and "review_number" not in decision


def _rejected(fields: dict[str, Any]) -> bool:
    return any("rejections" in part for part in _parts(fields))


def _parts(fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event and everybody and everything in it that can be rejected."""
    yield fields
    for name in _PARTIES:
        yield fields.get(name, {})
    for name in ("providers", "transport_locations", "services"):
        yield from fields.get(name, ())
    for service in fields.get("services", ()):
        yield from service.get("providers", ())


CHECKS = (authorization_outcome, referral_level, answer_as_inquiry)
