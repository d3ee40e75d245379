"""What runs in the worker processes. Workers read blobs themselves and give back plain data."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

import orjson

from gateway.blobs.compared import Compared, compared
from gateway.blobs.read_ahead import blob_reader
from gateway.pipeline import bundle, formats
from gateway.pipeline.bundle import Member
from gateway.pipeline.formats import Planner
from gateway.pipeline.garbage import settle
from gateway.pipeline.made import encode_made
from gateway.pipeline.plan import ControlKey, to_json
from gateway.pipeline.reading import FileSettings, Made, Packer, Topics, away, failed, fault_of
from gateway.seams import BlobDamaged, BlobNotFound, Blobs
from gateway.state import Arrival
from gateway.stores import BlobPlace, open_blobs
from parsers.outputs import ReadAt
from schemas.envelope import Counts

Call = tuple[Arrival, FileSettings | None, bytes]
"""A unit to read, an empty one: the whole file. Without settings it is a bundle."""


class Survey(NamedTuple):
    """What the first pass of a file says. `kind` is its format, `units` how many were written to the spool, 0 without one; `fault`: it failed."""

    keys: list[ControlKey]
    units: int = 0
    fault: str = ""
    kind: str = formats.X12


class _Process:
    """What this worker was started with."""

    blobs: Blobs
    topics: Topics


def start(blobs: BlobPlace, topics: Topics) -> None:
    """Runs once in each worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the gateway stops its workers itself
    _Process.blobs, _Process.topics = open_blobs(blobs), topics
    parent = multiprocessing.parent_process()
    settle()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """A killed gateway leaves no worker behind: an idle one would wait for its next task for ever."""
    wait([sentinel])
    os._exit(1)


def ready() -> int:
    """Asked once per worker at the start, so that the first file does not wait for imports."""
    return os.getpid()


def blobs() -> Blobs:
    """The store this worker reads."""
    return _Process.blobs


def reader_of(arrival: Arrival, body: range | None = None) -> ReadAt:
    """The bytes of a file that has a blob of its own."""
    return blob_reader(_Process.blobs, arrival.sha256, arrival.size, body)


def survey_small(files: Sequence[tuple[Arrival, bytes | None, FileSettings]]) -> list[Survey]:
    """Control keys of whole small files; `bytes` when the body is at hand."""
    return [_survey(*file) for file in files]


def _survey(arrival: Arrival, body: bytes | None, settings: FileSettings) -> Survey:
    try:
        planner, settings = _planner(arrival, settings, reader_of(arrival) if body is None else bytes_reader(body))
        for _ in planner.units():
            pass
    except Exception as error:  # reading it will say so
        if away(error):
            raise
        return Survey([], fault=fault_of(error))
    return Survey(planner.keys, kind=settings.kind)


def survey_large(arrival: Arrival, settings: FileSettings, spool: Path) -> Survey:
    """First pass of a large file; one line of JSON per unit goes to `spool`."""
    try:
        read_at = Compared(reader_of(arrival), arrival.size)
        planner, settings = _planner(arrival, settings, read_at)
        format_ = formats.format_named(settings.kind)
        units = 0
        handle = os.open(spool, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            for unit in planner.units():
                file.write(b"%d %s\n" % (unit.size, to_json(format_.encode(unit.steps))))
                units += 1
        read_at.check(arrival.sha256)
    except Exception as error:  # a fault of ours, or of the bytes, may not hold up the feed
        if away(error):
            raise
        return Survey([], fault=fault_of(error))
    return Survey(planner.keys, units, kind=settings.kind)


def _planner(arrival: Arrival, settings: FileSettings, read_at: ReadAt) -> tuple[Planner, FileSettings]:
    settings = formats.settled(settings, arrival.content_type, read_at)
    origin = settings.origin(arrival.site, arrival.feed, arrival.sha256)
    return formats.format_named(settings.kind).planner(read_at, arrival.size, origin, settings), settings


def read_units(work: Sequence[Call]) -> list[list[Made]]:
    """For each unit of work, in order, what it made; of a bundle for each of its files."""
    return [read_bundle(bundle.members_of(unit)) if settings is None else _read(arrival, settings, unit) for arrival, settings, unit in work]


def _read(arrival: Arrival, settings: FileSettings, unit: bytes) -> list[Made]:
    packer = Packer(_Process.topics, arrival.received_at)
    origin = settings.origin(arrival.site, arrival.feed, arrival.sha256)
    if not unit:
        try:
            read_at = compared(reader_of(arrival), arrival.size, arrival.sha256)
        except (BlobNotFound, BlobDamaged) as error:
            return [Made(findings=[failed()], faults=[fault_of(error)])]
        settings = formats.settled(settings, arrival.content_type, read_at)
        return list(formats.read_whole(formats.format_named(settings.kind), read_at, arrival.size, origin, settings, packer))
    format_ = formats.format_named(settings.kind)
    steps = format_.decode(orjson.loads(unit))
    return [format_.read(steps, reader_of(arrival, format_.body_of(steps)), origin, settings, packer)]


def read_bundle(members: Sequence[Member]) -> list[Made]:
    """Each file of a bundle on its own: none knows of its neighbours."""
    packer = Packer(_Process.topics, "")
    made = []
    for member, body in bundle.bodies(_Process.blobs, members):
        arrival, settings = member.arrival, member.settings
        origin = settings.origin(arrival.site, arrival.feed, arrival.sha256)
        if isinstance(body, bytes):
            parts = formats.read_whole(
                formats.format_named(settings.kind), bytes_reader(body), len(body), origin, settings, packer.at(arrival.received_at)
            )
            made.append(_joined(parts))
        else:
            lost = int(body.item is not None)
            made.append(Made(findings=[body], items=lost, counts=Counts(dead=lost)))
    return made


def _joined(parts: Iterator[Made]) -> Made:
    """What the units of a small file made, as one."""
    whole = next(parts)
    for part in parts:
        whole.records += part.records
        whole.index += part.index
        whole.findings += part.findings
        whole.suppressed += part.suppressed
        whole.counts = whole.counts.plus(part.counts)
        whole.items += part.items
        whole.sets += part.sets
        whole.guides |= part.guides
        whole.faults += part.faults
    return whole


def read_spread(arrival: Arrival, settings: FileSettings, unit: bytes) -> tuple[dict[str, str], bytes]:
    """(hashes of the programs used by name, what the unit made as a value of `made`)."""
    [made] = _read(arrival, settings, unit)
    return made.guides, encode_made(made)


def give_up(arrival: Arrival, settings: FileSettings | None, unit: bytes) -> Made:
    """Account for the items of a unit that cannot be read; of a bundle it is one with a single file."""
    made = Made()
    if settings is None:
        [member] = bundle.members_of(unit)
        read_at, settings, unit = member.reader(_Process.blobs), member.settings, b""
    else:
        read_at = reader_of(arrival)
    settings = formats.settled(settings, arrival.content_type, read_at)
    format_ = formats.format_named(settings.kind)
    origin = settings.origin(arrival.site, arrival.feed, arrival.sha256)
    units = (
        [format_.decode(orjson.loads(unit))] if unit else (each.steps for each in format_.planner(read_at, arrival.size, origin, settings).units())
    )
    for steps in units:
        format_.bury(made, steps, read_at, settings)
    return made


def program(name: str, settings: FileSettings) -> tuple[str, bytes]:
    """(hash, canonical bytes) of a compiled program."""
    return formats.format_with_map(name).program(name, settings)


def bytes_reader(body: bytes) -> ReadAt:
    return lambda offset, length: body[offset : offset + length]
