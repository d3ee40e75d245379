"""Map tables of HL7 v2: which field of which segment feeds which field of which event. A new one is a new module here that defines MAP."""

import pkgutil
from functools import cache
from importlib import import_module

from schemas.maps.v2.mapping import Map


@cache
def maps() -> dict[str, Map]:
    """Every map table by its name, found by listing this package."""
    found: dict[str, Map] = {}
    for module in pkgutil.iter_modules(__path__):
        table = getattr(import_module(f"{__name__}.{module.name}"), "MAP", None)
        if isinstance(table, Map):
            found[table.name] = table
    return found
