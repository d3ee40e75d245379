"""Row types of a map table: which element of which segment feeds which field of an event.

A map table says three things: what object each loop becomes, what each segment of a loop puts into that object, and what the
finished object is published as. Paths are element references as the guides write them: "02" is the second element, "05-1" the
first component of the fifth. Converters are named; the functions live in `parsers.x12.converters`.
"""

from typing import NamedTuple


class Field(NamedTuple):
    """One value. With several `paths` the converter gets all their values (a date with its format qualifier, say)."""

    paths: str | tuple[str, ...]
    name: str
    convert: str = "text"


class Texts(NamedTuple):
    """A list of values from several elements or components; empty ones leave no hole."""

    paths: tuple[str, ...]
    name: str
    convert: str = "text"


class Each(NamedTuple):
    """A run of element groups inside one segment: `count` groups of `step` elements from element `first` on, one list entry each.

    `fields` name elements relative to the group ("0" its first element; "0-2" the second component of that); `shared` name elements of the segment.
    """

    name: str
    first: int
    step: int
    count: int  # type: ignore[assignment]
    fields: tuple[Field, ...]
    shared: tuple[Field, ...] = ()


class Choice(NamedTuple):
    """A run of composites whose first component says what they are: `choices` by that code, e.g. HI. `constants` are set as they stand."""

    first: int
    count: int  # type: ignore[assignment]
    choices: dict[str, "Chosen"]


class Chosen(NamedTuple):
    """One entry of `name` (a list) or the single object `name` when `many` is False."""

    name: str
    fields: tuple[Field, ...]
    constants: tuple[tuple[str, str], ...] = ()
    many: bool = True


class Repeat(NamedTuple):
    """Element `path` and all its repetitions: a list of texts, or of objects when `fields` name components ("1" the first)."""

    path: str
    name: str
    fields: tuple[Field, ...] = ()


Row = Field | Texts | Each | Choice | Repeat


class Seg(NamedTuple):
    """Rows of one segment of a loop. `tag` may carry the qualifiers it is for: "REF:F8", "NM1:DN,P3"; without them it takes what no other row takes.

    `to` is where in the loop's object: "" merges into it, "name" makes an object, "name[]" appends to a list.
    """

    loop: str
    tag: str
    rows: tuple[Row, ...]
    to: str = ""


class Obj(NamedTuple):
    """What a loop becomes: "" the event itself (item loop), "name" an object, "name[]" a list entry of the nearest enclosing loop's object;
    "/name" and "/name[]" the same directly in the event.

    Loops outside the item loop fill context objects that every event below them shows under `name`.
    """

    loop: str
    name: str


class Emit(NamedTuple):
    """One event kind of a map. `loop` is the item loop (or "ST" for one event a transaction set), `item` its first segment.

    `key` names the field whose value, with the site, is the lane, or several of which the first that has one counts ("traces.0.number" looks
    inside); `lane` is "claim", "member" or "batch"; `context` lists the context objects shown. `alias` fills a context object that is absent from
    another one; `checks` are names of functions in `parsers.x12.checks`. With `holds` the loop is an item only when a segment of these tags stands
    in it before the next HL (a patient with EB or AAA). `leaves` are (field, context object): what items in the loops below it show of it.
    `gathers` are (context object, list of the set's own event), one entry for each time the object's loop stood. `derives` are (field, function of
    `parsers.x12.derived`): what follows from other fields of the event.
    """

    event: str
    loop: str
    item: str
    key: str | tuple[str, ...]
    lane: str
    topic: str
    context: tuple[str, ...] = ()
    alias: tuple[tuple[str, str], ...] = ()
    checks: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    leaves: tuple[tuple[str, str], ...] = ()
    gathers: tuple[tuple[str, str], ...] = ()
    derives: tuple[tuple[str, str], ...] = ()


class Map(NamedTuple):
    """A whole map table. `required` are the fields of the item without which it is refused."""

    name: str
    guide: str
    objects: tuple[Obj, ...]
    segments: tuple[Seg, ...]
    emits: tuple[Emit, ...]
    required: tuple[str, ...] = ()


def both(loops: str, *segments: tuple[str, tuple[Row, ...], str]) -> tuple[Seg, ...]:
    """The same segments for several loops (space-separated), so that a party reads alike wherever it stands."""
    return tuple(Seg(loop, tag, rows, to) for loop in loops.split() for tag, rows, to in segments)
