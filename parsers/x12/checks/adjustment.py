"""Rules of adjustment reason codes in a remittance (835): known, group, place, whole charge, remark (domain 5.1, 5.2, 5.3)."""

from collections.abc import Callable
from typing import Any

from parsers.x12.checks.problem import Problem
from schemas.codes.carc import ALERTS, CARCS, Carc

_GROUP, _WC_GROUP, _ELSEWHERE, _LINE_ONLY, _WHOLE, _REMARK = 1, 2, 4, 8, 16, 32
_GROUPS = ("CO", "OA", "PI", "PR", "CR")
_NONE: list[dict[str, Any]] = []


def _duties(group: str, entry: Carc) -> int:
    """What must be looked at when this code stands under this group, as bits; 0 for most. CR is no group of the 835 at all."""
    duties = 0
    if group == "CR" or (entry.groups and group not in entry.groups):
        duties = _WC_GROUP if group in entry.wc_groups else _GROUP
    if entry.place:
        duties |= _LINE_ONLY if entry.place == "line" else _ELSEWHERE
    if entry.code == "45":
        duties |= _WHOLE
    return duties | (_REMARK if entry.needs_remark else 0)


DUTIES = {group: {code: _duties(group, entry) for code, entry in CARCS.items()} for group in (*_GROUPS, "")}
"""By group and code, so that a plain code costs two lookups; "" for a group that the guide does not know."""


def adjustment_codes(fields: dict[str, Any]) -> list[Problem]:
    """Each rule is reported once a level and code, however often the code stands there."""
    problems: list[Problem] = []
    adjustments = fields.get("adjustments")
    if adjustments:
        _check(problems, adjustments, fields.get("total_charge"), fields, None)
    for index, line in enumerate(fields.get("lines", _NONE)):
        adjustments = line.get("adjustments")
        if adjustments:
            _check(problems, adjustments, line.get("charge"), fields, index)
    return list(dict.fromkeys(problems)) if problems else problems


def _check(problems: list[Problem], adjustments: list[dict[str, Any]], charge: str | None, fields: dict[str, Any], line: int | None) -> None:
    """The adjustments of one level; most codes have no rule, and most that have one are a 45 that is less than the charge."""
    for adjustment in adjustments:
        try:
            duties: int | None = DUTIES[adjustment["group"]][adjustment["reason"]]
        except KeyError:
            duties = DUTIES[""].get(adjustment.get("reason", ""))
        if duties == 0 or (duties == _WHOLE and adjustment.get("amount") != charge):
            continue
        _report(problems, adjustment, duties, fields, line)


def _report(problems: list[Problem], adjustment: dict[str, Any], duties: int | None, fields: dict[str, Any], line: int | None) -> None:
    if duties is None:
        if "reason" in adjustment:
            problems.append(Problem("CARC_UNKNOWN", line))
        return
    for bit, code, broken in _RULES:
        if duties & bit and broken(adjustment, fields, line):
            problems.append(Problem(code, line))


def _always(_adjustment: dict[str, Any], _fields: dict[str, Any], _line: int | None) -> bool:
    return True


def _not_workers_compensation(_adjustment: dict[str, Any], fields: dict[str, Any], _line: int | None) -> bool:
    return fields.get("filing_indicator") != "WC"


def _at_claim(_adjustment: dict[str, Any], _fields: dict[str, Any], line: int | None) -> bool:
    return line is None


def _whole_charge(adjustment: dict[str, Any], fields: dict[str, Any], line: int | None) -> bool:
    """Amounts are canonical text, so equal amounts are equal texts; a line without charge has nothing that could be whole."""
    charge = fields.get("total_charge") if line is None else fields["lines"][line].get("charge")
    return charge != "0.00" and charge is not None and adjustment.get("amount") == charge


def _no_remark(_adjustment: dict[str, Any], fields: dict[str, Any], line: int | None) -> bool:
    """No remark that is not an alert, at the line or at the claim. A pharmacy reject code (LQ*RX) is as good as a remark code."""
    if line is not None and any(remark.get("code", "") not in ALERTS for remark in fields["lines"][line].get("remark_codes", _NONE)):
        return False
    adjudications = (fields.get("inpatient_adjudication", {}), fields.get("outpatient_adjudication", {}))
    return all(code in ALERTS for held in adjudications for code in held.get("remark_codes", _NONE))


_Broken = Callable[[dict[str, Any], dict[str, Any], int | None], bool]
_RULES: tuple[tuple[int, str, _Broken], ...] = (
    (_GROUP, "CARC_GROUP", _always),
    (_WC_GROUP, "CARC_GROUP", _not_workers_compensation),
    (_ELSEWHERE, "CARC_PLACE", _always),
    (_LINE_ONLY, "CARC_PLACE", _at_claim),
    (_WHOLE, "CARC_WHOLE_CHARGE", _whole_charge),
    (_REMARK, "CARC_NEEDS_REMARK", _no_remark),
)

CHECKS = (adjustment_codes,)
