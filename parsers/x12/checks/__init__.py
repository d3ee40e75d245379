"""Checks that look at a finished item: balances and rules between segments (domain: balancing rules, SNIP 3 to 5).

A map table names the checks of its events; `payment_balance` is the check of a whole remittance, once the sums of its claims are known.
"""

from collections.abc import Callable
from typing import Any

from parsers.x12.checks.adjustment import adjustment_codes
from parsers.x12.checks.claim import accident_date, charge_balance, cob_balance, frequency_reference
from parsers.x12.checks.problem import Problem
from parsers.x12.checks.remittance import payment_balance, remittance_balance

__all__ = ["CHECKS", "Check", "Problem", "payment_balance"]

Check = Callable[[dict[str, Any]], list[Problem]]
CHECKS: dict[str, Check] = {
    check.__name__: check for check in (charge_balance, cob_balance, frequency_reference, accident_date, remittance_balance, adjustment_codes)
}
"""By the name a map row gives. Each reads the fields of one event, changes nothing and never raises."""
