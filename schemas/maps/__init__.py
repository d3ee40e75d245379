"""Map tables: which element feeds which field of which event. A new one is a new module here that defines MAP."""

import pkgutil
from functools import cache
from importlib import import_module

from schemas.maps.mapping import Map


@cache
def maps() -> dict[str, Map]:
    """Every map table by the name of its guide, found by listing this package."""
    found: dict[str, Map] = {}
    for module in pkgutil.iter_modules(__path__):
        table = getattr(import_module(f"{__name__}.{module.name}"), "MAP", None)
        if isinstance(table, Map):
            found[table.guide] = table
    return found
