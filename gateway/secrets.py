"""Secrets by reference: a configuration names where a secret is, never the secret."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

SecretRef = Annotated[str, Field(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$")]
"""`env:NAME` is an environment variable, `file:PATH` the first line of a file."""


class SecretError(Exception):
    """The secret is not where the configuration says; the text names the place, never a value."""


def resolve(reference: str) -> str:
    """The secret itself. Raises SecretError."""
    kind, _, place = reference.partition(":")
    if kind == "env":
        if (value := os.environ.get(place)) is None:
            raise SecretError(f"the environment variable {place} is not set")
        return value
    try:
        return Path(place).read_text("utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise SecretError(f"the secret file {place} cannot be read: {reason}") from None


def resolve_optional(reference: str | None) -> str | None:
    return None if reference is None else resolve(reference)
