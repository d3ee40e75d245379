"""Rows that the acknowledgements of groups share: 999 and 997 say the same things under other tags."""

from schemas.maps import claims as c
from schemas.maps.mapping import Emit, Field, Obj, Repeat, Row, Seg, Texts

POSITION: tuple[Row, ...] = (Field("01-1", "element", "integer"), Field("01-2", "component", "integer"), Field("01-3", "repetition", "integer"))
"""Where an element stands, in the composite at element 01."""

_SUBJECT: tuple[Row, ...] = (
    Repeat("01", "subjects", (Field("1", "name"), Field("2", "value"))), Field("02", "tag"), Field("03", "position", "integer"), Field("04", "loop"),
    Field("05-1", "element", "integer"), Field("05-2", "component", "integer"), Field("05-3", "repetition", "integer"),
)  # fmt: skip
_TRIGGER: tuple[Row, ...] = (*_SUBJECT, Field("06-1", "reference"), Field("06-2", "second_reference"))
SUBJECT: c.Part = ("CTX", _SUBJECT, "contexts[]")
TRIGGER: c.Part = ("CTX:SITUATIONAL TRIGGER", _TRIGGER, "contexts[]")
CONTEXT: c.Part = ("CTX", _TRIGGER, "contexts[]")
"""CTX: what names an element of the claim, what names the trigger of a situational rule, and either."""

HEAD: tuple[Seg, ...] = (
    Seg("ST", "ST", (Field("02", "control_number"), Field("03", "guide"))),
    Seg("ST", "AK1", (Field("01", "function"), Field("02", "control_number"), Field("03", "version")), "acknowledged_group"),
    Seg("ST", "AK9", (
        Field("01", "outcome", "disposition"), Field("01", "result.code"), Field("02", "result.included", "integer"),
        Field("03", "result.received", "integer"), Field("04", "result.accepted", "integer"),
        Texts(("05", "06", "07", "08", "09"), "result.errors"),
    )),
)  # fmt: skip


def sets(of: str, segment: str, element: str, end: str, **loops: str) -> tuple[tuple[Obj, ...], tuple[Seg, ...]]:
    """Objects and rows of the sets: `of` is the loop of AK2, `loops` those of segment and element errors, the others the tags."""
    at_segment, at_element = loops["at_segment"], loops["at_element"]
    error = (Field("02", "reference"), Field("03", "code"), Field("04", "value"))
    objects = (Obj("ST", ""), Obj(of, "sets[]"), Obj(at_segment, "segments[]"))
    rows = (
        Seg(of, "AK2", (Field("01", "transaction"), Field("02", "control_number"), Field("03", "version"))),
        Seg(of, end, (Field("01", "outcome", "disposition"), Field("01", "code"), Texts(("02", "03", "04", "05", "06"), "errors"))),
        Seg(at_segment, segment, (Field("01", "tag"), Field("02", "position", "integer"), Field("03", "loop"), Field("04", "code"))),
        Seg(at_element, element, (*POSITION, *error), "elements[]" if at_element == at_segment else ""),
    )
    return ((*objects, Obj(at_element, "elements[]")) if at_element != at_segment else objects), rows


EMIT = Emit(
    event="submission.acknowledged",
    loop="ST",
    item="ST",
    key=("acknowledged_group.control_number",),
    lane="batch",
    topic="batches",
    checks=("group_acknowledgement",),
)
