"""Sums of claims and charges, accepted and rejected, of a set and of its billing providers."""

from __future__ import annotations

from collections.abc import Iterator
from operator import add
from typing import NamedTuple

from parsers.x12.acknowledgements.rejections import refused_items
from parsers.x12.acknowledgements.sweep import charges
from parsers.x12.acknowledgements.wanted import refused_set
from parsers.x12.checks.amounts import HUNDREDTHS, Hundredths, decimal_text
from parsers.x12.plan import ReadAt, SetPlan
from parsers.x12.writer import Segment
from schemas.envelope import Finding


class Sums(NamedTuple):
    """Claims and charges (hundredths), accepted and rejected."""

    accepted: int = 0
    accepted_amount: Hundredths = 0
    rejected: int = 0
    rejected_amount: Hundredths = 0

    @property
    def amount(self) -> str:
        return amount_text(self.accepted_amount + self.rejected_amount)

    def plus(self, other: Sums) -> Sums:
        return Sums(*map(add, self, other))

    def all_rejected(self) -> Sums:
        return Sums(0, 0, self.accepted + self.rejected, self.accepted_amount + self.rejected_amount)


class Refusals:
    """The refused items of a set as they come, and whether the set itself was refused, which is known once they were gone through."""

    def __init__(self, findings: Iterator[Finding]) -> None:
        self.whole = False
        self.of_set: list[Finding] = []
        self._items = refused_items(self._watched(findings))
        self._next = next(self._items, None)

    def _watched(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        for finding in findings:
            if finding.outcome == "refused" and finding.item is None and refused_set(finding) is not None:
                self.whole = True
            if finding.item is None and len(self.of_set) < 8:
                self.of_set.append(finding)
            yield finding

    def has(self, offset: int) -> bool:
        """Whether the item at `offset` was refused; offsets must rise."""
        while self._next is not None and self._next[0] < offset:
            self._next = next(self._items, None)
        return self._next is not None and self._next[0] == offset

    def rest(self) -> None:
        for _ in self._items:
            pass


def provider_sums(read_at: ReadAt, plan: SetPlan, refusals: Refusals) -> Iterator[Sums]:
    """Of each billing provider with claims, in order."""
    total: _Adding | None = None
    for offset, amount, first in charges(read_at, plan):
        if first and total is not None:
            yield total.sums()
            total = None
        total = total or _Adding()
        total.add(amount, refusals.has(offset))
    if total is not None:
        yield total.sums()


class _Adding:
    def __init__(self) -> None:
        self.counts = [0, 0]
        self.amounts: list[Hundredths] = [0, 0]

    def add(self, amount: str, refused: bool) -> None:
        self.counts[refused] += 1
        try:
            self.amounts[refused] += HUNDREDTHS[amount]
        except KeyError:
            return  # no amount: it counts as zero here as in its STC04

    def sums(self) -> Sums:
        return Sums(self.counts[0], self.amounts[0], self.counts[1], self.amounts[1])


def amount_text(value: Hundredths) -> str:
    """As decimal_text, which is slow for the usual whole number of cents."""
    return f"{value // 100}.{value % 100:02d}" if isinstance(value, int) and value >= 0 else decimal_text(value)


def sum_segments(sums: Sums, accepted: str, rejected: str) -> Iterator[Segment]:
    if sums.accepted:
        yield ("QTY", accepted, str(sums.accepted))
    if sums.rejected:
        yield ("QTY", rejected, str(sums.rejected))
    if sums.accepted:
        yield ("AMT", "YU", amount_text(sums.accepted_amount))
    if sums.rejected:
        yield ("AMT", "YY", amount_text(sums.rejected_amount))
