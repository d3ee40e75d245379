"""What is told of a received file or message: its outcome, and what was found in it."""

from collections.abc import Sequence
from typing import Any

from gateway.state import ItemFinding, Receipt

OUTCOMES = ("published", "no_event_kind", "refused", "dead")
WORST = {"info": ("info", "warning", "error"), "warning": ("warning", "error"), "error": ("error",)}
"""A severity -> it and what is heavier."""


def summary(found: Receipt) -> dict[str, Any]:
    """All but the findings."""
    said = {name: value for name, value in found._asdict().items() if name not in ("counts", "blob", "blob_offset")}
    said["counts"] = {name: found.counts.get(name, 0) for name in ("items", *OUTCOMES)}
    said["suppressed_findings"] = found.counts.get("suppressed", 0)
    return said


def items(findings: Sequence[ItemFinding]) -> list[dict[str, Any]]:
    """The items that these findings are about, with the worst outcome they tell; those without a finding were published."""
    rank = {"published": 0, "refused": 1, "dead": 2}
    said: dict[str, dict[str, Any]] = {}
    for finding in findings:
        name = finding.line.get("item")
        if name is None:
            continue
        item = said.setdefault(name, {"item": name, "outcome": "published", "findings": []})
        item["findings"].append(finding.number)
        outcome = finding.line.get("outcome", "")
        if rank.get(outcome, 0) > rank[item["outcome"]]:
            item["outcome"] = outcome
    return list(said.values())


def outcome(found: Receipt) -> str:
    """In a few words: the status of what is not done, else what became of its items."""
    counts = [f"{number} {name.replace('_', ' ')}" for name in OUTCOMES if (number := found.counts.get(name, 0))]
    return ", ".join([found.status] * (found.status != "done" or not counts) + counts)


__all__ = ["WORST", "items", "outcome", "summary"]
