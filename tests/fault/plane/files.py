"""The files of a run: 837P of many sizes over several feeds, with control numbers that come again later in the same feed.

The n-th coming of a control number has the charge n, so that an event tells which one it is.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SITE = "river"
LOCAL = "spruce"
FEEDS = ("alder", "birch", "hazel", "larch", "oak", LOCAL)
"""Feeds over all six partitions of `intake`, by murmur2 of `river/{feed}`; one is acknowledged by the node alone."""
SIZES = (1, 3, 20, 20, 150, 400, 900)
LARGE_CLAIMS = 4000
"""About 1.3 MB, well over the plane's `spread_bytes`."""
LARGE_EVERY = 12_000
AGAIN = 0.1
"""Share of claims that come under a control number of before."""


class File(NamedTuple):
    """Feeds send their files in order."""

    feed: str
    path: Path
    claims: int


class Claim(NamedTuple):
    number: int
    coming: int


class Numbers:
    """Control numbers of one run. A number belongs to the feed it came with first."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._next = 0
        self._known: dict[str, list[int]] = {feed: [] for feed in FEEDS}
        self._comings: dict[int, int] = {}

    def claims(self, feed: str, count: int) -> list[Claim]:
        return [self._claim(feed) for _ in range(count)]

    def _claim(self, feed: str) -> Claim:
        known = self._known[feed]
        if known and self._chance.random() < AGAIN:
            number = self._chance.choice(known[-2000:])
        else:
            number, self._next = self._next, self._next + 1
            known.append(number)
        self._comings[number] = self._comings.get(number, 0) + 1
        return Claim(number, self._comings[number])


class Writer:
    """Writes files into a folder, batch after batch; each interchange has a control number of its own."""

    def __init__(self, folder: Path, seed: str) -> None:
        self._folder = folder
        self._chance = random.Random(seed)
        self._numbers = Numbers(self._chance)
        self._written = 0
        folder.mkdir()

    def write(self, claims: int) -> list[File]:
        """Files with `claims` claims in all, the first of them large, none of the others more than a twentieth."""
        files: list[File] = []
        left, until_large = claims, 0
        most = max(1, claims // 20)
        while left:
            count = min(left, most, self._chance.choice(SIZES))
            if until_large <= 0:
                count, until_large = min(LARGE_CLAIMS, (left + 1) // 2), LARGE_EVERY
            files.append(self._file(count))
            left -= count
            until_large -= count
        return files

    def _file(self, count: int) -> File:
        self._written += 1
        feed = self._chance.choice(FEEDS)
        path = self._folder / f"{self._written:05d}.x12"
        path.write_bytes(interchange(self._written, self._numbers.claims(feed, count), self._chance.choice((1, 7, 100_000))))
        return File(feed, path, count)


def interchange(number: int, claims: Sequence[Claim], per_set: int) -> bytes:
    """One 837P, test traffic, with a transaction set for every `per_set` claims."""
    isa = f"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250101*1200*^*00501*{number:09d}*0*T*:"
    gs = f"GS*HC*SENDER*RECEIVER*20250101*1200*{number}*X*005010X222A1"
    starts = range(0, len(claims), per_set)
    lines = [isa, gs]
    for control, start in enumerate(starts, 1):
        lines += _set(number, control, claims[start : start + per_set])
    return ("~".join([*lines, f"GE*{len(starts)}*{number}", f"IEA*1*{number:09d}"]) + "~").encode()


def _set(number: int, control: int, claims: Sequence[Claim]) -> list[str]:
    body = [
        f"ST*837*{control:04d}*005010X222A1", f"BHT*0019*00*{number}*20250101*1200*CH",
        "NM1*41*2*SENDING HOUSE*****46*SENDER1", "PER*IC*DESK*TE*5550100000", "NM1*40*2*RECEIVING PLAN*****46*PLAN1",
        "HL*1**20*1", "NM1*85*2*INVENTED CLINIC*****XX*1234567893", "N3*1 MAIN STREET", "N4*ANYTOWN*NY*100011234", "REF*EI*123456789",
    ]  # fmt: skip
    for level, claim in enumerate(claims, 2):
        body += [
            f"HL*{level}*1*22*0", "SBR*P*18*******CI", f"NM1*IL*1*SAMPLE*PERSON****MI*M{claim.number:08d}", "N3*2 ELM STREET",
            "N4*ANYTOWN*NY*100011234", "DMG*D8*19800101*U", "NM1*PR*2*INVENTED PAYER*****PI*PAYER1",
            f"CLM*K{claim.number:08d}*{claim.coming}***11:B:1*Y*A*Y*Y", "HI*ABK:J069", "LX*1", f"SV1*HC:99213*{claim.coming}*UN*1***1",
            "DTP*472*D8*20250101",
        ]  # fmt: skip
    return [*body, f"SE*{len(body) + 1}*{control:04d}"]
