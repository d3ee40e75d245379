"""What the compiled engine asks about the checks. It calls a message clean by these answers alone, so that there is one set of tables and rules."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from parsers.hl7v2.checks import Codes, check, codes_meant
from parsers.hl7v2.checks.fields import VALUE_FORMS
from parsers.hl7v2.checks.merges import LINKS
from parsers.hl7v2.checks.plans import HEADER, plans_of
from parsers.hl7v2.message import read
from parsers.hl7v2.message_type import message_type
from schemas.hl7v2.tables import Field, codes_of
from schemas.hl7v2.versions import version_of
from schemas.maps.v2.types import CWE

Ask = Callable[[str, list[str]], bytes]
_LONGEST_CODE: Final = 8
"""Bytes of a code that the engine looks up; a longer one is judged here."""


def asker(codes: Codes) -> Ask:
    """Answers in JSON to a question and its parts, under the code maps of a site."""
    answers: dict[str, Callable[..., Any]] = {
        "common": _common,
        "version": lambda named: version_of(named.partition("^")[0])[0],
        "frame": _frame_clean,
        "rules": lambda tag, version: [_rule(rule, codes_meant(codes, tag, number)) for number, rule in enumerate(plans_of(version)[tag].rules, 1)],
    }

    def ask(what: str, parts: list[str]) -> bytes:
        return orjson.dumps(answers[what](*parts))

    return ask


def _common() -> dict[str, Any]:
    return {"types": sorted(codes_of("0125") or ()), "forms": VALUE_FORMS, "coded": [row.name for row in CWE]}


def _rule(rule: Field, meant: Mapping[str, str]) -> dict[str, Any]:
    return {
        "header": rule is HEADER,
        "required": rule.required,
        "repeats": rule.repeats,
        "components": rule.components,
        "form": rule.form,
        "inner": rule.inner,
        "codes": _codes(rule, meant),
        "length": rule.length,
    }


def _codes(rule: Field, meant: Mapping[str, str]) -> list[str] | None:
    """Those of the table, and those of the site that mean one of it."""
    held = codes_of(rule.table) if rule.table and not rule.form else None
    if held is None:
        return None
    return sorted(held.union(code for code, other in meant.items() if other in held and 0 < len(code.encode()) <= _LONGEST_CODE))


def _frame_clean(kind: str, named: str, version: str, recorded: str, tags: str) -> bool:
    """Whether header and structure have no problem: those of MSH-9, MSH-12, the site's version, EVN-1 and these tags, one behind the other."""
    header = f"MSH|^~\\&|||||20260304||{kind}|1|P|{named}"
    lines = [f"EVN|{recorded}" if tag == "EVN" else tag for tag in (tags[at : at + 3] for at in range(3, len(tags), 3))]
    message = read("\r".join([header, *lines, ""]).encode())
    if message_type(message)[1] in LINKS:
        return False  # that hangs on the identifiers of its patients
    return not message.findings and all(problem.code == "V2_FIELD_MISSING" for problem in check(message, version))


__all__ = ["Ask", "asker"]
