"""Map table of orders (ORM, OML, OMG and their kin): an event for each order, by what ORC-1 says is done with it."""

from schemas.maps.v2.charges import FT1
from schemas.maps.v2.common import ROLE
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Emit, Group, Map, Seg
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.order_parts import BLG, CTI, NOTE, OBR, ORC, PLACING, PRT, TIMING_TAGS, timings
from schemas.maps.v2.pharmacy_parts import RXC, RXO, RXR
from schemas.maps.v2.specimens import SPECIMEN_TAGS, specimens
from schemas.maps.v2.visits import DIAGNOSIS

ORDER_SEGMENTS: tuple[Seg, ...] = (
    Seg("ORC", ORC, "order", "order"),
    Seg("OBR", OBR, "request", "order"),
    *timings("order"),
    Seg("NTE", NOTE, "notes[]", "order"),
    Seg("DG1", DIAGNOSIS, "order_diagnoses[]", "order"),
    Seg("ROL", ROLE, "order_roles[]", "order"),
    *specimens("order"),
    Seg("PRT", PRT, "order_participations[]", "order"),
    Seg("FT1", FT1, "charges[]", "order"),
    Seg("CTI", CTI, "trials[]", "order"),
    Seg("BLG", BLG, "billing", "order"),
)
"""What any order may have."""

_OBSERVATION, _OBSERVED = observations("order")
_REQUESTED = Group("requested", ("RXO",), ("RXR", "RXC", "NTE"), "requested", "order")
_ASKED: tuple[Seg, ...] = (
    Seg("RXO", RXO, group="requested"), Seg("RXR", RXR, "routes[]", "requested"), Seg("RXC", RXC, "components[]", "requested"),
    Seg("NTE", NOTE, "notes[]", "requested"),
)  # fmt: skip
OPENS = ("ORC", "OBR", "RXO")
HELD = ("NTE", *TIMING_TAGS, "DG1", "ROL", *SPECIMEN_TAGS, "PRT", "FT1", "CTI", "BLG")
INSIDE_GROUPS, INSIDE = (_REQUESTED, _OBSERVATION), (*_ASKED, *_OBSERVED)
"""What stands in an order."""
EMITS = (
    Emit("medication.ordered", ("*",), group="order", when=(("requested", ("*",)),)),
    Emit("order.placed", ("*",), group="order", when=(("order.control", PLACING),), unless=(("requested", ("*",)),)),
    Emit("order.updated", ("*",), group="order", unless=(("requested", ("*",)), ("order.control", PLACING))),
)

MESSAGES = ("ORM", "OML", "OMG", "OMD", "OMS", "OMN", "OMI", "OMB")

MAP = Map(
    name="order",
    messages=MESSAGES,
    groups=(*CONTEXT_GROUPS, Group("order", OPENS, HELD, "orders[]", "patient"), *INSIDE_GROUPS),
    segments=(*CONTEXT, *specimens("", "patient"), *ORDER_SEGMENTS, *INSIDE),
    emits=EMITS,
)
