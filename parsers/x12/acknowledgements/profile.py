"""How a partner wants acknowledgements, what is to be written, and the control numbers to write it under: plain data that a queue can carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from parsers.x12.delimiters import Delimiters
from schemas.envelope import Finding

Kind = Literal["TA1", "999", "997", "277CA"]

Findings = Iterable[Finding]
"""The findings of one file in the order `convert` yields them. It is gone through several times, so it may not be a generator."""


class Profile(NamedTuple):
    """How a partner wants it.

    `ta1`: asked (ISA14 is 1), errors (also when something is wrong with the interchange), always; `ta1_place`: an interchange of its own, or
    in front of the groups of the 997 or 999. What is empty is that of the received interchange, turned round. `accepted` is the category of
    accepted claims; `source_*` name the information source of a 277CA (2100A). `most_segments`: erroneous segments listed a set.
    """

    ta1: Literal["never", "asked", "errors", "always"] = "asked"
    functional: Literal["999", "997", "none"] = "999"
    claims: Literal["277CA", "none"] = "none"
    ta1_place: Literal["apart", "front"] = "apart"
    version_997: str = "005010"
    delimiters: str = "*:^~"
    newline: str = ""
    sender_qualifier: str = ""
    sender: str = ""
    receiver_qualifier: str = ""
    receiver: str = ""
    application_sender: str = ""
    application_receiver: str = ""
    usage: str = ""
    accepted: Literal["A1", "A2"] = "A2"
    source_entity: Literal["PR", "AY"] = "PR"
    source_name: str = ""
    source_qualifier: Literal["46", "FI", "PI", "XV"] = "46"
    source_id: str = ""
    most_segments: int = 10_000

    @property
    def marks(self) -> Delimiters:
        """Element, component, repetition, terminator; ValueError unless there are four."""
        return Delimiters(*self.delimiters)


class Numbers(NamedTuple):
    """Control numbers of one written interchange: ISA13, first GS06, first ST02. Further groups and sets count up from them."""

    interchange: int
    group: int
    set: int


class Wanted(NamedTuple):
    """One interchange to be written. It uses `groups` group and `sets` set control numbers.

    `answers` and `end` are the bytes [start, end) of the interchange that is answered. `status` and `note` are TA104 and TA105; `leads` says
    that the TA1 stands in front of this one's groups. `first` and `last` bound the findings it is made from; sets from byte `doubt` on
    may have findings that were not listed.
    """

    kind: Kind
    answers: int
    end: int
    name: str
    groups: int
    sets: int
    status: str
    note: str
    leads: bool
    first: int
    last: int
    doubt: int
