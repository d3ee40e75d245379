"""Rules of a site about the fields of its events (SNIP 7): a table, one requirement a row, no expressions.

A field is a JSON Pointer into the event; `*` in it is every entry of a list. `present` and `absent` are about the field; `one_of`, `pattern` and
`length` judge it only where it is there. A row with `when` holds only for items in which each of those fields has one of those values.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from parsers.x12.checks.problem import Problem
from schemas.codes.findings import FindingKind
from schemas.envelope import Severity

Fields = dict[str, Any]
Requirement = Literal["present", "absent", "one_of", "pattern", "length"]
PREFIX = "SITE_"
LONGEST = 1_000
"""Characters of a value that is matched against a pattern; what is longer does not match."""


class SiteRule(NamedTuple):
    """One row. `values`: the texts of `one_of`, the one pattern, or least and most characters. `text` says what is wrong, not what stands there."""

    code: str
    event: str
    field: str
    require: Requirement
    values: tuple[str, ...] = ()
    text: str = ""
    severity: Severity = "error"
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()


_Judge = Callable[[Any], bool]
"""Whether what stands at the field is as required; None is nothing there."""


def compiled(rules: tuple[SiteRule, ...]) -> dict[str, Callable[[Fields], list[Problem]]]:
    """Rules by event kind, each a function of the whole event."""
    kinds = {rule.event: [_rule(one) for one in rules if one.event == rule.event] for rule in rules}
    return {event: _all(functions) for event, functions in kinds.items()}


def _all(functions: list[Callable[[Fields], Iterator[Problem]]]) -> Callable[[Fields], list[Problem]]:
    return lambda fields: [problem for function in functions for problem in function(fields)]


def _rule(rule: SiteRule) -> Callable[[Fields], Iterator[Problem]]:
    path, good = _path(rule.field), _REQUIREMENTS[rule.require](rule.values)
    when = [(_path(field), frozenset(values)) for field, values in rule.when]
    of_line = path[:2] == ["lines", "*"]
    kind = FindingKind(rule.severity, "line" if of_line else "claim", 7, "{place}: " + rule.text.replace("{", "{{").replace("}", "}}"))

    def judge(fields: Fields) -> Iterator[Problem]:
        if not all(any(_text(value) in wanted for _, value in _found(fields, place)) for place, wanted in when):
            return
        for entries, value in _found(fields, path):
            if not good(value):
                yield Problem(rule.code, entries[0] if of_line else None, where=rule.field, kind=kind)

    return judge


def _path(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _found(value: Any, path: list[str], entries: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """(entries taken at each `*`, value) for every place the path leads to; None where the last steps are not there."""
    for at, step in enumerate(path):
        if step == "*":
            for number, entry in enumerate(value if isinstance(value, list) else ()):
                yield from _found(entry, path[at + 1 :], (*entries, number))
            return
        if isinstance(value, list):
            value = value[int(step)] if step.isdecimal() and int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None and "*" not in path[at:]:
            break
    yield entries, value


def _text(value: Any) -> str:
    """Numbers as their digits, true and false as JSON has them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _present(_values: tuple[str, ...]) -> _Judge:
    return lambda value: value is not None


def _absent(_values: tuple[str, ...]) -> _Judge:
    return lambda value: value is None


def _one_of(values: tuple[str, ...]) -> _Judge:
    wanted = frozenset(values)
    return lambda value: value is None or _text(value) in wanted


def _pattern(values: tuple[str, ...]) -> _Judge:
    matches = re.compile(values[0], re.ASCII).fullmatch
    return lambda value: value is None or (len(_text(value)) <= LONGEST and matches(_text(value)) is not None)


def _length(values: tuple[str, ...]) -> _Judge:
    least, most = map(int, values)
    return lambda value: value is None or least <= len(_text(value)) <= most


_REQUIREMENTS: dict[Requirement, Callable[[tuple[str, ...]], _Judge]] = {
    "present": _present, "absent": _absent, "one_of": _one_of, "pattern": _pattern, "length": _length,
}  # fmt: skip
