"""Map table of orders that stand below their specimen (OML O33, and others whose specimens come first)."""

from schemas.maps.v2.context import CONTEXT, CONTEXT_GROUPS
from schemas.maps.v2.mapping import Group, Map
from schemas.maps.v2.orders import EMITS, HELD, INSIDE, INSIDE_GROUPS, MESSAGES, OPENS, ORDER_SEGMENTS
from schemas.maps.v2.specimens import SPECIMEN_TAGS, by_specimen


def orders(name: str, shape: str) -> Map:
    parent, groups, rows = by_specimen(by_container=shape == "container")
    held = tuple(tag for tag in HELD if tag not in SPECIMEN_TAGS)
    return Map(
        name=name,
        messages=MESSAGES,
        groups=(*CONTEXT_GROUPS, *groups, Group("order", OPENS, held, "orders[]", parent), *INSIDE_GROUPS),
        segments=(*CONTEXT, *rows, *(row for row in ORDER_SEGMENTS if row.tag not in SPECIMEN_TAGS), *INSIDE),
        emits=EMITS,
        shape=shape,
    )


MAP = orders("order_by_specimen", "specimen")
