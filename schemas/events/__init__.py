"""Event models: the published contract. A new kind is a class in a module here that `KINDS` of that module names."""

import pkgutil
from functools import cache
from importlib import import_module

from schemas.events.common import Event, Fact


@cache
def event_kinds() -> dict[str, type[Fact]]:
    """Every event model by the name of its kind, e.g. "claim.submitted", found by listing this package."""
    found: dict[str, type[Fact]] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        found.update(getattr(import_module(f"{__name__}.{module}"), "KINDS", {}))
    return found


def kinds_of(base: type[Fact]) -> dict[str, type[Fact]]:
    """The event models of one format, by the base they share."""
    return {name: model for name, model in event_kinds().items() if issubclass(model, base)}


__all__ = ["Event", "Fact", "event_kinds", "kinds_of"]
