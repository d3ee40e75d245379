"""What the reader of HL7 v2 remembers, shares between events or reads on a short way is what the long way gives."""

import random
from datetime import UTC
from typing import Any

import orjson
import pytest

from parsers.hl7v2.compile import machine_for
from parsers.hl7v2.converters import converters
from parsers.hl7v2.delimiters import USUAL
from parsers.hl7v2.fields import FieldReader, Rough, Style
from parsers.hl7v2.message import Message, read
from parsers.hl7v2.plan import Plan
from parsers.hl7v2.program import compiled_for, row_data
from parsers.hl7v2.reader import read_message
from schemas.maps.v2.mapping import Emit, Part, Row, Value
from schemas.maps.v2.types import CX, idents, people, text
from tests.unit.v2_toy import TOY, message, run

STYLE = Style(USUAL, "utf-8", converters(UTC))
ROWS: dict[str, Row] = {
    "identifiers": idents("3", "identifiers"), "identifier": Part("3", "account", CX), "people": people("3", "people"), "text": text("3", "text"),
    "upper": Value("3", "code", "upper"), "time": Value("3", "time", "time"),
}  # fmt: skip
PIECES = ("A1", "b2", "^", "^^^", "~", "&", "\\T\\", '""', " ", "\xa0", "20260304", "^^^NMH^MR", "é", "^^^NMH&1.2&ISO^MR", "^^^^^^^^^^^^^^^^X")


def reader(row: Row, frozen: bool = False) -> FieldReader:
    """A reader of field 3."""
    plan = Plan(3, {})
    plan.add(row_data(row))
    plan.settle()
    return FieldReader(plan, STYLE, frozen)


def seen(value: Any) -> Any:
    """What an event shows of it, with its rest."""
    if isinstance(value, Rough):
        return seen(value.values), value.left, value.issues
    return orjson.loads(orjson.dumps(value))


@pytest.mark.parametrize("name", ROWS)
def test_a_field_gives_the_same_on_every_way(name: str):
    chance, long = random.Random(5), reader(ROWS[name])
    long.quick = None
    ways = [reader(ROWS[name]), reader(ROWS[name], frozen=True)]
    for _ in range(1500):
        raw = "".join(chance.choices(PIECES, k=chance.randint(1, 6)))
        long.clear()
        assert [seen(way[raw]) for way in ways] == [seen(long[raw])] * 2, raw
        assert [seen(way[raw]) for way in ways] == [seen(long[raw])] * 2, "remembered"


def events(raw: bytes) -> list[dict[str, Any]]:
    """The events of a charge message, without what counts segments and bytes."""
    found = read(raw)
    machine = machine_for(compiled_for("charge"), found.delimiters, found.encoding, UTC)
    made = [orjson.loads(event.data) for event in read_message(machine, found, "P03", {"msh": 0}).events]
    for event in made:
        del event["provenance"]
    return made


def test_events_that_share_the_patient_say_what_one_alone_says():
    around = ["PID|1||A1^^^NMH^MR||ROE^JO", "PV1|1|O|||||||||||||||||V1", "ZZZ|1"]
    charges = [f"FT1|{at}|T{at}|||20260304|CG|9921{at}^Visit^C4" for at in range(1, 5)]
    together = events(message("DFT^P03", *around, *charges))
    alone = [events(message("DFT^P03", *around, charge))[0] for charge in charges]
    for event in [*together, *alone]:
        event["unmapped"] = [entry["tag"] for entry in event["unmapped"]]
    assert together == alone


def test_what_is_remembered_of_the_order_of_tags_is_bounded_and_changes_nothing():
    parts = ("NK1|1|ROE", "PV1|1|O", "OBR|1", "OBX|1|ST|a||b", "NTE|1||n", "PV2|||a", "DG1|1", "OBR|2", "ZZZ|1")
    orders = [[part for at, part in enumerate(parts) if number >> at & 1] for number in range(300)]
    messages = [read(message("ORU^R01", "PID|1||A1^^^^MR", *order)) for order in orders]
    machine = machine_for(compiled_for("result"), messages[0].delimiters, messages[0].encoding, UTC)

    def made(one: Message) -> list[bytes]:
        return [event.data for event in read_message(machine, one, "R01", {}).events]

    cold = [(machine.layouts.clear(), made(one))[1] for one in messages]
    machine.layouts.clear()
    assert [made(one) for one in messages] == cold == [made(one) for one in messages]
    assert set(map(len, cold)) == {0, 1, 2}
    assert 0 < len(machine.layouts) <= 256


def test_an_event_may_hang_on_what_is_inside_of_a_field():
    emits = (
        Emit("encounter.started", ("A01",), needs=("patient.name.family",)),
        Emit("encounter.ended", ("A01",), unless=(("patient.name.given", ("JO",)),)),
    )
    table = TOY._replace(emits=emits)
    named = [run(message("ADT^A01", f"PID|1||A1||{name}"), table=table).events for name in ("ROE^JO", "ROE", "^JO")]
    kinds = [[event["type"] for event in events] for events in named]
    assert kinds == [["encounter.started"], ["encounter.started", "encounter.ended"], []]
