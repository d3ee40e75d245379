"""Map table of the answers to orders (ORR, ORL, RRE and their kin): the answer itself, and `order.updated` for each order it speaks of."""

from schemas.maps.v2.acknowledgement import ABOUT_MESSAGE, ACKNOWLEDGED, ANSWER
from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Emit, Group, Map, Seg
from schemas.maps.v2.observation_parts import observations
from schemas.maps.v2.orders import HELD, ORDER_SEGMENTS
from schemas.maps.v2.pharmacy import MEDICATION_GROUPS, MEDICATION_HELD, MEDICATION_OPENS, MEDICATION_SEGMENTS

_OPENS = ("ORC", "OBR", *MEDICATION_OPENS)
_OBSERVATION, _OBSERVED = observations("order")
_PATIENT = tuple(row for row in CONTEXT if row.group)
"""Only what stands below a PID: the answer itself is about no patient."""


def answers(
    name: str,
    messages: tuple[str, ...],
    parent: str,
    groups: tuple[Group, ...] = (),
    rows: tuple[Seg, ...] = (),
    elsewhere: tuple[str, ...] = (),
    shape: str = "",
) -> Map:
    """Orders stand in the group `parent`; what of them stands `elsewhere`, by tag, is not theirs."""
    held = tuple(tag for tag in (*HELD, *MEDICATION_HELD) if tag not in elsewhere)
    of_orders = tuple(row for row in ORDER_SEGMENTS if row.tag not in elsewhere)
    return Map(
        name=name,
        messages=messages,
        groups=(*CONTEXT_GROUPS, *groups, Group("order", _OPENS, held, "orders[]", parent), *MEDICATION_GROUPS, _OBSERVATION),
        segments=(*ABOUT_MESSAGE, *_PATIENT, *ANSWER, *rows, *of_orders, *MEDICATION_SEGMENTS, *_OBSERVED),
        emits=(ACKNOWLEDGED, Emit("order.updated", ("*",), group="order")),
        shape=shape,
    )


MAP = answers("response", ("ORR", "ORL", "ORG", "ORD", "ORS", "ORN", "ORI", "ORB", "ORP", "RRE", "RRD", "RRG", "RRA"), "patient")
