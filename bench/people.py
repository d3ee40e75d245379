"""Invented people, places and identifiers, drawn from the generator given. NPIs have a right check digit and start with 2, which is not issued."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LAST = words(
    "ABERNATHY ACOSTA ADKINS ALVARADO BARRERA BAUTISTA BECKER BLANCHARD BOOKER CALDERON CANTRELL CARDENAS CHANDLER COLEMAN CORTEZ DALTON "
    "DELEON DONAHUE ECHEVARRIA ELLISON ESPARZA FARRELL FIGUEROA FONTAINE GALLAGHER GIBBONS GOODWIN HADDAD HARGROVE HOLLAND IBARRA INGRAM "
    "JAMISON KAPOOR KENDRICK KOWALSKI LANGLEY LEBLANC LINDQVIST MACIAS MCALLISTER MONTOYA NAKAMURA NGUYEN O'CONNOR OKAFOR ORTEGA "
    "PAPADOPOULOS PATEL PRESCOTT QUINTERO RAMSEY ROSALES SCHROEDER SINGLETON SOLIS TANAKA THACKER TRUJILLO UNDERWOOD VALENZUELA VOSS "
    "WHITFIELD WOZNIAK YAMADA YBARRA ZAMORA ZIEGLER"
)
FIRST = words(
    "ADELINE AMIR ANGELA ARTURO BEATRICE BRUCE CAMILA CEDRIC DARLENE DMITRI EDITH ELIAS FAITH FELIX GLORIA GRANT HANNAH HECTOR INES ISAAC "
    "JOYCE JULIAN KEIKO KURT LEONA LUIS MABEL MARCUS NADIA NOEL OLIVE OSCAR PRIYA PETER RAMONA ROY SELMA SIMON TESSA TOMAS URSULA VICTOR "
    "WENDY XAVIER YOLANDA ZACHARY"
)
STREETS = words(
    "ALDER BIRCH CEDAR CHURCH COLLEGE DOGWOOD ELM FOREST HIGHLAND JUNIPER LAKEVIEW LINCOLN MAGNOLIA MILL OAK PARK PINE RIDGE RIVER SPRING "
    "SUNSET WALNUT"
)
KINDS = ("ST", "AVE", "RD", "LN", "DR", "CT", "BLVD", "WAY")
CITIES = (
    ("MIAMI", "FL", "331"),
    ("TAMPA", "FL", "336"),
    ("ATLANTA", "GA", "303"),
    ("DAYTON", "OH", "454"),
    ("TULSA", "OK", "741"),
    ("BOISE", "ID", "837"),
    ("FRESNO", "CA", "937"),
    ("SAN JOSE", "CA", "951"),
    ("AUSTIN", "TX", "787"),
    ("EL PASO", "TX", "799"),
    ("READING", "PA", "196"),
    ("ALBANY", "NY", "122"),
    ("DULUTH", "MN", "558"),
    ("SPOKANE", "WA", "992"),
    ("MOBILE", "AL", "366"),
    ("LINCOLN", "NE", "685"),
    ("NEWARK", "NJ", "071"),
    ("AURORA", "IL", "605"),
)
PRACTICES = (
    "FAMILY MEDICINE",
    "CARDIOLOGY GROUP",
    "ORTHOPEDICS",
    "PEDIATRICS",
    "INTERNAL MEDICINE",
    "IMAGING CENTER",
    "URGENT CARE",
    "PHYSICAL THERAPY",
)
PAYERS = tuple(
    (f"{name} HEALTH PLAN", f"{70000 + 137 * n}")
    for n, name in enumerate(("ALPINE", "BEACON", "CASCADE", "DELTA BAY", "EVERGREEN", "FRONTIER", "HARBOR"))
)
TAXONOMIES = ("207Q00000X", "207R00000X", "208000000X", "207RC0000X", "2085R0202X", "225100000X", "363LF0000X")
PROCEDURES = words(
    "99202 99203 99204 99212 99213 99214 99215 99385 99396 36415 80048 80053 80061 83036 84443 85025 87070 87086 87880 90471 90686 93000 "
    "93306 96372 97110 97140 97530 70450 71046 72148 73030 73562 74177 76700 77067 11102 12001 17000 20610 29125 45378 69210 92014 94010 "
    "95004 J1100 J3420 G0439"
)
DIAGNOSES = words(
    "E119 E1165 E785 E039 E669 I10 I2510 I480 I509 J0190 J069 J209 J449 J45909 K219 K5900 K635 L0390 L700 M170 M25511 M25561 M5416 M545 M542 "
    "N390 N183 R05 R079 R1013 R51 R5383 S93401A S63501A Z0000 Z0001 Z1211 Z1231 Z23 Z7984 F329 F411 G4733 G43909 H524 H6123 B351 D509"
)
MODIFIERS = ("25", "59", "RT", "LT", "26", "TC", "76", "GP", "95")
SERVICE_DAYS = tuple((date(2025, 1, 1) + timedelta(days=n)).strftime("%Y%m%d") for n in range(365))
BIRTH_DAYS = tuple((date(1936, 1, 3) + timedelta(days=3 * n)).strftime("%Y%m%d") for n in range(10_500))


def npi(number: int) -> str:
    """The `number`th NPI: 10 digits, the last one by Luhn over the digits with 80840 in front (which adds 24)."""
    base = f"2{number % 10**8:08d}"
    total = 24
    for position, digit in enumerate(reversed(base)):
        doubled = int(digit) * (2 - position % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{base}{-total % 10}"


PHYSICIANS = tuple((LAST[n * 7 % len(LAST)], FIRST[n * 11 % len(FIRST)], npi(31 * n), TAXONOMIES[n % len(TAXONOMIES)]) for n in range(900))
CLINICS = tuple(
    (f"{LAST[n * 5 % len(LAST)]} {PRACTICES[n % len(PRACTICES)]}", npi(500_000 + 17 * n), f"98{n * 7919 % 10**7:07d}") for n in range(120)
)


def pick(rng: Random, values: Sequence[T]) -> T:
    """One of `values`; cheaper than Random.choice, which matters at two million claims."""
    return values[int(rng.random() * len(values))]


def below(rng: Random, limit: int) -> int:
    """A whole number from 0 to limit - 1."""
    return int(rng.random() * limit)


def scramble(number: int) -> int:
    """A 32-bit number that no other `number` gives (odd multiplier, so a permutation): unique, but without a common beginning."""
    return number * 2_654_435_761 % 2**32


def surname(rng: Random) -> str:
    return f"{pick(rng, LAST)}-{pick(rng, LAST)}" if rng.random() < 0.06 else pick(rng, LAST)


def address(rng: Random, long_zip: bool = False) -> list[str]:
    """N3 and N4."""
    unit = f"*APT {below(rng, 400)}" if rng.random() < 0.2 else ""
    city, state, zone = pick(rng, CITIES)
    plus_four = f"{1000 + below(rng, 9000)}" if long_zip or rng.random() < 0.3 else ""
    return [
        f"N3*{1 + below(rng, 9900)} {pick(rng, STREETS)} {pick(rng, KINDS)}{unit}",
        f"N4*{city}*{state}*{zone}{below(rng, 100):02d}{plus_four}",
    ]


def money(cents: int) -> str:
    """X12 decimal text of cents: sign only when negative, no trailing zeros."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    whole, part = divmod(cents, 100)
    if not part:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{part // 10}" if not part % 10 else f"{sign}{whole or ''}.{part:02d}"


def charges(rng: Random, lines: int) -> list[int]:
    """Cents for each line; two of three charges are whole dollars, as fee schedules have them."""
    return [(2500 + below(rng, 45_000)) // 100 * 100 if rng.random() < 0.67 else 1500 + below(rng, 60_000) for _ in range(lines)]


def procedure(rng: Random) -> str:
    """The composite of SV101 and SVC01: qualifier, code, up to two modifiers."""
    draw = rng.random()
    if draw < 0.6:
        return f"HC:{pick(rng, PROCEDURES)}"
    if draw < 0.93:
        return f"HC:{pick(rng, PROCEDURES)}:{pick(rng, MODIFIERS)}"
    return f"HC:{pick(rng, PROCEDURES)}:25:{pick(rng, MODIFIERS[1:])}"
