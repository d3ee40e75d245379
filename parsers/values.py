"""Values as events hold them, whatever the format they come from: amounts, quantities, whole numbers; and the memo that makes them cheap."""

import re
from collections.abc import Callable
from typing import Any

_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)\Z", re.ASCII)
_MEMO_LIMIT = 1 << 14
_LONGEST_REMEMBERED = 256
_LONGEST_INTEGER = 18


class Memo(dict[Any, Any]):
    """A pure text function as the dictionary of what it gave, bounded: `memo[value]` is the cheapest call there is, and short values repeat.

    A function of several texts is looked up by all of them: `memo[qualifier, value]`. What it raises is not remembered.
    Results are shared between lookups, so nobody may change them.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self._function = function
        self.__doc__ = function.__doc__

    def __missing__(self, key: Any) -> Any:
        result = self._function(*key) if isinstance(key, tuple) else self._function(key)
        if key.__class__ is str and len(key) > _LONGEST_REMEMBERED:
            return result
        if len(self) >= _MEMO_LIMIT:
            self.clear()
        self[key] = result
        return result

    def __call__(self, *values: str) -> Any:
        return self[values if len(values) > 1 else values[0]]


def _decimal(value: str) -> tuple[str, str, str]:
    """(sign, whole digits, decimals without trailing zeros) of a number; exponent forms are not accepted."""
    if not _NUMBER.match(value):
        raise ValueError("not a number")
    sign, digits = ("-", value[1:]) if value[0] == "-" else ("", value)
    whole, _, decimals = digits.partition(".")
    whole, decimals = whole.lstrip("0") or "0", decimals.rstrip("0")
    return ("" if whole == "0" and not decimals else sign), whole, decimals


@Memo
def money(value: str) -> str:
    """`.5` is `0.50`, `1500` is `1500.00`, `12.3450` is `12.345`."""
    whole, point, decimals = value.partition(".")
    if whole.isdigit() and whole[0] != "0" and value.isascii():  # the two forms nearly all amounts have
        if not point:
            return f"{whole}.00"
        if len(decimals) == 2 and decimals.isdigit():
            return value
    sign, whole, decimals = _decimal(value)
    return f"{sign}{whole}.{decimals.ljust(2, '0')}"


@Memo
def quantity(value: str) -> str:
    """`1.0` is `1`, `.25` is `0.25`."""
    sign, whole, decimals = _decimal(value)
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


@Memo
def integer(value: str) -> int:
    """Counting numbers such as LX01, as far as JSON readers keep them exact (18 digits)."""
    if not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_INTEGER):
        raise ValueError("not a whole number")
    return int(value)
