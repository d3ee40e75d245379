"""Segments of HL7 v2 as text, and the data types that many of them share."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.synth.identity import Address, Clinician, Person, day, phone

ZONE = ZoneInfo("America/New_York")
"""Where all sites of a world are."""
_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\"})


def segment(tag: str, fields: dict[int, str]) -> str:
    """From its fields by number."""
    return "|".join([tag, *(fields.get(number, "") for number in range(1, max(fields) + 1))]).rstrip("|")


def escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def joined(*components: str) -> str:
    return "^".join(components).rstrip("^")


def moment(day_number: int, minute: int = 0) -> datetime:
    """A day of the world and a minute of it, in the zone of the sites."""
    return datetime.strptime(day(day_number), "%Y%m%d").replace(tzinfo=ZONE) + timedelta(minutes=minute)


def stamp(at: datetime) -> str:
    """To the second, without an offset."""
    return f"{at:%Y%m%d%H%M%S}"


def zoned(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S%z}"


def number(value: str, authority: str, kind: str) -> str:
    """CX."""
    return joined(value, "", "", authority, kind)


def name(one: Person) -> str:
    """XPN, the legal name."""
    return joined(one.last, one.first, one.middle, "", "", "", "L")


def address(one: Address) -> str:
    """XAD, of a home."""
    return joined(escaped(one.street), "", one.city, one.state, one.zip, "USA", "H")


def telephone(of: int) -> str:
    """XTN."""
    digits = phone(of)
    return joined("", "PRN", "PH", "", "1", digits[:3], digits[3:])


def doctor(one: Clinician) -> str:
    """XCN with an NPI."""
    return joined(one.npi, one.last, one.first, "", "", "", "", "", "NPI", "L", "", "", "NPI")
