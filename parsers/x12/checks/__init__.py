"""Checks that look at a finished item: balances and rules between segments (domain: balancing rules, SNIP 3 to 5).

A map table names the checks of its events; a module here lists those it has as `CHECKS`. `judge` holds what applies whatever the map.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from parsers.x12.checks.problem import Problem
from parsers.x12.checks.remittance import payment_balance

__all__ = ["CHECKS", "Check", "Problem", "payment_balance"]

Check = Callable[[dict[str, Any]], list[Problem]]
_MODULES = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
CHECKS: dict[str, Check] = {check.__name__: check for module in _MODULES for check in getattr(module, "CHECKS", ())}
"""By the name a map row gives. Each reads the fields of one event, changes nothing and never raises."""
