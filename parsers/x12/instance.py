"""Random valid transaction sets from a guide table: for tests that write, read again and compare.

Kept: order, requirement, repeats, codes, lengths, types, syntax rules, date formats, HL numbers and parents, LX numbers, NPI check digits, and
for the 837 and the 835 the sums between segments (`instance_balance`). What is situational is put in with a probability.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from parsers.x12.binary import BINARY
from parsers.x12.instance_balance import settle
from parsers.x12.instance_tree import Part, Row, is_hl
from parsers.x12.writer import Element as Value
from schemas.x12 import Element, Guide, Loop, Segment
from schemas.x12.guide import qualifier_codes

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
PUNCTUATION = " .,-()&/#"
"""No usual delimiter is among these, so that an instance can be written with many sets of delimiters."""
LONGEST = 24
_FORMATS = {"D8", "RD8", "DT", "TM"}
_EXTERNAL = {
    "states": ("FL", "OH", "PA"),
    "country": ("CA", "MX"),
    "currency": ("USD", "CAD"),
    "pos": ("11", "21", "22"),
    "remark_code": ("N19", "N130"),
}
_LINES_APART = ("ST", "SE")
_CHILD_FLAG = 4
_BOUNDS = ("LS", "LE")
"""Around loops, and only where there are any."""
_MUST = {("837", "2010BA", tag) for tag in ("N3", "N4", "DMG")}
"""Situational, but there when the subscriber is the patient; so it always is."""
_PASSES = 8
_WITH_CLAIMS = 0.95


@dataclass(frozen=True, slots=True)
class Chances:
    """Probability of what is situational, and of one more repeat where there may be more (never more than `repeats` of them)."""

    situational: float = 0.25
    again: float = 0.3
    repeats: int = 3


USUAL = Chances()


def instance(guide: Guide, rng: Random, chances: Chances = USUAL) -> list[list[Value]]:
    """One valid set of a guide, as segments between ST and SE for the writer."""
    maker = _Maker(guide, rng, chances)
    root = maker.part(guide.root)
    settle(guide, root, rng)
    return list(_numbered(root))


def _numbered(root: Part) -> Iterator[list[Value]]:
    """Segments in order, HL01, HL02 and LX01 counted up."""
    count = 0

    def walk(part: Part, above: str, lines: list[int]) -> Iterator[list[Value]]:
        nonlocal count
        inner = [0]
        for child in part.children:
            if isinstance(child, Part):
                yield from walk(child, above, inner)
                continue
            if is_hl(child):
                count += 1
                child.elements[1:3] = [str(count), above]
                above = str(count)
                if len(child.elements) > _CHILD_FLAG and child.elements[_CHILD_FLAG]:
                    said = "1" if any(row is not child for row in part.every_row("HL")) else "0"
                    if said in child.segment.elements[_CHILD_FLAG - 1].codes:
                        child.elements[_CHILD_FLAG] = said
            elif child.segment.tag == "LX":
                lines[0] += 1
                child.elements[1] = str(lines[0])
            yield child.elements

    return walk(root, "", [0])


@dataclass(slots=True)
class _Maker:
    guide: Guide
    rng: Random
    chances: Chances
    used: dict[int, set[str]] = field(default_factory=dict)

    def part(self, loop: Loop) -> Part:
        made = Part(loop)
        dependents = self.rng.random() < self.chances.situational
        for child in loop.children():
            if isinstance(child, Loop):
                made.children += (self.part(child) for _ in range(self._times(child, self._wanted(loop, child, dependents))))
            elif child.tag not in _LINES_APART:
                made.children += self._rows(child)
        return made

    def _wanted(self, loop: Loop, child: Loop, dependents: bool) -> bool | None:
        """True: must be there, False: must not, None: as the table says. Nearly every 835 has claims; those of an 837 hang below the
        subscriber or below dependents, never both."""
        if any(row.tag in _BOUNDS for row in loop.segments):
            return True
        if self.guide.transaction == "835" and child.id == "2000":
            return self.rng.random() < _WITH_CLAIMS
        if self.guide.transaction == "837" and loop.id == "2000B" and child.id in {"2300", "2000C"}:
            return (child.id == "2000C") == dependents
        return None

    def _times(self, what: Loop | Segment, wanted: bool | None = None) -> int:
        if wanted is False or what.req == "N" or (wanted is None and what.req == "S" and self.rng.random() >= self.chances.situational):
            return 0
        most = min(what.max or self.chances.repeats, self.chances.repeats)
        count = 1
        while count < most and self.rng.random() < self.chances.again:
            count += 1
        return count

    def _rows(self, segment: Segment) -> Iterator[Row]:
        """Repeats of a segment carry different codes as long as there are any."""
        wanted = True if segment.tag in _BOUNDS or (self.guide.transaction, segment.loop, segment.tag) in _MUST else None
        place = self.guide.qualifier(segment)
        codes = list(qualifier_codes(segment, place)) if place else []
        self.rng.shuffle(codes)
        for at in range(self._times(segment, wanted)):
            row = Row(segment, [segment.tag, *self._elements(segment.elements)])
            if place and codes:
                _set_code(row, place, codes[at % len(codes)])
            self._fill_one(row)
            self._obey(row)
            self._identify(row)
            _measure(row)
            yield row

    # -- values

    def _elements(self, elements: tuple[Element, ...]) -> list[Value]:
        values: list[Value] = []
        for element in elements:
            wanted = element.req == "R" or (element.req == "S" and self.rng.random() < self.chances.situational)
            values.append(self._value(element) if wanted else "")
        return self._formatted(elements, values)

    def _value(self, element: Element) -> Value:
        if element.components:
            return self._composite(element)
        if element.repeat > 1 and self.rng.random() < self.chances.again:
            return [self._text(element) for _ in range(2)]
        return self._text(element)

    def _composite(self, element: Element) -> Value:
        """At least one component has something: an empty composite is none."""
        values = [value for value in self._elements(element.components) if isinstance(value, str)]
        if not any(values):
            at = self.rng.choice([at for at, part in enumerate(element.components) if part.req != "N"])
            values[at] = self._text(element.components[at])
        return tuple(values)

    def _text(self, element: Element) -> str:
        if element.codes:
            return self.rng.choice(element.codes)
        if element.external in _EXTERNAL:
            return self.rng.choice(_EXTERNAL[element.external])
        if element.pattern:
            return _matching(self.rng, element.pattern)
        return _TYPES[element.type](self.rng, element.min, element.max)

    def _formatted(self, elements: tuple[Element, ...], values: list[Value]) -> list[Value]:
        """Puts a date or time where the element before says which format it has; one of the two alone says nothing."""
        for at, element in enumerate(elements[:-1]):
            if not element.codes or not _FORMATS.issuperset(element.codes):
                continue
            if values[at] and values[at + 1]:
                values[at + 1] = _moment(self.rng, str(values[at]))
            elif "R" not in (element.req, elements[at + 1].req):
                values[at] = values[at + 1] = ""
        return values

    # -- rules of one segment

    def _fill_one(self, row: Row) -> None:
        """No segment is empty, even where every element of it is situational."""
        if not any(row.elements[1:]):
            number = self.rng.choice([at for at, element in enumerate(row.segment.elements, 1) if element.req != "N"])
            row.elements[number] = self._value(row.segment.elements[number - 1])

    def _obey(self, row: Row) -> None:
        """Mends the element dependencies until none is broken: what is missing is put in, what may not stand together is taken out."""
        for _ in range(_PASSES):
            mended = [self._mended(row, rule) for rule in row.segment.syntax]
            if not any(mended):
                row.elements[1:] = self._formatted(row.segment.elements, row.elements[1:])
                return
        raise ValueError(f"the syntax rules of {row.segment.tag} in {row.segment.loop} contradict each other")

    def _mended(self, row: Row, rule: str) -> bool:
        numbers = [int(rule[at : at + 2]) for at in range(1, len(rule), 2)]
        used = [number for number in numbers if row.segment.elements[number - 1].req != "N"]
        if used != numbers and (rule[0] != "R" or not used):
            return False
        numbers = used
        there = [number for number in numbers if row.elements[number]]
        missing = [number for number in numbers if not row.elements[number]]
        kind, first = rule[0], numbers[0]
        if kind == "E" and len(there) > 1:
            for number in there[1:]:
                row.elements[number] = ""
            return True
        broken = {
            "P": bool(there and missing),
            "R": not there,
            "C": first in there and bool(missing),
            "L": first in there and len(there) == 1,
            "E": False,
        }[kind]
        if broken:
            for number in missing if kind in "PC" else missing[:1]:
                row.elements[number] = self._value(row.segment.elements[number - 1])
        return broken

    def _identify(self, row: Row) -> None:
        if row.segment.tag == "NM1" and row.elements[8] == "XX":
            row.elements[9] = npi(self.rng)
        elif row.segment.tag == "N1" and row.elements[3] == "XX":
            row.elements[4] = npi(self.rng)


def _set_code(row: Row, place: tuple[int, int | None], code: str) -> None:
    number, component = place
    value = row.elements[number]
    if component is None:
        row.elements[number] = code
    elif isinstance(value, tuple):
        row.elements[number] = (*value[: component - 1], code, *value[component:])


def _measure(row: Row) -> None:
    """Binary data behind their length."""
    at = BINARY.get(row.segment.tag)
    if at is not None:
        row.elements[at] = str(len(str(row.elements[at + 1])))


def _an(rng: Random, least: int, most: int) -> str:
    """Text without a blank at its ends."""
    size = rng.randint(least, max(least, min(most, LONGEST)))
    inner = "".join(rng.choice(ALPHABET + PUNCTUATION) for _ in range(size - 2))
    return (rng.choice(ALPHABET) + inner + rng.choice(ALPHABET))[:size]


def _id(rng: Random, least: int, most: int) -> str:
    return "".join(rng.choice(ALPHABET[:26]) for _ in range(rng.randint(least, min(most, LONGEST))))


def _whole(rng: Random, least: int, most: int) -> str:
    size = rng.randint(max(1, least), max(least, min(most, 6)))
    return str(rng.randrange(10 ** (size - 1), 10**size))


def _real(rng: Random, _least: int, most: int) -> str:
    """A number as X12 writes it, without needless zeros: `7`, `7.5` or `.5`."""
    return rng.choice(("{0}", "{0}.{1}", ".{1}") if most > 2 else ("{0}",)).format(rng.randrange(1, 10), rng.randrange(1, 10))


def day(rng: Random) -> date:
    return date(2020, 1, 1) + timedelta(days=rng.randrange(2200))


def _date(rng: Random, _least: int, most: int) -> str:
    return day(rng).strftime("%Y%m%d" if most >= 8 else "%y%m%d")


def _time(rng: Random, _least: int, most: int) -> str:
    text = f"{rng.randrange(24):02d}{rng.randrange(60):02d}"
    return text + f"{rng.randrange(60):02d}" if most >= 6 and rng.random() < 0.5 else text


def _moment(rng: Random, form: str) -> str:
    """A value in the format that the qualifier before it names."""
    first = day(rng)
    if form == "RD8":
        return f"{first:%Y%m%d}-{first + timedelta(days=rng.randrange(30)):%Y%m%d}"
    clock = _time(rng, 4, 4)
    return {"D8": f"{first:%Y%m%d}", "DT": f"{first:%Y%m%d}{clock}", "TM": clock}[form]


def _matching(rng: Random, pattern: str) -> str:
    """Text for the one form of pattern that the tables have: so many digits."""
    if not pattern.startswith("[0-9]{"):
        raise ValueError(f"no way to make text for {pattern}")
    return "".join(rng.choice("0123456789") for _ in range(int(pattern[6:-1])))


_TYPES = {"AN": _an, "ID": _id, "N0": _whole, "N2": _whole, "R": _real, "DT": _date, "TM": _time}


def npi(rng: Random) -> str:
    """Ten digits with a right check digit, first digit 2: a range that is not given out."""
    digits = f"2{rng.randrange(10**8):08d}"
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits))]
    total = 24 + sum(value // 10 + value % 10 for value in doubled)
    return f"{digits}{-total % 10}"
