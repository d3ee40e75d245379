"""What the ledger is asked about a file's control numbers, and what is said of its answer."""

from collections.abc import Mapping
from typing import Any

from gateway.pipeline import formats
from gateway.pipeline.plan import AGAIN, REUSED, encode_finding, key_finding
from gateway.pipeline.worker import Survey
from gateway.sites import Feed, Site
from gateway.state import InterchangeKey
from gateway.state.ledger import KeyOf, Verdict
from schemas.envelope import Finding


def keys_of(site: Site, feed: Feed, survey: Survey) -> tuple[tuple[KeyOf, ...], frozenset[InterchangeKey]]:
    """Keys to look up, and those whose reuse holds the file: by the feed's rule, without one those of production interchanges of X12."""
    rule = feed.duplicate_control_number
    if rule == "ignore":
        return (), frozenset()
    keys: dict[KeyOf, None] = {}
    held: set[InterchangeKey] = set()
    for found in survey.keys:
        if found.key[-1]:
            key = InterchangeKey(*found.key)
            keys[KeyOf(key, found.content)] = None
            production = survey.kind == formats.X12 and (site.usage or ("production" if found.usage == "P" else "test")) == "production"
            if rule == "quarantine" or (rule is None and production):
                held.add(key)
    return tuple(keys), frozenset(held)


def reused_code(survey: Survey) -> str:
    return REUSED[survey.kind]


def known(survey: Survey, verdict: Verdict) -> list[Finding]:
    """Findings about control numbers that only the ledger knows."""
    lines = []
    for found in survey.keys:
        key = KeyOf(InterchangeKey(*found.key), found.content)
        if found.key[-1] and key in verdict.reused:
            lines.append(key_finding(reused_code(survey), found))
        elif found.key[-1] and key in verdict.again:
            lines.append(key_finding(AGAIN, found))
    return lines


def notes_of(policy: Mapping[str, str], survey: Survey, verdict: Verdict) -> list[Any]:
    """The same, on their way to the receipt of a file that goes on."""
    if not (verdict.reused or verdict.again):
        return []
    return [encode_finding(line) for line in known(survey, verdict) if policy.get(line.code) != "ignore"]
