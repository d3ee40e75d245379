"""Codes of an item by their form, by the lists that are shipped, and by those the site has loaded (SNIP 5)."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from parsers.x12.checks.coded import Coded, claim_codes, payment_codes, remittance_codes, remittance_reasons, service_days, status_codes
from parsers.x12.checks.forms import FORMS, KNOWN
from parsers.x12.checks.problem import Problem
from schemas.codes.carc import CARCS

Fields = dict[str, Any]
ICD10_FROM = "2015-10-01"


class CodeList(NamedTuple):
    """A list of a site. `codes`: code -> (first day, last day), ISO, "" where the list does not say. `sha256` is that of the file it came from."""

    codes: Mapping[str, tuple[str, str]]
    sha256: str = ""


Lists = Mapping[str, CodeList]
"""By code set (`FORMS`)."""
Source = Callable[[Fields, Fields], Iterator[Coded]]
CODED: dict[str, Source] = {
    "claim.submitted": claim_codes,
    "claim.adjudicated": remittance_codes,
    "remittance.received": payment_codes,
    "claim.acknowledged": status_codes,
    "claim.status.answered": status_codes,
}
"""Where the codes of an event kind stand."""


def code_problems(event: str, fields: Fields, context: Fields, lists: Lists) -> list[Problem]:
    """Each problem once, in the order of the fields. A code that has not the form of its set is not looked up."""
    source = CODED.get(event)
    if source is None:
        return []
    problems: list[Problem] = []
    coded_fields = source(fields, context)
    for coded in chain(coded_fields, remittance_reasons(fields)) if "carc" in lists and event == "claim.adjudicated" else coded_fields:
        code = _problem(coded, lists)
        if code:
            problems.append(Problem(code, coded.line, where=coded.where))
    if event == "claim.submitted":
        problems += _code_set_dates(fields)
    return list(dict.fromkeys(problems)) if problems else problems


def _problem(coded: Coded, lists: Lists) -> str:
    """The finding code for one code; "" when it is well."""
    name, text = coded.code_set, coded.code
    if not FORMS[name][text]:
        return "CODE_FORM"
    loaded = lists.get(name)
    if loaded is not None:
        span = loaded.codes.get(text)
        if span is None:
            return "CODE_NOT_LISTED"
        first, last = span
        day = coded.day
        return "CODE_NOT_VALID" if day and ((first and day < first) or (last and day > last)) else ""
    known = KNOWN.get(name)
    if known is not None and not known[text]:
        return "CODE_UNKNOWN"
    return "CARC_UNKNOWN" if name == "carc" and text not in CARCS else ""


def _code_set_dates(fields: Fields) -> list[Problem]:
    """ICD-9 before, ICD-10 from 2015-10-01; a claim whose days are on both sides is not judged."""
    first, last = service_days(fields)
    if not first:
        return []
    wrong = 9 if first >= ICD10_FROM else 10 if last < ICD10_FROM else 0
    coded = [*fields.get("diagnoses", ()), *fields.get("procedures", ())] if wrong else []
    sets = {QUALIFIED.get(entry.get("qualifier", ""), 0) for entry in coded}
    return [Problem("CODE_SET_DATE", where="HI")] if wrong in sets and wrong else []


QUALIFIED = {
    **dict.fromkeys(("ABK", "ABF", "ABJ", "APR", "ABN", "BBR", "BBQ"), 10),
    **dict.fromkeys(("BK", "BF", "BJ", "PR", "BN", "BR", "BQ"), 9),
}
"""ICD version by the qualifier of HI."""
