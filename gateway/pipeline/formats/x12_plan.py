"""How an X12 file is cut into units of work, and a unit as JSON. Pure over `read_at`.

A unit is one chunk of a large transaction set, or a run of small sets with what the first pass said around them, in file order.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gateway.pipeline.plan import ControlKey, Unit, decode_finding, encode_finding
from parsers.x12.convert import Origin, Settings, rejects, set_refused
from parsers.x12.delimiters import Delimiters
from parsers.x12.plan import Chunk, Control, LooseItem, ReadAt, SetPlan, Span
from parsers.x12.scan import scan
from schemas.envelope import Finding

UNIT_STEPS = 2000
MAX_KEYS = 200_000
"""Interchanges of one file whose control numbers are looked up; as many as the first pass remembers."""


class Part(NamedTuple):
    """A whole transaction set, or one chunk of it; `plan.chunks` holds exactly the chunk that is meant."""

    plan: SetPlan
    whole: bool

    @property
    def chunk(self) -> Chunk:
        return self.plan.chunks[0]


Step = Finding | LooseItem | Part


def control_key(isa: Control) -> ControlKey:
    """ISA05 to ISA08 and ISA13 trimmed, ISA15."""
    five, six, seven, eight, thirteen = (isa.get(number).strip() for number in (5, 6, 7, 8, 13))
    return ControlKey((five, six, seven, eight, thirteen), isa.get(15), isa.offset)


class Planner:
    """`units` runs the first pass once; `keys` fills up on the way, one for each interchange."""

    def __init__(self, read_at: ReadAt, size: int, origin: Origin, settings: Settings) -> None:
        self._read_at, self._size, self._origin, self._settings = read_at, size, origin, settings
        self.keys: list[ControlKey] = []
        self._steps: list[Step] = []
        self._weight = 0

    def units(self) -> Iterator[Unit]:
        """At least one, in file order."""
        empty = True
        for unit in self._units():
            empty = False
            yield unit
        if self._steps or empty:
            yield self._flush()

    def _units(self) -> Iterator[Unit]:
        for scanned in scan(self._read_at, self._size, self._settings.scan, self._settings.policy):
            if isinstance(scanned, SetPlan):
                yield from self._set(scanned)
            else:
                self._steps.append(scanned)
            if self._weight >= self._settings.scan.chunk or len(self._steps) >= UNIT_STEPS:
                yield self._flush()

    def _set(self, plan: SetPlan) -> Iterator[Unit]:
        self._note(plan.isa)
        cause = None if plan.refusal else rejects(self._read_at, plan, self._origin, self._settings)
        if cause is not None:
            self._steps += set_refused(plan, cause)
            plan = plan._replace(refusal="SET_REFUSED")
        if len(plan.chunks) == 1:
            self._steps.append(Part(plan, True))
            self._weight += plan.span.end - plan.span.start
            return
        if self._steps:
            yield self._flush()
        for chunk in plan.chunks:
            yield Unit((Part(plan._replace(chunks=(chunk,)), False),), chunk.body.end - chunk.body.start)

    def _note(self, isa: Control | None) -> None:
        known = self.keys
        if isa is not None and len(known) < MAX_KEYS and (not known or known[-1].offset != isa.offset):
            known.append(control_key(isa))

    def _flush(self) -> Unit:
        unit = Unit(tuple(self._steps), self._weight)
        self._steps, self._weight = [], 0
        return unit


# -- as JSON: envelopes are written once and pointed to, since thousands of small sets share them


def encode_steps(steps: tuple[Step, ...]) -> dict[str, Any]:
    tables: dict[str, dict[Any, int]] = {"delimiters": {}, "isa": {}, "gs": {}}

    def number(table: str, value: Any) -> int | None:
        return None if value is None else tables[table].setdefault(value, len(tables[table]))

    rows: list[Any] = []
    for step in steps:
        if isinstance(step, Finding):
            rows.append(["finding", *encode_finding(step)])
        elif isinstance(step, LooseItem):
            rows.append(["loose", *step])
        else:
            plan = step.plan
            places = number("delimiters", plan.delimiters), number("isa", plan.isa), number("gs", plan.gs)
            rows.append(["set", *places, *plan[3:-1], plan.chunks[0], step.whole])
    return {"steps": rows, **{name: list(table) for name, table in tables.items()}}


def decode_steps(data: dict[str, Any]) -> tuple[Step, ...]:
    """Inverse of `encode_steps`."""
    delimiters = [Delimiters(*row) for row in data["delimiters"]]
    isas, groups = [_control(row) for row in data["isa"]], [_control(row) for row in data["gs"]]
    steps: list[Step] = []
    for kind, *row in data["steps"]:
        if kind == "finding":
            steps.append(decode_finding(row))
        elif kind == "loose":
            steps.append(LooseItem(*row))
        else:
            mark, isa, gs, st, span, segments, items, guide, use, partial, refusal, chunk, whole = row
            envelope = delimiters[mark], None if isa is None else isas[isa], None if gs is None else groups[gs]
            plan = SetPlan(*envelope, _control(st), Span(*span), segments, items, guide, use, partial, refusal, (_chunk(chunk),))
            steps.append(Part(plan, whole))
    return tuple(steps)


def _control(row: list[Any]) -> Control:
    return Control(row[0], tuple(row[1]))


def _chunk(row: list[Any]) -> Chunk:
    number, body, context, *rest = row
    return Chunk(number, Span(*body), tuple(Span(*span) for span in context), *rest)
