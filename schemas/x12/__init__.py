"""X12 guide tables. A new guide is one more module `x<number>_<name>.py` here that defines TABLE and the constants beside it."""

import importlib
import pkgutil
import re
from functools import cache, lru_cache
from types import ModuleType

from .guide import Element, Guide, Loop, Segment, parse, to_text

__all__ = [
    "Element", "Guide", "Loop", "Segment", "control_segments", "guide", "guide_for", "guide_names", "guides", "parse", "to_text", "told_by_purpose",
]  # fmt: skip

_GUIDE_MODULE = re.compile(r"x\d+_\w+")


@cache
def _modules() -> dict[str, ModuleType]:
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if _GUIDE_MODULE.fullmatch(found.name))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.GUIDE: module for module in modules if hasattr(module, "TABLE")}


def _parsed(module: ModuleType) -> Guide:
    said = getattr(module, "PURPOSES", ()), getattr(module, "PARTIAL", False)
    return parse(module.TABLE, module.GUIDE, module.TRANSACTION, module.FUNCTIONAL_GROUP, module.VERSIONS, module.RELATED, *said)


def guide_names() -> tuple[str, ...]:
    """Names of the guides there are, without parsing a table."""
    return tuple(_modules())


@cache
def guide(name: str) -> Guide:
    """One guide by name ("837P"), parsed once; KeyError if there is none."""
    return _parsed(_modules()[name])


def guides() -> dict[str, Guide]:
    """All guides by name."""
    return {name: guide(name) for name in _modules()}


@lru_cache(maxsize=4096)
def guide_for(version: str, transaction: str = "", purpose: str = "") -> Guide | None:
    """The guide that a GS08 or ST03 string selects; a related version gives the family's guide, and is a key of its `related`.

    Of guides that share a version, the one of this ST01, and of those the one that has this BHT02 among its purposes.
    """
    named = [module for module in _modules().values() if version in module.VERSIONS or version in module.RELATED]
    same = [module for module in named if transaction == module.TRANSACTION]
    if not same and "X" in version:  # a guide's own version says what the set is, whatever ST01 says; a plain one does not
        same = named
    meant = [module for module in same if purpose in getattr(module, "PURPOSES", ())]
    found = meant or [module for module in same if not hasattr(module, "PURPOSES")] or same
    return guide(found[0].GUIDE) if found else None


@lru_cache(maxsize=4096)
def told_by_purpose(version: str, transaction: str) -> bool:
    """Whether BHT02 is needed to choose between the guides of a version and a transaction set (the 278 and its answer)."""
    named = [module for module in _modules().values() if version in module.VERSIONS or version in module.RELATED]
    return len([module for module in named if transaction == module.TRANSACTION]) > 1


@cache
def control_segments() -> Guide:
    """The control segments ISA to IEA and TA1, as a guide."""
    return _parsed(importlib.import_module(f"{__name__}.envelope"))
