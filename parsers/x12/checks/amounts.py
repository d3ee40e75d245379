"""Exact arithmetic on decimal text: hundredths as int, as a fraction only where an amount has more decimals. No float, no rounding."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from parsers.x12.checks.problem import Problem

Hundredths = int | Fraction
_MEMO_LIMIT = 1 << 14
_LONGEST = 40
"""Characters of an amount that is still calculated with. The guides allow 18; longer ones are a finding of their own."""


class _Hundredths(dict[str, Hundredths]):
    """Hundredths by amount text, remembered up to a bound: amounts repeat, and a lookup is the cheapest conversion there is.

    KeyError for text that is no amount, so that an absent and an unreadable amount look alike to a check.
    """

    def __missing__(self, text: str) -> Hundredths:
        if len(text) > _LONGEST:
            raise KeyError
        try:
            value: Hundredths = int(text[:-3] + text[-2:]) if text[-3:-2] == "." else _fraction(text)
        except ValueError:
            raise KeyError from None
        if len(self) >= _MEMO_LIMIT:
            self.clear()
        self[text] = value
        return value


def _fraction(text: str) -> Hundredths:
    value = Fraction(text) * 100
    return value.numerator if value.denominator == 1 else value


HUNDREDTHS = _Hundredths()


def hundredths(amount: str) -> Hundredths:
    """The value of an amount of any length."""
    return HUNDREDTHS[amount] if len(amount) <= _LONGEST else _fraction(amount)


def decimal_text(value: Hundredths) -> str:
    """Back to decimal text: at least two decimals, and no trailing zeros beyond them."""
    number, digits = Fraction(value), 2
    while number.denominator != 1:
        number, digits = number * 10, digits + 1
    whole, decimals = divmod(abs(number.numerator), 10**digits)
    return f"{'-' if value < 0 else ''}{whole}.{decimals:0{digits}d}"


def imbalance(code: str, level: str, difference: Hundredths, line: int | None = None) -> Problem:
    return Problem(code, line, level, decimal_text(difference))


def adjusted(adjustments: Iterable[dict[str, Any]]) -> Hundredths:
    """Sum of CAS amounts, signed as sent. KeyError when one cannot be read."""
    total: Hundredths = 0
    for adjustment in adjustments:
        total += HUNDREDTHS[adjustment["amount"]]
    return total
