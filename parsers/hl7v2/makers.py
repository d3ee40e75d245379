"""Functions of map rows that read several fields of a segment together, found by name: `MAKERS` of each module listed here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

Maker = Callable[..., dict[str, Any]]
"""(message, segment, convert) -> keys and values; `convert(name, text)` is a converter, which raises ValueError. A maker never raises."""

_MODULES = ("parsers.hl7v2.observations",)
MAKERS: dict[str, Maker] = {
    name: function for module in _MODULES if find_spec(module) for name, function in getattr(import_module(module), "MAKERS", {}).items()
}
