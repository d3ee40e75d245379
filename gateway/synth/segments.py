"""Segments that transaction sets share, and the mark of those that begin an item."""

from collections.abc import Iterator
from typing import Any

from gateway.synth.identity import Address, Clinician, Organisation, Payer, Person
from parsers.x12.writer import Element, Segment


class Item(list[Element]):
    """A segment that begins an item of its file; `what` is what the item is of."""

    def __init__(self, segment: Segment, what: Any) -> None:
        super().__init__(segment)
        self.what = what


class Levels:
    """Numbers the hierarchical levels of one set; `last` is the number given last."""

    def __init__(self) -> None:
        self.last = 0

    def hl(self, code: str, parent: int = 0, child: str = "1") -> list[Element]:
        self.last += 1
        return ["HL", str(self.last), str(parent) if parent else "", code, child]


def place(one: Address) -> Iterator[Segment]:
    yield ["N3", one.street]
    yield ["N4", one.city, one.state, one.zip]


def person(code: str, one: Person, member: str = "", qualifier: str = "MI") -> Segment:
    return ["NM1", code, "1", one.last, one.first, one.middle, "", "", *((qualifier, member) if member else ())]


def born(one: Person) -> Segment:
    return ["DMG", "D8", one.born, one.sex]


def organisation(code: str, name: str, qualifier: str, number: str) -> Segment:
    return ["NM1", code, "2", name, "", "", "", "", qualifier, number]


def payer(code: str, one: Payer) -> Segment:
    return organisation(code, one.name, "PI", one.id)


def clinic(code: str, one: Organisation) -> Segment:
    return organisation(code, one.name, "XX", one.npi)


def clinician(code: str, one: Clinician) -> Segment:
    return ["NM1", code, "1", one.last, one.first, "", "", "", "XX", one.npi]
