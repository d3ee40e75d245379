"""Named converters of the HL7 v2 map tables: unescaped text to event value. Each raises ValueError for text it cannot convert.

A DTM keeps the precision it has: a year, a month or a day alone stays one; an hour or finer is an instant and gets the offset it
names, else that of the zone it is read in. An hour alone is written with minutes 00, which ISO 8601 profiles ask for.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache, partial
from typing import Any

from parsers.values import Memo, integer, money, quantity

_DTM = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?(?:([+-])(\d\d)(\d\d))?\Z",
    re.ASCII,
)
_CLOCK = re.compile(r"([01]\d|2[0-3])(?:([0-5]\d)(?:([0-5]\d)(?:\.(\d{1,9}))?)?)?([+-]\d{4})?\Z", re.ASCII)
_FAR = 15
"""Hours: more than any zone is away from UTC."""

Convert = Callable[..., Any]


def text(value: str) -> str:
    return value


def upper(value: str) -> str:
    return value.upper()


def zone_of(sign: str, hours: str, minutes: str) -> timezone:
    """A fixed offset. Raises ValueError for one that no place has."""
    if int(hours) >= _FAR or int(minutes) >= 60:
        raise ValueError("not an offset")
    away = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-away if sign == "-" else away)


def moment(zone: tzinfo, value: str) -> str:
    """`2026`, `2026-03`, `2026-03-04` or `2026-03-04T09:15-05:00`, seconds and fraction where given; `zone` for an instant without offset."""
    found = _DTM.match(value)
    if found is None:
        raise ValueError("not a date or time")
    year, month, day, hour, minute, second, fraction, sign, far, near = found.groups()
    if day is None:
        if not int(year) or (month is not None and not 1 <= int(month) <= 12):
            raise ValueError("not a date")
        return str(year) if month is None else f"{year}-{month}"
    at = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=None if sign else zone)
    if hour is None:
        return f"{year}-{month}-{day}"
    tail = _tail(sign, far, near) if sign else at.isoformat()[19:] or "+00:00"
    if tail.count(":") > 1:  # the zone's local mean time, before there were zones: seconds are no offset of RFC 3339
        tail = tail[:6]
    return f"{year}-{month}-{day}T{hour}:{minute or '00'}{':' + second if second else ''}{'.' + fraction if fraction else ''}{tail}"


@lru_cache(maxsize=256)
def _tail(sign: str, hours: str, minutes: str) -> str:
    return _EPOCH.replace(tzinfo=zone_of(sign, hours, minutes)).isoformat()[19:]


_EPOCH = datetime(1970, 1, 1)


def date(zone: tzinfo, value: str) -> str:
    """The day, month or year of a DTM; a time behind it must be one, but is left out."""
    return moment(zone, value)[:10]


@Memo
def clock(value: str) -> str:
    """A time of day (TM): `09:15`, `09:15:02.5`, with its offset where it has one."""
    found = _CLOCK.match(value)
    if found is None:
        raise ValueError("not a time of day")
    hour, minute, second, fraction, offset = found.groups()
    precise = f"{hour}:{minute or '00'}" + (f":{second}" if second else "") + (f".{fraction}" if fraction else "")
    return precise + (f"{offset[:3]}:{offset[3:]}" if offset else "")


@Memo
def amount(value: str) -> str:
    """Money as decimal text; a dollar sign and thousands commas, which some senders write, are left out."""
    return str(money(value.removeprefix("$").replace(",", "")))


@Memo
def number(value: str) -> str:
    """A number as minimal decimal text; a plus sign is left out."""
    return str(quantity(value.removeprefix("+")))


_ACKNOWLEDGED = {"AA": "accepted", "CA": "accepted", "AE": "error", "CE": "error", "AR": "rejected", "CR": "rejected"}


def ack_outcome(code: str) -> str:
    """MSA-1."""
    try:
        return _ACKNOWLEDGED[code]
    except KeyError:
        raise ValueError("not an acknowledgement code") from None


PLAIN: dict[str, Convert] = {
    "text": text, "code": text, "upper": upper, "clock": clock, "money": amount, "quantity": number, "integer": integer, "ack_outcome": ack_outcome,
}  # fmt: skip
ZONED: dict[str, Callable[[tzinfo, str], Any]] = {"time": moment, "datetime": moment, "date": date}
CONVERTERS: frozenset[str] = frozenset(PLAIN) | frozenset(ZONED)
"""The names a map row may give."""
FINDING = {
    "time": "V2_DATE", "datetime": "V2_DATE", "date": "V2_DATE", "clock": "V2_DATE",
    "money": "V2_NUMBER", "quantity": "V2_NUMBER", "integer": "V2_NUMBER",
}  # fmt: skip
"""Converter -> the finding when it fails; V2_VALUE for others."""


@lru_cache(maxsize=64)
def converters(zone: tzinfo) -> dict[str, Convert]:
    """Every converter by name, for instants of a zone."""
    return {**PLAIN, **{name: Memo(partial(function, zone)) for name, function in ZONED.items()}}


@lru_cache(maxsize=4096)
def zone_for(sent: str, site: tzinfo) -> tzinfo:
    """Zone of a message's instants by MSH-7: the site's where MSH-7 has no offset or agrees with it, else the offset of MSH-7 (chapter 2.A.22)."""
    found = _DTM.match(sent)
    if found is None or not found[8]:
        return site
    try:
        fixed = zone_of(found[8], found[9], found[10])
        year, month, day, hour = int(found[1]), int(found[2] or 1), int(found[3] or 1), int(found[4] or 0)
        same = datetime(year, month, day, hour, tzinfo=site).utcoffset() == fixed.utcoffset(None)
    except (ValueError, OverflowError):
        return site
    return site if same else fixed


def instant(zone: tzinfo, value: str) -> str:
    """RFC 3339 time of a DTM, a day alone at 00:00 in the zone; "" when unreadable or less than a day."""
    digits = value.strip()
    try:
        said = converters(zone)["time"](digits)
    except (ValueError, OverflowError):
        return ""
    if len(said) < len("2026-03-04"):
        return ""
    return datetime.fromisoformat(said).replace(tzinfo=zone).isoformat() if "T" not in said else _with_seconds(said)


def _with_seconds(said: str) -> str:
    return said if said[16] == ":" else f"{said[:16]}:00{said[16:]}"


__all__ = ["CONVERTERS", "FINDING", "Convert", "ack_outcome", "amount", "clock", "converters", "date", "instant", "moment", "number", "zone_for"]
