"""Row types of an HL7 v2 map table: which field of which segment feeds which field of an event.

A table says which messages it reads, which segments belong together (groups, inferred from what opens them, never from their order),
what each segment puts into the object of its group, and which event a trigger makes. Paths are those of the standard: "3" is the third
field, "3.1" its first component, "3.4.2" a subcomponent; in the rows of a `Part` they count from the component: "1", "4.2".
MSH-1 is the separator itself, so MSH-9.2 is "9.2" there too. Converters are named; the functions live in `parsers.hl7v2.converters`.
An empty field leaves its key out, the HL7 null ("") gives JSON null.
"""

from typing import NamedTuple


class Value(NamedTuple):
    """One value, of the first repetition. With several paths the converter gets all their texts."""

    path: str | tuple[str, ...]
    name: str
    convert: str = "text"


class Values(NamedTuple):
    """A list with one value from each repetition of a field; empty ones leave no hole."""

    path: str
    name: str
    convert: str = "text"


class Part(NamedTuple):
    """An object from the first repetition of a field. Left out when it would be empty."""

    path: str
    name: str
    rows: "tuple[Value | Part, ...]"


class Parts(NamedTuple):
    """A list of objects, one from each repetition of a field that has anything."""

    path: str
    name: str
    rows: "tuple[Value | Part, ...]"


class Made(NamedTuple):
    """Several keys at once from a named function over the segment, where the meaning of a field hangs on another (OBX-5 on OBX-2).

    `feeds`: (key, path of the field it comes from); these fields count as mapped. The functions live in `parsers.hl7v2.observations`.
    """

    make: str
    feeds: tuple[tuple[str, str], ...]


Row = Value | Values | Part | Parts | Made


class Seg(NamedTuple):
    """What one segment puts into the object of its group.

    `group`: name of the group it stands in, "" the message. `to`: "" merges into the group's object, "name" makes an object of it, "name[]"
    appends to a list. A segment that may stand in several groups has a row for each.
    """

    tag: str
    rows: tuple[Row, ...]
    to: str = ""
    group: str = ""


class Group(NamedTuple):
    """Segments that belong together. `opens`: tags of which one opens a group, in the order in which they stand in it ("ORC", "OBR"): a tag that the
    open group has already, or that stands before one it has, opens the next.

    `holds`: tags that belong to the open group. A segment goes to the innermost open group that holds it, else to the message. `parent`: the
    group it stands in, "" the message. `to`: where its object goes in the object of the parent: "name", "name[]"; "" merges. A tag may open a
    group and a child of it at once; a child ends with its parent. `again`: tags of which a second one begins another occurrence, when the group has
    events of its own or makes a list; it begins with what stood in the last one before the first of these tags and before groups that have events
    of their own. `any_order`: the tags that open it stand in any order, with no group below it between them.
    """

    name: str
    opens: tuple[str, ...]
    holds: tuple[str, ...]
    to: str
    parent: str = ""
    again: tuple[str, ...] = ()
    any_order: bool = False


class Emit(NamedTuple):
    """One event for a message, or for each `group` of it.

    `triggers`: MSH-9.2 codes, "*" all that no other emit of the table names. `constants` are set as they stand, such as the action.
    With a `group` the event has what the message has, without the lists of its groups, and the object of that one group merged into it.
    `subject`: whose lane: "patient" is the patient of the site's identifier rule; "retired" the prior patient of a merge (MRG); "receipt" nobody.
    `needs`: fields of the event, as "visit.number", without which this event is not made. `when` and `unless`: (field, values) of which one must
    be there, none may be there; "" is the absent field, "*" any value. `or_message`: one for the message, in nobody's lane, where it has
    no such group. `whole`: each has all that the message has, and of its group only the lane.
    """

    event: str
    triggers: tuple[str, ...]
    constants: tuple[tuple[str, str], ...] = ()
    group: str = ""
    subject: str = "patient"
    needs: tuple[str, ...] = ()
    topic: str = "patients"
    checks: tuple[str, ...] = ()
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unless: tuple[tuple[str, tuple[str, ...]], ...] = ()
    or_message: bool = False
    whole: bool = False


class Map(NamedTuple):
    """`messages`: MSH-9.1 codes, or "DFT^P11" for one trigger, which then is this map's alone.

    `segments` of tag "*" are for every segment that no other row takes (none: kept as unmapped). `shape`: it reads only messages whose orders stand
    below their "specimen" or "container", which the order of their segments tells whatever the trigger says.
    """

    name: str
    messages: tuple[str, ...]
    groups: tuple[Group, ...]
    segments: tuple[Seg, ...]
    emits: tuple[Emit, ...]
    shape: str = ""
