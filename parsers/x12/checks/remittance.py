"""Balance checks of a remittance (835), domain 14.4: B1 line, B2 claim, B3 lines to claim, B4 payment, B5 patient responsibility.

A sum with an amount that is absent or unreadable is not judged: that amount has a finding of its own.
AMT, QTY, MIA, MOA, TS2 and TS3 are never part of a balance (B6).
"""

from typing import Any

from parsers.x12.checks.amounts import HUNDREDTHS, Hundredths, imbalance
from parsers.x12.checks.problem import Problem

_NONE: list[dict[str, Any]] = []


def remittance_balance(fields: dict[str, Any]) -> list[Problem]:
    """B1, B2, B3 and B5 of one claim. A reversal has all signs turned and the same formulas, but its CLP05 is not judged."""
    return [] if _balanced(fields) else _imbalances(fields)


def _balanced(fields: dict[str, Any]) -> bool:
    """One pass for the claims that are well, which are nearly all; False says look closely.

    The line payments need no sum of their own: where every line balances and the charges agree, they agree exactly when the claim balances.
    """
    amounts = HUNDREDTHS
    try:
        charge, paid = amounts[fields["total_charge"]], amounts[fields["paid_amount"]]
        zero: Hundredths = 0
        at_claim = patient = at_lines = charges = zero
        for adjustment in fields.get("adjustments", _NONE):
            amount = amounts[adjustment["amount"]]
            at_claim += amount
            if adjustment["group"] == "PR":
                patient += amount
        for line in fields.get("lines", _NONE):
            line_charge, line_paid, total = amounts[line["charge"]], amounts[line["paid_amount"]], zero
            for adjustment in line.get("adjustments", _NONE):
                amount = amounts[adjustment["amount"]]
                total += amount
                if adjustment["group"] == "PR":
                    patient += amount
            if line_charge - total != line_paid:
                return False
            charges += line_charge
            at_lines += total
        if "lines" in fields and charges != charge:
            return False
        return charge - at_claim - at_lines == paid and amounts[fields.get("patient_responsibility", "0.00")] == patient
    except KeyError:
        return False


def _imbalances(fields: dict[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    at_claim, patient = _adjusted(fields)
    charges, payments, at_lines = _lines(fields.get("lines", _NONE), problems)
    charge, paid = _amount(fields, "total_charge"), _amount(fields, "paid_amount")
    if "lines" in fields:
        if charges is not None and charge is not None and charges != charge:
            problems.append(imbalance("REMIT_LINES_TO_CLAIM", "lines_to_claim", charges - charge))
        if payments is not None and paid is not None and at_claim is not None and payments - at_claim != paid:
            problems.append(imbalance("REMIT_LINES_TO_CLAIM", "lines_to_claim", payments - at_claim - paid))
    if at_claim is None or at_lines is None:
        return problems
    if charge is not None and paid is not None and charge - at_claim - at_lines[0] != paid:
        problems.append(imbalance("REMIT_CLAIM_BALANCE", "claim", charge - at_claim - at_lines[0] - paid))
    stated = _amount(fields, "patient_responsibility") if "patient_responsibility" in fields else 0
    if stated is not None and patient + at_lines[1] != stated and fields.get("status") != "22":
        problems.append(Problem("PATIENT_RESPONSIBILITY"))
    return problems


def _amount(fields: dict[str, Any], name: str) -> Hundredths | None:
    try:
        return HUNDREDTHS[fields[name]]
    except KeyError:
        return None


def _adjusted(holder: dict[str, Any]) -> tuple[Hundredths | None, Hundredths]:
    """(all CAS amounts, those of group PR) of a claim or line; None for the first when one cannot be read."""
    total: Hundredths = 0
    patient: Hundredths = 0
    try:
        for adjustment in holder.get("adjustments", _NONE):
            amount = HUNDREDTHS[adjustment["amount"]]
            total += amount
            if adjustment.get("group") == "PR":
                patient += amount
    except KeyError:
        return None, 0
    return total, patient


def _lines(lines: list[dict[str, Any]], problems: list[Problem]) -> tuple[Hundredths | None, Hundredths | None, tuple[Hundredths, Hundredths] | None]:
    """Sums of charges, payments and (all, PR) adjustments, each None when a part cannot be read; B1 of every line goes into `problems`."""
    charges: Hundredths | None = 0
    payments: Hundredths | None = 0
    adjustments: tuple[Hundredths, Hundredths] | None = (0, 0)
    for index, line in enumerate(lines):
        charge, paid = _amount(line, "charge"), _amount(line, "paid_amount")
        total, patient = _adjusted(line)
        charges = None if charges is None or charge is None else charges + charge
        payments = None if payments is None or paid is None else payments + paid
        adjustments = None if adjustments is None or total is None else (adjustments[0] + total, adjustments[1] + patient)
        if charge is not None and paid is not None and total is not None and charge - total != paid:
            problems.append(imbalance("REMIT_LINE_BALANCE", "line", charge - total - paid, index))
    return charges, payments, adjustments


def payment_balance(payment: dict[str, Any], paid_total: str) -> list[Problem]:
    """B4: claim payments less provider adjustments (PLB) are BPR02, which is never negative. `paid_total` is the sum of all CLP04."""
    try:
        amount = HUNDREDTHS[payment["amount"]]
    except KeyError:
        return []
    problems = [Problem("REMIT_PAYMENT_NEGATIVE")] if amount < 0 else []
    try:
        expected = HUNDREDTHS[paid_total]
        for adjustment in payment.get("provider_adjustments", _NONE):
            expected -= HUNDREDTHS[adjustment["amount"]]
    except KeyError:
        return problems
    if expected != amount:
        problems.append(imbalance("REMIT_PAYMENT_BALANCE", "payment", expected - amount))
    return problems


def remittance_payment_balance(fields: dict[str, Any]) -> list[Problem]:
    """B4 of the event of the whole set, which holds the payment and the sums of its claims."""
    return payment_balance(fields.get("payment", {}), fields.get("claims", {}).get("paid_amount", "0"))


CHECKS = (remittance_balance, remittance_payment_balance)
