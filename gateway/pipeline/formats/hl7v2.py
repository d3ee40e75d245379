"""Units of HL7 v2 files: runs of messages, read and accounted for one by one. Pure over `read_at`; runs in worker processes, `keys_of` anywhere."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from gateway.pipeline.formats import MESSAGE_KEYS, WINDOW_DAYS
from gateway.pipeline.plan import ControlKey, Unit, decode_finding, encode_finding
from gateway.pipeline.reading import FileSettings, Made, Packer, away, failed, fault_of, find, index_of
from gateway.seams import BlobDamaged, BlobNotFound
from gateway.state.database import iso
from parsers.hl7v2.acknowledgement import header
from parsers.hl7v2.convert import Reader, Settings, bytes_of
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.profile import Profile, profile_of
from parsers.hl7v2.program import hash_for, map_names, map_of, program_bytes, program_for
from parsers.hl7v2.scan import Span, messages
from parsers.outputs import Event, Origin, ReadAt
from schemas.envelope import Counts, Finding

Step = Finding | Span
UNIT_STEPS = 2000
MAX_KEYS = 50_000
"""Messages of one file whose control ids are looked up."""
HEAD_BYTES = 1 << 16
_MAP = b'"map":"'
_SHAPES = ("", "specimen", "container")


@lru_cache(maxsize=256)
def _profile(data: bytes) -> Profile:
    return profile_of(orjson.loads(data))


def _reading(settings: FileSettings) -> Settings:
    return Settings(settings.policy, _limits(settings), settings.findings, _profile_of(settings))


def _limits(settings: FileSettings) -> Limits:
    profile = _profile_of(settings)
    return Limits() if profile is None else profile.limits


def _profile_of(settings: FileSettings) -> Profile | None:
    return None if settings.profile is None else _profile(orjson.dumps(settings.profile))


# -- the first pass


class Planner:
    """`units` runs the first pass once; `keys` fills up on the way, one for each message that has a control id."""

    def __init__(self, read_at: ReadAt, size: int, settings: FileSettings) -> None:
        self._read_at, self._size, self._settings = read_at, size, settings
        self.keys: list[ControlKey] = []

    def units(self) -> Iterator[Unit]:
        """At least one, in file order."""
        steps: list[Step] = []
        size = units = 0
        for step in messages(self._read_at, self._size, _limits(self._settings)):
            steps.append(step)
            if isinstance(step, Span):
                size += step.end - step.start
                self._note(step)
            if size >= self._settings.chunk or len(steps) >= UNIT_STEPS:
                yield Unit(tuple(steps), size)
                steps, size, units = [], 0, units + 1
        if steps or not units:
            yield Unit(tuple(steps), size)

    def _note(self, span: Span) -> None:
        if len(self.keys) < MAX_KEYS:
            self.keys.append(key_of(self._read_at(span.start, span.end - span.start), span.start))


def planner(read_at: ReadAt, size: int, origin: Origin, settings: FileSettings) -> Planner:
    return Planner(read_at, size, settings)


def key_of(raw: bytes, offset: int = 0) -> ControlKey:
    """MSH-3, MSH-4 and MSH-10 of a message, and the hash of its bytes without what may stand around them."""
    head = header(raw[:HEAD_BYTES])
    key = MESSAGE_KEYS, head.sending_application, "", head.sending_facility, head.control_id
    return ControlKey(key, head.processing_id, offset, hashlib.sha256(raw.strip(b"\r\n")).hexdigest())


def keys_of(body: bytes, settings: FileSettings) -> list[ControlKey]:
    """Of a small file; mostly it is one message."""
    if body.startswith(b"MSH") and b"\rMSH" not in body and b"\nMSH" not in body:
        return [key_of(body)]
    planned = Planner(lambda offset, length: body[offset : offset + length], len(body), settings)
    for _ in planned.units():
        pass
    return planned.keys


def window_start(received_at: str, settings: FileSettings) -> str:
    """By the site's profile, to the minute."""
    return _before(received_at[:16], (settings.profile or {}).get("duplicate_window_days", WINDOW_DAYS))


@lru_cache(maxsize=64)
def _before(minute: str, days: int) -> str:
    return iso(datetime.fromisoformat(f"{minute}Z") - timedelta(days=days))


# -- units as JSON


def encode(steps: Sequence[Step]) -> list[Any]:
    return [["finding", *encode_finding(step)] if isinstance(step, Finding) else ["message", *step] for step in steps]


def decode(data: Any) -> list[Step]:
    """Inverse of `encode`."""
    return [decode_finding(row) if kind == "finding" else Span(*row) for kind, *row in data]


def body_of(steps: Sequence[Step]) -> range:
    """From the first to the last byte of the messages."""
    spans = [step for step in steps if isinstance(step, Span)]
    return range(spans[0].start, spans[-1].end) if spans else range(0)


# -- reading


def read(steps: Sequence[Step], read_at: ReadAt, origin: Origin, settings: FileSettings, packer: Packer) -> Made:
    made = Made()
    reader = Reader(origin, _reading(settings))
    for step in steps:
        if isinstance(step, Finding):
            _tell(made, step, settings)
        else:
            _read(made, step, read_at, reader, settings, packer)
    return made


def bury(made: Made, steps: Sequence[Step], read_at: ReadAt, settings: FileSettings) -> None:
    """Account for the messages of a unit that cannot be read at all."""
    for step in steps:
        if isinstance(step, Finding):
            _tell(made, step, settings)
        else:
            _dead(made, step, settings)


def _tell(made: Made, finding: Finding, settings: FileSettings) -> None:
    """What the first pass says. A message that it refuses or gives up is an item."""
    find(made, [finding], settings.policy, settings.findings)
    if finding.item is not None and finding.outcome in ("refused", "dead"):
        made.items += 1
        made.counts = made.counts.plus(Counts(refused=1) if finding.outcome == "refused" else Counts(dead=1))


def _read(made: Made, span: Span, read_at: ReadAt, reader: Reader, settings: FileSettings, packer: Packer) -> None:
    try:
        raw = bytes_of(read_at, span)
        events, findings, counts = reader.read(raw, span.start)
        records = [packer.record(event) for event in events]
    except Exception as error:  # a fault of ours may not hold up the feed
        if away(error):
            raise
        if not isinstance(error, BlobNotFound | BlobDamaged):
            made.faults.append(fault_of(error))
        _dead(made, span, settings)
        return
    made.items += 1
    made.sets += 1
    made.records += records
    made.index += index_of(events, records)
    made.counts = made.counts.plus(counts)
    find(made, findings, settings.policy, settings.findings)
    for event in events:
        found = _program_of(event)
        if found not in made.guides.values():
            made.guides[_map_of(raw, found, reader.profile)] = found


def _dead(made: Made, span: Span, settings: FileSettings) -> None:
    made.items += 1
    made.counts = made.counts.plus(Counts(dead=1))
    find(made, [failed(span.start, "MSH")], settings.policy, settings.findings)


def refusal(body: bytes, settings: FileSettings, site: str, feed: str) -> list[Finding]:
    """Why a message is not to be taken, for whoever asks before it is: all its findings when one is an error, else nothing."""
    reader = Reader(settings.origin(site, feed, hashlib.sha256(body).hexdigest()), _reading(settings))
    found: list[Finding] = []
    for step in messages(lambda offset, length: body[offset : offset + length], len(body), _limits(settings)):
        found += [step] if isinstance(step, Finding) else reader.read(body[step.start : step.end], step.start)[1]
    return found if any(each.severity == "error" and settings.policy.get(each.code) != "ignore" for each in found) else []


# -- programs


def _program_of(event: Event) -> str:
    """Hash of the program that made it: the provenance is at the end, and a quote within a text is never bare."""
    at = event.data.rindex(_MAP) + len(_MAP)
    return event.data[at : at + 64].decode()


def _map_of(raw: bytes, program: str, profile: Profile) -> str:
    """Name of the map that made the events of a message; mostly MSH-9 says it, and compiling all maps takes long."""
    head = header(raw[:HEAD_BYTES])
    shaped = (map_of(head.type.upper(), head.trigger.upper(), shape) for shape in _SHAPES)
    names = dict.fromkeys(name for name in shaped if name is not None)
    return next(name for name in [*names, *map_names().values()] if hash_for(name, profile) == program)


def program(name: str, settings: FileSettings) -> tuple[str, bytes]:
    """(hash, canonical bytes) of the compiled program of a map under the site's profile."""
    profile = _profile_of(settings)
    return hash_for(name, profile), program_bytes(program_for(name, profile))
