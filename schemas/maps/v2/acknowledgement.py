"""Map table of the general acknowledgement: `message.acknowledged`; and the rows of MSA and ERR, which answers of every kind have."""

from schemas.maps.v2 import types as t
from schemas.maps.v2.common import HEAD
from schemas.maps.v2.mapping import Emit, Map, Part, Parts, Row, Seg, Value

ERL: tuple[Value | Part, ...] = (
    t.text("1", "segment"), t.text("2", "sequence"), t.text("3", "field"), t.text("4", "repetition"), t.text("5", "component"),
    t.text("6", "subcomponent"),
)  # fmt: skip
ELD: tuple[Value | Part, ...] = (
    t.text("1", "segment"), t.text("2", "sequence"), t.text("3", "field"), t.text("4.1", "code"), t.text("4.2", "text"), t.text("4.3", "system"),
)  # fmt: skip
MSA: tuple[Row, ...] = (
    t.code("1", "code"), Value("1.1", "outcome", "ack_outcome"), t.text("2", "control_id"), t.text("3", "text"), t.code("4", "expected_sequence"),
    t.code("5", "delayed_type"), t.coded("6", "error"), t.code("7", "waiting_number"), t.code("8", "waiting_priority"),
)  # fmt: skip
ERR: tuple[Row, ...] = (
    Parts("1", "located_codes", ELD), Parts("2", "locations", ERL), t.coded("3", "code"), t.code("4", "severity"), t.coded("5", "application_code"),
    t.each("6", "parameters"), t.text("7", "diagnostics"), t.text("8", "text"), t.codes("9", "inform_persons"), t.coded("10", "override_type"),
    t.codes("11", "override_reasons"), t.telecoms("12", "help_desks"),
)  # fmt: skip

ABOUT_MESSAGE = tuple(row for row in HEAD if row.tag != "EVN")
ANSWER = (Seg("MSA", MSA, "acknowledgement"), Seg("ERR", ERR, "errors[]"))
ACKNOWLEDGED = Emit("message.acknowledged", ("*",), subject="receipt", needs=("acknowledgement",), topic="batches")

MAP = Map(
    name="acknowledgement",
    messages=("ACK", "MCF", "MFK", "NMR", "EAR"),
    groups=(),
    segments=(*ABOUT_MESSAGE, *ANSWER),
    emits=(ACKNOWLEDGED,),
)
