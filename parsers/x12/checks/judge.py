"""What is looked at once an item is complete, beyond the checks its map names: rules between segments, codes, and the site's own.

These are no part of the program of a map: they change findings, and never an event.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from parsers.x12.checks.clear import CLEAR
from parsers.x12.checks.codes import Lists, code_problems
from parsers.x12.checks.problem import Problem
from parsers.x12.checks.rules import SiteRule, compiled
from parsers.x12.checks.situations import RULES

Fields = dict[str, Any]
Judge = Callable[[dict[str, Any], Fields, dict[str, Fields]], list[Problem]]
"""(emit of the map, fields of the item, context objects by name) -> problems. Changes nothing and never raises."""


class Extra(NamedTuple):
    """What a site adds: its rules, and the code lists it has loaded, by code set. Equal ones need not be one object."""

    rules: tuple[SiteRule, ...] = ()
    lists: Lists | None = None


NO_EXTRA = Extra()


def judge_for(extra: Extra = NO_EXTRA) -> Judge:
    """The judge of a site; the rules are compiled once for each set of them."""
    lists: Lists = extra.lists or {}
    own = _compiled(extra.rules)

    def judge(emit: dict[str, Any], fields: Fields, context: dict[str, Fields]) -> list[Problem]:
        event = emit["event"]
        problems: list[Problem] = []
        if lists or event not in CLEAR or not CLEAR[event](fields, context):
            for rule in RULES.get(event, ()):
                problems += rule(fields, context)
            problems += code_problems(event, fields, context, lists)
        if event in own:
            problems += own[event](_whole(emit, fields, context))
        return problems

    return judge


@lru_cache(maxsize=64)
def _compiled(rules: tuple[SiteRule, ...]) -> dict[str, Callable[[Fields], list[Problem]]]:
    return compiled(rules)


def _whole(emit: dict[str, Any], fields: Fields, context: dict[str, Fields]) -> Fields:
    """The item as its event shows it: its own fields and the context objects, one standing in for another where the map says so."""
    whole = {slot: context[slot] for slot in emit["context"] if context.get(slot)} | fields
    for slot, other in emit["alias"]:
        if slot not in whole and other in whole:
            whole[slot] = whole[other]
    return whole
