"""What the orders of a message stand below, told by the order of its segments alone: many senders give a structure the event code of another."""

from __future__ import annotations

_LETTERS = {"SPM": "S", "SAC": "C", "ORC": "O", "OBR": "O"}
_SPECIMENS = frozenset({"SPM", "SAC"})


def shape_of(tags: list[str]) -> str:
    """ "specimen" or "container" where that comes before its orders; "" where it follows them, or all that come before are those of each order."""
    if _SPECIMENS.isdisjoint(tags):
        return ""
    letters = "".join([_LETTERS.get(tag, "") for tag in tags])
    before, order, after = letters.partition("O")
    if not before or not order:
        return ""
    if before.count("S") > 1 and "S" not in after and "C" not in after:
        return ""
    alone = "S" not in before or ("OC" in letters and "CC" not in letters)
    return "container" if alone else "specimen"
