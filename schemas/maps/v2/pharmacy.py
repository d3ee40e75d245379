"""Map table of pharmacy messages (OMP, RDE, RDS, RGV, RAS): medication ordered, dispensed, scheduled or given, one event for each order."""

from schemas.maps.v2.charges import FT1
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Emit, Group, Map, Row, Seg
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.order_parts import BLG, CTI, NOTE, ORC, PRT, TIMING_TAGS, timings
from schemas.maps.v2.pharmacy_parts import RXA, RXC, RXD, RXE, RXG, RXO, RXR

MEDICATION_OPENS = ("RXO", "RXE", "RXD")
"""Of these an order has one each; of RXG and RXA, which may repeat, any number."""
_STAGES: tuple[tuple[str, tuple[Row, ...], str, str], ...] = (
    ("RXO", RXO, "requested", "requested"),
    ("RXE", RXE, "encoded", "encoded"),
    ("RXD", RXD, "dispense", "dispense"),
    ("RXG", RXG, "give", "gives[]"),
    ("RXA", RXA, "administration", "administrations[]"),
)
"""Segment, its rows, the group it opens in the order, and where that goes: RXR, RXC and NTE say something of the stage they follow."""

_OF_STAGE = ("RXR", "RXC", "NTE")
MEDICATION_GROUPS = tuple(Group(name, (tag,), (*_OF_STAGE, *(TIMING_TAGS if name == "give" else ())), to, "order") for tag, _, name, to in _STAGES)
"""Only doses have timings of their own in every version; those behind another stage are of the order."""
MEDICATION_SEGMENTS: tuple[Seg, ...] = tuple(
    row
    for tag, rows, name, _ in _STAGES
    for row in (
        Seg(tag, rows, group=name), Seg("RXR", RXR, "routes[]", name), Seg("RXC", RXC, "components[]", name), Seg("NTE", NOTE, "notes[]", name),
        *(timings(name) if name == "give" else ()),
    )
)  # fmt: skip
MEDICATION_HELD = (*TIMING_TAGS, "NTE", "CTI", "FT1", "BLG", "PRT")

_OBSERVATION, _OBSERVED = observations("order")
_THERE = ("*",)

MAP = Map(
    name="medication",
    messages=("OMP", "RDE", "RDS", "RGV", "RAS"),
    groups=(*CONTEXT_GROUPS, Group("order", ("ORC", *MEDICATION_OPENS), MEDICATION_HELD, "orders[]", "patient"), *MEDICATION_GROUPS, _OBSERVATION),
    segments=(
        *CONTEXT,
        Seg("ORC", ORC, "order", "order"),
        *timings("order"),
        Seg("NTE", NOTE, "notes[]", "order"),
        Seg("CTI", CTI, "trials[]", "order"),
        Seg("BLG", BLG, "billing", "order"),
        Seg("PRT", PRT, "order_participations[]", "order"),
        Seg("FT1", FT1, "charges[]", "order"),
        *MEDICATION_SEGMENTS,
        *_OBSERVED,
    ),
    emits=(
        Emit("medication.administered", _THERE, group="order", when=(("administrations", _THERE),)),
        Emit("medication.scheduled", _THERE, group="order", when=(("gives", _THERE),), unless=(("administrations", _THERE),)),
        Emit("medication.dispensed", _THERE, group="order", when=(("dispense", _THERE),), unless=(("administrations", _THERE), ("gives", _THERE))),
        Emit("medication.ordered", _THERE, group="order", unless=(("administrations", _THERE), ("dispense", _THERE), ("gives", _THERE))),
    ),
)
