"""Separators and encoding characters of a message, read from its MSH as it is (HL7 v2 chapter 2, MSH-1 and MSH-2)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Delimiters(NamedTuple):
    """One character each, "" for one that MSH-2 leaves out. `truncation` is the fifth of MSH-2, known since version 2.7."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""


USUAL = Delimiters()
_DOUBLED = re.compile(r"(.)\1")
_NAMED = 4
_LONGEST = 5
_MOST_LOOKED_AT = 32


def delimiters_of(separator: str, characters: str) -> tuple[Delimiters, tuple[str, ...]]:
    """The delimiters that MSH-1 and MSH-2 name, and the finding codes they give."""
    return _delimiters_of(separator, characters[:_MOST_LOOKED_AT])


@lru_cache(maxsize=256)
def _delimiters_of(separator: str, characters: str) -> tuple[Delimiters, tuple[str, ...]]:
    """An empty MSH-2 means the usual ones. A character named twice counts where it stands first, so that a text is never split in two ways at once;
    twice in a row where that makes MSH-2 too long, it was doubled on its way (`^~\\\\&`) and counts once.
    """
    if not characters:
        return USUAL._replace(field=separator), ("V2_ENCODING_CHARACTERS",)
    codes: list[str] = []
    if len(characters) < _NAMED:
        codes.append("V2_ENCODING_CHARACTERS")
    if len(characters) > _NAMED and (doubled := _DOUBLED.sub(r"\1", characters)) != characters:
        characters = doubled
        codes.append("V2_DELIMITERS")
    taken = [separator]
    for character in characters[:_LONGEST]:
        taken.append("" if character in taken or character.isspace() else character)
    if "V2_DELIMITERS" not in codes and ("" in taken or len(characters) > _LONGEST or any(mark.isalnum() for mark in taken)):
        codes.append("V2_DELIMITERS")
    return Delimiters(*taken, *[""] * (_LONGEST + 1 - len(taken))), tuple(codes)
