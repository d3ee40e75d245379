"""Many small files as one unit of work: JSON of who they are and where their bytes stand. Their reading, and what became of them, go together."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from gateway.blobs.read_ahead import blob_reader
from gateway.pipeline.formats import HL7V2
from gateway.pipeline.plan import encode_finding, to_json
from gateway.pipeline.reading import FileSettings, failed
from gateway.seams import BlobDamaged, BlobNotFound, Blobs
from gateway.state import Arrival
from parsers.outputs import ReadAt
from schemas.envelope import Finding


class Kept(NamedTuple):
    """Where the bytes of a file begin: in its own blob at 0, or in a pack of many."""

    blob: str
    offset: int


class Member(NamedTuple):
    """A file of a bundle. `notes` are findings about it, as JSON lists."""

    arrival: Arrival
    settings: FileSettings
    kept: Kept
    notes: Sequence[Any] = ()

    def reader(self, blobs: Blobs) -> ReadAt:
        return kept_reader(blobs, self.kept, self.arrival.size)


def kept_reader(blobs: Blobs, kept: Kept, size: int) -> ReadAt:
    """(offset, length) -> bytes of a file of `size` bytes, fewer at its end. Raises BlobError."""
    start, end = kept.offset, kept.offset + size
    read_at = blob_reader(blobs, kept.blob, end)
    if not start:
        return read_at
    return lambda offset, length: read_at(start + offset, length)


def bundle_of(members: Sequence[Member]) -> bytes:
    """Settings that many have are written once."""
    settings: list[bytes] = []
    numbers: dict[int, int] = {}
    rows = []
    for arrival, wanted, kept, notes in members:
        if id(wanted) not in numbers:
            numbers[id(wanted)] = len(settings)
            settings.append(to_json(wanted))
        rows.append([*arrival, numbers[id(wanted)], *kept, notes])
    return orjson.dumps({"settings": [orjson.Fragment(each) for each in settings], "files": rows}, default=list)


@lru_cache(maxsize=16)
def members_of(unit: bytes) -> tuple[Member, ...]:
    """Inverse of `bundle_of`. Several steps ask for the same ones."""
    data = orjson.loads(unit)
    settings = [FileSettings(*row) for row in data["settings"]]
    width = len(Arrival._fields)
    members = []
    for row in data["files"]:
        number, blob, offset, notes = row[width:]
        members.append(Member(Arrival(*row[:width]), settings[number], Kept(blob, offset), notes))
    return tuple(members)


def bodies(blobs: Blobs, members: Sequence[Member]) -> Iterator[tuple[Member, bytes | Finding]]:
    """Each with its bytes, or with the finding that they are gone or others; those that stand behind each other in a pack are read in one go."""
    at = 0
    while at < len(members):
        first = members[at].kept
        end, following = first.offset, at
        while following < len(members) and members[following].kept == (first.blob, end):
            end += members[following].arrival.size
            following += 1
        yield from _run(blobs, members[at:following], end - first.offset)
        at = following


def _run(blobs: Blobs, members: Sequence[Member], size: int) -> Iterator[tuple[Member, bytes | Finding]]:
    start = members[0].kept.offset
    try:
        data = memoryview(blobs.read(members[0].kept.blob, start, size))
    except (BlobNotFound, BlobDamaged):
        yield from ((member, _alone(blobs, member)) for member in members)
        return
    for member in members:
        at = member.kept.offset - start
        yield member, _intact(member, bytes(data[at : at + member.arrival.size]))


def _alone(blobs: Blobs, member: Member) -> bytes | Finding:
    try:
        return _intact(member, blobs.read(member.kept.blob, member.kept.offset, member.arrival.size))
    except (BlobNotFound, BlobDamaged):
        return _lost(member)


def _intact(member: Member, data: bytes) -> bytes | Finding:
    """A blob of many is asked for by place, so that only here it shows whether these are the bytes that came."""
    return data if hashlib.sha256(data).hexdigest() == member.arrival.sha256 else _lost(member)


def _lost(member: Member) -> Finding:
    return failed(0, "MSH" if member.settings.kind == HL7V2 else None)


def encoded(findings: Sequence[Finding]) -> list[Any]:
    """Notes of a member."""
    return [encode_finding(found) for found in findings]
