"""Units of X12 files: runs of transaction sets, or chunks of large ones, read and accounted for. Pure over `read_at`; runs in worker processes."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gateway.codes.store import lists_of
from gateway.pipeline.formats.x12_plan import Part, Planner, Step, decode_steps, encode_steps
from gateway.pipeline.plan import ControlKey
from gateway.pipeline.reading import FileSettings, Made, Packer, away, fault_of, find, index_of
from gateway.seams import BlobDamaged, BlobError, BlobNotFound
from gateway.site_rules import rule_of
from gateway.toml_file import ConfigError
from parsers.x12.checks.judge import Extra
from parsers.x12.convert import Event, Origin, SetEnd, Settings, close_set, read_chunk, refused_items
from parsers.x12.frames import Limits
from parsers.x12.plan import LooseItem, ReadAt, ScanLimits, Span
from parsers.x12.program import hash_for, program_bytes, program_for
from parsers.x12.scan import finding, items_of
from schemas.envelope import Counts, Finding


def surveying(settings: FileSettings) -> Settings:
    """What finding the sets of the file takes."""
    scan = ScanLimits(chunk=settings.chunk, segment=settings.segment)
    return Settings(settings.policy, scan, Limits(item_segments=settings.item_segments), settings.findings)


def reading(settings: FileSettings) -> Settings:
    """Raises BlobError while a code list is not on this machine: reading waits for it."""
    lists = None
    if settings.lists:
        try:
            lists = lists_of(Path(settings.data_dir), [(name, sha256) for name, sha256 in settings.lists])
        except ConfigError as error:
            raise BlobError(str(error)) from None
    return surveying(settings)._replace(extra=Extra(tuple(map(rule_of, settings.rules)), lists))


def planner(read_at: ReadAt, size: int, origin: Origin, settings: FileSettings) -> Planner:
    return Planner(read_at, size, origin, surveying(settings))


def keys_of(body: bytes, settings: FileSettings) -> list[ControlKey]:
    planned = Planner(lambda offset, length: body[offset : offset + length], len(body), Origin(), surveying(settings))
    for _ in planned.units():
        pass
    return planned.keys


def window_start(received_at: str, settings: FileSettings) -> str:
    return ""


def encode(steps: Sequence[Step]) -> dict[str, Any]:
    return encode_steps(tuple(steps))


def decode(data: dict[str, Any]) -> Sequence[Step]:
    return decode_steps(data)


def body_of(steps: Sequence[Step]) -> range:
    """From the first to the last byte that reading a unit needs, but for the context before it."""
    spans = [step.chunk.body for step in steps if isinstance(step, Part)]
    return range(min((span.start for span in spans), default=0), max((span.end for span in spans), default=0))


def read(steps: Sequence[Step], read_at: ReadAt, origin: Origin, settings: FileSettings, packer: Packer) -> Made:
    return read_unit(steps, read_at, origin, reading(settings), packer)


def bury(made: Made, steps: Sequence[Step], read_at: ReadAt, settings: FileSettings) -> None:
    """Account for the items of a unit that cannot be read at all."""
    survey = surveying(settings)
    for part in _parts(made, steps, survey):
        _begin(made, part)
        _give_up(made, part, read_at, survey)


def program(name: str, settings: FileSettings) -> tuple[str, bytes]:
    """(hash, canonical bytes) of the compiled program of a guide."""
    return hash_for(name), program_bytes(program_for(name))


def read_unit(steps: Sequence[Step], read_at: ReadAt, origin: Origin, settings: Settings, packer: Packer) -> Made:
    """Never raises for what is in the bytes: a part that fails is dead, item by item, and its neighbours go on."""
    made = Made()
    for part in _parts(made, steps, settings):
        _read_part(made, part, read_at, origin, settings, packer)
    return made


def _parts(made: Made, steps: Sequence[Step], settings: Settings) -> Iterator[Part]:
    """The parts to read, in order; what the first pass settled by itself between them is accounted for on the way."""
    for step in steps:
        if isinstance(step, Finding):
            _find(made, [step], settings)
        elif isinstance(step, LooseItem):
            made.counts = made.counts.plus(Counts(dead=1))
            made.items += 1
        else:
            yield step


def _begin(made: Made, part: Part) -> None:
    if part.chunk.number == 0:
        made.items += part.plan.items
        made.sets += 1


def _read_part(made: Made, part: Part, read_at: ReadAt, origin: Origin, settings: Settings, packer: Packer) -> None:
    _begin(made, part)
    try:
        if part.plan.refusal:
            _refuse(made, part, read_at, settings)
        else:
            _convert(made, part, read_at, origin, settings, packer)
    except Exception as error:  # see above
        if away(error):
            raise
        made.faults.append(fault_of(error))
        _give_up(made, part, read_at, settings)


def _convert(made: Made, part: Part, read_at: ReadAt, origin: Origin, settings: Settings, packer: Packer) -> None:
    plan = part.plan
    # read_chunk looks the chunk up by position, and there is one
    outputs = list(read_chunk(read_at, plan, 0, origin, settings))
    end = outputs.pop()
    assert isinstance(end, SetEnd)
    events = [output for output in outputs if isinstance(output, Event)]
    found = [output for output in outputs if isinstance(output, Finding)]
    if part.whole:
        closing, balance = close_set(plan, origin, end, settings.policy, settings.extra)
        events, found = events + closing, found + balance
    records = [packer.record(event) for event in events]
    _find(made, found, settings)
    made.records += records
    made.index += index_of(events, records)
    made.counts = made.counts.plus(end.counts)
    if events:
        made.guides[plan.guide] = hash_for(plan.guide)
    if not part.whole:
        made.end = end
        made.closing = part if part.chunk.last else None


def _refuse(made: Made, part: Part, read_at: ReadAt, settings: Settings) -> None:
    """One line per item of this chunk of a refused set."""
    refused = list(refused_items(_chunk_alone(part), read_at, settings))
    _find(made, refused, settings)
    made.counts = made.counts.plus(Counts(refused=len(refused)))
    if not part.whole:
        made.end = SetEnd(Counts(refused=len(refused)), {}, None)


def _give_up(made: Made, part: Part, read_at: ReadAt, settings: Settings) -> None:
    """Our own fault: the items are dead and accounted for one by one, as far as their bytes are there."""
    plan = _chunk_alone(part)
    _find(made, [finding("READ_FAILED", offset=plan.span.start)], settings)
    items: list[tuple[int, str]] = []
    try:
        items.extend(items_of(plan, read_at, settings.scan))
    except (BlobNotFound, BlobDamaged) as error:
        made.faults.append(fault_of(error))
    _find(made, [finding("READ_FAILED", offset=offset, tag=tag)._replace(item=f"{offset}.{tag}") for offset, tag in items], settings)
    dead = max(len(items), plan.items) if part.whole else len(items)
    made.counts = made.counts.plus(Counts(dead=dead))
    if not part.whole:
        made.end = SetEnd(Counts(dead=dead), {}, None)


def _chunk_alone(part: Part) -> Any:
    return part.plan if part.whole else part.plan._replace(span=Span(part.chunk.body.start, part.chunk.body.end, part.chunk.body.ordinal))


def _find(made: Made, findings: Iterable[Finding], settings: Settings) -> None:
    find(made, findings, settings.policy, settings.findings)
