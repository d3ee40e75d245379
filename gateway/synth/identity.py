"""Invented people, organisations and identifiers. Nothing here can belong to anybody.

- NPI: the standard allows a first digit 1 or 2, only numbers that begin with 1 are given out; ours begin with 29 and have a right check digit.
- Tax numbers begin with 00, a prefix that is not assigned. Social security numbers are not used at all.
- Telephone numbers are 555-01xx in area code 555. Member numbers and payer numbers begin with TST.
- Bank routing numbers begin with 99, a prefix no bank has.
"""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PLACES = (
    ("MIAMI", "FL", "33101"), ("TAMPA", "FL", "33602"), ("ATLANTA", "GA", "30303"), ("DAYTON", "OH", "45402"), ("TULSA", "OK", "74103"),
    ("BOISE", "ID", "83702"), ("FRESNO", "CA", "93721"), ("AUSTIN", "TX", "78701"), ("READING", "PA", "19601"), ("ALBANY", "NY", "12207"),
    ("DULUTH", "MN", "55802"), ("SPOKANE", "WA", "99201"), ("MOBILE", "AL", "36602"), ("NEWARK", "NJ", "07102"),
)  # fmt: skip
STREETS = ("ALDER ST", "BIRCH AVE", "CEDAR RD", "DOGWOOD LN", "ELM ST", "HIGHLAND DR", "JUNIPER CT", "LAKE BLVD", "MAPLE WAY", "OAK ST", "PARK AVE")
LAST = words(
    "ABBOT ACKER ALDER AMBROSE ARDEN ASHBY BARLOW BEECHER BIRCH BOLTON BRAMBLE BRIDGER CALLOWAY CARDEN CHALMERS COBB COLBY CORBIN CRANE DALBY "
    "DARROW DELANEY DRAKE DUNMORE EASTON ELDER EMBRY FAIRLEY FENWICK FINCH FLETCHER FOWLER GARLAND GENTRY GRANGER HADLEY HALE HARLOW HAWKE "
    "HOLLIS HUXLEY INGLE IVERSON JESSUP KEATS KENDALL KIRBY LANDRY LARKIN LINDEN LOCKE MARLOW MERCER NORWOOD O'DELL OAKES OSBORN PELL PENROSE "
    "QUINN RADCLIFF REDDING ROWAN SAWYER SELBY SHORE STERLING TALBOT THORNE TILDEN UPTON VANCE VERNON WALDEN "
    "WARNER WEST WILDER WREN YARROW YORK"
)
FIRST = {
    "F": words("ADA BETH CLARA DELIA EDNA FERN GRETA HOPE IRIS JUNE KARA LENA MAVIS NORA OPAL PEARL RUTH STELLA TESS UNA VERA WILLA ZOE"),
    "M": words("ABEL BRAM CLAY DEAN EMIL FORD GLEN HUGH IVAN JUDE KENT LYLE MILO NED OTIS PAUL REX SETH TODD URI VERN WADE ZANE"),
}
_EPOCH = date(2024, 1, 2)


class Address(NamedTuple):
    street: str
    city: str
    state: str
    zip: str


class Person(NamedTuple):
    last: str
    first: str
    middle: str
    sex: str
    born: str
    address: Address


class Payer(NamedTuple):
    """`filing` is SBR09 and CLP06 (the latter has no CI or BL: `remit_filing`); `tax` is nine digits."""

    name: str
    id: str
    filing: str
    remit_filing: str
    tax: str
    address: Address


class Organisation(NamedTuple):
    name: str
    npi: str
    tax: str
    taxonomy: str
    address: Address


class Clinician(NamedTuple):
    last: str
    first: str
    npi: str
    taxonomy: str


class Coverage(NamedTuple):
    """One patient's insurance: who holds it (None: the patient), and how the patient is related to the holder (X12 1069 codes)."""

    payer: Payer
    member_id: str
    group: str
    holder: Person | None
    relationship: str


class Patient(NamedTuple):
    person: Person
    medical_record: str
    first: Coverage
    second: Coverage


def npi(number: int) -> str:
    """The NPI number `number` of our range: 29, seven digits and the check digit (Luhn over 80840 and the nine digits before it)."""
    digits = f"29{number:07d}"
    total = 24  # what the prefix 80840 adds
    for at, digit in enumerate(reversed(digits)):
        doubled = int(digit) * 2 if at % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{digits}{-total % 10}"


def tax_number(number: int) -> str:
    return f"00{number:07d}"


def phone(number: int) -> str:
    return f"55555501{number % 100:02d}"


def day(offset: int) -> str:
    """YYYYMMDD, `offset` days after the first day of the world."""
    return (_EPOCH + timedelta(days=offset)).strftime("%Y%m%d")


def address(rng: Random, full_zip: bool = False) -> Address:
    city, state, postal = rng.choice(PLACES)
    return Address(f"{rng.randrange(1, 9900)} {rng.choice(STREETS)}", city, state, postal + "9998" if full_zip else postal)


def person(rng: Random, youngest: int, oldest: int, last: str = "", home: Address | None = None) -> Person:
    """Somebody between `youngest` and `oldest` years old on the first day of the world."""
    sex = rng.choice("FM")
    born = day(-rng.randrange(youngest * 366, oldest * 365))
    return Person(last or rng.choice(LAST), rng.choice(FIRST[sex]), rng.choice("ABCDEHJKLMRST"), sex, born, home or address(rng))


def patient(seed: int, site: str, number: int, payers: tuple[Payer, ...]) -> Patient:
    """The patient with that number of a site: always the same, so that one comes back with the same insurance."""
    rng = Random(f"{seed}/{site}/{number}")  # noqa: S311 - repeatable on purpose
    child = rng.random() < 0.2
    who = person(rng, 1, 17) if child else person(rng, 19, 88)
    first_payer, second_payer = rng.sample(payers, 2)
    holder = person(rng, 24, 55, who.last, who.address) if child or rng.random() < 0.1 else None
    relationship = "18" if holder is None else "19" if child else "01"
    member = f"TST{site[:2].upper()}{number:08d}"
    first = Coverage(first_payer, f"{member}1", f"GRP{rng.randrange(1000, 9999)}", holder, relationship)
    second = Coverage(second_payer, f"{member}2", f"GRP{rng.randrange(1000, 9999)}", None, "18")
    return Patient(who, f"MR{number:08d}", first, second)
