"""Writes interchanges into the folder of a world and says where each item of them begins."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from gateway.synth.catalog import Site
from gateway.synth.identity import day
from gateway.synth.segments import Item
from parsers.x12.writer import Group, Interchange, Segment, Set, encoder, write
from schemas.x12 import guide

VERSIONS = {
    "837P": "005010X222A1", "837I": "005010X223A2", "837D": "005010X224A2", "835": "005010X221A1", "834": "005010X220A1", "820": "005010X218",
    "270": "005010X279A1", "271": "005010X279A1", "278-request": "005010X217", "278-response": "005010X217", "276": "005010X212",
    "277": "005010X212", "277CA": "005010X214", "999": "005010X231A1", "275": "005010X210",
}  # fmt: skip
CLOCK = "1023"
HUB_ID = "CLEARINGEX"
_NEWLINE = "\n"


class Sheet(NamedTuple):
    """One transaction set; `what` it is of, where the set itself is an item."""

    number: str
    body: Iterable[Segment]
    what: Any = None


class Found(NamedTuple):
    """An item in a file: what it is of, the byte it begins at, and its set (empty outside one)."""

    what: Any
    file: str
    offset: int
    set: str


class Written(NamedTuple):
    """A file with its control numbers, the sets in order and the items in order."""

    file: str
    day: int
    interchange: int
    group: int
    guide: str
    sets: tuple[str, ...]
    found: list[Found]


class Mail(NamedTuple):
    """Where a file goes: site, feed and day; `inbound` is what the site receives."""

    site: Site
    feed: str
    day: int
    inbound: bool = False


class Files:
    """The counters behind control numbers and file names, and how many files and bytes there are."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.files = self.bytes = 0
        self._isa, self._gs, self._st = count(1), count(1), count(1)
        self._names: Counter[str] = Counter()

    def add(self, files: int, size: int) -> None:
        """Files that were written elsewhere, and their bytes."""
        self.files += files
        self.bytes += size

    def number(self) -> str:
        """The next transaction set control number; none comes twice in a world."""
        return f"{next(self._st):09d}"

    def write(self, mail: Mail, table: str, sheets: Iterable[Sheet], leading: Iterable[Segment] = ()) -> Written:
        """One interchange with one group; `leading` stands between ISA and GS."""
        stem = f"{mail.site.id}/{mail.feed}/{table.lower()}"
        self._names[stem] += 1
        name = f"{stem}-{self._names[stem]:04d}.x12"
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        own = mail.site.id.upper()
        sender, receiver = (HUB_ID, own) if mail.inbound else (own, HUB_ID)
        date, isa, gs = day(mail.day), next(self._isa), next(self._gs)
        track = _Track(name)
        group = Group(guide(table), sender, receiver, date, CLOCK, gs, track.sets(sheets), VERSIONS[table])
        segments = write(Interchange(sender, receiver, date[2:], CLOCK, isa), [group], newline=_NEWLINE)
        with path.open("wb") as file:
            offset = file.write(next(segments))
            for segment in leading:
                track.pass_by(segment)
                offset += file.write(track.placed(encoder(newline=_NEWLINE)(segment), offset))
            for written in segments:
                offset += file.write(track.placed(written, offset))
        self.files += 1
        self.bytes += offset
        return Written(name, mail.day, isa, gs, table, tuple(track.numbers), track.found)


class _Track:
    """Sees each segment on its way to the writer, which takes them one by one, and so knows what it is when its bytes come back."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._waiting: list[Any] = []
        self.numbers: list[str] = []
        self.found: list[Found] = []

    def sets(self, sheets: Iterable[Sheet]) -> Iterator[Set]:
        for sheet in sheets:
            self.numbers.append(sheet.number)
            if sheet.what is not None:
                self._waiting.append(sheet.what)
            yield Set(sheet.number, self._body(sheet.body))

    def _body(self, body: Iterable[Segment]) -> Iterator[Segment]:
        for segment in body:
            self.pass_by(segment)
            yield segment

    def pass_by(self, segment: Segment) -> None:
        if isinstance(segment, Item):
            self._waiting.append(segment.what)

    def placed(self, written: bytes, offset: int) -> bytes:
        """Called with the bytes of the segment that was passed by last."""
        if self._waiting:
            self.found.append(Found(self._waiting.pop(), self._file, offset, self.numbers[-1] if self.numbers else ""))
        return written
