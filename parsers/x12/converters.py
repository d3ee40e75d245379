"""Named converters of the map tables: X12 element text to event value. Each raises ValueError for text it cannot convert.

Amounts are decimal text with at least two decimals, quantities minimal decimal text, dates ISO 8601 with the precision of the source.
"""

import re
from collections.abc import Callable
from typing import Any

from parsers.values import Memo, integer, money, quantity

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d)(?:([0-5]\d)(\d{1,2})?)?\Z", re.ASCII)


def text(value: str) -> str:
    return value


@Memo
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


@Memo
def time(value: str) -> str:
    """HHMM, HHMMSS or HHMMSSD(D) to ISO time of day."""
    match = _TIME.match(value)
    if match is None:
        raise ValueError("not a time")
    hour, minute, second, fraction = match.groups()
    return f"{hour}:{minute}" + (f":{second}" if second else "") + (f".{fraction}" if fraction else "")


@Memo
def formatted_date(qualifier: str, value: str) -> str:
    """One date by its format qualifier: D8 a day, DT a day and time, TM a time, D6 a short day."""
    if qualifier == "DT":
        return f"{date(value[:8])}T{time(value[8:])}"
    if qualifier == "TM":
        return str(time(value))
    if qualifier in ("D8", "D6", ""):
        return str(date(value))
    raise ValueError("not a date")


@Memo
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


@Memo
def cents(value: str) -> str:
    """An amount with two implied decimals (type N2): `16500` is `165.00`."""
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("not a whole number")
    digits = digits.rjust(3, "0")
    return str(money(f"{'-' if value[0] == '-' else ''}{digits[:-2]}.{digits[-2:]}"))


_DISPOSITIONS = {"A": "accepted", "E": "accepted_with_errors", "P": "partially_accepted"}


def disposition(code: str) -> str:
    """Acknowledgement code of a set, a group or an interchange (IK501, AK501, AK901, TA104); what is neither A, E nor P took nothing."""
    return _DISPOSITIONS.get(code, "rejected")


REJECTING_CATEGORIES = frozenset({"A3", "A6", "A7", "A8"})
UNKNOWING_CATEGORIES = frozenset({"A4", "E0", "E1", "E2", "E3", "E4"})


@Memo
def acknowledgement_outcome(action: str, third: str, second: str, first: str) -> str:
    """Status of a 277CA by STC03 and the categories of its composites: the category wins, and not found or a system error is no answer."""
    categories = {first, second, third}
    if categories & REJECTING_CATEGORIES:
        return "rejected"
    if categories & UNKNOWING_CATEGORIES:
        return "unknown"
    return {"U": "rejected", "WQ": "accepted"}.get(action, "unknown")


_EXTENT = re.compile(r"([0-9]+)[+@_=!]([0-9]+)")


def extent(value: str) -> dict[str, int]:
    """Where binary data is, as the engine hands it over: `120+64` is 64 bytes from offset 120."""
    found = _EXTENT.fullmatch(value)
    if found is None:
        raise ValueError("not an extent")
    return {"offset": int(found[1]), "length": int(found[2])}


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
    "cents": cents,
    "disposition": disposition,
    "acknowledgement_outcome": acknowledgement_outcome,
    "extent": extent,
}
"""By the name a map row gives."""


_LUHN_PAIRS = {f"{number:02d}": sum(divmod(number // 10 * 2, 10)) + number % 10 for number in range(100)}
"""What two digits of an NPI add to its Luhn sum, the first of them doubled."""


@Memo
def npi_valid(value: str) -> bool:
    """NPI: 10 digits, first 1 or 2, Luhn over 80840 + NPI (constant 24)."""
    if len(value) != 10 or value[0] not in "12":
        return False
    try:
        return (24 + sum([_LUHN_PAIRS[value[at : at + 2]] for at in range(0, 10, 2)])) % 10 == 0
    except KeyError:
        return False
