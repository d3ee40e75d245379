"""A small HL7 v2 map of our own, so that the engine is held to what its rows mean and not to what the shipped tables say."""

from datetime import UTC, tzinfo
from typing import Any, NamedTuple

import orjson

from parsers.hl7v2.compile import machine_for
from parsers.hl7v2.converters import zone_for
from parsers.hl7v2.message import read
from parsers.hl7v2.program import Compiled, compile_program
from parsers.hl7v2.reader import Read, read_message
from schemas.maps.v2.mapping import Emit, Group, Map, Part, Parts, Row, Seg, Value, Values

CX: tuple[Value | Part, ...] = (Value("1", "value"), Value("4.1", "authority"), Value("5", "type"))
NAME: tuple[Value | Part, ...] = (Value("1", "family"), Value("2", "given"))
MSH: tuple[Row, ...] = (
    Value("3", "application"), Value("7", "time", "datetime"), Value("9.1", "type"), Value("9.2", "trigger"), Value("9.3", "structure"),
    Value("10", "control_id"), Value("11", "processing_id"), Value("12", "version"),
)  # fmt: skip
PID: tuple[Row, ...] = (
    Value("1", "set_id"), Parts("3", "identifiers", CX), Part("5", "name", NAME), Value("7", "birth", "datetime"), Value("8", "sex"),
    Values("13", "phones"), Value(("30", "29"), "death", "text"),
)  # fmt: skip
OBR: tuple[Row, ...] = (Value("2", "placer"), Part("4", "service", (Value("1", "code"), Part("2", "words", (Value("1", "text"),)))))
OBX: tuple[Row, ...] = (Value("3.1", "code"), Value("5", "value"), Value("14", "at", "datetime"))
FT1: tuple[Row, ...] = (Value("6", "kind"), Value("10", "quantity", "quantity"), Value("11.1", "amount", "money"))

TOY = Map(
    name="toy",
    messages=("ADT", "ORU", "DFT"),
    groups=(
        Group("order", ("ORC", "OBR"), ("NTE", "SPM"), "orders[]"),
        Group("observation", ("OBX",), ("NTE",), "observations[]", "order"),
        Group("charge", ("FT1",), ("PR1",), "charges[]"),
        Group("cover", ("IN1",), ("IN2",), "covers[]"),
    ),
    segments=(
        Seg("MSH", MSH, "message"),
        Seg("PID", PID, "patient"),
        Seg("PV1", (Value("2", "class"), Value("19.1", "number")), "visit"),
        Seg("PV2", (Value("3.2", "reason"),), "visit"),
        Seg("NTE", (Value("3", "text"),), "notes[]"),
        Seg("ORC", (Value("1", "control"),), "", "order"),
        Seg("OBR", OBR, "", "order"),
        Seg("NTE", (Value("3", "text"),), "notes[]", "order"),
        Seg("SPM", (Value("4.1", "type"),), "specimen", "order"),
        Seg("OBX", OBX, "", "observation"),
        Seg("NTE", (Value("3", "text"),), "notes[]", "observation"),
        Seg("FT1", FT1, "", "charge"),
        Seg("PR1", (Value("3.1", "code"),), "procedures[]", "charge"),
        Seg("IN1", (Value("2.1", "plan"),), "", "cover"),
        Seg("IN2", (Value("61", "member"),), "", "cover"),
    ),
    emits=(
        Emit("encounter.started", ("A01",), (("action", "admit"),)),
        Emit("patient.merged", ("A40",), (("action", "merge"),), checks=("merge",)),
        Emit("patient.retired", ("A40",), subject="retired"),
        Emit("result.reported", ("R01",), group="order"),
        Emit("order.placed", ("O01",), group="order", when=(("control", ("NW", "")),)),
        Emit("order.updated", ("O01",), group="order", unless=(("control", ("NW", "")),)),
        Emit("charge.posted", ("P03",), group="charge"),
        Emit("message.acknowledged", ("*",), subject="receipt", needs=("message.control_id",), topic="batches"),
    ),
)

HEAD = r"MSH|^~\&|APP|FAC|GW|RCM|20260304101502-0500||{kind}|C1|P|2.5"


class Toy(NamedTuple):
    """What the toy makes of a message."""

    read: Read
    events: list[dict[str, Any]]

    @property
    def event(self) -> dict[str, Any]:
        (only,) = self.events
        return only


def message(kind: str, *segments: str) -> bytes:
    """A message of this MSH-9; HL7 line ends."""
    return ("\r".join([HEAD.format(kind=kind), *segments]) + "\r").encode()


def run(raw: bytes, overlay: dict[str, Any] | None = None, zone: tzinfo = UTC, table: Map = TOY) -> Toy:
    """A message under the toy map, or another."""
    compiled = Compiled(compile_program(table, overlay))
    read_it = read(raw)
    header = read_it.segments[0].fields
    machine = machine_for(compiled, read_it.delimiters, read_it.encoding, zone_for(header[7], zone))
    trigger = header[9].split("^")[1]
    found = read_message(machine, read_it, trigger, {"receipt": "r" * 26, "map": compiled.hash, "msh": 0})
    return Toy(found, [{"type": made.event, "offset": made.offset, **orjson.loads(made.data)} for made in found.events])
