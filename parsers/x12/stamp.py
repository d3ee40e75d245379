"""What goes on an event from around its item: whose bytes they are, the envelope above them, and the CloudEvents attributes."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from parsers.attributes import Attributes
from parsers.outputs import Event, Origin
from parsers.x12.feed import text_of
from parsers.x12.frames import Heading, ItemEvent
from parsers.x12.plan import Control, SetPlan
from parsers.x12.program import hash_for
from schemas.envelope import Counts, batch_key, claim_key


class SetEnd(NamedTuple):
    """A set is done: its counts, and for a set with an event of its own the data that waits for the sums of all chunks."""

    counts: Counts
    sums: dict[str, Any]
    closing: dict[str, Any] | None


ENVELOPE: dict[str, tuple[str, dict[str, int]]] = {
    "interchange": ("isa", {"sender_qualifier": 5, "sender": 6, "receiver_qualifier": 7, "receiver": 8, "control_number": 13, "usage": 15}),
    "group": ("gs", {"sender": 2, "receiver": 3, "control_number": 6, "version": 8}),
    "set": ("st", {"transaction": 1, "control_number": 2, "version": 3}),
}
"""Part of an event's `envelope` -> its segment, as the provenance names it, and the element of each field."""


def heading_of(plan: SetPlan, origin: Origin) -> Heading:
    """What every event of a set carries from the envelope above it. Blanks that pad an element are not part of its value."""
    common: dict[str, Any] = {}
    provenance: dict[str, Any] = {"receipt": origin.receipt, "map": hash_for(plan.guide)}
    for part, (name, places) in ENVELOPE.items():
        control: Control | None = getattr(plan, name)
        if control is not None:
            provenance[name] = control.offset
            if control.elements[0] == name.upper():  # a TA1 stands in no set
                common[part] = {field: value for field, number in places.items() if (value := text_of(control.get(number).strip()))}
    return Heading(plan.guide, plan.use, plan.partial, common, provenance)


def usage_of(plan: SetPlan, origin: Origin) -> str:
    """production only when the sender says P and the feed does not say otherwise: test traffic never passes for production."""
    if origin.usage:
        return origin.usage
    return "production" if plan.isa is not None and plan.isa.get(15) == "P" else "test"


class Stamp:
    """Puts the CloudEvents attributes on the events of one set."""

    def __init__(self, plan: SetPlan, origin: Origin) -> None:
        self.origin = origin
        self.usage = usage_of(plan, origin)
        self.fallback = (plan.gs.get(4), plan.gs.get(5)) if plan.gs is not None else ("", "")
        self.receipt = origin.receipt
        self.attributes = Attributes(origin, self.usage)
        self._said: tuple[str, str] | None = None
        self._time = ""

    def event(self, item: ItemEvent, created: tuple[str, str]) -> Event:
        said = created if created[0] else self.fallback
        if said != self._said:
            self._said, self._time = said, source_time(*said, self.origin.zone)
        if not item.key:
            key = self.receipt
        elif item.lane == "claim":
            key = claim_key(self.origin.site, item.key)
        else:
            key = batch_key(self.origin.site, item.key)
        return Event(self.attributes.of(item.event, item.offset, key, self._time), item.data, item.topic, item.offset)


@lru_cache(maxsize=1024)
def source_time(day: str, clock: str, zone: tzinfo) -> str:
    """RFC 3339 time of a date (CCYYMMDD, YYMMDD or ISO) and a time of day (HHMM[SS[DD]] or ISO) in a zone; "" when unreadable."""
    digits = day.replace("-", "")
    if len(digits) == 6:
        digits = ("19" if digits >= "70" else "20") + digits
    hours = clock.replace(":", "")[:6]
    try:
        moment = datetime.strptime(digits + hours.ljust(6, "0") if len(hours) in (4, 6) else digits + "000000", "%Y%m%d%H%M%S")
    except ValueError:
        return ""
    return moment.replace(tzinfo=zone).isoformat()
