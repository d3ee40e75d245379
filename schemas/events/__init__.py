"""Event models: the published contract. A new kind is a class in a module here that `KINDS` of that module names."""

import pkgutil
from functools import cache
from importlib import import_module

from schemas.events.common import Event


@cache
def event_kinds() -> dict[str, type[Event]]:
    """Every event model by the name of its kind, e.g. "claim.submitted", found by listing this package."""
    found: dict[str, type[Event]] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        found.update(getattr(import_module(f"{__name__}.{module}"), "KINDS", {}))
    return found


__all__ = ["Event", "event_kinds"]
