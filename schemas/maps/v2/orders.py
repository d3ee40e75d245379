"""Map table of orders (ORM, OML, OMG and their kin): an event for each order, by what ORC-1 says is done with it."""

from schemas.maps.v2.charges import FT1
from schemas.maps.v2.common import ROLE, within
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Emit, Group, Map, Seg
from schemas.maps.v2.observation_parts import SPM, observations
from schemas.maps.v2.order_parts import BLG, CTI, NOTE, OBR, ORC, PLACING, PRT, TIMING
from schemas.maps.v2.pharmacy_parts import RXC, RXO, RXR
from schemas.maps.v2.visits import DIAGNOSIS

ORDER_SEGMENTS: tuple[Seg, ...] = (
    Seg("ORC", ORC, "order", "order"),
    Seg("OBR", OBR, "request", "order"),
    Seg("TQ1", TIMING, "timings[]", "order"),
    Seg("NTE", NOTE, "notes[]", "order"),
    Seg("DG1", DIAGNOSIS, "order_diagnoses[]", "order"),
    Seg("ROL", ROLE, "order_roles[]", "order"),
    Seg("SPM", SPM, "specimens[]", "order"),
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
HELD = ("NTE", "TQ1", "DG1", "ROL", "SPM", "PRT", "FT1", "CTI", "BLG")

MAP = Map(
    name="order",
    messages=("ORM", "OML", "OMG", "OMD", "OMS", "OMN", "OMI", "OMB"),
    groups=(*CONTEXT_GROUPS, Group("order", ("ORC", "OBR", "RXO"), HELD, "orders[]", "patient"), _REQUESTED, _OBSERVATION),
    segments=(*CONTEXT, *within((Seg("SPM", SPM, "specimens[]"),), "", "patient"), *ORDER_SEGMENTS, *_ASKED, *_OBSERVED),
    emits=(
        Emit("medication.ordered", ("*",), group="order", when=(("requested", ("*",)),)),
        Emit("order.placed", ("*",), group="order", when=(("order.control", PLACING),), unless=(("requested", ("*",)),)),
        Emit("order.updated", ("*",), group="order", unless=(("requested", ("*",)), ("order.control", PLACING))),
    ),
)
