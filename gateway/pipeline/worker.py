"""What runs in the worker processes. Workers read blobs themselves and give back plain data."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

import orjson

from gateway.blobs.read_ahead import blob_reader
from gateway.pipeline.made import encode_made
from gateway.pipeline.plan import Interchange, Part, Planner, Step, decode_steps, encode_steps, to_json
from gateway.pipeline.reading import FileSettings, Made, Packer, Topics, away, bury_unit, fault_of, read_file, read_unit
from gateway.seams import Blobs
from gateway.state import Arrival
from gateway.stores import BlobPlace, open_blobs
from parsers.x12.plan import ReadAt
from parsers.x12.program import hash_for, program_bytes, program_for


class Survey(NamedTuple):
    """What the first pass of a file says. `units` is how many were written to the spool, 0 without one; `fault` is set when it failed."""

    interchanges: list[Interchange]
    units: int = 0
    fault: str = ""


class _Process:
    """What this worker was started with."""

    blobs: Blobs
    topics: Topics


def start(blobs: BlobPlace, topics: Topics) -> None:
    """Runs once in each worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the gateway stops its workers itself
    _Process.blobs, _Process.topics = open_blobs(blobs), topics
    parent = multiprocessing.parent_process()
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


def reader_of(arrival: Arrival) -> ReadAt:
    """The bytes of a file."""
    return blob_reader(_Process.blobs, arrival.sha256, arrival.size)


def survey_small(files: Sequence[tuple[Arrival, bytes | None, FileSettings]]) -> list[Survey]:
    """Interchanges of whole small files; `bytes` when the body is at hand."""
    return [_survey(*file) for file in files]


def _survey(arrival: Arrival, body: bytes | None, settings: FileSettings) -> Survey:
    try:
        planner = _planner(arrival, settings, body)
        for _ in planner.units():
            pass
    except Exception as error:  # reading it will say so
        if away(error):
            raise
        return Survey([], fault=fault_of(error))
    return Survey(planner.interchanges)


def survey_large(arrival: Arrival, settings: FileSettings, spool: Path) -> Survey:
    """First pass of a large file; one line of JSON per unit goes to `spool`."""
    try:
        planner = _planner(arrival, settings)
        units = 0
        handle = os.open(spool, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            for unit in planner.units():
                file.write(b"%d %s\n" % (unit.size, to_json(encode_steps(unit.steps))))
                units += 1
    except Exception as error:  # a fault of ours may not hold up the feed
        if away(error):
            raise
        return Survey([], fault=fault_of(error))
    return Survey(planner.interchanges, units)


def _planner(arrival: Arrival, settings: FileSettings, body: bytes | None = None) -> Planner:
    read_at = blob_reader(_Process.blobs, arrival.sha256, arrival.size) if body is None else _bytes_reader(body)
    return Planner(read_at, arrival.size, settings.origin(arrival.site, arrival.feed, arrival.sha256), settings.surveying())


def read_units(work: Sequence[tuple[Arrival, FileSettings, bytes]]) -> list[list[Made]]:
    """For each unit of work, in order, what it made. An empty unit means the whole file."""
    return [_read(*one) for one in work]


def _read(arrival: Arrival, settings: FileSettings, unit: bytes) -> list[Made]:
    steps = decode_steps(orjson.loads(unit)) if unit else None
    read_at = blob_reader(_Process.blobs, arrival.sha256, arrival.size, None if steps is None else bytes_of(steps))
    origin = settings.origin(arrival.site, arrival.feed, arrival.sha256)
    packer = Packer(_Process.topics, arrival.received_at)
    if steps is None:
        return list(read_file(read_at, arrival.size, origin, settings.reading(), packer))
    return [read_unit(steps, read_at, origin, settings.reading(), packer)]


def read_spread(arrival: Arrival, settings: FileSettings, unit: bytes) -> tuple[dict[str, str], bytes]:
    """(hashes of the programs used by guide, what the unit made as a value of `made`)."""
    [made] = _read(arrival, settings, unit)
    return made.guides, encode_made(made)


def give_up(arrival: Arrival, settings: FileSettings, unit: bytes) -> Made:
    """Account for the items of a unit that cannot be read."""
    read_at = blob_reader(_Process.blobs, arrival.sha256, arrival.size)
    made = Made()
    units = [decode_steps(orjson.loads(unit))] if unit else (found.steps for found in _planner(arrival, settings).units())
    for steps in units:
        bury_unit(made, steps, read_at, settings.surveying())
    return made


def program(guide: str) -> tuple[str, bytes]:
    """(hash, canonical bytes) of the compiled program of a guide."""
    return hash_for(guide), program_bytes(program_for(guide))


def bytes_of(steps: Sequence[Step]) -> range:
    """From the first to the last byte that reading a unit needs, but for the context before it."""
    spans = [step.chunk.body for step in steps if isinstance(step, Part)]
    return range(min((span.start for span in spans), default=0), max((span.end for span in spans), default=0))


def _bytes_reader(body: bytes) -> ReadAt:
    return lambda offset, length: body[offset : offset + length]
