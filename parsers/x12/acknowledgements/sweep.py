"""A light sweep over an 837: the few facts of each claim that a 277CA repeats, found by pattern and without reading the rest.

HL and CLM are looked for first; what stands between two of them is the content of a level or of a claim, and is looked through as one stretch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from parsers.x12.delimiters import Delimiters
from parsers.x12.plan import ReadAt, SetPlan

_BLOCK = 1 << 20
Elements = list[str]


class Head(NamedTuple):
    """BHT03, and NM1*41 of the submitter; empty where it is missing."""

    reference: str
    submitter: Elements


class Provider(NamedTuple):
    """A billing provider with at least one claim: its NM1*85 and its tax number."""

    name: Elements
    tax_id: str


class Claim:
    """One CLM in [offset, end): its elements, the NM1 of its patient and of the subscriber, REF*D9, and the values of its service dates."""

    __slots__ = ("clm", "dates", "end", "offset", "patient", "subscriber", "trace")

    def __init__(self, offset: int, clm: Elements, patient: Elements, subscriber: Elements) -> None:
        self.offset = self.end = offset
        self.clm, self.patient, self.subscriber = clm, patient, subscriber
        self.trace = ""
        self.dates: list[str] = []


Fact = Head | Provider | Claim


def facts(read_at: ReadAt, plan: SetPlan, statement: bool) -> Iterator[Fact]:
    """Head first, then each provider before its claims, in file order. `statement`: the dates of a claim are those of DTP*434, not DTP*472."""
    sweep = _Sweep(plan.delimiters, statement)
    bounds, element = _bounds(plan.delimiters).finditer, plan.delimiters.element
    for at, text in _blocks(read_at, plan):
        done = 0
        for match in bounds(text):
            start = match.start()
            if start > done:
                sweep.stretch(text, done, start)
            done = match.end()
            offset = at + match.start(1)
            if (claim := sweep.claim) is not None:
                if sweep.above:
                    yield from sweep.opened()
                claim.end = offset
                yield claim
                sweep.claim = None
            e = match[1].rstrip("\r\n").split(element)
            if e[0] == "CLM":
                sweep.claim = Claim(offset, e, sweep.patient or sweep.subscriber, sweep.subscriber)
            else:
                sweep.level(e[3] if len(e) > 3 else "")
        if done < len(text):
            sweep.stretch(text, done, len(text))
    if sweep.claim is not None:
        yield from sweep.opened()
        sweep.claim.end = plan.span.end
        yield sweep.claim


class _Sweep:
    """What stands above the place reached, and the claim that is open there."""

    def __init__(self, marks: Delimiters, statement: bool) -> None:
        self.element = marks.element
        self.details = _details(marks, "434" if statement else "472").findall
        self.names = _names(marks).finditer
        self.head: Head | None = Head("", [])
        self.provider: Provider | None = Provider([], "")
        self.above = True
        self.patient: Elements = []
        self.subscriber: Elements = []
        self.claim: Claim | None = None

    def stretch(self, text: str, start: int, end: int) -> None:
        """The content of the open claim or level, or a part of it."""
        claim = self.claim
        if claim is None:
            for match in self.names(text, start, end):
                self._name(match[1].rstrip("\r\n").split(self.element))
            return
        for trace, day in self.details(text, start, end):
            if day:
                claim.dates.append(day)
            elif not claim.trace:
                claim.trace = trace

    def opened(self) -> list[Fact]:
        """What stands above the first claim of a provider, once."""
        found: list[Fact] = [fact for fact in (self.head, self.provider) if fact is not None]
        self.head = self.provider = None
        self.above = False
        return found

    def level(self, code: str) -> None:
        if code == "20":
            self.provider, self.above = Provider([], ""), True
        if code in ("20", "22"):
            self.subscriber = []
        self.patient = []

    def _name(self, e: Elements) -> None:
        tag, code = e[0], e[1] if len(e) > 1 else ""
        if code == "IL":
            self.subscriber = e
        elif code == "QC":
            self.patient = e
        elif tag == "REF":
            if self.provider is not None and not self.provider.tax_id and len(e) > 2:
                self.provider = self.provider._replace(tax_id=e[2])
        elif code == "85" and self.provider is not None:
            self.provider = self.provider._replace(name=e)
        elif code == "41" and self.head is not None:
            self.head = self.head._replace(submitter=e)
        elif tag == "BHT" and self.head is not None and len(e) > 3:
            self.head = self.head._replace(reference=e[3])


def charges(read_at: ReadAt, plan: SetPlan) -> Iterator[tuple[int, str, bool]]:
    """(byte offset, CLM02, whether it is its billing provider's first) of every claim."""
    bounds, element = _bounds(plan.delimiters).finditer, plan.delimiters.element
    first = True
    for at, text in _blocks(read_at, plan):
        for match in bounds(text):
            e = match[1].rstrip("\r\n").split(element, 4)
            if e[0] == "HL":
                first = first or (len(e) > 3 and e[3] == "20")
            else:
                yield at + match.start(1), e[2] if len(e) > 2 else "", first
                first = False


@lru_cache(maxsize=32)
def _bounds(marks: Delimiters) -> re.Pattern[str]:
    return _pattern(marks, f"((?:HL|CLM){re.escape(marks.element)}{_but(marks.terminator)})")


@lru_cache(maxsize=32)
def _names(marks: Delimiters) -> re.Pattern[str]:
    element = re.escape(marks.element)
    return _pattern(marks, f"((?:BHT|NM1{element}(?:41|85|IL|QC)|REF{element}(?:EI|SY)){element}{_but(marks.terminator)})")


@lru_cache(maxsize=32)
def _details(marks: Delimiters, dates: str) -> re.Pattern[str]:
    """Groups: REF02 of REF*D9, DTP03 of the dates."""
    element, value = re.escape(marks.element), _but(marks.terminator, marks.element, "\r", "\n")
    return _pattern(marks, f"(?:REF{element}D9{element}({value})|DTP{element}{dates}{element}{value}{element}({value}))")


def _but(*ends: str) -> str:
    """All up to one of these."""
    if all(len(end) == 1 for end in ends):
        return f"[^{re.escape(''.join(ends))}]*"
    return f"(?:(?!{'|'.join(map(re.escape, ends))}).)*"


def _pattern(marks: Delimiters, wanted: str) -> re.Pattern[str]:
    """A segment behind a terminator."""
    return re.compile(f"{re.escape(marks.terminator)}[ \\t\\r\\n]*{wanted}", re.DOTALL)


def _blocks(read_at: ReadAt, plan: SetPlan) -> Iterator[tuple[int, str]]:
    """(byte offset, latin-1 text) of whole segments with a terminator in front, so that the first is found as all others are.

    Of a segment that is longer than a block nothing is found.
    """
    terminator = plan.delimiters.terminator.encode("latin-1")
    at, end = plan.span.start, plan.span.end
    while at < end:
        data = read_at(at, min(_BLOCK, end - at))
        if not data:
            return
        if at + len(data) < end:
            data = data[: data.rfind(terminator) + len(terminator)] or data
        yield at - len(terminator), (terminator + data).decode("latin-1")
        at += len(data)
