"""The form of a text by its data type (chapter 2A): dates and times with the precision the sender has, times of day, numbers, set ids.

Blanks behind a value are no part of it. The null value ("") stands for any form.
"""

import re
from collections.abc import Callable
from typing import Final

_ZONE: Final = r"(?:[+-](?:0\d|1[0-4])[0-5]\d)?"
_CLOCK: Final = r"(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d(?:\.\d{1,4})?)?)?"
_DAY: Final = r"(?:(?:0[13578]|1[02])(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)(?:0[1-9]|[12]\d|30)|02(?:0[1-9]|1\d|2[0-8]))"
_LEAP_DAY: Final = re.compile(r"(\d{4})0229")

PATTERNS: Final = {
    "date": rf"(?!0000)\d{{4}}(?:{_DAY}(?:{_CLOCK})?|0[1-9]|1[0-2])?{_ZONE}",
    "clock": _CLOCK + _ZONE,
    "number": r"[+-]?(?:\d+\.?\d*|\.\d+)",
    "sequence": r"\d+",
}
"""Regular expressions of the forms; the one of dates knows no 29 February, which `has_form` does."""

_MATCH: Final[dict[str, Callable[[str], object]]] = {form: re.compile(pattern, re.ASCII).fullmatch for form, pattern in PATTERNS.items()}


def has_form(form: str, text: str) -> bool:
    """Whether a text that is not empty has the form ("" is any)."""
    text = text.rstrip(" ")
    if not form or text in ('""', "") or _MATCH[form](text):
        return True
    leap = _LEAP_DAY.match(text) if form == "date" else None
    return leap is not None and _is_leap(int(leap[1])) and bool(_MATCH[form](f"{leap[1]}0228{text[8:]}"))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
