"""Map table of the answers to orders (ORR, ORL, RRE and their kin): the answer itself, and `order.updated` for each order it speaks of."""

from schemas.maps.v2.acknowledgement import ABOUT_MESSAGE, ACKNOWLEDGED, ANSWER
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Emit, Group, Map
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.orders import HELD, ORDER_SEGMENTS
from schemas.maps.v2.pharmacy import MEDICATION_GROUPS, MEDICATION_HELD, MEDICATION_OPENS, MEDICATION_SEGMENTS

_ORDER = Group("order", ("ORC", "OBR", *MEDICATION_OPENS), (*HELD, *MEDICATION_HELD), "orders[]", "patient")
_OBSERVATION, _OBSERVED = observations("order")

_PATIENT = tuple(row for row in CONTEXT if row.group)
"""Only what stands below a PID: the answer itself is about no patient."""

MAP = Map(
    name="response",
    messages=("ORR", "ORL", "ORG", "ORD", "ORS", "ORN", "ORI", "ORB", "ORP", "RRE", "RRD", "RRG", "RRA"),
    groups=(
        *CONTEXT_GROUPS,
        Group("order", ("ORC", "OBR", *MEDICATION_OPENS), (*HELD, *MEDICATION_HELD), "orders[]", "patient"),
        *MEDICATION_GROUPS,
        _OBSERVATION,
    ),
    segments=(*ABOUT_MESSAGE, *_PATIENT, *ANSWER, *ORDER_SEGMENTS, *MEDICATION_SEGMENTS, *_OBSERVED),
    emits=(ACKNOWLEDGED, Emit("order.updated", ("*",), group="order")),
)
