"""Checks of a submitted claim (837): charge balance, balance of prior payers, rules between segments (domain 3.1, SNIP 3 and 4).

A sum with an amount that is absent or unreadable is not judged: that amount has a finding of its own.
"""

from collections import Counter
from contextlib import suppress
from typing import Any

from parsers.x12.checks.amounts import HUNDREDTHS, Hundredths, adjusted, imbalance
from parsers.x12.checks.problem import Problem

_ACCIDENTS = ("AA", "OA")
"""CLM11 codes that say accident by themselves; EM (employment) may be an illness."""


def charge_balance(fields: dict[str, Any]) -> list[Problem]:
    """CLM02 is the sum of the line charges, when there are lines."""
    lines = fields.get("lines")
    if not lines:
        return []
    try:
        difference = -HUNDREDTHS[fields["total_charge"]]
        for line in lines:
            difference += HUNDREDTHS[line["charge"]]
    except KeyError:
        return []
    return [imbalance("CHARGE_BALANCE", "lines_to_claim", difference)] if difference else []


def frequency_reference(fields: dict[str, Any]) -> list[Problem]:
    """Frequency 7 (replacement) and 8 (void) name the claim they are for."""
    if fields.get("frequency") in ("7", "8") and "payer_claim_number" not in fields:
        return [Problem("FREQUENCY_WITHOUT_REFERENCE")]
    return []


def accident_date(fields: dict[str, Any]) -> list[Problem]:
    """An accident in CLM11 has its date in DTP*439."""
    causes = fields.get("accident_causes")
    if causes and "accident_date" not in fields and any(cause in _ACCIDENTS for cause in causes):
        return [Problem("ACCIDENT_DATE_MISSING")]
    return []


def cob_balance(fields: dict[str, Any]) -> list[Problem]:
    """What each prior payer paid and adjusted explains the charge: at every line it adjudicated, and over the claim."""
    problems: list[Problem] = []
    claim: _Sums = {}
    for index, line in enumerate(fields.get("lines", ())):
        if "adjudications" in line:
            sums = _line_sums(line["adjudications"])
            _line_balance(problems, index, line, sums)
            for payer, said in sums.items():
                claim[payer] = _plus(claim.get(payer, (0, 0)), said)
    payers = fields.get("other_payers")
    if payers:
        ids = [payer.get("payer", {}).get("id", "") for payer in payers]
        named = Counter(ids)
        for payer, number in zip(payers, ids, strict=True):
            if named[number] == 1:  # lines cannot be told apart between two payers of one id
                _claim_balance(problems, fields, payer, claim.get(number, (0, 0)), number in claim)
    return problems


_Said = tuple[Hundredths, Hundredths] | None
"""What a payer says over lines: (paid by SVD02, adjusted by the CAS of 2430); None when an amount cannot be read."""
_Sums = dict[str, _Said]
"""By payer id: SVD01, which refers to NM109 of 2330B."""


def _plus(first: _Said, second: _Said) -> _Said:
    return None if first is None or second is None else (first[0] + second[0], first[1] + second[1])


def _line_sums(adjudications: list[dict[str, Any]]) -> _Sums:
    """Sums of one line. A payer that split the line stands there more than once."""
    sums: _Sums = {}
    for adjudication in adjudications:
        said: _Said
        try:
            said = HUNDREDTHS[adjudication["paid_amount"]], adjusted(adjudication.get("adjustments", ()))
        except KeyError:
            said = None
        payer = adjudication.get("payer_id", "")
        sums[payer] = _plus(sums[payer], said) if payer in sums else said
    return sums


def _line_balance(problems: list[Problem], index: int, line: dict[str, Any], sums: _Sums) -> None:
    with suppress(KeyError):
        charge = HUNDREDTHS[line["charge"]]
        for said in sums.values():
            if said is not None and said[0] + said[1] != charge:
                problems.append(imbalance("COB_LINE_BALANCE", "cob_line", said[0] + said[1] - charge, index))


def _claim_balance(problems: list[Problem], fields: dict[str, Any], payer: dict[str, Any], said: _Said, has_lines: bool) -> None:
    """AMT*D with all adjustments is CLM02; line payments less claim adjustments are AMT*D. An AMT*D alone explains nothing and is no balance."""
    adjustments = payer.get("adjustments", ())
    if said is None or not (has_lines or adjustments):
        return
    with suppress(KeyError):
        paid, total, at_claim = HUNDREDTHS[payer["paid_amount"]], HUNDREDTHS[fields["total_charge"]], adjusted(adjustments)
        if paid + at_claim + said[1] != total:
            problems.append(imbalance("COB_CLAIM_BALANCE", "cob_claim", paid + at_claim + said[1] - total))
        if has_lines and said[0] - at_claim != paid:
            problems.append(imbalance("COB_CLAIM_BALANCE", "cob_claim", said[0] - at_claim - paid))


CHECKS = (charge_balance, cob_balance, frequency_reference, accident_date)
