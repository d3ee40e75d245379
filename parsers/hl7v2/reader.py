"""One message under its program: segments into the objects of their groups, then the events of its trigger."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from parsers.hl7v2.compile import Machine
from parsers.hl7v2.events import Events, Made
from parsers.hl7v2.facts import Facts
from parsers.hl7v2.fields import Issue
from parsers.hl7v2.message import Message
from parsers.hl7v2.segments import Segment


class Read(NamedTuple):
    """What a message gives. `issues` are (segment, issue); `guessed`, `missing`: of the patient's identifier; `over`: its events are too many."""

    events: list[Made]
    issues: list[tuple[Segment, Issue]]
    guessed: bool
    missing: bool
    over: bool = False


def read_message(machine: Machine, message: Message, trigger: str, provenance: dict[str, Any], most: int = sys.maxsize) -> Read:
    """The events of a message, of `most` bytes. `provenance` starts that of each: receipt, map and offset of the MSH."""
    emits = machine.emits(trigger)
    if not emits:
        return Read([], [], False, False)
    apart = emits[0].apart
    layout = machine.layouts[apart, tuple([segment.tag for segment in message.segments])]
    if layout.over:
        return Read([], [], False, False, True)
    facts = Facts(message, layout, apart)
    facts.read(machine.names, machine.tokens)
    facts.objects[0].setdefault("message", {})["charset"] = machine.header(message.encoding, 18, message)
    events = Events(machine, facts, provenance)
    made = events.make(emits, most)
    return Read(made or [], facts.issues, events.guessed, events.missing, made is None)


__all__ = ["Made", "Read", "read_message"]
