"""Composites inside one element, and those that say by their first component what they are (HI)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parsers.x12.converters import CONVERTERS
from parsers.x12.trouble import CONVERT_ISSUE, Issue, Trouble, Wrap, add, keep, reference, remember


def part_getter(separator: str) -> Callable[[str, int], str]:
    def part(value: str, number: int) -> str:
        parts = value.split(separator)
        return parts[number - 1] if number <= len(parts) else ""

    return part


Run = Callable[[list[str], dict[str, Any], list[Issue] | None, dict[str, str] | None], Trouble]


def choice(row: dict[str, Any], separator: str, wrap: Wrap | None) -> Run:
    """Composites that say by their first component what they are (HI) to entries of the list or object of that kind."""
    first, end = row["first"], row["first"] + row["count"]
    choices = {
        code: (c["name"], [([int(p) for p in paths], field, CONVERTERS[convert], convert) for paths, field, convert in c["fields"]],
               dict(c["constants"]), c["many"], {int(p) for paths, _, _ in c["fields"] for p in paths} | {1})
        for code, c in row["choices"].items()
    }  # fmt: skip

    seen: dict[str, tuple[str, bool, dict[str, Any]]] = {}

    def read(value: str, number: int) -> tuple[str, bool, dict[str, Any], list[Issue] | None, dict[str, str] | None] | None:
        """(name, many, entry, issues, unmapped) of one composite; None when its code has no row."""
        issues: list[Issue] | None = None
        left: dict[str, str] | None = None
        parts = value.split(separator)
        size = len(parts)
        chosen = choices.get(parts[0])
        if chosen is None:
            return None
        name, fields, constants, many, used = chosen
        entry: dict[str, Any] = constants.copy()
        for wanted, field, convert, kind in fields:
            at = wanted[-1]
            if size < at or not parts[at - 1]:
                continue
            try:
                result = parts[at - 1] if kind == "text" else convert(*[parts[p - 1] if p <= size else "" for p in wanted])
                entry[field] = result if wrap is None else wrap(result, number, at)
            except ValueError:
                issues = add(issues, (CONVERT_ISSUE.get(kind, "ELEMENT_PATTERN"), number, at))
                left = keep(left, reference(number, at), parts[at - 1])
        for index, piece in enumerate(parts, 1):
            if piece and index not in used:
                left = keep(left, reference(number, index), piece)
        if issues is None and left is None and wrap is None:
            remember(seen, value, (name, many, entry))
        return name, many, entry, issues, left

    def run(e: list[str], d: dict[str, Any], issues: list[Issue] | None, left: dict[str, str] | None) -> Trouble:
        for number, value in enumerate(e[first:end], first):
            if not value:
                continue
            known = seen.get(value)
            if known is not None:
                name, many, entry = known
            else:
                found = read(value, number)
                if found is None or (not found[1] and found[0] in d):
                    left = keep(left, reference(number), value)
                    continue
                name, many, entry, new_issues, new_left = found
                issues = issues if new_issues is None else [*(issues or ()), *new_issues]
                left = left if new_left is None else {**(left or {}), **new_left}
            if many:
                if name in d:
                    d[name].append(entry)
                else:
                    d[name] = [entry]
            elif name in d:
                left = keep(left, reference(number), value)
            else:
                d[name] = entry
        return issues, left

    return run
