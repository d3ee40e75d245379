"""`[[rules]]` of a site file: what its events must look like beyond the guides (SNIP 7), one requirement a row.

A row has a pointer into an event kind and one of `present`, `absent`, `one_of`, `pattern`, `length`. `when` limits it to items in which each of
the fields named there has one of the values given.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from gateway.toml_faults import nearest
from gateway.toml_file import Strict
from parsers.x12.checks.rules import PREFIX, Requirement, SiteRule
from schemas.envelope import Severity
from schemas.events import event_kinds

MOST_RULES = 500
_OF_SETS = frozenset({"remittance.received"})
Strictness = Literal["report", "ignore", "reject", "reject_set"]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/([^~/]|~[01])+)+$", max_length=200)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
_REQUIREMENTS: tuple[Requirement, ...] = ("present", "absent", "one_of", "pattern", "length")


class Rule(Strict):
    """One row. `text` says what is wrong, and holds no value of the data. `length` is least and most characters."""

    code: Annotated[str, StringConstraints(pattern=rf"^{PREFIX}[A-Z0-9_]{{1,40}}$")]
    event: str
    field: Pointer
    text: Text
    present: Literal[True] | None = None
    absent: Literal[True] | None = None
    one_of: tuple[Text, ...] = Field(default=(), max_length=10_000)
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    length: tuple[int, int] | None = None
    when: dict[Pointer, tuple[Text, ...]] = Field(default_factory=dict, max_length=10)
    severity: Severity = "error"
    strictness: Strictness = "report"

    @field_validator("event")
    @classmethod
    def _known_event(cls, value: str) -> str:
        if value not in event_kinds():
            raise ValueError(f"no event kind {value!r}{nearest(value, event_kinds())}")
        return value

    @field_validator("pattern")
    @classmethod
    def _good_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return value

    @field_validator("field", "when")
    @classmethod
    def _known_fields(cls, value: Any, info: ValidationInfo) -> Any:
        event = info.data.get("event")
        for pointer in (value,) if isinstance(value, str) else value:
            if event is not None and not leads_somewhere(event_kinds()[event], pointer.split("/")[1:]):
                raise ValueError(f"{event} has no field {pointer}")
        return value

    @model_validator(mode="after")
    def _one_requirement(self) -> "Rule":
        if sum(bool(getattr(self, name)) for name in _REQUIREMENTS) != 1:
            raise ValueError(f"needs exactly one of {', '.join(_REQUIREMENTS)}")
        if self.length is not None and not 0 <= self.length[0] <= self.length[1]:
            raise ValueError("length is the least and the most characters")
        return self

    def plain(self) -> SiteRule:
        """The row as the parsers take it."""
        require = next(name for name in _REQUIREMENTS if getattr(self, name))
        values: dict[str, tuple[Any, ...]] = {"one_of": self.one_of, "pattern": (self.pattern,), "length": self.length or ()}
        texts = tuple(map(str, values.get(require, ())))
        return SiteRule(self.code, self.event, self.field, require, texts, self.text, self.severity, tuple(sorted(self.when.items())))


def leads_somewhere(kind: Any, path: list[str]) -> bool:
    """Whether a pointer can lead to a field of this model: names in objects, any key in tables, a number or `*` in lists."""
    return any(True for _ in leaves(kind, path))


def leaves(kind: Any, path: list[str]) -> Iterator[Any]:
    """The types of what such a pointer can lead to."""
    if get_origin(kind) in (Union, UnionType, Annotated):
        for one in get_args(kind):
            yield from leaves(one, path)
    elif not path:
        yield kind
    elif get_origin(kind) is list and (path[0] == "*" or path[0].isdecimal()):
        yield from leaves(get_args(kind)[0], path[1:])
    elif get_origin(kind) is dict:
        yield from leaves(get_args(kind)[1], path[1:])
    elif isinstance(kind, type) and issubclass(kind, BaseModel) and path[0] in kind.model_fields:
        yield from leaves(kind.model_fields[path[0]].annotation, path[1:])


Rules = Annotated[tuple[Rule, ...], Field(max_length=MOST_RULES)]


def plain(rules: Iterable[Rule]) -> tuple[SiteRule, ...]:
    return tuple(rule.plain() for rule in rules)


def rule_of(row: Sequence[Any]) -> SiteRule:
    """A row that went through JSON, which knows no tuples."""
    code, event, field, require, values, text, severity, when = row
    return SiteRule(code, event, field, require, tuple(values), text, severity, tuple((pointer, tuple(wanted)) for pointer, wanted in when))


def strictness_of(rules: Iterable[Rule]) -> dict[str, str]:
    """Policy by code. Rows that share a code share the strictest word; what is about a whole set can reject no less."""
    order = ("ignore", "report", "reject", "reject_set")
    found: dict[str, str] = {}
    for rule in rules:
        said = "reject_set" if rule.strictness == "reject" and rule.event in _OF_SETS else rule.strictness
        found[rule.code] = max(found.get(rule.code, "ignore"), said, key=order.index)
    return found
