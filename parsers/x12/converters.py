"""Named converters of the map tables: X12 element text to event value. Each raises ValueError for text it cannot convert.

Amounts are decimal text with at least two decimals, quantities minimal decimal text, dates ISO 8601 with the precision of the source.
"""

import re
from collections.abc import Callable
from typing import Any

_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)\Z", re.ASCII)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d)(?:([0-5]\d)(\d{1,2})?)?\Z", re.ASCII)
_MEMO_LIMIT = 1 << 14


def memo(function: Callable[[str], str]) -> Callable[[str], str]:
    """Bounded memo of a pure text function: amounts and dates repeat, and a dictionary is the cheapest lookup there is."""
    seen: dict[str, str] = {}

    def remembered(value: str) -> str:
        result = seen.get(value)
        if result is None:
            if len(seen) >= _MEMO_LIMIT:
                seen.clear()
            result = seen[value] = function(value)
        return result

    return remembered


def text(value: str) -> str:
    return value


def _decimal(value: str) -> tuple[str, str, str]:
    """(sign, whole digits, decimals without trailing zeros) of an X12 R or N0 element; exponent forms are not accepted."""
    if not _NUMBER.match(value):
        raise ValueError("not a number")
    sign, digits = ("-", value[1:]) if value[0] == "-" else ("", value)
    whole, _, decimals = digits.partition(".")
    whole, decimals = whole.lstrip("0") or "0", decimals.rstrip("0")
    return ("" if whole == "0" and not decimals else sign), whole, decimals


@memo
def money(value: str) -> str:
    """`.5` is `0.50`, `1500` is `1500.00`, `12.3450` is `12.345`."""
    sign, whole, decimals = _decimal(value)
    return f"{sign}{whole}.{decimals.ljust(2, '0')}"


@memo
def quantity(value: str) -> str:
    """`1.0` is `1`, `.25` is `0.25`."""
    sign, whole, decimals = _decimal(value)
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def integer(value: str) -> int:
    """Counting numbers such as LX01."""
    if not (value.isascii() and value.isdigit()):
        raise ValueError("not a whole number")
    return int(value)


@memo
def date(value: str) -> str:
    """CCYYMMDD to ISO; also YYMMDD (ISA09, years 1970 to 2069)."""
    if len(value) == 6:
        value = ("19" if value >= "70" else "20") + value
    if len(value) != 8 or not (value.isascii() and value.isdigit()):
        raise ValueError("not a date")
    year, month, day = int(value[:4]), int(value[4:6]), int(value[6:])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not (year and 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]) or (month == 2 and day == 29 and not leap):
        raise ValueError("not a date")
    return f"{value[:4]}-{value[4:6]}-{value[6:]}"


@memo
def time(value: str) -> str:
    """HHMM, HHMMSS or HHMMSSD(D) to ISO time of day."""
    match = _TIME.match(value)
    if match is None:
        raise ValueError("not a time")
    hour, minute, second, fraction = match.groups()
    return f"{hour}:{minute}" + (f":{second}" if second else "") + (f".{fraction}" if fraction else "")


def formatted_date(qualifier: str, value: str) -> str:
    """One date by its format qualifier: D8 a day, DT a day and time, TM a time, D6 a short day."""
    if qualifier == "DT":
        return f"{date(value[:8])}T{time(value[8:])}"
    if qualifier == "TM":
        return time(value)
    if qualifier in ("D8", "D6", ""):
        return date(value)
    raise ValueError("not a date")


def period(qualifier: str, value: str) -> dict[str, str]:
    """`{start}` of a D8 or DT, `{start, end}` of an RD8."""
    if qualifier == "RD8":
        start, dash, end = value.partition("-")
        if not dash or end < start:
            raise ValueError("not a period")
        return {"start": date(start), "end": date(end)}
    return {"start": formatted_date(qualifier, value)}


def upper(value: str) -> str:
    return value.upper()


def is_reversal(status: str) -> bool:
    """CLP02 22 takes back an earlier payment."""
    return status == "22"


CONVERTERS: dict[str, Callable[..., Any]] = {
    "text": text,
    "money": money,
    "quantity": quantity,
    "integer": integer,
    "date": date,
    "time": time,
    "formatted_date": formatted_date,
    "period": period,
    "upper": upper,
    "is_reversal": is_reversal,
}
"""By the name a map row gives."""


def npi_valid(value: str) -> bool:
    """NPI: 10 digits, first 1 or 2, Luhn over 80840 + NPI (constant 24)."""
    if len(value) != 10 or value[0] not in "12" or not (value.isascii() and value.isdigit()):
        return False
    total = 24
    for index, digit in enumerate(reversed(value[:9])):
        doubled = int(digit) * (2 if index % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return (total + int(value[9])) % 10 == 0
