"""The compiled extension, where it is installed. Nothing needs it: what it does is done without it too, with the same results."""

from importlib import import_module
from typing import Any

ENGINE: Any
try:
    ENGINE = import_module("clearplane_engine")
except ImportError:
    ENGINE = None


def available() -> bool:
    return ENGINE is not None


def version() -> str:
    """Of the extension; empty without."""
    return str(ENGINE.VERSION) if ENGINE is not None else ""
