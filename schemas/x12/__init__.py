"""X12 guide tables. A new guide is one more module `x<number>_<name>.py` here that defines TABLE and the constants beside it."""

import importlib
import pkgutil
import re
from functools import cache
from types import ModuleType

from .guide import Element, Guide, Loop, Segment, parse, to_text

__all__ = ["Element", "Guide", "Loop", "Segment", "control_segments", "guide", "guide_for", "guide_names", "guides", "parse", "to_text"]

_GUIDE_MODULE = re.compile(r"x\d+_\w+")


@cache
def _modules() -> dict[str, ModuleType]:
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if _GUIDE_MODULE.fullmatch(found.name))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.GUIDE: module for module in modules if hasattr(module, "TABLE")}


def _parsed(module: ModuleType) -> Guide:
    return parse(module.TABLE, module.GUIDE, module.TRANSACTION, module.FUNCTIONAL_GROUP, module.VERSIONS, module.RELATED)


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


@cache
def guide_for(version: str) -> Guide | None:
    """The guide a GS08 or ST03 string selects; a related version gives the family's guide, and is a key of its `related`."""
    for name, module in _modules().items():
        if version in module.VERSIONS or version in module.RELATED:
            return guide(name)
    return None


@cache
def control_segments() -> Guide:
    """The control segments ISA to IEA and TA1, as a guide."""
    return _parsed(importlib.import_module(f"{__name__}.envelope"))
